"""What each kind of step contributes to an answer, before the parts that all answers share are added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant.answer import FollowUp, Headline, Relaxation, Section, WaterfallStep
from semantic_layer.errors import Text
from semantic_layer.query.plan import Plan
from semantic_layer.table import Table
from tools.chart import ChartSpec
from tools.profile import ProfileResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The fields of `assistant.answer.Answer` that depend on the kind of step; times in milliseconds."""

    text: str
    plan: Plan
    headline: Headline | None = None
    table: Table | None = None
    chart: ChartSpec | None = None
    waterfall: tuple[WaterfallStep, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()
    emptied_by: str = ""
    profile: ProfileResult | None = None
    people: Table | None = None
    sections: tuple[Section, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()  # next questions that the result itself suggests
    uses: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    remarks: tuple[Text, ...] = ()  # what the person should know about the figures
    sql: tuple[str, ...] = ()
    compile_ms: float = 0.0
    run_ms: float = 0.0
    rest: Callable[[Draft], Draft] | None = None  # what is worth having but not worth waiting for, added to the draft
