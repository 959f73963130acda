"""Cohort tables and funnels read from their rows: who started when, how many came back, who got how far. No words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from semantic_layer.compiler import funnel, retention
from semantic_layer.table import Cell, Table


@dataclass(frozen=True, slots=True)
class Return:
    """One cohort in one period after its start. `people` and `rate` are `None` where the user may not see them."""

    people: int | None
    rate: float | None
    complete: bool


@dataclass(frozen=True, slots=True)
class Cohort:
    """People who started in the period that begins on `start`. `returns[n]` is the nth period after it, 0 their own.

    Periods that have not begun are not there. `size` is `None` where the user may not see it.
    """

    start: date
    size: int | None
    returns: tuple[Return, ...]

    def rate(self, offset: int) -> float | None:
        """The part that came back in a period that is over; `None` where that is not known or not over."""
        found = self.returns[offset] if offset < len(self.returns) else None
        return found.rate if found is not None and found.complete else None


@dataclass(frozen=True, slots=True)
class CohortTable:
    """Cohorts in order of time."""

    cohorts: tuple[Cohort, ...]

    @property
    def people(self) -> int:
        """All who started; cohorts that the user may not see are not counted."""
        return sum(cohort.size or 0 for cohort in self.cohorts)

    @property
    def offsets(self) -> range:
        return range(max((len(cohort.returns) for cohort in self.cohorts), default=0))

    def average(self, offset: int) -> float | None:
        """The part of all people of the cohorts for which the period is over, not the mean of the cohorts' parts."""
        known = [(c.size, c.returns[offset].people) for c in self.cohorts if c.rate(offset) is not None]
        sizes = sum(size for size, _ in known if size is not None)
        return sum(people for _, people in known if people is not None) / sizes if sizes else None

    def ranked(self, offset: int) -> list[Cohort]:
        """Cohorts for which the period is over, the best first, ties by time."""
        known = [cohort for cohort in self.cohorts if cohort.rate(offset) is not None]
        return sorted(known, key=lambda cohort: (-(cohort.rate(offset) or 0.0), cohort.start))

    @property
    def open_periods(self) -> int:
        """How many of the shown periods are not over."""
        return sum(not one.complete for cohort in self.cohorts for one in cohort.returns)


@dataclass(frozen=True, slots=True)
class Stage:
    """How many people reached one step, and what part of those at the first and at the step before."""

    people: int | None
    of_first: float | None
    of_previous: float | None


@dataclass(frozen=True, slots=True)
class FunnelGroup:
    """A funnel, of everybody (`value` is `None`) or of the people with one value of the field asked for."""

    value: Cell
    stages: tuple[Stage, ...]

    @property
    def hardest(self) -> int | None:
        """The step (from 1) that the smallest part of the people before it reached; `None` where none is known."""
        known = [
            (stage.of_previous, at) for at, stage in enumerate(self.stages, start=1) if stage.of_previous is not None
        ]
        return min(known)[1] if known else None


def cohorts_of(table: Table) -> CohortTable:
    """The rows of a compiled `Retention`, which come by cohort and then by period."""
    rows: dict[date, list[tuple[Cell, ...]]] = {}
    at = {name: table.index(name) for name in (retention.COHORT, retention.SIZE, retention.PEOPLE, retention.RATE)}
    over = table.index(retention.COMPLETE)
    for row in table:
        start = row[at[retention.COHORT]]
        if isinstance(start, date):
            rows.setdefault(start, []).append(row)
    return CohortTable(
        tuple(
            Cohort(
                start,
                _count(found[0][at[retention.SIZE]]),
                tuple(
                    Return(_count(row[at[retention.PEOPLE]]), _rate(row[at[retention.RATE]]), row[over] is True)
                    for row in found
                ),
            )
            for start, found in rows.items()
        )
    )


def funnels_of(table: Table) -> tuple[FunnelGroup, ...]:
    """The rows of a compiled `Funnel`, which come by group and then by step."""
    grouped = table.columns[0].name != funnel.STEP
    groups: dict[Cell, list[Stage]] = {}
    for row in table:
        people, of_first, of_previous = (
            row[table.index(name)] for name in (funnel.PEOPLE, funnel.OF_FIRST, funnel.OF_PREVIOUS)
        )
        stage = Stage(_count(people), _rate(of_first), _rate(of_previous))
        groups.setdefault(row[0] if grouped else None, []).append(stage)
    return tuple(FunnelGroup(value, tuple(stages)) for value, stages in groups.items())


def together(groups: Sequence[FunnelGroup]) -> FunnelGroup | None:
    """The funnel of all groups; `None` when there is none, or when one of them may not be seen."""
    stages: list[Stage] = []
    for at in range(max((len(group.stages) for group in groups), default=0)):
        counts = [group.stages[at].people for group in groups]
        if any(count is None for count in counts):
            return None
        people = sum(count for count in counts if count is not None)
        first, before = (stages[0].people, stages[-1].people) if stages else (people, None)
        stages.append(Stage(people, _part(people, first), _part(people, before)))
    return FunnelGroup(None, tuple(stages)) if stages else None


def _part(people: int, of: int | None) -> float | None:
    return people / of if of else None


def _count(cell: Cell) -> int | None:
    return cell if isinstance(cell, int) else None


def _rate(cell: Cell) -> float | None:
    return None if cell is None or isinstance(cell, str | date) else float(cell)
