"""Reads what is added up: `measures` of a semantic model, and the aggregation that a newer simple metric holds itself."""

from __future__ import annotations

from typing import Literal

from semantic_layer.interchange.dbt_types import DbtBalance, DbtMeasure
from semantic_layer.interchange.dbt_values import expression, left_over, word
from semantic_layer.interchange.losses import Loss
from semantic_layer.model.section import Section
from semantic_layer.model.types import Aggregation, Percentile

_AGGREGATIONS = tuple(member.value for member in Aggregation)
_ALSO_CALLED = {"avg": "average", "countdistinct": "count_distinct"}


def read_measure(section: Section, losses: list[Loss]) -> DbtMeasure:
    name = section.text_of("name", required=True)
    found = DbtMeasure(
        name=name,
        agg=_aggregation(section),
        expr=expression(section, "expr", name),
        label=section.text_of("create_metric_display_name") or section.text_of("label"),
        description=section.text_of("description").strip(),
        time=section.text_of("agg_time_dimension"),
        percentile=_percentile(section),
        balance=_balance(section),
        create_metric=section.flag("create_metric", default=False),
        section=section,
    )
    known = (
        "name", "agg", "expr", "label", "description", "agg_time_dimension", "agg_params", "non_additive_dimension",
        "create_metric", "create_metric_display_name",
    )  # fmt: skip
    left_over(section, known, losses)
    return found


def read_inline(section: Section, name: str, expr: str, losses: list[Loss]) -> DbtMeasure:
    """`metric_aggregation_params`: the same without a name. The expression may stand there or beside it."""
    found = DbtMeasure(
        name=name,
        agg=_aggregation(section),
        expr=expression(section, "expr", expr),
        label="",
        description="",
        time=section.text_of("agg_time_dimension"),
        percentile=_percentile(section),
        balance=_balance(section),
        section=section,
    )
    known = ("semantic_model", "agg", "expr", "agg_time_dimension", "agg_params", "non_additive_dimension")
    left_over(section, known, losses)
    return found


def _aggregation(section: Section) -> Aggregation:
    given = section.text_of("agg").lower()
    return Aggregation(_ALSO_CALLED.get(given) or word(section, "agg", _AGGREGATIONS))


def _percentile(section: Section) -> Percentile | None:
    params = section.section("agg_params")
    share = params.number("percentile") if params else None
    if params is None or share is None:
        return None
    return Percentile(
        value=share,
        discrete=params.flag("use_discrete_percentile", default=False),
        approximate=params.flag("use_approximate_percentile", default=False),
    )


def _balance(section: Section) -> DbtBalance | None:
    inner = section.section("non_additive_dimension")
    if inner is None:
        return None
    choice: Literal["first", "last"] = (
        "last" if word(inner, "window_choice", ("min", "max"), default="min") == "max" else "first"
    )
    return DbtBalance(
        dimension=inner.text_of("name", required=True), choice=choice, groupings=inner.texts("window_groupings")
    )
