"""Builders of chunks: parts of a question that may stand in any order, each a small `Frame`."""

from __future__ import annotations

from dataclasses import replace

from assistant.interpreters.grammar.build_bounds import metric_amount
from assistant.interpreters.grammar.build_conditions import listed
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import (
    Amount,
    Back,
    Condition,
    Cut,
    Frame,
    Number,
    Ordering,
    Values,
    merged,
)
from semantic_layer.model.types import Dimension, DimensionKind
from semantic_layer.query.plan import ChartKind
from semantic_layer.query.predicate import HasMetric, conjuncts
from semantic_layer.query.time import CompareTo, Comparison, Grain, TimeRange
from semantic_layer.query.types import Bound, ByField, ByTime


def metric(_: Meanings, name: str) -> Frame:
    return Frame(metrics=(name,), named=(name,))


def head(m: Meanings, field: str) -> Frame | None:
    return (
        Frame(heads=(field,), named=(field,))
        if m.can_head(field)
        else Frame(named=(field,), marks=frozenset({"field"}))
    )


def asked(m: Meanings, number: str, fields: tuple[str, ...]) -> Frame | None:
    """Which cities, or which city."""
    return (
        Frame(heads=fields, marks=frozenset({"asked", number}))
        if all(m.can_head(f) and m.positive(f) is None for f in fields)
        else None
    )


def one_field(m: Meanings, field: str) -> tuple[str, ...] | None:
    return (field,) if m.can_group(field) else None


def name_field(m: Meanings, entity: str) -> tuple[str, ...] | None:
    """Each shop: the name of the shop."""
    field = m.name_field(entity)
    return None if field is None else (field,)


def counted_things(m: Meanings, number: Number, entity: str) -> Frame | None:
    field = m.name_field(entity)
    return None if field is None else counted_head(m, number, field)


def cut_head(m: Meanings, found: Cut, field: str) -> Frame | None:
    """Top ten cities."""
    return Frame(cut=found, heads=(field,), marks=frozenset({"counted"})) if m.can_head(field) else None


def cut_things(m: Meanings, found: Cut, entity: str) -> Frame | None:
    """Best 3 shops."""
    field = m.name_field(entity)
    return None if field is None else Frame(cut=found, heads=(field,), marks=frozenset({"counted"}))


def thing(m: Meanings, entity: str) -> Frame | None:
    field = m.name_field(entity)
    return None if field is None else Frame(heads=(field,))


def more_fields(m: Meanings, fields: tuple[str, ...], _: str, field: str) -> tuple[str, ...] | None:
    return (*fields, field) if m.can_group(field) and field not in fields else None


def grouped(_: Meanings, __: str, fields: tuple[str, ...]) -> Frame:
    return Frame(by=tuple(ByField(f) for f in fields), named=fields)


def grouped_each(m: Meanings, by: str, _: str, fields: tuple[str, ...]) -> Frame:
    return grouped(m, by, fields)


def grouped_after(m: Meanings, fields: tuple[str, ...], by: str) -> Frame:
    return grouped(m, by, fields)


def by_time(_: Meanings, grain: str) -> Frame:
    return Frame(by=(ByTime(Grain(grain)),))


def by_time_after(m: Meanings, _: str, grain: str) -> Frame:
    return by_time(m, grain)


def by_metric(_: Meanings, __: str, name: str) -> Frame:
    return Frame(ordering=Ordering(descending=True, metric=name), marks=frozenset({"by_metric"}))


def condition(_: Meanings, found: Condition) -> Frame | None:
    if found.open:
        return None  # of what, nothing said
    marks = {mark for mark, said in (("fixed", found.fixed), ("several", found.several)) if said}
    parts = conjuncts(found.predicate)
    return Frame(conditions=parts, implied=parts if found.implied else (), marks=frozenset(marks))


def group_bound(m: Meanings, _: str, name: str, amount: Amount) -> Frame | None:
    """Groups with a repurchase rate above 30 %."""
    made = metric_amount(m, name, amount)
    if made is None or not isinstance(made.predicate, HasMetric):
        return None
    found = made.predicate
    return Frame(bounds=(Bound(metric=found.metric, op=found.op, value=found.value, high=found.high),))


def people_condition(m: Meanings, found: Condition) -> Frame:
    marks = frozenset({"described"} if found.closed else ())
    return Frame(conditions=conjuncts(found.predicate), entities=(m.person,), marks=marks)


def any_field(_: Meanings, said: str) -> Frame:
    """On any channel: whatever the channel of what was done, or not done."""
    return Frame(anyof=(said,))


def amount(_: Meanings, found: Amount) -> Frame:
    return Frame(amounts=(found,))


def entity(_: Meanings, name: str) -> Frame:
    return Frame(entities=(name,))


def person(m: Meanings, _: str) -> Frame:
    return Frame(entities=(m.person,))


def time(_: Meanings, found: TimeRange) -> Frame:
    return Frame(times=(found,))


def comparison(_: Meanings, found: CompareTo) -> Frame:
    return Frame(compare=(found,))


def comparison_after(m: Meanings, _: str, found: CompareTo) -> Frame:
    return comparison(m, found)


def period_before(_: Meanings, found: Back) -> Frame:
    return Frame(compare=(Comparison.PERIOD_BEFORE,), back=(found,))


def growth_back(m: Meanings, found: Back, direction: str) -> Frame:
    """Up the most on last month."""
    return replace(growth_compared(m, Comparison.PERIOD_BEFORE, direction), back=(found,))


def ordered(_: Meanings, direction: str) -> Frame:
    return Frame(ordering=Ordering(descending=direction == "desc"))


def ordering_of(_: Meanings, name: str, direction: str) -> Ordering:
    return Ordering(descending=direction == "desc", metric=name)


