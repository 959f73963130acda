"""Finds times, time groupings and comparisons in normalised Chinese or English text, with their places.

A small bottom-up grammar: `pieces` cuts the text, `rules` says what goes together, the builders says what
it means. Every time found is checked against the company's calendar, so a mention is either usable or says why not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from assistant.interpreters.grammar.numbers import find_numbers
from assistant.interpreters.grammar.times.phrase import Meaning, Phrase
from assistant.interpreters.grammar.times.pieces import (
    Lattice,
    Piece,
    Words,
    counted,
    written_dates,
    years,
)
from assistant.interpreters.grammar.times.rules import CONTRASTS, POINTS, RANGES, Rule
from assistant.interpreters.grammar.times.week_pieces import numbered_weeks, weekdays, weekends
from assistant.interpreters.grammar.times.words import MONTH_NAMES, VERB_MONTHS
from semantic_layer.calendar.resolve import CompanyCalendar, DateSpan
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.query.time import Across, Against, CompareTo, Comparison, Grain, Holiday, Rolling, Span, TimeRange

_FILLER = re.compile(r"(?:[ ,]|的|'s(?![a-z])|of(?![a-z])|the(?![a-z])|in(?![a-z])|年度(?=[上下第一二三四qh]))")
_LEAD_IN = re.compile(
    r"(?:(?<![a-z])(?:in the|in|during the|during|within the|within|for the|for|on the|on|at|throughout the|throughout|over the course of) "
    r"|在)$"
)
_NEAR = 45  # how far back the words around a time are looked for
_OVER = re.compile(r"(?<![a-z])over (?:the )?$")
_TRAILS = (
    "期间",
    "的时候",
    "那段时间",
    "之内",
    "以内",
    "时段",
    "全年",
    "整年",
    "全月",
    "整月",
    "整个月",
    "一整年",
    "份",
    "内",
    "里",
    "间",
    " period",
    "'s",
)
_HOLIDAY_TRAILS = (
    "假期期间",
    "长假期间",
    "大促期间",
    "小长假",
    "长假",
    "假期",
    "假日",
    "大促",
    "当季",
    " holidays",
    " holiday",
    " season",
    " sale",
)
_NOT_AFTER_TRAIL = {"内": "容部衣", "里": "面程", "间": "隔", "份": "额"}
_IN_WORDS = re.compile(
    r"(?<![a-z])(?:(?:in|for|during|throughout|of) )?(?:(?:in|for|during|throughout|of)|(?:the )?year(?: of)?) ?$"
)
_MONTH_CONTEXT = re.compile(
    r"(?:(?<![a-z])(?:in|since|from|to|of|during|last|until|through|vs|before|after|early|late|than|against|between|the) |between [^.;]{1,30} and |[-到至年]) ?$"
)
_SUBJECT = re.compile(r" (?:i|we|you|it|they|he|she|the|this|that)(?![a-z])")
_MONTH_GOES_ON = re.compile(r" ?(?:to|through|thru|-|until) ?(?:" + "|".join(MONTH_NAMES) + r")(?![a-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeMention:
    """What `text[start:end]` says about time: exactly one of `time`, `grain`, `compare` and `error`.

    `grain` is a grouping (每月, daily). `unit` is the unit that a comparison's words name (MoM: month), if any.
    `same` says that the same days one such unit earlier are meant (上周同期), not the unit as a whole (上周).
    `ahead` is the time that an `error` is about.
    Several mentions at one place are alternatives; `confidence` ranks them. `error` says why a time cannot be used.
    """

    start: int
    end: int
    time: TimeRange | None = None
    grain: Grain | None = None
    compare: CompareTo | None = None
    unit: Grain | None = None
    error: Text | None = None
    confidence: float = 1.0
    same: bool = False
    ahead: TimeRange | None = None


_RulesByKind = Mapping[str, Sequence[Rule]]


class TimeFinder:
    """Built once for a calendar (as-of day, conventions, festivals); `find` may be called from many threads."""

    def __init__(self, calendar: CompanyCalendar) -> None:
        self.calendar = calendar
        self._words = Words(calendar.festivals)
        self._points, self._ranges, self._contrasts = map(_by_first_kind, (POINTS, RANGES, CONTRASTS))

    def find(self, text: str) -> tuple[TimeMention, ...]:
        """All mentions, by place, longest and surest first. Those inside a longer one of the same sort are left out."""
        lattice = Lattice(text, self._pieces(text))
        points = list(self._apply(self._points, lattice))
        self._add_points(lattice, points)
        said = {(each.start, each.end) for each in points if each.error is None}
        ranges = [each for each in self._apply(self._ranges, lattice) if (each.start, each.end) not in said]
        self._add_points(lattice, ranges)
        contrasts = _named_first(self._apply(self._contrasts, lattice))
        grains = [
            TimeMention(start=piece.start, end=piece.end, grain=piece.value)
            for place in lattice.starts()
            for piece in lattice.at(place, ("grain",))
            if isinstance(piece.value, Grain)
        ]
        times = [self._checked(_widened(text, each)) for each in (*points, *ranges)]
        times = self._without_twins(times)
        return _best((*times, *(self._checked(each) for each in contrasts), *grains))

    def _pieces(self, text: str) -> Iterator[Piece]:
        numbers = [(each.start, each.end) for each in find_numbers(text)]
        for piece in self._words.pieces(text):
            if (
                piece.kind == "monthname"
                and text[piece.start : piece.end] in VERB_MONTHS
                and not _is_month(text, piece)
            ):
                continue
            if piece.kind == "fest" and any(start <= piece.start and piece.end < end for start, end in numbers):
                continue  # 618元 is an amount
            yield piece
        yield from written_dates(text)
        yield from counted(text)
        yield from weekdays(text)
        yield from weekends(text)
        yield from numbered_weeks(text)
        for piece in years(text):
            yield piece
            lead = (
                _IN_WORDS.search(text, max(0, piece.start - _NEAR), piece.start) if piece.kind == "bareyear" else None
            )
            if lead:
                yield Piece("inword", lead.start(), lead.end(), "in")

    def _add_points(self, lattice: Lattice, mentions: Iterable[TimeMention]) -> None:
        for each in mentions:
            if each.time is not None and each.confidence > 0.5:
                lattice.add(Piece("point", each.start, each.end, each.time))

    def _apply(self, rules: _RulesByKind, lattice: Lattice) -> Iterator[TimeMention]:
        for start in lattice.starts():
            for rule in dict.fromkeys(rule for kind in lattice.kinds_at(start) for rule in rules.get(kind, ())):
                for end, pieces in _matches(rule, lattice, 0, start, start):
                    yield from self._built(rule, lattice.text, start, end, pieces)

    def _built(
        self, rule: Rule, text: str, start: int, end: int, pieces: tuple[Piece | None, ...]
    ) -> Iterator[TimeMention]:
        try:
            for meaning in rule.build(Phrase(text, (start, end), pieces, self.calendar)):
                yield _mention(start, end, meaning)
        except InvalidPlanError as error:
            yield TimeMention(start=start, end=end, error=error.message)
        except ValueError:  # a year that no calendar has
            yield TimeMention(start=start, end=end, error=_NO_SUCH_TIME)

    def _without_twins(self, mentions: Iterable[TimeMention]) -> list[TimeMention]:
        """Of two readings of the same words as the same days, the simpler one: days rather than "from … to …"."""
        seen: dict[tuple[int, int, DateSpan], TimeMention] = {}
        kept = []
        for each in sorted(mentions, key=lambda mention: isinstance(mention.time, Across)):
            if each.time is not None:
                twin = (each.start, each.end, self.calendar.resolve(each.time))
                if seen.setdefault(twin, each) is not each and isinstance(each.time, (Across, Span)):
                    continue
            kept.append(each)
        return kept

    def _checked(self, mention: TimeMention) -> TimeMention:
        time = mention.compare.time if isinstance(mention.compare, Against) else mention.time
        if time is None:
            return mention
        try:
            self.calendar.resolve(time)
        except InvalidPlanError as error:
            return replace(mention, time=None, compare=None, error=error.message, ahead=time)
        return mention


_NO_SUCH_TIME = Text(zh="这个时间超出了日历范围。", en="That time is outside the calendar.")


def _mention(start: int, end: int, meaning: Meaning) -> TimeMention:
    return TimeMention(
        start=start, end=end, time=meaning.time, compare=meaning.compare, unit=meaning.unit, error=meaning.error,
        confidence=meaning.confidence, same=meaning.same,
    )  # fmt: skip


def _named_first(contrasts: Iterable[TimeMention]) -> list[TimeMention]:
    """Where the words name the period before, they do not also name a fixed time."""
    found = list(contrasts)
    named = {(each.start, each.end) for each in found if isinstance(each.compare, Comparison)}
    return [each for each in found if isinstance(each.compare, Comparison) or (each.start, each.end) not in named]


def _is_month(text: str, piece: Piece) -> bool:
    after = text[piece.end : piece.end + 3].lstrip(" .,")
    if piece.start == 0 and not _SUBJECT.match(text, piece.end):
        return True
    if after[:1].isdigit() or _MONTH_GOES_ON.match(text, piece.end):
        return True
    return _MONTH_CONTEXT.search(text, max(0, piece.start - _NEAR), piece.start) is not None


def _by_first_kind(rules: Sequence[Rule]) -> _RulesByKind:
    """For each kind of piece, the rules that a piece of it may begin."""
    table: dict[str, list[Rule]] = {}
    for rule in rules:
        for kinds, optional in rule.pattern:
            for kind in kinds:
                table.setdefault(kind, []).append(rule)
            if not optional:
                break
    return table


def _matches(
    rule: Rule, lattice: Lattice, element: int, place: int, start: int
) -> Iterator[tuple[int, tuple[Piece | None, ...]]]:
    """Every way the elements from `element` on fit at `place`; fillers may stand between pieces, not before the first."""
    if element == len(rule.pattern):
        yield place, ()
        return
    kinds, optional = rule.pattern[element]
    for begin in _gaps(lattice.text, place, start):
        for piece in lattice.at(begin, kinds):
            for end, rest in _matches(rule, lattice, element + 1, piece.end, start):
                yield end, (piece, *rest)
    if optional:
        for end, rest in _matches(rule, lattice, element + 1, place, start):
            yield end, (None, *rest)


def _gaps(text: str, place: int, start: int) -> tuple[int, ...]:
    if place == start:
        return (place,)
    places = [place]
    while (match := _FILLER.match(text, places[-1])) is not None:
        places.append(match.end())
    return tuple(places)


def _widened(text: str, mention: TimeMention) -> TimeMention:
    """With the little words that belong to it: in …, during …, 在…期间."""
    start, end = mention.start, mention.end
    lead = _LEAD_IN.search(text, max(0, start - _NEAR), start)
    if lead is None and (isinstance(mention.time, Rolling) or text.startswith("the ", start)):
        lead = _OVER.search(text, max(0, start - _NEAR), start)
    if lead is not None:
        start = lead.start()
    for trail in (*_HOLIDAY_TRAILS, *_TRAILS) if isinstance(mention.time, Holiday) else _TRAILS:
        stop = end + len(trail)
        if text.startswith(trail, end) and text[stop : stop + 1] not in tuple(_NOT_AFTER_TRAIL.get(trail, "")):
            end = stop
            break
    return replace(mention, start=start, end=end)


def _best(mentions: Iterable[TimeMention]) -> tuple[TimeMention, ...]:
    """Without those inside longer ones, without the unusable where a usable one stands, without repetitions."""
    ordered = sorted(
        set(mentions), key=lambda each: (each.start, -each.end, -each.confidence, each.error is not None, repr(each))
    )
    kept: list[TimeMention] = []
    sure_end = doubtful_end = -1  # how far the longer mentions seen so far reach
    for _, alternatives in groupby(ordered, key=lambda each: (each.start, each.end)):
        here = list(alternatives)
        seen = [
            each for each in here if each.end > (sure_end if each.confidence > _DOUBT else max(sure_end, doubtful_end))
        ]
        kept.extend(_distinct(seen))
        for each in here:
            if each.confidence > _DOUBT:
                sure_end = max(sure_end, each.end)
            else:
                doubtful_end = max(doubtful_end, each.end)
    return tuple(kept)


_DOUBT = 0.5
"""A longer mention hides all inside it, but a doubtful one hides only doubtful ones."""


def _distinct(alternatives: Sequence[TimeMention]) -> Iterator[TimeMention]:
    """Readings of the same words: each once, and what is wrong only when nothing is right."""
    seen: list[tuple[TimeRange | None, Grain | None, CompareTo | None]] = []
    for each in alternatives:
        meaning = (each.time, each.grain, each.compare)
        if meaning not in seen and not (each.error is not None and seen):
            seen.append(meaning)
            yield each
