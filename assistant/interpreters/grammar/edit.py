"""Applies a change in words to a plan: other conditions, another time, metric or grouping, a picture, a file, a segment."""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.interpreters.grammar.edit_kinds import Change, Kind, edited, why
from assistant.interpreters.grammar.edit_parts import field_of, groupings, named, ordered, values_of, with_times
from assistant.interpreters.grammar.finish_running import since_any, to_date
from assistant.interpreters.grammar.finish_times import comparable_grain, units_before
from assistant.interpreters.grammar.finish_where import contradictory, holds_for, people_where
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Frame
from semantic_layer.model.types import Dimension, DimensionKind
from semantic_layer.query.plan import (
    ChartKind,
    Explain,
    Export,
    Funnel,
    ListPeople,
    Plan,
    Profile,
    Retention,
    SaveSegment,
    Step,
)
from semantic_layer.query.predicate import (
    And,
    Did,
    HasMetric,
    InSegment,
    Not,
    Predicate,
    Ranked,
    conjoin,
    conjuncts,
)
from semantic_layer.query.time import Against
from semantic_layer.query.types import Audience, ByField, ByTime, Query


@dataclass(frozen=True, slots=True)
class Edit:
    """What a turn says. `adds` when it says "also" or "again"; `cats` are the categories of all its words."""

    frame: Frame
    adds: bool
    cats: frozenset[str]


