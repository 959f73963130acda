"""The columns of a result: what each is in the question, and how it is called in both languages."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from semantic_layer.compiler.groups import FieldGroup, Group, KeyGroup, PeriodGroup
from semantic_layer.compiler.moments import own_period
from semantic_layer.errors import Text
from semantic_layer.model.grain import GRAIN_NAMES, PART_NAMES, Grain
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, Metric, Tag, Unit
from semantic_layer.query.time import Against, Aligned, CompareTo, Comparison
from semantic_layer.table import ResultColumn, Role


def group_column(group: Group, index: ModelIndex) -> ResultColumn:
    match group:
        case PeriodGroup(grain=grain) if group.is_aligned:
            return ResultColumn(name=group.column, label=GRAIN_NAMES[grain], role="time", source=grain.value)
        case PeriodGroup():
            return ResultColumn(name=group.column, label=_period_label(group, index), role="group", source="")
        case FieldGroup(grain=None, part=None, own=None):
            found = field_column(index.field(group.field), group.column, "group")
            return replace(found, label=index.said(group.field))
        case FieldGroup(field=field):
            of, period = index.said(field), _period_label(group, index)
            label = Text(f"{of.zh}（{period.zh}）", f"{of.en} ({period.en})")
            return ResultColumn(name=group.column, label=label, role="group", source=field)
        case KeyGroup(column=column, entity=entity):
            return ResultColumn(name=column, label=index.entity(entity).words.label, role="key", source=entity)
        case _:
            assert_never(group)


def _period_label(group: PeriodGroup | FieldGroup, index: ModelIndex) -> Text:
    if group.own is not None:
        own = own_period(index, group.own)
        return own.label if own.label.zh or own.label.en else Text(own.name, own.name)
    if group.part is not None:
        return PART_NAMES[group.part]
    return GRAIN_NAMES[group.grain or Grain.DAY]


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
        case Comparison.YEAR_BEFORE_WEEKDAY:
            before = Text(f"去年同星期{label.zh}", f"{label.en}, 52 weeks before")
            kind = Text("同比（按星期）", "on the same weekdays a year before")
        case Aligned():
            before = Text(f"去年节日前后同期{label.zh}", f"{label.en}, same days around the festival a year before")
            kind = Text("同比（按节日）", "on the same days around the festival a year before")
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
    units = (metric.unit, Unit.DAYS if metric.unit is Unit.DATE else metric.unit, Unit.PERCENT)
    return tuple(
        ResultColumn(name=name, label=text, role=role, source=metric.name, unit=unit, of=of)
        for name, text, role, unit in zip(names, (before, change, rate), roles, units, strict=True)
    )


def rank_column(metric: Metric) -> ResultColumn:
    label = metric.words.label
    return ResultColumn(
        name=f"{metric.name}__rank",
        label=Text(f"{label.zh}排名", f"rank by {label.en}"),
        role="rank",
        source=metric.name,
        unit=Unit.COUNT,
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
