"""Finds times, groupings by time and comparisons in questions. `TimeFinder(calendar).find(text)` is the way in."""

from __future__ import annotations

from assistant.interpreters.grammar.times.finder import TimeFinder, TimeMention
from assistant.interpreters.grammar.times.moments import MomentFinder, MomentMention

__all__ = ["MomentFinder", "MomentMention", "TimeFinder", "TimeMention"]
