"""Pictures fit the shape of the result, tell the truth about size, say what they show, and draw Chinese."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import altair as alt
import pytest

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Unit
from semantic_layer.query.plan import ChartKind
from semantic_layer.query.time import Comparison, Grain
from semantic_layer.query.types import ByField, ByTime, Order, Query
from semantic_layer.table import Cell, ResultColumn, Table
from tools.chart import (
    KIND_NAMES,
    ChartSpec,
    Hints,
    choose_chart,
    hints_of,
    overlap_chart,
    profile_chart,
    render_png,
    render_svg,
    themed,
    waterfall_chart,
)
from tools.chart.parts import span, spread
from tools.chart.theme import ACCENT, OTHER, width_of, wrapped
from tools.profile import ProfileResult, ProfileRow

REGION = ResultColumn(name="region", label=Text("大区", "Region"), role="group", source="customer.region")
CHANNEL = ResultColumn(name="channel", label=Text("渠道", "Channel"), role="group", source="order.channel")
TIME = ResultColumn(name="time", label=Text("时间", "Time"), role="time")
SALES = ResultColumn(name="sales", label=Text("销售额", "Sales"), role="metric", source="sales", unit=Unit.CURRENCY)
PROFIT = ResultColumn(name="profit", label=Text("毛利", "Profit"), role="metric", source="profit", unit=Unit.CURRENCY)
RATE = ResultColumn(
    name="rate", label=Text("复购率", "Repurchase rate"), role="metric", source="rate", unit=Unit.PERCENT
)
BEFORE = ResultColumn(name="before", label=Text("去年", "Before"), role="previous", source="sales", unit=Unit.CURRENCY)
SHARE = ResultColumn(name="share", label=Text("占比", "Share"), role="share", source="sales", unit=Unit.PERCENT)
BY_REGION = Query(metrics=("sales",), by=(ByField("customer.region"),))
BY_BOTH = Query(metrics=("sales",), by=(ByField("customer.region"), ByField("order.channel")))
BY_MONTH = Query(metrics=("sales",), by=(ByTime(Grain.MONTH),))
MONTHS = [date(2026, month, 1) for month in range(1, 6)]
REGIONS = Table((REGION, SALES), (("华南", Decimal(200)), ("华东", Decimal(312)), ("华北", Decimal(488))))


def table(*columns: ResultColumn, rows: list[tuple[Cell, ...]]) -> Table:
    return Table(columns, tuple(rows))


def drawn(chart: ChartSpec | None) -> dict[str, Any]:
    """The Vega-Lite spec, after Altair's copy of the schema accepted it."""
    assert chart is not None
    spec: dict[str, Any] = json.loads(chart.spec)
    alt.Chart.from_dict(spec)
    return spec


def parts(spec: object, key: str) -> Iterator[Any]:
    if isinstance(spec, dict):
        for name, item in spec.items():
            if name == key:
                yield item
            yield from parts(item, key)
    elif isinstance(spec, list):
        for item in spec:
            yield from parts(item, key)


def marks(spec: dict[str, Any]) -> list[str]:
    return [mark if isinstance(mark, str) else mark["type"] for mark in parts(spec, "mark")]


def test_one_number_is_a_tile() -> None:
    chart = choose_chart(table(SALES, rows=[(Decimal(12345),)]), Query(metrics=("sales",)), "zh")
    assert chart is not None
    assert (chart.kind, chart.spec, chart.title) == (ChartKind.TILE, "", "销售额 ¥1.2万")


def test_nothing_to_draw_is_no_chart() -> None:
    assert choose_chart(table(REGION, SALES, rows=[]), BY_REGION, "zh") is None
    assert choose_chart(table(REGION, SALES, rows=[("华东", None)]), BY_REGION, "zh") is None
    assert choose_chart(REGIONS, BY_REGION, "zh", ChartKind.NONE) is None


def test_categories_are_bars_from_zero_sorted_and_labelled_with_units() -> None:
    chart = choose_chart(REGIONS, BY_REGION, "zh", subtitle="销售额 · 2026年9月")
    spec = drawn(chart)
    assert chart is not None
    assert chart.kind is ChartKind.BAR
    assert spec["encoding"]["y"]["sort"] == ["华北", "华东", "华南"]
    assert spec["layer"][0]["encoding"]["x"]["scale"]["zero"] is True
    assert [row["text"] for row in spec["data"]["values"]] == ["¥488", "¥312", "¥200"]
    assert next(row["tip"] for row in spec["data"]["values"]) == "华北 · 销售额 ¥488.00"
    assert spec["width"] == 640
    assert spec["title"]["text"] == ["华北销售额最高，为 ¥488"]
    assert spec["title"]["subtitle"] == ["销售额 · 2026年9月"]


