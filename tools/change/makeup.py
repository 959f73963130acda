"""How a metric is taken apart: its totals, the working metrics that are needed for it, and who is behind each total."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

from semantic_layer.compiler.arithmetic import Arithmetic, Quotient, Total, arithmetic_of
from semantic_layer.compiler.fragments import parse_fragment
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Aggregation, Having, Measure, Metric, Simple, Unit

_ADDS = frozenset({Aggregation.SUM, Aggregation.COUNT, Aggregation.SUM_BOOLEAN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """A working metric: over people (or single rows), the sum of the products of two totals of each."""

    one: str
    two: str
    metric: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """A total that counts people who meet a bound, and the working metric that counts people without it."""

    leaf: str
    plain: str
    having: Having


@dataclass(frozen=True, slots=True, kw_only=True)
class Makeup:
    """`made` is `None` for a metric that is not made of totals. `working` are the metrics to be defined for the search.

    `counted` is the entity whose rows all totals count once each, if it is one and the same; `bounded` are those of the
    totals that do so with a bound on each person.
    """

    made: Arithmetic | None
    counted: str | None = None
    bounded: tuple[Bounded, ...] = ()
    working: tuple[Metric, ...] = ()
    squares: tuple[Square, ...] = ()
    people: frozenset[str] = frozenset()
    nested: frozenset[tuple[str, str]] = frozenset()


def makeup_of(index: ModelIndex, metric: str) -> Makeup:
    """How `metric` is taken apart. An average becomes its sum over its count."""
    made, working = arithmetic_of(index, metric), tuple[Metric, ...]()
    if made is None:
        working = _average(index.metric(metric))
        if working:
            made = Quotient(*(Total(((one.name, 1.0),)) for one in working))
    if made is None:
        return Makeup(made=None)
    leaves = {
        name: next((one for one in working if one.name == name), None) or index.metric(name) for name in made.leaves
    }
    keys = {name: keys_counted(index, leaf) for name, leaf in leaves.items()}
    people = frozenset(name for name, key in keys.items() if key is not None)
    plain = {name: _plain(index, leaf) for name, leaf in leaves.items() if any(m.per for m in measures_of(leaf))}
    same = set(keys.values())
    counted = next(iter(same)) if len(same) == 1 and all(plain.values()) else None
    squares = tuple(_squares(index, [leaf for name, leaf in leaves.items() if name not in people]))
    nested = frozenset(
        (one, two) for one in people for two in people if one != two and _is_part_of(index, leaves[one], leaves[two])
    )
    return Makeup(
        made=made,
        counted=counted,
        bounded=tuple(bound for found in plain.values() if found for bound in (found[0],)),
        working=(*working, *(metric for _, metric in squares), *(found[1] for found in plain.values() if found)),
        squares=tuple(square for square, _ in squares),
        people=people,
        nested=nested,
    )


def keys_counted(index: ModelIndex, metric: Metric) -> str | None:
    """The entity of which a metric counts each row once, the same in all its measures; `None` for any other metric."""
    if not isinstance(metric.body, Simple):
        return None
    found = {_key_of(index, measure) for measure in metric.body.measures}
    return found.pop() if len(found) == 1 else None


def measures_of(metric: Metric) -> tuple[Measure, ...]:
    return metric.body.measures if isinstance(metric.body, Simple) else ()


def _key_of(index: ModelIndex, measure: Measure) -> str | None:
    if measure.per is not None:
        return measure.per if measure.agg is Aggregation.COUNT else None
    entity = index.entity(measure.entity)
    if measure.agg is not Aggregation.COUNT_DISTINCT:
        counts_rows = measure.agg is Aggregation.COUNT and not measure.expr
        return entity.name if counts_rows and entity.name == index.model.customer_entity else None
    if entity.primary_key == (measure.expr,):
        return entity.name
    pointing = {
        link.to_entity
        for link in index.model.relationships
        if link.from_entity == entity.name
        and link.from_columns == (measure.expr,)
        and index.entity(link.to_entity).validity is None  # a history has several rows of one thing
    }
    return pointing.pop() if len(pointing) == 1 else None


def _plain(index: ModelIndex, metric: Metric) -> tuple[Bounded, Metric] | None:
    """A count of people with a bound as the bound and a count without it; `None` where it has more conditions than that."""
    measures = measures_of(metric)
    customer = index.model.customer_entity
    bound = measures[0].having
    if bound is None or any(measure.having != bound or measure.per != customer for measure in measures):
        return None
    found = []
    for measure in measures:
        way = [r for r in index.model.relationships if (r.from_entity, r.to_entity) == (measure.entity, customer)]
        if len(way) != 1 or len(way[0].from_columns) != 1:
            return None
        (column,) = way[0].from_columns
        if measure.where and parse_fragment(measure.where) != parse_fragment(f"{column} IS NOT NULL"):
            return None
        found.append(replace(measure, agg=Aggregation.COUNT_DISTINCT, expr=column, where="", per=None, having=None))
    name = f"{metric.name}__plain"
    plain = replace(metric, name=name, body=Simple(measures=tuple(found)), hidden=True)
    return Bounded(leaf=metric.name, plain=name, having=bound), plain


def _is_part_of(index: ModelIndex, one: Metric, two: Metric) -> bool:
    """Whether everything that `one` counts is counted by `two`: the same keys of the same rows, and no condition more."""
    if keys_counted(index, one) != keys_counted(index, two):
        return False
    wider = {measure.entity: measure for measure in measures_of(two)}
    return not two.where and all(
        (other := wider.get(measure.entity)) is not None
        and other.having is None
        and other.time == measure.time
        and (not other.where or other.where == measure.where)
        for measure in measures_of(one)
    )


def _average(metric: Metric) -> tuple[Metric, ...]:
    """The sum and the count behind an average, as metrics of their own."""
    measures = measures_of(metric)
    if not measures or any(m.agg is not Aggregation.AVERAGE or m.per or m.non_additive for m in measures):
        return ()
    total = tuple(replace(measure, agg=Aggregation.SUM) for measure in measures)
    count = tuple(replace(measure, agg=Aggregation.COUNT) for measure in measures)
    return (
        replace(metric, name=f"{metric.name}__sum", body=Simple(measures=total), hidden=True),
        replace(metric, name=f"{metric.name}__count", body=Simple(measures=count), unit=Unit.COUNT, hidden=True),
    )


def _squares(index: ModelIndex, leaves: list[Metric]) -> Iterator[tuple[Square, Metric]]:
    """For each two totals of the same rows, their product summed over people; for one, over single rows too."""
    customer = index.model.customer_entity
    for one, two in combinations_with_replacement(leaves, 2):
        for over in ("people", "rows") if one is two else ("people",):
            measures = tuple(
                Measure(
                    entity=entity,
                    agg=Aggregation.SUM,
                    expr=f"{one.name} * {two.name}",
                    per=customer if over == "people" else entity,
                    time=time,
                )
                for entity, time in _shared(one, two)
                if over == "rows" or customer in index.reachable(entity)
            )
            if measures:
                name = f"{one.name}__{two.name}__{over}"
                metric = Metric(
                    name=name, words=one.words, body=Simple(measures=measures), unit=Unit.NUMBER, hidden=True
                )
                yield Square(one=one.name, two=two.name, metric=name), metric


def _shared(one: Metric, two: Metric) -> Iterator[tuple[str, str | None]]:
    """The entities, with the time, over whose rows both totals can be computed in one pass."""
    others = {measure.entity: measure for measure in measures_of(two)}
    for measure in measures_of(one):
        other = others.get(measure.entity)
        if other is not None and other.time == measure.time and measure.per is None and other.per is None:
            yield measure.entity, measure.time
