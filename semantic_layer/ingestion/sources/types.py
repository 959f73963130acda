"""A source as it is declared: where rows come from, how they are told apart, and which field each column fills."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from semantic_layer.errors import Text
from semantic_layer.model.types import Origin


class SourceKind(StrEnum):
    """How a source is read. A folder that is watched is a source of files with `watch`."""

    CSV = "csv"
    EXCEL = "excel"
    JSON = "json"
    PARQUET = "parquet"
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    HTTP = "http"
    EVENTS = "events"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """A column of the source and the field of the standard that it fills. `names` are other headers the column has had.

    Without `steps`, those of the field apply.
    """

    column: str
    field: str
    names: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """How pages of an HTTP source follow each other: a parameter that counts, or a cursor inside the answer."""

    parameter: str = "page"
    size_parameter: str = ""
    size: int = 500
    cursor: str = ""  # path inside the answer, e.g. "next"
    rows: str = ""  # path of the list inside the answer; the answer itself when empty
    first: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """One declared source.

    `address` is a file pattern below the folder of the data set, a URL, or a database address whose secrets are named
    as `${VARIABLE}`. `table` is the sheet, table or statement inside it. `key` tells rows apart; without it a row is its
    file and line. `watermark` is a column that only grows, for databases and HTTP. `into` is the table of the definitions
    that rows go to. `priority` (1 is best) ranks sources where they disagree.
    """

    name: str
    label: Text
    kind: SourceKind
    address: str
    columns: tuple[ColumnMapping, ...]
    into: str = ""
    table: str = ""
    key: tuple[str, ...] = ()
    watermark: str = ""
    encoding: str = ""  # found out when empty, like `delimiter` and `header`
    delimiter: str = ""
    header: int | None = None  # rows before the first row of data that make the header; 0 is none
    paging: Paging = field(default_factory=Paging)
    headers: tuple[tuple[str, str], ...] = ()  # of HTTP requests
    time_zone: str = ""  # of times without one, when not the company's
    priority: int = 5
    watch: bool = False
    keep_days: int | None = None  # rows older than this are removed
    owner: str = ""
    origin: Origin = field(default_factory=Origin)
