"""From the conditions of a question to one predicate over the rows that are asked about, or `None` when they do not fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assistant.interpreters.grammar.build_behaviour import with_time
from assistant.interpreters.grammar.build_moments import never_together
from assistant.interpreters.grammar.meanings import Meanings
from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Contains,
    Did,
    HasMetric,
    InSegment,
    IsNull,
    Moment,
    Not,
    Or,
    Predicate,
    Ranked,
    conjoin,
    conjuncts,
)
from semantic_layer.query.time import TimeRange


def people_where(m: Meanings, conditions: tuple[Predicate, ...]) -> Predicate | None:
    """All conditions as one about people; `None` when one is not about people, or two contradict each other."""
    if any(not about_people(m, c) for c in conditions) or contradictory(conditions):
        return None
    return conjoin(conditions)


def about_people(m: Meanings, predicate: Predicate) -> bool:
    """A moment of no field in particular is about rows that a metric counts, never about people."""
    unsaid = any(isinstance(atom, Moment) and atom.field is None for atom in atoms((predicate,)))
    return not unsaid and holds_for(m, predicate, m.person)


def holds_for(m: Meanings, predicate: Predicate, entity: str) -> bool:
    """Can the condition be asked of each row of `entity`?"""
    match predicate:
        case (
            Compare(field=field)
            | Among(field=field)
            | Between(field=field)
            | IsNull(field=field)
            | Contains(field=field)
        ):
            return m.reaches(entity, field.split(".")[0]) is not None
        case And(items=items) | Or(items=items):
            return all(holds_for(m, item, entity) for item in items)
        case Not(item=item):
            return holds_for(m, item, entity)
        case Moment(field=field):
            return m.has_time(entity) if field is None else m.reaches(entity, field.split(".")[0]) is not None
        case Did() | HasMetric() | Ranked() | InSegment():
            return m.reaches(entity, m.person) is not None


def contradictory(conditions: tuple[Predicate, ...]) -> bool:
    """Two different single values of one field cannot both hold; the question must mean something else."""
    if never_together(conditions) or _denied(conditions):
        return True
    seen: dict[str, Predicate] = {}
    for condition in conditions:
        if isinstance(condition, (Compare, Among)) and not (isinstance(condition, Compare) and condition.op != "="):
            if (
                condition.field in seen
                and seen[condition.field] != condition
                and not _overlap(seen[condition.field], condition)
            ):
                return True
            seen[condition.field] = condition
    return False


def _denied(conditions: tuple[Predicate, ...]) -> bool:
    """Is something said and denied: did it, and never did it?"""
    every = tuple(part for condition in conditions for part in conjuncts(condition))
    never = [p.item for p in every if isinstance(p, Not)]
    bare = {p.entity for p in never if isinstance(p, Did) and p == Did(entity=p.entity)}
    done = {p.entity for p in every if isinstance(p, Did) and (p.op, p.count) == (">=", 1)}
    return bool(bare & done) or any(p in every for p in never)


def atoms(conditions: tuple[Predicate, ...]) -> Iterator[Predicate]:
    """The conditions that are not made of others."""
    for condition in conditions:
        match condition:
            case And(items=items) | Or(items=items):
                yield from atoms(items)
            case Not(item=item):
                yield from atoms((item,))
            case _:
                yield condition


def _overlap(left: Predicate, right: Predicate) -> bool:
    return bool(set(_values(left)) & set(_values(right)))


def _values(predicate: Predicate) -> tuple[object, ...]:
    if isinstance(predicate, Compare):
        return (predicate.value,)
    return predicate.values if isinstance(predicate, Among) else ()


def windows_spread(conditions: tuple[Predicate, ...], times: tuple[TimeRange, ...]) -> tuple[Predicate, ...] | None:
    """A time said for the whole of a list of people belongs to what they did; `None` when nothing can take it.

    A metric without a time shares the one window that the question names, unless that is one in which nothing happened.
    """
    if len(times) > 1:
        return None
    if times:
        timed = tuple(with_time(c, times[0]) or c for c in conditions)
        return timed if timed != conditions else None
    windows = {w for c in conditions if (w := _window(c)) is not None}
    if len(windows) != 1:
        return conditions
    window = next(iter(windows))
    return tuple(
        replace(c, time=window) if isinstance(c, (HasMetric, Ranked)) and c.time is None else c for c in conditions
    )


def _window(condition: Predicate) -> TimeRange | None:
    return condition.time if isinstance(condition, (Did, HasMetric, Ranked)) else None
