"""The mark of a draft: definitions whose owner is the draft itself. What is answered from them says so."""

from __future__ import annotations

from collections.abc import Iterator

from semantic_layer.errors import Text
from semantic_layer.ingestion.draft.proposals import OWNER
from semantic_layer.model.types import Origin, SemanticModel


def unreviewed(model: SemanticModel) -> int:
    """How many definitions nobody has looked at."""
    return sum(origin.owner == OWNER for origin in _origins(model))


def draft_note(model: SemanticModel) -> Text | None:
    """What every answer of such a model says; `None` once all of it has been reviewed."""
    count = unreviewed(model)
    if not count:
        return None
    return Text(
        f"来自草稿：{count} 个定义由机器起草，还没有人核对",
        f"From a draft: {count} definitions were drafted by machine and nobody has reviewed them yet",
    )


def _origins(model: SemanticModel) -> Iterator[Origin]:
    yield from (one.origin for one in model.entities)
    yield from (one.origin for one in model.dimensions)
    yield from (one.origin for one in model.metrics)
    yield from (one.origin for one in model.tags)
