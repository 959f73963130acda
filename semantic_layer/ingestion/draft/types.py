"""What is found out about a database that nobody has described: tables, columns, keys, joins, each with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from semantic_layer.model.types import ColumnType, Unit


class Personal(StrEnum):
    """What a personal column says about somebody."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    DOCUMENT = "document"
    BIRTHDAY = "birthday"

    @property
    def is_contact(self) -> bool:
        return self in (Personal.PHONE, Personal.EMAIL, Personal.ADDRESS)


@dataclass(frozen=True, slots=True)
class DeclaredLink:
    """A foreign key as the database or its description has it."""

    table: str
    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What is told about a database beside its rows. Tables and columns are named as they are stored, in small letters."""

    tables: Mapping[str, str] = field(default_factory=dict)  # table → what people call it
    columns: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (table, column) → what people call it
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    links: tuple[DeclaredLink, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the stored values of a column are read: the type they have, and SQL that gives it.

    `form` names what was recognised ("%Y/%m/%d", "12.5%", "¥1,200"), and is empty where values are taken as they are.
    """

    type: ColumnType
    sql: str
    form: str = ""
    unit: Unit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column. Counts are of the rows looked at; `top` holds the commonest values as text, most frequent first."""

    name: str
    reading: Reading
    rows: int
    nulls: int
    distinct: int
    low: str = ""
    high: str = ""
    top: tuple[tuple[str, int], ...] = ()
    length: float = 0.0  # of its values as text, on average
    personal: Personal | None = None
    comment: str = ""  # what the database or its description calls it

    @property
    def is_unique(self) -> bool:
        """Of the rows looked at, no two have the same value and none has nothing."""
        return self.rows > 0 and self.nulls == 0 and self.distinct == self.rows


@dataclass(frozen=True, slots=True)
class Key:
    """Columns that tell the rows of a table apart. No columns: nothing found does."""

    columns: tuple[str, ...]
    confidence: float
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProfile:
    """One table. `sampled` says that columns were looked at in a sample of its `rows` only; keys are checked in all."""

    name: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    key: Key
    sampled: bool = False
    when: str = ""  # the column that says when a row happened
    history: tuple[str, str] | None = None  # columns since when and until when a row holds
    comment: str = ""

    def column(self, name: str) -> ColumnProfile:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Many rows of `table` point at one row of `to_table`. `matched` is the share of its values that are found there."""

    table: str
    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]
    matched: float
    confidence: float
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A table that was taken out of a wider one, `lines`, which points at it by `column` (its key, under the same name).

    `complete`: every row of it stands among the lines; `event`: it happens at a moment, which stayed with the lines.
    """

    table: str
    lines: str
    column: str
    complete: bool
    event: bool
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseProfile:
    """Everything found. `people` is the table of customers, with how sure that is; `things` were taken out of others."""

    tables: tuple[TableProfile, ...]
    joins: tuple[Join, ...]
    people: str
    people_confidence: float
    people_evidence: str
    things: tuple[Thing, ...] = ()

    def table(self, name: str) -> TableProfile:
        return next(table for table in self.tables if table.name == name)

    def thing(self, name: str) -> Thing | None:
        """How a table was taken out of another; `None` for one that was there."""
        return next((one for one in self.things if one.table == name), None)

    def event_of(self, name: str) -> Thing | None:
        """What the rows of a table are the lines of."""
        return next((one for one in self.things if one.lines == name and one.event), None)