def test_an_asked_order_is_kept_and_the_lowest_is_named() -> None:
    lowest = Table((REGION, RATE), (("华东", 0.1), ("华南", 0.2)))
    query = Query(metrics=("rate",), by=(ByField("customer.region"),), order=(Order("rate", descending=False),))
    chart = choose_chart(lowest, query, "zh")
    assert drawn(chart)["encoding"]["y"]["sort"] == ["华东", "华南"]
    assert chart is not None
    assert chart.title == "华东复购率最低，为 10.0%"


def test_values_with_an_order_of_their_own_keep_it() -> None:
    spec = drawn(choose_chart(REGIONS, BY_REGION, "zh", hints=Hints(ordered=frozenset({"customer.region"}))))
    assert spec["encoding"]["y"]["sort"] == ["华南", "华东", "华北"]


def test_a_tie_is_said_to_be_one() -> None:
    tied = table(REGION, SALES, rows=[("华东", 5), ("华南", 5), ("华北", 1)])
    zh, en = (choose_chart(tied, BY_REGION, language) for language in ("zh", "en"))  # type: ignore[arg-type]
    assert zh is not None
    assert en is not None
    assert zh.title == "华东、华南销售额并列最高，为 ¥5"
    assert en.title == "华东, 华南 have the highest sales: ¥5"


def test_two_groups_of_one_label_stay_two_bars() -> None:
    spec = drawn(choose_chart(table(REGION, SALES, rows=[(None, 5), ("未知", 3)]), BY_REGION, "zh"))
    assert spec["encoding"]["y"]["sort"] == ["未知", "未知 (2)"]


def test_more_bars_than_fit_are_cut_and_that_is_said() -> None:
    many = table(REGION, SALES, rows=[(f"城市{number}", number) for number in range(87)])
    chart = choose_chart(many, BY_REGION, "zh", subtitle="销售额")
    assert len(drawn(chart)["data"]["values"]) == 20
    assert chart is not None
    assert chart.subtitle == "销售额 · 显示前 20 项，共 87 项"


def test_columns_stand_on_zero_with_units_on_the_axis() -> None:
    spec = drawn(choose_chart(REGIONS, BY_REGION, "zh", ChartKind.COLUMN))
    y = spec["layer"][0]["encoding"]["y"]
    assert y["scale"]["zero"] is True
    assert "¥" in y["axis"]["labelExpr"]
    assert "万" in y["axis"]["labelExpr"]
    assert "亿" in y["axis"]["labelExpr"]


def test_english_axes_count_in_thousands_and_millions() -> None:
    spec = drawn(choose_chart(REGIONS, BY_REGION, "en", ChartKind.COLUMN))
    expression = spec["layer"][0]["encoding"]["y"]["axis"]["labelExpr"]
    assert all(f"'{letter}'" in expression for letter in "KMB")
    assert "万" not in expression


def test_a_comparison_is_grey_beside_the_accent() -> None:
    query = Query(metrics=("sales",), by=(ByField("customer.region"),), compare_to=(Comparison.YEAR_BEFORE,))
    chart = choose_chart(table(REGION, SALES, BEFORE, rows=[("华东", 90, 100), ("华南", 70, 69)]), query, "zh")
    colour = drawn(chart)["layer"][0]["encoding"]["color"]
    assert colour["scale"] == {"domain": ["本期", "去年同期"], "range": [ACCENT, OTHER]}
    assert chart is not None
    assert chart.title == "华东销售额比去年同期下降最多：¥10（-10.0%）"


def test_a_change_of_a_rate_is_told_in_points() -> None:
    before = ResultColumn(
        name="before", label=Text("上期", "before"), role="previous", source="rate", unit=Unit.PERCENT
    )
    query = Query(metrics=("rate",), by=(ByField("customer.region"),), compare_to=(Comparison.PERIOD_BEFORE,))
    chart = choose_chart(table(REGION, RATE, before, rows=[("华东", 0.25, 0.312), ("华南", 0.3, 0.3)]), query, "zh")
    assert chart is not None
    assert chart.title == "华东复购率比上期下降最多：6.2 个百分点"


