"""What a step of cleaning is: one value in, one value out, and a reason with a remedy when it could not be read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from semantic_layer.errors import Text
from semantic_layer.ingestion.standard.gazetteer import Gazetteer
from semantic_layer.ingestion.standard.types import StandardField


class DayOrder(StrEnum):
    """Which comes first in dates such as 3/5/2026."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a value could not be read, and what a person can do about it."""

    reason: Text
    remedy: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a step made of a value. No value and no refusal is an empty cell. `others` are fields found beside it."""

    value: str | None = None
    others: tuple[tuple[str, str], ...] = ()
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """What a step may know besides the value. `zone` is that of times written without one, `home` the company's."""

    field: StandardField
    as_of: date
    argument: str = ""
    zone: str = "Asia/Shanghai"
    home: str = "Asia/Shanghai"
    day_order: DayOrder | None = None
    key: bytes = b""  # of keyed hashes
    gazetteer: Gazetteer = dataclasses.field(default_factory=Gazetteer)


Read = Callable[[str, StepContext], Reading]
Shortcut = Callable[[str, StepContext], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A named step. `read` is what it does. `shortcut` writes the same as an SQL expression over the text given to it,
    for the values that are plain enough, and NULL or nothing for all others, which then go through `read`. It should name
    the text once: the database evaluates a nested text as often as it is named. Its only placeholders are `$as_of`,
    `$zone` and `$home`. `arguments` are what may follow the name after a colon; `gives` are the fields that it may find
    besides its own.
    """

    name: str
    words: Text
    needs: Text
    read: Read
    shortcut: Shortcut | None = None
    arguments: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()


def kept(value: str) -> Reading:
    """A value that was read."""
    return Reading(value=value)


def refused(reason: Text, remedy: Text, *, value: str | None = None) -> Reading:
    """A value that was not, or `value` as far as it was."""
    return Reading(value=value, refusal=Refusal(reason, remedy))


EMPTY = Reading()
