"""Measures of Cube: aggregations with filters, windows that roll, and numbers computed from other measures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.interchange.cube_sql import DIALECT, as_sql, filters_of, length_of
from semantic_layer.interchange.drafts import NotCarriedError, TableDraft, place_text
from semantic_layer.interchange.foreign_aggregates import Computed, note_numbers
from semantic_layer.interchange.foreign_metrics import ForeignMetrics, MetricDraft
from semantic_layer.interchange.foreign_sql import ForeignSql
from semantic_layer.interchange.losses import Loss
from semantic_layer.interchange.unread import says_nothing, tell, tell_unread
from semantic_layer.model.grain import Grain, Offset
from semantic_layer.model.section import Section
from semantic_layer.model.types import (
    Aggregation,
    Cumulative,
    Derived,
    Input,
    Measure,
    Metric,
    MetricBody,
    Simple,
    Words,
)

_AGGREGATIONS: Final = {
    "count": Aggregation.COUNT,
    "count_distinct": Aggregation.COUNT_DISTINCT,
    "count_distinct_approx": Aggregation.COUNT_DISTINCT,
    "sum": Aggregation.SUM,
    "avg": Aggregation.AVERAGE,
    "min": Aggregation.MIN,
    "max": Aggregation.MAX,
}
_OF_NUMBERS: Final = frozenset({Aggregation.SUM, Aggregation.AVERAGE})
_COMPUTED: Final = ("number", "number_agg")
_TYPES: Final = (*_AGGREGATIONS, *_COMPUTED, "string", "time", "boolean", "run_total", "runningTotal", "rank")
_CAMEL: Final = {"countDistinct": "count_distinct", "countDistinctApprox": "count_distinct_approx"}
_EXACT: Final = Text("这里精确计数，不是近似。", "It is counted exactly here, not approximately.")
_PERCENT: Final = Text(
    "不知道存的是 12 还是 0.12；请自己写 unit: percent（以小数存）。",
    "It is not said whether 12 or 0.12 is stored; write unit: percent yourself (fractions are meant).",
)
_CURRENCY: Final = Text(
    "没有写明是哪种货币；请自己写 unit: currency。", "It is not said which currency; write unit: currency yourself."
)
_FORMAT: Final = Text("怎样显示，没有读取。", "How it is shown was not read.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    section: Section
    table: TableDraft
    given: str
    name: str
    type: str
    words: Words
    is_hidden: bool
    filters: tuple[str, ...]
    rolling: Section | None
    shifts: tuple[Section, ...]


@dataclass(slots=True)
class CubeMeasures:
    """Collects the measures of all cubes before any is built, because they may be made of each other."""

    tables: dict[str, TableDraft]
    losses: list[Loss]
    is_member: Callable[[str, str], bool]
    _found: list[_Found] = field(default_factory=list)

    def declare(self, section: Section, table: TableDraft, given: str, name: str | None, words: Words) -> None:
        kind = section.text_of("type", required=True)
        kind = _CAMEL.get(kind, kind)
        if kind and kind not in _TYPES:
            section.word_of("type", _TYPES)  # reports it with the nearest
        section.has("sql")
        filters = tuple(item.text_of("sql", required=True) for item in section.sections("filters"))
        rolling = section.section("rolling_window")
        shifts = section.sections("time_shift")
        is_shown = section.flag("public", default=True) and section.flag("shown", default=True)
        section.has("multi_stage")
        self._about_format(section)
        tell_unread(section, self.losses, {"drill_members": _FORMAT, "drillMembers": _FORMAT})
        if name is not None:
            found = _Found(
                section=section,
                table=table,
                given=given,
                name=name,
                type=kind,
                words=words,
                is_hidden=not is_shown,
                filters=filters,
                rolling=rolling,
                shifts=shifts,
            )
            self._found.append(found)

    def _about_format(self, section: Section) -> None:
        given = section.node.entries.get("format")
        section.has("format")
        if given is None or says_nothing(given):
            return
        named = section.text_of("format") if section.section_if_mapping("format") is None else ""
        tell(section, "format", self.losses, {"percent": _PERCENT, "currency": _CURRENCY}.get(named, _FORMAT))

    def build(self) -> tuple[Metric, ...]:
        """Names of measures are ours only where one cube alone has them; others get the cube in front."""
        metrics = ForeignMetrics()
        sql = ForeignSql(self.tables)
        counts = Counter(one.name.casefold() for one in self._found)
        for one in self._found:
            if self.tables.get(one.table.own_name.casefold()) is not one.table:
                why = Text("它的 cube 没有导入。", "Its cube was not carried over.")
                self.losses.append(Loss(place_text(one.section.place), f"{one.table.own_name}.{one.given}", why))
                continue
            if (one.table.own_name.casefold(), one.given.casefold()) in metrics.drafts:
                one.section.report(
                    "name", f"The measure {one.given!r} is defined twice.", "Rename or remove one of the two."
                )
                continue
            name = f"{one.table.name}_{one.name}" if counts[one.name.casefold()] > 1 else one.name
            is_own_label = one.words.label == Text(one.given, one.given)
            words = replace(one.words, label=Text(name, name)) if is_own_label else one.words
            metrics.declare(self._draft(metrics, sql, one, name, words))
        return metrics.build(self.losses)

    def _draft(self, metrics: ForeignMetrics, sql: ForeignSql, one: _Found, name: str, words: Words) -> MetricDraft:
        return MetricDraft(
            name=name,
            own_name=one.given,
            table=one.table.own_name,
            place=one.section.place,
            words=words,
            body=lambda: self._body(metrics, sql, one),
            is_simple=one.type in _AGGREGATIONS and one.rolling is None,
            is_hidden=one.is_hidden,
        )

    def _body(self, metrics: ForeignMetrics, sql: ForeignSql, one: _Found) -> MetricBody:
        if one.type in _AGGREGATIONS:
            if one.type == "count_distinct_approx":
                tell(one.section, "type", self.losses, _EXACT)
            measure = self._measure(sql, one)
            return (
                Simple(measures=(measure,))
                if one.rolling is None
                else self._rolling(metrics.part(measure, "part"), one)
            )
        if one.type not in _COMPUTED:
            raise NotCarriedError(Text(f"没有对应 {one.type} 的指标。", f"No metric here is like {one.type!r}."))
        if one.filters:
            raise NotCarriedError(
                Text("算出来的指标不能再加条件。", "A computed number cannot have a condition of its own.")
            )
        text = self._sql(one.section.text_of("sql", required=True), one)
        body = Computed(metrics, sql, one.table).body(sql.parse(text, DIALECT))
        if one.rolling is not None:
            raise NotCarriedError(Text("只有聚合可以滚动累计。", "Only an aggregation can be rolled up over a window."))
        return self._shifted(body, one) if one.shifts else body

    def _sql(self, text: str, one: _Found) -> str:
        return as_sql(text, one.table.own_name, self.is_member)

    def _measure(self, sql: ForeignSql, one: _Found) -> Measure:
        if one.shifts:
            raise NotCarriedError(Text("聚合不能平移时间。", "An aggregation cannot be shifted in time."))
        agg = _AGGREGATIONS[one.type]
        text = one.section.text_of("sql")
        if not text and agg is not Aggregation.COUNT:
            raise NotCarriedError(Text("没有写明聚合什么。", "It is not said what is aggregated."))
        expr = self._rows(sql, text, one, agg in _OF_NUMBERS) if text else ""
        where = self._rows(sql, filters_of(one.filters), one, is_number=False) if one.filters else ""
        return Measure(entity=one.table.name, agg=agg, expr=expr, where=where)

    def _rows(self, sql: ForeignSql, text: str, one: _Found, is_number: bool) -> str:  # noqa: FBT001
        found = sql.rows(sql.parse(self._sql(text, one), DIALECT), one.table)
        if found.table is not one.table:
            raise NotCarriedError(Text("它用到别的 cube 的列。", "It uses columns of another cube."))
        if is_number:
            note_numbers(found.tree, one.table)
        return found.sql

    def _rolling(self, part: str, one: _Found) -> Cumulative:
        """A window that ends with the period itself, one up to the start of a longer period, or all time."""
        section = one.rolling
        assert section is not None
        kind = section.word_of("type", ("fixed", "to_date"), default="fixed")
        if kind == "to_date":
            grain = section.text_of("granularity", required=True)
            tell_unread(section, self.losses)
            if grain not in tuple(Grain):
                raise NotCarriedError(Text(f"没有粒度「{grain}」。", f"There is no grain {grain!r} here."))
            return Cumulative(input=part, grain_to_date=grain)
        leading, offset = section.text_of("leading"), section.text_of("offset", default="end")
        trailing = section.text_of("trailing")
        tell_unread(section, self.losses)
        if leading or offset != "end":
            raise NotCarriedError(
                Text("这里的窗口只到当期末尾。", "Windows here end with the period itself, not before or after it.")
            )
        if trailing == "unbounded":
            return Cumulative(input=part)
        count, unit = length_of(trailing)
        return Cumulative(input=part, window=f"{count} {unit}{'s' if count != 1 else ''}")

    def _shifted(self, body: MetricBody, one: _Found) -> Derived:
        """Another measure as of a time before: `sql: "{revenue}"` with one shift to the past."""
        if not isinstance(body, Derived) or len(one.shifts) != 1 or len(body.inputs) != 1:
            raise NotCarriedError(Text("只支持把一个指标平移一次。", "Only one measure, shifted once, can be carried."))
        (shift,) = one.shifts
        direction = shift.word_of("type", ("prior", "next"), default="prior")
        given = shift.text_of("interval", required=True)
        shift.has("time_dimension")
        tell_unread(shift, self.losses)
        if direction != "prior":
            raise NotCarriedError(Text("不能平移到将来。", "It is shifted into the future."))
        count, unit = length_of(given)
        (part,) = body.inputs
        return Derived(expr=body.expr, inputs=(Input(part.metric, part.alias, offset=Offset(unit, count=count)),))
