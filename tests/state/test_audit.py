"""The audit store on PostgreSQL: its own suite, and what only a server can be asked."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from assistant.observability.audit import AuditStore, sql_audit
from semantic_layer.errors import DataError
from tests.assistant.observability import test_audit as suite
from tests.state.borrowed import borrow
from tools.storage import Storage, open_storage

globals().update(borrow(suite, "store"))


@pytest.fixture
def store(postgres_state: Storage) -> AuditStore:
    return sql_audit(postgres_state)


def test_several_processes_at_once_keep_one_chain(state: Storage) -> None:
    """Each writer has an engine of its own, as a process would."""
    engines = [open_storage(state.url.render_as_string(hide_password=False)) for _ in range(4)]
    started = threading.Barrier(len(engines))

    def write(number: int) -> None:
        started.wait()
        audit = sql_audit(engines[number])
        for each in range(12):
            audit.record(suite.asked(f"{number}-{each}", f"writer{number}"))

    with ThreadPoolExecutor(len(engines)) as writers:
        list(writers.map(write, range(len(engines))))
    verdict = sql_audit(state).verify()
    assert verdict.intact
    assert verdict.entries == 48
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize("statement", ["UPDATE ledger SET who = 'bo'", "DELETE FROM ledger"])
def test_the_database_itself_refuses_changes(state: Storage, statement: str) -> None:
    sql_audit(state).record(suite.asked("q1"))
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), state.begin() as connection:
        connection.execute(sa.text(statement))
    assert [one.who for one in sql_audit(state).questions()] == ["ana"]


def test_postgresql_refuses_to_empty_the_table(postgres_state: Storage) -> None:
    sql_audit(postgres_state).record(suite.asked("q1"))
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), postgres_state.begin() as connection:
        connection.execute(sa.text("TRUNCATE ledger"))


def test_sqlite_refuses_to_write_over_an_entry(tmp_path) -> None:
    """`REPLACE` deletes without asking the trigger that guards deletions."""
    engine = open_storage(f"sqlite:///{tmp_path / 'app.db'}")
    sql_audit(engine).record(suite.asked("q1"))
    forged = "INSERT OR REPLACE INTO ledger SELECT seq, id, kind, at, 'bo', body, previous, hash FROM ledger"
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(sa.text(forged))
    assert [one.who for one in sql_audit(engine).questions()] == ["ana"]
    engine.dispose()


def test_the_same_entry_is_not_written_twice(state: Storage) -> None:
    sql_audit(state).record(suite.asked("q1"))
    with pytest.raises(DataError, match="q1"):
        sql_audit(state).record(suite.asked("q1"))


def test_an_entry_is_kept_letter_by_letter(state: Storage) -> None:
    """The hash is over the text, so that the database must give back what it was given."""
    odd = "群像 \U0001f600 a\u0301 \\ ' \" % :name $1 \t\n é"
    audit = sql_audit(state)
    audit.record(suite.asked(odd[:40], odd))
    assert audit.questions()[0].who == odd
    assert audit.verify().intact
