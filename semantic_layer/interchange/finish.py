"""A model as read from another tool, made fit for ours: words with several meanings, the customer, and a last check.

Whatever our own rules for definitions refuse is left out and told, so that what remains passes `qunxiang check`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from semantic_layer.compiler.check_fragments import check_fragments
from semantic_layer.errors import Issue, Text
from semantic_layer.interchange.losses import Imported, Loss
from semantic_layer.model.rules import RULES
from semantic_layer.model.rules.words import spoken
from semantic_layer.model.sources import Kind, Sources
from semantic_layer.model.types import Ambiguity, Origin, SemanticModel, Words
from semantic_layer.policy.allowed import check_expression

_DROPPED = ("dimension", "relationship", "metric", "tag")


def finish(model: SemanticModel, losses: Iterable[Loss], *, customer_entity: str = "") -> Imported:
    """`customer_entity` names the entity that is the person, where the source has none called `customer`."""
    told = [loss for loss in losses if loss.what != "customer_entity"]
    model = _with_customer(model, customer_entity, told)
    while faults := _faults(_with_ambiguities(model)):  # without one definition, others may become faulty
        told.extend(fault.loss for fault in faults)
        smaller = _without(model, {(fault.kind, fault.name) for fault in faults})
        if smaller == model:
            break
        model = smaller
    return Imported(_with_ambiguities(model), tuple(sorted(told, key=_order)))


def _order(loss: Loss) -> tuple[str, int]:
    file, _, line = loss.place.rpartition(":")
    return (file, int(line)) if line.isdecimal() else (loss.place, 0)


def _with_customer(model: SemanticModel, customer: str, told: list[Loss]) -> SemanticModel:
    """The entity that is named, or the one that is called so. Which one is meant is not guessed otherwise."""
    names = {entity.name.casefold(): entity.name for entity in model.entities}
    wanted = customer or model.customer_entity
    if wanted.casefold() in names:
        return replace(model, customer_entity=names[wanted.casefold()])
    listed = ", ".join(names.values())
    why = Text(
        f"来源没有说哪个实体代表人。请在 customer_entity 写明其中一个：{listed}。",
        f"The source does not say which entity is the person. Write one into customer_entity: {listed}.",
    )
    place = model.entities[0].origin.file if model.entities else ""
    told.append(Loss(place, "customer_entity", why))
    return model


def _with_ambiguities(model: SemanticModel) -> SemanticModel:
    """A word that several definitions are called by has all these meanings, so that it is asked about, not guessed."""
    meanings: dict[str, dict[str, None]] = {}
    said: dict[str, str] = {}
    declared = {spoken(item.word) for item in model.ambiguities}
    for name, words in _named(model):
        for word in (words.label.zh, words.label.en, *words.synonyms):
            if key := spoken(word):
                meanings.setdefault(key, {})[name] = None
                said.setdefault(key, word)
    found = tuple(
        Ambiguity(word=said[key], meanings=tuple(names))
        for key, names in meanings.items()
        if len(names) > 1 and key not in declared
    )
    return replace(model, ambiguities=model.ambiguities + found)


def _named(model: SemanticModel) -> Iterator[tuple[str, Words]]:
    for metric in model.metrics:
        yield metric.name, metric.words
    for tag in model.tags:
        yield tag.qualified, tag.words
    for dimension in model.dimensions:
        yield dimension.qualified, dimension.words


@dataclass(frozen=True, slots=True)
class _Fault:
    kind: str
    name: str
    loss: Loss


class _Places(Sources):
    """Where definitions stand in the source. The key of an issue is the kind and the name of what is at fault."""

    def __init__(self, model: SemanticModel) -> None:
        super().__init__()
        self._origins: dict[tuple[str, str], Origin] = {
            **{("entity", entity.name): entity.origin for entity in model.entities},
            **{("dimension", field.qualified): field.origin for field in model.dimensions},
            **{("metric", metric.name): metric.origin for metric in model.metrics},
            **{("tag", tag.qualified): tag.origin for tag in model.tags},
        }

    def issue(self, kind: Kind, name: str, path: tuple[str | int, ...], message: str, remedy: str) -> Issue:
        origin = self._origins.get((kind, name), Origin())
        return Issue(file=origin.file, line=origin.line, key=f"{kind} {name}", message=message, remedy=remedy)


def _faults(model: SemanticModel) -> list[_Fault]:
    """Faults of definitions that can be left out. The customer has been spoken of already."""
    places = _Places(model)
    issues = [issue for rule in RULES for issue in rule(model, places)]
    issues.extend(check_fragments(model, places, allowed=check_expression))
    faults: list[_Fault] = []
    for issue in issues:
        kind, _, name = issue.key.partition(" ")
        if kind in _DROPPED and issue.severity == "error":
            why = Text(
                f"它不符合这里的规则，没有导入。规则的说明：{issue.message}",
                f"It does not meet the rules here and is left out. {issue.message} {issue.remedy}",
            )
            place = f"{issue.file}:{issue.line}" if issue.line else issue.file
            faults.append(_Fault(kind, name, Loss(place, name, why)))
    return faults


def _without(model: SemanticModel, faulty: set[tuple[str, str]]) -> SemanticModel:
    return replace(
        model,
        dimensions=tuple(one for one in model.dimensions if ("dimension", one.qualified) not in faulty),
        relationships=tuple(one for one in model.relationships if ("relationship", one.name) not in faulty),
        metrics=tuple(one for one in model.metrics if ("metric", one.name) not in faulty),
        tags=tuple(one for one in model.tags if ("tag", one.qualified) not in faulty),
    )
