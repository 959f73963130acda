"""How the product is used and how well it serves, counted from the audit ledger: pure functions over what was asked."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final, Protocol

from assistant.memory.gaps import Gap, gaps
from assistant.memory.wordings import question_key
from assistant.observability.audit import Asked, OutcomeKind, asked_in
from tools.ledger import Entry as LedgerEntry
from tools.ledger import Ledger

PERIODS: Final = (7, 30, 90)  # days
SHOWN: Final = 10  # of each ranking
_KIND: Final = "question"
_PAGE: Final = 500  # entries read at once
OUTCOMES: Final[tuple[OutcomeKind, ...]] = ("answer", "clarification", "refusal", "error")


class Reader(StrEnum):
    """Who understood a question. `BUTTON`: nobody had to, it was a press of a button."""

    RULES = "rules"
    REVIEWED = "reviewed"
    MODEL = "model"
    BOTH = "both"  # rules and model agree
    BUTTON = "button"
    OTHER = "other"


def reader_of(asked: Asked) -> Reader:
    """Who understood a question; one without words came from a button."""
    if not asked.question:
        return Reader.BUTTON
    word = asked.understood_by.partition(" ")[0]
    return next((one for one in Reader if one.value == word), Reader.OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day. `outcomes` stand in the order of `OUTCOMES`; `p50` and `p95` are milliseconds, `None` without questions."""

    day: date
    outcomes: tuple[int, ...] = (0, 0, 0, 0)
    p50: float | None = None
    p95: float | None = None
    tokens: float = 0.0
    cost: float = 0.0

    @property
    def asked(self) -> int:
        return sum(self.outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of the questions one name stands for, and how many people asked them."""

    name: str
    count: int
    people: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Insights:
    """Figures of the days `first` to `last`, both inside. Every day stands in `days`, also those without questions."""

    first: date
    last: date
    days: tuple[Day, ...]
    people: int
    p50: float | None
    p95: float | None
    readers: tuple[Share, ...]
    doors: tuple[Share, ...]
    users: tuple[Share, ...]
    questions: tuple[Share, ...]
    gaps: tuple[Gap, ...]

    @property
    def asked(self) -> int:
        return sum(day.asked for day in self.days)

    @property
    def outcomes(self) -> tuple[int, ...]:
        return tuple(sum(day.outcomes[position] for day in self.days) for position in range(len(OUTCOMES)))

    @property
    def tokens(self) -> float:
        return math.fsum(day.tokens for day in self.days)

    @property
    def cost(self) -> float:
        """Money in the currency of the model's prices."""
        return math.fsum(day.cost for day in self.days)


class Usage(Protocol):
    """The seam to where questions are recorded."""

    def entries(self, since: datetime, until: datetime) -> tuple[Asked, ...]:
        """What was asked from `since` (inside) to `until` (outside), oldest first."""
        ...


class NothingUsed:
    """A record without entries."""

    def entries(self, since: datetime, until: datetime) -> tuple[Asked, ...]:
        return ()


class LedgerUsage:
    """Reads the audit ledger page by page, from its end back to the beginning of the period and no further."""

    def __init__(self, ledger: Ledger, *, page: int = _PAGE) -> None:
        self._ledger = ledger
        self._page = page

    def entries(self, since: datetime, until: datetime) -> tuple[Asked, ...]:
        found = [asked_in(one) for one in self._back_to(since) if since <= one.at < until]
        return tuple(sorted(found, key=lambda one: (one.at, one.id)))

    def _back_to(self, since: datetime) -> Iterator[LedgerEntry]:
        """Entries are written within moments of their time, so that a page of older ones only ends the period."""
        before: int | None = None
        while True:
            page = self._ledger.entries(kind=_KIND, limit=self._page, before=before)
            yield from page
            if len(page) < self._page or all(one.at < since for one in page):
                return
            before = page[-1].seq


def first_moment(days: int, now: datetime, zone: tzinfo) -> datetime:
    """When a period of `days` calendar days that ends today began: midnight of its first day in `zone`."""
    first = now.astimezone(zone).date() - timedelta(days=days - 1)
    return datetime(first.year, first.month, first.day, tzinfo=zone)


def insights(entries: Iterable[Asked], *, since: datetime, now: datetime, zone: tzinfo) -> Insights:
    """Count `entries` by the calendar days of `zone`, from the day of `since` to that of `now`; others are left out."""
    first, last = since.astimezone(zone).date(), now.astimezone(zone).date()
    by_day: defaultdict[date, list[Asked]] = defaultdict(list)
    for one in entries:
        day = one.at.astimezone(zone).date()
        if first <= day <= last:
            by_day[day].append(one)
    kept = [one for day in sorted(by_day) for one in by_day[day]]
    times = [one.milliseconds for one in kept]
    dates = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return Insights(
        first=first,
        last=last,
        days=tuple(_day(day, by_day.get(day, [])) for day in dates),
        people=len({one.who for one in kept}),
        p50=percentile(times, 0.50),
        p95=percentile(times, 0.95),
        readers=_shares((reader_of(one).value, one) for one in kept),
        doors=_shares((one.via, one) for one in kept),
        users=_shares((one.who, one) for one in kept)[:SHOWN],
        questions=_questions(kept),
        gaps=gaps(kept, (), since, lambda _: ()).gaps[:SHOWN],
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile, always one of the values; `None` without any.

    Hyndman and Fan, Sample quantiles in statistical packages (1996), definition 1.
    """
    if not values:
        return None
    return sorted(values)[max(1, math.ceil(share * len(values) - 1e-9)) - 1]


def _day(day: date, entries: Sequence[Asked]) -> Day:
    times = [one.milliseconds for one in entries]
    outcomes = Counter(one.outcome for one in entries)
    return Day(
        day=day,
        outcomes=tuple(outcomes[kind] for kind in OUTCOMES),
        p50=percentile(times, 0.50),
        p95=percentile(times, 0.95),
        tokens=math.fsum(one.tokens for one in entries),
        cost=math.fsum(one.cost for one in entries),
    )


def _shares(named: Iterable[tuple[str, Asked]]) -> tuple[Share, ...]:
    """Most frequent first, then by name."""
    by_name: defaultdict[str, list[Asked]] = defaultdict(list)
    for name, one in named:
        by_name[name].append(one)
    found = [Share(name=name, count=len(of), people=len({one.who for one in of})) for name, of in by_name.items()]
    return tuple(sorted(found, key=lambda share: (-share.count, share.name)))


def _questions(entries: Sequence[Asked]) -> tuple[Share, ...]:
    """Questions in words that were asked most; wordings that differ in marks or case only count as one, in the newest."""
    newest: dict[str, str] = {}
    for one in entries:
        if one.question:
            newest[question_key(one.question) or one.question] = one.question
    asked = [one for one in entries if one.question]
    found = _shares((question_key(one.question) or one.question, one) for one in asked)
    return tuple(Share(name=newest[one.name], count=one.count, people=one.people) for one in found[:SHOWN])
