"""`metrics` of the definition files, of every type."""

from __future__ import annotations

import re
from typing import Literal, cast

from semantic_layer.model.read_entities import read_name, read_origin
from semantic_layer.model.section import Section
from semantic_layer.model.types import (
    Aggregation,
    Conversion,
    Cumulative,
    Derived,
    Having,
    Measure,
    Metric,
    MetricBody,
    Ratio,
    Simple,
    Unit,
)

_TYPES = ("simple", "ratio", "derived", "cumulative", "conversion")
_BOUND = re.compile(r"\s*(\w+)\s*(>=|<=|>|<|=)\s*(-?\d+(?:\.\d+)?)\s*")
_WINDOW = re.compile(r"\d+ (?:day|week|month|quarter|year)s?")


def read_metric(section: Section) -> Metric:
    name = read_name(section)
    body = _body(section)
    metric = Metric(
        name=name,
        words=section.words(),
        body=body,
        unit=section.choice("unit", Unit, default=Unit.NUMBER),
        good=cast(
            "Literal['up', 'down', 'neutral']", section.word_of("good", ("up", "down", "neutral"), default="neutral")
        ),
        counts=section.text_of("counts") or None,
        origin=read_origin(section),
    )
    section.finish()
    return metric


def _body(section: Section) -> MetricBody:
    kind = section.word_of("type", _TYPES, default="simple")
    if kind == "ratio":
        return Ratio(
            numerator=section.text_of("numerator", required=True),
            denominator=section.text_of("denominator", required=True),
        )
    if kind == "derived":
        return Derived(expr=section.text_of("expr", required=True), inputs=section.texts("inputs", required=True))
    if kind == "cumulative":
        return Cumulative(
            input=section.text_of("input", required=True),
            window=read_window(section) or None,
            grain_to_date=section.text_of("grain_to_date") or None,
        )
    if kind == "conversion":
        return Conversion(
            entity=section.text_of("entity", required=True),
            base=section.text_of("base", required=True),
            target=section.text_of("target", required=True),
            window=read_window(section, required=True),
        )
    if section.has("measures"):
        measures = tuple(_measure(item, own=True) for item in section.sections("measures"))
        return Simple(measures=measures)
    return Simple(measures=(_measure(section, own=False),))


def _measure(section: Section, *, own: bool) -> Measure:
    """One aggregation; `own` says that the mapping holds nothing else, so that unknown keys are its own faults."""
    measure = Measure(
        entity=section.text_of("entity", required=True),
        agg=section.choice("agg", Aggregation),
        expr=section.text_of("expr"),
        where=section.text_of("where"),
        time=section.text_of("time") or None,
        per=section.text_of("per") or None,
        having=read_bound(section, "having"),
        non_additive=section.text_of("non_additive") or None,
    )
    if not measure.expr and measure.agg is not Aggregation.COUNT:
        section.report("expr", f"{measure.agg.value} needs something to run over.", "Add expr: with a column.")
    if measure.having is not None and measure.per is None:
        section.report(
            "having", "'having' needs the entity to group by.", "Add per: with an entity, e.g. per: customer."
        )
    if own:
        section.finish()
    return measure


def read_bound(section: Section, name: str) -> Having | None:
    """`orders >= 2`: a metric, a comparison and a number."""
    text = section.text_of(name)
    return parse_bound(section, name, text) if text else None


def parse_bound(section: Section, name: str, text: str) -> Having | None:
    match = _BOUND.fullmatch(text)
    if match is None:
        section.report(name, f"{text!r} is not a bound on a metric.", "Write it as 'orders >= 2'.")
        return None
    op = cast("Literal['>=', '>', '<=', '<', '=']", match[2])
    return Having(metric=match[1], op=op, value=float(match[3]))


def read_window(section: Section, *, required: bool = False) -> str:
    """`12 months`, `30 days`; empty for all time."""
    text = section.text_of("window", required=required)
    if text and not _WINDOW.fullmatch(text):
        remedy = "Write a number and a unit (days, weeks, months, quarters, years), e.g. 12 months."
        section.report("window", f"{text!r} is not a window of time.", remedy)
    return text
