"""Which definitions every definition names, in its keys and in its SQL. Direct uses only; what is unknown is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.compiler.fragments import columns_of, parse_fragment
from semantic_layer.compiler.rows import METRIC_TIME
from semantic_layer.model.sources import Kind
from semantic_layer.model.types import (
    AttributeBody,
    Conversion,
    Cumulative,
    Derived,
    Entity,
    Input,
    Measure,
    Metric,
    ModelBody,
    PreferenceBody,
    QuantileBody,
    Ratio,
    RuleBody,
    SemanticModel,
    Simple,
    Tag,
    TextBody,
)

Ref = tuple[Kind, str]
"""A definition: `("metric", "sales")`, `("dimension", "order.channel")`, `("entity", "order")`, `("tag", "customer.vip")`."""


class Uses:
    """Who names whom. `columns` are the stored columns that some definition reads, as (entity, column)."""

    def __init__(self, model: SemanticModel) -> None:
        self._model = model
        self._entities = {entity.name: entity for entity in model.entities}
        self._metrics = {metric.name: metric for metric in model.metrics}
        self._dimensions = {dimension.qualified for dimension in model.dimensions}
        self._tags = {tag.qualified for tag in model.tags}
        self.columns: set[tuple[str, str]] = set()
        self.by: dict[Ref, frozenset[Ref]] = {
            ref: frozenset(found) - {ref} for ref, found in self._all() if ref[1] not in ("", ".")
        }

    def users(self, of: Ref) -> tuple[Ref, ...]:
        """The definitions that name this one, in the order of the model."""
        return tuple(ref for ref, named in self.by.items() if of in named)

    def closure(self, start: Iterable[Ref]) -> frozenset[Ref]:
        """These and all that they rest on, directly or not."""
        found: set[Ref] = set()
        waiting = list(start)
        while waiting:
            ref = waiting.pop()
            if ref not in found:
                found.add(ref)
                waiting.extend(self.by.get(ref, ()))
        return frozenset(found)

    # -- every definition --------------------------------------------------------------------------------------------

    def _all(self) -> Iterator[tuple[Ref, list[Ref]]]:
        for entity in self._model.entities:
            yield ("entity", entity.name), list(self._of_entity(entity))
        for dimension in self._model.dimensions:
            used: list[Ref] = [("entity", dimension.entity), *self.inside(dimension.expr, dimension.entity)]
            yield ("dimension", dimension.qualified), used
        for relation in self._model.relationships:
            self._read(relation.from_entity, relation.from_columns)
            self._read(relation.to_entity, relation.to_columns)
            yield (
                ("relationship", relation.name),
                [("entity", relation.from_entity), ("entity", relation.to_entity)],
            )
        for metric in self._model.metrics:
            yield ("metric", metric.name), list(self._of_metric(metric))
        for tag in self._model.tags:
            yield ("tag", tag.qualified), list(self._of_tag(tag))
        for ambiguity in self._model.ambiguities:
            yield ("ambiguity", ambiguity.word), [ref for one in ambiguity.meanings for ref in self.named(one)]
        for miss in self._model.near_misses:
            yield ("near_miss", "/".join(miss.words)), [ref for one in miss.offer for ref in self.named(one)]
        today = self._model.conventions.as_of_from
        yield ("conventions", "conventions"), list(self.named(today)) if today else []

    def _of_entity(self, entity: Entity) -> Iterator[Ref]:
        self._read(entity.name, entity.primary_key)
        validity = (entity.validity.start, entity.validity.end) if entity.validity else ()
        self._read(entity.name, (*validity, *((entity.partition,) if entity.partition else ())))
        for name in (entity.time, entity.label_column):
            if name:
                yield from self.named(name if "." in name else f"{entity.name}.{name}")

    def _of_metric(self, metric: Metric) -> Iterator[Ref]:
        yield from self._over_fields(metric.where)
        if metric.counts:
            yield "entity", metric.counts
        match metric.body:
            case Simple(measures=measures):
                for measure in measures:
                    yield from self._of_measure(measure)
            case Ratio(numerator=top, denominator=bottom):
                yield from self._of_inputs((top, bottom))
            case Derived(inputs=inputs):
                yield from self._of_inputs(inputs)
            case Cumulative(input=name):
                yield "metric", name
            case Conversion(entity=entity, base=base, target=target, constant=constant):
                yield from (("entity", entity), ("metric", base), ("metric", target))
                for name in (field for pair in constant for field in pair):
                    yield from self._in_any(name, (*self._entities_of(base), *self._entities_of(target)))
            case _:
                assert_never(metric.body)

    def _of_inputs(self, inputs: Iterable[Input]) -> Iterator[Ref]:
        for part in inputs:
            yield "metric", part.metric
            yield from self._over_fields(part.where)

    def _of_measure(self, measure: Measure) -> Iterator[Ref]:
        yield "entity", measure.entity
        if measure.per is not None:
            yield "entity", measure.per
            if measure.expr in self._metrics:
                yield "metric", measure.expr
        if measure.having is not None:
            yield "metric", measure.having.metric
        for sql in (measure.expr, measure.where):
            yield from self.inside(sql, measure.entity)
        times = [measure.time] if measure.time else []
        if measure.non_additive is not None:
            times += [measure.non_additive.dimension, *measure.non_additive.groupings]
        for name in times:
            yield from self._in_any(name, (measure.entity,))

    def _of_tag(self, tag: Tag) -> Iterator[Ref]:
        yield "entity", tag.entity
        match tag.body:
            case AttributeBody(expr=sql):
                yield from self.inside(sql, tag.entity)
            case RuleBody(inputs=inputs, levels=levels):
                own = {item.name for item in inputs}
                for level in levels:
                    yield from self.inside(level.when, tag.entity, besides=own)
                for item in inputs:
                    yield "metric", item.metric
                    for entity in self._entities_of(item.metric):
                        yield from self.inside(item.where, entity)
            case QuantileBody(metric=metric, require=require):
                yield "metric", metric
                yield from (("metric", bound.metric) for bound in require)
            case PreferenceBody(dimension=dimension, metric=metric):
                yield from (("metric", metric), *self.named(dimension))
            case TextBody(text=text):
                yield from self.named(text)
            case ModelBody(made_from=names):
                yield from (ref for name in names for ref in self.named(name))
            case _:
                assert_never(tag.body)

    # -- names -------------------------------------------------------------------------------------------------------

    def named(self, name: str) -> Iterator[Ref]:
        """What a name of the definitions stands for: a metric, `entity.name`, or a customer's tag by its bare name."""
        plain = name.rpartition(">")[2]
        own = f"{self._model.customer_entity}.{plain}"
        if plain in self._metrics:
            yield "metric", plain
        for qualified in (plain, own):
            if qualified in self._dimensions:
                yield "dimension", qualified
            if qualified in self._tags:
                yield "tag", qualified

    def inside(self, sql: str, entity: str, *, besides: set[str] | None = None) -> Iterator[Ref]:
        """The names of a fragment over the columns and dimensions of one entity."""
        for column in _columns(sql):
            if column.table:
                yield from self._field(column)
            elif column.name not in (besides or ()):
                yield from self._in_any(column.name, (entity,))

    def _over_fields(self, sql: str) -> Iterator[Ref]:
        """The names of a fragment over fields as `entity.name`, and the metrics that it bounds."""
        for column in _columns(sql):
            yield from self._field(column)
        for call in bounded_metrics(sql):
            yield "metric", call[0]

    def _field(self, column: exp.Column) -> Iterator[Ref]:
        if column.table != METRIC_TIME:
            yield from self.named(f"{column.table}.{column.name}")

    def _in_any(self, name: str, entities: Iterable[str]) -> Iterator[Ref]:
        """A bare name inside these entities: a column that is read, else a dimension of theirs."""
        if "." in name:
            yield from self.named(name)
            return
        for entity in entities:
            found = self._entities.get(entity)
            if f"{entity}.{name}" in self._dimensions and (found is None or found.column(name) is None):
                yield "dimension", f"{entity}.{name}"
            elif found is not None and found.column(name) is not None:
                self._read(entity, (name,))
                if f"{entity}.{name}" in self._dimensions:
                    yield "dimension", f"{entity}.{name}"

    def _read(self, entity: str, columns: Iterable[str]) -> None:
        self.columns.update((entity, column) for column in columns)

    def _entities_of(self, metric: str) -> tuple[str, ...]:
        found = self._metrics.get(metric)
        return tuple(one.entity for one in found.body.measures) if found and isinstance(found.body, Simple) else ()


def bounded_metrics(sql: str) -> tuple[tuple[str, str], ...]:
    """The `metric('name', 'entity')` calls of a fragment, as pairs of names."""
    if not sql.strip():
        return ()
    try:
        tree = parse_fragment(sql)
    except SqlglotError:
        return ()
    calls = (node for node in tree.find_all(exp.Anonymous, bfs=False) if str(node.this).casefold() == "metric")
    return tuple((call.expressions[0].name, call.expressions[1].name) for call in calls if len(call.expressions) == 2)


def _columns(sql: str) -> tuple[exp.Column, ...]:
    if not sql.strip():
        return ()
    try:
        return columns_of(parse_fragment(sql))
    except SqlglotError:
        return ()
