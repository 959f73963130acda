"""An audience as a noun phrase: "上海的高价值客户，流失风险为高或中", "high-value customers in Shanghai with churn risk high or medium"."""

from __future__ import annotations

from dataclasses import dataclass, field

from semantic_layer.model.types import Value
from semantic_layer.query.predicate import (
    Among,
    Between,
    Compare,
    Did,
    HasMetric,
    InSegment,
    Not,
    Or,
    Predicate,
    Ranked,
    conjuncts,
)
from semantic_layer.query.types import Audience
from semantic_layer.restate.conditions import ConditionLabels
from semantic_layer.restate.labels import Labels


@dataclass(frozen=True, slots=True)
class _English:
    """The conditions by the place they take in an English phrase."""

    places: list[str] = field(default_factory=list)
    adjectives: list[str] = field(default_factory=list)
    nouns: list[str] = field(default_factory=list)
    withs: list[str] = field(default_factory=list)
    whos: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def who(audience: Audience, conditions: ConditionLabels) -> str:
    """The people as the subject of a sentence."""
    labels = conditions.labels
    person = labels.entity(audience.entity)
    everyone = labels.text(person, f"{person}s")
    parts = conjuncts(audience.where)
    if not parts:
        said = labels.text(f"全部{everyone}", f"all {everyone}")
    elif labels.language == "zh":
        said = _chinese(parts, everyone, conditions)
    else:
        said = _english(parts, everyone, conditions)
    if audience.as_of is None:
        return said
    return labels.text(f"{said}（截至 {audience.as_of}）", f"{said} (as of {audience.as_of})")


def _chinese(parts: tuple[Predicate, ...], everyone: str, conditions: ConditionLabels) -> str:
    places = [conditions.say(p) for p in parts if _is_place(p, conditions)]
    nouns = [name for p in parts if (name := _noun(p, everyone, conditions.labels))]
    rest = [
        _clause(p, conditions)
        for p in parts
        if not _is_place(p, conditions) and not _noun(p, everyone, conditions.labels)
    ]
    head = "、".join((*(name.removesuffix(everyone) for name in nouns[:-1]), *nouns[-1:])) or everyone
    if places or nouns:
        return "，".join((f"{'、'.join(places)}的{head}" if places else head, *rest))
    said = "、".join(rest)
    return f"{said}{' ' if said[-1].isascii() else ''}的{everyone}"


def _clause(part: Predicate, conditions: ConditionLabels) -> str:
    match part:
        case Compare(op="=") | Among() if _is_values(part, conditions.labels):
            return conditions.clause(part)
        case Not(item=item) if _is_place(item, conditions):
            return f"不在{conditions.say(item)}"
        case _:
            return conditions.say(part)


def _english(parts: tuple[Predicate, ...], everyone: str, conditions: ConditionLabels) -> str:
    found = _English()
    for part in parts:
        if _is_place(part, conditions):
            found.places.append(f"in {conditions.say(part)}")
        elif noun := _noun(part, everyone, conditions.labels):
            found.nouns.append(noun)
        else:
            _sort(part, conditions, found)
    modifiers = (*found.adjectives, *(name.removesuffix(everyone).strip() for name in found.nouns[:-1]))
    words = [", ".join(modifiers), *(found.nouns[-1:] or [everyone]), *found.places]
    words += [f"with {' and '.join(found.withs)}"] if found.withs else []
    words += [f"who {' and '.join(found.whos)}"] if found.whos else []
    return ", ".join((" ".join(word for word in words if word), *found.others))


def _sort(part: Predicate, conditions: ConditionLabels, found: _English) -> None:
    """Puts what is neither a place nor a noun where English wants it."""
    said = conditions.say(part)
    match part:
        case Compare() | Among() | Between():
            _sort_field(part, conditions, found)
        case Did() | Not(item=Did()):
            _sort_behaviour(part, said, found)
        case Ranked():
            found.places.append(f"in the {said}")
        case InSegment():
            found.places.append(f"in {said}")
        case Not(item=item) if _is_place(item, conditions):
            found.places.append(f"not in {conditions.say(item)}")
        case HasMetric() if not conditions.is_activity(part):
            found.withs.append(said)
        case _:
            found.others.append(said)


def _sort_field(part: Compare | Among | Between, conditions: ConditionLabels, found: _English) -> None:
    said, labels = conditions.say(part), conditions.labels
    match part:
        case Compare(op="=", value=True) if labels.is_flag(part.field):
            found.adjectives.append(said)
        case Compare(op="=") | Among() if _is_values(part, labels):
            found.withs.append(conditions.clause(part))
        case _ if said.startswith("not "):
            found.others.append(said)
        case _:
            found.withs.append(said)


def _sort_behaviour(part: Did | Not, said: str, found: _English) -> None:
    if said.startswith(("no ", "with ")):
        found.withs.append(said.removeprefix("with "))
    else:
        found.whos.append(said if isinstance(part, Did) else f"have {said}")


def _is_values(part: Compare | Among, labels: Labels) -> bool:
    return not labels.is_flag(part.field) and not labels.is_number(part.field)


def _is_place(part: Predicate, conditions: ConditionLabels) -> bool:
    match part:
        case Compare(op="=") | Among():
            return conditions.is_place(part)
        case Or(items=items):
            return all(_is_place(item, conditions) for item in items)
        case _:
            return False


def _noun(part: Predicate, everyone: str, labels: Labels) -> str:
    """What such people are called, where the definitions know a noun for them: 高价值客户, 金卡客户, female customers."""
    if not isinstance(part, Compare) or part.op != "=":
        return ""
    if labels.is_flag(part.field):
        name = labels.flag(part.field)
        plural = labels.language == "en" and name != labels.field(part.field)
        return name if part.value is True and (plural or name.endswith(everyone)) else ""
    if part.field.split(".")[0] != labels.index.model.customer_entity:
        return ""
    value = next((v for v in labels.index.field(part.field).values if v.value == part.value), None)
    return _noun_of_value(value, everyone, labels) if value is not None else ""


def _noun_of_value(value: Value, everyone: str, labels: Labels) -> str:
    label = value.label.in_(labels.language)
    named = labels.text(f"{label}{everyone}", f"{label} {everyone}")
    if named in value.aliases:
        return named
    if labels.language == "en":
        if f"{label} members" in value.aliases:
            return f"{label} members"
        return named if f"{label}s" in value.aliases else ""
    return ""
