"""What else a chip could say: other values, bounds, times and groupings that fit in its place."""

from __future__ import annotations

from dataclasses import replace

from assistant.resources import Asked, Resources
from semantic_layer.model.grain import DATE_GRAINS
from semantic_layer.model.types import Dimension, DimensionKind, Scalar, Tag
from semantic_layer.query.predicate import Among, Between, Compare, Did, HasMetric, Not, Predicate, Ranked
from semantic_layer.query.time import Calendar, Grain, Rolling, TimeRange
from semantic_layer.query.types import ByField, ByTime, Grouping, Query

MOST = 12

TIMES: tuple[TimeRange, ...] = (
    Calendar(Grain.MONTH, -1),
    Calendar(Grain.MONTH, 0),
    Rolling(30, Grain.DAY),
    Rolling(3, Grain.MONTH),
    Rolling(6, Grain.MONTH),
    Rolling(12, Grain.MONTH),
    Calendar(Grain.QUARTER, -1),
    Calendar(Grain.YEAR, 0),
    Calendar(Grain.YEAR, -1),
)
WINDOWS: tuple[TimeRange, ...] = (
    Rolling(7, Grain.DAY),
    Rolling(30, Grain.DAY),
    Rolling(3, Grain.MONTH),
    Rolling(12, Grain.MONTH),
)
FACTORS = (0.5, 0.8, 1.25, 2.0)


def time_choices(time: TimeRange | None) -> tuple[TimeRange, ...]:
    """Common periods other than the one there is."""
    return tuple(choice for choice in TIMES if choice != time)


def grain_choices(group: ByTime) -> tuple[Grouping, ...]:
    return tuple(ByTime(grain) for grain in DATE_GRAINS if grain is not group.grain)


def group_choices(group: ByField, query: Query, asked: Asked, resources: Resources) -> tuple[Grouping, ...]:
    """Other ways to group: categorical fields of the same entity that are not used yet."""
    entity = resources.index.field(group.field).entity
    taken = {g.field for g in query.by if isinstance(g, ByField)}
    fields = [
        f.qualified
        for f in resources.index.fields_of(entity)
        if f.qualified not in taken
        and (isinstance(f, Tag) or f.kind in (DimensionKind.CATEGORICAL, DimensionKind.GEOGRAPHIC))
        and resources.layer.may_use(f.qualified, asked.user)
    ]
    return tuple(ByField(field) for field in fields[:MOST])


def people_fields(asked: Asked, resources: Resources) -> tuple[str, ...]:
    """Fields of customers that split them into few groups and that this person may use; those with an order first."""
    fields = [
        one
        for one in resources.index.fields_of(resources.index.model.customer_entity)
        if one.values and len(one.values) <= MOST and resources.layer.may_use(one.qualified, asked.user)
    ]
    return tuple(one.qualified for one in sorted(fields, key=lambda one: not one.ordered))


def condition_choices(condition: Predicate, asked: Asked, resources: Resources) -> tuple[Predicate, ...]:
    """Conditions that could stand in the place of this one."""
    match condition:
        case Compare(field=field, op=op, value=value) if op in ("=", "!="):
            return tuple(Compare(field, op, v) for v in _other_values(field, (value,), asked, resources))
        case Among(field=field, values=values):
            return tuple(Compare(field, "=", v) for v in _other_values(field, (), asked, resources) if (v,) != values)
        case Compare(value=value) if isinstance(value, int | float) and not isinstance(value, bool):
            return tuple(replace(condition, value=n) for n in _near(value))
        case HasMetric(value=value, high=None):
            return tuple(replace(condition, value=n) for n in _near(value))
        case Did(time=time):
            return tuple(replace(condition, time=t) for t in WINDOWS if t != time)
        case Ranked(share=share) if share is not None:
            return tuple(replace(condition, share=s) for s in (0.05, 0.1, 0.2, 0.5) if s != share)
        case Ranked():
            return tuple(replace(condition, count=n) for n in (10, 50, 100, 500) if n != condition.count)
        case Not(item=Did() as item):
            return tuple(Not(choice) for choice in condition_choices(item, asked, resources))
        case Between():
            return ()
        case _:
            return ()


def _other_values(field: str, taken: tuple[Scalar, ...], asked: Asked, resources: Resources) -> tuple[Scalar, ...]:
    found: Dimension | Tag = resources.index.field(field)
    if found.values:
        values: tuple[Scalar, ...] = tuple(v.value for v in found.values)
    elif isinstance(found, Tag) and found.type == "boolean":
        values = (True, False)
    elif isinstance(found, Dimension) and found.index_values:
        counted = resources.layer.value_counts(field, asked.user)
        values = tuple(value for value, _ in counted if isinstance(value, Scalar))
    else:
        values = ()
    return tuple(v for v in values if v not in taken)[:MOST]


def _near(value: float) -> tuple[float, ...]:
    """Round numbers around a bound."""
    near = [float(f"{value * factor:.2g}") for factor in FACTORS]
    return tuple(dict.fromkeys(int(n) if n == int(n) else n for n in near if n != value))
