"""No metric is made of itself."""

from __future__ import annotations

from collections.abc import Iterator

from semantic_layer.errors import Issue
from semantic_layer.model.rules.metrics import metrics_named
from semantic_layer.model.sources import Sources
from semantic_layer.model.types import SemanticModel


def cyclic_metrics(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """Following the inputs of a metric never leads back to it. Each ring is reported once, at its first metric."""
    inputs = {metric.name: [name for _, name in metrics_named(metric.body)] for metric in model.metrics}
    reported: set[str] = set()
    for start in inputs:
        ring = _ring(start, inputs)
        if ring and not reported.intersection(ring):
            reported.update(ring)
            message = f"The metric is made of itself: {' → '.join((*ring, ring[0]))}."
            yield sources.issue("metric", start, (), message, "Define one of them by an aggregation over an entity.")


def _ring(start: str, inputs: dict[str, list[str]]) -> tuple[str, ...]:
    """The way from `start` back to itself; empty when there is none."""
    stack: list[tuple[str, tuple[str, ...]]] = [(start, (start,))]
    seen: set[str] = set()
    while stack:
        name, way = stack.pop()
        for following in inputs.get(name, []):
            if following == start:
                return way
            if following not in seen:
                seen.add(following)
                stack.append((following, (*way, following)))
    return ()
