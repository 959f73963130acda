"""Finds parts of the week and of the day: on weekends, after 8 pm, by hour. They say which rows are meant, not when.

Works on normalised text. What is found is a condition on the time that each metric goes by, or a grouping; it names no
field, for the question may be about anything that has a time. A company's own periods (season) are found as groupings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.interpreters.grammar.normalise import normalise
from assistant.interpreters.grammar.numerals import at_word, read_number
from assistant.interpreters.grammar.times import moment_words as words
from semantic_layer.errors import Text
from semantic_layer.model.grain import DatePart, Grain, TimeSpine
from semantic_layer.query.predicate import And, Moment, Or, Predicate
from semantic_layer.query.types import ByTime

_HOURS_IN_DAY = 24
_NOON = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentMention:
    """What `text[start:end]` says: exactly one of `where`, `group`, `asked` (a grouping that is asked for) and `error`.

    `vague` marks words such as "in the evening", which a company may define for itself; `doubtful` ones that may be a day.
    """

    start: int
    end: int
    where: Predicate | None = None
    group: ByTime | None = None
    asked: ByTime | None = None
    alone: bool = False  # the asking is in the words: 几点
    single: bool = False  # an English noun for one of them: which hour
    error: Text | None = None
    vague: bool = False
    doubtful: bool = False


class MomentFinder:
    """Built once for a model's period tables; `find` may be called from many threads."""

    def __init__(self, spines: Sequence[TimeSpine]) -> None:
        self._words = _index(spines)

    def find(self, text: str) -> tuple[MomentMention, ...]:
        """All mentions by place, longest first; those inside a longer one are left out."""
        found = [*self._named(text), *_weekdays(text), *_hours(text)]
        kept: list[MomentMention] = []
        for each in sorted(found, key=lambda mention: (mention.start - mention.end, mention.start)):
            if not any(other.start < each.end and each.start < other.end for other in kept):
                kept.append(each)
        return tuple(sorted(kept, key=lambda mention: mention.start))

    def _named(self, text: str) -> Iterator[MomentMention]:
        for place, character in enumerate(text):
            for word, mention in self._words.get(character, ()):
                if at_word(text, place, word) and _stands(text, place, word):
                    yield replace(mention, start=place, end=place + len(word))


def _index(spines: Sequence[TimeSpine]) -> Mapping[str, Sequence[tuple[str, MomentMention]]]:
    table: dict[str, MomentMention] = {}
    weekend, workdays = _run(DatePart.DAY_OF_WEEK, 6, 7), _run(DatePart.DAY_OF_WEEK, 1, 5)
    table |= {word: MomentMention(start=0, end=0, where=weekend) for word in words.WEEKENDS}
    table |= {word: MomentMention(start=0, end=0, where=workdays) for word in words.WORKDAYS}
    for word, (low, high) in words.DAYPARTS.items():
        table[word] = MomentMention(start=0, end=0, where=_run(DatePart.HOUR, low, high), vague=True)
    for word, part in words.GROUPINGS.items():
        table[word] = MomentMention(start=0, end=0, group=_by(part))
    for word, part in words.ASKED.items():
        table[word] = MomentMention(start=0, end=0, asked=_by(part), single=_is_single(word))
    for word, part in words.ASKED_ALONE.items():
        table[word] = MomentMention(start=0, end=0, asked=_by(part), alone=True)
    table |= dict(_own_periods(spines))
    by_first: dict[str, list[tuple[str, MomentMention]]] = {}
    for word, mention in table.items():
        by_first.setdefault(word[0], []).append((word, mention))
    return by_first


def _own_periods(spines: Sequence[TimeSpine]) -> Iterator[tuple[str, MomentMention]]:
    for spine in spines:
        for period in spine.periods:
            group = ByTime(Grain.DAY, own=period.name)
            for said in (period.label.zh, period.label.en, *period.synonyms):
                word = normalise(said).text
                if not word:
                    continue
                yield word, MomentMention(start=0, end=0, asked=group, single=_is_single(word))
                leads, gap = (words.OWN_EN, " ") if word.isascii() else (words.OWN_ZH, "")
                for lead in leads:
                    yield f"{lead}{gap}{word}", MomentMention(start=0, end=0, group=group)


