"""When did somebody become what they are: a day has one value, and late rows correct the days before."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.ingestion.tagging.refresh import TagRefresh
from semantic_layer.ingestion.tagging.versions import Versions
from tests.semantic_layer.compiler import tiny
from tests.semantic_layer.ingestion.tagging.shop import MODEL, NOW, at, book, built, opened, quiet, read, rows

STAGE = "SELECT value, since, until FROM tag_history WHERE customer_key = 5 AND tag = 'stage' ORDER BY since"
DAY = tiny.TODAY


def on(days: int) -> date:
    return DAY + timedelta(days=days)


def test_the_first_version_begins_the_history(tmp_path: Path) -> None:
    _, _, engine = opened(tmp_path)
    assert read(engine, STAGE) == [("never", DAY, None)]
    # unknown values have no row: 5 attributes, stages and shares less one birthday; four favourite kinds
    assert read(engine, "SELECT tag, COUNT(*) FROM tag_history GROUP BY tag ORDER BY tag") == [
        ("big_spender", 5),
        ("birth_month", 4),
        ("favourite_kind", 4),
        ("stage", 5),
    ]
    engine.close()


@pytest.mark.slow
def test_two_values_of_one_day_leave_the_last(tmp_path: Path) -> None:
    _, refresh, engine = opened(tmp_path)
    refresh.apply(rows(purchases=[(11, 5, at(2026, 10, 31, 10), "web", "5.00", False)]))
    assert engine.refresh()
    assert read(engine, STAGE) == [("active", DAY, None)]
    refresh.apply(rows(purchases=[(11, 5, at(2026, 1, 31, 10), "web", "5.00", False)]))
    assert engine.refresh()
    assert read(engine, STAGE) == [("lapsed", DAY, None)]
    engine.close()


@pytest.mark.slow
def test_days_follow_each_other(tmp_path: Path) -> None:
    _, refresh, engine = opened(tmp_path)
    refresh.full(progress=quiet, as_of=on(1))
    refresh.apply(rows(purchases=[(11, 5, at(2026, 11, 1, 10), "web", "5.00", False)]))
    refresh.full(progress=quiet, as_of=on(3))
    assert engine.refresh()
    assert read(engine, STAGE) == [("never", DAY, on(1)), ("active", on(1), None)]
    refresh.full(progress=quiet, as_of=on(80))
    assert engine.refresh()
    assert read(engine, STAGE) == [("never", DAY, on(1)), ("active", on(1), on(80)), ("lapsed", on(80), None)]
    engine.close()


def test_a_late_row_corrects_the_days_since_it_happened(tmp_path: Path) -> None:
    _, refresh, engine = opened(tmp_path)
    for days in (1, 2, 3):
        refresh.full(progress=quiet, as_of=on(days))
    applied = refresh.apply(rows(purchases=[(11, 5, at(2026, 11, 1, 10), "web", "5.00", False)]))
    assert applied.corrected == (on(1), on(2))
    assert engine.refresh()
    assert read(engine, STAGE) == [("never", DAY, on(1)), ("active", on(1), None)]
    refresh.apply(rows(purchases=[(11, 5, at(2026, 11, 2, 10), "web", "5.00", False)]))
    assert engine.refresh()
    assert read(engine, STAGE) == [("never", DAY, on(2)), ("active", on(2), None)]
    others = "SELECT COUNT(*) FROM tag_history WHERE customer_key <> 5 AND since <> ? AND tag <> 'big_spender'"
    assert read(engine, others.replace("?", f"DATE '{DAY}'")) == [(0,)]
    engine.close()


@pytest.mark.slow
def test_what_is_older_than_the_results_kept_is_forgotten(tmp_path: Path) -> None:
    versions = Versions(tmp_path)
    refresh = TagRefresh(versions, book(MODEL), clock=lambda: NOW, keep=2)
    refresh.full(progress=quiet, build=built)
    refresh.apply(rows(purchases=[(11, 5, at(2026, 10, 31, 10), "web", "5.00", False)]))
    for days in (80, 81, 82):
        refresh.full(progress=quiet, as_of=on(days))
    with_engine = DuckDBEngine.open_version(tmp_path)
    assert read(with_engine, STAGE) == [("lapsed", on(80), None)]
    assert read(with_engine, "SELECT COUNT(*) FROM tag_runs WHERE tag = 'stage'") == [(2,)]
    assert refresh.runs()["stage"].data_date == on(82)
    with_engine.close()
