"""A campaign whose sender is killed over and over: nobody gets two, nobody is lost, and noes are heard."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.errors import Text
from tests.tools.destinations.processes import FileGate, lines, say_no, send
from tests.tools.destinations.servers import MailPlace
from tools.campaigns.types import LeftOut
from tools.destinations.deliveries import Delivery, Step
from tools.destinations.sql_deliveries import SqlDeliveries
from tools.storage import connect_storage

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).with_name("processes.py")
AT_ONCE = 4
ROUND = 20


@contextmanager
def process(role: str, config: Mapping[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    one = subprocess.Popen([sys.executable, str(SCRIPT), role, json.dumps(config)], cwd=ROOT, env=environment)
    try:
        yield one
    finally:
        one.kill()
        one.wait()


def until(ready: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)


@dataclass
class Scene:
    """Where a campaign is sent from; `folder` holds what the processes write."""

    folder: Path
    people: int
    entry: dict[str, object]

    @property
    def config(self) -> dict[str, object]:
        state = f"sqlite:///{self.folder / 'state.sqlite'}"
        return {"folder": str(self.folder), "state": state, "people": self.people, "entry": self.entry, "round": ROUND}

    def arrived(self) -> list[int]:
        """The person of each mail that the place has, in order."""
        return [int(line.split()[1].removeprefix("person").partition("@")[0]) for line in lines(self.folder / "mail")]

    def rows(self) -> tuple[Delivery, ...]:
        engine = connect_storage(str(self.config["state"]))
        try:
            return SqlDeliveries(engine).rows("c1")
        finally:
            engine.dispose()

    def of(self, step: Step) -> set[int]:
        return {row.key for row in self.rows() if row.step is step}

    def decide(self, keys: set[int], to: Step) -> None:
        engine = connect_storage(str(self.config["state"]))
        SqlDeliveries(engine).decide("c1", keys, to=to, why=Text("决定", "decided"), at=datetime.now(UTC))
        engine.dispose()

    def killed_at(self, arrivals: int) -> None:
        with process("send", self.config) as sender:
            until(lambda: len(self.arrived()) >= arrivals)
            sender.send_signal(signal.SIGKILL)
            sender.wait()

    def to_the_end(self) -> str:
        before = len(lines(self.folder / "ended"))
        with process("send", self.config) as sender:
            until(lambda: len(lines(self.folder / "ended")) > before or sender.poll() is not None)
        return lines(self.folder / "ended")[-1]


def killed_five_times(scene: Scene) -> set[int]:
    """Five kills; after each of them people say no or reach a cap. Returns whom that concerned and who had nothing yet."""
    out: set[int] = set()
    for number in range(1, 6):
        scene.killed_at(scene.people * number // 7)
        gone = {row.key for row in scene.rows() if row.step is not Step.WAITING}
        ahead = [key for key in range(1, scene.people + 1) if key not in gone and key not in out]
        noes, capped = ahead[number::97][:5], ahead[number + 31 :: 89][:5]
        say_no(scene.folder, LeftOut.UNSUBSCRIBED, noes)
        say_no(scene.folder, LeftOut.CAPPED, [key for key in capped if key not in noes])
        out |= {*noes, *capped}
    return out


@pytest.mark.slow
def test_two_thousand_mails_and_five_kills(tmp_path: Path) -> None:
    with process("mail", {"folder": str(tmp_path)}):
        until(lambda: lines(tmp_path / "port"))
        entry = {
            "name": "mail",
            "kind": "email",
            "host": "127.0.0.1",
            "port": int(lines(tmp_path / "port")[0]),
            "tls": "none",
            "sender": "群像 <news@example.com>",
            "at_once": AT_ONCE,
        }
        scene = Scene(tmp_path, 2000, entry)
        out = killed_five_times(scene)
        ended = scene.to_the_end()
        unsure, accepted, left_out = (scene.of(step) for step in (Step.UNSURE, Step.ACCEPTED, Step.LEFT_OUT))
        arrived = Counter(scene.arrived())

        assert max(arrived.values()) == 1
        assert accepted <= set(arrived)
        assert set(arrived) - accepted <= unsure
        assert accepted | unsure | left_out == set(range(1, 2001))
        assert left_out == out
        assert not out & set(arrived)
        assert len(unsure) <= 5 * AT_ONCE
        assert ended == ("undecided" if unsure else "finished")
        # The gate heard of everybody who is known to have got one, and of nobody else.
        assert set(FileGate(tmp_path, 2000).keys_to_send("c1")) == set(range(1, 2001)) - accepted
        there = unsure & set(arrived)
        print(
            f"2000 people: {len(accepted)} accepted, {len(left_out)} left out, {len(unsure)} unsure ({len(there)} arrived)"
        )

        # A person looks into the mail server, and decides about each of the unsure ones.
        scene.decide(there, Step.LET_BE)
        scene.decide(unsure - there, Step.WAITING)
        assert scene.to_the_end() == "finished"
        assert Counter(scene.arrived()) == dict.fromkeys(set(range(1, 2001)) - out, 1)


@pytest.mark.slow
@pytest.mark.parametrize("batch", [1, 20])
def test_webhooks_that_fail_a_third_of_the_time_and_five_kills(tmp_path: Path, batch: int) -> None:
    server = {"folder": str(tmp_path), "seed": 7, "share": 0.3, "late": 0.5, "batch": batch}
    with process("hook", server):
        until(lambda: lines(tmp_path / "port"))
        entry = {
            "name": "hook",
            "kind": "webhook",
            "url": f"http://127.0.0.1:{lines(tmp_path / 'port')[0]}/in",
            "secret": "env:SECRET",
            "batch": batch,
            "seconds": 0.3,
            "at_once": AT_ONCE,
        }
        people = 600 if batch == 1 else 2000
        scene = Scene(tmp_path, people, entry)
        out = killed_five_times(scene)
        assert scene.to_the_end() == "finished"
        arrived = Counter(scene.arrived())
        tries = Counter(line.split()[1] for line in lines(tmp_path / "arrivals"))
        assert scene.of(Step.LEFT_OUT) == out - set(arrived)
        assert arrived == dict.fromkeys(scene.of(Step.ACCEPTED), 1)
        assert scene.of(Step.ACCEPTED) | scene.of(Step.LEFT_OUT) == set(range(1, people + 1))
        # Some came more than once, and always under the key they had.
        assert max(tries.values()) > 1
        print(f"{people} people: {len(arrived)} accepted, {sum(tries.values())} arrivals, {len(out)} said no")


@pytest.mark.slow
def test_opt_outs_while_it_runs(tmp_path: Path) -> None:
    """At most those already in hand when somebody says no still get one: a round, which the gate was asked about before."""
    with process("mail", {"folder": str(tmp_path)}):
        until(lambda: lines(tmp_path / "port"))
        entry = {"name": "mail", "kind": "email", "host": "127.0.0.1", "port": int(lines(tmp_path / "port")[0]),
                 "tls": "none", "sender": "news@example.com", "at_once": AT_ONCE}  # fmt: skip
        scene = Scene(tmp_path, 400, entry)
        with process("send", scene.config):
            until(lambda: len(scene.arrived()) >= 100)
            said, before = list(range(1, 401, 3)), set(scene.arrived())
            say_no(tmp_path, LeftOut.UNSUBSCRIBED, said)
            until(lambda: lines(tmp_path / "ended"))
        late = (set(scene.arrived()) - before) & set(said)
        assert len(late) <= ROUND + AT_ONCE
        assert scene.of(Step.LEFT_OUT) == set(said) - set(scene.arrived())


def test_one_kill_in_the_middle(tmp_path: Path, state: Callable[[], str]) -> None:
    """The small version: a mail server in this process, a sender that is forked from it and killed."""
    state()
    place = MailPlace()
    entry = {"name": "mail", "kind": "email", "host": "127.0.0.1", "port": place.port, "tls": "none",
             "sender": "news@example.com", "bounce": "b@example.com"}  # fmt: skip
    scene = Scene(tmp_path, 24, entry)
    context = multiprocessing.get_context("fork")
    first = context.Process(target=send, args=({**scene.config, "lease": 0.2},))
    first.start()
    until(lambda: len(place.mails) >= 8)
    os.kill(first.pid, signal.SIGKILL)
    first.join()
    say_no(tmp_path, LeftOut.UNSUBSCRIBED, [23, 24])
    second = context.Process(target=send, args=({**scene.config, "lease": 0.2},))
    second.start()
    second.join(60)
    place.close()
    arrived = Counter(to for _, to, _ in place.mails)
    steps = {row.key: row.step for row in scene.rows()}
    unsure = [key for key, step in steps.items() if step is Step.UNSURE]
    assert max(arrived.values()) == 1
    assert len(unsure) <= 1
    assert {key for key, step in steps.items() if step is Step.LEFT_OUT} == {23, 24}
    for key in range(1, 23):
        assert steps[key] is (Step.UNSURE if key in unsure else Step.ACCEPTED)
        assert key in unsure or arrived[f"person{key}@example.org"] == 1
    assert lines(tmp_path / "ended") == ["undecided" if unsure else "finished"]