def _is_single(word: str) -> bool:
    return word.isascii() and not word.endswith("s")


def _by(part: DatePart) -> ByTime:
    return ByTime(Grain.DAY, part=part)


_NOT_BEFORE = {
    "周末": "上本这下",
}
_NOT_BEFORE_EN = re.compile(r"(?:last|this|next|past|previous) $")
_NUMBERED = re.compile(r"(?:\d|[一二两三四五六七八九十几半多]) ?个?$")
_NEAR = 12


def _stands(text: str, place: int, word: str) -> bool:
    """上周末 is one weekend and 24小时 a length; 每小时 is no number."""
    before = text[place - 1 : place]
    if before and before in _NOT_BEFORE.get(word, ""):
        return False
    if word in words.ASKED or word.startswith("weekend"):
        near = text[max(0, place - _NEAR) : place]
        return not _NOT_BEFORE_EN.search(near) and not _NUMBERED.search(near)
    return True


# ---- days of the week


def _weekdays(text: str) -> Iterator[MomentMention]:
    for pattern, days in ((words.WEEKDAY_RANGE, words.DAYS_ZH), (words.WEEKDAY_RANGE_EN, words.DAYS_EN)):
        for match in pattern.finditer(text):
            low, high = days[match[1][:3]], days[match[2][:3]]
            yield MomentMention(start=match.start(), end=match.end(), where=_run(DatePart.DAY_OF_WEEK, low, high))
    for pattern, days in ((words.EVERY_WEEKDAY, words.DAYS_ZH), (words.EVERY_WEEKDAY_EN, words.DAYS_EN)):
        for match in pattern.finditer(text):
            day = days[next(group for group in match.groups() if group)[:3]]
            yield MomentMention(start=match.start(), end=match.end(), where=_run(DatePart.DAY_OF_WEEK, day, day))
    for match in words.BARE_WEEKDAY.finditer(text):
        day = words.DAYS_ZH[match[1]]
        where = _run(DatePart.DAY_OF_WEEK, day, day)
        yield MomentMention(start=match.start(), end=match.end(), where=where, doubtful=True)


# ---- hours of the day


@dataclass(frozen=True, slots=True)
class _Clock:
    hour: int  # 0 to 24
    sharp: bool  # on the hour


_Clocks = tuple[_Clock | None, ...]


def _hours(text: str) -> Iterator[MomentMention]:
    readers: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], _Clocks], str], ...] = (
        (words.BETWEEN_ZH, _both_zh, "between"),
        (words.BETWEEN_SHORT_ZH, _short_zh, "between"),
        (words.AFTER_ZH, _one_zh, "after"),
        (words.BEFORE_ZH, _one_zh, "before"),
        (words.AT_ZH, _at_zh, "at"),
        (words.BETWEEN_EN, _both_en, "between"),
        (words.AFTER_EN, _one_en, "after"),
        (words.BEFORE_EN, _one_en, "before"),
        (words.AT_EN, _one_en, "at"),
    )
    for pattern, read, kind in readers:
        for match in pattern.finditer(text):
            clocks = read(match)
            if clocks and all(clock is not None for clock in clocks):
                yield from _between(match, tuple(clock for clock in clocks if clock is not None), kind)


def _between(match: re.Match[str], clocks: tuple[_Clock, ...], kind: str) -> Iterator[MomentMention]:
    """The hours from the first clock on and before the second one."""
    if not all(clock.sharp for clock in clocks):
        yield MomentMention(start=match.start(), end=match.end(), error=_only_whole_hours(match[0], clocks[0].hour))
        return
    low = clocks[0].hour if kind != "before" else 0
    end = {"after": _HOURS_IN_DAY, "at": clocks[0].hour + 1}.get(kind, clocks[-1].hour)
    end = end or _HOURS_IN_DAY  # until midnight
    if low != end and low < _HOURS_IN_DAY and (low, end) != (0, _HOURS_IN_DAY):
        yield MomentMention(start=match.start(), end=match.end(), where=_run(DatePart.HOUR, low, end - 1))


