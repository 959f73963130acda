"""From what was understood to cohort tables, funnels and reasons for a change. A frame with anything left over gives none."""

from __future__ import annotations

from dataclasses import replace

from assistant.interpreters.grammar import kinds
from assistant.interpreters.grammar.finish_query import QueryFinisher
from assistant.interpreters.grammar.finish_times import times_of
from assistant.interpreters.grammar.finish_where import people_where
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Frame
from semantic_layer.query.plan import Explain, Funnel, Occurrence, Retention
from semantic_layer.query.predicate import Did, Predicate
from semantic_layer.query.time import Comparison, Grain, TimeRange
from semantic_layer.query.types import ByField, ByTime, Query

_MONTHS_SHOWN = 6
_ASKING = frozenset(
    {"QW", "QL", "asked", "many", "one", "TREND", "DIST", "RESP", "listed"}
)  # words that add nothing to these kinds


class KindsFinisher:
    def __init__(self, meanings: Meanings, queries: QueryFinisher) -> None:
        self._m = meanings
        self._queries = queries

    # ---- reasons

    def explain(self, frame: Frame) -> Explain | None:
        """Why a metric changed: it, the words for a change, a time, what it is held against, whose rows, by what."""
        rest = replace(
            frame,
            metrics=(),
            by=(),
            heads=(),
            conditions=(),
            implied=(),
            times=(),
            compare=(),
            back=(),
            entities=(),
            named=(),
        )
        extra = frame.marks - _ASKING - {"WHY", "CHG", "GROW", "VS", "several", "described"}
        changed = frame.has("CHG", "GROW", "TREND") or bool(frame.compare)
        if not changed or extra or replace(rest, marks=frozenset(), chart=None) != Frame() or len(frame.metrics) != 1:
            return None
        metric = frame.metrics[0]
        by = (*(g.field for g in frame.by if isinstance(g, ByField)), *frame.heads)
        reached = all(self._m.distance(metric, field.split(".")[0]) is not None for field in by)
        if len(by) < len(frame.by) + len(frame.heads) or not reached or not kinds.explains(self._m, metric):
            return None
        time, compare = times_of(frame, frame.metrics, (), None)
        if time is False or len(compare) > 1:
            return None
        where = self._queries.rows_where(frame, frame.metrics)
        if where is False:
            return None
        against = compare[0] if compare else Comparison.PERIOD_BEFORE
        return Explain(metric=metric, time=time, compare_to=against, where=where, by=tuple(dict.fromkeys(by)))

    # ---- values

    def values(self, frame: Frame) -> Query | None:
        """Which categories are there: one field that has values to be listed, asked for with a question word."""
        rest = replace(frame, heads=(), named=(), marks=frozenset())
        asked = frame.has("QW", "QL")
        if not asked or frame.marks - _ASKING - {"several", "described"} or rest != Frame() or len(frame.heads) != 1:
            return None
        field = frame.heads[0]
        listed = self._m.can_group(field) and not self._m.is_tag(field)
        return Query(metrics=(), by=(ByField(field),)) if listed else None

    # ---- funnels

    def funnel(self, frame: Frame) -> Funnel | None:
        rest = replace(
            frame, steps=(), within=None, by=(), heads=(), conditions=(), implied=(), times=(), entities=(), named=()
        )
        extra = frame.marks - _ASKING - {"FUNNEL", "VS", "several", "described"}
        if frame.implied or extra or replace(rest, marks=frozenset(), chart=None) != Frame() or len(frame.steps) < 2:
            return None
        by = tuple(dict.fromkeys((*frame.by, *(ByField(f) for f in frame.heads))))
        if len(by) > 1 or len(frame.times) > 1 or not self._only_people(frame):
            return None
        field = by[0].field if by and isinstance(by[0], ByField) else None
        if by and (field is None or not kinds.splits(self._m, field)):
            return None
        where = people_where(self._m, frame.conditions)
        if where is None and frame.conditions:
            return None
        time = frame.times[0] if frame.times else None
        made = Funnel(steps=frame.steps, where=where, time=time, by=field)
        return made if frame.within is None else replace(made, within=frame.within)

    # ---- cohorts

    def retention(self, frame: Frame) -> Retention | None:
        """How many come back. Without a word for cohorts, their beginning or their periods, the rate is a metric."""
        rest = replace(
            frame, steps=(), cohort=None, metrics=(), by=(), conditions=(), implied=(), times=(), entities=(), named=()
        )
        extra = frame.marks - _ASKING - {"RETAIN", "cohorts", "several", "described"}
        back = kinds.main_behaviour(self._m)
        if extra or replace(rest, marks=frozenset(), chart=None) != Frame() or back is None:
            return None
        begun = self._begun(frame, back)
        if begun is None or not self._only_people(frame) or len(frame.times) > 1:
            return None
        start, time, conditions = begun
        where = people_where(self._m, conditions)
        grain = self._grain(frame)
        if grain is None or (where is None and conditions):
            return None
        periods = frame.cohort.periods if frame.cohort else None
        made = Retention(start=start, back=Occurrence(entity=back), grain=grain, where=where, time=time)
        return replace(made, periods=periods or _MONTHS_SHOWN)

    def _begun(self, frame: Frame, back: str) -> tuple[Occurrence, TimeRange | None, tuple[Predicate, ...]] | None:
        """What a cohort begins with, when, and who else is meant."""
        time = frame.times[0] if frame.times else None
        if frame.steps:
            alone = len(frame.steps) == 1 and not frame.metrics
            return (frame.steps[0], time, frame.conditions) if alone else None
        if frame.metrics:
            new = all(kinds.counts_registrations(self._m, name) for name in frame.metrics)
            return (Occurrence(entity=self._m.person), time, frame.conditions) if new else None
        done = [c for c in frame.conditions if isinstance(c, Did)]
        if done:
            return self._begun_by(done, time, frame.conditions)
        if not frame.has("cohorts"):
            return None
        first = Occurrence(entity=self._m.person if kinds.registration(self._m) else back)
        return first, time, frame.conditions

    def _begun_by(
        self, done: list[Did], time: TimeRange | None, conditions: tuple[Predicate, ...]
    ) -> tuple[Occurrence, TimeRange | None, tuple[Predicate, ...]] | None:
        """Customers who bought in September: what they did, when, begins the cohort."""
        first = done[0]
        start = kinds.occurrence_of(replace(first, time=None, which="any"))
        if len(done) > 1 or start is None or first.which == "last" or (time is not None and first.time is not None):
            return None
        return start, time or first.time, tuple(c for c in conditions if c != first)

    def _grain(self, frame: Frame) -> Grain | None:
        said = {g.grain for g in frame.by if isinstance(g, ByTime)}
        if len(said) < len(frame.by):
            return None
        said |= {frame.cohort.grain} if frame.cohort else set()
        return next(iter(said)) if len(said) == 1 else None if said else Grain.MONTH

    def _only_people(self, frame: Frame) -> bool:
        return all(entity == self._m.person for entity in frame.entities)
