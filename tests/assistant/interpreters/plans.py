"""Random plans over a model's own definitions, for properties that must hold for every plan. Built from names, never by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from semantic_layer.compiler.timed import is_timed
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Aggregation, Conversion, Cumulative, Dimension, DimensionKind, Simple, Tag, Unit
from semantic_layer.query.plan import (
    Define,
    Explain,
    Funnel,
    ListPeople,
    Occurrence,
    Overlap,
    Plan,
    Profile,
    Retention,
    Step,
    WhyMember,
)
from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Did,
    HasMetric,
    Not,
    Or,
    Predicate,
    Ranked,
    Then,
    conjoin,
    conjuncts,
)
from semantic_layer.query.time import Calendar, Comparison, Grain, Holiday, Rolling, TimeRange
from semantic_layer.query.types import Audience, Bound, ByField, ByTime, Order, Query

KEY = "M00012345"


@dataclass(frozen=True, slots=True)
class Names:
    """What plans may be made of, by what can be done with it."""

    flags: tuple[str, ...]
    valued: tuple[Dimension | Tag, ...]  # of people, with values listed
    numbers: tuple[str, ...]  # numeric dimensions of people
    metrics: tuple[str, ...]  # sums, counts and rates that happen in time
    personal: tuple[str, ...]  # those of them that one person can have
    shared: tuple[str, ...]  # those of them whose parts make a whole
    people: str  # the metric that counts people as they are now
    groups: tuple[str, ...]
    objects: tuple[tuple[str, Dimension], ...]  # (entity of rows, field of what they point at)
    doers: tuple[str, ...]  # entities with verbs of their own
    festivals: tuple[str, ...]
    acts: tuple[Occurrence, ...]  # things that people do: rows of an entity, and of each kind of its rows
    running: tuple[tuple[str, Grain], ...]  # sums to date that are meant when nobody says since when, with their unit
    stocks: tuple[str, ...]  # numbers at the end of a period
    conversions: tuple[str, ...]


def names_of(index: ModelIndex) -> Names:
    model = index.model
    person = model.customer_entity
    near = index.reachable(person)
    fields = [f for entity in sorted(near) for f in index.fields_of(entity)]
    timed = tuple(
        m.name
        for m in model.metrics
        if not isinstance(m.body, Conversion | Cumulative)
        and m.unit is not Unit.DATE
        and is_timed(index, m.name)
        and not (isinstance(m.body, Simple) and any(measure.non_additive for measure in m.body.measures))
        and not (isinstance(m.body, Simple) and all(person not in index.reachable(b.entity) for b in m.body.measures))
    )
    return Names(
        flags=tuple(f.qualified for f in fields if isinstance(f, Tag) and not f.values and f.type == "boolean"),
        valued=tuple(f for f in fields if len(f.values) > 1),
        numbers=tuple(f.qualified for f in fields if isinstance(f, Dimension) and f.kind is DimensionKind.NUMERIC),
        metrics=timed,
        personal=tuple(name for name in timed if index.metric(name).counts is None),
        shared=tuple(name for name in timed if _adds_up(index, name)),
        people=next(m.name for m in model.metrics if m.counts == person and not is_timed(index, m.name)),
        groups=tuple(f.qualified for f in fields if len(f.values) > 1),
        objects=(("order_line", index.dimension("product.category")),),
        doers=("order", "order_line"),
        festivals=tuple(f.name for f in model.festivals[:4]),
        acts=(
            Occurrence(entity="order"),
            *(Occurrence(entity="event", where=Compare("event.event_type", "=", v)) for v in ("view", "add_to_cart")),
            *(Occurrence(entity="order_line", where=Compare("product.category", "=", v)) for v in ("运动鞋", "箱包")),
        ),
        running=(("sales_to_date", Grain.YEAR), ("orders_to_date", Grain.YEAR)),
        stocks=("members_at_period_end",),
        conversions=tuple(m.name for m in model.metrics if isinstance(m.body, Conversion)),
    )


def _adds_up(index: ModelIndex, metric: str) -> bool:
    body = index.metric(metric).body
    whole = (Aggregation.SUM, Aggregation.COUNT)
    return isinstance(body, Simple) and all(m.agg in whole and m.per is None for m in body.measures)


def times(names: Names) -> st.SearchStrategy[TimeRange]:
    rolling = st.builds(Rolling, st.integers(2, 11), st.sampled_from((Grain.DAY, Grain.WEEK, Grain.MONTH)))
    calendar = st.builds(
        Calendar, st.sampled_from((Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)), st.sampled_from((0, -1))
    )
    holiday = st.builds(Holiday, st.sampled_from(names.festivals), offset=st.just(-1))
    return st.one_of(rolling, calendar, holiday)


def values(names: Names) -> st.SearchStrategy[Predicate]:
    def of(field: Dimension | Tag) -> st.SearchStrategy[Predicate]:
        one = st.sampled_from([v.value for v in field.values]).map(lambda v: Compare(field.qualified, "=", v))
        if len(field.values) < 3:
            return one
        some = st.lists(st.sampled_from([v.value for v in field.values]), min_size=2, max_size=2, unique=True)
        return st.one_of(one, some.map(lambda chosen: Among(field.qualified, tuple(chosen))))

    return st.sampled_from(names.valued).flatmap(of)


def flags(names: Names) -> st.SearchStrategy[Predicate]:
    return st.sampled_from(names.flags).map(lambda field: Compare(field, "=", True))


def numbers(names: Names) -> st.SearchStrategy[Predicate]:
    field = st.sampled_from(names.numbers)
    bound = st.builds(Compare, field, st.sampled_from((">", ">=", "<", "<=")), st.integers(18, 80))
    span = st.builds(Between, field, st.integers(18, 40), st.integers(41, 80))
    return st.one_of(bound, span)


def did(names: Names) -> st.SearchStrategy[Predicate]:
    when = st.one_of(st.none(), times(names))
    plain = st.builds(Did, entity=st.just("order"), time=when)
    bought = st.sampled_from(names.objects).flatmap(
        lambda pair: st.builds(
            Did,
            entity=st.just(pair[0]),
            where=st.sampled_from([v.value for v in pair[1].values]).map(lambda v: Compare(pair[1].qualified, "=", v)),
            time=when,
        )
    )
    return st.one_of(plain, bought)


def sequences(names: Names) -> st.SearchStrategy[Predicate]:
    """Something done, and what followed it or did not, in some length of time or any."""
    lengths = st.tuples(st.integers(1, 60), st.sampled_from((Grain.HOUR, Grain.DAY, Grain.WEEK, Grain.MONTH)))
    then = st.builds(
        lambda act, length, happened: Then(
            entity=act.entity,
            where=act.where,
            count=length[0] if length else None,
            unit=length[1] if length else Grain.DAY,
            happened=happened,
        ),
        st.sampled_from(names.acts),
        st.one_of(st.none(), lengths),
        st.booleans(),
    )
    first = st.sampled_from((*names.acts, Occurrence(entity="customer")))
    when = st.one_of(st.none(), times(names))
    return st.builds(lambda a, t, n: Did(entity=a.entity, where=a.where, time=t, then=n), first, when, then)


def edges(names: Names) -> st.SearchStrategy[Predicate]:
    """The first or the last time."""
    sides = st.sampled_from(("first", "last"))
    return st.builds(
        lambda act, time, which: Did(entity=act.entity, where=act.where, time=time, which=which),
        st.sampled_from(names.acts),
        times(names),
        sides,
    )


def has_metric(names: Names, index: ModelIndex) -> st.SearchStrategy[Predicate]:
    def of(metric: str) -> st.SearchStrategy[Predicate]:
        rate = index.metric(metric).unit is Unit.PERCENT
        amounts = st.sampled_from((0.05, 0.2, 0.35, 0.5)) if rate else st.integers(2, 900).map(float)
        return st.builds(
            HasMetric,
            metric=st.just(metric),
            op=st.sampled_from((">", ">=", "<", "<=")),
            value=amounts,
            time=st.one_of(st.none(), times(names)),
        )

    return st.sampled_from(names.personal).flatmap(of)


def ranked(names: Names) -> st.SearchStrategy[Predicate]:
    return st.builds(
        Ranked,
        metric=st.sampled_from(names.personal),
        direction=st.sampled_from(("top", "bottom")),
        share=st.sampled_from((0.01, 0.1, 0.25)),
        time=st.none(),
    )


def conditions(names: Names, index: ModelIndex) -> dict[str, st.SearchStrategy[Predicate]]:
    """By construct, so that each can be held to reading back on its own."""
    simple = st.one_of(values(names), flags(names))
    return {
        "values": values(names),
        "flags": flags(names),
        "numbers": numbers(names),
        "did": did(names),
        "has_metric": has_metric(names, index),
        "ranked": ranked(names),
        "not_values": values(names).map(Not),
        "not_flags": flags(names).map(Not),
        "not_did": did(names).map(Not),
        "not_numbers": numbers(names).map(Not),
        "not_metric": has_metric(names, index).map(Not),
        "or": st.lists(simple, min_size=2, max_size=3, unique=True).map(lambda items: Or(tuple(items))),
        "not_or": st.lists(simple, min_size=2, max_size=2, unique=True).map(lambda items: Not(Or(tuple(items)))),
        "sequence": sequences(names),
        "edge": edges(names),
        "or_of_and": st.tuples(flags(names), values(names), flags(names)).map(lambda t: Or((And((t[0], t[1])), t[2]))),
    }


def several(one: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate | None]:
    """One to three conditions, no two of them on the same thing."""
    return st.lists(one, min_size=1, max_size=3, unique_by=_about).map(lambda parts: conjoin(tuple(parts)))


def _about(part: Predicate) -> str:
    match part:
        case Compare(field=field) | Among(field=field) | Between(field=field):
            return field
        case HasMetric(metric=metric) | Ranked(metric=metric):
            return metric
        case Not(item=item):
            return _about(item)
        case Did(entity=entity):
            return entity
        case _:
            return "or"


def queries(names: Names) -> dict[str, st.SearchStrategy[Query]]:
    metric = st.sampled_from(names.metrics)
    field = st.sampled_from(names.groups).map(ByField)
    grouped = st.builds(Query, metrics=st.tuples(metric), by=st.tuples(field), time=st.one_of(st.none(), times(names)))
    return {
        "number": st.builds(Query, metrics=st.tuples(metric), time=st.one_of(st.none(), times(names))),
        "two_metrics": st.lists(metric, min_size=2, max_size=2, unique=True).flatmap(
            lambda m: st.builds(Query, metrics=st.just(tuple(m)), by=st.tuples(field))
        ),
        "grouped": grouped,
        "two_groups": st.lists(field, min_size=2, max_size=2, unique=True).flatmap(
            lambda g: st.builds(Query, metrics=st.tuples(metric), by=st.just(tuple(g)))
        ),
        "by_time": st.builds(
            Query,
            metrics=st.tuples(metric),
            by=st.sampled_from((Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER)).map(lambda g: (ByTime(g),)),
            time=times(names),
        ),
        "compared": st.builds(
            Query,
            metrics=st.tuples(metric),
            time=times(names),
            compare_to=st.sampled_from(Comparison).map(lambda c: (c,)),
        ),
        "top": st.tuples(grouped, st.integers(2, 20), st.booleans()).map(
            lambda t: replace(t[0], order=(Order(t[0].metrics[0], descending=t[2]),), limit=t[1])
        ),
        "ordered": grouped.map(lambda q: replace(q, order=(Order(q.metrics[0]),))),
        "share": st.tuples(grouped, st.sampled_from(names.shared)).map(
            lambda t: replace(t[0], metrics=(t[1],), share=True)
        ),
        "having": grouped.map(lambda q: replace(q, having=(Bound(metric=q.metrics[0], op=">", value=0.25),))),
        "people": st.builds(
            Query,
            metrics=st.just((names.people,)),
            where=several(st.one_of(values(names), flags(names), did(names))),
        ),
        "running": st.sampled_from(names.running).flatmap(
            lambda pair: st.builds(
                Query,
                metrics=st.just((pair[0],)),
                by=st.sampled_from(((), (ByTime(Grain.DAY),), (ByTime(Grain.MONTH),))),
                time=st.sampled_from((0, -1)).map(lambda offset: Calendar(pair[1], offset)),
            )
        ),
        "stock": st.builds(
            Query,
            metrics=st.sampled_from(names.stocks).map(lambda m: (m,)),
            by=st.sampled_from(((ByTime(Grain.MONTH),), (ByTime(Grain.QUARTER),))),
            time=st.one_of(st.none(), times(names)),
        ),
        "conversion": st.builds(
            Query,
            metrics=st.sampled_from(names.conversions).map(lambda m: (m,)),
            by=st.one_of(st.just(()), st.tuples(field)),
            time=st.one_of(st.none(), times(names)),
        ),
        "where": st.builds(Query, metrics=st.tuples(metric), where=several(st.one_of(values(names), flags(names)))),
    }


def audiences(names: Names, index: ModelIndex) -> st.SearchStrategy[Audience]:
    chosen = conditions(names, index)
    mixed = st.one_of(
        *(chosen[k] for k in ("values", "flags", "numbers", "did", "has_metric", "not_values", "not_did"))
    )
    return several(mixed).map(lambda where: Audience(where=where))


def other_steps(names: Names, index: ModelIndex) -> dict[str, st.SearchStrategy[Step]]:
    simple = several(st.one_of(values(names), flags(names))).map(lambda where: Audience(where=where))
    return {
        "audience": audiences(names, index).map(ListPeople),
        "profile": simple.map(Profile),
        "difference": st.lists(flags(names), min_size=2, max_size=2, unique=True).map(
            lambda p: Profile(Audience(where=p[0]), Audience(where=p[1]))
        ),
        "overlap": st.lists(flags(names), min_size=2, max_size=2, unique=True).map(
            lambda p: Overlap((Audience(where=p[0]), Audience(where=p[1])))
        ),
        "retention": st.builds(
            Retention,
            start=st.sampled_from((Occurrence(entity="customer"), Occurrence(entity="order"))),
            back=st.just(Occurrence(entity="order")),
            grain=st.sampled_from((Grain.DAY, Grain.WEEK, Grain.MONTH)),
            periods=st.sampled_from((1, 3, 6)),
            where=st.one_of(st.none(), values(names), flags(names)),
            time=st.one_of(st.none(), times(names)),
        ),
        "funnel": st.builds(
            Funnel,
            steps=st.lists(st.sampled_from(names.acts[:4]), min_size=2, max_size=4, unique=True).map(tuple),
            within=st.sampled_from(((30, Grain.DAY), (7, Grain.DAY), (2, Grain.MONTH))),
            where=st.one_of(st.none(), values(names), flags(names)),
            time=st.one_of(st.none(), times(names)),
            by=st.one_of(st.none(), st.sampled_from(names.groups)),
        ),
        "explain": st.builds(
            Explain,
            metric=st.sampled_from(names.metrics),
            time=times(names),
            compare_to=st.sampled_from((Comparison.PERIOD_BEFORE, Comparison.YEAR_BEFORE)),
            where=st.one_of(st.none(), values(names), flags(names)),
            by=st.one_of(st.just(()), st.tuples(st.sampled_from(names.groups))),
        ),
        "why": simple.map(lambda audience: WhyMember(KEY, audience)),
        "define": st.sampled_from((*names.flags, *names.metrics)).map(Define),
    }


def canonical(plan: Plan) -> Plan:
    """The same plan with the items of And and Or in one order, and nested And flattened."""
    return Plan(tuple(_step(step) for step in plan.steps), plan.chart)


def _step(step: Step) -> Step:
    match step:
        case Query(where=where) if where is not None:
            return replace(step, where=tidy(where))
        case ListPeople() | WhyMember():
            return replace(step, audience=_audience(step.audience))
        case Profile(audience=audience, base=base):
            return Profile(_audience(audience), None if base is None else _audience(base))
        case Overlap(audiences=found):
            return Overlap(tuple(_audience(a) for a in found))
        case _:
            return step


def _audience(audience: Audience) -> Audience:
    return replace(audience, where=None if audience.where is None else tidy(audience.where))


def tidy(predicate: Predicate) -> Predicate:
    match predicate:
        case And():
            return And(_sorted(tuple(tidy(p) for p in conjuncts(predicate))))
        case Or(items=items):
            flat = tuple(part for item in items for part in (item.items if isinstance(item, Or) else (item,)))
            return Or(_sorted(tuple(tidy(p) for p in flat)))
        case Not(item=item):
            return Not(tidy(item))
        case Among(field=field, values=chosen, group=group):
            return Among(field, tuple(sorted(chosen, key=str)), group)
        case Did(where=where) | HasMetric(where=where) if where is not None:
            return replace(predicate, where=tidy(where))
        case _:
            return predicate


def _sorted(parts: tuple[Predicate, ...]) -> tuple[Predicate, ...]:
    order: Callable[[Predicate], str] = repr
    return tuple(sorted(parts, key=order))
