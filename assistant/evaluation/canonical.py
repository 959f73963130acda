"""One form for plans that mean the same, so that evaluation compares meanings and not spellings. It resolves nothing.

Left out of account: the order of the parts of And and Or and of the values of Among, nesting of And in And, the name of
the value group that values came from, whether a number is written whole, one value written as a list, `=` in Or on one
field, two bounds written as a range, years written as months, weeks as days where a length of time is meant, and which of
two overlapping audiences is named first.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import assert_never, cast

from semantic_layer.model.types import Scalar
from semantic_layer.query.acts import Act, SegmentFlow, SegmentTrend
from semantic_layer.query.plan import (
    Became,
    Card,
    Catalogue,
    Define,
    Explain,
    Export,
    Funnel,
    ListPeople,
    Occurrence,
    Overlap,
    Pin,
    Plan,
    Profile,
    Retention,
    SaveSegment,
    Step,
    WhyMember,
)
from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Contains,
    Did,
    HasMetric,
    InSegment,
    IsNull,
    Moment,
    Not,
    Or,
    Predicate,
    Ranked,
    Then,
)
from semantic_layer.query.time import Across, Against, CompareTo, Comparison, Grain, Rolling, TimeRange
from semantic_layer.query.types import Audience, Bound, Query


def same_meaning(found: Plan, expected: Plan) -> bool:
    """Whether two plans mean the same.

    A single number may carry the change against the period before although nobody asked: that changes no number.
    """
    left, right = canonical(found), canonical(expected)
    if left == right:
        return True
    return canonical(_without_unasked_change(found, expected)) == right


def canonical(plan: Plan) -> Plan:
    """The plan in its one form; the same plan when it is in that form already."""
    return Plan(steps=tuple(_step(step) for step in plan.steps), chart=plan.chart)


def _without_unasked_change(found: Plan, expected: Plan) -> Plan:
    if len(found.steps) != len(expected.steps):
        return found
    pairs = zip(found.steps, expected.steps, strict=True)
    return dataclasses.replace(found, steps=tuple(_plain(step, wanted) for step, wanted in pairs))


def _plain(step: Step, wanted: Step) -> Step:
    unasked = (
        isinstance(step, Query)
        and isinstance(wanted, Query)
        and not step.by
        and not wanted.compare_to
        and step.compare_to == (Comparison.PERIOD_BEFORE,)
    )
    return dataclasses.replace(step, compare_to=()) if unasked and isinstance(step, Query) else step


def _step(step: Step) -> Step:  # noqa: C901  # one arm for each kind of step
    if isinstance(step, Act):
        return _of_act(step)
    match step:
        case Query():
            return _query(step)
        case ListPeople(audience=audience):
            return ListPeople(_audience(audience))
        case Profile(audience=audience, base=base):
            return Profile(_audience(audience), None if base is None else _audience(base))
        case Overlap(audiences=audiences):
            return Overlap(tuple(sorted(map(_audience, audiences), key=repr)))
        case WhyMember(key=key, audience=audience):
            return WhyMember(key, _audience(audience))
        case SaveSegment(name=name, audience=audience):
            return SaveSegment(name, _audience(audience))
        case Export():
            return dataclasses.replace(
                step,
                audience=None if step.audience is None else _audience(step.audience),
                query=None if step.query is None else _query(step.query),
            )
        case Card() | Define() | Catalogue() | Became():
            return step
        case Pin(steps=steps):
            return dataclasses.replace(step, steps=tuple(map(_step, steps)))
        case Retention() | Funnel() | Explain():
            return _of_kind(step)
        case _:
            assert_never(step)


def _of_act(step: Act) -> Act:
    """Whatever holds people, conditions, a time or a length of time has it in its one form."""
    if isinstance(step, SegmentTrend | SegmentFlow):
        step = dataclasses.replace(step, segments=tuple(sorted(step.segments)))
    given = {field.name: _part(field.name, getattr(step, field.name)) for field in dataclasses.fields(step)}
    return cast("Act", cast("Callable[..., object]", type(step))(**given))


def _part(name: str, value: object) -> object:
    if isinstance(value, Audience):
        return _audience(value)
    if isinstance(value, Predicate):
        return _predicate(value)
    if isinstance(value, TimeRange):
        return _time(value)
    if name == "horizon" and isinstance(value, tuple):
        return _length(*value)
    return value


def _of_kind(step: Retention | Funnel | Explain) -> Step:
    where, time = _where(step.where), _time(step.time)
    match step:
        case Retention():
            start, back = _occurrence(step.start), _occurrence(step.back)
            return dataclasses.replace(step, start=start, back=back, where=where, time=time)
        case Funnel():
            steps, within = tuple(_occurrence(one) for one in step.steps), _length(*step.within)
            return dataclasses.replace(step, steps=steps, within=within, where=where, time=time)
        case Explain():
            return dataclasses.replace(step, where=where, time=time, compare_to=_compare_to(step.compare_to))
        case _:
            assert_never(step)


def _occurrence(happened: Occurrence) -> Occurrence:
    return dataclasses.replace(happened, where=_where(happened.where))


def _then(then: Then | None) -> Then | None:
    if then is None:
        return None
    count, unit = (None, Grain.DAY) if then.count is None else _length(then.count, then.unit)
    return dataclasses.replace(then, where=_where(then.where), count=count, unit=unit)


def _length(count: int, unit: Grain) -> tuple[int, Grain]:
    """Weeks as days, quarters and years as months."""
    whole = {Grain.WEEK: (7, Grain.DAY), Grain.QUARTER: (3, Grain.MONTH), Grain.YEAR: (12, Grain.MONTH)}
    times, smaller = whole.get(unit, (1, unit))
    return count * times, smaller


def _audience(audience: Audience) -> Audience:
    return dataclasses.replace(audience, where=_where(audience.where))


def _query(query: Query) -> Query:
    return dataclasses.replace(
        query,
        where=_where(query.where),
        time=_time(query.time),
        compare_to=tuple(_compare_to(item) for item in query.compare_to),
        having=tuple(sorted((_bound(item) for item in query.having), key=repr)),
    )


def _bound(bound: Bound) -> Bound:
    return dataclasses.replace(bound, value=float(bound.value), high=None if bound.high is None else float(bound.high))


def _where(where: Predicate | None) -> Predicate | None:
    return None if where is None else _predicate(where)


def _predicate(item: Predicate) -> Predicate:
    match item:
        case And(items=items):
            return _all_of(items)
        case Or(items=items):
            return _any_of(items)
        case Not(item=inner):
            turned = _predicate(inner)
            return turned.item if isinstance(turned, Not) else Not(turned)
        case Compare(field=field, op=op, value=value):
            return Compare(field, op, _number(value))
        case Among(field=field, values=values):
            return _among(field, values)
        case Between(field=field, low=low, high=high):
            return Between(field, _number(low), _number(high))
        case Did() | HasMetric() | Ranked():
            return _of_people(item)
        case IsNull() | Contains() | Moment() | InSegment():
            return item
        case _:
            assert_never(item)


def _of_people(item: Did | HasMetric | Ranked) -> Predicate:
    match item:
        case Did():
            return dataclasses.replace(item, where=_where(item.where), time=_time(item.time), then=_then(item.then))
        case HasMetric():
            bound = None if item.high is None else float(item.high)
            return dataclasses.replace(
                item, value=float(item.value), high=bound, time=_time(item.time), where=_where(item.where)
            )
        case Ranked():
            return dataclasses.replace(item, time=_time(item.time))
        case _:
            assert_never(item)


def _all_of(items: Iterable[Predicate]) -> Predicate:
    parts: set[Predicate] = set()
    for part in map(_predicate, items):
        parts |= set(part.items) if isinstance(part, And) else {part}
    return _joined(And, _ranges(parts))


def _any_of(items: Iterable[Predicate]) -> Predicate:
    values: dict[str, set[Scalar]] = {}
    parts: set[Predicate] = set()
    for part in map(_predicate, items):
        for inner in part.items if isinstance(part, Or) else (part,):
            match inner:
                case Compare(field=field, op="=", value=value):
                    values.setdefault(field, set()).add(value)
                case Among(field=field, values=several):
                    values.setdefault(field, set()).update(several)
                case _:
                    parts.add(inner)
    parts |= {_among(field, several) for field, several in values.items()}
    return _joined(Or, parts)


def _joined(kind: type[And | Or], parts: set[Predicate]) -> Predicate:
    ordered = tuple(sorted(parts, key=repr))
    return ordered[0] if len(ordered) == 1 else kind(ordered)


def _ranges(parts: set[Predicate]) -> set[Predicate]:
    """Two inclusive bounds on one field as a range."""
    lows = {p.field: p for p in parts if isinstance(p, Compare) and p.op == ">="}
    highs = {p.field: p for p in parts if isinstance(p, Compare) and p.op == "<="}
    both = lows.keys() & highs.keys()
    used: set[Predicate] = {bounds[field] for bounds in (lows, highs) for field in both}
    return (parts - used) | {Between(field, lows[field].value, highs[field].value) for field in both}


def _among(field: str, values: Iterable[Scalar]) -> Predicate:
    ordered = tuple(sorted({_number(value) for value in values}, key=repr))
    return Compare(field, "=", ordered[0]) if len(ordered) == 1 else Among(field, ordered)


def _number(value: Scalar) -> Scalar:
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole and not isinstance(value, str) else value


def _time(time: TimeRange | None) -> TimeRange | None:
    match time:
        case Rolling(count=count, unit=Grain.YEAR):
            return Rolling(count * 12, Grain.MONTH)
        case Rolling(count=count, unit=Grain.QUARTER):
            return Rolling(count * 3, Grain.MONTH)
        case Rolling(count=count, unit=Grain.WEEK):
            return Rolling(count * 7, Grain.DAY)
        case Across(first=first, last=last):
            return Across(_time(first) or first, _time(last) or last)
        case _:
            return time


def _compare_to(item: CompareTo) -> CompareTo:
    return Against(_time(item.time) or item.time) if isinstance(item, Against) else item
