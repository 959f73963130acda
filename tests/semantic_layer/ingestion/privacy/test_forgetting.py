"""Deleting one person: every row of theirs goes, nobody else's, and they do not come back with the next load."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from semantic_layer.errors import Text
from semantic_layer.ingestion.privacy.forgetting import drop_forgotten, forget, would_forget
from semantic_layer.ingestion.privacy.retention import expire
from semantic_layer.ingestion.sources.types import SourceKind, SourceSpec
from semantic_layer.ingestion.warehouse import Warehouse

NOW = datetime(2026, 11, 1, 8, 0)  # noqa: DTZ001  # times of a warehouse have no zone
SECRET = "a secret of the installation"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with Warehouse(tmp_path / "warehouse.duckdb").writing() as open_connection:
        open_connection.execute("""
            CREATE TABLE raw.crm (_row VARCHAR, _hash VARCHAR, _place VARCHAR, _load BIGINT, 手机 VARCHAR);
            INSERT INTO raw.crm VALUES ('1', 'a', 'f:1', 1, '13812345678'), ('2', 'b', 'f:2', 1, '13900001111');
            CREATE TABLE clean.crm (_row VARCHAR, _load BIGINT, phone VARCHAR, registered DATE);
            INSERT INTO clean.crm VALUES ('1', 1, '13812345678', '2020-01-01'), ('2', 1, '13900001111', '2026-01-01');
            CREATE TABLE raw.desk (_row VARCHAR, _hash VARCHAR, _place VARCHAR, _load BIGINT, 对话 VARCHAR);
            INSERT INTO raw.desk VALUES ('1', 'c', 'f:1', 2, '别人的'), ('9', 'd', 'f:2', 2, '我的电话 13812345678');
            CREATE TABLE work.loads (load BIGINT, source VARCHAR, started_at TIMESTAMP);
            INSERT INTO work.loads VALUES (1, 'crm', '2026-10-01'), (2, 'desk', '2026-10-01');
            CREATE TABLE work.quarantine (source VARCHAR, row VARCHAR, value VARCHAR);
            INSERT INTO work.quarantine VALUES ('crm', '1', '138 1234'), ('crm', '2', 'x'), ('desk', '1', 'y');
            CREATE TABLE identity.members (source VARCHAR, record VARCHAR, customer_key INTEGER, tier VARCHAR);
            INSERT INTO identity.members VALUES ('crm', '1', 7, 'exact'), ('desk', '9', 7, 'strict'),
                ('crm', '2', 8, 'exact'), ('desk', '1', 8, 'exact');
            CREATE TABLE identity.records (source VARCHAR, record VARCHAR, phone VARCHAR);
            INSERT INTO identity.records VALUES ('crm', '1', '13812345678'), ('desk', '9', '13812345678'), ('crm', '2', '13900001111');
            CREATE TABLE identity.ledger (kind VARCHAR, old_key INTEGER, new_key INTEGER);
            INSERT INTO identity.ledger VALUES ('merge', 12, 7), ('merge', 15, 12), ('merge', 30, 8);
            CREATE TABLE tags.history (customer_key INTEGER, tag VARCHAR);
            INSERT INTO tags.history VALUES (7, 'a'), (12, 'a'), (15, 'b'), (8, 'a');
        """)
        yield open_connection


def counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    tables = (
        "raw.crm",
        "clean.crm",
        "raw.desk",
        "work.quarantine",
        "identity.members",
        "identity.records",
        "tags.history",
    )
    return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in tables}


def test_a_look_says_what_would_go_and_removes_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    before = counts(connection)
    seen = would_forget(connection, 7)
    assert counts(connection) == before
    assert seen.keys == (7, 12, 15)
    assert seen.total == 1 + 1 + 1 + 1 + 2 + 2 + 3


def test_every_row_of_the_person_goes_and_nobody_elses(connection: duckdb.DuckDBPyConnection) -> None:
    done = forget(connection, 7, secret=SECRET, now=NOW, by="ana")
    assert done.total == 11
    assert counts(connection) == {
        "raw.crm": 1, "clean.crm": 1, "raw.desk": 1, "work.quarantine": 2, "identity.members": 2,
        "identity.records": 1, "tags.history": 1,
    }  # fmt: skip
    everything = "".join(
        str(connection.execute(f"SELECT * FROM {name}").fetchall()) for name in (*counts(connection), "work.forgotten")
    )
    assert "13812345678" not in everything
    assert "138 1234" not in everything


def test_the_next_load_does_not_bring_them_back(connection: duckdb.DuckDBPyConnection) -> None:
    forget(connection, 7, secret=SECRET, now=NOW, by="ana")
    connection.execute("INSERT INTO raw.crm VALUES ('1', 'a', 'f:1', 3, '13812345678'), ('3', 'e', 'f:3', 3, '137')")
    assert drop_forgotten(connection, "crm", secret=SECRET) == 1
    assert connection.execute("SELECT _row FROM raw.crm ORDER BY 1").fetchall() == [("2",), ("3",)]
    assert drop_forgotten(connection, "desk", secret=SECRET) == 0


def test_rows_are_kept_as_long_as_their_source_says(connection: duckdb.DuckDBPyConnection) -> None:
    crm = SourceSpec(
        name="crm", label=Text("会员", "members"), kind=SourceKind.CSV, address="*.csv", columns=(), keep_days=365
    )
    done = expire(connection, (crm,), {"crm": "registered"}, date(2026, 10, 31))
    assert [(one.source, one.before, one.rows) for one in done] == [("crm", date(2025, 10, 31), 1)]
    assert connection.execute("SELECT _row FROM raw.crm").fetchall() == [("2",)]
    assert expire(connection, (crm,), {}, date(2026, 10, 31))[0].rows == 0
    assert expire(connection, (crm,), {}, date(2027, 12, 31))[0].rows == 1
