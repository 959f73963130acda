"""The audit store keeps questions and exports in one chain that nobody can change unseen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant.observability.audit import Asked, AuditStore, LedgerAudit, audit_in_memory, sql_audit
from semantic_layer.errors import DataError
from tools.export.proof import Format, Proof, What
from tools.ledger import GENESIS, LedgerInMemory, SqlLedger, check_chain
from tools.storage import open_storage

AT = datetime(2026, 11, 1, 8, tzinfo=UTC)


def asked(number: str, who: str = "ana") -> Asked:
    return Asked(
        id=number,
        who=who,
        at=AT,
        data_set="retail",
        question="上海有多少高价值客户？",
        outcome="answer",
        plan="{}",
        sql=("SELECT 1",),
        rows=1,
        milliseconds=12.5,
        roles=("analyst",),
    )


PROOF = Proof(
    id="e1",
    who="ana",
    at=AT,
    purpose="sms",
    what=What.PEOPLE,
    format=Format.XLSX,
    file_name="a.xlsx",
    data_set="retail",
    plan="{}",
    definitions="v1",
    data_date=date(2026, 10, 31),
    rows=3,
    columns=("customer.city",),
    masked_columns=(),
    sha256="0" * 64,
)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AuditStore]:
    if request.param == "memory":
        yield audit_in_memory()
        return
    engine = open_storage(f"sqlite:///{tmp_path / 'app.db'}")
    yield sql_audit(engine)
    engine.dispose()


def test_questions_come_back_newest_first(store: AuditStore) -> None:
    for number in range(3):
        store.record(asked(f"q{number}", "ana" if number else "bo"))
    assert [entry.id for entry in store.questions()] == ["q2", "q1", "q0"]
    assert store.questions(who="bo") == (asked("q0", "bo"),)
    assert [entry.id for entry in store.questions(limit=1)] == ["q2"]


def test_proofs_and_questions_stand_in_one_intact_chain(store: AuditStore) -> None:
    store.record(asked("q1"))
    store.write(PROOF)
    store.record(asked("q2"))
    assert store.proofs() == (PROOF,)
    verdict = store.verify()
    assert verdict.intact
    assert verdict.entries == 3


def test_an_empty_book_is_intact(store: AuditStore) -> None:
    assert store.verify().head == GENESIS


@pytest.mark.parametrize("change", ["body", "who", "order", "removal"])
def test_tampering_shows(change: str) -> None:
    ledger = LedgerInMemory()
    audit = LedgerAudit(ledger)
    for number in range(4):
        audit.record(asked(f"q{number}"))
    pages = ledger.pages
    match change:
        case "body":
            pages[1] = replace(pages[1], body=pages[1].body.replace("上海", "北京"))
        case "who":
            pages[1] = replace(pages[1], who="bo")
        case "order":
            pages[1], pages[2] = pages[2], pages[1]
        case _:
            del pages[1]
    assert audit.verify().broken_at == 2


def test_entries_cut_from_the_end_show_against_a_noted_head() -> None:
    ledger = LedgerInMemory()
    audit = LedgerAudit(ledger)
    audit.record(asked("q1"))
    audit.record(asked("q2"))
    noted = audit.verify().head
    shorter = check_chain(ledger.pages[:-1])
    assert shorter.intact
    assert shorter.head != noted


@pytest.mark.parametrize("statement", ["UPDATE ledger SET who = 'bo'", "DELETE FROM ledger"])
def test_the_database_itself_refuses_changes(tmp_path: Path, statement: str) -> None:
    engine = open_storage(f"sqlite:///{tmp_path / 'app.db'}")
    sql_audit(engine).record(asked("q1"))
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_tampering_past_the_guard_shows_in_the_database_too(tmp_path: Path) -> None:
    engine = open_storage(f"sqlite:///{tmp_path / 'app.db'}")
    audit = sql_audit(engine)
    for number in range(3):
        audit.record(asked(f"q{number}"))
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER ledger_no_UPDATE"))
        connection.execute(sa.text("UPDATE ledger SET who = 'bo' WHERE seq = 2"))
    assert audit.verify().broken_at == 2
    engine.dispose()


def test_several_writers_at_once_keep_one_chain(tmp_path: Path) -> None:
    engine = open_storage(f"sqlite:///{tmp_path / 'app.db'}")
    audit = sql_audit(engine)
    writers = [
        threading.Thread(target=lambda who=who: [audit.record(asked(f"{who}{n}", who)) for n in range(10)])
        for who in "abcd"  # type: ignore[misc]
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    verdict = audit.verify()
    assert verdict.intact
    assert verdict.entries == 40
    engine.dispose()


def test_the_same_entry_is_not_written_twice(tmp_path: Path) -> None:
    engine = open_storage(f"sqlite:///{tmp_path / 'app.db'}")
    audit = LedgerAudit(SqlLedger(engine))
    audit.record(asked("q1"))
    with pytest.raises(DataError):
        audit.record(asked("q1"))
    engine.dispose()