def test_two_units_are_two_panels() -> None:
    query = Query(metrics=("sales", "rate"), by=(ByField("customer.region"),))
    spec = drawn(choose_chart(table(REGION, SALES, RATE, rows=[("华东", 90, 0.1), ("华南", 70, 0.2)]), query, "zh"))
    assert [panel["title"]["text"] for panel in spec["hconcat"]] == ["销售额", "复购率"]


def test_one_unit_is_one_grouped_picture() -> None:
    query = Query(metrics=("sales", "profit"), by=(ByField("customer.region"),))
    spec = drawn(choose_chart(table(REGION, SALES, PROFIT, rows=[("华东", 90, 10), ("华南", 70, 20)]), query, "zh"))
    assert spec["layer"][0]["encoding"]["yOffset"]["sort"] == ["销售额", "毛利"]


def test_time_is_a_line_with_gaps_where_nothing_is_known() -> None:
    chart = choose_chart(
        table(TIME, RATE, rows=[(m, None if at == 2 else round(0.3 + at / 100, 2)) for at, m in enumerate(MONTHS)]),
        BY_MONTH,
        "zh",
    )
    spec = drawn(chart)
    assert chart is not None
    assert chart.kind is ChartKind.LINE
    assert [row["v"] for row in spec["data"]["values"]] == [0.3, 0.31, None, 0.33, 0.34]
    assert spec["layer"][0]["encoding"]["x"]["scale"]["domain"] == [f"2026年{m.month}月" for m in MONTHS]
    assert chart.title == "复购率最高 34.0%（2026年5月），最低 30.0%（2026年1月）"


@pytest.mark.parametrize(
    ("grain", "language", "written"),
    [
        (Grain.DAY, "zh", "2026-01-01"),
        (Grain.DAY, "en", "1 Jan 2026"),
        (Grain.MONTH, "en", "Jan 2026"),
        (Grain.QUARTER, "zh", "2026 Q1"),
        (Grain.YEAR, "en", "2026"),
    ],
)
def test_periods_are_written_as_people_write_them(grain: Grain, language: str, written: str) -> None:
    query = Query(metrics=("sales",), by=(ByTime(grain),))
    spec = drawn(choose_chart(table(TIME, SALES, rows=[(MONTHS[0], 1), (date(2027, 1, 1), 2)]), query, language))  # type: ignore[arg-type]
    assert spec["layer"][0]["encoding"]["x"]["scale"]["domain"][0] == written


def test_many_series_have_at_most_seven_colours_and_the_rest_is_grey() -> None:
    rows: list[tuple[Cell, ...]] = [(month, f"城市{n}", 100 - n) for month in MONTHS for n in range(11)]
    spec = drawn(choose_chart(table(TIME, REGION, SALES, rows=rows), BY_MONTH, "zh"))
    range_ = spec["layer"][0]["encoding"]["color"]["scale"]["range"]
    assert len(set(range_)) == 7
    assert range_.count(OTHER) == 5
    named = [row["text"] for row in spec["layer"][2]["data"]["values"]]
    assert named == [f"城市{n}" for n in range(6)] + ["其他"]


def test_stacked_time_adds_up_to_the_whole() -> None:
    rows: list[tuple[Cell, ...]] = [(month, f"城市{n}", 10 + n) for month in MONTHS for n in range(9)]
    for kind in (ChartKind.STACKED, ChartKind.AREA):
        spec = drawn(choose_chart(table(TIME, REGION, SALES, rows=rows), BY_MONTH, "zh", kind))
        tops = [row["v"] for row in spec["data"]["values"] if row["s"] == "其他"]
        assert tops == [sum(10 + n for n in range(9))] * 5


def test_two_periods_side_by_side_are_never_drawn_as_parts_of_a_whole() -> None:
    query = Query(metrics=("sales",), by=BY_REGION.by, compare_to=(Comparison.YEAR_BEFORE,))
    rows: list[tuple[Cell, ...]] = [("华南", Decimal(200), Decimal(180)), ("华东", Decimal(312), Decimal(300))]
    compared = table(REGION, SALES, BEFORE, rows=rows)
    chart = choose_chart(compared, query, "zh")
    assert chart is not None
    assert not {ChartKind.PIE, ChartKind.STACKED} & {chart.kind, *chart.choices}
    with pytest.raises(InvalidPlanError, match="pie chart"):
        choose_chart(compared, query, "zh", ChartKind.PIE)


