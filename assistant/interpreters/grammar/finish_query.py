"""From what was understood to queries for numbers: metrics, groupings, conditions, time, comparison, order, limit, share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assistant.interpreters.base import Note
from assistant.interpreters.grammar.finish_where import contradictory, holds_for, windows_spread
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Frame, Ordering
from semantic_layer.query.predicate import (
    Among,
    Between,
    Compare,
    Did,
    HasMetric,
    Predicate,
    Ranked,
    conjoin,
    conjuncts,
)
from semantic_layer.query.time import Against, Calendar, CompareTo, Comparison, Grain, Holiday, Rolling, Span, TimeRange
from semantic_layer.query.types import Bound, ByField, ByTime, Grouping, Order, Query

_Result = tuple[Query, float, tuple[Note, ...]]
_DEFAULT_LIMIT = 10


class QueryFinisher:
    def __init__(self, meanings: Meanings) -> None:
        self._m = meanings

    def queries(self, frame: Frame) -> Iterator[_Result]:
        for metrics, score in self._metrics(frame):
            found = self._query(frame, metrics)
            if found is not None:
                query, more = found
                yield query, score + more, ()

    # ---- which metrics

    def _metrics(self, frame: Frame) -> Iterator[tuple[tuple[str, ...], float]]:
        """The metrics that are asked for, said or meant by what is counted."""
        ordered = (frame.ordering.metric,) if frame.ordering and frame.ordering.metric else ()
        people = self._m.person in frame.entities
        if frame.metrics:
            extra = tuple(m for m in ordered if m not in frame.metrics)
            yield frame.metrics + extra, 0.0
            return
        if ordered and not people and (frame.heads or frame.by):
            yield ordered, 0.0
            return
        having = tuple(dict.fromkeys(c.metric for c in frame.conditions if isinstance(c, HasMetric)))
        if having and not people and frame.heads and not ordered:
            yield having, 0.0
            return
        wants_number = frame.has("QC", "SHARE", "DIST", "TREND") or frame.by or frame.heads
        if wants_number and not ordered:
            counted = self._counted(frame)
            if counted is not None:
                yield (counted,), -0.1

    def _counted(self, frame: Frame) -> str | None:
        others = [e for e in frame.entities if e != self._m.person]
        bounds = [c for c in frame.conditions if isinstance(c, HasMetric) or (isinstance(c, Did) and c.count != 1)]
        if bounds and len(bounds) == len(frame.conditions) and not frame.entities and not frame.by:
            return None  # nothing says that people are counted
        if len(others) == 1:
            return self._m.count_metric(others[0])
        return self._m.people_metric if not others else None

    # ---- the query

    def _query(self, frame: Frame, metrics: tuple[str, ...]) -> tuple[Query, float] | None:
        if any(self._m.not_yet(name) for name in metrics):
            return None
        if not self._about_rows(frame, metrics):
            return None
        by = self._groupings(frame)
        split = self._split(frame, metrics, by)
        if split is None or frame.topics or frame.has("field") or (frame.bounds and not by):
            return None
        conditions, having, time_said = split
        time, compare = self._times(frame, metrics, by, time_said)
        if time is False:
            return None
        assert not isinstance(time, bool)
        if not compare and (frame.has("GROW") or (frame.ordering is not None and frame.ordering.what == "change")):
            compare = (Comparison.PERIOD_BEFORE,)
        if any(self._m.timeless(name) for name in metrics):
            timed = self._time_inside(frame, conditions, time, by)
            if timed is None:
                return None
            conditions, time, compare = timed, None, ()
        where = self._where(frame, metrics, conditions)
        if where is False:
            return None
        assert not isinstance(where, bool)
        if frame.has("SHARE") and not by:
            by, where = _part_of_whole(where)
        by = self._trend(frame, by, time)
        compared_by, where_by = self._compared(frame, by, where, compare)
        if frame.has("VS", "RESP") and not compare and not compared_by:
            return None  # nothing to compare with
        order, limit = self._order(frame, metrics, compared_by, compare)
        if order is None or (frame.has("SHARE", "DIST", "RANKW") and not compared_by):
            return None
        if frame.has("SHARE") and not all(self._m.adds_up(name) for name in metrics):
            return None
        query = Query(
            metrics=metrics,
            by=compared_by,
            where=where_by,
            time=time,
            compare_to=compare,
            having=having,
            order=order,
            limit=limit,
            share=frame.has("SHARE", "DIST") and all(self._m.adds_up(name) for name in metrics),
        )
        return (query, self._fit(frame, query)) if self._fits(query) else None

    def _about_rows(self, frame: Frame, metrics: tuple[str, ...]) -> bool:
        """Things named in the question must be people, or what the metrics are about; else they mean something more."""
        rows = {e for name in metrics for entities in self._m.measure_entities(name) for e in entities}
        return all(e == self._m.person or e in rows for e in frame.entities)

    def _groupings(self, frame: Frame) -> tuple[Grouping, ...]:
        heads = tuple(ByField(f) for f in frame.heads if ByField(f) not in frame.by)
        return frame.by + tuple(dict.fromkeys(heads))

    def _split(
        self, frame: Frame, metrics: tuple[str, ...], by: tuple[Grouping, ...]
    ) -> tuple[tuple[Predicate, ...], tuple[Bound, ...], TimeRange | None] | None:
        """Conditions on rows and people, bounds on groups, and a time that was said beside a bound."""
        people = self._m.person in frame.entities or self._counts_people(metrics)
        rows: list[Predicate] = []
        bounds = list(frame.bounds)
        time: TimeRange | None = None
        for condition in frame.conditions:
            grouped = isinstance(condition, HasMetric) and bool(by) and not people
            if grouped and isinstance(condition, HasMetric):
                if condition.time is not None and time not in (None, condition.time):
                    return None
                time = condition.time or time
                bounds.append(
                    Bound(metric=condition.metric, op=condition.op, value=condition.value, high=condition.high)
                )
            elif isinstance(condition, Ranked) and not people:
                return None
            else:
                rows.append(condition)
        rows.extend(amounts) if (amounts := self._amounts(frame)) is not None else rows.append(Compare("?", "=", 0))
        if any(isinstance(r, Compare) and r.field == "?" for r in rows):
            return None
        return tuple(rows), tuple(bounds), time

    def _time_inside(
        self, frame: Frame, conditions: tuple[Predicate, ...], time: TimeRange | None, by: tuple[Grouping, ...]
    ) -> tuple[Predicate, ...] | None:
        """For a number of people as they are now, the conditions with the time in them; `None` when they cannot take it."""
        if frame.compare or any(isinstance(g, ByTime) for g in by) or frame.has("TREND") or len(frame.times) > 1:
            return None
        return conditions if time is None else windows_spread(conditions, (time,))

    def _counts_people(self, metrics: tuple[str, ...]) -> bool:
        return all(name == self._m.people_metric for name in metrics)

    def _amounts(self, frame: Frame) -> tuple[Predicate, ...] | None:
        """Bare bounds on money belong to the rows that are counted: orders over two thousand yuan."""
        if not frame.amounts:
            return ()
        others = [e for e in frame.entities if e != self._m.person]
        field = self._m.amount_field(others[0]) if len(others) == 1 else None
        if field is None or any(a.percent for a in frame.amounts):
            return None
        return tuple(
            Compare(field, a.op, _whole(a.value)) if a.high is None else Between(field, _whole(a.value), _whole(a.high))
            for a in frame.amounts
        )

    def _where(
        self, frame: Frame, metrics: tuple[str, ...], conditions: tuple[Predicate, ...]
    ) -> Predicate | bool | None:
        spread = conditions if frame.has("fixed") else windows_spread(conditions, ()) or conditions
        for condition in spread:
            if not all(self._metric_takes(name, condition) for name in metrics):
                return False
        if contradictory(spread) or _said_twice(spread):
            return False
        return conjoin(spread)

    def _metric_takes(self, metric: str, condition: Predicate) -> bool:
        return all(
            any(holds_for(self._m, condition, e) for e in entities) for entities in self._m.measure_entities(metric)
        )

    def _fits(self, query: Query) -> bool:
        fields = [g.field for g in query.by if isinstance(g, ByField)]
        entities = {f.split(".")[0] for f in fields}
        return all(self._m.distance(name, entity) is not None for name in query.metrics for entity in entities)

    def _fit(self, frame: Frame, query: Query) -> float:
        """Fields near the rows of the metrics are likelier to be meant than far ones."""
        steps = 0
        for part in conjuncts(query.where):
            field = getattr(part, "field", None)
            if isinstance(field, str):
                steps += max((self._m.distance(name, field.split(".")[0]) or 0) for name in query.metrics)
        bare = (
            0.3
            if frame.heads
            and not frame.has("asked", "DIST", "SHARE", "QC", "counted")
            and not query.order
            and not frame.by
            else 0.0
        )
        implied = sum(
            isinstance(part, Did) and part.time is None and part.where is not None and self._takes(query, part.where)
            for part in conjuncts(query.where)
        )
        return -0.15 * steps - bare - 0.6 * implied

    def _takes(self, query: Query, where: Predicate) -> bool:
        return all(self._metric_takes(name, where) for name in query.metrics)

    # ---- time and comparison

    def _times(
        self, frame: Frame, metrics: tuple[str, ...], by: tuple[Grouping, ...], said: TimeRange | None
    ) -> tuple[TimeRange | bool | None, tuple[CompareTo, ...]]:
        times = frame.times
        if said is not None:
            if times and times != (said,):
                return False, ()
            times = (said,)
        if len(times) > 2 or (len(times) == 2 and not frame.has("VS", "DIFF")):
            return False, ()
        if not times:
            return None, frame.compare
        if len(times) == 2:
            return times[0], (*frame.compare, _against(times[0], times[1]))
        if frame.compare or by or frame.has("NOCMP", "TREND") or len(metrics) != 1 or not _past_period(times[0]):
            return times[0], frame.compare
        return times[0], (Comparison.PERIOD_BEFORE,)

    def _trend(self, frame: Frame, by: tuple[Grouping, ...], time: TimeRange | None) -> tuple[Grouping, ...]:
        if not frame.has("TREND") or any(isinstance(g, ByTime) for g in by):
            return by
        return (ByTime(comparable_grain(time)), *by)

    def _add_up(self, frame: Frame) -> bool:
        return all(self._m.adds_up(name) for name in frame.metrics)

    def _compared(
        self, frame: Frame, by: tuple[Grouping, ...], where: Predicate | None, compare: tuple[CompareTo, ...]
    ) -> tuple[tuple[Grouping, ...], Predicate | None]:
        """Comparing Beijing with Shanghai means one row for each of them."""
        if compare or by or not (frame.has("VS", "RESP") or frame.several and not self._add_up(frame)):
            return by, where
        several = [
            p for p in conjuncts(where) if len(getattr(p, "values", ())) > 1 and getattr(p, "group", None) is None
        ]
        if len(several) != 1:
            return by, where
        field = getattr(several[0], "field", None)
        return ((ByField(field),), where) if isinstance(field, str) else (by, where)

    # ---- order

    def _order(
        self, frame: Frame, metrics: tuple[str, ...], by: tuple[Grouping, ...], compare: tuple[CompareTo, ...]
    ) -> tuple[tuple[Order, ...] | None, int | None]:
        ordering, cut = frame.ordering, frame.cut
        if cut is not None and cut.share is not None:
            return None, None
        if ordering is None and cut is None:
            return ((Order(metrics[0]),) if frame.has("RANKW") and by else ()), None
        if not by:
            return None, None
        descending = ordering.descending if ordering is not None else cut.descending if cut is not None else True
        if cut is not None and not cut.descending and (ordering is None or frame.has("by_metric")):
            descending = False
        metric = ordering.metric if ordering is not None and ordering.metric is not None else metrics[0]
        limit = cut.count if cut is not None else self._limit(frame, ordering)
        return (_order(metric, descending, ordering, compare),), limit

    def _limit(self, frame: Frame, ordering: Ordering | None) -> int | None:
        """The best category is one; the best categories, asked for with "which", are ten; a sorted list is whole."""
        if ordering is None or frame.has("by_metric", "sorted") or not frame.heads:
            return None
        return _DEFAULT_LIMIT if frame.has("many") else 1


def _said_twice(conditions: tuple[Predicate, ...]) -> bool:
    """One field both of the rows and of what people did: the parts do not belong together."""
    direct = {c.field for c in conditions if isinstance(c, (Compare, Among))}
    inside = {c.where.field for c in conditions if isinstance(c, Did) and isinstance(c.where, (Compare, Among))}
    return bool(direct & inside)


def _part_of_whole(where: Predicate | None) -> tuple[tuple[Grouping, ...], Predicate | None]:
    """The share of women is one row of the shares by gender; with several conditions it is not clear of what."""
    parts = conjuncts(where)
    fields = [p for p in parts if isinstance(p, (Compare, Among)) and not (isinstance(p, Compare) and p.op != "=")]
    if len(fields) != 1 or len(parts) != 1:
        return (), where
    return (ByField(fields[0].field),), None


def _order(metric: str, descending: bool, ordering: Ordering | None, compare: tuple[CompareTo, ...]) -> Order:
    if ordering is not None and ordering.what == "change" and compare:
        return Order(metric, descending, "change")
    return Order(metric, descending)


def _whole(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _past_period(time: TimeRange) -> bool:
    if isinstance(time, Calendar):
        return time.offset < 0
    if not isinstance(time, Span) or time.start is None or time.end is None:
        return False
    whole_months = time.start.day == 1 and (time.end.toordinal() + 1 == _first_of_next(time))
    return whole_months


def _first_of_next(time: Span) -> int:
    assert time.end is not None
    year, month = (time.end.year + 1, 1) if time.end.month == 12 else (time.end.year, time.end.month + 1)
    return time.end.replace(year=year, month=month, day=1).toordinal()


def _against(first: TimeRange, second: TimeRange) -> CompareTo:
    """The other period; "last year's" after "this year's 618" is last year's 618."""
    if isinstance(second, Calendar) and second.unit is Grain.YEAR and second.part == "whole":
        if isinstance(first, Holiday) and first.offset is not None:
            return Against(replace(first, offset=second.offset))
        if not (isinstance(first, Calendar) and first.unit is Grain.YEAR) and second.offset == -1:
            return Comparison.YEAR_BEFORE
    return Against(second)


def comparable_grain(time: TimeRange | None) -> Grain:
    if (
        isinstance(time, Rolling)
        and time.unit in (Grain.DAY, Grain.WEEK)
        and time.count * (7 if time.unit is Grain.WEEK else 1) <= 45
    ):
        return Grain.DAY
    if isinstance(time, Rolling) and time.unit is Grain.MONTH and time.count == 1:
        return Grain.DAY
    if isinstance(time, Calendar) and time.unit in (Grain.MONTH, Grain.WEEK):
        return Grain.DAY
    if isinstance(time, Holiday):
        return Grain.DAY
    if isinstance(time, Span) and time.start and time.end and (time.end - time.start).days <= 45:
        return Grain.DAY
    return Grain.MONTH
