"""Whether a metric happens in time, or describes how things stand now."""

from __future__ import annotations

from semantic_layer.compiler.aggregate import time_of
from semantic_layer.compiler.metrics import leaves
from semantic_layer.errors import NotYetError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Simple


def is_timed(index: ModelIndex, metric: str) -> bool:
    """True when a time can be asked of the metric; without one, the data set's default window is meant."""
    try:
        names = leaves(index, metric)
    except NotYetError:
        return True
    bodies = (index.metric(name).body for name in names)
    return any(
        isinstance(body, Simple) and any(time_of(index, m) is not None for m in body.measures) for body in bodies
    )