def test_slanted_labels_of_a_heat_map_have_room_at_the_right() -> None:
    names = [f"a rather long name of a channel {n}" for n in range(8)]
    rows: list[tuple[Cell, ...]] = [(region, name, 10) for region in ("east", "west") for name in names]
    spec = drawn(choose_chart(table(REGION, CHANNEL, SALES, rows=rows), BY_BOTH, "en"))
    assert spec["padding"]["right"] > 50
    short = [(region, name, 10) for region in ("east", "west") for name in ("app", "shop")]
    assert drawn(choose_chart(table(REGION, CHANNEL, SALES, rows=short), BY_BOTH, "en"))["padding"]["right"] < 10


def test_two_categories_are_a_heat_map() -> None:
    rows: list[tuple[Cell, ...]] = [(r, c, 10) for r in ("华东", "华南") for c in ("天猫", "京东")]
    query = Query(metrics=("sales",), by=(ByField("customer.region"), ByField("order.channel")))
    chart = choose_chart(table(REGION, CHANNEL, SALES, rows=rows), query, "zh")
    assert chart is not None
    assert chart.kind is ChartKind.HEATMAP
    assert marks(drawn(chart)) == ["rect", "text"]


SHARED = Query(metrics=("sales",), by=(ByField("order.channel"),), share=True)


def shares(count: int) -> Table:
    total = sum(range(1, count + 1))
    return table(CHANNEL, SALES, SHARE, rows=[(f"渠道{n}", n, n / total) for n in range(count, 0, -1)])


def test_few_shares_are_a_ring_and_more_a_stacked_bar() -> None:
    few, more = choose_chart(shares(4), SHARED, "zh"), choose_chart(shares(6), SHARED, "zh")
    assert few is not None
    assert more is not None
    assert (few.kind, more.kind) == (ChartKind.PIE, ChartKind.STACKED)
    assert few.title == "渠道4销售额最高，为 ¥4，占 40.0%"
    assert marks(drawn(few))[0] == "arc"


def test_a_ring_has_at_most_five_slices_and_the_last_is_grey() -> None:
    spec = drawn(choose_chart(shares(9), SHARED, "zh", ChartKind.PIE))
    slices = spec["hconcat"][0]["data"]["values"]
    assert [part["c"] for part in slices] == ["渠道9", "渠道8", "渠道7", "渠道6", "其他"]
    assert sum(part["v"] for part in slices) == 45
    assert slices[-1]["part"] == "33.3%"
    assert spec["hconcat"][0]["encoding"]["color"]["scale"]["range"][-1] == OTHER


@pytest.mark.parametrize("kind", [ChartKind.PIE, ChartKind.STACKED])
def test_rates_and_losses_are_never_parts_of_a_whole(kind: ChartKind) -> None:
    rates = table(REGION, RATE, rows=[("华东", 0.2), ("华南", 0.3)])
    losses = table(REGION, SALES, rows=[("华东", -5), ("华南", 8)])
    for one in (rates, losses):
        with pytest.raises(InvalidPlanError) as caught:
            choose_chart(one, BY_REGION, "zh", kind)
        assert caught.value.suggestions == ("bar", "column")
        assert KIND_NAMES[kind].zh in caught.value.message.zh
        assert "a bar chart" in caught.value.message.en


def test_what_is_not_the_whole_is_never_drawn_as_its_parts() -> None:
    top = Query(metrics=("sales",), by=(ByField("customer.region"),), limit=3)
    overlapping = table(CHANNEL, SALES, SHARE, rows=[("天猫", 80, 0.8), ("京东", 50, 0.5)])
    for data, query, distinct in ((REGIONS, top, ()), (overlapping, SHARED, ()), (REGIONS, BY_REGION, ("sales",))):
        chart = choose_chart(data, query, "zh", hints=Hints(not_additive=frozenset(distinct)))
        assert chart is not None
        assert {ChartKind.PIE, ChartKind.STACKED, ChartKind.AREA}.isdisjoint({chart.kind, *chart.choices})


