"""What a table looks like to a chart: its groups, time, measures and comparisons, and which kinds of picture fit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, assert_never

from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Unit
from semantic_layer.query.plan import ChartKind
from semantic_layer.query.time import Aligned, Comparison, Grain
from semantic_layer.query.types import ByTime, Query
from semantic_layer.table import Cell, ResultColumn, Table
from tools import numbers
from tools.chart.hints import Hints, Labeller

MAX_SERIES: Final = 7
MAX_BARS: Final = 20
MAX_SLICES: Final = 5
MAX_PANELS: Final = 4
_WHOLE: Final = 0.005  # shares may miss 100 % by rounding only


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One metric of the table with what belongs to it."""

    column: ResultColumn
    previous: tuple[ResultColumn, ...] = ()
    share: ResultColumn | None = None

    @property
    def unit(self) -> Unit | None:
        return self.column.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A table read for drawing. `label` turns a cell of a group into words."""

    table: Table
    query: Query
    language: Language
    currency: str
    groups: tuple[ResultColumn, ...]
    time: ResultColumn | None
    measures: tuple[Measured, ...]
    ordered: frozenset[str]
    not_additive: frozenset[str]
    label: Labeller

    @property
    def grain(self) -> Grain:
        return next((by.grain for by in self.query.by if isinstance(by, ByTime)), Grain.MONTH)

    @property
    def first(self) -> Measured:
        return self.measures[0]

    @property
    def one_unit(self) -> bool:
        return len({measure.unit for measure in self.measures}) == 1

    def number(self, row: tuple[Cell, ...], column: ResultColumn) -> float | None:
        return to_number(row[self.table.index(column.name)])

    def name(self, row: tuple[Cell, ...], column: ResultColumn) -> str:
        return self.label(column, row[self.table.index(column.name)])

    def compact(self, value: float | None, unit: Unit | None) -> str:
        return numbers.compact(value, unit, self.language, self.currency)

    def exact(self, value: float | None, unit: Unit | None) -> str:
        return numbers.exact(value, unit, self.language, self.currency)

    def title(self, column: ResultColumn) -> str:
        return column.label.in_(self.language)

    def say(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def against(self, column: ResultColumn) -> str:
        """What a comparison column holds: last year, the period before, or the period that was named."""
        asked = self.query.compare_to[column.of] if column.of < len(self.query.compare_to) else None
        if isinstance(asked, Aligned) or asked in (Comparison.YEAR_BEFORE, Comparison.YEAR_BEFORE_WEEKDAY):
            return self.say("去年同期", "a year before")
        if asked is Comparison.PERIOD_BEFORE:
            return self.say("上期", "the period before")
        return self.say("对比期", "the other period")

    def when(self, value: Cell) -> str:
        """A period as it stands on an axis."""
        return period(value, self.grain, self.language)


def read(
    table: Table,
    query: Query,
    language: Language,
    *,
    currency: str,
    hints: Hints,
) -> Shape | None:
    """The shape of a table, or `None` when it has no metric or no row."""
    time = next(iter(table.with_role("time")), None)
    measures = tuple(
        Measured(
            column=column,
            previous=tuple(c for c in table.with_role("previous") if c.source == column.source),
            share=next((c for c in table.with_role("share") if c.source == column.source), None),
        )
        for column in table.with_role("metric")
        if any(to_number(value) is not None for value in table.values(column.name))
    )
    if not measures:
        return None
    return Shape(
        table=table,
        query=query,
        language=language,
        currency=currency,
        groups=table.with_role("group"),
        time=time,
        measures=measures,
        ordered=hints.ordered,
        not_additive=hints.not_additive,
        label=hints.label or _plain_label(language),
    )


def fitting(shape: Shape) -> tuple[ChartKind, ...]:
    """The kinds of picture that show this table truthfully, best first."""
    if len(shape.measures) > MAX_PANELS:
        return ()
    match len(shape.groups), shape.time is not None:
        case 0, False:
            return _for_one_row(shape)
        case 0, True:
            return _for_time(shape)
        case 1, False:
            return _for_categories(shape)
        case 1, True:
            return _for_series(shape)
        case 2, False if len(shape.measures) == 1:
            return (ChartKind.HEATMAP, ChartKind.BAR, *_parts(shape, ChartKind.STACKED))
        case _:
            return ()


def to_number(value: Cell) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)) or not numbers.usable(value):
        return None
    return float(value)


def period(value: Cell, grain: Grain, language: Language) -> str:
    if not isinstance(value, date):
        return "–" if value is None else str(value)
    start = value.date() if isinstance(value, datetime) else value
    zh = language == "zh"
    match grain:
        case Grain.YEAR:
            return str(start.year)
        case Grain.QUARTER:
            return f"{start.year} Q{(start.month + 2) // 3}"
        case Grain.MONTH:
            return f"{start.year}年{start.month}月" if zh else f"{start:%b %Y}"
        case Grain.WEEK | Grain.DAY:
            return f"{start.year}-{start.month:02}-{start.day:02}" if zh else f"{start.day} {start:%b %Y}"
        case Grain.HOUR | Grain.MINUTE | Grain.SECOND | Grain.MILLISECOND:
            return f"{value:%m-%d %H:%M}" if zh else f"{value:%d %b %H:%M}"
        case _:
            assert_never(grain)


def _for_one_row(shape: Shape) -> tuple[ChartKind, ...]:
    comparable = bool(shape.first.previous) or (len(shape.measures) > 1 and shape.one_unit)
    return (ChartKind.TILE, ChartKind.BAR, ChartKind.COLUMN) if comparable else (ChartKind.TILE,)


def _for_time(shape: Shape) -> tuple[ChartKind, ...]:
    area = _parts(shape, ChartKind.AREA) if len(shape.measures) == 1 else ()
    return (ChartKind.LINE, ChartKind.COLUMN, ChartKind.BAR, *area)


def _for_series(shape: Shape) -> tuple[ChartKind, ...]:
    if len(shape.measures) > 1:
        return (ChartKind.LINE,)
    return (ChartKind.LINE, ChartKind.HEATMAP, *_parts(shape, ChartKind.STACKED, ChartKind.AREA))


def _for_categories(shape: Shape) -> tuple[ChartKind, ...]:
    bars = (ChartKind.BAR, ChartKind.COLUMN)
    if len(shape.measures) > 1:
        return (*bars, ChartKind.SCATTER) if len(shape.measures) == 2 else bars
    parts = _parts(shape, ChartKind.PIE, ChartKind.STACKED)
    if not shape.query.share or not parts or shape.first.previous:
        return (*bars, *parts)
    few = len(shape.table) <= MAX_SLICES
    return (*(parts if few else reversed(parts)), *bars)


def _parts(shape: Shape, *kinds: ChartKind) -> tuple[ChartKind, ...]:
    """Kinds that draw parts of a whole: only for amounts that may be added up, when all parts are there."""
    measure = shape.first
    values = [shape.number(row, measure.column) or 0 for row in shape.table]
    amount = measure.unit in (Unit.COUNT, Unit.CURRENCY) and measure.column.source not in shape.not_additive
    cut = shape.query.limit is not None or bool(shape.query.having)
    shares = [shape.number(row, measure.share) or 0 for row in shape.table] if measure.share else [1.0]
    if measure.previous:
        return ()  # two periods side by side are not parts of one whole
    whole = abs(sum(shares) - 1) < _WHOLE or shape.time is not None
    return kinds if amount and not cut and whole and min(values) >= 0 and sum(values) > 0 else ()


def _plain_label(language: Language) -> Labeller:
    unknown = Text("未知", "unknown").in_(language)

    def label(column: ResultColumn, value: Cell) -> str:
        if value is None or value == "":
            return unknown
        return numbers.cell(value, column.unit, language)

    return label
