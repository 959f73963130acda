"""MySQL and MariaDB as a source: rows one after another from the server, in a transaction that only reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final

import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.converters import encoders
from pymysql.cursors import SSCursor

from semantic_layer.errors import DataError
from semantic_layer.ingestion.sources.addresses import DatabaseAddress
from semantic_layer.ingestion.sources.databases import Row, TableFound, batches_of, refused, typed
from semantic_layer.ingestion.sources.keyset import Scalar
from semantic_layer.ingestion.sources.retrying import LostError
from semantic_layer.model.types import ColumnType

_TYPES: Final[Mapping[int, ColumnType]] = {
    **dict.fromkeys(
        (FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG, FIELD_TYPE.INT24, FIELD_TYPE.YEAR),
        ColumnType.INTEGER,
    ),
    **dict.fromkeys((FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL), ColumnType.DECIMAL),
    **dict.fromkeys((FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE), ColumnType.FLOAT),
    **dict.fromkeys((FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE), ColumnType.DATE),
    **dict.fromkeys((FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP), ColumnType.TIMESTAMP),
}
_COMING_BACK: Final = {0, 1040, 1053, 1080, 1152, 1158, 1159, 1160, 1161, 1205, 1927, 2002, 2003, 2006, 2013, 2055}
_MARK: Final = "\0"  # of a parameter, until the signs that the driver reads are doubled
_CONNECT: Final = 30  # seconds
_ANSWER: Final = 900  # seconds until the first rows of a large table are sorted
_PATIENCE: Final = 3600  # seconds that the server waits while rows are taken in
_TABLES: Final = "SELECT table_name, coalesce(table_rows, 0) FROM information_schema.tables WHERE table_schema = database() ORDER BY 1"


class MysqlDatabase:
    """One database of a server."""

    nulls_last = False
    keeps_order = False
    gives_texts = False

    def __init__(self, address: DatabaseAddress) -> None:
        self._address = address
        self.place = address.shown

    def connect(self) -> MysqlSession:
        return MysqlSession(self._address)

    def quoted(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def mark(self, number: int) -> str:
        return _MARK

    def listed(self, columns: Sequence[str]) -> str:
        return ", ".join(columns)

    def parameter(self, value: Scalar, kind: ColumnType) -> object:
        return typed(value, kind)


class MysqlSession:
    """One connection, which sees the database as it was when it was made. Values come as the server writes them."""

    def __init__(self, address: DatabaseAddress) -> None:
        self._place = address.shown
        with self._explained():
            self._connection = pymysql.connect(
                host=address.host,
                port=address.port,
                user=address.user,
                password=address.password,
                database=address.database,
                charset="utf8mb4",
                conv={**encoders, FIELD_TYPE.BIT: _bits},
                connect_timeout=_CONNECT,
                read_timeout=_ANSWER,
                ssl={"ca": None} if address.options.get("sslmode") == "require" else None,
                cursorclass=SSCursor,
                program_name="qunxiang",
            )
            with self._connection.cursor() as cursor:
                cursor.execute(f"SET SESSION net_write_timeout = {_PATIENCE}, time_zone = @@global.time_zone")
                cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    def tables(self) -> tuple[TableFound, ...]:
        with self._explained(), self._connection.cursor() as cursor:
            cursor.execute(_TABLES)
            return tuple(TableFound(name=str(name), rows=int(rows)) for name, rows in cursor.fetchall())

    def describe(self, relation: str) -> tuple[tuple[str, ColumnType], ...]:
        with self._explained(), self._connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {relation} AS q LIMIT 0")
            found = tuple((each[0], _TYPES.get(each[1], ColumnType.STRING)) for each in cursor.description)
            cursor.fetchall()
            return found

    def stream(self, statement: str, values: Sequence[object]) -> Iterator[Sequence[Row]]:
        with self._explained():
            cursor = self._connection.cursor()
            cursor.execute(statement.replace("%", "%%").replace(_MARK, "%s"), tuple(values))
            yield from batches_of(cursor.fetchmany)

    def close(self) -> None:
        with suppress(pymysql.err.Error, OSError):
            if (unread := self._connection._result) is not None:  # noqa: SLF001  # it would read all that is left
                unread.unbuffered_active = False
            self._connection.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LostError(str(error)[:200]) from error
        except pymysql.err.Error as error:
            raise _meaning(error, self._place) from error


def _bits(value: bytes) -> str:
    return str(int.from_bytes(value, "big"))


def _meaning(error: pymysql.err.Error, place: str) -> Exception:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    why = str(error.args[-1] if error.args else error)[:300]
    return LostError(why) if code in _COMING_BACK else _refusal(code, why, place)


def _refusal(code: int, why: str, place: str) -> DataError:
    if code in {1044, 1045, 1698}:
        return refused(
            place,
            why,
            "用户名或密码不对，请检查来源地址里的变量",
            "user or password are wrong: check the variables of the address",
        )
    if code == 1049:
        return refused(
            place,
            why,
            "没有这个数据库，请检查地址的最后一段",
            "there is no such database: check the end of the address",
        )
    if code in {1142, 1143}:
        return refused(
            place, why, "没有读取权限，请让管理员授予 SELECT", "reading is not allowed: ask for the right to SELECT"
        )
    if code == 1146:
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
