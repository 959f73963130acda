"""All steps of cleaning by name, and chains of them over one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.ingestion.standard.categories import category_steps
from semantic_layer.ingestion.standard.contacts import contact_steps
from semantic_layer.ingestion.standard.mixed_contacts import mixed_contact_steps
from semantic_layer.ingestion.standard.names import name_steps
from semantic_layer.ingestion.standard.numbers import number_steps, type_step
from semantic_layer.ingestion.standard.places import place_steps
from semantic_layer.ingestion.standard.step import Reading, Step, StepContext
from semantic_layer.ingestion.standard.texts import text_steps
from semantic_layer.ingestion.standard.times import time_steps
from semantic_layer.model.nearest import nearest


def all_steps() -> Mapping[str, Step]:
    """Every step that definitions may name, by its name."""
    groups = (
        text_steps(), name_steps(), contact_steps(), mixed_contact_steps(), place_steps(), time_steps(), number_steps(),
        category_steps(),
    )  # fmt: skip
    return {step.name: step for group in groups for step in group}


def step_named(written: str, steps: Mapping[str, Step]) -> tuple[Step, str]:
    """`phone:US` as the step and its argument.

    Raises:
        UnknownNameError: when there is no such step, or it knows no such argument.
    """
    name, _, argument = written.partition(":")
    step = steps.get(name)
    if step is None:
        raise UnknownNameError(Text("清洗步骤", "step of cleaning"), name, nearest(name, steps))
    if argument and argument not in step.arguments:
        near = nearest(argument, step.arguments) or step.arguments[:5]
        kind = Text(f"步骤 {name} 的参数", f"argument of the step {name!r}")
        raise UnknownNameError(kind, argument, tuple(f"{name}:{each}" for each in near))
    return step, argument


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps in their order, each with its own context, ending with the check of the field's type."""

    links: tuple[tuple[Step, StepContext], ...]

    def read(self, value: str) -> Reading:
        """What the whole chain makes of a value; it stops where nothing is left."""
        found = Reading(value=value)
        for step, context in self.links:
            if found.value is None:
                break
            here = step.read(found.value, context)
            found = Reading(value=here.value, others=found.others + here.others, refusal=found.refusal or here.refusal)
        return found

    def shortcut(self, value: str) -> str:
        """SQL: the same for plain values, NULL or nothing for those that must be read one by one."""
        expression: str | None = value
        for step, context in self.links:
            expression = step.shortcut(expression, context) if step.shortcut and expression is not None else None
        return expression or "NULL::VARCHAR"

    @property
    def gives(self) -> tuple[str, ...]:
        """Fields that may be found beside the one read."""
        return tuple(name for step, _ in self.links for name in step.gives)


def chain_of(written: Sequence[str], context: StepContext, steps: Mapping[str, Step]) -> Chain:
    """The chain that definitions write as names. Raises as `step_named` does."""
    named = (step_named(name, steps) for name in written)
    links = tuple((step, replace(context, argument=argument)) for step, argument in named)
    return Chain((*links, (type_step(), context)))
