"""Checks the SQL fragments of a model: each parses, is one expression, and names only columns that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.compiler.fragments import columns_of, parse_fragment, placeholders_of
from semantic_layer.errors import Issue, UserError
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.sources import Kind, Sources
from semantic_layer.model.types import (
    AttributeBody,
    Conversion,
    Cumulative,
    Derived,
    Metric,
    PreferenceBody,
    QuantileBody,
    Ratio,
    RuleBody,
    SemanticModel,
    Simple,
    Tag,
)

Allowed = Callable[[exp.Expr], None]
"""Raises a `UserError` for syntax that the policy never lets through."""

_AS_OF = "as_of"


@dataclass(frozen=True, slots=True)
class _Fragment:
    """A fragment, where it stands, and the names it may use; `of` says whose names those are."""

    kind: Kind
    name: str
    path: tuple[str | int, ...]
    sql: str
    names: frozenset[str]
    of: str


def check_fragments(model: SemanticModel, sources: Sources, *, allowed: Allowed) -> tuple[Issue, ...]:
    """Every fault of every fragment of dimensions, metrics and tags."""
    return tuple(issue for fragment in _fragments(model) for issue in _faults(fragment, sources, allowed))


def _faults(fragment: _Fragment, sources: Sources, allowed: Allowed) -> Iterator[Issue]:
    def fault(message: str, remedy: str) -> Issue:
        return sources.issue(fragment.kind, fragment.name, fragment.path, message, remedy)

    try:
        tree = parse_fragment(fragment.sql)
    except SqlglotError as error:
        why = str(error).splitlines()[0]
        yield fault(f"{fragment.sql!r} is not SQL: {why}", "Write one SQL expression over the columns.")
        return
    if isinstance(tree, exp.Alias) or list(tree.find_all(exp.Query, exp.AggFunc, exp.Window, exp.Star)):
        message = f"{fragment.sql!r} must be one expression over the columns of a row."
        yield fault(message, "Leave out SELECT, AS, *, and functions over several rows such as SUM; agg: does that.")
        return
    for name in dict.fromkeys(column.sql(dialect="duckdb") for column in columns_of(tree)):
        if name not in fragment.names:
            remedy = did_you_mean(name, fragment.names, allowed=f"names of {fragment.of}")
            yield fault(f"{fragment.of} has no {name!r}.", remedy)
    for name in placeholders_of(tree):
        if name != _AS_OF:
            yield fault(f"':{name}' is not known.", f"The only placeholder is ':{_AS_OF}', the day of the question.")
    try:
        allowed(tree.transform(_with_a_day))
    except UserError as error:
        yield fault(f"{fragment.sql!r} would be refused when it runs. {error.message.en}", "Use another function.")


def _with_a_day(node: exp.Expr) -> exp.Expr:
    """What a placeholder becomes when a question is run."""
    return exp.cast(exp.Literal.string("2000-01-01"), "date") if isinstance(node, exp.Placeholder) else node


def _fragments(model: SemanticModel) -> Iterator[_Fragment]:
    names = _names(model)
    for dimension in model.dimensions:
        columns = names.columns.get(dimension.entity, frozenset())
        of = f"the table of {dimension.entity!r}"
        yield _Fragment("dimension", dimension.qualified, ("expr",), dimension.expr, columns, of)
    for metric in model.metrics:
        yield from _of_metric(metric, names)
    for tag in model.tags:
        yield from _of_tag(tag, names, model)


@dataclass(frozen=True, slots=True)
class _Names:
    """What may be named in fragments over an entity: the columns of its table, and its fields besides."""

    columns: Mapping[str, frozenset[str]]
    fields: Mapping[str, frozenset[str]]

    def of(self, entity: str) -> frozenset[str]:
        return self.columns.get(entity, frozenset()) | self.fields.get(entity, frozenset())


def _names(model: SemanticModel) -> _Names:
    return _Names(
        {entity.name: frozenset(column.name for column in entity.columns) for entity in model.entities},
        {
            entity.name: frozenset(field.name for field in model.dimensions if field.entity == entity.name)
            for entity in model.entities
        },
    )


def _of_metric(metric: Metric, names: _Names) -> Iterator[_Fragment]:
    body = metric.body
    match body:
        case Simple():
            for position, measure in enumerate(body.measures):
                of = f"the table of {measure.entity!r}"
                for key, sql in (("expr", measure.expr), ("where", measure.where)):
                    if sql and measure.entity in names.columns:
                        path = ("measures", position, key)
                        yield _Fragment("metric", metric.name, path, sql, names.of(measure.entity), of)
        case Derived():
            of = f"the list of inputs of {metric.name!r}"
            yield _Fragment("metric", metric.name, ("expr",), body.expr, frozenset(body.inputs), of)
        case Ratio() | Cumulative() | Conversion():
            return
        case _:
            assert_never(body)


def _of_tag(tag: Tag, names: _Names, model: SemanticModel) -> Iterator[_Fragment]:
    body = tag.body
    own = names.of(tag.entity)
    match body:
        case AttributeBody():
            yield _Fragment("tag", tag.qualified, ("expr",), body.expr, own, f"the table of {tag.entity!r}")
        case RuleBody():
            inputs = frozenset(item.name for item in body.inputs)
            of = f"the inputs of {tag.name!r} and the table of {tag.entity!r}"
            for position, level in enumerate(body.levels):
                path: tuple[str | int, ...] = ("when",) if len(body.levels) == 1 else ("levels", position, "when")
                yield _Fragment("tag", tag.qualified, path, level.when, own | inputs, of)
            for item in body.inputs:
                if item.where:
                    entities = _entities_of(item.metric, model)
                    known = frozenset[str]().union(*(names.of(entity) for entity in entities))
                    path = ("inputs", item.name, "where")
                    of = f"the table of {' or '.join(map(repr, sorted(entities))) or item.metric!r}"
                    yield _Fragment("tag", tag.qualified, path, item.where, known, of)
        case QuantileBody() | PreferenceBody():
            return
        case _:
            assert_never(body)


def _entities_of(metric: str, model: SemanticModel) -> frozenset[str]:
    found = next((one for one in model.metrics if one.name == metric), None)
    if found is None or not isinstance(found.body, Simple):
        return frozenset()
    return frozenset(measure.entity for measure in found.body.measures)