def test_hints_come_from_the_definitions(index: ModelIndex) -> None:
    hints = hints_of(index)
    assert hints.ordered == {"customer.level"}
    assert hints.not_additive == frozenset(), "orders are counted and sales summed: both add up"


def test_a_line_over_places_is_refused_with_what_fits() -> None:
    with pytest.raises(InvalidPlanError) as caught:
        choose_chart(REGIONS, BY_REGION, "zh", ChartKind.LINE)
    assert "条形图" in caught.value.message.zh


@pytest.mark.parametrize(
    ("data", "query"),
    [
        (REGIONS, BY_REGION),
        (shares(6), SHARED),
        (table(TIME, SALES, rows=[(m, at + 1) for at, m in enumerate(MONTHS)]), BY_MONTH),
        (table(TIME, REGION, SALES, rows=[(m, r, 3) for m in MONTHS for r in ("a", "b")]), BY_MONTH),
        (table(REGION, CHANNEL, SALES, rows=[("a", "b", 1), ("a", "c", 2), ("d", "b", 3)]), BY_REGION),
        (table(REGION, SALES, RATE, rows=[("a", 1, 0.1), ("b", 2, 0.2)]), BY_REGION),
        (table(TIME, SALES, RATE, rows=[(m, 5, 0.1) for m in MONTHS]), BY_MONTH),
        (table(SALES, BEFORE, rows=[(5, 6)]), Query(metrics=("sales",), compare_to=(Comparison.YEAR_BEFORE,))),
        (table(SALES, PROFIT, rows=[(5, 6)]), Query(metrics=("sales", "profit"))),
        (
            table(TIME, SALES, BEFORE, rows=[(m, 5, 6) for m in MONTHS]),
            Query(metrics=("sales",), by=(ByTime(Grain.MONTH),), compare_to=(Comparison.YEAR_BEFORE,)),
        ),
        (table(REGION, SALES, rows=[("a", 0), ("b", 0)]), BY_REGION),
        (table(TIME, SALES, rows=[(MONTHS[0], 0)]), BY_MONTH),
    ],
)
def test_every_offered_kind_can_be_drawn(data: Table, query: Query) -> None:
    first = choose_chart(data, query, "zh")
    assert first is not None
    assert first.choices or first.kind is ChartKind.TILE or len(data) == 1
    for kind in first.choices:
        chart = choose_chart(data, query, "en", kind)
        assert chart is not None
        if chart.spec:
            drawn(chart)
            assert "<svg" in render_svg(chart)


def test_a_waterfall_falls_from_the_base_to_the_result() -> None:
    chart = waterfall_chart([("全部客户", 20_000), ("城市是上海", 2_310), ("高价值客户", 402)], "zh")
    spec = drawn(chart)
    assert chart is not None
    assert chart.title == "2 个条件后剩下 402 人，占 2.0%"
    assert [(row["v"], row["before"], row["minus"].strip()) for row in spec["data"]["values"]] == [
        (20_000, 20_000, ""),
        (2_310, 20_000, "-17,690"),
        (402, 2_310, "-1,908"),
    ]
    assert waterfall_chart([("全部客户", 5)], "zh") is None


def test_an_empty_waterfall_is_still_drawn() -> None:
    assert "<svg" in render_svg(waterfall_chart([("all", 0), ("x", 0)], "en"))  # type: ignore[arg-type]


def test_an_overlap_of_two_shows_both_sides_and_the_middle() -> None:
    chart = overlap_chart([("高价值客户", 4_000), ("价格敏感", 3_000)], [(0, 1, 900)], "zh")
    values = drawn(chart)["vconcat"][0]["data"]["values"]
    assert [(part["c"], part["v"]) for part in values] == [
        ("仅高价值客户", 3_100),
        ("重合", 900),
        ("仅价格敏感", 2_100),
    ]
    assert chart.title == "900 人重合，占高价值客户的 22.5%"


def test_an_overlap_of_three_shows_sizes_and_pairs() -> None:
    chart = overlap_chart([("A", 10), ("B", 8), ("C", 6)], [(0, 1, 3), (0, 2, 5), (1, 2, 1)], "en")
    assert len(drawn(chart)["data"]["values"]) == 6
    assert chart.title == "The largest overlap is A ∩ C: 5 people"


