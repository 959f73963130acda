"""What is said when somebody asks for a definition that should not be used any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, Metric, Tag


def deprecation_notes(index: ModelIndex, uses: Iterable[str]) -> tuple[Text, ...]:
    """A note for each deprecated metric or field among `uses` (names, or `entity.name`), with what replaces it."""
    return tuple(note_on(thing, index) for thing in _things(index, uses) if thing.origin.deprecated)


def note_on(thing: Metric | Dimension | Tag, index: ModelIndex) -> Text:
    """That it is deprecated, why, and what to use instead."""
    label, why = thing.words.label, thing.origin.deprecated
    instead = replacement_of(thing, index)
    if instead is None:
        return Text(f"「{label.zh}」已停用（{why}）。", f"{label.en!r} is deprecated ({why}).")
    other = instead.words.label
    return Text(
        f"「{label.zh}」已停用（{why}），请改用「{other.zh}」。",
        f"{label.en!r} is deprecated ({why}); use {other.en!r} instead.",
    )


def replacement_of(thing: Metric | Dimension | Tag, index: ModelIndex) -> Metric | Dimension | Tag | None:
    """The definition that replaces a deprecated one, if it is named and there."""
    name = thing.origin.replaced_by
    if isinstance(thing, Metric):
        return index.metric(name) if index.has_metric(name) else None
    qualified = name if "." in name else f"{thing.entity}.{name}"
    return index.field(qualified) if index.has_field(qualified) else None


def _things(index: ModelIndex, uses: Iterable[str]) -> Iterator[Metric | Dimension | Tag]:
    for name in dict.fromkeys(uses):
        if index.has_metric(name):
            yield index.metric(name)
        elif index.has_field(name):
            yield index.field(name)
