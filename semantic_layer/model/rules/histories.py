"""Histories and snapshots say with columns of their own since when, until when and of which day a row is."""

from __future__ import annotations

from collections.abc import Iterator

from semantic_layer.errors import Issue
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.sources import Sources
from semantic_layer.model.types import ColumnType, Entity, SemanticModel

_TIMES = (ColumnType.DATE, ColumnType.TIMESTAMP)


def history_columns(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """The columns of `validity` and `partition` exist, hold times, and begin and end are two columns of one type."""
    for entity in model.entities:
        window = entity.validity
        if window is not None:
            for key, column in (("start", window.start), ("end", window.end)):
                yield from _is_time(entity, ("validity", key), column, sources)
            if window.start and window.start == window.end:
                message = "A row cannot begin and end with the same column."
                yield sources.issue("entity", entity.name, ("validity", "end"), message, "Name the column of the end.")
            if window.start in entity.primary_key:
                message = (
                    f"The start {window.start!r} is part of the key, so the rows of a key cannot be told apart by it."
                )
                remedy = "Leave it out of primary_key:; a history has several rows a key."
                yield sources.issue("entity", entity.name, ("primary_key",), message, remedy)
        if entity.partition is not None:
            yield from _is_time(entity, ("partition",), entity.partition, sources)


def _is_time(entity: Entity, path: tuple[str | int, ...], column: str, sources: Sources) -> Iterator[Issue]:
    found = entity.column(column)
    if not column:
        return
    if found is None:
        remedy = did_you_mean(column, [one.name for one in entity.columns], allowed="columns")
        yield sources.issue(
            "entity", entity.name, path, f"The entity {entity.name!r} has no column {column!r}.", remedy
        )
    elif found.type not in _TIMES:
        times = [one.name for one in entity.columns if one.type in _TIMES]
        remedy = did_you_mean(column, times, allowed="columns with a date or timestamp")
        yield sources.issue("entity", entity.name, path, f"{column!r} is {found.type.value}, not a time.", remedy)
