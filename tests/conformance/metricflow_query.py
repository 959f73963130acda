"""Maps a case of MetricFlow's own tests to a `Query`: names, grains, filters and time constraints, by rule and never by case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from semantic_layer.interchange.dbt import DbtProject
from semantic_layer.interchange.dbt_filters import METRIC_TIME, PARTS, FieldCall
from semantic_layer.interchange.dbt_names import DbtNames
from semantic_layer.model.grain import Grain
from semantic_layer.model.types import Conversion, Cumulative, Derived, Metric, Ratio, Simple
from semantic_layer.query.predicate import Moment, Predicate, conjoin
from semantic_layer.query.time import Span
from semantic_layer.query.types import ByField, ByTime, Grouping, Order, Query
from tests.conformance.metricflow_where import Reader, Term

Case = Mapping[str, Any]
GRAINS = tuple(Grain)


class NotMappedError(Exception):
    """A case that the language of questions has no form for; the reason is its text."""


@dataclass(frozen=True)
class Mapped:
    """A question, and for each column that the case expects, which of our columns it is."""

    query: Query
    columns: Mapping[str, int]


@dataclass(frozen=True)
class Item:
    """One thing to group by: our grouping, what the case calls it in `order_bys`, and what its results call it."""

    grouping: Grouping
    asked: str
    shown: str


class Mapper:
    """Maps the cases of one manifest."""

    def __init__(self, project: DbtProject) -> None:
        self._project = project
        self._model = project.imported.model
        self._metrics = {metric.name: metric for metric in self._model.metrics}
        self._own = {period.name for spine in self._model.time_spines for period in spine.periods}

    def map(self, case: Case) -> Mapped:
        if case.get("apply_group_by") is False:
            raise NotMappedError("rows that are not grouped: a question asks for values, never for one row each")
        metrics = tuple(case.get("metrics") or ())
        asking = _Asking(self, metrics)
        items = [asking.item(given) for given in (*(case.get("group_bys") or ()), *(case.get("group_by_objs") or ()))]
        by = tuple(dict.fromkeys(item.grouping for item in items))
        time, moments = asking.time(case.get("time_constraint"), by)
        text = case.get("where_filter_rendered")
        where = Reader(asking.term, asking.holder).read(text) if text else None
        query = Query(
            metrics=metrics,
            by=by,
            where=conjoin(tuple(part for part in (where, *moments) if part is not None)),
            time=time,
            order=tuple(_order(text, items, metrics) for text in case.get("order_bys") or ()),
            limit=case.get("limit"),
            extremes=bool(case.get("min_max_only")),
        )
        return Mapped(query, _columns(query, items))

    def times(self, metric: str) -> Iterator[tuple[str, Grain]]:
        """The time dimensions that a metric goes by, with their grains."""
        found = self._metrics[metric]
        for part in _parts(found):
            yield from self.times(part)
        if isinstance(found.body, Simple):
            for measure in found.body.measures:
                entity = next(one for one in self._model.entities if one.name == measure.entity)
                name = f"{measure.entity}.{measure.time or entity.time}"
                yield name, next(one.grain or Grain.DAY for one in self._model.dimensions if one.qualified == name)

    def usual_grain(self, metric: str) -> Grain:
        """What `metric_time` means alone: the metric's own grain, else days, or what is coarser in the data."""
        return self._metrics[metric].grain or coarsest((Grain.DAY, *(grain for _, grain in self.times(metric))))

    def starts_of(self, metric: str) -> tuple[str, ...]:
        return self._project.measures.starts_of(metric)

    @property
    def names(self) -> DbtNames:
        return self._project.names

    def is_grain(self, name: str) -> bool:
        return name in GRAINS or name in self._own


