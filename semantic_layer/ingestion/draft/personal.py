"""Which columns say something about a person: by the form of their values, else by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from semantic_layer.ingestion.draft.lexicon import Lexicon
from semantic_layer.ingestion.draft.types import Personal
from semantic_layer.model.types import ColumnType

MOST_OF: Final = 0.9
"""The share of values that must have the form of a kind."""
_PATTERNS: Final = {
    Personal.EMAIL: re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"),
    Personal.PHONE: re.compile(r"(?=(.*\d){7})[+(]?[\d()+. x-]{7,24}"),
    Personal.DOCUMENT: re.compile(r"\d{17}[\dXx]"),
}
_STAFF: Final = ("employee", "staff", "contact")
_OF_THINGS: Final = frozenset({"product", "brand", "campaign", "service", "card", "event", "file"})


def personal_kind(
    name: str, stored: ColumnType, values: Sequence[str], table: str, lexicon: Lexicon
) -> Personal | None:
    """By the pattern of the values, else by the name; names of people only in tables that can hold people."""
    if stored in (ColumnType.STRING, ColumnType.INTEGER):
        for kind, pattern in _PATTERNS.items():
            fitting = sum(pattern.fullmatch(value) is not None for value in values)
            said = any(word in _spaced(name, lexicon) for word in lexicon.personal[kind.value])
            if values and fitting >= MOST_OF * len(values) and (said or kind is not Personal.PHONE):
                return kind
    return _by_name(name, stored, table, lexicon)


def _spaced(name: str, lexicon: Lexicon) -> str:
    return f" {' '.join(lexicon.nouns(name))} {name if not name.isascii() else ''} "


def _by_name(name: str, stored: ColumnType, table: str, lexicon: Lexicon) -> Personal | None:
    said = _spaced(name, lexicon)
    last = (lexicon.nouns(name) or ("",))[-1]
    if last in ("id", "type", "status", "flag", "count", "code") or stored is ColumnType.BOOLEAN:
        return None
    for kind in (Personal.PHONE, Personal.EMAIL, Personal.ADDRESS, Personal.DOCUMENT, Personal.BIRTHDAY):
        named = any(
            f" {word} " in said or (not word.isascii() and word in said) for word in lexicon.personal[kind.value]
        )
        as_text = stored is ColumnType.STRING or kind in (Personal.BIRTHDAY, Personal.DOCUMENT)
        if named and as_text:
            return kind
    if stored is not ColumnType.STRING:
        return None
    return Personal.NAME if _is_persons_name(name, table, lexicon) else None


def _is_persons_name(name: str, table: str, lexicon: Lexicon) -> bool:
    nouns, holder = lexicon.nouns(name), set(lexicon.nouns(table))
    said = " ".join(nouns)
    of_people = any(word in said.split() or word in holder for word in (*lexicon.people, *_STAFF))
    if (
        any(part in said for part in ("first name", "last name", "full name", "nickname", "middle name"))
        or "姓名" in name
    ):
        return True
    named = bool(nouns) and nouns[-1] == "name"
    own = nouns == ("name",) or bool(set(nouns[:-1]) & {*lexicon.people, *_STAFF})
    return named and own and of_people and not set(nouns) & _OF_THINGS
