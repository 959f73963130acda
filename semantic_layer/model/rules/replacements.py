"""What is deprecated names a replacement that is there and in use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from semantic_layer.errors import Issue
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.sources import Kind, Sources
from semantic_layer.model.types import Origin, SemanticModel

_PLURALS: Mapping[Kind, str] = {"entity": "entities", "metric": "metrics", "dimension": "fields", "tag": "tags"}


def replacements(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """`replaced_by` is a definition of the same kind, and is not deprecated itself."""
    origins: Mapping[Kind, Mapping[str, Origin]] = {
        "entity": {one.name: one.origin for one in model.entities},
        "metric": {one.name: one.origin for one in model.metrics},
        "dimension": {one.qualified: one.origin for one in model.dimensions},
        "tag": {one.qualified: one.origin for one in model.tags},
    }
    for kind, known in origins.items():
        for name, origin in known.items():
            if origin.replaced_by:
                yield from _replacement(kind, name, origin, known, sources)


def _replacement(
    kind: Kind, name: str, origin: Origin, known: Mapping[str, Origin], sources: Sources
) -> Iterator[Issue]:
    other = full_name(name, origin.replaced_by)
    path = ("replaced_by",)
    if other == name:
        yield sources.issue(
            kind, name, path, f"The {kind} is replaced by itself.", "Name another one, or remove the key."
        )
        return
    if other not in known:
        remedy = did_you_mean(origin.replaced_by, known, allowed=_PLURALS[kind])
        yield sources.issue(kind, name, path, f"There is no {kind} {origin.replaced_by!r} to replace it.", remedy)
        return
    if known[other].deprecated:
        further = known[other].replaced_by
        remedy = f"Write replaced_by: {further}." if further else "Name one that is in use, or remove the key."
        yield sources.issue(kind, name, path, f"The replacement {origin.replaced_by!r} is deprecated too.", remedy)
    if not origin.deprecated:
        message = "It is replaced, but not said to be deprecated."
        remedy = "Add deprecated: with the day since when and why, or remove replaced_by:."
        yield replace(sources.issue(kind, name, path, message, remedy), severity="warning")


def full_name(name: str, replacement: str) -> str:
    """A replacement by its whole name; a field of the same entity may be named without it."""
    owner, dot, _ = name.rpartition(".")
    return replacement if "." in replacement else f"{owner}{dot}{replacement}"
