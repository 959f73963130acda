"""Reads `metrics`, of every type and of both ages: made of measures, or holding their aggregation themselves."""

from __future__ import annotations

from typing import Literal, assert_never, cast

from semantic_layer.interchange.dbt_read_measures import read_inline
from semantic_layer.interchange.dbt_types import (
    DbtBody,
    DbtConversion,
    DbtCumulative,
    DbtDerived,
    DbtInline,
    DbtMeasureInput,
    DbtMetric,
    DbtMetricInput,
    DbtRatio,
    DbtSimple,
    Part,
)
from semantic_layer.interchange.dbt_values import expression, filters, grain, left_over, length, offset, word
from semantic_layer.interchange.losses import Loss
from semantic_layer.model.section import Section

_Type = Literal["simple", "ratio", "derived", "cumulative", "conversion"]
_TYPES = ("simple", "ratio", "derived", "cumulative", "conversion")
_PARAMS = (
    "measure", "numerator", "denominator", "expr", "window", "grain_to_date", "metrics", "conversion_type_params",
    "cumulative_type_params", "metric_aggregation_params", "join_to_timespine", "fill_nulls_with",
    "input_measures",  # the measures behind it all, listed once more
)  # fmt: skip


def read_metric(section: Section, losses: list[Loss]) -> DbtMetric:
    name = section.text_of("name", required=True)
    kind = cast("_Type", word(section, "type", _TYPES))
    params = section.section("type_params")
    if params is None:
        section.report("type_params", "The metric does not say what it is made of.", "Add type_params:.")
        body: DbtBody = DbtSimple(DbtMeasureInput(name=""))
    else:
        left_over(params, _PARAMS, losses)
        body = _body(kind, name, params, losses)
    known = ("name", "type", "type_params", "label", "description", "filter", "time_granularity")
    left_over(section, known, losses)
    return DbtMetric(
        name=name,
        label=section.text_of("label"),
        description=section.text_of("description").strip(),
        body=body,
        filters=filters(section, "filter"),
        grain=grain(section, "time_granularity", losses),
        section=section,
    )


def _body(kind: _Type, name: str, params: Section, losses: list[Loss]) -> DbtBody:
    match kind:
        case "simple":
            return _simple(name, params, losses)
        case "ratio":
            return DbtRatio(_metric_input(params, "numerator", losses), _metric_input(params, "denominator", losses))
        case "derived":
            inputs = tuple(_metric_of(item, losses) for item in params.sections("metrics", required=True, lone="name"))
            return DbtDerived(params.text_of("expr", required=True), inputs)
        case "cumulative":
            return _cumulative(params, losses)
        case "conversion":
            return _conversion(params, losses)
        case _:
            assert_never(kind)


def _simple(name: str, params: Section, losses: list[Loss]) -> DbtBody:
    inline = params.section("metric_aggregation_params")
    if inline is None or _given(params, "measure"):
        return DbtSimple(_measure_input(params, "measure", losses))
    return DbtInline(
        model=inline.text_of("semantic_model", required=True),
        measure=read_inline(inline, name, expression(params, "expr", name), losses),
        input=DbtMeasureInput(
            name=name,
            fill=params.number("fill_nulls_with"),
            every_period=params.flag("join_to_timespine", default=False),
        ),
    )


def _cumulative(params: Section, losses: list[Loss]) -> DbtCumulative:
    """The newer keys stand in their own mapping; the older ones beside the measure."""
    own = params.section("cumulative_type_params")
    if own is not None:
        left_over(own, ("window", "grain_to_date", "period_agg", "metric"), losses)
    window = (length(own, "window") if own else "") or length(params, "window")
    to_date = (own.text_of("grain_to_date") if own else "") or params.text_of("grain_to_date")
    choice = word(own, "period_agg", ("first", "last", "average"), default="first") if own else "first"
    use_metric = own is not None and not _given(params, "measure") and _given(own, "metric")
    return DbtCumulative(
        input=_metric_input(own, "metric", losses)
        if own is not None and use_metric
        else _measure_input(params, "measure", losses),
        window=window,
        to_date=to_date.lower(),
        choice=cast("Literal['first', 'last', 'average']", choice),
    )


def _conversion(params: Section, losses: list[Loss]) -> DbtConversion:
    own = params.section("conversion_type_params")
    if own is None:
        message = "The conversion does not say from what to what."
        params.report("conversion_type_params", message, "Add conversion_type_params: with base_measure: and so on.")
        nothing = DbtMeasureInput(name="")
        return DbtConversion(entity="", base=nothing, target=nothing, window="", calculation="rate", constant=())
    known = (
        "base_measure", "conversion_measure", "base_metric", "conversion_metric", "entity", "calculation", "window",
        "constant_properties",
    )  # fmt: skip
    left_over(own, known, losses)
    calculation = word(own, "calculation", ("conversion_rate", "conversions"), default="conversion_rate")
    pairs = tuple(
        (item.text_of("base_property", required=True), item.text_of("conversion_property", required=True))
        for item in own.sections("constant_properties")
    )
    return DbtConversion(
        entity=own.text_of("entity", required=True),
        base=_part(own, "base_measure", "base_metric", losses),
        target=_part(own, "conversion_measure", "conversion_metric", losses),
        window=length(own, "window"),
        calculation="rate" if calculation == "conversion_rate" else "count",
        constant=pairs,
    )


def _part(section: Section, measure: str, metric: str, losses: list[Loss]) -> Part:
    if not _given(section, measure) and _given(section, metric):
        return _metric_input(section, metric, losses)
    return _measure_input(section, measure, losses)


def _given(section: Section, name: str) -> bool:
    return section.section_if_mapping(name) is not None or bool(
        section.node.entries.get(name) and section.text_of(name)
    )


def _measure_input(section: Section, name: str, losses: list[Loss]) -> DbtMeasureInput:
    inner = section.section_if_mapping(name)
    if inner is None:
        return DbtMeasureInput(name=section.text_of(name, required=True))
    left_over(inner, ("name", "filter", "alias", "join_to_timespine", "fill_nulls_with"), losses)
    return DbtMeasureInput(
        name=inner.text_of("name", required=True),
        filters=filters(inner, "filter"),
        fill=inner.number("fill_nulls_with"),
        every_period=inner.flag("join_to_timespine", default=False),
    )


def _metric_input(section: Section, name: str, losses: list[Loss]) -> DbtMetricInput:
    inner = section.section_if_mapping(name)
    if inner is None:
        return DbtMetricInput(name=section.text_of(name, required=True))
    return _metric_of(inner, losses)


def _metric_of(section: Section, losses: list[Loss]) -> DbtMetricInput:
    left_over(section, ("name", "filter", "alias", "offset_window", "offset_to_grain"), losses)
    return DbtMetricInput(
        name=section.text_of("name", required=True),
        alias=section.text_of("alias"),
        filters=filters(section, "filter"),
        offset=offset(section),
    )
