"""What rows are grouped by: a field, a period of time, the key of an entity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from sqlglot import exp

from semantic_layer.compiler.metrics import Need
from semantic_layer.compiler.moments import part_of, period_start
from semantic_layer.compiler.rows import Rows
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.grain import GRAIN_NAMES, DatePart, Grain
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import ColumnType, Dimension
from semantic_layer.query.types import ByField, ByTime, Query

PERIOD = "period"
"""The column of the periods of a result; several kinds of periods have the kind behind it."""


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """A field; of a time dimension, its period at `grain`, a `part` of its date, or an `own` period."""

    column: str
    field: str
    grain: Grain | None = None
    part: DatePart | None = None
    own: str | None = None


@dataclass(frozen=True, slots=True)
class PeriodGroup:
    """First day of the period that a row's own time falls into; or a `part` of that time, or an `own` period."""

    column: str
    grain: Grain
    part: DatePart | None = None
    own: str | None = None

    @property
    def is_aligned(self) -> bool:
        """Whether its values follow each other, so that missing ones can be filled and other years held beside."""
        return self.part is None and self.own is None


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """The key of the `entity` row that a row belongs to; `at` is which column of it, where there are several."""

    column: str
    entity: str
    at: int = 0


Group = FieldGroup | PeriodGroup | KeyGroup


def group_expression(group: Group, rows: Rows) -> exp.Expr:
    """The group's value for one row."""
    match group:
        case FieldGroup(field=field, grain=None, part=None, own=None):
            return rows.field(field)
        case FieldGroup(field=field):
            return period_value(rows, rows.field(field), group)
        case PeriodGroup():
            return period_value(rows, rows.moment(), group)
        case KeyGroup(entity=entity, at=at):
            return rows.keys_of(entity)[at]
        case _:
            assert_never(group)


def period_value(rows: Rows, moment: exp.Expr, group: FieldGroup | PeriodGroup) -> exp.Expr:
    """The period, the part or the own period that `moment` falls into, as `group` says."""
    if group.own is not None:
        return rows.own_period(moment, group.own)
    if group.part is not None:
        return part_of(moment, group.part)
    grain = group.grain or Grain.DAY
    return period_start(moment, grain, sunday=rows.scope.calendar.conventions.week_start == "sunday")


def group_needs(groups: Sequence[Group], index: ModelIndex) -> tuple[Need, ...]:
    needs = []
    for group in groups:
        if isinstance(group, FieldGroup):
            needs.append(Need(index.field(group.field).entity, group.field))
        elif isinstance(group, KeyGroup):
            needs.append(Need(group.entity, group.entity))
    return tuple(needs)


def periods_of(groups: Sequence[Group]) -> tuple[PeriodGroup, ...]:
    return tuple(group for group in groups if isinstance(group, PeriodGroup))


def check_grain(index: ModelIndex, field: str, grain: Grain) -> None:
    """Raises `InvalidPlanError` for a grain finer than what the data of the time dimension `field` has."""
    found = index.field(field)
    finest = finest_grain(index, field)
    order = list(Grain)
    if order.index(grain) >= order.index(finest):
        return
    label = found.words.label
    raise InvalidPlanError(
        Text(
            zh=f"「{label.zh}」的数据只细到{GRAIN_NAMES[finest].zh}，不能按{GRAIN_NAMES[grain].zh}来看。",
            en=f"{label.en!r} is kept by the {GRAIN_NAMES[finest].en} only, so it cannot be shown by the {GRAIN_NAMES[grain].en}.",
        ),
        suggestions=[one.value for one in order[order.index(finest) :]],
    )


def finest_grain(index: ModelIndex, field: str) -> Grain:
    """The grain that a time dimension says, else what its type can hold."""
    found = index.field(field)
    if isinstance(found, Dimension) and found.grain is not None:
        return found.grain
    return Grain.DAY if found.type is ColumnType.DATE else Grain.MILLISECOND


def groups_of(query: Query, index: ModelIndex) -> tuple[Group, ...]:
    """The question's groups with their column names: a field's own name, or with its entity's where two share it."""
    fields = [group.field for group in query.by if isinstance(group, ByField)]
    short = [index.field(field).name for field in fields]
    taken = [*query.metrics, PERIOD]
    found: list[Group] = []
    several = sum(isinstance(group, ByTime) for group in query.by) > 1
    for group in query.by:
        match group:
            case ByTime(grain=grain, part=part, own=own):
                name = f"{PERIOD}_{own or part or grain}" if several else PERIOD
                found.append(PeriodGroup(name, grain, part, own))
            case ByField(field=field, grain=grain_of, part=part, own=own):
                name = index.field(field).name
                clash = short.count(name) > 1 or name in taken
                column = field.replace(">", "_").replace(".", "_") if clash else name
                ending = own or part or grain_of
                column = f"{column}_{ending}" if ending else column
                if grain_of is not None:
                    check_grain(index, field, grain_of)
                found.append(FieldGroup(column, field, grain_of, part, own))
    return tuple(found)
