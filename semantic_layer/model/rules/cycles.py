"""No metric is made of itself, nor of metrics of metrics without end."""

from __future__ import annotations

from collections.abc import Iterator

from semantic_layer.errors import Issue
from semantic_layer.model.rules.metrics import metrics_named
from semantic_layer.model.sources import Sources
from semantic_layer.model.types import SemanticModel


def cyclic_metrics(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """Following the inputs of a metric never leads back to it. Each ring is reported once, at its first metric."""
    inputs = {metric.name: [name for _, name in metrics_named(metric.body)] for metric in model.metrics}
    order = {name: position for position, name in enumerate(inputs)}
    reported: set[str] = set()
    for found in _rings(inputs):
        if reported.intersection(found):
            continue
        reported.update(found)
        first = min(range(len(found)), key=lambda position: order[found[position]])
        ring = (*found[first:], *found[:first])
        message = f"The metric is made of itself: {' → '.join((*ring, ring[0]))}."
        yield sources.issue("metric", ring[0], (), message, "Define one of them by an aggregation over an entity.")


MOST_DEEP = 30
"""How many metrics may stand inside each other: what is deeper nobody can read, and its SQL would be nested as deep."""


def deep_metrics(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """Metrics are made of metrics of metrics only so far. Reported where the limit is passed."""
    inputs = {metric.name: [name for _, name in metrics_named(metric.body)] for metric in model.metrics}
    depths: dict[str, int] = {}
    for start in inputs:
        waiting, opened = [start], set[str]()
        while waiting:
            name = waiting[-1]
            unknown = [one for one in inputs.get(name, []) if one not in depths and one not in opened]
            if name not in depths and unknown:
                opened.add(name)
                waiting.extend(unknown)
                continue
            waiting.pop()
            depths.setdefault(name, 1 + max((depths.get(one, 0) for one in inputs.get(name, [])), default=0))
    for name, depth in depths.items():
        if depth == MOST_DEEP + 1 and name in inputs:
            message = f"Metrics stand more than {MOST_DEEP} deep inside this one."
            yield sources.issue("metric", name, (), message, "Make it of metrics that are nearer to the data.")


def _rings(inputs: dict[str, list[str]]) -> Iterator[tuple[str, ...]]:
    """The ways that come back to where they are, without recursion; every metric is looked at once."""
    done: set[str] = set()
    for start, parts in inputs.items():
        way: list[str] = []  # from `start` to where we are
        places: dict[str, int] = {}
        waiting = [(start, iter(parts))] if start not in done else []
        while waiting:
            name, following = waiting[-1]
            if name not in places:
                places[name] = len(way)
                way.append(name)
            further = next(following, None)
            if further is None:
                waiting.pop()
                way.pop()
                del places[name]
                done.add(name)
            elif further in places:
                yield tuple(way[places[further] :])
            elif further in inputs and further not in done:
                waiting.append((further, iter(inputs[further])))
