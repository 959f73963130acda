"""Which texts tell what a term means: its names and values as people say them, its descriptions, and texts that a caller adds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, Tag, Words
from semantic_layer.vocabulary.terms import EntityTerm, Entry, FieldTerm, GroupTerm, MetricTerm, Source, Term, ValueTerm

Extra = Mapping[Term, Sequence[str]]

_CLAUSE_ENDS = re.compile(r"[；。：;:]|\.\s|\.$")
_SHORTEST_CLAUSE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A term with the entry that it is shown by, and every text that may stand for it, each once."""

    term: Term
    entry: Entry
    texts: tuple[str, ...]


def meanings_of(index: ModelIndex, entries: Sequence[Entry], extra: Extra | None = None) -> tuple[Meaning, ...]:
    """One for each term that the entries name, in their order.

    `extra` holds further texts of terms, such as questions that were reviewed; terms without an entry are left out of it.
    """
    shown: dict[Term, Entry] = {}
    texts: dict[Term, dict[str, None]] = {}
    for entry in entries:
        term = plain(entry.term)
        shown.setdefault(term, entry)
        texts.setdefault(term, {}).update(dict.fromkeys(_surfaces(index, entry)))
    for term, said in texts.items():
        said.update(dict.fromkeys(_told(index, term)))
    for other, added in (extra or {}).items():
        texts.get(plain(other), {}).update(dict.fromkeys(added))
    return tuple(
        Meaning(term=term, entry=shown[term], texts=tuple(text for text in said if text.strip()))
        for term, said in texts.items()
    )


def plain(term: Term) -> Term:
    """The term whatever word it was said by: a value is one value, though some of its names are weak."""
    return replace(term, weak=False) if isinstance(term, ValueTerm) else term


def _surfaces(index: ModelIndex, entry: Entry) -> Iterator[str]:
    """The spelling itself, unless it was derived from one that is there too, or says nothing alone; a declared value also
    with the name of its field, which tells `high` of one field from that of another.
    """
    term = entry.term
    if entry.source is Source.VARIANT:
        return
    if not (isinstance(term, ValueTerm) and term.weak):
        yield entry.text
    if isinstance(term, ValueTerm | GroupTerm) and not entry.frequency:
        called = index.field(term.field).words.label
        yield from _sides(Text(f"{called.zh}{entry.label.zh}", f"{called.en} {entry.label.en}"))


def _told(index: ModelIndex, term: Term) -> Iterator[str]:
    """What its definition says about a term: the description, whole and clause by clause, and the examples."""
    words = _words(index, term)
    if words is None:
        return
    for side in _sides(words.description):
        yield side
        clauses = [clause.strip() for clause in _CLAUSE_ENDS.split(side)]
        yield from (clause for clause in clauses if len(clause) >= _SHORTEST_CLAUSE)
    yield from words.examples


def _words(index: ModelIndex, term: Term) -> Words | None:
    match term:
        case MetricTerm(name=name):
            return index.metric(name).words
        case FieldTerm(field=field):
            return index.field(field).words
        case EntityTerm(name=name):
            return index.entity(name).words
        case GroupTerm(field=field, group=group):
            return _group_words(index.field(field), group)
        case _:
            return None


def _group_words(field: Dimension | Tag, group: str) -> Words | None:
    groups = field.groups if isinstance(field, Dimension) else ()
    return next((one.words for one in groups if one.name == group), None)


def _sides(text: Text) -> tuple[str, ...]:
    return tuple(side for side in (text.zh, text.en) if side.strip())
