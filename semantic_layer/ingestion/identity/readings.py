"""How names are read: pinyin without tones for Chinese, plain lower-case letters for others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

import duckdb
import pyarrow as pa
from pypinyin import Style, pinyin

_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
_NO_LETTER: Final = re.compile(r"[^a-z0-9]+")


def reading(name: str, syllables: dict[str, str]) -> str:
    """The reading of one name, syllables or words apart: `张 伟` is `zhang wei`, `Ann-Marie O'Neil` is `ann marie oneil`.

    `syllables` keeps what single characters read.
    """
    if _CHINESE.search(name):
        found = " ".join(_syllable(character, syllables) for character in name if character.strip())
        return " ".join(found.split())
    plain = unicodedata.normalize("NFKD", name.casefold().replace("'", "").replace("’", ""))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(_NO_LETTER.sub(" ", plain).split()) or name.casefold()


def _syllable(character: str, syllables: dict[str, str]) -> str:
    if character not in syllables:
        syllables[character] = (
            pinyin(character, style=Style.NORMAL, errors="default")[0][0]
            if _CHINESE.match(character)
            else character.casefold()
        )
    return syllables[character]


def surname(name: str, read: str) -> str:
    """The reading of the family name: the first syllable of a Chinese name, the last word of another."""
    words = read.split(" ")
    return words[0] if _CHINESE.search(name) else words[-1]


def readings(names: Iterable[str]) -> pa.Table:
    """A table `name`, `reading`, `surname` of distinct names."""
    syllables: dict[str, str] = {}
    listed = list(names)
    read = [reading(name, syllables) for name in listed]
    last = [surname(name, each) for name, each in zip(listed, read, strict=True)]
    kinds = pa.schema([("name", pa.string()), ("reading", pa.string()), ("surname", pa.string())])
    return pa.table({"name": listed, "reading": read, "surname": last}, schema=kinds)


def add_readings(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `identity_name` of all names in `identity_clean`."""
    names = [
        row[0]
        for row in connection.execute("SELECT DISTINCT name FROM identity_clean WHERE name IS NOT NULL").fetchall()
    ]
    connection.register("identity_read", readings(names))
    try:
        connection.execute("CREATE OR REPLACE TEMP TABLE identity_name AS SELECT * FROM identity_read")
    finally:
        connection.unregister("identity_read")
