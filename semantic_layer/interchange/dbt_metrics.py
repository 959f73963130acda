"""dbt's metrics as ours. What our metrics cannot say is left out and told, and so is everything made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from semantic_layer.errors import Issue, NotYetError, Text, UnknownNameError, UserError
from semantic_layer.interchange.dbt_entities import words_of
from semantic_layer.interchange.dbt_filters import Fragments
from semantic_layer.interchange.dbt_measures import Measures
from semantic_layer.interchange.dbt_names import DbtNames
from semantic_layer.interchange.dbt_simple import SimpleMetrics, unit_of
from semantic_layer.interchange.dbt_types import (
    DbtConversion,
    DbtCumulative,
    DbtDerived,
    DbtInline,
    DbtMetric,
    DbtMetricInput,
    DbtRatio,
    DbtSimple,
)
from semantic_layer.interchange.dbt_values import place_of
from semantic_layer.interchange.losses import Loss
from semantic_layer.model.grain import Grain
from semantic_layer.model.rules.metrics import metrics_named
from semantic_layer.model.types import Conversion, Cumulative, Derived, Input, Metric, MetricBody, Origin, Ratio, Unit


class MetricBuilder:
    """Builds the metrics of one manifest, noting faults and what is not carried."""

    def __init__(self, measures: Measures, names: DbtNames, fragments: Fragments) -> None:
        self._measures = measures
        self._names = names
        self._fragments = fragments
        self._simple = SimpleMetrics(measures, fragments)
        self.issues: list[Issue] = []
        self.losses: list[Loss] = []

    def metrics(self, given: Sequence[DbtMetric]) -> tuple[Metric, ...]:
        """In the order of the source, then those made of measures, then the hidden ones."""
        built = [metric for one in given if (metric := self._built(one)) is not None]
        built += [*self._simple.made(), *self._simple.hidden()]
        return self._without_orphans(built, {one.name for one in given})

    def _built(self, given: DbtMetric) -> Metric | None:
        try:
            body = self._body(given)
            is_simple = isinstance(given.body, DbtSimple | DbtInline)
            where = "" if is_simple else self._where(given.filters, self._measures.starts_of(given.name))
        except NotYetError as error:
            self.losses.append(Loss(place_of(given.section), f"metric {given.name}", error.message))
            return None
        except UserError as error:
            self.issues.append(_issue(given, error))
            return None
        return Metric(
            name=given.name,
            words=words_of(given.name, given.label, given.description),
            body=body,
            unit=self._unit(given),
            where=where,
            grain=given.grain,
            origin=Origin(file=given.section.place.file, line=given.section.place.line),
        )

    def _body(self, given: DbtMetric) -> MetricBody:
        body = given.body
        match body:
            case DbtSimple(measure=measure):
                return self._simple.body(self._measures.counted(measure.name), measure, given.filters)
            case DbtInline():
                return self._simple.body(self._measures.inline(body), body.input, given.filters)
            case DbtRatio():
                return Ratio(numerator=self._input(body.numerator), denominator=self._input(body.denominator))
            case DbtDerived():
                return Derived(expr=body.expr, inputs=tuple(self._input(one) for one in body.inputs))
            case DbtCumulative():
                _standard(body.window)
                return Cumulative(
                    input=self._simple.part(body.input),
                    window=body.window or None,
                    grain_to_date=_standard(body.to_date) or None,
                    period_choice=body.choice,
                )
            case DbtConversion():
                return self._conversion(body)
            case _:
                assert_never(body)

    def _conversion(self, body: DbtConversion) -> Conversion:
        base, target = self._measures.starts_of_part(body.base), self._measures.starts_of_part(body.target)
        entity = self._names.holder(body.entity, (*base, *target))
        if entity is None:
            kind = Text(
                f"没有任何模型以「{body.entity}」为主键的转化",
                f"conversions of {body.entity!r}, whose rows no model holds",
            )
            raise NotYetError(kind)
        return Conversion(
            entity=entity,
            base=self._simple.part(body.base),
            target=self._simple.part(body.target),
            window=_standard(body.window),
            constant=tuple((self._property(one, base), self._property(other, target)) for one, other in body.constant),
            calculation=body.calculation,
            counting="events",
        )

    def _property(self, name: str, starts: Sequence[str]) -> str:
        """A field of the rows themselves, by its last name alone or by its long name."""
        return self._names.local(name, starts[0]) or self._names.read(name, starts).field

    def _input(self, given: DbtMetricInput) -> Input:
        starts = self._measures.starts_of(given.name)
        return Input(
            metric=given.name, alias=given.alias, where=self._where(given.filters, starts), offset=given.offset
        )

    def _where(self, filters: Sequence[str], starts: Sequence[str]) -> str:
        return self._fragments.where(filters, starts) if filters else ""

    def _unit(self, given: DbtMetric) -> Unit:
        match given.body:
            case DbtSimple(measure=measure):
                return unit_of(self._measures.counted(measure.name))
            case DbtInline() as body:
                return unit_of(self._measures.inline(body))
            case DbtConversion(calculation=calculation):
                return Unit.PERCENT if calculation == "rate" else Unit.COUNT
            case _:
                return Unit.NUMBER

    def _without_orphans(self, built: Sequence[Metric], given: set[str]) -> tuple[Metric, ...]:
        """Without metrics made of ones that were left out; a name that nobody defined is a fault told elsewhere."""
        left_out = given - {metric.name for metric in built}
        kept = list(built)
        while orphans := [one for one in kept if any(name in left_out for _, name in metrics_named(one.body))]:
            for one in orphans:
                part = next(name for _, name in metrics_named(one.body) if name in left_out)
                why = Text(f"由未读取的「{part}」组成，未读取。", f"It is made of {part!r}, which was not carried.")
                self.losses.append(Loss(f"{one.origin.file}:{one.origin.line}", f"metric {one.name}", why))
            left_out |= {one.name for one in orphans}
            kept = [one for one in kept if one.name not in left_out]
        return tuple(kept)


def _standard(length: str) -> str:
    """A window or a grain in units of the calendar; raises `NotYetError` for a company's own."""
    unit = length.rpartition(" ")[2]
    if length and unit not in tuple(Grain):
        raise NotYetError(Text(f"以「{unit}」为单位的累计", f"running totals in units of {unit!r}"))
    return length


def _issue(given: DbtMetric, error: UserError) -> Issue:
    near = "" if not error.suggestions else f"Did you mean {' or '.join(map(repr, error.suggestions))}?"
    allowed = "Use a name that the manifest defines." if isinstance(error, UnknownNameError) else "Change the filter."
    return Issue(
        file=given.section.place.file,
        line=given.section.place.line,
        key=given.section.key(given.name),
        message=error.message.en.removesuffix(near).strip(),
        remedy=near or allowed,
    )
