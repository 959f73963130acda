"""The columns of a result: what each is in the question, and how it is called in both languages."""

from __future__ import annotations

from typing import assert_never

from semantic_layer.compiler.groups import FieldGroup, Group, KeyGroup, PeriodGroup
from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, Metric, Tag, Unit
from semantic_layer.query.time import Against, CompareTo, Comparison, Grain
from semantic_layer.table import ResultColumn, Role

_GRAINS = {
    Grain.DAY: Text("日期", "day"),
    Grain.WEEK: Text("周", "week"),
    Grain.MONTH: Text("月份", "month"),
    Grain.QUARTER: Text("季度", "quarter"),
    Grain.YEAR: Text("年份", "year"),
}


def group_column(group: Group, index: ModelIndex) -> ResultColumn:
    match group:
        case PeriodGroup(column=column, grain=grain):
            return ResultColumn(name=column, label=_GRAINS[grain], role="time", source=grain.value)
        case FieldGroup(column=column, field=field):
            return field_column(index.field(field), column, "group")
        case KeyGroup(column=column, entity=entity):
            return ResultColumn(name=column, label=index.entity(entity).words.label, role="key", source=entity)
        case _:
            assert_never(group)


def field_column(field: Dimension | Tag, name: str, role: Role) -> ResultColumn:
    unit = field.unit if isinstance(field, Dimension) else None
    return ResultColumn(
        name=name, label=field.words.label, role=role, source=field.qualified, unit=unit, sensitivity=field.sensitivity
    )


def metric_column(metric: Metric) -> ResultColumn:
    return ResultColumn(name=metric.name, label=metric.words.label, role="metric", source=metric.name, unit=metric.unit)


def comparison_columns(
    metric: Metric, other: CompareTo, *, of: int, names: tuple[str, str, str]
) -> tuple[ResultColumn, ...]:
    """The value before, the change and its rate. `names` are their column names."""
    label = metric.words.label
    match other:
        case Comparison.YEAR_BEFORE:
            before, kind = Text(f"去年同期{label.zh}", f"{label.en}, a year before"), Text("同比", "year on year")
        case Comparison.PERIOD_BEFORE:
            before, kind = Text(f"上期{label.zh}", f"{label.en}, period before"), Text("环比", "on the period before")
        case Against():
            before, kind = (
                Text(f"对比期{label.zh}", f"{label.en}, compared period"),
                Text("对比", "against the other period"),
            )
        case _:
            assert_never(other)
    change = Text(f"{label.zh}{kind.zh}变化", f"{label.en}, change {kind.en}")
    rate = Text(f"{label.zh}{kind.zh}变化率", f"{label.en}, change in % {kind.en}")
    roles: tuple[Role, Role, Role] = ("previous", "change", "change_rate")
    units = (metric.unit, metric.unit, Unit.PERCENT)
    return tuple(
        ResultColumn(name=name, label=text, role=role, source=metric.name, unit=unit, of=of)
        for name, text, role, unit in zip(names, (before, change, rate), roles, units, strict=True)
    )


def share_column(metric: Metric) -> ResultColumn:
    label = metric.words.label
    return ResultColumn(
        name=f"{metric.name}__share",
        label=Text(f"{label.zh}占比", f"share of {label.en}"),
        role="share",
        source=metric.name,
        unit=Unit.PERCENT,
    )
