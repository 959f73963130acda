"""Cuts text into the pieces that the time grammar is made of: words of the lexicon, festivals, numbers, written dates.

Pieces may overlap; the rules choose. Works on normalised text and knows nothing about how pieces combine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from assistant.interpreters.grammar.normalise import normalise
from assistant.interpreters.grammar.number_words import EN_ORDINALS, ZH_DIGITS, ZH_NUMERALS
from assistant.interpreters.grammar.numerals import at_word, is_letter, read_number
from assistant.interpreters.grammar.times import words
from semantic_layer.errors import Text
from semantic_layer.model.types import Festival
from semantic_layer.query.time import Across, Beside, Holiday, Rolling, Span

PieceValue = words.WordValue | date | tuple[int, int] | Text | Span | Rolling | Holiday | Beside | Across


@dataclass(frozen=True, slots=True)
class Piece:
    """`kind` is a category of the time grammar; `value` is what it is worth there."""

    kind: str
    start: int
    end: int
    value: PieceValue


class Lattice:
    """Pieces by the place where they start."""

    def __init__(self, text: str, pieces: Iterable[Piece]) -> None:
        self.text = text
        self._at: dict[int, dict[str, list[Piece]]] = {}
        for piece in pieces:
            self.add(piece)

    def add(self, piece: Piece) -> None:
        self._at.setdefault(piece.start, {}).setdefault(piece.kind, []).append(piece)

    def at(self, place: int, kinds: tuple[str, ...]) -> Iterator[Piece]:
        here = self._at.get(place)
        if here is not None:
            for kind in kinds:
                yield from here.get(kind, ())

    def kinds_at(self, place: int) -> Iterable[str]:
        return self._at.get(place, {}).keys()

    def starts(self) -> list[int]:
        return sorted(self._at)


class Words:
    """The lexicon, indexed by first character; festivals of one company included."""

    def __init__(self, festivals: Sequence[Festival]) -> None:
        table = {word: list(entries) for word, entries in _lexicon().items()}
        for festival in festivals:
            for name in _festival_names(festival):
                table.setdefault(name, []).append(("fest", festival.name))
        self._by_first: Mapping[str, tuple[tuple[str, tuple[words.Entry, ...]], ...]] = _index(table)

    def pieces(self, text: str) -> Iterator[Piece]:
        for place, character in enumerate(text):
            for word, entries in self._by_first.get(character, ()):
                if at_word(text, place, word) and _stands(text, place, word):
                    for kind, value in entries:
                        yield Piece(kind, place, place + len(word), value)


@cache
def _lexicon() -> Mapping[str, tuple[words.Entry, ...]]:
    return words.lexicon()


def _index(table: Mapping[str, Sequence[words.Entry]]) -> dict[str, tuple[tuple[str, tuple[words.Entry, ...]], ...]]:
    by_first: dict[str, list[tuple[str, tuple[words.Entry, ...]]]] = {}
    for word, entries in table.items():
        by_first.setdefault(word[0], []).append((word, tuple(entries)))
    return {first: tuple(group) for first, group in by_first.items()}


def _festival_names(festival: Festival) -> set[str]:
    label = festival.words.label
    names = {normalise(name).text for name in (label.zh, label.en, *festival.words.synonyms) if name}
    return (
        names | {name.replace("-", " ") for name in names} | {name.replace(" ", "") for name in names if name.isascii()}
    )


def _stands(text: str, place: int, word: str) -> bool:
    """Whether the word is not a part of a longer one, by the characters beside it."""
    after = text[place + len(word) : place + len(word) + 1]
    if after and after in words.NOT_AFTER.get(word[-1], ""):
        return False
    if place and text[place - 1] in words.NOT_BEFORE.get(word, ""):
        return False
    return not (_digits_go_on(text, place, word))


def _digits_go_on(text: str, place: int, word: str) -> bool:
    """618 is not found inside 6180 or 1.618; 十一 not inside 二十一 or 十一万."""
    before, after = text[place - 1 : place] if place else "", text[place + len(word) : place + len(word) + 1]
    if word[0].isdigit() and (before.isdigit() or (before in (".", ",") and text[place - 2 : place - 1].isdigit())):
        return True
    if word[-1].isdigit() and (
        after.isdigit() or (after in (".", ",") and text[place + len(word) + 1 :][:1].isdigit())
    ):
        return True
    return word[0] in ZH_NUMERALS and before in ZH_NUMERALS and before != "" and word[-1] in ZH_NUMERALS


_ISO = re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\d])")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")
_YEAR_MONTH = re.compile(r"(?<![\d.])((?:19|20)\d\d)[-/.](\d{1,2})(?![\d]|[-/.]\d|%)")
_DAY_MONTH_YEAR = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")
_MONTH_DAY = re.compile(r"(?<![\d.,])(\d{1,2})[./](\d{1,2})(?![\d%]|[./]\d)")
_NTH = re.compile(r"(?<!\d)(?<!\d\.)(\d{1,2})(?:st|nd|rd|th)(?![a-z])")
_DIGIT_YEAR = re.compile(r"(?<!\d)(\d{4}|\d{2}) ?年(?![龄轻货终])")
_YEAR_QUARTER = re.compile(r"(?<![\da-z])(\d\d)(?=(?:q[1-4]|h[12])(?![\da-z]))")
_BARE_YEAR = re.compile(r"(?<![\d.,¥$])((?:19|20)\d\d)(?![\d年%]|[.,]\d|[kw](?![a-z]))")
_FISCAL_YEAR = re.compile(
    r"(?:(?<![a-z])fy ?(\d{4}|\d\d)(?!\d))|(?:(?<!\d)(\d{4}|\d\d)财年)|(?:(?<![a-z])fiscal (?:year )?(\d{4}))"
)
_DECADE = re.compile(r"(?<!\d)((?:19|20)\d0)(?:s| s|'s|年代)")
_ORDINAL_DAYS = {word[0]: tuple(w for w in EN_ORDINALS if w[0] == word[0]) for word in EN_ORDINALS}
_ZH_YEAR = re.compile("([零〇一二三四五六七八九]{4}|[零〇一二三四五六七八九]{2})年(?![龄轻货终])")


def written_dates(text: str) -> Iterator[Piece]:
    """Dates in figures, valid or not: a day that does not exist becomes a piece that says so."""
    for match in _ISO.finditer(text):
        yield _day(match, int(match[1]), int(match[3]), int(match[4]))
    for match in _COMPACT.finditer(text):
        if 1 <= int(match[2]) <= 12:
            yield _day(match, int(match[1]), int(match[2]), int(match[3]))
    for match in _YEAR_MONTH.finditer(text):
        month = int(match[2])
        fits = 1 <= month <= 12
        yield (
            Piece("ym", *match.span(), (int(match[1]), month))
            if fits
            else Piece("bad", *match.span(), no_such_month(match[0]))
        )
    for match in _DAY_MONTH_YEAR.finditer(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        readings = {_day(match, year, first, second), _day(match, year, second, first)}
        good = [each for each in readings if each.kind == "date"]
        yield from sorted(good, key=lambda each: first > 12 or str(each.value)) or [_day(match, year, first, second)]
    for match in _MONTH_DAY.finditer(text):
        if 1 <= int(match[1]) <= 12 and 1 <= int(match[2]) <= 31:
            yield Piece("slashday" if "/" in match[0] else "dotday", *match.span(), (int(match[1]), int(match[2])))
    yield from _ordinal_days(text)


def _ordinal_days(text: str) -> Iterator[Piece]:
    """The 1st, the fourth (of July)."""
    for place, character in enumerate(text):
        word = _ORDINAL_DAYS.get(character) and next(
            (w for w in _ORDINAL_DAYS[character] if at_word(text, place, w)), None
        )
        if word:
            yield Piece("nthword", place, place + len(word), EN_ORDINALS[word])
    for match in _NTH.finditer(text):
        if 1 <= int(match[1]) <= 31:
            yield Piece("nth", *match.span(), int(match[1]))


def _day(match: re.Match[str], year: int, month: int, day: int) -> Piece:
    try:
        return Piece("date", *match.span(), date(year, month, day))
    except ValueError:
        return Piece("bad", *match.span(), no_such_day(match[0]))


def no_such_day(said: str) -> Text:
    return Text(
        zh=f"没有「{said}」这一天；请检查月份和日期。", en=f"There is no day {said!r}; check the month and the day."
    )


def no_such_month(said: str) -> Text:
    return Text(
        zh=f"没有「{said}」这个月份；月份是 1 到 12。", en=f"There is no month {said!r}; months go from 1 to 12."
    )


def no_such_quarter(said: str) -> Text:
    return Text(
        zh=f"没有「{said}」这个季度；季度是 1 到 4。", en=f"There is no quarter {said!r}; quarters go from 1 to 4."
    )


def years(text: str) -> Iterator[Piece]:
    for match in _DIGIT_YEAR.finditer(text):
        short = len(match[1]) == 2
        yield Piece(
            "shortyear" if short else "year", *match.span(), words.YearRef(year=int(match[1]) + (2000 if short else 0))
        )
    for match in _ZH_YEAR.finditer(text):
        if match.start() and text[match.start() - 1] in ZH_NUMERALS:
            continue
        year = int("".join(str(ZH_DIGITS[each]) for each in match[1]))
        short = len(match[1]) == 2
        yield Piece("shortyear" if short else "year", *match.span(), words.YearRef(year=year + (2000 if short else 0)))
    for match in _YEAR_QUARTER.finditer(text):
        yield Piece("shortyear", *match.span(), words.YearRef(year=2000 + int(match[1])))
    for match in _BARE_YEAR.finditer(text):
        yield Piece("bareyear", *match.span(), words.YearRef(year=int(match[1])))
    for match in _FISCAL_YEAR.finditer(text):
        figures = next(group for group in match.groups() if group)
        yield Piece("fiscalyear", *match.span(), int(figures) + (2000 if len(figures) == 2 else 0))
    for match in _DECADE.finditer(text):
        yield Piece("decade", *match.span(), int(match[1]))


_MONTH_TAILS = ("月份", "月")
_DAY_TAILS = ("日", "号")
_WEEK_TAILS = ("个星期", "星期", "个礼拜", "周")
_QUARTER_TAILS = ("季度", "季")
_GLUED_COUNT = "个"


def counted(text: str) -> Iterator[Piece]:
    """Bare whole numbers, and those that name a month, a day or a quarter: 9月, 三十号, 第三季度."""
    for place, character in enumerate(text):
        if not _number_may_start(text, place, character):
            continue
        nth = character == "第"
        read = read_number(text, place + 1 if nth else place)
        if read is None or read[0] != int(read[0]) or not 0 <= read[0] <= 10_000:
            continue
        value, end = int(read[0]), read[1]
        if not nth and not (character == "0" and text[end:].lstrip().startswith("年")):  # 07年 is a year, never a count
            yield Piece("num", place, end, value)
        yield from _named_by(text, place, end, value, nth=nth)


def _number_may_start(text: str, place: int, character: str) -> bool:
    before = text[place - 1] if place else ""
    if character == "第":
        return True
    if character.isdigit():
        return not (before.isdigit() or before in ".,") or before == ""
    if character in ZH_NUMERALS:
        return before not in ZH_NUMERALS or before == ""
    return is_letter(character) and not (before and is_letter(before))


def _named_by(text: str, start: int, end: int, value: int, *, nth: bool) -> Iterator[Piece]:
    gap = end + 1 if text[end : end + 1] == " " and text[end + 1 : end + 2] in ("月", "日", "号") else end
    for tail in _MONTH_TAILS:
        if text.startswith(tail, gap) and not nth and _stands(text, gap, tail):
            stop = gap + len(tail)
            good = 1 <= value <= 12
            yield (
                Piece("month", start, stop, value)
                if good
                else Piece("badmonth", start, stop, no_such_month(text[start:stop]))
            )
            break
    for tail in _DAY_TAILS:
        if text.startswith(tail, gap) and not nth and 1 <= value <= 99:
            yield Piece("day", start, gap + 1, value)
    for tail in _QUARTER_TAILS:
        if text.startswith(tail, gap) and _stands(text, gap, tail):
            yield Piece("quarter", start, gap + len(tail), value)
            break
    if nth:
        yield from _nth_week(text, start, gap, value)
    if nth and text.startswith("个", end) and text.startswith("季度", end + 1):
        yield Piece("quarter", start, end + 3, value)


def _nth_week(text: str, start: int, end: int, value: int) -> Iterator[Piece]:
    """第45周."""
    tail = next((tail for tail in _WEEK_TAILS if text.startswith(tail, end) and _stands(text, end, tail)), None)
    if tail is not None:
        yield Piece("weekno", start, end + len(tail), value)
