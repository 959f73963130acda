"""Columns that say something about a person, declared as such or not: found by their names and by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

import duckdb

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.draft.lexicon import Lexicon
from semantic_layer.ingestion.draft.personal import MOST_OF, personal_kind
from semantic_layer.ingestion.draft.types import Personal
from semantic_layer.ingestion.names import identifier, qualified
from semantic_layer.ingestion.sources.guessing import guessed
from semantic_layer.ingestion.sources.proposals import propose
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.ingestion.standard.types import FieldStandard
from semantic_layer.model.types import SemanticModel, Sensitivity

MOST_VALUES: Final = 2_000  # distinct values of a column that are looked at, spread evenly over all of them
_FEWEST: Final = 3  # values below which their form tells nothing
_INSIDE_FROM: Final = 0.01  # share of values with a telephone or an address in them
_MOBILE: Final = r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![\d.])"
_EMAIL: Final = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_WHOLE: Final = {Personal.PHONE: re.compile(_MOBILE), Personal.EMAIL: re.compile(_EMAIL)}
_ADDRESS: Final = re.compile(r"(?=.*[路街道巷弄村镇])(?=.*\d+\s*[号室栋幢楼]).{6,}")
_DOCUMENT: Final = re.compile(r"\d{17}[\dXx]")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_CHECKS: Final = "10X98765432"
_WORDS: Final[Mapping[Personal, Text]] = {
    Personal.NAME: Text("姓名", "name"),
    Personal.PHONE: Text("电话", "telephone"),
    Personal.EMAIL: Text("邮箱", "e-mail"),
    Personal.ADDRESS: Text("地址", "address"),
    Personal.DOCUMENT: Text("证件号", "document number"),
    Personal.BIRTHDAY: Text("生日", "birthday"),
}


class By(StrEnum):
    """By what a column was found."""

    VALUES = "values"  # nearly all of them have the form
    INSIDE = "inside"  # it stands within a longer text
    NAME = "name"
    DECLARED = "declared"  # only the declaration says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A table to look through. `relation` is its quoted name; `declared` has what is said of its columns; others are said nothing of."""

    name: str
    relation: str
    columns: tuple[str, ...]
    declared: Mapping[str, Sensitivity] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalColumn:
    """One column. `share` (0 to 1) is that of the distinct values with the form, `None` when they were not what told it."""

    table: str
    column: str
    what: Text
    sensitivity: Sensitivity
    by: By
    share: float | None
    declared: Sensitivity

    @property
    def is_open(self) -> bool:
        """Whether the declaration says less than the column holds, so that roles would see what they must not."""
        return _RANK[self.declared] < _RANK[self.sensitivity]


_RANK: Final = {Sensitivity.NONE: 0, Sensitivity.PERSONAL: 1, Sensitivity.CONTACT: 2}


def raw_tables(
    connection: duckdb.DuckDBPyConnection, specs: Sequence[SourceSpec], standard: FieldStandard
) -> tuple[Looked, ...]:
    """What sources gave, as found: a column is declared through the field that it fills."""
    found = []
    for spec in specs:
        filled = {name: mapping.field for mapping in spec.columns for name in (mapping.column, *mapping.names)}
        columns = _columns(connection, "raw", spec.name)
        declared = {
            column: known.sensitivity
            for column in columns
            if column in filled and (known := standard.field(filled[column])) is not None
        }
        if columns:
            relation = qualified("raw", spec.name)
            found.append(Looked(name=spec.name, relation=relation, columns=columns, declared=declared))
    return tuple(found)


def published_tables(connection: duckdb.DuckDBPyConnection, model: SemanticModel) -> tuple[Looked, ...]:
    """The tables of a published file, with what the definitions say of their columns."""
    found = []
    for entity in model.entities:
        there = set(_columns(connection, "main", entity.table))
        columns = tuple(column for column in entity.columns if column.name in there)
        found.append(
            Looked(
                name=entity.table,
                relation=identifier(entity.table),
                columns=tuple(column.name for column in columns),
                declared={column.name: column.sensitivity for column in columns},
            )
        )
    return tuple(found)


