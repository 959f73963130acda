"""What the block `outreach:` names exists: fields, entities, metrics and consents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from semantic_layer.errors import Issue
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.sources import Sources
from semantic_layer.model.types import SemanticModel

_ENTITIES = ("campaign", "member", "message", "redeemed")
_FIELDS = (
    "name", "starts", "ends", "channel", "kind", "planned_control", "group", "sent", "delivered", "opened", "clicked",
    "unsubscribed",
)  # fmt: skip


def outreach_references(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """Every name in the block is one of the model."""
    outreach = model.outreach
    fields = [dimension.qualified for dimension in model.dimensions]
    tags = [tag.qualified for tag in model.tags]
    metrics = [metric.name for metric in model.metrics]
    for at, channel in enumerate(outreach.channels):
        yield from _known(sources, ("channels", at, "contact"), channel.contact, fields, "fields")
        yield from _known(sources, ("channels", at, "consent"), channel.consent, tags, "tags")
    if outreach.goal is not None:
        yield from _known(sources, ("goal", "converts"), outreach.goal.converts, metrics, "metrics")
        yield from _known(sources, ("goal", "value"), outreach.goal.value, metrics, "metrics")
    if outreach.history is not None:
        entities = [entity.name for entity in model.entities]
        for key in _ENTITIES:
            yield from _known(sources, ("history", key), getattr(outreach.history, key), entities, "entities")
        for key in _FIELDS:
            yield from _known(sources, ("history", key), getattr(outreach.history, key), fields, "fields")


def _known(
    sources: Sources, path: tuple[str | int, ...], name: str, allowed: Sequence[str], what: str
) -> Iterator[Issue]:
    if name and name not in allowed:
        message = f"{name!r} is not one of the {what}."
        yield sources.issue("outreach", "", path, message, did_you_mean(name, allowed, allowed=what))
