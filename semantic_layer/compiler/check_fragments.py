"""Checks the SQL fragments of a model: each parses, is one expression, and names only columns that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import assert_never

from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.compiler.fragment_names import (
    Fault,
    FieldNames,
    LocalNames,
    MeasureNames,
    Names,
    without_metric_calls,
)
from semantic_layer.compiler.fragment_types import no_condition, wrong_types
from semantic_layer.compiler.fragments import parse_fragment, placeholders_of
from semantic_layer.errors import Issue, UserError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.rules.metrics import metrics_named
from semantic_layer.model.sources import Kind, Sources
from semantic_layer.model.types import (
    Aggregation,
    AttributeBody,
    ColumnType,
    Conversion,
    Cumulative,
    Derived,
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
    Unit,
)

Allowed = Callable[[exp.Expr], None]
"""Raises a `UserError` for syntax that the policy never lets through."""

_AS_OF = "as_of"


MOST_FAULTS = 200


@dataclass(frozen=True, slots=True)
class _Fragment:
    """A fragment, where it stands, the names it may use, and whether it must be true or false."""

    kind: Kind
    name: str
    path: tuple[str | int, ...]
    sql: str
    names: Names
    is_condition: bool = False


def check_fragments(model: SemanticModel, sources: Sources, *, allowed: Allowed) -> tuple[Issue, ...]:
    """The faults of the fragments of dimensions, metrics and tags, up to `MOST_FAULTS`."""
    found = (issue for fragment in _fragments(model) for issue in _faults(fragment, sources, allowed))
    return tuple(islice(found, MOST_FAULTS))


def _faults(fragment: _Fragment, sources: Sources, allowed: Allowed) -> Iterator[Issue]:
    for message, remedy in _wrong(fragment, allowed):
        yield sources.issue(fragment.kind, fragment.name, fragment.path, message, remedy)


def _wrong(fragment: _Fragment, allowed: Allowed) -> Iterator[Fault]:
    try:
        tree = parse_fragment(fragment.sql)
    except SqlglotError as error:
        why = str(error).splitlines()[0]
        yield f"{fragment.sql!r} is not SQL: {why}", "Write one SQL expression over the columns."
        return
    if isinstance(tree, exp.Alias) or list(tree.find_all(exp.Query, exp.AggFunc, exp.Window, exp.Star)):
        message = f"{fragment.sql!r} must be one expression over the columns of a row."
        yield message, "Leave out SELECT, AS, *, and functions over several rows such as SUM; agg: does that."
        return
    yield from fragment.names.faults(tree)
    placeholders = placeholders_of(tree)
    for name in placeholders:
        if name != _AS_OF:
            yield f"':{name}' is not known.", f"The only placeholder is ':{_AS_OF}', the day of the question."
    yield from wrong_types(tree, fragment.names.type_of)
    if fragment.is_condition:
        yield from no_condition(tree, fragment.names.type_of)
    try:
        allowed(without_metric_calls(tree.transform(_with_a_day) if placeholders else tree))
    except UserError as error:
        yield f"{fragment.sql!r} would be refused when it runs. {error.message.en}", "Use another function."


def _with_a_day(node: exp.Expr) -> exp.Expr:
    """What a placeholder becomes when a question is run."""
    return exp.cast(exp.Literal.string("2000-01-01"), "date") if isinstance(node, exp.Placeholder) else node


def _fragments(model: SemanticModel) -> Iterator[_Fragment]:
    names = _Tables(model)
    for dimension in model.dimensions:
        of = names.columns(dimension.entity)
        yield _Fragment("dimension", dimension.qualified, ("expr",), dimension.expr, of)
    for metric in model.metrics:
        yield from _of_metric(metric, names)
        yield from _over_fields(metric, names)
    for tag in model.tags:
        yield from _of_tag(tag, names)


class _Tables:
    """What may be named in fragments over an entity: the columns of its table, and its fields besides."""

    def __init__(self, model: SemanticModel) -> None:
        self.index = ModelIndex(model)
        self.metrics = {metric.name: metric for metric in model.metrics}
        self.known = tuple(dimension.qualified for dimension in model.dimensions)
        self._columns = {entity.name: {one.name: one.type for one in entity.columns} for entity in model.entities}
        self._fields: dict[str, dict[str, ColumnType]] = {}
        for dimension in model.dimensions:
            self._fields.setdefault(dimension.entity, {})[dimension.name] = dimension.type

    def columns(self, entity: str) -> LocalNames:
        return LocalNames(self._columns.get(entity, {}), f"the table of {entity!r}")

    def own(self, entity: str) -> Mapping[str, ColumnType | None]:
        return {**self._fields.get(entity, {}), **self._columns.get(entity, {})}

    def over(self, entity: str) -> LocalNames:
        return LocalNames(self.own(entity), f"the table of {entity!r}")

    def of_measure(self, metric: Metric, measure: Measure) -> MeasureNames:
        alone = replace(metric, body=Simple(measures=(measure,)))
        return MeasureNames(self.over(measure.entity), FieldNames(self.index, (alone,), self.known))

    def has(self, entity: str) -> bool:
        return entity in self._columns

    def simple(self, name: str) -> tuple[Metric, ...]:
        """The simple metrics that a metric is made of, through all its inputs."""
        found: dict[str, Metric] = {}
        waiting, seen = [name], set[str]()
        while waiting:
            here = waiting.pop()
            metric = self.metrics.get(here)
            if metric is None or here in seen:
                continue
            seen.add(here)
            if isinstance(metric.body, Simple) and all(self.has(one.entity) for one in metric.body.measures):
                found[here] = metric
            elif not isinstance(metric.body, Simple):
                waiting.extend(part for _, part in metrics_named(metric.body))
        return tuple(found.values())

    def fields_from(self, metric: str) -> FieldNames:
        return FieldNames(self.index, self.simple(metric), self.known)


def _of_metric(metric: Metric, names: _Tables) -> Iterator[_Fragment]:
    body = metric.body
    match body:
        case Simple():
            for position, measure in enumerate(body.measures):
                grouped = measure.per is not None and measure.expr in names.metrics
                if measure.expr and names.has(measure.entity) and not grouped:
                    path: tuple[str | int, ...] = ("measures", position, "expr")
                    yield _Fragment("metric", metric.name, path, measure.expr, names.of_measure(metric, measure))
                if measure.where and names.has(measure.entity):
                    path = ("measures", position, "where")
                    own = names.of_measure(metric, measure)
                    yield _Fragment("metric", metric.name, path, measure.where, own, is_condition=True)
        case Derived():
            of = f"the list of inputs of {metric.name!r}"
            inputs = LocalNames({part.name: None for part in body.inputs}, of)
            yield _Fragment("metric", metric.name, ("expr",), body.expr, inputs)
        case Ratio() | Cumulative() | Conversion():
            return
        case _:
            assert_never(body)


def _over_fields(metric: Metric, names: _Tables) -> Iterator[_Fragment]:
    """The conditions that a metric puts on all rows it is made of, and on those of each input."""
    found: list[tuple[tuple[str | int, ...], str, str]] = [(("where",), metric.where, metric.name)]
    match metric.body:
        case Ratio(numerator=top, denominator=bottom):
            found += [(("numerator", "where"), top.where, top.metric)]
            found += [(("denominator", "where"), bottom.where, bottom.metric)]
        case Derived(inputs=inputs):
            found += [(("inputs", at, "where"), part.where, part.metric) for at, part in enumerate(inputs)]
        case _:
            pass
    for path, sql, over in found:
        if sql:
            yield _Fragment("metric", metric.name, path, sql, names.fields_from(over), is_condition=True)


def _of_tag(tag: Tag, names: _Tables) -> Iterator[_Fragment]:
    body = tag.body
    match body:
        case AttributeBody():
            yield _Fragment("tag", tag.qualified, ("expr",), body.expr, names.over(tag.entity))
        case RuleBody():
            inputs = {item.name: _type_of_input(item.metric, names) for item in body.inputs}
            allowed = LocalNames(
                {**names.own(tag.entity), **inputs}, f"the inputs of {tag.name!r} and the table of {tag.entity!r}"
            )
            for position, level in enumerate(body.levels):
                path: tuple[str | int, ...] = ("when",) if len(body.levels) == 1 else ("levels", position, "when")
                yield _Fragment("tag", tag.qualified, path, level.when, allowed, is_condition=True)
            for item in body.inputs:
                if item.where:
                    path = ("inputs", item.name, "where")
                    over = _rows_of(item.metric, names)
                    yield _Fragment("tag", tag.qualified, path, item.where, over, is_condition=True)
        case QuantileBody() | PreferenceBody() | TextBody() | ModelBody():
            return
        case _:
            assert_never(body)


def _type_of_input(metric: str, names: _Tables) -> ColumnType | None:
    found = names.metrics.get(metric)
    if found is None or found.unit is Unit.DATE:
        return ColumnType.DATE if found else None
    kept = (Aggregation.MIN, Aggregation.MAX)  # of whatever the rows hold
    is_kept = isinstance(found.body, Simple) and any(measure.agg in kept for measure in found.body.measures)
    return None if is_kept else ColumnType.DECIMAL


def _rows_of(metric: str, names: _Tables) -> LocalNames:
    found = names.metrics.get(metric)
    entities = [one.entity for one in found.body.measures] if found and isinstance(found.body, Simple) else []
    known = {name: kind for entity in reversed(entities) for name, kind in names.own(entity).items()}
    return LocalNames(known, f"the table of {' or '.join(sorted(map(repr, set(entities)))) or repr(metric)}")
