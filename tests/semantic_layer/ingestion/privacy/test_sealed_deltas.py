"""Rows that come in after a base was sealed are sealed before they are written."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from semantic_layer.errors import DataError
from semantic_layer.ingestion.privacy.sealing import EncryptedValues, Sealer, seal_columns
from semantic_layer.ingestion.tagging.bench import Bench
from semantic_layer.ingestion.tagging.changes import Changes
from semantic_layer.ingestion.tagging.refresh import TagRefresh
from semantic_layer.ingestion.tagging.versions import Versions
from tests.semantic_layer.compiler import tiny
from tests.semantic_layer.ingestion.tagging.shop import MODEL, NOW, book, quiet

KEY = "a key of some length"
SECRET = "a channel that is nobody's business"


def refreshing(folder: Path, sealer: Sealer | None) -> TagRefresh:
    return TagRefresh(Versions(folder), book(MODEL), clock=lambda: NOW, sealer=sealer)


def sealed(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(tiny.TABLES)
        seal_columns(connection, "purchases", ("channel",), EncryptedValues(KEY))


def one_more(bench: Bench, changes: Changes) -> None:
    rows, _ = changes.stage("purchases")
    bench.run(f"INSERT INTO {rows} SELECT * REPLACE (? AS channel) FROM target.main.purchases LIMIT 1", [SECRET])


def test_a_delta_holds_what_it_brings_sealed(tmp_path: Path) -> None:
    refresh = refreshing(tmp_path, EncryptedValues(KEY))
    refresh.full(progress=quiet, build=sealed)
    version = refresh.apply(one_more).version
    assert version.delta is not None
    assert SECRET.encode() not in version.delta.read_bytes()
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{version.base}' AS base (READ_ONLY)")
        connection.execute(f"ATTACH '{version.delta}' AS laid (READ_ONLY)")
        stored = connection.execute("SELECT channel FROM laid.delta.purchases").fetchall()
        assert [EncryptedValues(KEY).open(channel) for (channel,) in stored] == [SECRET]


def test_without_the_key_no_row_is_added(tmp_path: Path) -> None:
    refreshing(tmp_path, EncryptedValues(KEY)).full(progress=quiet, build=sealed)
    with pytest.raises(DataError) as refused:
        refreshing(tmp_path, None).apply(one_more)
    assert "QUNXIANG_DATA_KEY" in refused.value.message.en
    version = Versions(tmp_path).current()
    assert version is not None
    assert version.delta is None
