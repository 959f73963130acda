"""Reads one bare number at a place: 1,234.5, 1.5万, 两万五, 三百二, 15k, two thousand. Knows no units and no meaning."""

from __future__ import annotations

import re
from functools import cache

from assistant.interpreters.grammar import number_words as words

_ARABIC = re.compile(
    r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,3}(?: \d{3})+(?![\d,])|\d+)(?:\.\d+)?(?:e[+-]?\d{1,2}(?![\da-z]))?"
)
_SIGN = re.compile(r"(?:-|负|minus |negative )")

Read = tuple[float, int]
"""A value and the place after it."""


def is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def at_word(text: str, place: int, word: str) -> bool:
    """Whether `word` stands at `place`; English words must not go on in either direction."""
    if not text.startswith(word, place):
        return False
    end = place + len(word)
    if is_letter(word[-1]) and end < len(text) and is_letter(text[end]):
        return False
    return not (is_letter(word[0]) and place > 0 and is_letter(text[place - 1]))


def read_number(text: str, start: int) -> Read | None:
    """The longest number at `start`, with its scale words, or `None`."""
    sign = _SIGN.match(text, start)
    if sign and not _is_infix(text, start):
        read = _unsigned(text, sign.end())
        return None if read is None else (-read[0], read[1])
    return _unsigned(text, start)


def _is_infix(text: str, start: int) -> bool:
    """A dash after a word or number joins; it is no sign."""
    return (
        start > 0
        and text[start] == "-"
        and (text[start - 1].isalnum() or (text[start - 1] == " " and text[start + 1 : start + 2] == " "))
    )


def _unsigned(text: str, start: int) -> Read | None:
    if start >= len(text):
        return None
    if text[start].isascii() and text[start].isdigit():
        return _arabic(text, start)
    if text[start] in words.ZH_NUMERALS:
        return chinese_number(text, start)
    return english_number(text, start) if is_letter(text[start]) else None


def _arabic(text: str, start: int) -> Read | None:
    match = _ARABIC.match(text, start)
    if match is None:
        return None
    value, end = float(match.group().replace(",", "").replace(" ", "")), match.end()
    scale = _scale_at(text, end)
    if scale is None:
        return value, end
    factor, end = scale
    value = round(value * factor, 6)
    return _arabic_tail(text, end, value, factor)


def _scale_at(text: str, end: int) -> Read | None:
    after = end + 1 if text[end : end + 1] == " " and text[end + 1 : end + 2].isalpha() else end
    for word in _scale_words():
        glued = after == end or len(word) > 2
        if glued and at_scale(text, after, word):
            return float(words.MULTIPLIERS[word]), after + len(word)
    return None


def at_scale(text: str, place: int, word: str) -> bool:
    """Like `at_word`, but the scale may follow its number directly: 15k, 1.5m."""
    end = place + len(word)
    if not text.startswith(word, place):
        return False
    return not (is_letter(word[-1]) and end < len(text) and is_letter(text[end]))


@cache
def _scale_words() -> tuple[str, ...]:
    return tuple(sorted(words.MULTIPLIERS, key=len, reverse=True))


def _arabic_tail(text: str, end: int, value: float, factor: float) -> Read:
    """1万5 is 15,000; 3亿5千万 adds; anything else ends the number."""
    match = _ARABIC.match(text, end)
    if match is None or not ("一" <= text[end - 1] <= "龥"):
        return value, end
    rest = _scale_at(text, match.end())
    digits = float(match.group().replace(",", "").replace(" ", ""))
    if rest is not None and rest[0] < factor:
        return _arabic_tail(text, rest[1], value + digits * rest[0], rest[0])
    short = (
        len(match.group()) == 1
        and factor >= 100
        and text[match.end() : match.end() + 1] not in tuple("个次件单天人岁月日年")
    )
    return (value + digits * factor / 10, match.end()) if short else (value, end)


