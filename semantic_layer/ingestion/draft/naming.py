"""What people call tables and columns: labels in both languages and other words, from names, comments and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.ingestion.draft.lexicon import Lexicon, has_han, singular
from semantic_layer.ingestion.draft.types import ColumnProfile, TableProfile
from semantic_layer.model.types import Value
from semantic_layer.vocabulary.inflect import plurals

_OTHER: Final = re.compile(r"[^A-Za-z0-9]+")
_CODES: Final = ("code", "flag", "indicator")
_SILENT: Final = frozenset(
    {"reference", "table", "data", "info", "master", "dim", "fact", "tbl", "t", "tb", "ods", "dwd", "dws"}
)


@dataclass(frozen=True, slots=True)
class Named:
    """A name for files, and what people say."""

    name: str
    label: Text
    synonyms: tuple[str, ...] = ()


@dataclass(slots=True)
class Taken:
    """Names that are given already, and those that mean something in SQL."""

    reserved: frozenset[str]
    names: set[str]

    def free(self, wanted: str) -> str:
        """`wanted`, or with a number behind it."""
        base = wanted if wanted and wanted not in self.reserved else f"{wanted or 'unnamed'}_value"
        name, number = base, 2
        while name in self.names:
            name, number = f"{base}_{number}", number + 1
        self.names.add(name)
        return name


def plain_name(given: str, pieces: Sequence[str]) -> str:
    """Letters, digits and underscores, in small letters: the name itself where it is such, else its words."""
    source = given if given.isascii() else " ".join(piece for piece in pieces if piece.isascii())
    name = _OTHER.sub("_", source).strip("_").lower()
    return f"_{name}" if name[:1].isdigit() else name


def many(phrase: str) -> str:
    """The phrase for several: its last word in the plural."""
    head, _, last = phrase.rpartition(" ")
    if singular(last) != last or last.endswith("s"):
        return phrase
    return f"{head} {(plurals(last) or (last,))[0]}".strip()


def name_table(table: TableProfile, lexicon: Lexicon, taken: Taken) -> Named:
    """An entity is called by the word for one row."""
    pieces = list(lexicon.pieces(table.name))
    kept = [piece for piece in pieces if piece not in _SILENT] or pieces or [table.name.lower()]
    kept = [*kept[:-1], singular(kept[-1])]
    en = " ".join(piece for piece in kept if piece.isascii()) or table.name
    zh = lexicon.in_chinese(kept)
    words: list[str] = []
    if table.comment:
        if has_han(table.comment):
            zh = table.comment.removesuffix("表")
        else:
            said = table.comment.lower().strip()
            words.append(en)
            head, _, last = said.rpartition(" ")
            en = f"{head} {singular(last)}".strip()
    if has_han(table.name):
        zh = table.name.removesuffix("表")
    others = [word for word in (*words, table.name.lower().replace("_", " ")) if word not in (en, many(en), zh)]
    name = taken.free(plain_name(" ".join(kept), kept))
    return Named(name, Text(zh, en), tuple(dict.fromkeys(others)))


def name_column(column: ColumnProfile, holder: Named, lexicon: Lexicon, taken: Taken) -> Named:
    """A field is called by its words, with and without the word for the row that it is of."""
    pieces = list(lexicon.pieces(column.name)) or [column.name.lower()]
    en = " ".join(piece for piece in pieces if piece.isascii()) or column.name
    zh = lexicon.in_chinese(pieces)
    if column.name.lower() in lexicon.pinyin and column.name.lower() not in lexicon.abbreviations:
        zh = lexicon.pinyin[column.name.lower()].zh
    if has_han(column.name):
        zh = column.name
    said = [en]
    if column.comment:
        if has_han(column.comment):
            zh = re.split(r"[，,：:（(;；]", column.comment)[0]
        else:
            en = column.comment.lower().strip()
            said = [en, *said]
    variants = [one for word in said for one in _variants(word, holder.label.en)]
    others = tuple(dict.fromkeys(one for one in variants if one != en))
    return Named(taken.free(plain_name(column.name, pieces)), Text(zh, en), others)


def _variants(label: str, holder: str) -> Iterator[str]:
    """`product type code` of a product: product type, type code, type. `price` of a product: product price."""
    holders = tuple(
        dict.fromkeys((holder, many(holder), holder.rsplit(maxsplit=1)[-1], many(holder.rsplit(maxsplit=1)[-1])))
    )
    for one in _without_codes(label):
        yield one
        start = next((word for word in sorted(holders, key=len, reverse=True) if one.startswith(f"{word} ")), None)
        if start is not None:
            rest = one[len(start) + 1 :]
            if not rest.startswith(("of ", "in ")):
                yield rest
        elif not any(word in one.split() for word in holder.split()):
            yield f"{holder} {one}"


def _without_codes(label: str) -> Iterator[str]:
    """With one of each thing where the name has many: premises type is also premise type."""
    yield label
    words = label.split()
    alike = " ".join((*(singular(word) for word in words[:-1]), words[-1]))
    if alike != label:
        yield alike
    head, _, last = label.rpartition(" ")
    if last in _CODES and head:
        yield head


def name_values(column: ColumnProfile, lexicon: Lexicon) -> tuple[Value, ...]:
    """The stored values with what people call them."""
    found: list[Value] = []
    claimed: set[str] = set()
    for stored, _ in sorted(column.top):
        label = _label(stored, lexicon)
        words = {stored.strip().casefold(), label.zh.casefold(), label.en.casefold()}
        if words & claimed:
            label = Text(stored, stored)
            words = {stored.strip().casefold()}
            if words & claimed:
                continue
        claimed |= words
        found.append(Value(value=stored, label=label))
    return tuple(found)


def _label(stored: str, lexicon: Lexicon) -> Text:
    known = lexicon.values.get(stored.strip().lower())
    if known is None:
        return Text(stored, stored)
    en = stored if known.en == stored.strip().lower() else known.en
    return Text(known.zh, en)
