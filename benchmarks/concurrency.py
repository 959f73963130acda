"""Many people ask the HTTP interface at once: what they wait for, what fails, and whether the memory of the process stays flat.

The demo company is served by a process of its own with accounts, keys and the audit ledger as in earnest. Everybody asks the
questions of the demo's evaluation cases, each in another order, a third of them as events, a third for the whole reply, a
third for what is useful at once, and asks the next once answered.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from benchmarks.timing import spread

PEOPLE = 50
SECONDS = 120.0
WARM_UP = 5.0  # seconds that are not measured: caches fill and threads start
PATIENCE = 60.0  # seconds for one answer
MEGABYTE = 1024 * 1024


def measure(home: Path, *, people: int = PEOPLE, seconds: float = SECONDS) -> dict[str, object]:
    """All figures of `people` who ask for `seconds`."""
    with _serving(home, people) as child:
        seen = asyncio.run(_crowd(child, seconds))
        return {
            "people": people,
            "seconds": seconds,
            "answers": seen.kinds.total(),
            "answers_per_second": round(seen.kinds.total() / seconds, 2),
            "kinds": dict(sorted(seen.kinds.items())),
            "errors": sum(seen.errors.values()),
            "error_kinds": dict(seen.errors),
            "whole_reply_milliseconds": _percentiles(seen.whole),
            "first_reply_milliseconds": _percentiles(seen.first),
            "megabytes": _memory(seen.megabytes),
        }


@dataclass(slots=True)
class Asked:
    """One question and when its replies came, in seconds of a clock."""

    question: str
    began: float
    kind: str = ""
    first: float | None = None
    last: float | None = None
    fault: str = ""

    def useful(self, kind: str) -> None:
        """Something to be read came."""
        self.kind = kind
        self.first = self.first or time.monotonic()

    def whole(self, kind: str) -> None:
        """A fuller reply came; the last is the whole one."""
        self.kind = kind
        self.last = time.monotonic()


@dataclass(slots=True)
class Seen:
    """What the crowd saw after the warm-up: until something useful came, and until all had come."""

    whole: list[float] = field(default_factory=list)  # milliseconds
    first: list[float] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    megabytes: list[float] = field(default_factory=list)  # of the process, once a second

    def add(self, one: Asked) -> None:
        if one.fault or not one.kind:
            self.errors[one.fault or "no reply"] += 1
            return
        self.kinds[one.kind] += 1
        for times, at in ((self.first, one.first), (self.whole, one.last)):
            if at is not None:
                times.append((at - one.began) * 1000)


@dataclass(frozen=True, slots=True)
class Child:
    """The process that serves: its address, its number, a key for each person, and what can be asked."""

    address: str
    pid: int
    keys: tuple[str, ...]
    questions: tuple[str, ...]


async def _crowd(child: Child, seconds: float) -> Seen:
    seen = Seen()
    begins = time.monotonic() + WARM_UP
    ends = begins + seconds
    limits = httpx2.Limits(max_connections=len(child.keys) + 1)
    async with httpx2.AsyncClient(base_url=child.address, timeout=PATIENCE, limits=limits) as client:
        people = [_person(client, number, child, seen, begins, ends) for number in range(len(child.keys))]
        await asyncio.gather(_watch(child.pid, seen, begins, ends), *people)
    return seen


async def _person(
    client: httpx2.AsyncClient, number: int, child: Child, seen: Seen, begins: float, ends: float
) -> None:
    """Ask one question after the other; what began in the warm-up is not counted."""
    questions = list(child.questions)
    random.Random(number).shuffle(questions)
    headers = {"Authorization": f"Bearer {child.keys[number]}"}
    ask = (_streamed, _whole, _brief)[number % 3]
    asked = 0
    while time.monotonic() < ends:
        one = Asked(questions[asked % len(questions)], time.monotonic())
        try:
            await ask(client, one, headers)
        except httpx2.HTTPError as error:
            one.fault = type(error).__name__
        asked += 1
        if one.began >= begins:
            seen.add(one)


def _refused(response: httpx2.Response) -> str:
    kind = response.json().get("type", "") if "json" in response.headers.get("content-type", "") else ""
    return f"status {response.status_code} {kind}".strip()


async def _whole(client: httpx2.AsyncClient, one: Asked, headers: dict[str, str]) -> None:
    response = await client.post("/ask", json={"question": one.question}, headers=headers)
    if response.status_code != 200:
        one.fault = _refused(response)
    else:
        one.whole(response.json()["kind"])


async def _brief(client: httpx2.AsyncClient, one: Asked, headers: dict[str, str]) -> None:
    response = await client.post("/ask", json={"question": one.question, "whole": False}, headers=headers)
    if response.status_code != 200:
        one.fault = _refused(response)
    else:
        one.useful(response.json()["kind"])


async def _streamed(client: httpx2.AsyncClient, one: Asked, headers: dict[str, str]) -> None:
    asks = {**headers, "Accept": "text/event-stream"}
    async with client.stream("POST", "/ask", json={"question": one.question}, headers=asks) as response:
        if response.status_code != 200:
            await response.aread()
            one.fault = _refused(response)
            return
        event = ""
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data: ") and event == "reply":
                kind = json.loads(line.removeprefix("data: "))["kind"]
                one.useful(kind)
                one.whole(kind)
        if event != "done":
            one.fault = f"stream ended with {event or 'nothing'}"


async def _watch(pid: int, seen: Seen, begins: float, ends: float) -> None:
    await asyncio.sleep(max(0.0, begins - time.monotonic()))
    while time.monotonic() < ends:
        seen.megabytes.append(_resident(pid))
        await asyncio.sleep(1)


def _resident(pid: int) -> float:
    """Megabytes of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the longest (nearest rank)."""
    if not values:
        return {}
    ranked = sorted(values)
    p99 = ranked[min(len(ranked) - 1, int(0.99 * len(ranked)))]
    return spread(values) | {"p99": round(p99, 2), "max": round(ranked[-1], 2)}


def _memory(values: Sequence[float]) -> dict[str, float]:
    """At the start, in the middle and at the end, each the mean of a tenth of the time; and the growth over the second half."""
    if not values:
        return {}
    tenth = max(1, len(values) // 10)
    middle = (len(values) - tenth) // 2
    parts = (values[:tenth], values[middle : middle + tenth], values[-tenth:])
    start, mid, end = (sum(part) / len(part) for part in parts)
    figures = {"start": start, "middle": mid, "end": end, "most": max(values)}
    return {name: round(value, 1) for name, value in figures.items()} | {
        "second_half_growth_percent": round(100 * (end / mid - 1), 2)
    }


@contextmanager
def _serving(home: Path, people: int) -> Iterator[Child]:
    """The application in a process of its own, with state of its own; it ends with the block."""
    with tempfile.TemporaryDirectory() as state:
        command = [sys.executable, "-m", "benchmarks.concurrency", "--serve", str(home.resolve()), state, str(people)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline() or "null")
            if told is None:
                raise RuntimeError("the process that serves ended before it served")
            child = Child(told["address"], process.pid, tuple(told["keys"]), tuple(told["questions"]))
            _until_it_answers(child)
            yield child
        finally:
            process.terminate()
            process.wait(30)


def _until_it_answers(child: Child) -> None:
    for _ in range(600):
        try:
            httpx2.get(f"{child.address}/openapi.json").raise_for_status()
        except httpx2.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the process that serves does not answer")


def serve(home: Path, state: Path, people: int) -> None:
    """What the child does: make accounts and keys, open the whole house, print them, and serve until it is told to end."""
    from assistant.accounts.opening import console_person, roles_of, stored_access
    from assistant.accounts.types import Grant, Scope
    from assistant.channels.house import API, open_house
    from assistant.channels.web.serving import serve as serve_web
    from assistant.datasets import source_of
    from assistant.evaluation.cases import read_cases
    from assistant.opening_readers import new_id, now
    from assistant.settings import Settings
    from tools.storage import open_storage

    settings = Settings(data="retail", home=home, state_url=f"sqlite:///{state / 'state.sqlite'}", mode="offline")
    settings = settings.model_copy(update={"port": 0})  # a free one
    storage = open_storage(settings.address_of_state())
    console = console_person("benchmark", now())
    access = stored_access(
        storage, settings=settings, clock=now, new_id=new_id, known_roles=roles_of(settings), console=console
    )
    keys = []
    for number in range(people):
        login = f"person{number}"
        access.create(
            login, name=login, grants=(Grant("marketer"),), identities=(f"slack:T:{number}",), by=console, password=""
        )
        keys.append(access.issue_key(login, "benchmark", (Scope.ASK,), expires_at=None, by=console)[1])
    storage.dispose()
    cases = source_of("retail", settings.people).definitions.parent / "cases"
    questions = [case.question for case in read_cases(cases) if not case.before]

    def opened(address: str) -> None:
        print(json.dumps({"address": f"{address}{API}", "keys": keys, "questions": questions}), flush=True)

    with open_house(settings) as house:
        serve_web(house.app, access=house.access, settings=settings, opened=opened)


if __name__ == "__main__":
    serve(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
