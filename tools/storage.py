"""Where application state lives: a SQLAlchemy engine for SQLite or PostgreSQL, its migrations, and two kinds of transaction.

Customer data is not kept here. Stores are written for one writer at a time; both databases see to that, so that they behave
alike: SQLite by its write lock, PostgreSQL by an advisory lock that lasts as long as the transaction.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from semantic_layer.errors import DataError, Text
from tools.storage_postgresql import READS, is_postgresql, open_postgresql

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_BUSY_MS: Final = 10_000
_OWNER_ONLY: Final = 0o600  # digests of passwords and keys are inside
_ALEMBIC: Final = (
    threading.Lock()
)  # its `op` and `context` belong to the process, so one database is migrated at a time

Storage = sa.Engine
"""What `open_storage` opens; whoever wires parts hands it on without knowing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The form of the tables: `current` as they are, "" when there are none yet; `newest` as this version has them."""

    current: str
    newest: str


def open_storage(url: str = "sqlite:///:memory:") -> sa.Engine:
    """An engine with all tables up to date. Creates the folder of a SQLite file.

    Raises:
        DataError: the address is of another kind, the database cannot be reached or written, or a newer version of the
            product has migrated it.
    """
    engine = connect_storage(url)
    try:
        with transaction(engine) as connection:
            migrate(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def connect_storage(url: str) -> sa.Engine:
    """An engine whose tables are as they were found; raises `DataError` as `open_storage` does."""
    try:
        address = sa.make_url(url)
        if address.drivername == "sqlite":
            return _open_sqlite(address)
        if is_postgresql(address):
            return open_postgresql(address)
    except (OSError, SQLAlchemyError, ValueError) as error:
        raise _cannot(error) from None  # what caused it may hold the address with its password
    raise DataError(
        Text(
            f"不支持「{address.drivername}」这种应用数据库。可以用 sqlite:///文件 或 postgresql://用户:密码@主机/库名。",
            f"Application databases of the kind {address.drivername!r} are not supported. "
            "Use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE.",
        ),
        suggestions=("postgresql",) if "postgres" in address.drivername else ("sqlite", "postgresql"),
    )


def migrate(connection: sa.Connection, to: str = "head") -> None:
    """Bring the tables forward to the newest form, or to one revision; does nothing when they are there.

    All of it belongs to the transaction of the connection: an interruption leaves the tables as they were. Raises
    `DataError` when they are of a form that this version does not know.
    """
    scripts = ScriptDirectory(str(_MIGRATIONS))
    schema = schema_of(connection, scripts)
    known = {script.revision for script in scripts.walk_revisions()}
    if schema.current and schema.current not in known:
        raise _newer(schema)
    if to != "head" and to not in known:
        raise _newer(Schema(current=to, newest=schema.newest))
    if schema.current == (schema.newest if to == "head" else to):
        return
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _ALEMBIC:
        command.upgrade(config, to)


def schema_of(connection: sa.Connection, scripts: ScriptDirectory | None = None) -> Schema:
    """In which form the tables of an open database are."""
    newest = (scripts or ScriptDirectory(str(_MIGRATIONS))).get_current_head() or ""
    return Schema(current=MigrationContext.configure(connection).get_current_revision() or "", newest=newest)


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """All or nothing, one writer at a time. A full disk, a locked or unreachable database becomes `DataError`; broken
    rules pass through as `IntegrityError`.
    """
    with _guarded(engine) as connection:
        yield connection


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One unchanging view of everything, which keeps no writer waiting. Errors as in `transaction`."""
    with _guarded(engine.execution_options(**{READS: True})) as connection:
        yield connection


@contextmanager
def _guarded(engine: sa.Engine) -> Iterator[sa.Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except IntegrityError:
        raise
    except (DBAPIError, sa.exc.TimeoutError, sa.exc.PendingRollbackError) as error:
        raise _cannot(error) from error


def _open_sqlite(address: sa.URL) -> sa.Engine:
    in_memory = address.database in (None, "", ":memory:")
    if not in_memory:
        file = Path(str(address.database))
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))  # what SQLite puts beside it has the same mode
    options: dict[str, bool] = {"check_same_thread": False}
    pool = sa.StaticPool if in_memory else sa.NullPool
    engine = sa.create_engine(address, connect_args=options, poolclass=pool, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        cursor = connection.cursor()
        for pragma in (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    turn = _Turn()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        if connection.get_execution_options().get(READS):
            connection.exec_driver_sql("BEGIN")
            return
        # A transaction that reads and then writes must hold the write lock from its start, or two could deadlock.
        turn.take()
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            turn.leave()
            raise

    @sa.event.listens_for(engine, "commit")
    @sa.event.listens_for(engine, "rollback")
    def _end(_connection: sa.Connection) -> None:
        turn.leave()

    return engine


class _Turn:
    """Writers of this process one after the other: SQLite lets whoever happens to try next go first, so that with many
    threads one of them can wait until it gives up. A thread that does not get its turn in time tries without it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mine = threading.local()

    def take(self) -> None:
        if not getattr(self._mine, "held", False):  # else this thread already writes
            self._mine.held = self._lock.acquire(timeout=_BUSY_MS / 1000)

    def leave(self) -> None:
        if getattr(self._mine, "held", False):
            self._mine.held = False
            self._lock.release()


def _newer(schema: Schema) -> DataError:
    return DataError(
        Text(
            f"应用数据库的结构是 {schema.current}，比这个版本认识的 {schema.newest} 新，没有改动任何内容。"
            "请安装写入它的那个版本，或用 QUNXIANG_STATE_URL 指定另一个数据库。",
            f"The application database has the schema {schema.current}, newer than {schema.newest}, the newest that this "
            "version knows; nothing was changed. Install the version that wrote it, or name another database in "
            "QUNXIANG_STATE_URL.",
        )
    )


def _cannot(error: Exception) -> DataError:
    reason = _said(getattr(error, "orig", None) or error)
    return DataError(
        Text(
            zh=f"应用数据库不能读写：{reason}。请检查磁盘空间、权限和地址。",
            en=f"The application database cannot be read or written: {reason}. Check disk space, permissions and address.",
        )
    )


def _said(error: BaseException) -> str:
    """The reason in a line. PostgreSQL's driver gives the fields of the server's message, of which one is for people."""
    fields = error.args[0] if error.args else ""
    said = str(fields.get("M", "")) if isinstance(fields, dict) else str(error).split("\n", 1)[0]
    cause = error.__cause__
    if isinstance(cause, OSError) and cause.strerror and cause.strerror not in said:
        said = f"{said.rstrip('.')}: {cause.strerror}"
    return said.rstrip(".")
