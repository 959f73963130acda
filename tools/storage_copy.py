"""Application state as rows that any of its databases can take: read from one, written into another, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import Final

import sqlalchemy as sa

from semantic_layer.errors import DataError, Text
from tools.storage import Storage, migrate, open_storage, reading, schema_of, transaction

Value = str | int | float | bool | None
Row = Mapping[str, Value]

_VERSION: Final = "alembic_version"
_BATCH: Final = 500
_LEDGER: Final = "ledger"
_GUARD: Final = "ledger_is_append_only"  # a function that PostgreSQL keeps beside its table


class StateRows:
    """One unchanging view of everything that is kept. `tables` stand so that rows come after those they point at."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._metadata = _reflected(connection)
        self.schema = schema_of(connection).current
        self.tables = tuple(table.name for table in self._metadata.sorted_tables)

    def count(self, table: str) -> int:
        counted = sa.select(sa.func.count()).select_from(self._metadata.tables[table])
        return int(self._connection.execute(counted).scalar_one())

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table, in the order of its primary key, one at a time."""
        one = self._metadata.tables[table]
        found = self._connection.execute(
            sa.select(one).order_by(*one.primary_key.columns), execution_options={"yield_per": _BATCH}
        )
        for row in found.mappings():
            yield dict(row)

    def last_of_ledger(self) -> tuple[int, str]:
        """How many entries the ledger has, and the hash of its last; 0 and "" without any."""
        if _LEDGER not in self._metadata.tables:
            return 0, ""
        ledger = self._metadata.tables[_LEDGER].c
        row = self._connection.execute(sa.select(ledger.seq, ledger.hash).order_by(ledger.seq.desc()).limit(1)).first()
        return (0, "") if row is None else (int(row[0]), str(row[1]))


@contextmanager
def all_rows(storage: Storage) -> Iterator[StateRows]:
    """Everything that is kept, while others go on writing; raises `DataError` when it cannot be read."""
    with reading(storage) as connection:
        yield StateRows(connection)


def is_empty(storage: Storage) -> bool:
    """Whether nothing is kept there."""
    with all_rows(storage) as there:
        return not any(there.count(table) for table in there.tables)


def put_rows(storage: Storage, schema: str, tables: Iterable[tuple[str, Iterable[Row]]]) -> None:
    """Keep exactly these rows, which were read from a database of the form `schema`, and bring them forward.

    All of it is one transaction: what was kept before goes only when all of the new is there. Raises `DataError` when this
    version does not know `schema`, or rows do not fit it.
    """
    with transaction(storage) as connection:
        _drop(connection)
        migrate(connection, schema)
        metadata = _reflected(connection)
        for name, rows in tables:
            try:
                _insert(connection, metadata, name, rows)
            except (sa.exc.IntegrityError, sa.exc.DataError, sa.exc.ProgrammingError) as error:
                raise _misfit(name) from error
        migrate(connection)


def _insert(connection: sa.Connection, metadata: sa.MetaData, name: str, rows: Iterable[Row]) -> None:
    if name not in metadata.tables:
        raise _misfit(name)
    table = metadata.tables[name]
    columns = {column.name for column in table.columns}
    left = iter(rows)
    while some := [dict(row) for row in islice(left, _BATCH)]:
        if any(set(row) != columns for row in some):
            raise _misfit(name)
        connection.execute(sa.insert(table), some)


def _drop(connection: sa.Connection) -> None:
    """Take our own tables away; a database may hold those of others too."""
    ours = _our_tables() | {_VERSION}
    there = sa.MetaData()
    there.reflect(connection, only=lambda name, _: name in ours)
    for table in reversed(there.sorted_tables):
        connection.execute(sa.schema.DropTable(table))
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {_GUARD}()")


@cache
def _our_tables() -> frozenset[str]:
    engine = open_storage()
    names = frozenset(sa.inspect(engine).get_table_names()) - {_VERSION}
    engine.dispose()
    return names


def _reflected(connection: sa.Connection) -> sa.MetaData:
    ours = _our_tables()
    metadata = sa.MetaData()
    metadata.reflect(connection, only=lambda name, _: name in ours)
    return metadata


def _misfit(table: str) -> DataError:
    return DataError(
        Text(
            f"表「{table}」的内容与它自称的结构不符，没有改动任何内容。请用另一份备份。",
            f"The rows of table {table!r} do not fit the schema that they are said to have; nothing was changed. "
            "Use another backup.",
        )
    )
