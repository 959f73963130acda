"""What is read of a campaign's effect: who was compared, over which days, how far apart they are, and what follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.query.acts import Outcome
from tools.campaigns.types import Groups
from tools.effect.intervals import Interval

MISMATCH: Final = 0.001
"""Groups whose sizes are less likely than this under the planned share were not split as planned."""


class Verdict(StrEnum):
    WORKS = "works"
    HARMS = "harms"
    NOT_PROVEN = "not_proven"
    NO_CONTROL = "no_control"  # nobody was held back: what it did cannot be known
    MISSPLIT = "missplit"  # the groups are not those that were planned: the result is not to be trusted
    NOTHING_TO_COMPARE = "nothing_to_compare"  # an outcome that those held back cannot have, or nobody was planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The days that count: from `start`, which is inside, `days` of them. `seen` is the last day of data, if it is inside."""

    start: date
    days: int
    as_of: date

    @property
    def end(self) -> date:
        """The last day, inside."""
        return self.start + timedelta(days=self.days - 1)

    @property
    def seen(self) -> date:
        return min(self.end, self.as_of)

    @property
    def elapsed(self) -> int:
        """Days of which there is data; below 1 before the first."""
        return (self.seen - self.start).days + 1

    @property
    def final(self) -> bool:
        return self.as_of >= self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One group: its planned people, what they did on average (a rate from 0 to 1, or an amount), and how many did it."""

    people: int
    mean: float
    hits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Treated less control, with its interval. `relative` is by the mean of the control group; `None` where that is 0."""

    treated: Arm
    control: Arm
    difference: float
    interval: Interval
    relative: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRatio:
    """Whether the groups are as large as planned. `pvalue` is `None` where no share was planned."""

    treated: int
    control: int
    planned: float | None
    pvalue: float | None

    @property
    def actual(self) -> float:
        """The share of the control group."""
        everybody = self.treated + self.control
        return self.control / everybody if everybody else 0.0

    @property
    def trusted(self) -> bool:
        return self.pvalue is None or self.pvalue >= MISMATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """People, of those meant for it: sent a message, reached, and what they did with it. `None` where nobody kept it.

    `leaked` counts those of the control group who were sent one after all. `redeemed` are people, `redemptions` coupons.
    """

    sent: int | None = None
    delivered: int | None = None
    opened: int | None = None
    clicked: int | None = None
    unsubscribed: int | None = None
    leaked: int = 0
    redeemed: int | None = None
    redemptions: int | None = None

    def withheld(self, least: int) -> Deliveries:
        """Without counts of fewer than `least` people."""

        def shown(count: int | None) -> int | None:
            return None if count is not None and 0 < count < least else count

        return replace(
            self,
            sent=shown(self.sent),
            delivered=shown(self.delivered),
            opened=shown(self.opened),
            clicked=shown(self.clicked),
            unsubscribed=shown(self.unsubscribed),
            leaked=shown(self.leaked) or 0,
            redeemed=shown(self.redeemed),
            redemptions=None if shown(self.redeemed) is None else self.redemptions,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What it cost, in the currency of the company, and for each order that would not have come otherwise.

    `orders` are those orders. `each` is `None` where there may be none; `each_high` where the interval has no upper end.
    """

    total: float
    orders: float
    orders_interval: Interval
    each: float | None = None
    each_low: float | None = None
    each_high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The effect among customers with one value before the start. `adjusted` says how likely a distance to everybody else
    this large is by chance, corrected for the number of slices; `stands_out` when that and the test over all slices say so.
    """

    label: Text
    difference: Difference
    adjusted: float
    stands_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """The effect by the values of a field. `pvalue` of the test that it is the same everywhere (Cochran's Q).

    `small` counts people in slices that are too small to be read.
    """

    field: str
    label: Text
    parts: tuple[Slice, ...]
    pvalue: float | None
    small: int = 0

    @property
    def differs(self) -> bool:
        return any(part.stands_out for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOut:
    """A campaign's effect as it can be known today. Rates are shares; people are counted as planned, reached or not.

    `main` decides the verdict; `cuped` is the same difference with the noise of earlier purchases taken out. `money` is the
    value brought by a customer. `detectable` is the smallest rise that groups of this size show with 80 % power; `people`
    would be needed for a rise of `target`. `before` is the rate of all planned people in as many days before the start.
    """

    groups: Groups
    outcome: Outcome
    window: Window
    verdict: Verdict
    ratio: SampleRatio
    deliveries: Deliveries
    counted: Text  # what a person must have done, in words
    everybody: Arm
    main: Difference | None = None
    cuped: Difference | None = None
    cuped_missing: Text | None = None  # why there is none
    money: Difference | None = None
    money_in: str = ""  # the metric of `money`
    detectable: float | None = None
    target: float | None = None
    people: int | None = None
    before: float | None = None
    cost: Cost | None = None
    slices: Slices | None = None
    missing: int = 0  # people planned who are not in the data any more, or whom this person may not see
    rate_interval: Interval | None = None  # of `everybody`, where there is nobody to compare with
    data_from: date | None = None  # the first day of data, where it is after the first day that counts

    @property
    def final(self) -> bool:
        return self.window.final

    @property
    def unseen(self) -> bool:
        """Whether all days that count lie before the data."""
        return self.data_from is not None and self.data_from > self.window.end
