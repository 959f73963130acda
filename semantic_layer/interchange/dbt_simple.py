"""Measures as simple metrics: under their own names, or hidden where only other metrics use them."""

from __future__ import annotations

from itertools import chain, count

from semantic_layer.errors import NotYetError, Text
from semantic_layer.interchange.dbt_entities import words_of
from semantic_layer.interchange.dbt_filters import Fragments
from semantic_layer.interchange.dbt_measures import Counted, Measures
from semantic_layer.interchange.dbt_types import DbtMeasureInput, DbtMetricInput, Part
from semantic_layer.model.types import Aggregation, Measure, Metric, NonAdditive, Origin, Simple, Unit

_COUNTS = (Aggregation.COUNT, Aggregation.COUNT_DISTINCT, Aggregation.SUM_BOOLEAN)


class SimpleMetrics:
    """Makes the bodies of simple metrics, and one hidden metric for every other measure that is used."""

    def __init__(self, measures: Measures, fragments: Fragments) -> None:
        self._measures = measures
        self._fragments = fragments
        self._hidden: dict[DbtMeasureInput, str] = {}

    def body(self, counted: Counted, given: DbtMeasureInput, filters: tuple[str, ...] = ()) -> Simple:
        """The aggregation with the conditions of the measure and of the metric together."""
        where = self._fragments.where((*given.filters, *filters), (counted.model.name,))
        return Simple(measures=(_measure(counted, where),), fill=given.fill, every_period=given.every_period)

    def made(self) -> tuple[Metric, ...]:
        """Metrics of measures that ask to be metrics under their own names."""
        return tuple(
            self._metric(one.measure.name, one, DbtMeasureInput(name=one.measure.name), hidden=False)
            for one in self._measures.made()
        )

    def part(self, part: Part) -> str:
        """The metric that stands for a part of another: one that is there, or a hidden one.

        Raises `NotYetError` for a metric that is filtered or moved in time on the way in.
        """
        if isinstance(part, DbtMetricInput):
            if part.filters or part.offset is not None:
                kind = Text(
                    f"以筛选或平移后的「{part.name}」为输入的指标",
                    f"metrics of {part.name!r} filtered or moved on the way",
                )
                raise NotYetError(kind)
            return part.name
        self._measures.counted(part.name)
        return self._measures.simple_for(part) or self._hidden.setdefault(part, self._free_name(part.name))

    def hidden(self) -> tuple[Metric, ...]:
        """The hidden metrics that `part` gave names to."""
        return tuple(
            self._metric(name, self._measures.counted(given.name), given, hidden=True)
            for given, name in self._hidden.items()
        )

    def _metric(self, name: str, counted: Counted, given: DbtMeasureInput, *, hidden: bool) -> Metric:
        measure = counted.measure
        return Metric(
            name=name,
            words=words_of(name, "" if hidden else measure.label, measure.description),
            body=self.body(counted, given),
            unit=unit_of(counted),
            hidden=hidden,
            origin=Origin(file=measure.section.place.file, line=measure.section.place.line),
        )

    def _free_name(self, measure: str) -> str:
        numbered = (f"measure_{measure}_{number}" for number in count(2))
        return next(name for name in chain((measure, f"measure_{measure}"), numbered) if not self._is_taken(name))

    def _is_taken(self, name: str) -> bool:
        return self._measures.is_metric(name) or name in self._hidden.values()


def unit_of(counted: Counted) -> Unit:
    return Unit.COUNT if counted.measure.agg in _COUNTS else Unit.NUMBER


def _measure(counted: Counted, where: str) -> Measure:
    measure, model = counted.measure, counted.model
    return Measure(
        entity=model.name,
        agg=measure.agg,
        expr=measure.expr,
        where=where,
        time=None if measure.time == model.time else measure.time or None,
        percentile=measure.percentile,
        non_additive=_balance(counted),
    )


def _balance(counted: Counted) -> NonAdditive | None:
    given, model = counted.measure.balance, counted.model
    if given is None:
        return None
    groupings = tuple(f"{model.name}.{name}" for name in given.groupings)
    return NonAdditive(dimension=given.dimension, choice=given.choice, groupings=groupings)
