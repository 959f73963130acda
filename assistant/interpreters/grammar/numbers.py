"""Numbers in Chinese and English text: how they are written, what they are worth, and the unit that hangs on them.

Works on normalised text. Finds numbers only; whether one is a bound, a limit or a year is for the grammar.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from assistant.interpreters.grammar import number_words as words
from assistant.interpreters.grammar.numerals import at_word, english_number, is_letter, read_number


class NumberKind(StrEnum):
    PLAIN = "plain"
    PERCENT = "percent"  # `value` is the fraction: 20 % is 0.2
    ORDINAL = "ordinal"
    CURRENCY = "currency"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberMention:
    """A number at `text[start:end]`. The unit, if any, is inside; the bare number ends at `number_end`.

    `unit` is a category (day, week, month, quarter, year, hour, times, orders, items, people, age, multiple, points,
    count) or, for money, an ISO 4217 code.
    """

    start: int
    end: int
    value: float
    kind: NumberKind = NumberKind.PLAIN
    unit: str | None = None
    number_end: int

    @property
    def whole(self) -> bool:
        return self.value == int(self.value)


def find_numbers(text: str) -> tuple[NumberMention, ...]:
    """All numbers, left to right, none overlapping: at each place the longest."""
    found: list[NumberMention] = []
    place = 0
    while place < len(text):
        trap = _trap_at(text, place)
        if trap:
            place += trap
            continue
        mention = _mention_at(text, place)
        if mention is None:
            place += _run_at(text, place)
            continue
        found.append(mention)
        place = mention.end
    return tuple(found)


def _run_at(text: str, place: int) -> int:
    """How far to go on after nothing was read: past a whole run of numerals, for 两三 must not become 三."""
    end = place
    while end < len(text) and text[end] in words.ZH_NUMERALS:
        end += 1
    return max(1, end - place)


def _mention_at(text: str, start: int) -> NumberMention | None:
    if not _may_start(text, start):
        return None
    for reader in (_share_of, _half, _ordinal, _money_first, _counted):
        mention = reader(text, start)
        if mention is not None:
            return mention
    return None


def _may_start(text: str, start: int) -> bool:
    """Not in the middle of a word or a code (M00012345); top10 is fine."""
    if start and text[start - 1] in words.VAGUE_BEFORE and text[start] in words.ZH_NUMERALS:
        return False
    if start == 0 or not text[start].isascii() or not text[start].isalnum():
        return True
    before = text[start - 1]
    if before.isascii() and before.isdigit():
        return False
    if not is_letter(before) and before != "_":
        return True
    return text[start].isdigit() and any(at_word_end(text, start, lead) for lead in words.LETTERS_BEFORE)


def at_word_end(text: str, end: int, word: str) -> bool:
    """Whether `word` stands right before `end`, as a whole word."""
    start = end - len(word)
    return start >= 0 and text.startswith(word, start) and (start == 0 or not is_letter(text[start - 1]))


def _share_of(text: str, start: int) -> NumberMention | None:
    """百分之二十, 千分之三, 三分之一, two thirds."""
    for lead, base in (("百分之", 100), ("千分之", 1000), ("万分之", 10_000)):
        if text.startswith(lead, start) and (read := read_number(text, start + len(lead))):
            return _percent(start, read[1], read[0] / base)
    lower = read_number(text, start)
    if lower and text.startswith("分之", lower[1]) and lower[0] and (upper := read_number(text, lower[1] + 2)):
        return _percent(start, upper[1], upper[0] / lower[0])
    return _english_fraction(text, start)


def _english_fraction(text: str, start: int) -> NumberMention | None:
    count = 1.0
    read = english_number(text, start) or _article(text, start)
    if read is None:
        return None
    count, end = read
    end = _skip(text, end, " -")
    for word, parts in words.EN_FRACTIONS.items():
        if parts != 4 and at_word(text, end, word) and (count < parts):
            if parts != 2 and not word.endswith("s") and not text.startswith(" of", end + len(word)):
                continue  # "one third customer" is no fraction; "one third of" is
            return _percent(start, end + len(word), count / parts)
    return None


def _article(text: str, start: int) -> tuple[float, int] | None:
    return (1.0, start + 2) if at_word(text, start, "a") and text.startswith("a ", start) else None


def _half(text: str, start: int) -> NumberMention | None:
    if at_word(text, start, "half a") and (scale := english_number(text, start + 5)) and scale[0] > 1:
        return _plain(start, scale[1], scale[0] / 2)
    for word in words.HALF_WORDS:
        if at_word(text, start, word) and not _calendar_half(text, start, start + len(word)):
            return _percent(start, start + len(word), 0.5)
    if text[start] == "半" and (unit := _unit_at(text, start + 1)) and not text.startswith(("上", "下"), start - 1):
        return NumberMention(start=start, end=unit[1], value=0.5, unit=unit[0], number_end=start + 1)
    return None


def _calendar_half(text: str, start: int, end: int) -> bool:
    """Whether it is a time: first half of 2026, half a year, half year."""
    after = text[end:].lstrip(" -")
    return text[:start].rstrip().endswith(("first", "second", "1st", "2nd", "last", "past")) or after.startswith(
        ("a year", "year", "a month", "month", "a day", "of the year")
    )


def _ordinal(text: str, start: int) -> NumberMention | None:
    if text[start] == "第" and (read := read_number(text, start + 1)):
        return _plain(start, read[1], read[0], NumberKind.ORDINAL)
    for lead in ("no.", "no ", "number "):
        after = _skip(text, start + len(lead), " ")
        if (
            at_word(text, start, lead.strip())
            and text[after : after + 1].isdigit()
            and (read := read_number(text, after))
        ):
            return _plain(start, read[1], read[0], NumberKind.ORDINAL)
    read = read_number(text, start)
    if read and text[read[1] - 1].isdigit() and text[read[1] : read[1] + 2] in ("st", "nd", "rd", "th"):
        return (
            _plain(start, read[1] + 2, read[0], NumberKind.ORDINAL)
            if at_word(text, read[1], text[read[1] : read[1] + 2])
            else None
        )
    return _english_ordinal(text, start)


def _english_ordinal(text: str, start: int) -> NumberMention | None:
    before = english_number(text, start)
    base, end = before or (0.0, start)
    joined = _skip(text, end, " -") if before else start
    if before and text.startswith("and ", joined):
        joined += 4
    for word, value in words.EN_ORDINALS.items():
        if at_word(text, joined, word) and (before is None or (base % 10 == 0 and value < base)):
            return _plain(start, joined + len(word), base + value, NumberKind.ORDINAL)
    for word, value in words.EN_ORDINAL_SCALES.items():
        if at_word(text, joined, word):
            return _plain(start, joined + len(word), (base or 1) * value, NumberKind.ORDINAL)
    return None


def _money_first(text: str, start: int) -> NumberMention | None:
    """¥500, rmb 500."""
    for sign in words.CURRENCY_BEFORE:
        if at_word(text, start, sign):
            read = read_number(text, _skip(text, start + len(sign), " "))
            if read:
                end = _after_currency(text, read[1])
                return NumberMention(
                    start=start,
                    end=end,
                    value=read[0],
                    kind=NumberKind.CURRENCY,
                    unit=words.CURRENCIES[sign],
                    number_end=read[1],
                )
    return None


def _after_currency(text: str, end: int) -> int:
    unit = _currency_at(text, end)
    return unit[1] if unit else end


def _counted(text: str, start: int) -> NumberMention | None:
    """A number with whatever hangs on it: percent, money, a unit, or nothing."""
    read = read_number(text, start) or _bare_scale(text, start)
    if read is None or _vague_after(text, read[1]):
        return None
    value, end = read
    if (share := _percent_at(text, end)) is not None:
        return _percent(start, share, value / 100)
    if (tenths := _tenths_at(text, end)) is not None and 0 < value <= 10:
        return _percent(start, tenths[1], (value + tenths[0]) / 10)
    if (money := _currency_at(text, end)) is not None:
        cents = _cents_at(text, end, money[1])
        return NumberMention(
            start=start, end=cents[1], value=value + cents[0], kind=NumberKind.CURRENCY, unit=money[0], number_end=end
        )
    if (unit := _unit_at(text, end)) is not None:
        return NumberMention(start=start, end=unit[1], value=value, unit=unit[0], number_end=end)
    return _plain(start, end, value)


def _bare_scale(text: str, start: int) -> tuple[float, int] | None:
    """过万, 百元: a scale word alone."""
    value = words.ZH_SCALES.get(text[start]) or words.ZH_PLACES.get(text[start])
    if value is None or text[start] == "十":
        return None
    lead = start > 0 and text[start - 1] in words.BARE_SCALE_LEADS
    return (float(value), start + 1) if lead or _currency_at(text, start + 1) else None


def _vague_after(text: str, end: int) -> bool:
    return text[end : end + 1] in words.VAGUE and text[end : end + 1] != ""


def _percent_at(text: str, end: int) -> int | None:
    after = _skip(text, end, " ")
    return next((after + len(word) for word in words.PERCENT_WORDS if at_word(text, after, word)), None)


def _tenths_at(text: str, end: int) -> tuple[float, int] | None:
    """三成, 三成五: the part after 成 in tenths, and the end."""
    if not text.startswith("成", end) or text[end + 1 : end + 2] in tuple(words.NOT_TENTHS):
        return None
    digit = text[end + 1 : end + 2]
    if digit == "半":
        return 0.5, end + 2
    return (words.ZH_DIGITS[digit] / 10, end + 2) if digit in words.ZH_DIGITS and digit != "一" else (0.0, end + 1)


def _cents_at(text: str, start: int, end: int) -> tuple[float, int]:
    """三块五, 3块5毛: what stands after 块."""
    if text[start:end] != "块" or end >= len(text):
        return 0.0, end
    digit = float(text[end]) if text[end].isascii() and text[end].isdigit() else words.ZH_DIGITS.get(text[end])
    if digit is None or text[end + 1 : end + 2] in tuple("十百千万个次件单天人0123456789"):
        return 0.0, end
    return digit / 10, end + 2 if text[end + 1 : end + 2] in ("毛", "角") else end + 1


def _currency_at(text: str, end: int) -> tuple[str, int] | None:
    return _longest(text, end, _currency_table(), words.CURRENCIES)


def _unit_at(text: str, end: int) -> tuple[str, int] | None:
    found = _longest(text, end, _unit_table(), words.UNITS)
    if found is None:
        return None
    word = text[_skip(text, end, " -") : found[1]]
    return None if text[found[1] : found[1] + 1] in tuple(words.NOT_AFTER_UNIT.get(word[-1:], "")) else found


def _longest(text: str, end: int, table: dict[str, tuple[str, ...]], meaning: dict[str, str]) -> tuple[str, int] | None:
    after = _skip(text, end, " -")
    if after >= len(text):
        return None
    for word in table.get(text[after], ()):
        if at_word(text, after, word) and not (after - end and text[end] == "-" and not is_letter(word[0])):
            return meaning[word], after + len(word)
    return None


@cache
def _unit_table() -> dict[str, tuple[str, ...]]:
    return _by_first(words.UNITS)


@cache
def _currency_table() -> dict[str, tuple[str, ...]]:
    return _by_first(words.CURRENCIES)


@cache
def _trap_table() -> dict[str, tuple[str, ...]]:
    return _by_first(dict.fromkeys(words.NUMERAL_TRAPS, ""))


def _by_first(table: dict[str, str]) -> dict[str, tuple[str, ...]]:
    firsts = {word[0] for word in table}
    return {first: tuple(sorted((w for w in table if w[0] == first), key=len, reverse=True)) for first in firsts}


def _trap_at(text: str, place: int) -> int:
    """Length of a word at `place` that only looks like a number; 0 when there is none.

    十一点 is no trap: a word is one only when no numeral stands before it.
    """
    if (text[place - 1 : place] in tuple(words.ZH_NUMERALS) and place > 0) or text.startswith("分之", place + 1):
        return 0
    for word in _trap_table().get(text[place], ()):
        after = text[place + len(word) : place + len(word) + 1]
        if text.startswith(word, place) and not (word[-1] == "点" and after in words.ZH_DIGITS):
            return len(word)
    return 0


def _skip(text: str, place: int, what: str) -> int:
    while place < len(text) and text[place] in what:
        place += 1
    return place


def _percent(start: int, end: int, value: float) -> NumberMention:
    return NumberMention(start=start, end=end, value=round(value, 12), kind=NumberKind.PERCENT, number_end=end)


def _plain(start: int, end: int, value: float, kind: NumberKind = NumberKind.PLAIN) -> NumberMention:
    return NumberMention(start=start, end=end, value=value, kind=kind, number_end=end)
