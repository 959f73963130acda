"""The spans of a question: its own, those it is held against, and the periods inside them."""

from __future__ import annotations

from dataclasses import dataclass

from semantic_layer.calendar.arithmetic import ONE_DAY, DateSpan
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.compiler.combine import Spine
from semantic_layer.errors import Text
from semantic_layer.model.grain import Grain
from semantic_layer.query.time import CompareTo, Rolling, TimeRange


@dataclass(frozen=True, slots=True)
class When:
    """`spans[0]` is the question's own; the others follow the order of the comparisons. `None` is all time."""

    spans: tuple[DateSpan | None, ...]


def window(text: str) -> Rolling:
    """A window such as "12 months", ending on the as-of day. Definitions are checked when they are loaded."""
    count, unit = text.split()
    return Rolling(int(count), Grain(unit.rstrip("s")))


def span_of(calendar: CompanyCalendar, time: TimeRange | None) -> DateSpan | None:
    """The days meant; without a time, those of the company's default window; `None` where that is all time."""
    if time is None and not calendar.conventions.default_window:
        return None
    return calendar.resolve(time if time is not None else window(calendar.conventions.default_window))


def when(calendar: CompanyCalendar, time: TimeRange | None, compare_to: tuple[CompareTo, ...] = ()) -> When:
    """The spans meant; without a time, the company's default window."""
    own = span_of(calendar, time)
    if not compare_to:
        return When((own,))
    asked = time if time is not None else window(calendar.conventions.default_window or "12 months")
    return When((calendar.resolve(asked), *(calendar.compare(asked, other) for other in compare_to)))


def spine_of(calendar: CompanyCalendar, spans: When, grain: Grain, column: str) -> Spine | None:
    """Every period of the question's span beside the period at the same position of each comparison.

    `None` for a span without a first day, whose periods only the data knows, and for grains within a day, of which too
    many would stand empty.
    """
    known = [span for span in spans.spans if span is not None and not span.open_start]
    if len(known) < len(spans.spans) or grain.is_within_day:
        return None
    lists = [calendar.periods(span, grain) for span in known]
    length = len(lists[0])
    return Spine(
        column,
        tuple(tuple(periods[at] if at < len(periods) else None for periods in lists) for at in range(length)),
        step=grain,
    )


def partial_note(calendar: CompanyCalendar, span: DateSpan | None, grain: Grain) -> Text | None:
    """Says so when the first or the last period is only partly inside the span."""
    if span is None or span.open_start or grain is Grain.DAY or grain.is_within_day:
        return None
    first = calendar.start_of(span.start, grain) < span.start
    after = span.end + ONE_DAY
    last = calendar.start_of(after, grain) != after
    if not first and not last:
        return None
    zh = "和".join(part for part, is_so in (("第一期", first), ("最后一期", last)) if is_so)
    en = " and ".join(part for part, is_so in (("first", first), ("last", last)) if is_so)
    return Text(
        zh=f"{zh}不完整：只含 {span.start} 至 {span.end} 之内的日子。",
        en=f"The {en} period is partial: {span.start} to {span.end} only.",
    )
