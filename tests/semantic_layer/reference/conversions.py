"""Conversions: who began something, and what followed in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

from semantic_layer.model.types import Conversion
from tests.semantic_layer.reference.cells import DAYS_IN, Cell
from tests.semantic_layer.reference.fragments import divided
from tests.semantic_layer.reference.simple import SimpleFigures
from tests.semantic_layer.reference.world import Row

Value = Any


class AllFigures(Protocol):
    """Figures of metrics of every kind."""

    simple: SimpleFigures

    def value(self, name: str, cell: Cell) -> Value: ...

    def rows_behind(self, name: str, cell: Cell) -> list[tuple[str, Row]]: ...

    def is_zero_without_rows(self, name: str) -> bool: ...


class Conversions:
    def __init__(self, figures: AllFigures) -> None:
        self.figures = figures
        self.world = figures.simple.world

    def value(self, body: Conversion, cell: Cell) -> Value:
        return self._people(body, cell) if body.counting == "people" else self._events(body, cell)

    def _people(self, body: Conversion, cell: Cell) -> Value:
        """Of those who began, the ones that reached the target in time after one of their beginnings."""
        begun = self._begun(body, cell)
        reached = {self.world.key(row, body.entity) for row in begun if self._reached(body, row)}
        if body.calculation == "count":
            return len(reached)
        return divided(len(reached), len({self.world.key(row, body.entity) for row in begun}))

    def _begun(self, body: Conversion, cell: Cell) -> list[Row]:
        return [
            row for _, row in self.figures.rows_behind(body.base, cell) if self.world.key(row, body.entity) is not None
        ]

    def _reached(self, body: Conversion, begun: Row) -> bool:
        return any(self._follows(body, begun, target) for target in self._targets(body))

    def rows_behind(self, body: Conversion, cell: Cell) -> list[tuple[str, Row]]:
        """What began and, where only conversions are counted, has led to one."""
        begun = self._begun(body, cell)
        if body.calculation == "rate":
            every = self.figures.rows_behind(body.base, cell)
            return every if body.counting == "events" else [(body.base, row) for row in begun]
        if body.counting == "people":
            return [(body.base, row) for row in begun if self._reached(body, row)]
        return [(body.base, row) for row, _ in self._credited(body, cell)]

    def _credited(self, body: Conversion, cell: Cell) -> list[tuple[Row, Row]]:
        """The targets, each with the latest beginning before it, of those beginnings that are the cell's."""
        begun = self._begun(body, replace(cell.of_all_groups(), days=cell.span))
        own = set(self._begun(body, cell))
        found = []
        for target in self._targets(body):
            earlier = [row for row in begun if self._comes_after(body, row, target)]
            latest = max(earlier, key=self._moment, default=None)
            if latest is not None and latest in own and self._follows(body, latest, target):
                found.append((latest, target))
        return found

    def _events(self, body: Conversion, cell: Cell) -> Value:
        credited = [target for _, target in self._credited(body, cell)]
        metric = self.world.metrics[body.target]
        measure = self.figures.simple.measure(metric, frozenset({body.entity}))
        found = self.figures.simple.aggregated(measure, credited)
        found = 0 if found is None and self.figures.is_zero_without_rows(body.target) else found
        return found if body.calculation == "count" else divided(found, self.figures.value(body.base, cell))

    def _targets(self, body: Conversion) -> list[Row]:
        return self.figures.simple.rows(self.world.metrics[body.target], Cell(needs=frozenset({body.entity})))

    def _moment(self, row: Row) -> Any:
        return self.world.time(row, self.world.entities[row.entity].time)

    def _comes_after(self, body: Conversion, begun: Row, target: Row) -> bool:
        """Whether the target is of the same one, not before it, and alike in what must stay the same."""
        key = self.world.key(begun, body.entity)
        alike = all(
            self.world.field(begun, base) is not None
            and self.world.field(begun, base) == self.world.field(target, other)
            for base, other in body.constant
        )
        same = key is not None and key == self.world.key(target, body.entity)
        return same and alike and self._moment(begun) <= self._moment(target)

    def _follows(self, body: Conversion, begun: Row, target: Row) -> bool:
        if not self._comes_after(body, begun, target):
            return False
        if not body.window:
            return True
        count, unit = body.window.split()
        assert unit.rstrip("s") in DAYS_IN
        return bool(
            self._moment(target) <= self._moment(begun) + timedelta(days=int(count) * DAYS_IN[unit.rstrip("s")])
        )
