"""Conditions on rows and on people: a closed, frozen algebra.

A field is named `entity.name` and may be a dimension or a tag. Conditions on people (`Did`, `HasMetric`, `InSegment`, tags)
may stand in any query whose rows lead to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from semantic_layer.model.types import Scalar
from semantic_layer.query.time import DatePart, Grain, TimeRange

Op = Literal["=", "!=", ">", ">=", "<", "<="]


@dataclass(frozen=True, slots=True)
class Compare:
    """`field op value`. Dates are ISO strings."""

    field: str
    op: Op
    value: Scalar


@dataclass(frozen=True, slots=True)
class Among:
    """The field has one of `values`. `group` names the value group they came from (江浙沪), for the restatement."""

    field: str
    values: tuple[Scalar, ...]
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """`low <= field <= high`: both ends inside."""

    field: str
    low: Scalar
    high: Scalar


@dataclass(frozen=True, slots=True)
class IsNull:
    field: str


@dataclass(frozen=True, slots=True)
class Contains:
    """The text field has `text` in it, letter for letter, without regard to case."""

    field: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A condition on a moment: on its period at `grain`, on a `part` of the date, or on a company's `own` period.

    `field` is a time dimension; `None` is the time that each metric goes by. Dates and times are ISO strings; parts are
    numbers (see `DatePart`).
    """

    op: Op
    value: Scalar
    field: str | None = None
    grain: Grain | None = None
    part: DatePart | None = None
    own: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """What must follow a row of a `Did`: a row of `entity` with `where` later than it, at most `count unit`s later.

    With `happened=False`, no such row may follow; rows whose time is not over yet decide nothing and are left out.
    Without `count` any time after is meant.
    """

    entity: str
    where: Predicate | None = None
    count: int | None = None
    unit: Grain = Grain.DAY
    happened: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """The person has rows of `entity` (orders, order lines, events) with `where`, inside `time`, as often as `op count`.

    Without `time` all time is meant. "Did not" is `Not(Did(...))`. With `which`, only the person's first or last such row
    of all time counts, and must lie inside `time`. With `then`, only rows count that are followed, or not, as it says.
    """

    entity: str
    where: Predicate | None = None
    time: TimeRange | None = None
    op: Op = ">="
    count: int = 1
    which: Literal["any", "first", "last"] = "any"
    then: Then | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HasMetric:
    """A metric of one person inside `time` against a bound; `high` is set for a range with both ends inside.

    With `entity` it is a metric of one row of that entity instead (a product, a shop); the rows asked about lead to it.
    Without `time` the data set's default window is meant. A person without rows has the metric NULL (or 0 for counts
    and sums) and never meets a bound on NULL.
    """

    metric: str
    op: Op
    value: float
    high: float | None = None
    time: TimeRange | None = None
    where: Predicate | None = None
    entity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """The person is among the `direction` `count` people, or the `share` (0..1) of people, by a metric inside `time`.

    Only people who have the metric are ranked. Exactly one of `count` and `share` is set. Ties are broken by key.
    """

    metric: str
    direction: Literal["top", "bottom"] = "top"
    count: int | None = None
    share: float | None = None
    time: TimeRange | None = None


@dataclass(frozen=True, slots=True)
class InSegment:
    """The person is in the saved segment with this name."""

    name: str


@dataclass(frozen=True, slots=True)
class And:
    items: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Or:
    items: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Not:
    item: Predicate


Predicate = (
    Compare | Among | Between | IsNull | Contains | Moment | Did | HasMetric | Ranked | InSegment | And | Or | Not
)


def conjuncts(where: Predicate | None) -> tuple[Predicate, ...]:
    """The parts that must all hold; one part for anything that is not an `And`."""
    if where is None:
        return ()
    if isinstance(where, And):
        return tuple(part for item in where.items for part in conjuncts(item))
    return (where,)


def conjoin(parts: tuple[Predicate, ...]) -> Predicate | None:
    """The predicate that holds when all of `parts` hold; `None` for no parts."""
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else And(parts)