class Editor:
    def __init__(self, meanings: Meanings) -> None:
        self._m = meanings

    def apply(self, plan: Plan, edit: Edit) -> Plan | None:
        """The changed plan; `None` when the change does not fit it."""
        step = plan.steps[-1]
        counted = self._counted(edit.frame)
        if counted is None:
            return None
        edit = replace(edit, frame=counted)
        frame = edit.frame
        if frame.has("bare_only") and any(isinstance(c, (Did, HasMetric, And)) for c in frame.conditions):
            return None
        if frame.keys or frame.kinds or frame.topics or frame.groups or frame.amounts or frame.has("field", "DEF"):
            return None
        if frame.has("WHY"):
            reason = why(self._m, step, frame) if isinstance(step, Query) else None
            return None if reason is None else Plan((reason,))
        if frame.has("SAVE", "EXPORT"):
            return self._taken_away(step, frame)
        return self._edit_step(plan, step, edit)

    def _edit_step(self, plan: Plan, step: Step, edit: Edit) -> Plan | None:
        """By the kind of the answer before; a file and a segment are changed as what is in them."""
        if isinstance(step, Export):
            step = step.query or (ListPeople(step.audience) if step.audience else step)
        if isinstance(step, SaveSegment):
            step = ListPeople(step.audience)
        if isinstance(step, Query):
            return self._edit_query(replace(plan, steps=(step,)), step, edit)
        if isinstance(step, (ListPeople, Profile)):
            return self._edit_people(replace(plan, steps=(step,)), step, edit)
        if isinstance(step, (Retention, Funnel, Explain)):
            return self._edit_kind(replace(plan, steps=(step,)), step, edit)
        return None

    def _edit_kind(self, plan: Plan, step: Kind, edit: Edit) -> Plan | None:
        where = self._conditions(step.where, edit)
        if where is False:
            return None
        assert not isinstance(where, bool)
        changed = edited(self._m, step, Change(edit.frame, where, adds=edit.adds))
        return None if changed is None else replace(plan, steps=(changed,), chart=edit.frame.chart or plan.chart)

    def _counted(self, frame: Frame) -> Frame | None:
        """The name of a thing alone, such as orders, means their number; `None` for things that have none."""
        others = [e for e in frame.entities if e != self._m.person]
        metrics = tuple(m for e in others if (m := self._m.count_metric(e)) is not None)
        return replace(frame, metrics=frame.metrics + metrics) if len(metrics) == len(others) else None

    # ---- files and segments

    def _taken_away(self, step: object, frame: Frame) -> Plan | None:
        said = [c for c in frame.conditions if not isinstance(c, InSegment)]
        if said or frame.metrics or frame.by or frame.heads or frame.times:
            return None
        audience = self.people_of(step)
        if frame.has("SAVE"):
            names = frame.quoted or tuple(c.name for c in frame.conditions if isinstance(c, InSegment))
            return Plan((SaveSegment(names[0], audience),)) if audience is not None and len(names) == 1 else None
        if isinstance(step, Query) and (audience is None or (step.by and not frame.has("REF"))):
            return Plan((Export(query=step),))
        return Plan((Export(audience=audience),)) if audience is not None else None

    def people_of(self, step: object) -> Audience | None:
        """The people that an answer is about."""
        match step:
            case ListPeople(audience=audience) | Profile(audience=audience) | SaveSegment(audience=audience):
                return audience
            case Export(audience=audience):
                return audience
            case Query(metrics=metrics) if metrics == (self._m.people_metric,):
                return Audience(where=step.where, entity=self._m.person)
            case _:
                return None

    # ---- people

    def _edit_people(self, plan: Plan, step: ListPeople | Profile, edit: Edit) -> Plan | None:
        frame, audience = edit.frame, step.audience
        where = self._conditions(audience.where, edit)
        if where is False:
            return None
        assert not isinstance(where, bool)
        if frame.times:
            timed = with_times(where, frame.times[-1])
            if timed is None:
                return None
            where = timed
        if people_where(self._m, conjuncts(where)) is None and where is not None:
            return None
        changed = replace(audience, where=where)
        if frame.by or frame.heads or frame.metrics or frame.has("QC"):
            return self._as_query(changed, edit)
        if frame.has("PROFILE"):
            return Plan((Profile(changed),))
        if frame.has("QL") or frame.has("REF"):
            return Plan((ListPeople(changed),))
        if frame.compare or frame.ordering or frame.cut or frame.has("SHARE", "TREND"):
            return None
        return replace(plan, steps=(replace(step, audience=changed),), chart=frame.chart or plan.chart)

    def _as_query(self, audience: Audience, edit: Edit) -> Plan | None:
        frame = edit.frame
        metrics = frame.metrics or ((self._m.people_metric,) if self._m.people_metric else ())
        if not metrics:
            return None
        query = Query(metrics=metrics, by=groupings(frame), where=audience.where, share=frame.has("SHARE", "DIST"))
        return Plan((query,), frame.chart) if self._fits(query) else None

    # ---- numbers

    def _edit_query(self, plan: Plan, query: Query, edit: Edit) -> Plan | None:
        frame = edit.frame
        where = self._conditions(query.where, edit)
        if where is False:
            return None
        assert not isinstance(where, bool)
        query = replace(query, where=where)
        if frame.has("PROFILE", "QL") and not frame.heads:
            return self._to_people(query, frame)
        if frame.has("REF") and replace(frame, marks=frozenset()) == Frame() and not frame.has("CHANGE", "REMOVE"):
            return self._to_people(query, frame)
        timed = self._time(self._metrics(self._by(query, edit), edit), edit)
        sorted_ = None if timed is None else ordered(timed, frame)
        if sorted_ is None or not self._fits(sorted_):
            return None
        changed = sorted_
        if frame.has("TREND") and not any(isinstance(g, ByTime) for g in changed.by):
            changed = replace(changed, by=(ByTime(comparable_grain(changed.time)), *changed.by))
        if frame.has("SHARE", "DIST"):
            if not changed.by or not all(self._m.adds_up(name) for name in changed.metrics):
                return None
            changed = replace(changed, share=True)
        chart = frame.chart if frame.chart is not None else plan.chart
        return Plan((changed,), None if chart is ChartKind.NONE and frame.chart is None else chart)

    def _to_people(self, query: Query, frame: Frame) -> Plan | None:
        audience = self.people_of(query)
        if audience is None:
            return None
        return Plan((Profile(audience),)) if frame.has("PROFILE") else Plan((ListPeople(audience),))

    def _by(self, query: Query, edit: Edit) -> Query:
        said = groupings(edit.frame)
        if not said:
            return query
        if edit.frame.has("REMOVE"):
            return replace(query, by=tuple(g for g in query.by if g not in said))
        times = [g for g in said if isinstance(g, ByTime)]
        fields = [g for g in said if isinstance(g, ByField)]
        adds = edit.adds or "BYPOST" in edit.cats
        kept = [g for g in query.by if g not in said and (adds or (isinstance(g, ByTime) and not times))]
        order = tuple(o for o in query.order if any(named(g) == o.by for g in (*kept, *said)) or o.by in query.metrics)
        return replace(query, by=(*times, *kept, *fields) if times else (*kept, *fields), order=order)

    def _metrics(self, query: Query, edit: Edit) -> Query:
        said = edit.frame.metrics
        if not said:
            return query
        if edit.frame.has("REMOVE"):
            left = tuple(m for m in query.metrics if m not in said)
            return replace(query, metrics=left) if left else query
        metrics = query.metrics + tuple(m for m in said if m not in query.metrics) if edit.adds else said
        order = tuple(
            replace(o, by=metrics[0]) if o.by in query.metrics and o.by not in metrics else o for o in query.order
        )
        return replace(query, metrics=metrics, order=order)

    def _time(self, query: Query, edit: Edit) -> Query | None:
        """With the time and what it is held against; `None` when the one cannot be held against the other."""
        frame = edit.frame
        compare = frame.compare or tuple(c for c in query.compare_to if not (frame.times and isinstance(c, Against)))
        held = frame.times[-1] if frame.times else query.time
        if frame.back and held is not None and not any(isinstance(g, ByTime) for g in query.by):
            moved = units_before(frame.back, held)
            if moved is None:
                return None
            compare = moved
        if frame.has("REMOVE") and frame.times:
            return replace(query, time=None, compare_to=())
        if not frame.times:
            return replace(query, compare_to=compare)
        inside = with_times(query.where, frame.times[-1])
        if query.time is None and inside is not None and any(self._m.timeless(name) for name in query.metrics):
            return replace(query, where=inside, compare_to=compare)
        timed = replace(query, metrics=since_any(self._m, query), time=frame.times[-1], compare_to=compare)
        return to_date(self._m, timed, trend=False) or replace(query, time=frame.times[-1], compare_to=compare)

    # ---- conditions

    def _conditions(self, where: Predicate | None, edit: Edit) -> Predicate | bool | None:
        """The conditions after the turn; `False` when they contradict each other. One to be taken out that is not there is
        ruled out.
        """
        parts = list(conjuncts(where))
        for said in edit.frame.conditions:
            if edit.frame.has("REMOVE"):
                left = [p for p in parts if p != said and not (self._same(p, said) and values_of(said) <= values_of(p))]
                parts = left if len(left) < len(parts) else [*parts, Not(said)]
            elif said not in parts:
                parts = self._placed(parts, said, adds=edit.adds)
        if edit.frame.has("REMOVE") and edit.frame.heads:
            parts = [p for p in parts if field_of(p) not in edit.frame.heads]
        return False if contradictory(tuple(parts)) else conjoin(tuple(parts))

    def _placed(self, parts: list[Predicate], said: Predicate, *, adds: bool) -> list[Predicate]:
        """In place of the condition on the same thing, else at the end."""
        same = [n for n, part in enumerate(parts) if self._same(part, said)]
        if not same or (adds and isinstance(said, (Did, Not))):
            return [*parts, said]
        return [*parts[: same[0]], said, *(p for n, p in enumerate(parts) if n > same[0] and n not in same)]

    def _same(self, left: Predicate, right: Predicate) -> bool:
        """Are two conditions about the same thing: one field, one metric, or two fields that say where?"""
        a, b = field_of(left), field_of(right)
        if a is not None and b is not None:
            return a == b or (self._is_place(a) and self._is_place(b))
        if isinstance(left, (HasMetric, Ranked)) and isinstance(right, (HasMetric, Ranked)):
            return left.metric == right.metric
        return False

    def _is_place(self, field: str) -> bool:
        found = self._m.index.field(field)
        return isinstance(found, Dimension) and found.kind is DimensionKind.GEOGRAPHIC

    def _fits(self, query: Query) -> bool:
        parts = conjuncts(query.where)
        if (query.time is not None or query.compare_to) and any(self._m.timeless(name) for name in query.metrics):
            return False
        fields = [g.field.split(".")[0] for g in query.by if isinstance(g, ByField)]
        for metric in query.metrics:
            for entities in self._m.measure_entities(metric):
                if not all(any(holds_for(self._m, part, e) for e in entities) for part in parts):
                    return False
            if any(self._m.distance(metric, entity) is None for entity in fields):
                return False
        return True
