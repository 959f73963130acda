"""Rules of quality as data: what must hold of clean rows, how much it matters, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from semantic_layer.errors import Text
from semantic_layer.model.types import Origin

Verdict = Literal["good", "warning", "bad"]
ROW: Final = "_row"
"""The field name under which a rule speaks of the row's own key."""


class Severity(StrEnum):
    """What becomes of a row that fails: it is kept out of what is published, or only named."""

    HOLD = "hold"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Unique:
    """No two rows have the same values; copies after the first fail."""


@dataclass(frozen=True, slots=True)
class NotNull:
    """There is a value."""


@dataclass(frozen=True, slots=True)
class Format:
    """The whole value is as a regular expression says."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Range:
    """The value lies between two ends, both inside; an empty end is open, `now` is the time of the check."""

    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class Among:
    """The value is one of a set."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fresh:
    """The newest value of the field (without a field: the end of the last load) is at most so many days old."""

    days: float


@dataclass(frozen=True, slots=True)
class Volume:
    """A load reads between `least` and `most` times as many rows as the median of up to `loads` before it; fewer than
    three before it say nothing.
    """

    least: float = 0.5
    most: float = 2.0
    loads: int = 8


@dataclass(frozen=True, slots=True)
class Agreement:
    """Rows of another source with the same `by` have the same value."""

    other: str
    by: str


@dataclass(frozen=True, slots=True)
class FakePattern:
    """Values that people type when they do not want to give one."""

    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FakeFrequency:
    """A value stands on far more rows than the others of its field: see `most_frequent`. Up to `guard` rows are always
    possible: a family shares a telephone.
    """

    guard: int = 8


Body = Unique | NotNull | Format | Range | Among | Fresh | Volume | Agreement | FakePattern | FakeFrequency


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. Without `source` it holds for each source that has its fields. `allowed` is the share of failing rows
    that is still good.
    """

    name: str
    body: Body
    severity: Severity
    fields: tuple[str, ...] = ()
    source: str = ""
    allowed: float = 0.0
    reason: Text = Text("", "")  # frozen
    fix: Text = Text("", "")  # frozen
    origin: Origin = field(default_factory=Origin)

    @property
    def field_name(self) -> str:
        """The fields as one name, which lines of quarantine and quality carry."""
        return ", ".join(self.fields)


def most_frequent(lower: float, upper: float, guard: int) -> int:
    """On how many rows one value may stand when the quartiles of that number over all values are `lower` and `upper`.

    The largest of three: the guard; three times the upper quartile; and the outer fence of Tukey (Exploratory Data
    Analysis, 1977: upper quartile plus three times the distance of the quartiles) taken over logarithms, because such
    numbers are skewed. Half of the values would have to be fakes before the quartiles gave way.
    """
    fence = upper * (upper / lower) ** 3 if lower > 0 else 0.0
    return int(max(guard, 3 * upper, fence))
