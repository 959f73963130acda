"""Turns dbt's filters, SQL with `{{ Dimension('…') }}` in it, into conditions over our fields.

A field becomes `"entity"."name"`, with the relationships in front where they must be said:
`"listing>user>users_latest"."home_state"`. The time that each metric goes by is `metric_time.day`, a metric of one row
of an entity `metric('bookings', 'listings_latest')`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from semantic_layer.errors import InvalidPlanError, NotYetError, Text
from semantic_layer.interchange.dbt_names import DbtNames
from semantic_layer.model.grain import DatePart, Grain

METRIC_TIME = "metric_time"
PARTS = {
    "year": DatePart.YEAR,
    "quarter": DatePart.QUARTER,
    "month": DatePart.MONTH,
    "day": DatePart.DAY,
    "dow": DatePart.DAY_OF_WEEK,
    "doy": DatePart.DAY_OF_YEAR,
}
_SQL_PARTS = {DatePart.DAY_OF_WEEK: "ISODOW", DatePart.DAY_OF_YEAR: "DOY"}
_CALL = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FieldCall:
    """`Dimension(…)`, `TimeDimension(…)` or `Entity(…)`: a long name, with the grain or part asked for."""

    name: str
    grain: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class MetricCall:
    """`Metric('bookings', ['listing'])`."""

    metric: str
    group_by: tuple[str, ...]


Call = FieldCall | MetricCall


def read_filter(text: str, sql_of: Callable[[Call], str]) -> str:
    """The filter with every call replaced by SQL. Raises `InvalidPlanError` for Jinja that is no such call."""
    if "{%" in text or "{#" in text:
        raise _not_a_call(text)
    return _CALL.sub(lambda match: sql_of(read_call(match[1])), text).strip()


def read_call(text: str) -> Call:
    """One call as dbt writes it, e.g. `Dimension('metric_time').grain('month')`."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise _not_a_call(text) from error
    return _call(node, text)


def _call(node: ast.expr, text: str) -> Call:
    if not isinstance(node, ast.Call):
        raise _not_a_call(text)
    if isinstance(node.func, ast.Attribute):
        inner = _call(node.func.value, text)
        given = _texts(node, text)
        if not isinstance(inner, FieldCall) or len(given) != 1 or node.func.attr not in ("grain", "date_part"):
            raise _not_a_call(text)
        if node.func.attr == "grain":
            return FieldCall(inner.name, given[0].lower(), inner.part)
        return FieldCall(inner.name, inner.grain, given[0].lower())
    if not isinstance(node.func, ast.Name) or not node.args:
        raise _not_a_call(text)
    return _field_or_metric(node, node.func.id, text)


def _field_or_metric(node: ast.Call, function: str, text: str) -> Call:
    first, *rest = node.args
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    name = _text(first, text)
    if function == "Metric":
        groups = rest[0] if rest else named.get("group_by")
        return MetricCall(name, _list(groups, text))
    path = rest[-1] if function in ("Dimension", "Entity") and rest else named.get("entity_path")
    front = "__".join((*_list(path, text), name)) if path is not None else name
    if function in ("Dimension", "Entity"):
        return FieldCall(front)
    if function != "TimeDimension":
        raise _not_a_call(text)
    grain = rest[0] if rest else named.get("time_granularity_name")
    part = named.get("date_part_name")
    return FieldCall(front, _optional(grain, text).lower(), _optional(part, text).lower())


def _texts(node: ast.Call, text: str) -> list[str]:
    return [_text(argument, text) for argument in node.args]


def _text(node: ast.expr, text: str) -> str:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        raise _not_a_call(text)
    return node.value


def _optional(node: ast.expr | None, text: str) -> str:
    return "" if node is None or (isinstance(node, ast.Constant) and node.value is None) else _text(node, text)


def _list(node: ast.expr | None, text: str) -> tuple[str, ...]:
    if isinstance(node, ast.List | ast.Tuple):
        return tuple(_text(item, text) for item in node.elts)
    return () if node is None else (_text(node, text),)


class Fragments:
    """Writes filters as SQL over our fields, for the rows of some models."""

    def __init__(self, names: DbtNames, starts_of: Callable[[str], Sequence[str]], own_grains: Sequence[str]) -> None:
        self._names = names
        self._starts_of = starts_of  # of a metric: the models whose rows it counts
        self._own_grains = own_grains

    def where(self, filters: Sequence[str], starts: Sequence[str]) -> str:
        """All filters together as one condition; empty for none.

        Raises `UnknownNameError` or `InvalidPlanError` for what does not fit the models, `NotYetError` for what our
        conditions cannot say.
        """
        written = [read_filter(text, lambda call: self._sql(call, starts)) for text in filters]
        return written[0] if len(written) == 1 else " AND ".join(f"({one})" for one in written)

    def _sql(self, call: Call, starts: Sequence[str]) -> str:
        if isinstance(call, MetricCall):
            return self._metric(call, starts)
        if call.name == METRIC_TIME:
            column = f"{METRIC_TIME}.{call.grain or Grain.DAY.value}"
            return _part(column, call.part) if call.part else column
        named = self._names.read(call.name, starts)
        path, _, name = named.field.rpartition(".")
        column = f"{_quoted(path)}.{_quoted(name)}"
        if call.part:
            return _part(column, call.part)
        return self._period(column, call.grain, named.found.dimension.grain if named.found.dimension else None)

    def _period(self, column: str, grain: str, finest: Grain | None) -> str:
        if grain in self._own_grains:
            kind = Text(f"按自定义周期「{grain}」筛选其他时间", f"another time filtered by the own period {grain!r}")
            raise NotYetError(kind)
        if finest is None or (grain and grain not in tuple(Grain)):
            if grain:
                raise _not_a_grain(grain)
            return column
        return f"DATE_TRUNC('{grain or finest.value}', {column})"

    def _metric(self, call: MetricCall, starts: Sequence[str]) -> str:
        if len(call.group_by) != 1:
            kind = Text("按多个字段分组的指标作为条件", "a metric of several fields together as a condition")
            raise NotYetError(kind)
        holder = self._names.holder(call.group_by[0], (*starts, *self._starts_of(call.metric)))
        if holder is None:
            kind = Text(
                f"按「{call.group_by[0]}」计算的指标作为条件", f"a metric of each {call.group_by[0]!r} as a condition"
            )
            raise NotYetError(kind)
        return f"metric({_literal(call.metric)}, {_literal(holder)})"


def _part(column: str, part: str) -> str:
    if part not in PARTS:
        raise _not_a_grain(part)
    known = PARTS[part]
    return f"EXTRACT({_SQL_PARTS.get(known, known.value.upper())} FROM {column})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _not_a_call(text: str) -> InvalidPlanError:
    shown = " ".join(text.split())
    allowed = "Dimension('…'), TimeDimension('…', 'day'), Entity('…'), Metric('…', ['…'])"
    return InvalidPlanError(
        Text(
            zh=f"看不懂筛选条件「{shown}」。可以写：{allowed}。",
            en=f"{shown!r} is not understood in a filter; allowed are {allowed}.",
        )
    )


def _not_a_grain(grain: str) -> InvalidPlanError:
    names = ", ".join(Grain)
    return InvalidPlanError(
        Text(
            zh=f"「{grain}」不是时间粒度，可用的有：{names}。",
            en=f"{grain!r} is not a unit of time; allowed are {names}.",
        )
    )
