"""PostgreSQL for application state, through the pure-Python driver pg8000.

An address is `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`. Behind `?` may stand `host=/folder` for a Unix socket,
`sslmode=` with `disable`, `require` or `verify-full`, `sslrootcert=` with the file of its authority, and `password_file=`
with a file that holds the password, so that no setting has to.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from semantic_layer.errors import DataError, Text
from semantic_layer.model.nearest import nearest

READS: Final = "qunxiang_reads"  # execution option of transactions that only read
_NAMES: Final = frozenset({"postgresql", "postgres", "postgresql+pg8000"})
_OPTIONS: Final = ("host", "sslmode", "sslrootcert", "password_file")
_TLS: Final = ("disable", "require", "verify-full")
_LOCK: Final = (20824, 1)  # names our advisory lock among those of other users of the database
_CONNECT_SECONDS: Final = 15.0  # also for each answer of the server, so it is longer than what the server allows itself
_LIMITS: Final = {"lock_timeout": 10_000, "statement_timeout": 12_000, "idle_in_transaction_session_timeout": 60_000}


def is_postgresql(address: sa.URL) -> bool:
    return address.drivername in _NAMES


def open_postgresql(address: sa.URL) -> sa.Engine:
    """An engine over a pool that finds out before each use whether the server still knows a connection.

    Raises:
        DataError: an option of the address is not known, or a file that it names cannot be read.
    """
    options = _options(address)
    port = address.port or 5432
    arguments: dict[str, object] = {"timeout": _CONNECT_SECONDS, "application_name": "qunxiang"}
    if folder := options.get("host"):
        arguments["unix_sock"] = f"{folder}/.s.PGSQL.{port}"
    arguments["ssl_context"] = False if folder else _tls(options)
    plain = address.set(drivername="postgresql+pg8000", query={}, port=None if folder else port)
    if file := options.get("password_file"):
        plain = plain.set(password=_read(file).strip())
    engine = sa.create_engine(
        plain,
        connect_args=arguments,
        pool_size=5,
        max_overflow=10,
        pool_timeout=10,
        pool_pre_ping=True,
        pool_recycle=1800,
        hide_parameters=True,
    )
    _prepare(engine)
    return engine


def _prepare(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def _limit(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for name, milliseconds in _LIMITS.items():
            cursor.execute(f"SET {name} = {milliseconds}")
        cursor.close()
        connection.commit()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        if connection.get_execution_options().get(READS):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        else:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK[0]}, {_LOCK[1]})")

    @sa.event.listens_for(engine, "handle_error")
    def _lost(context: sa.engine.ExceptionContext) -> None:
        # An answer that came too late would be taken for the next one, and a server that says it goes down is gone.
        fields = context.original_exception.args[0] if context.original_exception.args else None
        code = str(fields.get("C", "")) if isinstance(fields, dict) else ""
        if isinstance(context.original_exception, OSError) or code.startswith("57P"):
            context.is_disconnect = True


def _options(address: sa.URL) -> dict[str, str]:
    given = {name: value if isinstance(value, str) else value[-1] for name, value in address.query.items()}
    for name in given:
        if name not in _OPTIONS:
            raise _unknown(name, _OPTIONS)
    if given.get("sslmode", _TLS[0]) not in _TLS:
        raise _unknown(given["sslmode"], _TLS)
    return given


def _tls(options: dict[str, str]) -> ssl.SSLContext | bool | None:
    """How to speak to the server: encrypted when it can, unless the address says more."""
    match options.get("sslmode"):
        case "disable":
            return False
        case "verify-full":
            return ssl.create_default_context(cafile=options.get("sslrootcert"))
        case "require":
            context = ssl.create_default_context(cafile=options.get("sslrootcert"))
            if "sslrootcert" not in options:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            return context
        case _:
            return None


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "UTF-8"
        raise DataError(
            Text(f"密码文件「{file}」读不了：{reason}。", f"The password file {file!r} cannot be read: {reason}.")
        ) from error


def _unknown(name: str, allowed: tuple[str, ...]) -> DataError:
    near = nearest(name, allowed)
    return DataError(
        Text(
            f"QUNXIANG_STATE_URL 里的「{name}」不认识。可以用：{'、'.join(allowed)}。",
            f"{name!r} in QUNXIANG_STATE_URL is not known. Allowed: {', '.join(allowed)}.",
        ),
        suggestions=near,
    )
