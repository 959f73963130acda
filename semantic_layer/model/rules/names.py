"""Names stand for one thing each."""

from __future__ import annotations

from collections.abc import Iterator

from semantic_layer.errors import Issue
from semantic_layer.model.sources import Kind, Sources
from semantic_layer.model.types import SemanticModel

_KINDS: tuple[Kind, ...] = ("entity", "dimension", "relationship", "metric", "tag", "festival", "ambiguity")


def duplicate_names(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """No two entities, fields of an entity, metrics, tags or festivals have the same name."""
    del model
    for kind in _KINDS:
        for name, first, later in sources.twice(kind):
            if not name or name.endswith("."):
                continue
            yield Issue(
                file=later.place.file,
                line=later.line_of("name"),
                key=later.key("name"),
                message=f"The {kind} {name!r} is defined twice; first in {first.place.file}:{first.line_of('name')}.",
                remedy="Rename or remove one of the two.",
            )


def name_clashes(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """A tag must not have the qualified name of a dimension, because both are fields of the customer."""
    dimensions = {dimension.qualified for dimension in model.dimensions}
    for tag in model.tags:
        if tag.qualified in dimensions:
            message = f"{tag.qualified!r} is already a dimension."
            yield sources.issue("tag", tag.qualified, ("name",), message, "Give the tag another name.")
