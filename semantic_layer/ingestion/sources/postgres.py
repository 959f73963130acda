"""PostgreSQL as a source: a cursor on the server, in a transaction that only reads."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final

import pg8000.dbapi
from pg8000.exceptions import DatabaseError, InterfaceError

from semantic_layer.errors import DataError
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.sources.addresses import DatabaseAddress
from semantic_layer.ingestion.sources.databases import Row, TableFound, batches_of, refused
from semantic_layer.ingestion.sources.keyset import Scalar
from semantic_layer.ingestion.sources.retrying import LostError
from semantic_layer.model.types import ColumnType

_TYPES: Final[Mapping[int, ColumnType]] = {
    16: ColumnType.BOOLEAN,
    **dict.fromkeys((20, 21, 23, 26), ColumnType.INTEGER),
    1700: ColumnType.DECIMAL,
    **dict.fromkeys((700, 701), ColumnType.FLOAT),
    1082: ColumnType.DATE,
    **dict.fromkeys((1114, 1184), ColumnType.TIMESTAMP),
}
_COMING_BACK: Final = ("57P", "08", "53")  # shut down or starting, connection, too many connections
_CONNECT: Final = 30.0  # seconds
_ANSWER: Final = 900.0  # seconds until the first rows of a large table are sorted
_TABLES: Final = (
    "SELECT CASE WHEN n.nspname = current_schema() THEN c.relname ELSE n.nspname || '.' || c.relname END,"
    " greatest(c.reltuples, 0)::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
    " AND n.nspname NOT LIKE 'pg_toast%' ORDER BY 1"
)


class PostgresDatabase:
    """One database of a server."""

    nulls_last = True
    keeps_order = False
    gives_texts = True

    def __init__(self, address: DatabaseAddress) -> None:
        self._address = address
        self.place = address.shown

    def connect(self) -> PostgresSession:
        return PostgresSession(self._address)

    def quoted(self, name: str) -> str:
        return identifier(name)

    def mark(self, number: int) -> str:
        return f"${number}"

    def listed(self, columns: Sequence[str]) -> str:
        """One value a row, which is several times faster to take in than one a column."""
        return f"array_to_json(ARRAY[{', '.join(f'{column}::text' for column in columns)}])::text"

    def parameter(self, value: Scalar, kind: ColumnType) -> object:
        return value if value is None else str(value)


class PostgresSession:
    """One connection, which sees the database as it was when it was made."""

    def __init__(self, address: DatabaseAddress) -> None:
        self._place = address.shown
        with self._explained():
            self._connection = pg8000.dbapi.connect(
                address.user,
                sock=_socket(address),
                host=address.host,  # whom a certificate must name
                database=address.database,
                password=address.password,
                ssl_context=_encryption(address.options.get("sslmode", "")),
                application_name="qunxiang",
            )
            self._connection.execute_simple("START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def tables(self) -> tuple[TableFound, ...]:
        with self._explained():
            found = self._connection.execute_simple(_TABLES).rows or ()
        return tuple(TableFound(name=str(name), rows=int(rows)) for name, rows in found)

    def describe(self, relation: str) -> tuple[tuple[str, ColumnType], ...]:
        with self._explained():
            columns = self._connection.execute_simple(f"SELECT * FROM {relation} AS q LIMIT 0").columns or ()
        return tuple((each["name"], _TYPES.get(each["type_oid"], ColumnType.STRING)) for each in columns)

    def stream(self, statement: str, values: Sequence[object]) -> Iterator[Sequence[Row]]:
        with self._explained():
            self._connection.execute_unnamed(f"DECLARE rows_of_source NO SCROLL CURSOR FOR {statement}", values)
            yield from batches_of(self._fetch)
            self._connection.execute_simple("CLOSE rows_of_source")

    def _fetch(self, count: int) -> Sequence[Row]:
        found = self._connection.execute_simple(f"FETCH FORWARD {count} FROM rows_of_source").rows or ()
        rows: Sequence[Row] = json.loads(f"[{','.join(row[0] for row in found)}]")
        return rows

    def close(self) -> None:
        with suppress(InterfaceError, DatabaseError, OSError):
            self._connection.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (InterfaceError, OSError) as error:
            raise LostError(str(error)[:200]) from error
        except DatabaseError as error:
            raise _meaning(error, self._place) from error


def _socket(address: DatabaseAddress) -> socket.socket:
    found = socket.create_connection((address.host, address.port), _CONNECT)
    found.settimeout(_ANSWER)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return found


def _encryption(mode: str) -> ssl.SSLContext | bool | None:
    """As libpq means it: encrypted where the server can, without looking at its certificate, unless that is asked for."""
    if mode == "verify-full":
        return ssl.create_default_context()
    return {"require": True, "disable": False}.get(mode)


def _meaning(error: DatabaseError, place: str) -> Exception:
    found = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    code, why = str(found.get("C", "")), str(found.get("M", error))[:300]
    if code.startswith(_COMING_BACK):
        return LostError(why)
    return _refusal(code, why, place)


def _refusal(code: str, why: str, place: str) -> DataError:
    if code.startswith("28"):
        return refused(
            place,
            why,
            "用户名或密码不对，请检查来源地址里的变量",
            "user or password are wrong: check the variables of the address",
        )
    if code == "3D000":
        return refused(
            place,
            why,
            "没有这个数据库，请检查地址的最后一段",
            "there is no such database: check the end of the address",
        )
    if code == "42501":
        return refused(
            place, why, "没有读取权限，请让管理员授予 SELECT", "reading is not allowed: ask for the right to SELECT"
        )
    if code in {"42P01", "3F000"}:
        return refused(
            place,
            why,
            "没有这张表，请检查来源声明里的 table",
            "there is no such table: check the key table of the source",
        )
    return refused(
        place,
        why,
        "数据库拒绝了这次读取，请检查 table、key 和 watermark",
        "the database refused: check table, key and watermark",
    )
