"""Pieces of the time grammar that are days of the week, weekends and numbered weeks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.interpreters.grammar.times.pieces import Piece
from assistant.interpreters.grammar.times.words import YearRef

_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_WEEKDAY = re.compile(
    "(?:(上上个|上上|上个|上|本|这个|这|下个|下)?(?:周|星期|礼拜)([一二三四五六日天])(?![共些样直起定般切致律旦百千万十个次年月]))"
)
_WEEK_OFFSETS = {"上上": -2, "上上个": -2, "上": -1, "上个": -1, "本": 0, "这": 0, "这个": 0, "下": 1, "下个": 1}
_WEEKDAY_EN = re.compile(
    r"(?<![a-z])(?<!black )(?<!good )(?<!cyber )(?:(last|this|next|past) )?(?:(mon|tues|wednes|thurs|fri|satur|sun)day|(mon|tue|wed|thu|fri)\.?)(?![a-z])"
)
_WEEKDAYS_EN = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_WEEKEND = re.compile("(?<!以)(上上个|上上|上个|上|本|这个|这|下个|下)(?:周末|双休日)")
_WEEKEND_EN = re.compile(r"(?<![a-z])(?:the )?(last|this|next|past|previous) weekend(?![a-z])")
_WEEK_EN = re.compile(r"(?<![a-z])(?:the )?(?:iso )?week (?:no\.? ?|number )?(\d{1,2})(?![\d.%]|[a-z])")
_ISO_WEEK = re.compile(r"(?<!\d)(\d{4})-?(w(\d{1,2}))(?![\da-z])")
_WEEK_ZH = re.compile(r"(?<=年)(\d{1,2})周(?![岁期年转边])")


def weekdays(text: str) -> Iterator[Piece]:
    """上周三, Monday. The value is the weekday and the week it is in, counted from this one; 9 when none is named."""
    for match in _WEEKDAY.finditer(text):
        yield Piece("weekday", *match.span(), (_WEEKDAYS[match[2]], _WEEK_OFFSETS.get(match[1] or "", 9)))
    for match in _WEEKDAY_EN.finditer(text):
        lead = {"last": -1, "this": 0, "next": 1}.get(match[1] or "", 9)
        yield Piece("weekday", *match.span(), (_WEEKDAYS_EN[(match[2] or match[3])[:3]], lead))


def numbered_weeks(text: str) -> Iterator[Piece]:
    """Week 45, 2026-W45, 45周 behind a year. What the year has not, the calendar says."""
    for match in _WEEK_EN.finditer(text):
        yield Piece("weekno", *match.span(), int(match[1]))
    for match in _ISO_WEEK.finditer(text):
        yield Piece("year", *match.span(1), YearRef(year=int(match[1])))
        yield Piece("weekno", *match.span(2), int(match[3]))
    for match in _WEEK_ZH.finditer(text):
        yield Piece("weekno", *match.span(), int(match[1]))


def weekends(text: str) -> Iterator[Piece]:
    """上周末, last weekend: one weekend, by the week it ends, counted from this one."""
    for match in _WEEKEND.finditer(text):
        yield Piece("weekend", *match.span(), _WEEK_OFFSETS[match[1]])
    for match in _WEEKEND_EN.finditer(text):
        yield Piece("weekend", *match.span(), {"this": 0, "next": 1}.get(match[1], -1))
