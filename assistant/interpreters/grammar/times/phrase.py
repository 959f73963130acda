"""What a builder of the time grammar gets (`Phrase`) and gives (`Meaning`), and the days that several builders share."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from assistant.interpreters.grammar.times.pieces import Piece, no_such_day
from assistant.interpreters.grammar.times.words import YearRef
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import Text
from semantic_layer.query.time import (
    Across,
    Beside,
    Calendar,
    CompareTo,
    Grain,
    Holiday,
    Rolling,
    Span,
    TimeRange,
)

_Kind = TypeVar("_Kind")
ONE_DAY = timedelta(days=1)
_NEAR = 200  # how much of the text around a phrase its meaning may depend on
DOUBTFUL, LIKELY, SURE = 0.5, 0.8, 1.0


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing a phrase may mean: a time, a comparison, or why it can be neither."""

    time: TimeRange | None = None
    compare: CompareTo | None = None
    unit: Grain | None = None
    error: Text | None = None
    confidence: float = SURE
    same: bool = False  # the same days one `unit` earlier, not the unit as a whole


Meanings = Iterator[Meaning]


class Phrase:
    """The pieces a rule matched, to be taken in order; an optional piece that was not there is `None`."""

    def __init__(
        self, text: str, place: tuple[int, int], pieces: Sequence[Piece | None], calendar: CompanyCalendar
    ) -> None:
        start, end = place
        self.said = text[start:end]
        self.before, self.after = text[max(0, start - _NEAR) : start], text[end : end + _NEAR]
        self.pieces = pieces
        self.calendar = calendar

    def get(self, index: int, kind: type[_Kind]) -> _Kind:
        piece = self.pieces[index]
        if piece is None or not isinstance(piece.value, kind):
            raise TypeError(f"piece {index} of {self.said!r} is not a {kind.__name__}")
        return piece.value

    def maybe(self, index: int, kind: type[_Kind]) -> _Kind | None:
        return None if self.pieces[index] is None else self.get(index, kind)

    def year(self, index: int) -> int:
        return year_number(self.get(index, YearRef), self.calendar)

    def any_year(self) -> int | None:
        """The year among the pieces, if one was said."""
        said = next((each.value for each in self.pieces if each is not None and isinstance(each.value, YearRef)), None)
        return None if said is None else year_number(said, self.calendar)

    def time(self, index: int) -> TimeRange:
        piece = self.pieces[index]
        if piece is None or not isinstance(piece.value, (Span, Rolling, Calendar, Holiday, Beside, Across)):
            raise TypeError(f"piece {index} of {self.said!r} is not a time")
        return piece.value

    def point(self) -> TimeRange:
        """The first whole time among the pieces."""
        return self.time(
            next(index for index, piece in enumerate(self.pieces) if piece is not None and piece.kind == "point")
        )

    def rolls(self) -> bool:
        """Whether it is "the last week", which is the rolling one, and not "last week"."""
        return self.before.endswith("the ") and self.said.startswith("last ")

    def missing_day(self) -> Meaning:
        return Meaning(error=no_such_day(self.said))


def year_number(year: YearRef, calendar: CompanyCalendar) -> int:
    return year.year if year.year is not None else calendar.as_of.year + (year.offset or 0)


def valid_day(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if 1 <= day <= monthrange(year, month)[1] else None


def month_span(year: int, month: int) -> Span:
    return Span(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def quarter_span(year: int, quarter: int) -> Span:
    return Span(date(year, quarter * 3 - 2, 1), month_span(year, quarter * 3).end)


def latest_year(month: int, calendar: CompanyCalendar, day: int = 1) -> int:
    """The latest year in which that day has begun; leap days go back to a leap year."""
    year = calendar.as_of.year
    if (month, day) > (calendar.as_of.month, calendar.as_of.day):
        year -= 1
    while day == 29 and month == 2 and monthrange(year, 2)[1] < 29:
        year -= 1
    return year


def year_time(year: YearRef) -> TimeRange:
    if year.year is None:
        return Calendar(Grain.YEAR, year.offset or 0)
    return Span(date(year.year, 1, 1), date(year.year, 12, 31))
