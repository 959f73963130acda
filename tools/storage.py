"""Where application state lives: a SQLAlchemy engine for SQLite or PostgreSQL, its migrations, and one kind of transaction.

Customer data is not kept here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import DBAPIError, IntegrityError

from semantic_layer.errors import DataError, Text

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_BUSY_MS: Final = 10_000

Storage = sa.Engine
"""What `open_storage` opens; whoever wires parts hands it on without knowing more."""


def open_storage(url: str = "sqlite:///:memory:") -> sa.Engine:
    """An engine with all tables up to date. Creates the folder of a SQLite file; raises `DataError` when it cannot."""
    address = sa.make_url(url)
    try:
        if address.get_backend_name() == "sqlite":
            engine = _open_sqlite(address)
        else:
            engine = sa.create_engine(address, pool_pre_ping=True)
        with transaction(engine) as connection:
            migrate(connection)
    except (OSError, sa.exc.ArgumentError) as error:
        raise _cannot(error) from error
    return engine


def migrate(connection: sa.Connection) -> None:
    """Bring the tables to the newest form; does nothing when they are."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """All or nothing. A full disk, a locked or unreachable database becomes `DataError`; broken rules pass through."""
    try:
        with engine.begin() as connection:
            yield connection
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise _cannot(error) from error


def _open_sqlite(address: sa.URL) -> sa.Engine:
    in_memory = address.database in (None, "", ":memory:")
    if not in_memory:
        Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
    options: dict[str, bool] = {"check_same_thread": False}
    engine = sa.create_engine(address, connect_args=options, poolclass=sa.StaticPool if in_memory else sa.NullPool)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", f"busy_timeout={_BUSY_MS}", "foreign_keys=ON", "synchronous=FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A transaction that reads and then writes must hold the write lock from its start, or two could deadlock.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _cannot(error: Exception) -> DataError:
    reason = str(getattr(error, "orig", None) or error)
    return DataError(
        Text(
            zh=f"应用数据库不能读写：{reason}。请检查磁盘空间、权限和地址。",
            en=f"The application database cannot be read or written: {reason}. Check disk space, permissions and address.",
        )
    )
