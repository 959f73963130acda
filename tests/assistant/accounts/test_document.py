"""The page for administrators tells the rules that hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.accounts.api_keys import MOST_KEYS
from assistant.accounts.attempts import ADDRESS_RULE, LOGIN_RULE
from assistant.accounts.book import What
from assistant.accounts.logins import LONGEST as LONGEST_LOGIN
from assistant.accounts.passwords import LONGEST, SHORTEST
from assistant.accounts.types import Scope
from assistant.channels import cli_keys, cli_users

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.fixture(params=["users-and-roles.md", "users-and-roles.zh-CN.md"])
def page(request: pytest.FixtureRequest) -> str:
    return (DOCS / request.param).read_text(encoding="utf-8")


def test_scopes_and_entries_are_all_told(page: str) -> None:
    told = set(re.findall(r"`([\w:]+)`", page))
    assert {*(scope.value for scope in Scope), *(what.value for what in What)} <= told


def test_the_numbers_are_those_of_the_rules(page: str) -> None:
    assert LOGIN_RULE.wait(LOGIN_RULE.free) == ADDRESS_RULE.wait(ADDRESS_RULE.free)
    minutes = int(LOGIN_RULE.longest.total_seconds() // 60)
    numbers = [SHORTEST, LONGEST, LONGEST_LOGIN, MOST_KEYS, LOGIN_RULE.free, ADDRESS_RULE.free, minutes]
    told = set(re.findall(r"\d+", page))
    assert {str(number) for number in (*numbers, LOGIN_RULE.first.seconds)} <= told


def test_the_commands_that_are_told_are_there(page: str) -> None:
    told = set(re.findall(r"(?:`|qunxiang )(users|keys) ([a-z][a-z-]+)", page))
    for group, app in (("users", cli_users.app), ("keys", cli_keys.app)):
        there = {command.name or command.callback.__name__ for command in app.registered_commands}  # type: ignore[union-attr]
        assert {name for of, name in told if of == group} <= there
