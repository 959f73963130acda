"""`kill -9` of the whole product while people ask and save through it: what was acknowledged over HTTP is there."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import httpx2
import pytest

from assistant.observability.audit import sql_audit
from tests.model_path.shop import write_shop
from tools.segments import SqlSegmentStore
from tools.storage import open_storage

ROOT = Path(__file__).resolve().parents[2]
MOMENTS = 30
QUESTION, PEOPLE = "有多少客户？", "有哪些客户？"

Told = set[tuple[str, str]]


@pytest.mark.slow
def test_nothing_that_was_acknowledged_over_http_is_lost(tmp_path: Path) -> None:
    shop = write_shop(tmp_path / "shop", lambda table, column, row: f"{column} {row}")
    home, rolls, told = tmp_path / "home", random.Random(11), set()
    for moment in range(MOMENTS):
        told |= killed(home, shop, moment, rolls.uniform(0, 1.5))
    storage = open_storage(f"sqlite:///{home / 'state.sqlite'}")
    there = {("segment", one.name) for one in SqlSegmentStore(storage).load(data_set(home))}
    there |= {("audit", one.id) for one in sql_audit(storage).questions()}
    assert sorted(told - there) == []
    assert {what for what, _ in told} == {"segment", "audit"}
    assert len(told) > MOMENTS
    assert sql_audit(storage).verify().intact


def data_set(home: Path) -> str:
    return next(path.name for path in home.iterdir() if path.is_dir() and (path / "meaning").exists())


def killed(home: Path, shop: Path, moment: int, seconds: float) -> Told:
    """What was acknowledged by a server that is killed so many seconds after its first acknowledgement."""
    command = [sys.executable, "-m", "tests.state.served", str(home), str(shop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        address, told, begun = server.stdout.readline().strip(), set(), threading.Event()
        people = [
            threading.Thread(target=go_on, args=(f"{address}/v1", f"{moment} {person}", told, begun))
            for person in range(4)
        ]
        for person in people:
            person.start()
        try:
            assert begun.wait(60)
            time.sleep(seconds)
        finally:
            server.kill()
            for person in people:
                person.join()
    return told


def go_on(address: str, who: str, told: Told, begun: threading.Event) -> None:
    """Ask and save in turns until nobody answers any more."""
    with httpx2.Client(base_url=address, timeout=30) as client:
        for number in count():
            try:
                for acknowledged in one_turn(client, f"people {who} {number}"):
                    told.add(acknowledged)
                    begun.set()
            except httpx2.HTTPError:
                return


def one_turn(client: httpx2.Client, name: str) -> Iterator[tuple[str, str]]:
    asked = client.post("/ask", json={"question": QUESTION})
    assert asked.status_code == 200, asked.text
    yield "audit", asked.json()["id"]
    saved = client.post("/segments", json={"name": name, "people": {"kind": "question", "question": PEOPLE}})
    assert saved.status_code == 201, saved.text
    yield "segment", name
