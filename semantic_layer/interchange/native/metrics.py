"""Metrics of every type, as forms."""

from __future__ import annotations

from typing import assert_never

from semantic_layer.interchange.native.forms import (
    Form,
    FormValue,
    bound_text,
    form,
    number,
    origin_form,
    some,
    unless,
    words_form,
)
from semantic_layer.model.grain import Offset
from semantic_layer.model.types import (
    Conversion,
    Cumulative,
    Derived,
    Input,
    Measure,
    Metric,
    MetricBody,
    NonAdditive,
    Percentile,
    Ratio,
    Simple,
)


def metric_form(metric: Metric) -> Form:
    return form(
        {
            "name": metric.name,
            **words_form(metric.words),
            **_body(metric.body, has_own_condition=bool(metric.where)),
            "unit": unless(metric.unit.value, "number"),
            "good": unless(metric.good, "neutral"),
            "counts": metric.counts,
            **({"where": metric.where} if metric.where else {}),
            "grain": metric.grain.value if metric.grain else None,
            "hidden": unless(metric.hidden, default=False),
            **origin_form(metric.origin),
        }
    )


def _body(body: MetricBody, *, has_own_condition: bool) -> Form:
    match body:
        case Simple():
            return _simple(body, has_own_condition=has_own_condition)
        case Ratio():
            return {"type": "ratio", "numerator": _input(body.numerator), "denominator": _input(body.denominator)}
        case Derived():
            return {"type": "derived", "expr": body.expr, "inputs": [*_inputs(body.inputs)]}
        case Cumulative():
            return form(
                {
                    "type": "cumulative",
                    "input": body.input,
                    "window": body.window,
                    "grain_to_date": body.grain_to_date,
                    "period_choice": unless(body.period_choice, "last"),
                }
            )
        case Conversion():
            return form(
                {
                    "type": "conversion",
                    "entity": body.entity,
                    "base": body.base,
                    "target": body.target,
                    "window": unless(body.window),
                    "constant": some([{"base": base, "target": target} for base, target in body.constant]),
                    "calculation": unless(body.calculation, "rate"),
                    "counting": unless(body.counting, "people"),
                }
            )
        case _:
            assert_never(body)


def _simple(body: Simple, *, has_own_condition: bool) -> Form:
    """One measure gives its keys without a list, unless its condition would be taken for that of the metric."""
    around = form(
        {
            "fill": None if body.fill is None else number(body.fill),
            "every_period": unless(body.every_period, default=False),
        }
    )
    if len(body.measures) == 1 and not has_own_condition:
        return {**measure_form(body.measures[0]), **around}
    return {"measures": [measure_form(measure) for measure in body.measures], **around}


def measure_form(measure: Measure) -> Form:
    return form(
        {
            "entity": measure.entity,
            "agg": measure.agg.value,
            "expr": unless(measure.expr),
            "where": unless(measure.where),
            "time": measure.time,
            "per": measure.per,
            "having": bound_text(measure.having) if measure.having else None,
            "percentile": _percentile(measure.percentile) if measure.percentile else None,
            "non_additive": _non_additive(measure.non_additive) if measure.non_additive else None,
        }
    )


def _percentile(percentile: Percentile) -> FormValue:
    if not percentile.discrete and not percentile.approximate:
        return percentile.value
    return form(
        {
            "value": percentile.value,
            "discrete": unless(percentile.discrete, default=False),
            "approximate": unless(percentile.approximate, default=False),
        }
    )


def _non_additive(balance: NonAdditive) -> FormValue:
    if balance.choice == "last" and not balance.groupings:
        return balance.dimension
    return form(
        {
            "dimension": balance.dimension,
            "choice": unless(balance.choice, "last"),
            "groupings": some(balance.groupings),
        }
    )


def _inputs(inputs: tuple[Input, ...]) -> list[FormValue]:
    """Names, or mappings for all as soon as one needs it: a list holds one kind."""
    if all(part == Input(part.metric) for part in inputs):
        return [part.metric for part in inputs]
    return [_input_mapping(part) for part in inputs]


def _input(part: Input) -> FormValue:
    return part.metric if part == Input(part.metric) else _input_mapping(part)


def _input_mapping(part: Input) -> Form:
    return form(
        {
            "metric": part.metric,
            "alias": unless(part.alias),
            "where": unless(part.where),
            "offset": offset_text(part.offset) if part.offset else None,
        }
    )


def offset_text(offset: Offset) -> str:
    """`2 weeks`, or `start of month`. A unit of the company's own that ends in s keeps it only in the plural."""
    if offset.to_start:
        return f"start of {offset.unit}"
    is_one = offset.count == 1 and not offset.unit.endswith("s")
    return f"{offset.count} {offset.unit}{'' if is_one else 's'}"
