"""When the size of a segment is worth telling: beyond a bound that a person set, or beyond its own usual movement."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from semantic_layer.errors import Text
from tools.segments.membership import Snapshot
from tools.segments.types import Arrangement

ENOUGH: Final = 6
"""Movements that must be known before one can be called unusual."""
WIDE: Final = 5.0
"""How many usual deviations (median absolute deviation) from the usual movement are unusual."""
_LEAST: Final = 0.02  # a segment that never moves is not unusual when it moves by less than this part


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A size that somebody should look at. `usual` is the largest movement, as a part, that would not have been told."""

    kind: Literal["below", "above", "unusual"]
    size: int
    before: int | None = None
    bound: int | None = None
    usual: float | None = None


def alert_of(looks: Sequence[Snapshot], arrangement: Arrangement) -> Alert | None:
    """What the last look gives reason to tell; `looks` are in order of time.

    The unusual is measured by the median and the median absolute deviation of the parts by which the size moved from look to
    look (Leys et al., Detecting outliers, 2013), which one outlier does not shift.
    """
    if not looks:
        return None
    size = looks[-1].size
    before = looks[-2].size if len(looks) > 1 else None
    if arrangement.at_least is not None and size < arrangement.at_least:
        return Alert(kind="below", size=size, before=before, bound=arrangement.at_least)
    if arrangement.at_most is not None and size > arrangement.at_most:
        return Alert(kind="above", size=size, before=before, bound=arrangement.at_most)
    parts = [_part(one.size, two.size) for one, two in pairwise(looks)]
    if len(parts) <= ENOUGH:
        return None
    *usual, last = parts
    middle = statistics.median(usual)
    deviation = statistics.median([abs(part - middle) for part in usual])
    allowed = max(_LEAST, WIDE * deviation)
    if abs(last - middle) <= allowed:
        return None
    return Alert(kind="unusual", size=size, before=before, usual=abs(middle) + allowed)


def _part(before: int, after: int) -> float:
    return (after - before) / max(before, 1)


def alert_text(name: str, alert: Alert) -> Text:
    """The alert in a sentence."""
    match alert.kind:
        case "below":
            return Text(
                zh=f"「{name}」现有 {alert.size:,} 人，低于设定的下限 {alert.bound:,} 人。",
                en=f"“{name}” has {alert.size:,} people, below the bound of {alert.bound:,}.",
            )
        case "above":
            return Text(
                zh=f"「{name}」现有 {alert.size:,} 人，高于设定的上限 {alert.bound:,} 人。",
                en=f"“{name}” has {alert.size:,} people, above the bound of {alert.bound:,}.",
            )
        case "unusual":
            return Text(
                zh=f"「{name}」从 {alert.before:,} 人变为 {alert.size:,} 人，超出它平时的变动（约 {alert.usual:.1%} 以内）。",
                en=f"“{name}” went from {alert.before:,} to {alert.size:,} people, more than it usually moves "
                f"(within about {alert.usual:.1%}).",
            )
