"""Readers see one version at a time; the last good one stays when an attempt fails, and says so."""

from __future__ import annotations

import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.engines.version import manifest_of, read_version
from semantic_layer.errors import DataError
from semantic_layer.ingestion.tagging.bench import Bench
from semantic_layer.ingestion.tagging.changes import Changes
from semantic_layer.ingestion.tagging.versions import Versions, freshness
from tests.semantic_layer.compiler import tiny
from tests.semantic_layer.ingestion.tagging.shop import (
    MODEL,
    NOW,
    Truth,
    at,
    both,
    built,
    opened,
    quiet,
    read,
    rows,
    shop,
)

TAGS = "SELECT * FROM customer_tags ORDER BY ALL"
SALE = (11, 5, at(2026, 10, 30, 10), "web", "500.00", True)


def broken(_bench: Bench, _changes: Changes) -> None:
    raise duckdb.IOException("No space left on device")


def test_nothing_is_published_at_first(tmp_path: Path) -> None:
    versions, refresh = shop(tmp_path)
    assert versions.current() is None
    assert freshness(tmp_path) is None
    assert refresh.runs() == {}
    for attempt in (lambda: refresh.apply(rows()), lambda: refresh.full(progress=quiet)):
        with pytest.raises(DataError, match="No version"):
            attempt()
    with pytest.raises(DataError, match="no published version"):
        DuckDBEngine.open_version(tmp_path)


@pytest.mark.slow
def test_each_version_is_whole_and_the_one_before_is_read_to_its_end(tmp_path: Path) -> None:
    _, refresh, engine = opened(tmp_path)
    assert engine.refresh() is False
    with engine._cursor() as running:
        running.execute("SELECT COUNT(*) FROM purchases")
        refresh.apply(rows(purchases=[SALE]))
        refresh.apply(rows(purchases=[(12, *SALE[1:])]))
        refresh.full(progress=quiet)
        assert engine.refresh() is True
        assert running.execute("SELECT COUNT(*) FROM purchases").fetchall() == [(9,)]
    assert read(engine, "SELECT COUNT(*) FROM purchases") == [(11,)]
    assert engine.data_date() is None  # the tiny shop writes none down
    engine.close()


@pytest.mark.slow
def test_the_last_two_versions_stay_on_disk(tmp_path: Path) -> None:
    _, refresh, engine = opened(tmp_path)
    for number in range(11, 15):
        refresh.apply(rows(purchases=[(number, *SALE[1:])]))
    names = sorted(path.name for path in tmp_path.iterdir() if path.suffix in (".duckdb", ".delta"))
    assert names == ["current.000000000001.duckdb", "current.000000000004.delta", "current.000000000005.delta"]
    refresh.full(progress=quiet)
    refresh.full(progress=quiet)
    names = sorted(path.name for path in tmp_path.iterdir() if path.suffix in (".duckdb", ".delta"))
    assert names == ["current.000000000006.duckdb", "current.000000000007.duckdb"]
    assert read(engine, "SELECT COUNT(*) FROM purchases") == [(9,)]  # opened on the first, whose file is gone by now
    assert engine.refresh()
    assert read(engine, "SELECT COUNT(*) FROM purchases") == [(13,)]
    engine.close()


def test_a_failed_attempt_leaves_the_version_and_says_so(tmp_path: Path) -> None:
    versions, refresh, engine = opened(tmp_path)
    before = versions.current()
    with pytest.raises(DataError, match="disk is full"):
        refresh.apply(both(rows(purchases=[SALE]), broken))
    found = freshness(tmp_path)
    assert found is not None
    assert (found.data_date, found.failed_at) == (tiny.TODAY, NOW)
    assert found.why is not None
    assert "磁盘空间不足" in found.why.zh
    assert engine.refresh() is False
    assert engine.version().why == found.why  # type: ignore[union-attr]
    assert before is not None
    assert versions.current().files == before.files  # type: ignore[union-attr]
    assert [path.name for path in tmp_path.iterdir() if "unfinished" in path.name] == []
    refresh.apply(rows(purchases=[SALE]), events=1)
    found = freshness(tmp_path)
    assert found is not None
    assert (found.failed_at, found.why, found.delta_events) == (None, None, 1)
    engine.close()


def test_a_disk_that_is_full_costs_nothing_but_the_attempt(tmp_path: Path) -> None:
    versions, refresh, engine = opened(tmp_path)
    with small_disk(300_000), pytest.raises(DataError):
        refresh.apply(rows(purchases=[SALE]))
    with small_disk(1_000), pytest.raises(DataError):
        refresh.full(progress=quiet)
    assert versions.current().serial == 1  # type: ignore[union-attr]
    assert engine.refresh() is False
    assert read(engine, TAGS) == Truth().tags()
    refresh.apply(rows(purchases=[SALE]))
    assert engine.refresh()
    assert read(engine, "SELECT COUNT(*) FROM purchases") == [(10,)]
    engine.close()


