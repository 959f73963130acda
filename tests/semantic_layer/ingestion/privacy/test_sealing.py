"""Personal values on disk: unreadable without the key, equal where they were equal, readable again with it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer.errors import DataError
from semantic_layer.ingestion.privacy.sealing import (
    EncryptedValues,
    HashedValues,
    Sealer,
    seal_columns,
    sealed_columns,
)

KEY = "a key of some length"


@given(st.text(min_size=0, max_size=40))
def test_what_is_encrypted_can_be_read_again_with_the_same_key_only(value: str) -> None:
    sealed = EncryptedValues(KEY).seal(value)
    assert EncryptedValues(KEY).open(sealed) == value or value.startswith("enc1:")
    with pytest.raises(DataError):
        EncryptedValues("another key of some length").open(sealed)


@pytest.mark.parametrize("sealer", [EncryptedValues(KEY), HashedValues(KEY)])
def test_equal_stays_equal_and_twice_is_once(sealer: Sealer) -> None:
    first, second = sealer.seal("13812345678"), sealer.seal("13812345678")
    assert first == second
    assert "138" not in first
    assert sealer.seal(first) == first
    assert sealer.seal("13812345679") != first


def test_a_changed_byte_is_noticed() -> None:
    sealed = EncryptedValues(KEY).seal("13812345678")
    with pytest.raises(DataError):
        EncryptedValues(KEY).open(sealed[:-4] + ("AAA=" if not sealed.endswith("AAA=") else "BBB="))


def test_a_short_key_is_refused_with_what_to_do() -> None:
    with pytest.raises(DataError) as refused:
        HashedValues("short")
    assert "QUNXIANG_DATA_KEY" in refused.value.message.zh


@pytest.mark.parametrize("sealer", [EncryptedValues(KEY), HashedValues(KEY)])
def test_no_plain_value_is_left_in_the_file(sealer: Sealer, tmp_path: Path) -> None:
    path = tmp_path / "snapshot.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE customers (customer_key INTEGER, phone VARCHAR, city VARCHAR)")
        rows = [[n, f"1381234{n % 50:04}" if n % 7 else None, "上海"] for n in range(1000)]
        connection.executemany("INSERT INTO customers VALUES (?, ?, ?)", rows)
        seal_columns(connection, "customers", ("phone",), sealer)
        seal_columns(connection, "customers", ("phone",), sealer)
        assert sealed_columns(connection) == (("customers", "phone"),)
        found = connection.execute("SELECT customer_key, phone, city FROM customers ORDER BY 1").fetchall()
    assert [(key, city) for key, _, city in found] == [(key, city) for key, _, city in rows]
    assert [phone is None for _, phone, _ in found] == [phone is None for _, phone, _ in rows]
    with duckdb.connect(str(tmp_path / "copy.duckdb")) as copy:
        copy.execute(f"ATTACH '{path}' AS old (READ_ONLY)")
        copy.execute("CREATE TABLE customers AS SELECT * FROM old.customers")
    assert b"1381234" not in (tmp_path / "copy.duckdb").read_bytes()
