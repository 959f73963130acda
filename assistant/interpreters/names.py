"""Names that unknown words may mean: how the grammar reads them, how a person does, and how near they are to what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from assistant.interpreters.base import Note, NoteKind
from semantic_layer.errors import Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, DimensionKind, Sensitivity, Tag
from semantic_layer.vocabulary.terms import EntityTerm, FieldTerm, GroupTerm, MetricTerm, Near, Term, ValueTerm

NAMES: Final = (MetricTerm, FieldTerm, ValueTerm, GroupTerm, EntityTerm)
_CONDITIONS: Final = (FieldTerm, ValueTerm, GroupTerm)
_FAR: Final = 1_000
_LEVEL: Final = 0.015
_SEVERAL: Final = 3


class Ranks(Protocol):
    """Ranks the terms of a vocabulary for something said; similarities are 0..1."""

    def ranked(self, said: str, limit: int, *, kinds: Sequence[type[Term]] | None = None) -> tuple[Near, ...]: ...

    def similarity(self, said: str, term: Term) -> float: ...

    def rank(self, said: str, term: Term, *, kinds: Sequence[type[Term]] | None = None) -> int | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Gloss:
    """What some words of the question are taken for; words that are not `named` are passed over."""

    said: str
    term: Term | None
    label: Text = Text("", "")
    similarity: float = 0.0
    named: bool = False

    def note(self) -> Note:
        """What the person is told of it."""
        if self.named:
            return Note(kind=NoteKind.UNDERSTOOD_AS, words=self.said, meaning=self.label)
        return Note(kind=NoteKind.UNUSED, words=self.said)


class Names:
    """The names of one data set; read only."""

    def __init__(self, index: ModelIndex, ranks: Ranks) -> None:
        self._index = index
        self._ranks = ranks

    def near(self, said: str, limit: int) -> list[Near]:
        """Names that other words may mean."""
        found = _told_apart(self._ranks.ranked(said, limit * 5, kinds=NAMES))
        return [near for near in found if self._speaks(near.entry.term)][:limit]

    def metrics(self, said: str, limit: int) -> list[Near]:
        """Metrics that people may ask for by name."""
        found = self._ranks.ranked(said, limit * 2, kinds=(MetricTerm,))
        return [near for near in found if self._speaks(near.entry.term)][:limit]

    def conditions(self, said: str, limit: int, *, least: float = 0.0) -> list[Term]:
        """Conditions on people or things that the words may mean: declared values, groups, and tags that hold or not.

        Only those of at least the similarity `least`, best first.
        """
        ranked = _told_apart(self._ranks.ranked(said, limit * 5, kinds=_CONDITIONS))
        found = (near.entry.term for near in ranked if near.similarity >= least)
        return [term for term in found if self._speaks(term) and self._restricts(term)][:limit]

    def similarity(self, said: str, term: Term) -> float:
        return self._ranks.similarity(said, term)

    def place(self, said: str, term: Term) -> int:
        """Where the term stands among those of its kind, from 1."""
        kinds = (MetricTerm,) if isinstance(term, MetricTerm) else _CONDITIONS
        return self._ranks.rank(said, term, kinds=kinds) or _FAR

    def said(self, term: Term, language: Language) -> tuple[str, Text]:
        """The term as the grammar reads it in a sentence, and as a person reads it alone."""
        match term:
            case MetricTerm(name=name):
                label = self._index.metric(name).words.label
            case EntityTerm(name=name):
                label = self._index.entity(name).words.label
            case FieldTerm(field=field):
                label = self._index.field(field).words.label
            case GroupTerm(field=field, group=group):
                label = next(g.words.label for g in self._index.dimension(field).groups if g.name == group)
            case ValueTerm():
                return self._value(term, language)
            case _:
                label = Text("", "")
        return label.in_(language), label

    def _value(self, term: ValueTerm, language: Language) -> tuple[str, Text]:
        found = self._index.field(term.field)
        stored = Text(str(term.value), str(term.value))
        value = next((v.label for v in found.values if v.value == term.value), stored)
        name = found.words.label
        if not isinstance(found, Tag):
            return value.in_(language), value
        words = f"{name.zh}为{value.in_('zh')}" if language == "zh" else f"{name.en} is {value.in_('en')}"
        return words, Text(f"{name.zh}：{value.in_('zh')}", f"{name.en}: {value.in_('en')}")

    def _speaks(self, term: Term) -> bool:
        """Can another word mean it? A place or the name of a thing is called by its own name only."""
        if isinstance(term, MetricTerm):
            return not self._index.metric(term.name).hidden
        if not isinstance(term, FieldTerm | ValueTerm | GroupTerm):
            return True
        found = self._index.field(term.field)
        if found.sensitivity is not Sensitivity.NONE:
            return False
        if isinstance(found, Dimension) and not isinstance(term, FieldTerm):
            return found.kind is DimensionKind.CATEGORICAL and not found.index_values
        return True

    def _restricts(self, term: Term) -> bool:
        """Is the name alone a condition? A tag with levels needs one of them, unless some count as having it."""
        if not isinstance(term, FieldTerm):
            return True
        found = self._index.field(term.field)
        return isinstance(found, Tag) and (not found.values or bool(found.positive))


def _told_apart(ranked: Sequence[Near]) -> Sequence[Near]:
    """The same, with half the similarity where several names are equally near: then the words were not really known."""
    if not ranked:
        return ranked
    level = {near.entry.label for near in ranked if near.similarity > ranked[0].similarity - _LEVEL}
    if len(level) < _SEVERAL:
        return ranked
    return [replace(near, similarity=near.similarity / 2) for near in ranked]