def test_rows_that_come_while_everything_is_computed_are_in_the_new_base(tmp_path: Path) -> None:
    versions, refresh, engine = opened(tmp_path)
    truth = Truth()
    refresh.apply(rows(purchases=[SALE]), events=1)
    truth.put("purchases", "purchase_id", SALE)
    meanwhile = [(11, 5, SALE[2], "web", "600.00", True), (12, 2, SALE[2], "web", "700.00", True)]

    def progress(_stage: str, done: int, _total: int) -> None:
        if done == 1:
            refresh.apply(rows(purchases=meanwhile), events=2)
            refresh.apply(rows(visits=[(7, 5, SALE[2])]), events=1)

    refresh.full(progress=progress)
    for row in meanwhile:
        truth.put("purchases", "purchase_id", row)
    assert engine.refresh()
    assert engine.path.name.endswith("5.duckdb")
    assert read(engine, TAGS) == truth.tags()
    assert read(engine, "SELECT COUNT(*), COUNT(DISTINCT purchase_id), SUM(amount) FROM purchases") == (
        truth.connection.execute("SELECT COUNT(*), COUNT(DISTINCT purchase_id), SUM(amount) FROM purchases").fetchall()
    )
    assert read(engine, "SELECT COUNT(*) FROM visits") == [(7,)]
    assert versions.current().delta_events == 3  # type: ignore[union-attr]
    engine.close()


@pytest.mark.slow
def test_readers_see_one_version_while_others_are_published(tmp_path: Path) -> None:
    _, refresh, engine = opened(tmp_path)
    torn: list[object] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            engine.refresh()
            with engine._cursor() as cursor:
                found = cursor.execute(
                    "SELECT (SELECT COUNT(*) FROM purchases), (SELECT COUNT(*) FROM purchase_lines)"
                ).fetchall()
            if found[0][0] != found[0][1] - 1:
                torn.append(found)

    thread = threading.Thread(target=look)
    thread.start()
    for number in range(11, 15):
        line = (number, number, 5, SALE[2], 1, "5.00", 1)
        refresh.apply(rows(purchases=[(number, *SALE[1:])], purchase_lines=[line]))
    stop.set()
    thread.join(20)
    assert torn == []
    engine.close()


@pytest.mark.slow
def test_rows_after_the_versions_day_wait_for_the_next_full_refresh(tmp_path: Path) -> None:
    model = tiny.replace(tiny.MODEL, conventions=tiny.Conventions(as_of_from="purchase.bought_at"))
    versions, refresh, engine = opened(tmp_path, model)
    day = date(2026, 10, 1)
    assert versions.current().data_date == day  # type: ignore[union-attr]
    later = (11, 5, at(2026, 10, 2, 10), "web", "500.00", True)
    refresh.apply(rows(purchases=[later, (12, 5, at(2026, 10, 1, 10), "web", "7.00", True)]))
    assert engine.refresh()
    assert read(engine, "SELECT MAX(bought_at)::DATE, COUNT(*) FROM purchases") == [(day, 10)]
    refresh.full(progress=quiet)
    assert engine.refresh()
    assert read(engine, "SELECT MAX(bought_at)::DATE, COUNT(*) FROM purchases") == [(day + timedelta(days=1), 11)]
    assert versions.current().data_date == day + timedelta(days=1)  # type: ignore[union-attr]
    engine.close()


@pytest.mark.slow
def test_a_base_without_records_of_its_tags_asks_for_a_full_refresh(tmp_path: Path) -> None:
    _, refresh = shop(tmp_path)
    built(tmp_path / "old.duckdb")
    refresh.adopt(tmp_path / "old.duckdb")
    with pytest.raises(DataError, match="full refresh first"):
        refresh.apply(rows(purchases=[SALE]))
    refresh.full(progress=quiet)
    refresh.apply(rows(purchases=[SALE]))


def test_a_table_that_cannot_be_changed_is_named_with_those_that_can(tmp_path: Path) -> None:
    _, refresh, engine = opened(tmp_path)
    with pytest.raises(DataError, match=r"'orders'.*purchases"):
        refresh.apply(rows(orders=[(1,)]))
    engine.close()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"serial": "x"}', b'{"serial": 1}', b"\xff\xfe"])
def test_a_damaged_manifest_is_named_with_the_remedy(content: bytes, tmp_path: Path) -> None:
    manifest_of(tmp_path).write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_version(tmp_path)
    assert "current.version.json" in caught.value.message.zh
    with pytest.raises(DataError):
        DuckDBEngine.open_version(tmp_path)


def test_a_version_reads_as_it_was_written(tmp_path: Path) -> None:
    versions, _, engine = opened(tmp_path)
    engine.close()
    version = versions.current()
    assert version is not None
    assert (version.serial, version.base.name, version.delta) == (1, "current.000000000001.duckdb", None)
    assert (version.data_date, version.computed_at, version.definition) == (tiny.TODAY, NOW, MODEL.version)
    assert Versions(tmp_path, "other").current() is None


def test_a_delta_is_as_closed_as_a_base(tmp_path: Path) -> None:
    _, refresh, engine = opened(tmp_path)
    refresh.apply(rows(purchases=[SALE]))
    assert engine.refresh()
    (tmp_path / "notes.csv").write_text("a\n1\n")
    for text in (
        "CREATE TABLE t (i INTEGER)",
        "DELETE FROM base.main.members",
        "DELETE FROM delta.purchases",
        "DROP VIEW purchases",
        f"SELECT * FROM read_text('{tmp_path}/notes.csv')",
        f"ATTACH '{tmp_path}/x.db' AS x",
        f"COPY purchases TO '{tmp_path}/out.csv'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
    ):
        with engine._cursor() as cursor, pytest.raises(duckdb.Error):
            cursor.execute(text).fetchall()
    assert read(engine, "SELECT COUNT(*) FROM purchases") == [(10,)]
    assert "purchases" in dict(engine.tables())
    engine.close()


@contextmanager
def small_disk(most: int) -> Iterator[None]:
    """No file may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
