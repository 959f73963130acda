"""Personal values as they stand on disk: encrypted, or hashed with a key. Equal values stay equal, so that rows still join.

Encryption is AES-SIV (RFC 5297): deterministic by design, and a changed byte is noticed. Hashing is HMAC-SHA-256: it cannot
be taken back, so whoever chooses it gives up exporting contacts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import duckdb
import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from semantic_layer.engines.sealed import SEALED_TABLE, Opener
from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.names import identifier, qualified

_ENCRYPTED: Final = "enc1:"
_HASHED: Final = "mac1:"
_SHORTEST_KEY: Final = 16


class Sealer(Opener, Protocol):
    """Turns personal values into what may lie on disk, and opens them again. What is sealed already is left as it is."""

    def seal(self, value: str) -> str: ...


class EncryptedValues:
    """Values that can be read again by whoever has the key."""

    def __init__(self, key: str) -> None:
        self._cipher = AESSIV(hashlib.sha512(b"qunxiang personal columns" + _checked(key)).digest())

    def seal(self, value: str) -> str:
        if value.startswith(_ENCRYPTED):
            return value
        return _ENCRYPTED + base64.b64encode(self._cipher.encrypt(value.encode(), None)).decode()

    def open(self, value: str) -> str:
        if not value.startswith(_ENCRYPTED):
            return value
        try:
            return self._cipher.decrypt(base64.b64decode(value.removeprefix(_ENCRYPTED)), None).decode()
        except (InvalidTag, ValueError) as error:
            raise _another_key() from error


class HashedValues:
    """Values that nobody can read again; only whether two are the same."""

    def __init__(self, key: str) -> None:
        self._key = _checked(key)

    def seal(self, value: str) -> str:
        if value.startswith(_HASHED):
            return value
        return _HASHED + hmac.new(self._key, value.encode(), hashlib.sha256).hexdigest()[:32]

    def open(self, value: str) -> str:
        """The hash itself. Raises `DataError` for what was encrypted, which is no hash to show."""
        if value.startswith(_ENCRYPTED):
            raise _another_key()
        return value


def seal_columns(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], sealer: Sealer) -> None:
    """Seal text columns of `main.table`, and write down in `sealed_columns` which they are. Sealing twice changes nothing."""
    connection.execute(f"CREATE TABLE IF NOT EXISTS {SEALED_TABLE} (table_name VARCHAR, column_name VARCHAR)")
    for column in columns:
        seal_values(connection, qualified("main", table), identifier(column), sealer.seal)
        connection.execute(f"DELETE FROM {SEALED_TABLE} WHERE table_name = ? AND column_name = ?", [table, column])
        connection.execute(f"INSERT INTO {SEALED_TABLE} VALUES (?, ?)", [table, column])


def sealed_columns(connection: duckdb.DuckDBPyConnection) -> tuple[tuple[str, str], ...]:
    """The (table, column) pairs that are sealed in this file."""
    there = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [SEALED_TABLE]).fetchall()
    if not there[0][0]:
        return ()
    return tuple(connection.execute(f"SELECT table_name, column_name FROM {SEALED_TABLE} ORDER BY ALL").fetchall())


def seal_values(connection: duckdb.DuckDBPyConnection, table: str, column: str, seal: Callable[[str], str]) -> None:
    """Seal one text column of a table, both as they stand in a statement; each distinct value once."""
    found = connection.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL").fetchall()
    plain = [str(value) for (value,) in found]
    pairs = pa.table({"plain": pa.array(plain, pa.string()), "sealed": pa.array(map(seal, plain), pa.string())})
    connection.register("sealing_pairs", pairs)
    try:
        connection.execute(
            f"UPDATE {table} SET {column} = sealing_pairs.sealed FROM sealing_pairs WHERE {column} = sealing_pairs.plain"
        )
    finally:
        connection.unregister("sealing_pairs")


def _checked(key: str) -> bytes:
    if len(key) < _SHORTEST_KEY:
        raise DataError(
            Text(
                zh=f"个人信息列的密钥太短（{len(key)} 个字符）。请设置至少 {_SHORTEST_KEY} 个字符的 QUNXIANG_DATA_KEY 或 QUNXIANG_DATA_KEY_FILE。",
                en=f"The key for personal columns is too short ({len(key)} characters). Set QUNXIANG_DATA_KEY or "
                f"QUNXIANG_DATA_KEY_FILE to at least {_SHORTEST_KEY} characters.",
            )
        )
    return key.encode()


def _another_key() -> DataError:
    return DataError(
        Text(
            zh="个人信息列是用另一把密钥加密的。请使用导入数据时的密钥，或用现在的密钥重新导入。",
            en="Personal columns were encrypted with another key. Use the key of the load, or load again with this one.",
        )
    )