def test_a_profile_shows_only_what_is_proven() -> None:
    def row(value: str, tgi: float, *, sure: bool) -> ProfileRow:
        share = tgi / 1000
        return ProfileRow(
            field="customer.city",
            field_label=Text("城市", "City"),
            value_label=Text(value, value),
            count=5,
            share=share,
            base_share=0.1,
            tgi=tgi,
            significant=sure,
        )

    rows = (row("上海", 250, sure=True), row("北京", 60, sure=True), row("广州", 300, sure=False))
    result = ProfileResult(size=50, base_size=500, rows=rows, findings=(Text("城市为上海的占 25.0%", "City"),))
    chart = profile_chart(result, "zh")
    assert [bar["c"] for bar in drawn(chart)["data"]["values"]] == ["城市 · 上海", "城市 · 北京"]
    assert chart is not None
    assert "城市 · 上海" in render_svg(chart)
    assert profile_chart(ProfileResult(size=1, base_size=2, rows=(), findings=()), "zh") is None


def test_dark_changes_colours_but_not_data() -> None:
    data = table(REGION, SALES, rows=[("#1F2329", 5), ("b", 3)])
    chart = choose_chart(data, BY_REGION, "zh")
    assert chart is not None
    dark = json.loads(themed(chart.spec, True))
    assert dark["config"]["background"] == "transparent"
    assert dark["config"]["text"]["color"] != json.loads(chart.spec)["config"]["text"]["color"]
    assert dark["data"]["values"][0]["c"] == "#1F2329"
    assert themed(chart.spec, False) == chart.spec


def test_the_svg_is_self_contained_and_tells_exact_values_on_hover() -> None:
    chart = choose_chart(REGIONS, BY_REGION, "zh")
    assert chart is not None
    svg = render_svg(chart)
    root = ET.fromstring(svg)
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert "华北 · 销售额 ¥488.00" in titles
    assert "href" not in svg
    assert "华东" in svg


def test_the_picture_draws_chinese_not_boxes() -> None:
    """Two different characters give different pictures; missing glyphs would all be the same box."""
    one, two = (
        choose_chart(table(REGION, SALES, rows=[(name, 5), ("x", 1)]), BY_REGION, "zh") for name in ("群", "像")
    )
    assert one is not None
    assert two is not None
    same = {"title": one.title}
    pictures = [
        render_png(chart)
        for chart in (
            one,
            ChartSpec(
                kind=two.kind,
                title=same["title"],
                subtitle="",
                spec=two.spec.replace("像销售额", "群销售额"),
                language="zh",
            ),
        )
    ]
    assert pictures[0].startswith(b"\x89PNG")
    assert pictures[0] != pictures[1]


def test_a_tile_cannot_be_rendered() -> None:
    chart = choose_chart(table(SALES, rows=[(5,)]), Query(metrics=("sales",)), "zh")
    assert chart is not None
    with pytest.raises(InvalidPlanError):
        render_png(chart)


@pytest.mark.parametrize(
    ("numbers", "ends"),
    [
        ([3, 97], (0, 100)),
        ([0.3, 0.34], (0.3, 0.34)),
        ([-5, 5], (-5, 5)),
        ([0, 0], (0, 1)),
        ([7, 7], (6, 8)),
        ([-3, -1], (-3, 0)),
    ],
)
def test_axes_end_at_round_numbers(numbers: list[float], ends: tuple[float, float]) -> None:
    low, high = span(numbers, zero=False)
    assert low <= min(numbers)
    assert high >= max(numbers)
    assert (round(low, 6), round(high, 6)) == ends


def test_labels_that_would_overlap_make_room_and_keep_their_order() -> None:
    placed = spread([10, 10.2, 30], 5)
    assert placed[1] - placed[0] >= 5 - 1e-9
    assert placed[2] > placed[1]
    assert spread([], 5) == []


def test_long_titles_are_broken_into_lines_without_losing_a_word() -> None:
    text = "Active customers in the whole of East China, including Shanghai, were highest in September and lowest in March of this year"
    lines = wrapped(text, 16)
    assert len(lines) > 1
    assert " ".join(lines) == text
    assert all(width_of(line, 16) <= 640 for line in lines)
    assert "".join(wrapped("群像" * 60, 16)) == "群像" * 60
