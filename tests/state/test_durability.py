"""`kill -9` at any moment under load: what was acknowledged is there, the ledger is one chain, the schema is whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant.observability.audit import sql_audit
from tests.state.server import PostgresServer, why_not
from tests.state.work import WORK, kept
from tools.storage import connect_storage, open_storage, reading, schema_of

ROOT = Path(__file__).resolve().parents[2]
Acknowledged = dict[str, set[str]]


class Workers:
    """Runs `tests.state.work`, which forks a worker for each round."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.state.work"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def killed_after(
        self, url: str, round_: int, seconds: float, first: int = 1, then: Callable[[], None] | None = None
    ) -> Acknowledged:
        """What a worker was told is kept, from its start until it was killed: when so many acknowledgements had come, and
        what `then` does was done, and `seconds` after that.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{url} {round_}\n")
        self._process.stdin.flush()
        told: Acknowledged = {what: set() for what in WORK}
        child = int(self._process.stdout.readline().removeprefix("started "))
        stalled = threading.Timer(60, os.kill, (child, signal.SIGKILL))
        stalled.start()
        killer: threading.Timer | None = None
        for line in self._process.stdout:
            what, own = line.split()
            if what == "ended":
                break
            told[what].add(own)
            if killer is None and sum(map(len, told.values())) >= first:
                if then is not None:
                    then()
                killer = threading.Timer(seconds, os.kill, (child, signal.SIGKILL))
                killer.start()
        stalled.cancel()
        assert killer is not None, f"the worker came to nothing more after {told}"
        killer.join()
        return told

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    running = Workers()
    yield running
    running.close()


def whole(url: str, acknowledged: Acknowledged) -> None:
    """Opens as after a crash, and looks."""
    engine = open_storage(url)
    there = kept(engine)
    for what, ids in acknowledged.items():
        assert ids <= there[what], f"{what}: lost {sorted(ids - there[what])}"
    assert sql_audit(engine).verify().intact
    with reading(engine) as connection:
        schema = schema_of(connection)
        assert schema.current == schema.newest
        if url.startswith("sqlite"):
            assert connection.execute(sa.text("PRAGMA integrity_check")).scalar() == "ok"
            assert connection.execute(sa.text("PRAGMA foreign_key_check")).all() == []
    engine.dispose()


def killed(url: str, workers: Workers, moments: int, seed: int) -> int:
    """How many acknowledgements came over all moments; each is checked after each."""
    chance = random.Random(seed)
    told: Acknowledged = {what: set() for what in WORK}
    for moment in range(moments):
        first, seconds = chance.randint(1, 40), chance.uniform(0.0, 0.1)
        for what, ids in workers.killed_after(url, moment, seconds, first).items():
            told[what] |= ids
        whole(url, told)
    assert all(told.values())
    return sum(map(len, told.values()))


@pytest.mark.parametrize("moments", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_nothing_acknowledged_is_lost(state_url: str, workers: Workers, moments: int) -> None:
    open_storage(state_url).dispose()
    print(f"{moments} moments, {killed(state_url, workers, moments, seed=20261126):,} acknowledged")


@pytest.fixture
def own() -> Iterator[PostgresServer]:
    if reason := why_not():
        pytest.skip(reason)
    server = PostgresServer()
    server.start()
    yield server
    server.remove()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["stop", "kill"])
def test_nothing_acknowledged_is_lost_when_the_server_goes(own: PostgresServer, workers: Workers, how: str) -> None:
    """The worker stops at its first error, is killed, and another goes on when the server is back."""
    url = own.database()
    open_storage(url).dispose()
    told = workers.killed_after(url, 1, 0.2, 10, then=own.stop if how == "stop" else own.kill)
    own.start()
    whole(url, told)
    again = workers.killed_after(url, 2, 0.0, 5)
    whole(url, {what: told[what] | again[what] for what in WORK})


def test_the_check_would_see_a_loss(tmp_path: Path, workers: Workers) -> None:
    """The test of the test: an acknowledgement of something that is not there fails."""
    url = f"sqlite:///{tmp_path / 'app.db'}"
    open_storage(url).dispose()
    told = workers.killed_after(url, 1, 0.0, 30)
    assert told["audit"]
    whole(url, told)
    with pytest.raises(AssertionError, match="segment: lost"):
        whole(url, told | {"segment": told["segment"] | {"never"}})
    engine = connect_storage(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER ledger_no_UPDATE"))
        connection.execute(sa.text("UPDATE ledger SET who = 'bo' WHERE seq = 1"))
    engine.dispose()
    with pytest.raises(AssertionError):
        whole(url, told)
