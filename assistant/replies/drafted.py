"""Tells people that an answer rests on definitions which a machine drafted and nobody has looked at."""

from __future__ import annotations

from assistant.interpreters.base import Note, NoteKind
from semantic_layer.ingestion.draft.marks import draft_note
from semantic_layer.model.lookup import ModelIndex


def drafted_notes(index: ModelIndex) -> tuple[Note, ...]:
    """One note for a model that holds drafted definitions; none for one that has been reviewed."""
    note = draft_note(index.model)
    return (Note(kind=NoteKind.DEFAULT, words="", meaning=note),) if note is not None else ()