def _one_zh(match: re.Match[str]) -> _Clocks:
    return (_clock_zh(match[1], match[2], match[3] or match[4]),)


def _at_zh(match: re.Match[str]) -> _Clocks:
    """Only with a part of the day, or as 8点钟, 8点的: 5点 alone may be points."""
    sure = match[1] or match[0].endswith(("点钟", "点整")) or match.string.startswith("的", match.end())
    return _one_zh(match) if sure else ()


def _both_zh(match: re.Match[str]) -> _Clocks:
    first = _clock_zh(match[1], match[2], match[3] or match[4])
    return first, _end_zh(first, match[1], match[5], match[6], match[7] or match[8])


def _short_zh(match: re.Match[str]) -> _Clocks:
    """晚上8到10点."""
    first = _clock_zh(match[1] or match[3], match[2], None)
    return first, _end_zh(first, match[1] or match[3], match[3], match[4], match[5] or match[6])


def _end_zh(first: _Clock | None, before: str | None, part: str | None, hour: str, rest: str | None) -> _Clock | None:
    """The second clock is in the first one's part of the day when it names none and comes later in it."""
    alike = _clock_zh(part or before, hour, rest)
    if part or first is None or alike is None or alike.hour > first.hour:
        return alike
    return _clock_zh(None, hour, rest)


def _clock_zh(part: str | None, hour: str, rest: str | None) -> _Clock | None:
    read = read_number(hour.replace("两", "二"), 0)
    if read is None or read[0] != int(read[0]):
        return None
    number = int(read[0])
    if part in words.LATE_PARTS and number < _NOON and not (part == "中午" and number == _NOON - 1):
        number += _NOON
    elif part in ("晚上", "晚", "夜里", "深夜", "夜间", "晚间") and number == _NOON:
        number = _HOURS_IN_DAY
    return _Clock(number, rest in (None, "00", "0分", "00分")) if number <= _HOURS_IN_DAY else None


def _one_en(match: re.Match[str]) -> _Clocks:
    return (_clock_en(match[1], match[2], match[3]),) if match[2] or match[3] else ()


def _both_en(match: re.Match[str]) -> _Clocks:
    """9 to 5 pm: the first clock of two is in the morning, unless it says otherwise or would come after the second."""
    if not (match[3] or match[6] or (match[2] and match[5])):
        return ()
    last = _clock_en(match[4], match[5], match[6])
    first = _clock_en(match[1], match[2], match[3])
    if first and last and not match[3] and match[6] and first.hour + _NOON < last.hour and first.hour < 8:
        first = replace(first, hour=first.hour + _NOON)  # 1 to 5 pm
    return first, last


def _clock_en(hour: str, minutes: str | None, half: str | None) -> _Clock | None:
    number = int(hour)
    letter = half[0] if half else ""
    if letter in ("a", "p"):
        if not 1 <= number <= _NOON:
            return None
        number = number % _NOON + (_NOON if letter == "p" else 0)
    return _Clock(number, minutes in (None, "00")) if number <= _HOURS_IN_DAY else None


def _only_whole_hours(said: str, hour: int) -> Text:
    return Text(
        zh=f"「{said}」精确到了分钟；时间段只能按整点来说，例如 {hour} 点以后。",
        en=f"{said!r} goes to the minute; times of day are given in whole hours, such as after {hour}:00.",
    )


def _run(part: DatePart, low: int, high: int) -> Predicate:
    """Weekdays or hours from `low` to `high`, both inside; over the end of the week or the day when `high` is less."""
    least, most = (1, 7) if part is DatePart.DAY_OF_WEEK else (0, 23)
    if low == high:
        return Moment(part=part, op="=", value=low)
    first, last = Moment(part=part, op=">=", value=low), Moment(part=part, op="<=", value=high)
    if low > high:
        return Or((first, last))
    if high == most:
        return first
    return last if low == least else And((first, last))
