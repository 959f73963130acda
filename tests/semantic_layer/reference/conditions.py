"""Whether a condition holds for one row: yes or no. What is unknown does not hold, and `Not` is the other answer."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol

from semantic_layer.model.types import ColumnType
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
)
from semantic_layer.query.time import TimeRange
from tests.semantic_layer.reference.days import day_of, days_meant, part_of, period_of
from tests.semantic_layer.reference.fragments import alike
from tests.semantic_layer.reference.world import Row, World

OPS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


class FiguresOf(Protocol):
    """A metric of one row of an entity, such as a person, by its key; and who has any rows for it at all."""

    def of_one(self, metric: str, entity: str, key: Any, time: TimeRange | None, where: Predicate | None) -> Any: ...

    def who_have(self, metric: str, time: TimeRange | None) -> dict[Any, Any]: ...


def holds(world: World, figures: FiguresOf, row: Row, where: Predicate | None) -> bool:
    def also(part: Predicate) -> bool:
        return holds(world, figures, row, part)

    match where:
        case None:
            return True
        case And(items=items):
            return all(also(item) for item in items)
        case Or(items=items):
            return any(also(item) for item in items)
        case Not(item=item):
            return not also(item)
        case IsNull(field=field):
            return world.field(row, field) is None
        case Among(field=field, values=values):
            return any(_compared(world, row, field, "=", value) for value in values)
        case Between(field=field, low=low, high=high):
            return _compared(world, row, field, ">=", low) and _compared(world, row, field, "<=", high)
        case Compare(field=field, op=op, value=value):
            return _compared(world, row, field, op, value)
        case Contains(field=field, text=text):
            found = world.field(row, field)
            return found is not None and text.lower() in found.lower()
        case Moment():
            return _moment(world, row, where)
        case Did() | HasMetric() | Ranked() | InSegment():
            return _of_people(world, figures, row, where)


def _compared(world: World, row: Row, field: str, op: str, value: Any) -> bool:
    found = world.field(row, field)
    if found is None:
        return op == "!="
    definition = world.fields[field.rsplit(">", maxsplit=1)[-1]]
    if definition.ordered and op not in ("=", "!="):
        places = [known.value for known in definition.values]
        return OPS[op](places.index(found), places.index(value)) if found in places else False
    if definition.type is ColumnType.TIMESTAMP and len(value) == len("2026-01-01"):
        return OPS[op](day_of(found), date.fromisoformat(value))
    return OPS[op](*alike(found, value))


def _moment(world: World, row: Row, moment: Moment) -> bool:
    assert moment.field is not None, "the time that a metric goes by is filtered where its rows are chosen"
    found = world.field(row, moment.field)
    if found is None:
        return moment.op == "!="
    if moment.part is not None:
        return OPS[moment.op](part_of(found, moment.part), moment.value)
    assert isinstance(moment.value, str)
    if moment.grain is not None:
        return OPS[moment.op](period_of(found, moment.grain), date.fromisoformat(moment.value))
    return OPS[moment.op](*alike(found, moment.value))


def _of_people(world: World, figures: FiguresOf, row: Row, where: Did | HasMetric | Ranked | InSegment) -> bool:
    customer = world.model.customer_entity
    match where:
        case HasMetric(metric=metric, op=op, value=bound, high=high, time=time):
            entity = where.entity or customer
            found = figures.of_one(metric, entity, world.key(row, entity), time, where.where)
            return found is not None and OPS[op](float(found), bound) and (high is None or float(found) <= high)
        case Ranked():
            return world.key(row, customer) in _best(figures, where)
        case Did(op=op, count=count):
            return OPS[op](_times(world, figures, world.key(row, customer), where), count)
        case InSegment():
            raise NotImplementedError(where)


def _times(world: World, figures: FiguresOf, person: Any, did: Did) -> int:
    """How many rows of the entity the person has. `None` is nobody, who has none."""
    customer = world.model.customer_entity
    name = world.entities[did.entity].time
    own = [one for one in world.rows(did.entity) if person is not None and world.key(one, customer) == person]
    own = [one for one in own if holds(world, figures, one, did.where)]
    if did.which != "any" and own:
        moments = [one for one in own if world.time(one, name) is not None]
        own = sorted(moments, key=lambda one: world.time(one, name))
        own = own[:1] if did.which == "first" else own[-1:]
    if did.time is not None:
        first, last = days_meant(did.time, world.today)
        own = [one for one in own if _inside(world.time(one, name), first, last)]
    if did.then is not None:
        own = [one for one in own if _followed(world, figures, person, one, did)]
    return len(own)


def _followed(world: World, figures: FiguresOf, person: Any, row: Row, did: Did) -> bool:
    """Whether the row is followed as it should be. A wish that nothing follows waits until its time is over."""
    then = did.then
    assert then is not None
    customer = world.model.customer_entity
    begun = world.time(row, world.entities[did.entity].time)
    if begun is None:
        return False
    latest = None if then.count is None else begun + timedelta(**{f"{then.unit.value}s": then.count})
    if not then.happened and latest is not None and day_of(latest) > world.today:
        return False
    name = world.entities[then.entity].time
    after = [
        other
        for other in world.rows(then.entity)
        if world.key(other, customer) == person
        and world.time(other, name) is not None
        and world.time(other, name) > begun
        and (latest is None or world.time(other, name) <= latest)
        and holds(world, figures, other, then.where)
    ]
    return bool(after) == then.happened


def _inside(moment: Any, first: date, last: date) -> bool:
    day = day_of(moment)
    return day is not None and first <= day <= last


def _best(figures: FiguresOf, ranked: Ranked) -> set[Any]:
    """The keys of the best: by value, then by key; a share of them is rounded up."""
    known = {key: value for key, value in figures.who_have(ranked.metric, ranked.time).items() if value is not None}
    upwards = ranked.direction == "bottom"
    places = sorted(known, key=lambda key: (known[key] if upwards else -known[key], key))
    count = ranked.count
    if count is None:
        assert ranked.share is not None
        count = math.ceil(len(places) * Decimal(str(ranked.share)))
    return set(places[:count])
