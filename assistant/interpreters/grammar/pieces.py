"""Values that parts of a question stand for while it is being read. They become a plan in `finish`."""

from __future__ import annotations

from dataclasses import dataclass, field

from semantic_layer.model.types import Scalar
from semantic_layer.query.plan import ChartKind, Occurrence
from semantic_layer.query.predicate import Op, Predicate
from semantic_layer.query.time import CompareTo, Grain, TimeRange
from semantic_layer.query.types import Bound, Grouping


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number with the category of its unit; a percentage holds its fraction."""

    value: float
    percent: bool = False
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A bound on something not yet named: over 500, 300 to 800."""

    op: Op
    value: float
    high: float | None = None
    percent: bool = False
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Values:
    """Some values of one field. `group` names the value group when they are one."""

    field: str
    values: tuple[Scalar, ...]
    group: str | None = None
    joined: str = ""  # how several were joined: "and", "or", ","
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition. `behaviour` marks one about what people did, which a time beside it belongs to; `fixed` one whose
    window is the default by its own words.
    """

    predicate: Predicate
    behaviour: bool = False
    fixed: bool = False
    several: bool = False  # values of one field joined by "and"
    closed: bool = False  # says who people are: a time beside it belongs to the rest
    implied: bool = False  # rows of people that no verb names: running shoes for having bought them
    joint: bool = False  # two things done to one object, which no word before them negates together
    open: bool = False  # what was done it to is said before: never bought any


@dataclass(frozen=True, slots=True)
class Ordering:
    """Best or worst first. `metric` is what is compared when it was said together with it."""

    descending: bool
    metric: str | None = None
    what: str = "value"
    whole: bool = False  # the order of a whole list, not of its best


@dataclass(frozen=True, slots=True)
class Cut:
    """The first so many, or the first share."""

    descending: bool
    count: int | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Cohort:
    """Periods over which people are followed; `periods` when it was said how many."""

    grain: Grain
    periods: int | None


@dataclass(frozen=True, slots=True)
class PeriodEnd:
    """The end of a period: of `grain`, or (`None`) of the time that was said; `each` for all such ends."""

    grain: Grain | None
    each: bool


@dataclass(frozen=True, slots=True)
class Back:
    """The period before, with the unit that its words name: the unit as a whole (上周), or the `same` days in it (上周同期)."""

    unit: Grain
    same: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What has been understood of a question so far, in no order. Marks are words such as "count" or "trend"."""

    metrics: tuple[str, ...] = ()
    by: tuple[Grouping, ...] = ()
    heads: tuple[str, ...] = ()  # fields named without "by": they group, or are what is asked for
    conditions: tuple[Predicate, ...] = ()
    implied: tuple[Predicate, ...] = ()  # those of the conditions that no verb names
    groups: tuple[tuple[Predicate, ...], ...] = ()  # conditions that belong to one audience each
    bounds: tuple[Bound, ...] = ()
    amounts: tuple[Amount, ...] = ()
    times: tuple[TimeRange, ...] = ()
    compare: tuple[CompareTo, ...] = ()
    back: tuple[Back, ...] = ()  # of which unit a period before in `compare` is
    entities: tuple[str, ...] = ()
    ordering: Ordering | None = None
    cut: Cut | None = None
    chart: ChartKind | None = None
    quoted: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    steps: tuple[Occurrence, ...] = ()
    within: tuple[int, Grain] | None = None  # how long the steps may take
    cohort: Cohort | None = None
    period_end: PeriodEnd | None = None
    anyof: tuple[str, ...] = ()  # names of fields behind "any"
    named: tuple[str, ...] = ()  # fields and metrics in the order in which they were named
    marks: frozenset[str] = field(default_factory=frozenset)

    @property
    def several(self) -> bool:
        """Were several values of one field joined by "and"?"""
        return "several" in self.marks

    def has(self, *marks: str) -> bool:
        return any(mark in self.marks for mark in marks)


def merged(left: Frame, right: Frame) -> Frame | None:
    """Both together; `None` when they say two different things where only one can be said."""
    ordering = _one(left.ordering, right.ordering)
    cut = _one(left.cut, right.cut)
    chart = _one(left.chart, right.chart)
    if ordering is _CLASH or cut is _CLASH or chart is _CLASH or _kinds_clash(left, right):
        return None
    return Frame(
        metrics=left.metrics + tuple(m for m in right.metrics if m not in left.metrics),
        by=left.by + tuple(g for g in right.by if g not in left.by),
        heads=left.heads + right.heads,
        conditions=left.conditions + right.conditions,
        implied=left.implied + right.implied,
        groups=left.groups + right.groups,
        bounds=left.bounds + right.bounds,
        amounts=left.amounts + right.amounts,
        times=left.times + right.times,
        compare=left.compare + tuple(c for c in right.compare if c not in left.compare),
        back=left.back + tuple(b for b in right.back if b not in left.back),
        entities=left.entities + tuple(e for e in right.entities if e not in left.entities),
        ordering=left.ordering or right.ordering,
        cut=left.cut or right.cut,
        chart=left.chart or right.chart,
        quoted=left.quoted + right.quoted,
        keys=left.keys + right.keys,
        topics=left.topics + right.topics,
        kinds=left.kinds + right.kinds,
        steps=left.steps or right.steps,
        within=left.within or right.within,
        cohort=left.cohort or right.cohort,
        period_end=left.period_end or right.period_end,
        anyof=left.anyof + right.anyof,
        named=left.named + right.named,
        marks=left.marks | right.marks,
    )


_CLASH = object()


def _one(left: object, right: object) -> object:
    if left is not None and right is not None and left != right:
        return _CLASH
    return left if left is not None else right


def _kinds_clash(left: Frame, right: Frame) -> bool:
    """Two funnels, two lengths of time, two kinds of cohort or two kinds of ends are said."""
    pairs = (
        (left.within, right.within),
        (left.cohort, right.cohort),
        (left.period_end, right.period_end),
    )
    return bool(left.steps and right.steps) or any(_one(a, b) is _CLASH for a, b in pairs)
