"""What the names in a fragment of a definition may be, and of which type: columns of one table, or fields of any entity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlglot import exp

from semantic_layer.compiler.fragments import columns_of
from semantic_layer.compiler.rows import METRIC_TIME
from semantic_layer.errors import InvalidPlanError, UnknownNameError, UserError
from semantic_layer.model.grain import Grain
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.types import ColumnType, Metric, Simple

Fault = tuple[str, str]
"""What is wrong, and what would mend it."""


class Names(Protocol):
    """The names that a fragment may use."""

    def faults(self, tree: exp.Expr) -> Iterator[Fault]:
        """The names in `tree` that are not among them."""
        ...

    def type_of(self, column: exp.Column) -> ColumnType | None:
        """The type of a name; `None` where it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class LocalNames:
    """Bare names: the columns and fields of one table, or the inputs of a definition. `of` says whose they are."""

    types: Mapping[str, ColumnType | None]
    of: str

    def faults(self, tree: exp.Expr) -> Iterator[Fault]:
        for name in dict.fromkeys(".".join(part.name for part in column.parts) for column in columns_of(tree)):
            yield from self.named(name)
        yield from _no_metric_calls(tree)

    def named(self, name: str) -> Iterator[Fault]:
        if name not in self.types:
            yield f"{self.of} has no {name!r}.", did_you_mean(name, self.types, allowed=f"names of {self.of}")

    def type_of(self, column: exp.Column) -> ColumnType | None:
        return self.types.get(column.name) if not column.table else None


@dataclass(frozen=True, slots=True)
class FieldNames:
    """Fields as `entity.name` or `"relationship>entity"."name"`, `metric_time.<grain>`, and `metric('name', 'entity')`.

    All must be reached from the rows of each of `metrics`, which are simple. A bare name is one of their own table's.
    """

    index: ModelIndex
    metrics: tuple[Metric, ...]
    known: tuple[str, ...] = field(default=())  # fields to suggest from

    def faults(self, tree: exp.Expr) -> Iterator[Fault]:
        for column in dict.fromkeys(columns_of(tree)):
            yield from self.named(column)
        for call in _metric_calls(tree):
            yield from self.bounded(call)

    def type_of(self, column: exp.Column) -> ColumnType | None:
        if column.table == METRIC_TIME:
            return ColumnType.TIMESTAMP
        owners = [column.table] if column.table else [one for metric in self.metrics for one in _entities(metric)]
        for owner in owners:
            qualified = f"{owner}.{column.name}"
            if self.index.has_field(qualified):
                return self.index.field(qualified).type
        return None

    def named(self, column: exp.Column) -> Iterator[Fault]:
        if column.table == METRIC_TIME:
            grains = [grain.value for grain in Grain]
            if column.name not in grains:
                yield (
                    f"{column.name!r} is no grain of {METRIC_TIME}.",
                    did_you_mean(column.name, grains, allowed="grains"),
                )
            return
        if not column.table:
            if not all(self._has_own(metric, column.name) for metric in self.metrics):
                near = did_you_mean(column.name, self.known, allowed="fields")
                yield f"{column.name!r} is no field; fields are written entity.name.", near
            return
        qualified = f"{column.table}.{column.name}"
        if not self.index.has_field(qualified):
            yield f"There is no field {qualified!r}.", did_you_mean(qualified, self.known, allowed="fields")
            return
        for metric in self.metrics:
            why = self._unreached(metric, qualified)
            if why is not None:
                yield why
                return

    def _has_own(self, metric: Metric, name: str) -> bool:
        return any(
            self.index.entity(entity).column(name) is not None or self.index.has_field(f"{entity}.{name}")
            for entity in _entities(metric)
        )

    def _unreached(self, metric: Metric, qualified: str) -> Fault | None:
        last: UserError | None = None
        for entity in _entities(metric):
            try:
                self.index.way(entity, qualified)
            except (InvalidPlanError, UnknownNameError) as error:
                last = error
            else:
                return None
        if last is None:
            return None
        owner = qualified.rpartition(">")[2].partition(".")[0]
        ways = [one for one in last.suggestions if one]
        remedy = (
            f'Name the way: "{_steps(ways[0])}>{owner}"."{qualified.rpartition(".")[2]}".'
            if ways and ">" not in qualified and isinstance(last, InvalidPlanError)
            else "Take a field that its rows lead to, or add a relationship."
        )
        return f"{qualified!r} is not reached from the rows of {metric.name!r}. {last.message.en}", remedy

    def bounded(self, call: exp.Anonymous) -> Iterator[Fault]:
        names = [str(one.name) for one in call.expressions if isinstance(one, exp.Literal) and one.is_string]
        if len(names) != 2 or len(call.expressions) != 2:
            yield "metric(...) takes the name of a metric and of an entity.", "Write metric('orders', 'customer')."
            return
        metric, entity = names
        if not self.index.has_metric(metric):
            metrics = [one.name for one in self.index.model.metrics]
            yield f"There is no metric {metric!r}.", did_you_mean(metric, metrics, allowed="metrics")
        entities = [one.name for one in self.index.model.entities]
        if entity not in entities:
            yield f"There is no entity {entity!r}.", did_you_mean(entity, entities, allowed="entities")
        elif not all(any(entity in self.index.reachable(one) for one in _entities(each)) for each in self.metrics):
            message = f"The rows that it is computed over do not all lead to {entity!r}."
            yield message, "Take an entity that they lead to."


@dataclass(frozen=True, slots=True)
class MeasureNames:
    """What a measure may name: bare, the columns and fields of its own table; else fields that its rows lead to."""

    own: LocalNames
    others: FieldNames

    def faults(self, tree: exp.Expr) -> Iterator[Fault]:
        for column in dict.fromkeys(columns_of(tree)):
            yield from self.others.named(column) if column.table else self.own.named(column.name)
        for call in _metric_calls(tree):
            yield from self.others.bounded(call)

    def type_of(self, column: exp.Column) -> ColumnType | None:
        return self.others.type_of(column) if column.table else self.own.type_of(column)


def without_metric_calls(tree: exp.Expr) -> exp.Expr:
    """The tree with a number for each `metric(...)`, which is not a function of the engine."""

    def number(node: exp.Expr) -> exp.Expr:
        return exp.Literal.number(1) if node in calls else node

    calls = set(_metric_calls(tree))
    return tree.transform(number) if calls else tree


def _metric_calls(tree: exp.Expr) -> tuple[exp.Anonymous, ...]:
    found = tree.find_all(exp.Anonymous, bfs=False)
    return tuple(node for node in found if str(node.this).casefold() == "metric")


def _no_metric_calls(tree: exp.Expr) -> Iterator[Fault]:
    if _metric_calls(tree):
        yield "metric(...) can only stand in the where: of a metric or of its inputs.", "Move the condition there."


def _entities(metric: Metric) -> Sequence[str]:
    return [measure.entity for measure in metric.body.measures] if isinstance(metric.body, Simple) else []


def _steps(way: str) -> str:
    return way.replace(" → ", ">")
