"""`metrics` of the definition files, of every type."""

from __future__ import annotations

import re
from typing import Literal, cast

from semantic_layer.model.grain import Grain, Offset
from semantic_layer.model.read_entities import read_name, read_origin
from semantic_layer.model.section import Section
from semantic_layer.model.types import (
    Aggregation,
    Conversion,
    Cumulative,
    Derived,
    Having,
    Input,
    Measure,
    Metric,
    MetricBody,
    NonAdditive,
    Percentile,
    Ratio,
    Simple,
    Unit,
)

_TYPES = ("simple", "ratio", "derived", "cumulative", "conversion")
_BOUND = re.compile(r"\s*(\w+)\s*(>=|<=|>|<|=)\s*(-?\d+(?:\.\d+)?)\s*")
_WINDOW = re.compile(r"\d+ (?:hour|day|week|month|quarter|year)s?")
_OFFSET = re.compile(r"(\d+) (\w+?)s?")
_TO_START = re.compile(r"start of (\w+)")


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
        # Without a list of measures the condition is that of the one measure.
        where="" if isinstance(body, Simple) and not section.has("measures") else section.text_of("where"),
        grain=section.choice("grain", Grain) if section.has("grain") else None,
        hidden=section.flag("hidden", default=False),
        origin=read_origin(section),
    )
    section.finish()
    return metric


def _body(section: Section) -> MetricBody:
    kind = section.word_of("type", _TYPES, default="simple")
    if kind == "ratio":
        return Ratio(numerator=_input(section, "numerator"), denominator=_input(section, "denominator"))
    if kind == "derived":
        inputs = _inputs(section)
        return Derived(expr=section.text_of("expr", required=True), inputs=inputs)
    if kind == "cumulative":
        return _cumulative(section)
    if kind == "conversion":
        return _conversion(section)
    fill, every = section.number("fill"), section.flag("every_period", default=False)
    if section.has("measures"):
        measures = tuple(_measure(item, own=True) for item in section.sections("measures"))
        return Simple(measures=measures, fill=fill, every_period=every)
    return Simple(measures=(_measure(section, own=False),), fill=fill, every_period=every)


def _cumulative(section: Section) -> Cumulative:
    body = Cumulative(
        input=section.text_of("input", required=True),
        window=read_window(section) or None,
        grain_to_date=section.text_of("grain_to_date") or None,
        period_choice=cast(
            "Literal['first', 'last', 'average']",
            section.word_of("period_choice", ("first", "last", "average"), default="last"),
        ),
    )
    if body.window and body.grain_to_date:
        section.report("window", "A metric runs over a window or to date, not both.", "Leave one of them out.")
    return body


def _conversion(section: Section) -> Conversion:
    pairs = tuple(
        (item.text_of("base", required=True), item.text_of("target", required=True))
        for item in section.sections("constant")
    )
    return Conversion(
        entity=section.text_of("entity", required=True),
        base=section.text_of("base", required=True),
        target=section.text_of("target", required=True),
        window=read_window(section),
        constant=pairs,
        calculation=cast("Literal['rate', 'count']", section.word_of("calculation", ("rate", "count"), default="rate")),
        counting=cast(
            "Literal['people', 'events']", section.word_of("counting", ("people", "events"), default="people")
        ),
    )


def _inputs(section: Section) -> tuple[Input, ...]:
    """`[orders, sales]`, or a list of mappings with metric, alias, where and offset."""
    if section.is_list_of_mappings("inputs"):
        return tuple(_input_of(item) for item in section.sections("inputs", lone="metric"))
    return tuple(Input(name) for name in section.texts("inputs", required=True))


def _input(section: Section, name: str) -> Input:
    """A metric's name, or a mapping."""
    inner = section.section_if_mapping(name)
    return Input(section.text_of(name, required=True)) if inner is None else _input_of(inner)


def _input_of(section: Section) -> Input:
    found = Input(
        metric=section.text_of("metric", required=True),
        alias=section.text_of("alias"),
        where=section.text_of("where"),
        offset=_offset(section),
    )
    section.finish()
    return found


def _offset(section: Section) -> Offset | None:
    """`2 weeks` back, or back to the `start of month`."""
    text = section.text_of("offset")
    if not text:
        return None
    if start := _TO_START.fullmatch(text):
        return Offset(start[1], to_start=True)
    if length := _OFFSET.fullmatch(text):
        return Offset(length[2], count=int(length[1]))
    remedy = "Write a number and a unit, e.g. 2 weeks, or 'start of month'."
    section.report("offset", f"{text!r} is not a length of time.", remedy)
    return None


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
        percentile=_percentile(section),
        non_additive=_non_additive(section),
    )
    if not measure.expr and measure.agg is not Aggregation.COUNT:
        section.report("expr", f"{measure.agg.value} needs something to run over.", "Add expr: with a column.")
    if measure.agg is Aggregation.PERCENTILE and measure.percentile is None:
        section.report("percentile", "A percentile needs to say which.", "Add percentile: with a share, e.g. 0.9.")
    if measure.having is not None and measure.per is None:
        section.report(
            "having", "'having' needs the entity to group by.", "Add per: with an entity, e.g. per: customer."
        )
    if measure.per is not None and measure.non_additive is not None:
        section.report("non_additive", "A balance cannot be grouped by 'per' first.", "Leave out one of them.")
    if own:
        section.finish()
    return measure


def _percentile(section: Section) -> Percentile | None:
    """`percentile: 0.9`, or a mapping with value, discrete and approximate."""
    inner = section.section_if_mapping("percentile")
    share = section.number("percentile") if inner is None else inner.number("value", required=True)
    if share is None:
        return None
    if not 0 < share < 1:
        section.report("percentile", f"{share:g} is not between 0 and 1.", "Write 0.9 for the 90th percentile.")
    if inner is None:
        return Percentile(value=share)
    found = Percentile(
        value=share,
        discrete=inner.flag("discrete", default=False),
        approximate=inner.flag("approximate", default=False),
    )
    inner.finish()
    return found


def _non_additive(section: Section) -> NonAdditive | None:
    """`non_additive: snapshot_day` takes the last moment; a mapping may say `choice` and `groupings`."""
    inner = section.section_if_mapping("non_additive")
    if inner is None:
        name = section.text_of("non_additive")
        return NonAdditive(dimension=name) if name else None
    found = NonAdditive(
        dimension=inner.text_of("dimension", required=True),
        choice=cast("Literal['first', 'last']", inner.word_of("choice", ("first", "last"), default="last")),
        groupings=inner.texts("groupings"),
    )
    inner.finish()
    return found


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
        remedy = "Write a number and a unit (hours, days, weeks, months, quarters, years), e.g. 12 months."
        section.report("window", f"{text!r} is not a window of time.", remedy)
    return text
