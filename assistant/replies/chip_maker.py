"""Chips of one question: a label, the plan without the piece, and the plans with another in its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assistant.answer import Chip, ChipOption
from assistant.replies.choices import time_choices
from assistant.replies.edits import with_step
from assistant.replies.restated import group_text, time_text, who_text
from assistant.resources import Asked, Resources
from semantic_layer.errors import Text
from semantic_layer.query.plan import Step
from semantic_layer.query.time import TimeRange
from semantic_layer.query.types import Audience, ByField
from semantic_layer.restate.pieces import PieceKind

Other = tuple[Text, Step]
"""What an option says, and the step that choosing it gives."""


@dataclass(frozen=True, slots=True)
class ChipMaker:
    asked: Asked
    resources: Resources

    def chip(
        self,
        name: str,
        kind: PieceKind,
        label: Text,
        *,
        options: Iterable[Other] = (),
        removed: Step | None = None,
        default: bool = False,
    ) -> Chip:
        plan = self.asked.plan
        return Chip(
            id=name,
            kind=kind,
            label=label.in_(self.asked.language),
            removed=None if removed is None else with_step(plan, removed),
            by_default=default,
            options=tuple(
                ChipOption(label=text.in_(self.asked.language), plan=with_step(plan, other)) for text, other in options
            ),
        )

    def subject(self, zh: str, en: str, what: Text | str) -> Chip:
        return self.chip("subject", "subject", named(zh, en, what))

    def who(self, audience: Audience) -> Text:
        index, calendar = self.resources.index, self.resources.calendar
        return Text(who_text(audience, index, calendar, "zh"), who_text(audience, index, calendar, "en"))

    def field(self, name: str) -> Text:
        index = self.resources.index
        return Text(group_text(ByField(name), index, "zh"), group_text(ByField(name), index, "en"))

    def time(self, time: TimeRange | None) -> Text:
        index, calendar = self.resources.index, self.resources.calendar
        return Text(time_text(time, index, calendar, "zh"), time_text(time, index, calendar, "en"))

    def times(self, time: TimeRange | None) -> tuple[tuple[Text, TimeRange], ...]:
        return tuple((self.time(other), other) for other in time_choices(time))


def named(zh: str, en: str, what: Text | str) -> Text:
    """A heading and what it is: 模型：流失."""
    said = what if isinstance(what, Text) else Text(what, what)
    return Text(f"{zh}：{said.zh}", f"{en}: {said.en}")