@contextmanager
def reading_file(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A published file, to be looked through. Raises `DataError` when it cannot be opened."""
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        why = str(error).splitlines()[0]
        raise DataError(Text(f"无法打开「{path.name}」：{why}。", f"{path.name!r} cannot be opened: {why}.")) from error
    try:
        yield connection
    finally:
        connection.close()


def find_personal(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Looked], standard: FieldStandard
) -> tuple[PersonalColumn, ...]:
    """Personal columns of the tables in their order, declared ones too. No value of them is kept."""
    lexicon = Lexicon.load()
    looks = ((table, column) for table in tables for column in table.columns)
    found = (_looked_at(connection, table, column, standard, lexicon) for table, column in looks)
    return tuple(one for one in found if one is not None)


def _looked_at(
    connection: duckdb.DuckDBPyConnection, table: Looked, column: str, standard: FieldStandard, lexicon: Lexicon
) -> PersonalColumn | None:
    values = _values(connection, table.relation, column)
    declared = table.declared.get(column, Sensitivity.NONE)
    told = _by_values(values) or _by_name(table.name, column, values, standard, lexicon) or _inside(values)
    if told is None:
        if declared is Sensitivity.NONE:
            return None
        told = _Told(Text("已声明", "as declared"), declared, By.DECLARED)
    return PersonalColumn(
        table=table.name,
        column=column,
        what=told.what,
        sensitivity=told.sensitivity,
        by=told.by,
        share=told.share,
        declared=declared,
    )


@dataclass(frozen=True, slots=True)
class _Told:
    what: Text
    sensitivity: Sensitivity
    by: By
    share: float | None = None


def _by_values(values: Sequence[str]) -> _Told | None:
    if len(values) < _FEWEST:
        return None
    for kind, fits in (
        (Personal.DOCUMENT, _is_document),
        (Personal.PHONE, lambda value: bool(_WHOLE[Personal.PHONE].fullmatch(value.strip()))),
        (Personal.EMAIL, lambda value: bool(_WHOLE[Personal.EMAIL].fullmatch(value.strip()))),
        (Personal.ADDRESS, lambda value: bool(_ADDRESS.fullmatch(value.strip()))),
    ):
        share = sum(map(fits, values)) / len(values)
        if share >= MOST_OF:
            return _Told(_WORDS[kind], _sensitivity(kind), By.VALUES, share)
    return None


def _by_name(table: str, column: str, values: Sequence[str], standard: FieldStandard, lexicon: Lexicon) -> _Told | None:
    seen = guessed(column, values)
    told = propose((seen,), standard)
    known = standard.field(told[0].field) if told else None
    if known is not None and known.sensitivity is not Sensitivity.NONE:
        return _Told(known.words.label, known.sensitivity, By.NAME)
    kind = personal_kind(column, seen.type, (), table, lexicon)
    return None if kind is None else _Told(_WORDS[kind], _sensitivity(kind), By.NAME)


def _inside(values: Sequence[str]) -> _Told | None:
    """Telephones and addresses that people write into remarks and conversations."""
    for kind, pattern in _WHOLE.items():
        share = sum(pattern.search(value) is not None for value in values) / max(1, len(values))
        if share >= _INSIDE_FROM:
            return _Told(_WORDS[kind], _sensitivity(kind), By.INSIDE, share)
    return None


def _sensitivity(kind: Personal) -> Sensitivity:
    return Sensitivity.CONTACT if kind.is_contact else Sensitivity.PERSONAL


def _is_document(value: str) -> bool:
    """Whether it is an identity number whose last character follows from the others."""
    text = value.strip().upper()
    if _DOCUMENT.fullmatch(text) is None:
        return False
    weighed = sum(int(digit) * weight for digit, weight in zip(text[:17], _WEIGHTS, strict=True))
    return _CHECKS[weighed % 11] == text[17]


def _values(connection: duckdb.DuckDBPyConnection, relation: str, column: str) -> list[str]:
    text = f"CAST({identifier(column)} AS VARCHAR)"
    found = connection.execute(
        f"SELECT value FROM (SELECT DISTINCT {text} AS value FROM {relation}) WHERE trim(value) <> '' "
        f"ORDER BY hash(value), value LIMIT {MOST_VALUES}"
    ).fetchall()
    return [str(value) for (value,) in found]


def _columns(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> tuple[str, ...]:
    found = connection.execute(
        "SELECT column_name FROM duckdb_columns() WHERE schema_name = ? AND table_name = ? AND NOT starts_with(column_name, '_') "
        "ORDER BY column_index",
        [schema, table],
    ).fetchall()
    return tuple(name for (name,) in found)
