"""Changes in words to cohort tables, funnels and reasons: other people, another time, grain, field or metric; and "why?"."""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.interpreters.grammar import kinds
from assistant.interpreters.grammar.finish_where import contradictory, holds_for, people_where
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Cohort, Frame
from semantic_layer.query.plan import Explain, Funnel, Retention
from semantic_layer.query.predicate import Predicate, conjuncts
from semantic_layer.query.time import Comparison
from semantic_layer.query.types import ByField, ByTime, Query

Kind = Retention | Funnel | Explain
_MEANT = frozenset(
    {
        "WHATABOUT",
        "ONLY",
        "CHANGE",
        "REMOVE",
        "REF",
        "QW",
        "QL",
        "several",
        "described",
        "many",
        "one",
        "asked",
        "listed",
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """What a turn says, and the conditions that it leaves."""

    frame: Frame
    where: Predicate | None
    adds: bool

    @property
    def fields(self) -> tuple[str, ...]:
        named = (*(g.field for g in self.frame.by if isinstance(g, ByField)), *self.frame.heads)
        return tuple(dict.fromkeys(named))


def edited(m: Meanings, step: Kind, change: Change) -> Kind | None:
    """The step after the change; `None` when something said does not fit it."""
    frame = change.frame
    plain = replace(
        frame,
        conditions=(),
        implied=(),
        times=(),
        by=(),
        heads=(),
        entities=(),
        named=(),
        marks=frozenset(),
        chart=None,
    )
    if frame.marks - _MEANT or len(frame.times) > 1 or any(e != m.person for e in frame.entities):
        return None
    match step:
        case Retention():
            return _retention(m, step, change, replace(plain, cohort=None))
        case Funnel():
            return _funnel(m, step, change, plain)
        case Explain():
            return _explain(m, step, change, replace(plain, metrics=(), compare=(), back=()))


def _retention(m: Meanings, step: Retention, change: Change, rest: Frame) -> Retention | None:
    grains = [g.grain for g in change.frame.by if isinstance(g, ByTime)]
    if rest != Frame() or change.fields or len(grains) > 1 or not _of_people(m, change.where):
        return None
    cohort = change.frame.cohort or Cohort(grains[0] if grains else step.grain, None)
    timed = change.frame.times[0] if change.frame.times else step.time
    if change.frame.has("REMOVE") and change.frame.times:
        timed = None
    return replace(step, where=change.where, time=timed, grain=cohort.grain, periods=cohort.periods or step.periods)


def _funnel(m: Meanings, step: Funnel, change: Change, rest: Frame) -> Funnel | None:
    frame, fields = change.frame, change.fields
    if replace(rest, within=None) != Frame() or len(fields) > 1 or len(fields) < len(frame.by) + len(frame.heads):
        return None
    if not _of_people(m, change.where) or not all(kinds.splits(m, field) for field in fields):
        return None
    by = step.by
    if fields:
        by = None if frame.has("REMOVE") else fields[0]
    timed = frame.times[0] if frame.times else step.time
    if frame.has("REMOVE") and frame.times:
        timed = None
    return replace(step, where=change.where, time=timed, by=by, within=frame.within or step.within)


def _explain(m: Meanings, step: Explain, change: Change, rest: Frame) -> Explain | None:
    frame, fields = change.frame, change.fields
    metric = frame.metrics[0] if frame.metrics else step.metric
    if rest != Frame() or len(frame.metrics) > 1 or len(frame.compare) > 1 or not kinds.explains(m, metric):
        return None
    if len(fields) < len(frame.by) + len(frame.heads) or not _takes(m, metric, change.where, fields):
        return None
    by = fields or step.by
    if frame.has("REMOVE") and fields:
        by = tuple(f for f in step.by if f not in fields)
    elif change.adds:
        by = tuple(dict.fromkeys((*step.by, *fields)))
    time = frame.times[0] if frame.times else step.time
    compare = frame.compare[0] if frame.compare else step.compare_to
    return replace(step, metric=metric, where=change.where, by=by, time=time, compare_to=compare)


def _of_people(m: Meanings, where: Predicate | None) -> bool:
    return where is None or people_where(m, conjuncts(where)) is not None


def _takes(m: Meanings, metric: str, where: Predicate | None, fields: tuple[str, ...]) -> bool:
    parts = conjuncts(where)
    rows = m.measure_entities(metric)
    taken = all(any(holds_for(m, part, e) for e in entities) for part in parts for entities in rows)
    return taken and not contradictory(parts) and all(m.distance(metric, f.split(".")[0]) is not None for f in fields)


def why(m: Meanings, query: Query, frame: Frame) -> Explain | None:
    """Why did it fall? After a number: the one metric of the answer before, in its time, over its rows."""
    bare = replace(frame, marks=frozenset(), compare=(), back=()) == Frame()
    asked = frame.has("CHG", "GROW", "TREND") or not frame.marks - {"WHY"}
    extra = frame.marks - {"WHY", "CHG", "GROW", "TREND", "QW", "REF", "WHATABOUT"}
    if not bare or not asked or extra or len(query.metrics) != 1 or not kinds.explains(m, query.metrics[0]):
        return None
    if len(query.compare_to) > 1 or len(frame.compare) > 1 or query.having:
        return None
    against = (*frame.compare, *query.compare_to, Comparison.PERIOD_BEFORE)[0]
    return Explain(metric=query.metrics[0], time=query.time, compare_to=against, where=query.where)


__all__ = ["Change", "Kind", "edited", "why"]
