"""What definitions tell a chart that its table does not: orders of values, metrics whose groups overlap, labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Aggregation, Metric, Simple
from semantic_layer.table import Cell, ResultColumn

Labeller = Callable[[ResultColumn, Cell], str]

_ADDITIVE = frozenset({Aggregation.SUM, Aggregation.COUNT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """`ordered`: fields whose values have an order of their own (levels, age bands), which is kept.

    `not_additive`: metrics whose groups overlap (people who bought in two channels), never drawn as parts of a whole.
    `label` turns a value of a group into words; without it the value itself is shown.
    """

    ordered: frozenset[str] = frozenset()
    not_additive: frozenset[str] = frozenset()
    label: Labeller | None = None


def hints_of(index: ModelIndex, label: Labeller | None = None) -> Hints:
    """The hints that the definitions of a model hold."""
    dimensions = frozenset(dimension.qualified for dimension in index.model.dimensions if dimension.ordered)
    return Hints(
        ordered=dimensions | frozenset(tag.qualified for tag in index.model.tags if tag.ordered),
        not_additive=frozenset(metric.name for metric in index.model.metrics if not _adds_up(metric)),
        label=label,
    )


def _adds_up(metric: Metric) -> bool:
    """Whether the groups of a metric sum to its total: sums and counts of rows that belong to one group each."""
    body = metric.body
    return isinstance(body, Simple) and all(
        measure.agg in _ADDITIVE and measure.per is None and measure.non_additive is None for measure in body.measures
    )
