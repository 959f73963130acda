"""Which picture a table gets: by the shape of the result, or the kind a person asked for when it fits."""

from __future__ import annotations

from semantic_layer.errors import InvalidPlanError, Language, Text
from semantic_layer.query.plan import ChartKind
from semantic_layer.query.types import Query
from semantic_layer.table import Table
from tools.chart import bars, lines, wholes
from tools.chart.findings import finding
from tools.chart.hints import Hints
from tools.chart.shape import MAX_BARS, Shape, fitting, read
from tools.chart.spec import ChartSpec, JsonObject
from tools.chart.theme import finish

KIND_NAMES = {
    ChartKind.TILE: Text("数字", "a number"),
    ChartKind.LINE: Text("折线图", "a line chart"),
    ChartKind.AREA: Text("面积图", "an area chart"),
    ChartKind.BAR: Text("条形图", "a bar chart"),
    ChartKind.COLUMN: Text("柱状图", "a column chart"),
    ChartKind.PIE: Text("饼图", "a pie chart"),
    ChartKind.STACKED: Text("堆叠图", "a stacked bar"),
    ChartKind.SCATTER: Text("散点图", "a scatter plot"),
    ChartKind.HEATMAP: Text("热力图", "a heat map"),
    ChartKind.WATERFALL: Text("瀑布图", "a waterfall"),
    ChartKind.VENN: Text("重合图", "an overlap picture"),
    ChartKind.NONE: Text("不画图", "no picture"),
}


def choose_chart(
    table: Table,
    query: Query,
    language: Language,
    wanted: ChartKind | None = None,
    *,
    subtitle: str = "",
    currency: str = "CNY",
    hints: Hints | None = None,
) -> ChartSpec | None:
    """The picture of a result, or `None` where only a table tells it.

    `subtitle` says measure, period and filters; `hints` what the definitions know of fields and metrics.
    Raises `InvalidPlanError`, naming the kinds that fit, when `wanted` would not show this table truthfully.
    """
    if wanted is ChartKind.NONE:
        return None
    shape = read(table, query, language, currency=currency, hints=hints or Hints())
    kinds = fitting(shape) if shape is not None else ()
    if wanted is not None and wanted not in kinds:
        raise _does_not_fit(wanted, kinds)
    if shape is None or not kinds:
        return None
    kind = wanted or kinds[0]
    title = finding(shape, kind)
    under = " · ".join(part for part in (subtitle, _cut(shape, kind)) if part)
    if kind is ChartKind.TILE:
        others = tuple(other for other in kinds if other is not kind)
        return ChartSpec(kind=kind, title=title, subtitle=under, spec="", language=language, choices=others)
    return finish(_draw(shape, kind), kind=kind, title=title, subtitle=under, language=language, choices=kinds)


def _draw(shape: Shape, kind: ChartKind) -> JsonObject:
    over_time = shape.time is not None
    match kind:
        case ChartKind.LINE:
            return lines.lines(shape)
        case ChartKind.AREA:
            return lines.stacked(shape, "area")
        case ChartKind.STACKED if over_time:
            return lines.stacked(shape, "bar")
        case ChartKind.STACKED | ChartKind.PIE if len(shape.groups) == 1:
            return wholes.ring(shape) if kind is ChartKind.PIE else wholes.stack(shape)
        case ChartKind.STACKED:
            return wholes.stacked_bars(shape)
        case ChartKind.HEATMAP:
            return wholes.heat_map(shape)
        case ChartKind.SCATTER:
            return wholes.scatter(shape)
        case ChartKind.COLUMN:
            return bars.columns(shape)
        case _:
            return bars.bars(shape)


def _cut(shape: Shape, kind: ChartKind) -> str:
    """Says so when a picture shows only the first of many groups."""
    bars_drawn = kind in (ChartKind.BAR, ChartKind.COLUMN) and shape.time is None
    if not bars_drawn or len(shape.table) <= MAX_BARS:
        return ""
    total = shape.table.total_rows or len(shape.table)
    return shape.say(f"显示前 {MAX_BARS} 项，共 {total:,} 项", f"first {MAX_BARS} of {total:,}")


def _does_not_fit(wanted: ChartKind, kinds: tuple[ChartKind, ...]) -> InvalidPlanError:
    names = [KIND_NAMES[kind] for kind in kinds]
    zh_fit = f"可以用{'、'.join(name.zh for name in names)}" if names else "请看表格"
    en_fit = f"These fit: {', '.join(name.en for name in names)}." if names else "The table shows it."
    name = KIND_NAMES[wanted]
    return InvalidPlanError(
        Text(zh=f"这个结果不适合画成{name.zh}，{zh_fit}。", en=f"This result does not fit {name.en}. {en_fit}"),
        suggestions=tuple(kind.value for kind in kinds),
    )
