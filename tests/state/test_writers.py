"""Many threads of one process write to one SQLite file: each gets its turn, and the ledger stays one chain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from assistant.observability.audit import sql_audit
from tests.state.work import ask
from tools.storage import open_storage

THREADS, EACH = 24, 10


def test_every_writer_gets_a_turn(tmp_path: Path) -> None:
    storage = open_storage(f"sqlite:///{tmp_path / 'state.sqlite'}")

    def write(thread: int) -> None:
        for number in range(EACH):
            ask(storage, f"{thread}-{number}")

    with ThreadPoolExecutor(THREADS) as people:
        list(people.map(write, range(THREADS)))
    audit = sql_audit(storage)
    assert len({one.id for one in audit.questions()}) == THREADS * EACH
    assert audit.verify().intact
