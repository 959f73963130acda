"""Sealed columns are read through the key, a base alone or with a delta; everything else is read without."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.engines.version import Version, body_of, manifest_of
from semantic_layer.errors import DataError
from semantic_layer.ingestion.privacy.sealing import EncryptedValues, HashedValues, Sealer, seal_columns
from semantic_layer.ingestion.snapshot import BuildLimits
from semantic_layer.ingestion.tagging.bench import delta_bench
from semantic_layer.policy.authorise import AuthorisedSql, authorise
from semantic_layer.policy.catalog import Catalog
from semantic_layer.policy.parse import parse_statement
from semantic_layer.policy.types import User
from tests.semantic_layer.policy.shop import CATALOG, POLICY, database, user

KEY = "a key of some length"
OWNER, CLERK = user("owner"), user("analyst")


def sql(text: str, who: User = OWNER, catalog: Catalog = CATALOG) -> AuthorisedSql:
    return authorise(parse_statement(text), who, catalog, POLICY)


def sealed_by(sealer: Sealer, folder: Path) -> Path:
    path = database(folder)
    with duckdb.connect(str(path)) as connection:
        seal_columns(connection, "customers", ("name", "phone", "email"), sealer)
    return path


@pytest.mark.parametrize("sealer", [EncryptedValues(KEY), HashedValues(KEY)])
def test_values_are_opened_for_who_may_see_them_and_masked_for_others(sealer: Sealer, tmp_path: Path) -> None:
    engine = DuckDBEngine(sealed_by(sealer, tmp_path), sealer=sealer)
    seen = dict(engine.run(sql("SELECT customer_key, phone FROM customers ORDER BY customer_key")).rows)
    shown = seen[1]
    assert shown == ("13511118888" if isinstance(sealer, EncryptedValues) else sealer.seal("13511118888"))
    assert seen[4] is None
    masked = dict(engine.run(sql("SELECT customer_key, phone FROM customers ORDER BY customer_key", CLERK)).rows)
    assert masked[1] not in (shown, "13511118888", sealer.seal("13511118888"))
    assert masked[4] is None
    engine.close()


def test_masks_are_those_of_the_value(tmp_path: Path) -> None:
    text = "SELECT name, phone, email FROM customers ORDER BY customer_key"
    plain = DuckDBEngine(database(tmp_path, "plain.duckdb"))
    sealed = DuckDBEngine(sealed_by(EncryptedValues(KEY), tmp_path), sealer=EncryptedValues(KEY))
    for who in (OWNER, CLERK, user("manager"), user("east")):
        assert sealed.run(sql(text, who)).rows == plain.run(sql(text, who)).rows
    assert sealed.tables() == tuple(plain.tables())
    plain.close()
    sealed.close()


class Counting:
    """Opens with the key and counts the values."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def open(self, value: str) -> str:
        self.asked.append(value)
        return EncryptedValues(KEY).open(value)


def test_a_column_that_is_not_asked_for_is_not_opened(tmp_path: Path) -> None:
    counting = Counting()
    engine = DuckDBEngine(sealed_by(EncryptedValues(KEY), tmp_path), sealer=counting)
    engine.run(sql("SELECT city, COUNT(*) AS n FROM customers GROUP BY city"))
    engine.run(sql("SELECT name FROM customers WHERE level = '金卡'", user("owner")))
    assert len(counting.asked) == 2  # the names of the two gold customers, and nobody's phone
    engine.close()


@pytest.mark.parametrize("opener", [None, EncryptedValues("another key of some length"), HashedValues(KEY)])
def test_without_the_key_only_sealed_columns_are_refused(opener: Sealer | None, tmp_path: Path) -> None:
    engine = DuckDBEngine(sealed_by(EncryptedValues(KEY), tmp_path), sealer=opener)
    with pytest.raises(DataError) as refused:
        engine.run(sql("SELECT phone FROM customers"))
    assert "密钥" in refused.value.message.zh
    assert "Python" not in refused.value.message.en
    assert engine.run(sql("SELECT COUNT(*) FROM customers")).rows == ((4,),)
    engine.close()