class _Asking:
    """Reads names as the metrics of one case see them."""

    def __init__(self, mapper: Mapper, metrics: Sequence[str]) -> None:
        self._mapper = mapper
        self._starts = tuple(dict.fromkeys(start for metric in metrics for start in mapper.starts_of(metric)))
        self._times = {name: grain for metric in metrics for name, grain in mapper.times(metric)}
        self._usual = coarsest([*map(mapper.usual_grain, metrics)] or [Grain.DAY])

    def item(self, given: str | Mapping[str, str]) -> Item:
        """`booking__ds__month`, or a mapping with name, grain and date_part."""
        if isinstance(given, str):
            return self._item(given, self._split(given))
        call = self._split(given["name"])
        grain, part = given.get("grain", call.grain), given.get("date_part", "")
        return self._item(given["name"], FieldCall(call.name, grain, part))

    def _split(self, name: str) -> FieldCall:
        *front, last = name.split("__")
        if front and self._mapper.is_grain(last):
            return FieldCall("__".join(front), last)
        return FieldCall(name)

    def _item(self, asked: str, call: FieldCall) -> Item:
        term = self.term(call)
        shown = term.shown
        if call.part:
            part = PARTS[call.part]
            grouping: Grouping = ByTime(Grain.DAY, part=part) if term.field is None else ByField(term.field, part=part)
            return Item(grouping, asked, f"{shown}__extract_{call.part}")
        if term.own is not None:
            grouping = ByTime(Grain.DAY, own=term.own) if term.field is None else ByField(term.field, own=term.own)
            return Item(grouping, asked, f"{shown}__{term.own}")
        if term.field is None:
            grain = term.grain or self._usual
            return Item(ByTime(grain), asked, f"{shown}__{grain.value}")
        if term.grain is None:
            return Item(ByField(term.field), asked, shown)
        return Item(ByField(term.field, grain=term.grain), asked, f"{shown}__{term.grain.value}")

    def term(self, call: FieldCall) -> Term:
        """What a name stands for. A time that all metrics go by is their common time."""
        if call.name == METRIC_TIME or (not call.grain and self._split(call.name).name == METRIC_TIME):
            given = call.grain or self._split(call.name).grain
            return self._timed(Term(field=None, shown=METRIC_TIME), given, self._usual)
        if not call.grain:
            call = FieldCall(self._split(call.name).name, self._split(call.name).grain, call.part)
        named = self._mapper.names.read(call.name, self._starts)
        dimension = named.found.dimension
        if dimension is None or dimension.grain is None:
            return Term(field=named.field, shown=named.full_name)
        common = set(self._times) == {named.found.qualified} and not named.found.way
        term = Term(field=None if common else named.field, shown=named.full_name)
        return self._timed(term, call.grain, dimension.grain)

    def _timed(self, term: Term, grain: str, usual: Grain) -> Term:
        if grain and grain not in GRAINS:
            return Term(term.field, term.shown, is_time=True, own=grain)
        return Term(term.field, term.shown, is_time=True, grain=Grain(grain) if grain else usual)

    def holder(self, metric: str, group_by: Sequence[str]) -> str:
        (name,) = group_by
        found = self._mapper.names.holder(name, (*self._starts, *self._mapper.starts_of(metric)))
        if found is None:
            raise NotMappedError(f"no model whose rows {name} names is reached")
        return found

    def time(self, limits: Sequence[str] | None, by: Sequence[Grouping]) -> tuple[Span | None, tuple[Predicate, ...]]:
        """Both ends inside, widened to whole periods of what is asked for; hours become conditions on moments."""
        if limits is None:
            return None, ()
        first, last = (datetime.fromisoformat(limit) for limit in limits)
        asked = [group.grain for group in by if isinstance(group, ByTime) and group.part is None and group.own is None]
        if asked and min(asked, key=GRAINS.index).is_within_day:
            grain = min(asked, key=GRAINS.index)
            ends = (floor(first, grain).isoformat(), floor(last, grain).isoformat())
            return None, (Moment(op=">=", value=ends[0], grain=grain), Moment(op="<=", value=ends[1], grain=grain))
        grain = coarsest([Grain.DAY, *asked, *self._times.values()])
        return Span(start_of(first.date(), grain), end_of(last.date(), grain)), ()


def coarsest(grains: Sequence[Grain]) -> Grain:
    return max(grains, key=GRAINS.index)


def floor(moment: datetime, grain: Grain) -> datetime:
    """The start of the second, minute or hour that holds a moment."""
    zero = {"microsecond": 0}
    if grain in (Grain.MINUTE, Grain.HOUR):
        zero["second"] = 0
    if grain is Grain.HOUR:
        zero["minute"] = 0
    return moment.replace(**zero)  # type: ignore[arg-type]


def start_of(day: date, grain: Grain) -> date:
    if grain is Grain.WEEK:
        return day - timedelta(days=day.weekday())
    months = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}.get(grain)
    return day if months is None else date(day.year, (day.month - 1) // months * months + 1, 1)


def end_of(day: date, grain: Grain) -> date:
    """The last day of the period; 40 days after its start lie in the next month, and so on."""
    length = {Grain.WEEK: 7, Grain.MONTH: 31, Grain.QUARTER: 92, Grain.YEAR: 366}.get(grain)
    if length is None:
        return day
    return start_of(
        start_of(day, grain) + timedelta(days=length + (0 if grain is Grain.WEEK else 8)), grain
    ) - timedelta(days=1)


def _parts(metric: Metric) -> tuple[str, ...]:
    match metric.body:
        case Ratio(numerator=first, denominator=second):
            return first.metric, second.metric
        case Derived(inputs=inputs):
            return tuple(one.metric for one in inputs)
        case Cumulative(input=part) | Conversion(base=part):
            return (part,)
        case _:
            return ()


def _order(text: str, items: Sequence[Item], metrics: Sequence[str]) -> Order:
    name = text.removeprefix("-")
    if name in metrics:
        return Order(name, descending=text.startswith("-"))
    item = next(one for one in items if one.asked == name)
    by = item.grouping.field if isinstance(item.grouping, ByField) else "time"
    return Order(by, descending=text.startswith("-"))


def _columns(query: Query, items: Sequence[Item]) -> Mapping[str, int]:
    if query.extremes:
        return {f"{items[0].shown}__min": 0, f"{items[0].shown}__max": 1}
    places = {grouping: place for place, grouping in enumerate(query.by)}
    found = {item.shown: places[item.grouping] for item in items}
    return found | {metric: len(query.by) + place for place, metric in enumerate(query.metrics)}