def chinese_number(text: str, start: int) -> Read | None:
    """A number in Chinese numerals. Two digits side by side (两三) are a guess of the speaker and not a number."""
    end = start
    while end < len(text) and text[end] in words.ZH_NUMERALS:
        end += 1
    run = text[start:end]
    if not any(each in words.ZH_DIGITS or words.ZH_PLACES.get(each) == 10 for each in run[:1]):
        return None
    if len(run) == 1 and run in words.ZH_FORMAL:
        return None
    whole = _places(run) if _has_places(run) else _digits(run)
    if whole is None:
        return None
    if text.startswith("点", end) and text[end + 1 : end + 2] in words.ZH_DIGITS:
        return _chinese_decimals(text, end + 1, whole)
    return float(whole), end


def _has_places(run: str) -> bool:
    return any(each in words.ZH_PLACES or each in words.ZH_SCALES for each in run)


def _digits(run: str) -> int | None:
    if len(run) == 1 or len(run) >= 4 or ("〇" in run or "零" in run):
        return int("".join(str(words.ZH_DIGITS[each]) for each in run))
    return None


def _chinese_decimals(text: str, start: int, whole: int) -> Read:
    end = start
    while end < len(text) and text[end] in words.ZH_DIGITS:
        end += 1
    value = float(f"{whole}." + "".join(str(words.ZH_DIGITS[each]) for each in text[start:end]))
    scale = _scale_at(text, end)
    return (round(value * scale[0], 6), scale[1]) if scale else (value, end)


def _places(run: str) -> int | None:
    """Sum of digit × place below each scale. `None` when the run is no well-formed number."""
    total = section = digit = 0
    last, seen_digit, gap = 0, False, False
    for each in run:
        if each in words.ZH_DIGITS:
            if seen_digit and digit != 0:
                return None
            digit, seen_digit, gap = words.ZH_DIGITS[each], True, gap or words.ZH_DIGITS[each] == 0
        elif each in words.ZH_PLACES:
            last = words.ZH_PLACES[each]
            section += (digit if seen_digit and digit else 1) * last
            digit, seen_digit, gap = 0, False, False
        else:
            last = words.ZH_SCALES[each]
            total = (total + section + digit) * last if last >= 100_000_000 else total + (section + digit or 1) * last
            section = digit = 0
            seen_digit = gap = False
    if seen_digit and digit and last >= 100 and not gap:
        digit *= last // 10  # 三百二 is 320, 两万五 is 25,000
    return total + section + digit


def english_number(text: str, start: int) -> Read | None:
    """five, twenty-five, two thousand, a hundred and five, two and a half million."""
    total = current = 0.0
    end, place, seen = start, start, False
    if at_word(text, start, "a") and (_word_at(text, start + 2) or "") in words.EN_SCALES:
        current, place, seen = 1.0, start + 2, True
    while (word := _word_at(text, place)) is not None:
        step = _english_step(word, current, seen=seen)
        if step is None:
            break
        if word in words.EN_SCALES and words.EN_SCALES[word] >= 1000:
            total, current = total + step, 0.0
        else:
            current = step
        end, seen = place + len(word), True
        if at_word(text, end + 1, "and a half"):
            current, end = current + 0.5, end + len(" and a half")
        place = _joined(text, end)
    return (total + current, end) if seen and (total + current or text.startswith("zero", start)) else None


def _english_step(word: str, current: float, *, seen: bool) -> float | None:
    """What the running group becomes with one more word; `None` when the word does not belong to the number."""
    if word in words.EN_SMALL:
        value = words.EN_SMALL[word]
        fits = not seen or current % 100 == 0 or (current % 10 == 0 and current % 100 >= 20 and 0 < value < 10)
        return current + value if fits else None
    if word in words.EN_TENS:
        return current + words.EN_TENS[word] if not seen or current % 100 == 0 else None
    if word in words.EN_SCALES and seen:
        return (current or 1) * words.EN_SCALES[word]
    return None


def _word_at(text: str, place: int) -> str | None:
    if place >= len(text) or not is_letter(text[place]) or (place > 0 and is_letter(text[place - 1])):
        return None
    end = place
    while end < len(text) and is_letter(text[end]):
        end += 1
    return text[place:end]


def _joined(text: str, end: int) -> int:
    """The place of a following number word: after a blank, a dash or "and"."""
    for joint in (" and ", " ", "-"):
        if text.startswith(joint, end):
            return end + len(joint)
    return len(text)
