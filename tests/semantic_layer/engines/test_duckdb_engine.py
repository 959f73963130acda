"""The engine keeps its promises: limits, cancel, two people at once, swaps, clear words for broken files, and the lock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from semantic_layer.engines.base import Cancel
from semantic_layer.engines.duckdb import DuckDBEngine, latest_snapshot
from semantic_layer.errors import CancelledError, DataError, TooLongError
from semantic_layer.policy.authorise import AuthorisedSql, authorise
from semantic_layer.policy.parse import parse_statement
from semantic_layer.policy.types import Limits, Policy
from tests.semantic_layer.policy.shop import CATALOG, POLICY, database, user

# 6^15 rows, each needed: no machine finishes it inside a test.
ENDLESS = f"SELECT SUM({' + '.join(f'o{i}.order_id' for i in range(15))}) AS s FROM " + ", ".join(
    f"orders AS o{i}" for i in range(15)
)
# A list of all rows of 6^9: it holds more than a small limit allows.
HUGE = "SELECT LENGTH(STRING_AGG(o1.channel || o2.order_id, '-')) FROM " + ", ".join(
    f"orders AS o{i}" for i in range(10)
)


def sql(text: str, policy: Policy = POLICY) -> AuthorisedSql:
    return authorise(parse_statement(text), user("owner"), CATALOG, policy)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(database(tmp_path), Limits(seconds=20))
    yield engine
    engine.close()


def limited(folder: Path, limits: Limits) -> DuckDBEngine:
    return DuckDBEngine(database(folder), limits)


def test_gives_names_and_rows(engine: DuckDBEngine) -> None:
    result = engine.run(sql("SELECT city, region FROM cities ORDER BY city LIMIT 2"))
    assert result.names == ("city", "region")
    assert result.rows == (("上海", "华东"), ("北京", "华北"))


def test_knows_its_tables(engine: DuckDBEngine) -> None:
    tables = dict(engine.tables())
    assert tables["cities"] == (("city", "VARCHAR"), ("region", "VARCHAR"), ("mayor", "VARCHAR"))
    assert "orders" in tables


def test_the_data_date_is_what_the_load_wrote(tmp_path: Path, engine: DuckDBEngine) -> None:
    assert engine.data_date() is None
    path = tmp_path / "dated.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE snapshot_info AS SELECT DATE '2026-03-31' AS data_date, 'x' AS source")
    dated = DuckDBEngine(path)
    assert dated.data_date() == date(2026, 3, 31)
    dated.close()


# Limits


def test_too_long_is_stopped_and_the_engine_lives_on(tmp_path: Path) -> None:
    engine = limited(tmp_path, Limits(seconds=0.3))
    with pytest.raises(TooLongError) as caught:
        engine.run(sql(ENDLESS))
    assert "0.3" in caught.value.message.zh
    assert engine.run(sql("SELECT COUNT(*) FROM cities")).rows == ((3,),)
    engine.close()


def test_too_much_memory_is_stopped_and_the_engine_lives_on(tmp_path: Path) -> None:
    engine = limited(tmp_path, Limits(memory_mb=40, seconds=60))
    with pytest.raises(TooLongError) as caught:
        engine.run(sql(HUGE))
    assert "40 MB" in caught.value.message.en
    assert engine.run(sql("SELECT COUNT(*) FROM cities")).rows == ((3,),)
    engine.close()


def test_too_many_rows_are_said_not_cut(tmp_path: Path) -> None:
    limits = Limits(rows=5)
    engine = limited(tmp_path, limits)
    policy = Policy(roles=POLICY.roles, limits=limits)
    with pytest.raises(TooLongError) as caught:
        engine.run(sql("SELECT order_id FROM orders", policy))
    assert "5" in caught.value.message.zh
    assert len(engine.run(sql("SELECT order_id FROM orders LIMIT 5", policy)).rows) == 5
    engine.close()


# Cancel


def test_stop_from_another_thread_ends_the_statement(engine: DuckDBEngine) -> None:
    cancel = Cancel()
    threading.Timer(0.2, cancel.press).start()
    with pytest.raises(CancelledError):
        engine.run(sql(ENDLESS), cancel=cancel)
    assert engine.run(sql("SELECT COUNT(*) FROM cities")).rows == ((3,),)


def test_stop_before_the_start_runs_nothing(engine: DuckDBEngine) -> None:
    cancel = Cancel()
    cancel.press()
    with pytest.raises(CancelledError):
        engine.run(sql("SELECT 1"), cancel=cancel)


def test_stop_pressed_while_the_statement_is_being_prepared_is_not_lost(engine: DuckDBEngine) -> None:
    for _ in range(20):
        cancel = Cancel()
        threading.Thread(target=cancel.press).start()
        with pytest.raises(CancelledError):
            engine.run(sql(ENDLESS), cancel=cancel)


def test_stopping_one_leaves_the_other_alone(engine: DuckDBEngine) -> None:
    cancel = Cancel()
    ended: list[str] = []

    def endless() -> None:
        try:
            engine.run(sql(ENDLESS), cancel=cancel)
        except CancelledError:
            ended.append("stopped")

    thread = threading.Thread(target=endless)
    thread.start()
    for _ in range(20):
        assert engine.run(sql("SELECT COUNT(*) FROM orders")).rows == ((6,),)
    cancel.press()
    thread.join(20)
    assert ended == ["stopped"]


def test_cancel_tells_listeners_once_and_late_ones_at_once() -> None:
    cancel, heard = Cancel(), []
    with cancel.on_press(lambda: heard.append("first")):
        cancel.press()
        cancel.press()
    with cancel.on_press(lambda: heard.append("late")):
        pass
    assert heard == ["first", "late"]
    assert cancel.pressed


def test_two_people_at_once_get_their_own_rows(engine: DuckDBEngine) -> None:
    wrong: list[object] = []

    def ask(key: int, expected: int) -> None:
        for _ in range(40):
            rows = engine.run(sql(f"SELECT COUNT(*) FROM orders WHERE customer_key = {key}")).rows
            if rows != ((expected,),):
                wrong.append(rows)

    threads = [threading.Thread(target=ask, args=pair) for pair in ((1, 2), (2, 1), (4, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# Files


def test_opens_the_newest_snapshot_and_moves_to_a_newer_one(tmp_path: Path) -> None:
    database(tmp_path, "snapshot_20260101.duckdb")
    engine = DuckDBEngine.open_latest(tmp_path)
    assert engine.refresh() is False
    newer = database(tmp_path, "snapshot_20260201.duckdb")
    with duckdb.connect(str(newer)) as connection:
        connection.execute("INSERT INTO cities VALUES ('广州', '华南', 'x')")
    assert latest_snapshot(tmp_path) == newer
    assert engine.run(sql("SELECT COUNT(*) FROM cities")).rows == ((3,),)
    assert engine.refresh() is True
    assert engine.run(sql("SELECT COUNT(*) FROM cities")).rows == ((4,),)
    engine.close()


def test_a_statement_that_runs_during_a_move_finishes_on_the_old_file(tmp_path: Path) -> None:
    database(tmp_path, "snapshot_1.duckdb")
    engine = DuckDBEngine.open_latest(tmp_path, Limits(seconds=20))
    cancel, ended = Cancel(), []

    def endless() -> None:
        try:
            engine.run(sql(ENDLESS), cancel=cancel)
        except CancelledError:
            ended.append("stopped by its person")

    thread = threading.Thread(target=endless)
    thread.start()
    database(tmp_path, "snapshot_2.duckdb")
    assert engine.refresh()
    assert engine.run(sql("SELECT COUNT(*) FROM cities")).rows == ((3,),)
    cancel.press()
    thread.join(20)
    engine.close()
    assert ended == ["stopped by its person"]


def test_two_engines_may_read_one_file(tmp_path: Path) -> None:
    path = database(tmp_path)
    first, second = DuckDBEngine(path), DuckDBEngine(path)
    assert first.run(sql("SELECT COUNT(*) FROM cities")).rows == second.run(sql("SELECT COUNT(*) FROM cities")).rows
    first.close()
    assert second.run(sql("SELECT COUNT(*) FROM cities")).rows == ((3,),)
    second.close()


def test_a_missing_file_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        DuckDBEngine(tmp_path / "nowhere.duckdb")
    assert "nowhere.duckdb" in caught.value.message.en
    assert "载入" in caught.value.message.zh
    with pytest.raises(DataError, match="no data snapshot"):
        DuckDBEngine.open_latest(tmp_path)
    with pytest.raises(DataError):
        DuckDBEngine(tmp_path)


@pytest.mark.parametrize("content", [b"", b"this is no database", b"\x00" * 20_000])
def test_a_damaged_file_is_named_with_the_remedy(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.duckdb"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        DuckDBEngine(path).run(sql("SELECT COUNT(*) FROM cities"))
    assert "broken.duckdb" in caught.value.message.zh


def test_a_file_cut_short_is_named_with_the_remedy(tmp_path: Path) -> None:
    path = database(tmp_path)
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(DataError) as caught:
        DuckDBEngine(path).run(sql("SELECT * FROM customers"))
    assert path.name in caught.value.message.zh


def test_data_that_lacks_a_defined_table_is_said_to_mismatch(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE cities (city VARCHAR)")
    engine = DuckDBEngine(path)
    for text in ("SELECT COUNT(*) FROM customers", "SELECT region FROM cities"):
        with pytest.raises(DataError) as caught:
            engine.run(sql(text))
        assert "does not fit the definitions" in caught.value.message.en
    engine.close()


def test_a_file_that_another_connection_writes_is_refused_with_words(tmp_path: Path) -> None:
    path = database(tmp_path)
    with duckdb.connect(str(path)), pytest.raises(DataError) as caught:
        DuckDBEngine(path)
    assert path.name in caught.value.message.en


def test_work_that_cannot_spill_to_disk_ends_with_words(tmp_path: Path) -> None:
    (tmp_path / ".spill").write_text("a file where the folder should be")
    engine = limited(tmp_path, Limits(memory_mb=40, seconds=60))
    crossed = ", ".join(f"orders AS o{i}" for i in range(9))
    with pytest.raises((TooLongError, DataError)) as caught:
        engine.run(
            sql(f"SELECT o1.order_id FROM {crossed} ORDER BY o1.paid + o2.paid, o3.channel || o4.channel LIMIT 900000")
        )
    assert caught.value.message.zh
    assert engine.run(sql("SELECT COUNT(*) FROM cities")).rows == ((3,),)
    engine.close()


def test_after_close_it_says_so_in_words(tmp_path: Path) -> None:
    engine = limited(tmp_path, Limits())
    engine.close()
    with pytest.raises(DataError):
        engine.run(sql("SELECT 1"))


# The lock: a second wall, should the first ever let something through


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE t (i INTEGER)",
        "DELETE FROM cities",
        "DROP TABLE cities",
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM '{file}'",
        "COPY cities TO '{file}.csv'",
        "ATTACH '{file}.db' AS x",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET max_execution_time = 0",
        "SET memory_limit = '100GB'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "EXPORT DATABASE '{file}.d'",
        "CREATE SECRET s (TYPE S3)",
    ],
)
def test_the_connection_itself_refuses_harm(text: str, engine: DuckDBEngine, tmp_path: Path) -> None:
    file = tmp_path / "notes.csv"
    file.write_text("a,b\n1,2\n")
    with engine._cursor() as cursor, pytest.raises(duckdb.Error):
        cursor.execute(text.format(file=file)).fetchall()
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != ".spill") == ["notes.csv", "snapshot_1.duckdb"]


def test_python_variables_are_no_tables(engine: DuckDBEngine) -> None:
    import pandas as pd

    frame = pd.DataFrame({"a": [1]})
    assert len(frame) == 1
    with engine._cursor() as cursor, pytest.raises(duckdb.Error):
        cursor.execute("SELECT * FROM frame").fetchall()