def with_delta(base: Path) -> Path:
    """A delta in which 张三丰 has another phone, sealed like the others."""
    delta = base.with_name("current.000000000002.delta")
    with delta_bench(delta, base, 2, {}, BuildLimits()) as bench:
        moved = EncryptedValues(KEY).seal("13700001111")
        bench.replace_rows(
            "customers",
            ("customer_key",),
            "SELECT 1::INTEGER AS customer_key",
            f"SELECT * REPLACE ('{moved}' AS phone) FROM base.main.customers WHERE customer_key = 1",
        )
    return delta


def test_a_delta_is_laid_over_before_values_are_opened(tmp_path: Path) -> None:
    base = sealed_by(EncryptedValues(KEY), tmp_path)
    engine = DuckDBEngine(base, delta=with_delta(base), sealer=EncryptedValues(KEY))
    rows = engine.run(sql("SELECT customer_key, phone FROM customers ORDER BY customer_key")).rows
    assert rows == ((1, "13700001111"), (2, "13511118889"), (3, "13511118880"), (4, None))
    engine.close()


def test_a_reader_moves_to_a_sealed_version_with_the_next_statement(tmp_path: Path) -> None:
    now = [0.0]
    base = database(tmp_path, "current.000000000001.duckdb")
    publish(Version(serial=1, base=base))
    engine = DuckDBEngine.open_version(tmp_path, sealer=EncryptedValues(KEY), seconds=lambda: now[0])
    text = sql("SELECT phone FROM customers WHERE customer_key = 1")
    assert engine.run(text).rows == (("13511118888",),)
    newer = tmp_path / "current.000000000002.duckdb"
    newer.write_bytes(base.read_bytes())
    with duckdb.connect(str(newer)) as connection:
        seal_columns(connection, "customers", ("phone",), EncryptedValues(KEY))
    delta = with_delta(newer)
    publish(Version(serial=2, base=newer, delta=delta))
    assert engine.run(text).rows == (("13511118888",),)  # looked at a moment ago
    now[0] = 0.6
    assert engine.run(text).rows == (("13700001111",),)
    assert (engine.path, engine.delta) == (newer, delta)
    engine.close()


def test_a_version_that_cannot_be_opened_leaves_the_open_one_and_is_tried_again(tmp_path: Path) -> None:
    now = [0.0]
    base = database(tmp_path, "current.000000000001.duckdb")
    publish(Version(serial=1, base=base))
    engine = DuckDBEngine.open_version(tmp_path, seconds=lambda: now[0])
    text = sql("SELECT COUNT(*) FROM customers")
    engine.run(text)
    newer = tmp_path / "current.000000000002.duckdb"
    publish(Version(serial=2, base=newer))
    now[0] = 1.0
    assert engine.run(text).rows == ((4,),)
    assert engine.path == base
    newer.write_bytes(base.read_bytes())
    now[0] = 2.0
    engine.run(text)
    assert engine.path == newer
    engine.close()
    now[0] = 3.0
    with pytest.raises(DataError):
        engine.run(text)


def test_nothing_can_be_written_where_views_stand_in_memory(tmp_path: Path) -> None:
    engine = DuckDBEngine(sealed_by(EncryptedValues(KEY), tmp_path), sealer=EncryptedValues(KEY))
    with engine._cursor() as cursor:  # statements that authorise() never lets through
        for harm in ("CREATE TABLE t (i INTEGER)", "DROP VIEW customers", "SET memory_limit='9GB'"):
            with pytest.raises(duckdb.Error):
                cursor.execute(harm)
    engine.close()


def publish(version: Version) -> None:
    manifest_of(version.base.parent).write_text(body_of(version), encoding="utf-8")
