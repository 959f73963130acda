"""From what was understood to queries for numbers: metrics, groupings, conditions, time, comparison, order, limit, share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from assistant.interpreters.base import Note
from assistant.interpreters.grammar.deeds import counted_apart
from assistant.interpreters.grammar.finish_order import order_of
from assistant.interpreters.grammar.finish_running import at_ends, sums_so_far, to_date
from assistant.interpreters.grammar.finish_times import comparable_grain, times_of
from assistant.interpreters.grammar.finish_where import atoms, contradictory, holds_for, windows_spread
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Frame
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
from semantic_layer.query.time import CompareTo, TimeRange
from semantic_layer.query.types import Bound, ByField, ByTime, Grouping, Query

_Result = tuple[Query, float, tuple[Note, ...]]


class QueryFinisher:
    def __init__(self, meanings: Meanings) -> None:
        self._m = meanings

    def queries(self, frame: Frame) -> Iterator[_Result]:
        said = at_ends(self._m, frame)
        if said is None:
            return
        for metrics, score in self._metrics(said):
            found = self._query(said, metrics)
            if found is not None:
                query, more = found
                yield query, score + more, ()
                if frame.has("listed") and query.limit is not None and frame.cut is None:
                    yield replace(query, limit=None), score + more - 0.3, ()  # the best, and then all of them

    def rows_where(self, frame: Frame, metrics: tuple[str, ...]) -> Predicate | Literal[False] | None:
        """The conditions as one on the rows of the metrics; `False` when they do not fit them."""
        if any(isinstance(c, Ranked) for c in frame.conditions) or not self._about_rows(frame, metrics):
            return False
        spread = windows_spread(frame.conditions, ()) or frame.conditions
        if not self._takes_all(metrics, spread) or self._means_rows(frame, metrics):
            return False
        return conjoin(spread)

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
        if frame.ordering is not None and not frame.entities and not frame.has("QC"):
            return None  # the most of what?
        others = [e for e in frame.entities if e != self._m.person]
        bounds = [c for c in frame.conditions if isinstance(c, HasMetric) or (isinstance(c, Did) and c.count != 1)]
        if bounds and len(bounds) == len(frame.conditions) and not frame.entities and not frame.by:
            return None  # nothing says that people are counted
        if frame.implied and not frame.entities and len(frame.implied) == len(frame.conditions):
            return None  # rows, or the people who have them: it does not say which
        if len(others) == 1:
            return self._m.count_metric(others[0])
        return self._m.people_metric if not others else None

    # ---- the query

    def _query(self, frame: Frame, metrics: tuple[str, ...]) -> tuple[Query, float] | None:
        draft = self._draft(frame, metrics)
        if draft is None:
            return None
        frame = _renamed(frame, metrics, draft.metrics)
        query = self._shown(frame, self._grouped(frame, draft))
        if query is None or not self._fits(query):
            return None
        return query, self._fit(frame, query)

    def _draft(self, frame: Frame, metrics: tuple[str, ...]) -> Query | None:
        """Metrics, groups, conditions and time; `None` when they do not go together."""
        by = self._groupings(frame)
        unused = frame.topics or frame.has("field") or (frame.bounds and not by)
        if unused or not self._about_rows(frame, metrics):
            return None
        split = self._split(frame, metrics, by)
        if split is None:
            return None
        conditions, having, said = split
        apart = self._apart(metrics, conditions)
        if apart is None:
            return None
        metrics, conditions = apart
        time, compare = times_of(frame, metrics, by, said)
        if time is False:
            return None
        if any(self._m.timeless(name) for name in metrics):
            timed = self._time_inside(frame, conditions, time, by)
            if timed is None:
                return None
            conditions, time, compare = timed, None, ()
        spread = conditions if frame.has("fixed") else windows_spread(conditions, ()) or conditions
        if not self._takes_all(metrics, spread) or self._means_rows(frame, metrics):
            return None
        drawn = Query(metrics=metrics, by=by, where=conjoin(spread), time=time, compare_to=compare, having=having)
        if frame.has("CUM") and not sums_so_far(self._m, frame, drawn):
            return None
        return to_date(self._m, drawn, trend=frame.has("TREND"))

    def _apart(
        self, metrics: tuple[str, ...], conditions: tuple[Predicate, ...]
    ) -> tuple[tuple[str, ...], tuple[Predicate, ...]] | None:
        """Pieces that were sent back are not the pieces kept of orders that were: what a metric leaves out has its own."""
        for condition in conditions:
            other = [counted_apart(self._m, name, condition) for name in metrics]
            if any(name is not None for name in other):
                if not all(other):
                    return None
                metrics = tuple(dict.fromkeys(name for name in other if name))
                conditions = tuple(c for c in conditions if c != condition)
        return metrics, conditions

    def _grouped(self, frame: Frame, query: Query) -> Query:
        """With the groups that trends, shares and comparisons ask for without naming them."""
        by, where = query.by, query.where
        if frame.has("SHARE") and not by and not self._is_part(frame, query):
            by, where = _part_of_whole(where, several=frame.has("RESP"))
        by = self._trend(frame, by, query.time)
        by = self._compared(frame, by, where, query.compare_to)
        return replace(query, by=by, where=where)

    def _is_part(self, frame: Frame, query: Query) -> bool:
        """What percent of people are gold or black gold: how many they are, which is told as a part of all people."""
        parts = conjuncts(query.where)
        several = len(parts) == 1 and isinstance(parts[0], Among) and not frame.has("RESP")
        return several and frame.has("SHARE") and not query.by and self._counts_people(query.metrics)

    def _shown(self, frame: Frame, query: Query) -> Query | None:
        """Ordered, cut and shared out; `None` when a word for these has nothing to work on."""
        if self._is_part(frame, query):
            frame = replace(frame, marks=frame.marks - {"SHARE"})
        adds_up = all(self._m.adds_up(name) for name in query.metrics)
        if not query.by and (frame.has("SHARE", "DIST", "RANKW") or (frame.has("VS", "RESP") and not query.compare_to)):
            return None
        if frame.has("SHARE") and not adds_up:
            return None
        order, limit = order_of(frame, query.metrics, query.by, query.compare_to)
        if order is None:
            return None
        return replace(query, order=order, limit=limit, share=frame.has("SHARE", "DIST") and adds_up)

    def _takes_all(self, metrics: tuple[str, ...], conditions: tuple[Predicate, ...]) -> bool:
        """Can all conditions be asked of the rows of all metrics, and do they not contradict each other?"""
        if contradictory(conditions) or _said_twice(conditions):
            return False
        return all(self._metric_takes(name, condition) for condition in conditions for name in metrics)

    def _means_rows(self, frame: Frame, metrics: tuple[str, ...]) -> bool:
        """Without a verb and without people, a value is about the rows of the metrics, or about nothing at all."""
        if self._counts_people(metrics):
            return False
        if any(isinstance(atom, Did) for atom in atoms(frame.implied)):
            return True
        people = self._m.person in frame.entities
        if not people and any(isinstance(c, Did) and c == Did(entity=c.entity) for c in frame.conditions):
            return True  # who did it is not said, and the rows themselves are what was done
        done = [c for c in frame.conditions if isinstance(c, Did) and c.time is None and c.where is not None]
        alone = bool(done) and len(done) == len(frame.conditions) and not people
        return alone and any(self._metric_takes(n, c.where) for c in done if c.where is not None for n in metrics)

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
            if part in frame.implied
        )
        things = frame.metrics and not frame.amounts and any(e != self._m.person for e in frame.entities)
        described = 0.8 if frame.has("described") and not self._counts_people(query.metrics) else 0.0
        number = 0.6 if things else 0.0  # the number of things is likelier meant than the things
        return described - number - 0.15 * steps - bare - 0.6 * implied - (0.6 if _away(self._m, query) else 0.0)

    def _takes(self, query: Query, where: Predicate) -> bool:
        return all(self._metric_takes(name, where) for name in query.metrics)

    # ---- time and comparison

    def _trend(self, frame: Frame, by: tuple[Grouping, ...], time: TimeRange | None) -> tuple[Grouping, ...]:
        if not frame.has("TREND") or any(isinstance(g, ByTime) for g in by):
            return by
        return (ByTime(comparable_grain(time)), *by)

    def _add_up(self, frame: Frame) -> bool:
        return all(self._m.adds_up(name) for name in frame.metrics)

    def _compared(
        self, frame: Frame, by: tuple[Grouping, ...], where: Predicate | None, compare: tuple[CompareTo, ...]
    ) -> tuple[Grouping, ...]:
        """Comparing Beijing with Shanghai means one row for each of them; men and women "separately" too, also by region."""
        several = [
            p for p in conjuncts(where) if len(getattr(p, "values", ())) > 1 and getattr(p, "group", None) is None
        ]
        fields = tuple(ByField(p.field) for p in several if isinstance(p, Among))
        if frame.has("RESP") and fields:
            return by + tuple(f for f in fields if f not in by)
        if compare or by or not (frame.has("VS", "RESP") or (frame.several and not self._add_up(frame))):
            return by
        return fields if len(several) == 1 else by

    # ---- order


def _renamed(frame: Frame, before: tuple[str, ...], after: tuple[str, ...]) -> Frame:
    """With the metrics and the order of the frame by the metrics that stand for those that were said."""
    if before == after or len(before) != len(after):
        return frame
    other = dict(zip(before, after, strict=True))
    ordering = frame.ordering
    if ordering is not None and ordering.metric in other:
        ordering = replace(ordering, metric=other[ordering.metric])
    return replace(frame, metrics=tuple(other.get(name, name) for name in frame.metrics), ordering=ordering)


def _where_fields(query: Query) -> tuple[str, ...]:
    return tuple(c.field for c in conjuncts(query.where) if isinstance(c, (Compare, Among)))


def _away(m: Meanings, query: Query) -> bool:
    """Is a place meant that is not where people are? Likelier are the people."""
    return any(m.is_place(f) and m.reaches(m.person, f.split(".")[0]) is None for f in _where_fields(query))


def _said_twice(conditions: tuple[Predicate, ...]) -> bool:
    """One field both of the rows and of what people did: the parts do not belong together."""
    direct = {c.field for c in conditions if isinstance(c, (Compare, Among))}
    inside = {c.where.field for c in conditions if isinstance(c, Did) and isinstance(c.where, (Compare, Among))}
    return bool(direct & inside)


def _part_of_whole(where: Predicate | None, *, several: bool) -> tuple[tuple[Grouping, ...], Predicate | None]:
    """The share of women is one row of the shares by gender; with several conditions it is not clear of what, and the share
    of several values together is no row.
    """
    parts = conjuncts(where)
    fields = [p for p in parts if (isinstance(p, Compare) and p.op == "=") or (isinstance(p, Among) and several)]
    if len(fields) != 1 or len(parts) != 1:
        return (), where
    return (ByField(fields[0].field),), None


def _whole(value: float) -> int | float:
    return int(value) if value == int(value) else value
