"""What is asked for: numbers (`Query`) or people (`Audience`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from semantic_layer.model.types import Scalar
from semantic_layer.query.predicate import Op, Predicate
from semantic_layer.query.time import CompareTo, DatePart, Grain, TimeRange


@dataclass(frozen=True, slots=True)
class ByField:
    """Group by a dimension or tag, named `entity.name`, or by its relationships too: `buyer>home>city.name`.

    A time dimension may be grouped by its periods at a `grain`, by a `part` of the date, or by a company's `own` period.
    """

    field: str
    grain: Grain | None = None
    part: DatePart | None = None
    own: str | None = None


@dataclass(frozen=True, slots=True)
class ByTime:
    """Group by time, each metric by its own time dimension: at a `grain`, or by a `part`, or by a company's `own` period.

    Missing periods inside the span are filled.
    """

    grain: Grain
    part: DatePart | None = None
    own: str | None = None


Grouping = ByField | ByTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A condition on a metric of a group: cities with a repurchase rate above 30 %. `high` makes a range, ends inside."""

    metric: str
    op: Op
    value: float
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Order by a metric, by its change against the comparison period, or by a grouping."""

    by: str  # metric name, or field / "time" of a grouping
    descending: bool = True
    what: Literal["value", "change", "change_rate"] = "value"


@dataclass(frozen=True, slots=True)
class Kept:
    """Groups to be shown: those with one of `values` in `field`, which is one of the question's groupings."""

    field: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Metrics, grouped, filtered, inside a time, held against another period, ordered and cut.

    `time` of `None` means the data set's default window for metrics of events and "now" for counts of people.
    `share` adds each group's part of the total, `rank` its place among all groups (the largest is 1, equal values share a
    place). `keep` then shows some groups only, which neither changes shares nor places. Ties in the order are broken by the groupings, so a result is stable.
    Without metrics it asks which values, or combinations of values, there are; with `extremes`, for the least and the
    greatest value of the one grouping.
    """

    metrics: tuple[str, ...]
    by: tuple[Grouping, ...] = ()
    where: Predicate | None = None
    time: TimeRange | None = None
    compare_to: tuple[CompareTo, ...] = ()
    having: tuple[Bound, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    share: bool = False
    rank: bool = False
    keep: tuple[Kept, ...] = ()
    extremes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """The rows of `entity` (people) for whom `where` holds on `as_of` (the data's today when absent)."""

    where: Predicate | None = None
    entity: str = "customer"
    as_of: date | None = None
