"""Which tags are due, and in which order: those that others rest on come first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from semantic_layer.compiler.tag_table import customer_tags
from semantic_layer.compiler.uses import Uses
from semantic_layer.errors import Text
from semantic_layer.ingestion.tagging.runs import DONE, TagRun
from semantic_layer.model.types import Conventions, SemanticModel, Tag

MANUAL: Final = "manual"
ON_ARRIVAL: Final = "on arrival"
RHYTHMS: Final = ("hourly", "daily", "weekly", "monthly", MANUAL, ON_ARRIVAL)
"""What `refresh` of a tag may say. Tags on arrival follow each event, and the day like daily ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A tag to be computed now, and why."""

    tag: str
    why: Text


def plan_refresh(
    model: SemanticModel,
    now: datetime,
    last_runs: Mapping[str, TagRun],
    *,
    versions: Mapping[str, str] | None = None,
) -> tuple[Due, ...]:
    """The tags that are due at `now` (with its zone), each after those it rests on.

    `last_runs` are the latest results by tag; `versions` the definitions' versions now, when edits shall count.
    """
    due: dict[str, Due] = {}
    for tag in customer_tags(model):
        why = _why(tag, now, last_runs.get(tag.name), (versions or {}).get(tag.name), model.conventions)
        if why is not None:
            due[tag.name] = Due(tag=tag.name, why=why)
    return tuple(due[tag.name] for tag in in_order(model) if tag.name in due)


def in_order(model: SemanticModel) -> tuple[Tag, ...]:
    """The customer's tags, each after those it rests on; otherwise in the order of the definitions."""
    uses, tags = Uses(model), customer_tags(model)
    named = {
        tag.qualified: frozenset(name for kind, name in uses.closure([("tag", tag.qualified)]) if kind == "tag")
        for tag in tags
    }
    return tuple(sorted(tags, key=lambda tag: len(named[tag.qualified])))


def _why(tag: Tag, now: datetime, last: TagRun | None, version: str | None, conventions: Conventions) -> Text | None:
    if last is None:
        return Text("还没有计算过", "never computed")
    if last.state != DONE:
        return Text("上次没有算成", "the last attempt failed")
    if version is not None and version != last.definition:
        return Text("定义改了", "its definition changed")
    starts = _PERIODS.get(tag.refresh)
    if starts is None:
        return None
    zone = ZoneInfo(conventions.time_zone)
    here = now.astimezone(zone)
    begun = starts(here, conventions)
    if last.computed_at.replace(tzinfo=UTC).astimezone(zone) >= begun:
        return None
    return Text(f"{begun:%Y-%m-%d %H:%M} 起还没有计算", f"not computed since {begun:%Y-%m-%d %H:%M}")


def _day(now: datetime, _conventions: Conventions) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _hour(now: datetime, _conventions: Conventions) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _week(now: datetime, conventions: Conventions) -> datetime:
    passed = now.weekday() if conventions.week_start == "monday" else (now.weekday() + 1) % 7
    return _day(now, conventions) - timedelta(days=passed)


def _month(now: datetime, conventions: Conventions) -> datetime:
    return _day(now, conventions).replace(day=1)


_PERIODS: Mapping[str, Callable[[datetime, Conventions], datetime]] = {
    "hourly": _hour,
    "daily": _day,
    "weekly": _week,
    "monthly": _month,
    ON_ARRIVAL: _day,
}
