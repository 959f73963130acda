"""Whether a metric happens in time, or describes how things stand now."""

from __future__ import annotations

from semantic_layer.compiler.metrics import leaves, measures_of
from semantic_layer.compiler.readings import time_of
from semantic_layer.model.lookup import ModelIndex


def is_timed(index: ModelIndex, metric: str) -> bool:
    """True when a time can be asked of the metric; without one, the data set's default window is meant."""
    return any(
        leaf.converted is not None or time_of(index, measure) is not None
        for leaf in leaves(index, metric)
        for measure in measures_of(index.metric(leaf.metric))
    )
