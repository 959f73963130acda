"""What a doctor looks at, and what it found: values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from assistant.settings import Settings
from semantic_layer.errors import Text

NOTHING = Text("", "")


class Outcome(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found, and what to do next when something is to be done."""

    outcome: Outcome
    found: Text
    advice: Text = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer over HTTP: its status, and the beginning of its body."""

    status: int
    body: bytes


class Network(Protocol):
    """The seam to what lies outside. Raises `OSError` when it cannot be reached."""

    def fetch(self, url: str) -> Fetched: ...

    def connect(self, host: str, port: int) -> None: ...

    def listen(self, host: str, port: int) -> None:
        """Take the port for a moment, as the page would."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Everything that checks look at. `free_bytes` tells the space left where a path is."""

    settings: Settings
    environment: Mapping[str, str]
    network: Network
    now: Callable[[], datetime]
    free_bytes: Callable[[Path], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing to look at. `look` may raise `UserError`, `DefinitionError` or `OSError`, which is a failure in its words."""

    name: str
    label: Text
    look: Callable[[Surroundings], Finding]


def ok(zh: str, en: str) -> Finding:
    return Finding(outcome=Outcome.OK, found=Text(zh, en))


def warning(found: Text, advice: Text) -> Finding:
    return Finding(outcome=Outcome.WARNING, found=found, advice=advice)


def failed(found: Text, advice: Text) -> Finding:
    return Finding(outcome=Outcome.FAILED, found=found, advice=advice)
