"""Times as part of a phrase: "最近 30 天", "in the last 30 days". Names only; which days they are is the calendar's to say."""

from __future__ import annotations

from collections.abc import Sequence

from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.calendar.describe import describe_span, name_of
from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Conventions, Festival
from semantic_layer.query.time import Beside, Calendar, Grain, Holiday, Rolling, Span, TimeRange


class PeriodNames:
    """Knows the festivals by name. Nothing is resolved, so a period in the future has a name too."""

    def __init__(self, festivals: Sequence[Festival], language: Language) -> None:
        self._labels = {festival.name: festival.words.label for festival in festivals}
        self._language: Language = language

    def name(self, time: TimeRange) -> str:
        """The short name: "最近 30 天", "last 30 days", "2026年10月"."""
        if isinstance(time, Span):
            return self._days(time)
        named = name_of(time, lambda name: self._labels.get(name, Text(name, name)), self._language)
        return named or str(time)

    def festival(self, name: str) -> str:
        return self._labels.get(name, Text(name, name)).in_(self._language)

    def phrase(self, time: TimeRange) -> str:
        """The name with the small word that it needs behind a verb; Chinese needs none."""
        name = self.name(time)
        if self._language == "zh":
            return name
        match time:
            case Rolling():
                return f"in the {name}"
            case Holiday():
                return f"during {name}"
            case Beside():
                return f"in {name}"
            case Calendar(part="whole"):
                return name
            case Calendar():
                return f"in the {name}"
            case Span(start=start, end=end) if start is not None and start == end:
                return f"on {name}"
            case Span(start=start, end=end) if start is not None and end is not None and " to " not in name:
                return f"in {name}"
            case _:
                return name if name.startswith(("from ", "up to ", "since ")) else f"from {name}"

    def _days(self, span: Span) -> str:
        if span.start is not None and span.end is not None:
            return describe_span(DateSpan(span.start, span.end), self._language)
        if span.start is not None:
            return Text(f"{span.start} 起", f"since {span.start}").in_(self._language)
        if span.end is not None:
            return Text(f"截至 {span.end}", f"up to {span.end}").in_(self._language)
        return Text("全部时间", "all time").in_(self._language)


def default_window(conventions: Conventions) -> TimeRange:
    """What is meant where a metric of events is asked for without a time; all time where the company says nothing."""
    if not conventions.default_window:
        return Span(None, None)
    count, unit = conventions.default_window.split()
    return Rolling(int(count), Grain(unit.rstrip("s")))