def sorting_of(_: Meanings, name: str, direction: str) -> Ordering:
    """Sales from high to low: the whole list."""
    return Ordering(descending=direction == "desc", metric=name, whole=True)


def sorted_whole(_: Meanings, direction: str) -> Frame:
    return Frame(ordering=Ordering(descending=direction == "desc", whole=True))


def ordering_before(m: Meanings, direction: str, name: str) -> Ordering:
    return ordering_of(m, name, direction)


def ordering(_: Meanings, found: Ordering) -> Frame:
    return Frame(ordering=found, named=(found.metric,) if found.metric else ())


def growth(_: Meanings, direction: str) -> Frame:
    return Frame(ordering=Ordering(descending=direction == "desc", what="change"))


def cut(_: Meanings, direction: str, number: Number) -> Cut | None:
    descending = direction == "desc"
    if number.percent:
        return Cut(descending, share=number.value) if 0 < number.value < 1 else None
    if (
        number.value != int(number.value)
        or number.value < 1
        or number.unit in ("day", "week", "month", "quarter", "year")
    ):
        return None
    return Cut(descending, count=int(number.value))


def cut_before(m: Meanings, number: Number, direction: str) -> Cut | None:
    """Ten best."""
    return cut(m, direction, number)


def growth_compared(_: Meanings, found: CompareTo, direction: str) -> Frame:
    """Up the most on the month before."""
    return Frame(compare=(found,), ordering=Ordering(descending=direction == "desc", what="change"))


def by_metric_sorted(_: Meanings, __: str, name: str, direction: str) -> Frame:
    return Frame(ordering=Ordering(descending=direction == "desc", metric=name, whole=True))


def taken_up(_: Meanings, __: str, name: str, ___: str) -> Frame:
    """The part that each takes of sales."""
    return Frame(metrics=(name,), named=(name,), marks=frozenset({"SHARE"}))


def grouped_in_time(_: Meanings, __: str, fields: tuple[str, ...], ___: str, grain: str) -> Frame:
    """By channel and month."""
    return Frame(by=(ByTime(Grain(grain)), *(ByField(f) for f in fields)), named=fields)


def average(m: Meanings, _: str, name: str) -> str | None:
    return name if m.is_average(name) else None


def cut_frame(_: Meanings, found: Cut) -> Frame:
    return Frame(cut=found)


def counted_head(m: Meanings, number: Number, field: str) -> Frame | None:
    """Five categories."""
    if number.percent or number.value != int(number.value) or number.value < 1 or not m.can_head(field):
        return None
    return Frame(heads=(field,), cut=Cut(True, count=int(number.value)), marks=frozenset({"counted"}))


def counted_people(m: Meanings, number: Number, name: str) -> Frame | None:
    if number.percent or number.value != int(number.value) or number.value < 1 or name != m.person:
        return None
    return Frame(entities=(name,), cut=Cut(True, count=int(number.value)), marks=frozenset({"counted"}))


def chart(_: Meanings, kind: str) -> Frame:
    return Frame(chart=ChartKind(kind))


def quoted(_: Meanings, name: str) -> Frame:
    return Frame(quoted=(name,))


def key(_: Meanings, found: str) -> Frame:
    return Frame(keys=(found,))


def key_of(m: Meanings, field: str, found: str) -> Frame | None:
    """Member number M00012345."""
    named = m.index.field(field)
    identifies = isinstance(named, Dimension) and named.kind is DimensionKind.IDENTIFIER
    return Frame(keys=(found,)) if identifies else None


def versus(m: Meanings, first: Values, _: str, second: Values) -> Frame | None:
    """Beijing versus Shanghai."""
    both = listed(m, first, _, second)
    return None if both is None else Frame(conditions=(m.values_condition(both),), marks=frozenset({"VS"}))


def count_people(m: Meanings, _: str) -> Frame:
    return Frame(entities=(m.person,), marks=frozenset({"QC"}))


def people_or_list(_: Meanings, which: str) -> Frame:
    """Who, or a whole list."""
    return Frame(marks=frozenset({"QL", *((which,) if which else ())}))


def topic(_: Meanings, found: str) -> Frame:
    return Frame(topics=(found,))


def kind(_: Meanings, found: str) -> Frame:
    return Frame(kinds=(found,))


def audience_before(_: Meanings, found: Condition, name: str) -> Condition | None:
    return found if name == _.person else None


def audience_after(m: Meanings, name: str, found: Condition) -> Condition | None:
    return audience_before(m, found, name)


def two_audiences(_: Meanings, first: Condition, __: str, second: Condition) -> Frame:
    return Frame(groups=(conjuncts(first.predicate), conjuncts(second.predicate)))


def another_audience(_: Meanings, found: Frame, __: str, third: Condition) -> Frame:
    return Frame(groups=(*found.groups, conjuncts(third.predicate)))


def whole_audience(m: Meanings, found: Condition, _: str, name: str) -> Frame | None:
    """Compared with all customers."""
    return Frame(groups=(conjuncts(found.predicate), ())) if name == m.person else None


def differing(_: Meanings, first: Condition, __: str, second: Condition) -> Frame:
    return Frame(groups=(conjuncts(first.predicate), conjuncts(second.predicate)), marks=frozenset({"DIFF"}))


def which_period(_: Meanings, number: str, grain: str) -> Frame | None:
    """Which month."""
    return Frame(by=(ByTime(Grain(grain)),), marks=frozenset({"asked", number})) if number == "one" else None


def which(_: Meanings, number: str) -> Frame:
    return Frame(marks=frozenset({"QL", number}))


def start(_: Meanings, chunk: Frame) -> Frame:
    return chunk


def joined(_: Meanings, frame: Frame, chunk: Frame) -> Frame | None:
    return merged(frame, chunk)
