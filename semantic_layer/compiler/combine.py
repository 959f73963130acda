"""Puts aggregated passes side by side. Groups that only one of them has are kept; a NULL group meets a NULL group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from semantic_layer.compiler.groups import Group, PeriodGroup
from semantic_layer.compiler.literals import day, series
from semantic_layer.compiler.readings import Pass
from semantic_layer.compiler.rows import Scope
from semantic_layer.model.grain import Grain


@dataclass(frozen=True, slots=True)
class Spine:
    """All periods of the result: one row a position, one column a span (the question's first, then the comparisons')."""

    column: str
    rows: tuple[tuple[date | None, ...], ...]
    step: Grain | None = None  # what lies between two rows, where that is the same between all


_LISTED = 62
"""So many periods are listed one by one, which says at a glance what they are; more are told by their ends."""


@dataclass(frozen=True, slots=True)
class Side:
    """A pass and the position of its span among the spans of the question."""

    one: Pass
    position: int


class Combined:
    """Passes joined on the groups: a FROM clause, and where each column of it stands."""

    def __init__(self, scope: Scope, groups: Sequence[Group], sides: Sequence[Side], spine: Spine | None) -> None:
        self._groups = list(groups)
        self._sides = list(sides)
        self._source: dict[str, str] = {name: side.one.step for side in sides for name in side.one.columns}
        self._joins: list[exp.Join] = []
        self._group_columns: dict[str, exp.Expr] = {}
        if not groups:
            self._side_by_side()
        elif len(sides) == 1 and spine is None:
            self._alone()
        else:
            self._on_all_groups(scope, spine)

    @property
    def is_joined(self) -> bool:
        return bool(self._joins)

    def group(self, column: str) -> exp.Expr:
        return self._group_columns[column].copy()

    def value(self, column: str) -> exp.Expr:
        single = len(self._sides) == 1 and not self._joins
        return exp.column(column, table=None if single else self._source[column])

    def select(self, *expressions: exp.Expr) -> exp.Select:
        query = exp.Select(expressions=list(expressions))
        query.set("from_", exp.From(this=exp.table_(self._first)))
        if self._joins:
            query.set("joins", self._joins)
        return query

    def _side_by_side(self) -> None:
        self._first = self._sides[0].one.step
        self._joins = [exp.Join(this=exp.table_(side.one.step), kind="CROSS") for side in self._sides[1:]]

    def _alone(self) -> None:
        self._first = self._sides[0].one.step
        self._group_columns = {group.column: exp.column(group.column) for group in self._groups}

    def _on_all_groups(self, scope: Scope, spine: Spine | None) -> None:
        plain = [
            group.column
            for group in self._groups
            if not (spine and isinstance(group, PeriodGroup) and group.is_aligned)
        ]
        keys: list[str] = []
        if spine is not None:
            keys.append(scope.statement.step("periods", _spine_query(spine), "every period, also those without rows"))
        if plain:
            keys.append(
                scope.statement.step("all_groups", _all_groups(self._sides, plain), "every group that has a value")
            )
            self._group_columns.update({name: exp.column(name, table=keys[-1]) for name in plain})
        if spine is not None:
            self._group_columns[spine.column] = exp.column(spine.column, table=keys[0])
        self._first = keys[0]
        self._joins = [exp.Join(this=exp.table_(name), kind="CROSS") for name in keys[1:]]
        for side in self._sides:
            self._joins.append(self._meet(side, plain, spine, keys[0]))

    def _meet(self, side: Side, plain: Sequence[str], spine: Spine | None, periods: str) -> exp.Join:
        step = side.one.step
        on: list[exp.Expr] = [
            exp.NullSafeEQ(this=self._group_columns[name].copy(), expression=exp.column(name, table=step))
            for name in plain
        ]
        if spine is not None:
            own = exp.column(_spine_column(spine, side.position), table=periods)
            on.insert(0, exp.EQ(this=own, expression=exp.column(spine.column, table=step)))
        return exp.Join(this=exp.table_(step), side="LEFT", on=exp.and_(*on, copy=False))


def _spine_column(spine: Spine, position: int) -> str:
    return (
        spine.column
        if position == 0
        else f"{spine.column}__prev"
        if position == 1
        else f"{spine.column}__prev_{position}"
    )


def _spine_query(spine: Spine) -> exp.Select:
    width = len(spine.rows[0])
    if width == 1 and len(spine.rows) > _LISTED and spine.step is not None:
        return series([row[0] for row in spine.rows if row[0] is not None], spine.step, spine.column)
    names = [_spine_column(spine, position) for position in range(width)]
    date_type = exp.DataType(this=exp.DataType.Type.DATE)
    rows = [
        exp.Tuple(expressions=[day(one) if one else exp.Cast(this=exp.Null(), to=date_type.copy()) for one in row])
        for row in spine.rows
    ]
    alias = exp.TableAlias(this=exp.to_identifier("spine"), columns=[exp.to_identifier(name) for name in names])
    query = exp.Select(expressions=[exp.column(name) for name in names])
    query.set("from_", exp.From(this=exp.Values(expressions=rows, alias=alias)))
    return query


def _all_groups(sides: Sequence[Side], columns: Sequence[str]) -> exp.Expr:
    selects: list[exp.Expr] = []
    for side in sides:
        select = exp.Select(expressions=[exp.column(name) for name in columns])
        select.set("from_", exp.From(this=exp.table_(side.one.step)))
        selects.append(select)
    if len(selects) == 1:
        selects[0].set("distinct", exp.Distinct())
    union = selects[0]
    for other in selects[1:]:
        union = exp.Union(this=union, expression=other, distinct=True)
    return union
