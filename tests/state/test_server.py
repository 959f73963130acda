"""What happens around a PostgreSQL server that is restarted, busy or locked: clear errors, and all is well afterwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from assistant.observability.audit import sql_audit
from semantic_layer.errors import DataError
from tests.assistant.observability.test_audit import asked
from tests.state.server import PostgresServer, why_not
from tools.storage import Storage, open_storage, reading, transaction


@pytest.fixture(scope="module")
def own() -> Iterator[PostgresServer]:
    """A server that only these tests use, since they stop it."""
    if reason := why_not():
        pytest.skip(reason)
    server = PostgresServer()
    server.start()
    yield server
    server.remove()


def test_after_a_restart_of_the_server_the_next_transaction_works(own: PostgresServer) -> None:
    engine = open_storage(own.database())
    audit = sql_audit(engine)
    audit.record(asked("q1"))
    own.stop()
    with pytest.raises(DataError, match="cannot be read or written"):
        audit.record(asked("q2"))
    own.start()
    audit.record(asked("q3"))
    assert [one.id for one in audit.questions()] == ["q3", "q1"]
    assert audit.verify().intact
    engine.dispose()


@pytest.mark.slow
def test_a_restart_in_the_middle_of_a_transaction_keeps_nothing_of_it(own: PostgresServer) -> None:
    engine = open_storage(own.database())
    audit = sql_audit(engine)
    audit.record(asked("q1"))
    with pytest.raises(DataError), transaction(engine) as connection:  # noqa: PT012  # the last of them fails
        connection.execute(sa.text("INSERT INTO feedback SELECT * FROM feedback"))
        own.stop()
        own.start()
        connection.execute(sa.text("SELECT 1"))
    audit.record(asked("q2"))
    assert audit.verify().entries == 2
    engine.dispose()


def test_who_waits_too_long_for_the_lock_is_told(postgres_state: Storage) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction(postgres_state):
            held.set()
            done.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)

    def hurry(connection: sa.engine.interfaces.DBAPIConnection, *_: object) -> None:
        cursor = connection.cursor()
        cursor.execute("SET lock_timeout = 50")
        connection.commit()

    sa.event.listen(postgres_state, "checkout", hurry)
    try:
        with pytest.raises(DataError, match="lock timeout"):
            sql_audit(postgres_state).record(asked("q1"))
        with reading(postgres_state) as connection:  # whoever only reads does not wait
            assert connection.execute(sa.text("SELECT count(*) FROM ledger")).scalar() == 0
    finally:
        done.set()
        holder.join()
        sa.event.remove(postgres_state, "checkout", hurry)


def test_reading_cannot_write(postgres_state: Storage) -> None:
    with pytest.raises(DataError, match="read-only"), reading(postgres_state) as connection:
        connection.execute(sa.text("UPDATE segments SET name = 'x'"))


def test_one_view_while_others_write(state: Storage) -> None:
    audit = sql_audit(state)
    audit.record(asked("q1"))
    with reading(state) as connection:
        count = sa.text("SELECT count(*) FROM ledger")
        assert connection.execute(count).scalar() == 1
        audit.record(asked("q2"))
        assert connection.execute(count).scalar() == 1
    assert audit.verify().entries == 2
