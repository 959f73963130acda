"""What is open on the review page and in its dialogs. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.memory.gaps import GapReport
from semantic_layer.query.plan import Plan

ReviewTab = Literal["queue", "pairs", "gaps"]
TABS: tuple[ReviewTab, ...] = ("queue", "pairs", "gaps")
DAYS = (7, 30, 90)  # periods of the gap report
WRITTEN = "written"  # the choice of a plan that is typed


@dataclass(slots=True, kw_only=True)
class ReviewView:
    """The open tab; `report` is that of the last look at the gaps of the past `days`."""

    tab: ReviewTab = "queue"
    days: int = 30
    report: GapReport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectDialog:
    """The correction of the answer of a turn."""

    turn: str
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveDialog:
    """A proposal on its way into the store. `seen` is the plan whose words were shown: only that one can be saved.

    `choice` is a position among the plans that people saw, or `WRITTEN` for the plan in `written`.
    """

    item: str
    wordings: str
    choice: str
    written: str
    note: str = ""
    seen: Plan | None = None
    changed: bool = False  # what is to be saved is not what was shown before
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectDialog:
    item: str
    question: str
    why: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawDialog:
    """A reviewed question on its way out. `pair` is its id."""

    pair: str
    question: str
    why: str = ""
    fault: str = ""
