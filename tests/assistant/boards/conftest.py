"""Scripted boards, a clock that a test moves, and people: `ana` and `wei` see everything, `lin` the east alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.boards.scripted import ScriptedBoards, scripted_boards
from assistant.channels.scripted_access import ScriptedAccess
from semantic_layer.policy.types import User
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience, ByField, Query

MONDAY = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"
SALES = Plan((Query(metrics=("sales",), by=(ByField("store.region"),)),))
PEOPLE = Plan((ListPeople(Audience(where=Compare("customer.city", "=", "上海"))),))
WEI = User(name="wei", roles=("analyst",))
ANA = User(name="ana", roles=("analyst",))
LIN = User(name="lin", roles=("region_east",))
NEW = User(name="new", roles=())


class Clock:
    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def noted() -> list[str]:
    """What would stand in the ledger."""
    return []


@pytest.fixture
def access() -> ScriptedAccess:
    return ScriptedAccess()


@pytest.fixture
def boards(tmp_path: Path, access: ScriptedAccess, clock: Clock, noted: list[str]) -> ScriptedBoards:
    return scripted_boards("retail", tmp_path, access, clock=clock, note=noted.append, picture=lambda chart, dark: SVG)
