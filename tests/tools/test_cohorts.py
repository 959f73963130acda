"""Cohort tables and funnels read from rows, and their pictures, with parts worked out by hand."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import altair as alt

from semantic_layer.errors import Text
from semantic_layer.query.plan import ChartKind
from semantic_layer.table import Cell, ResultColumn, Table
from tools.chart import ChartSpec, Move, Wording, change_chart, cohort_chart, funnel_chart
from tools.cohorts import CohortTable, cohorts_of, funnels_of, together

JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)


def table(names: str, *rows: tuple[Cell, ...]) -> Table:
    columns = tuple(ResultColumn(name=name, label=Text(name, name), role="metric") for name in names.split())
    return Table(columns, rows)


def cohorts() -> CohortTable:
    """January: 100 started, 30 came in the next month and 20 in the one after. February: 300, 60, and 9 so far."""
    rows = [
        (JAN, 100, 0, 90, 0.9, True),
        (JAN, 100, 1, 30, 0.3, True),
        (JAN, 100, 2, 20, 0.2, True),
        (FEB, 300, 0, 240, 0.8, True),
        (FEB, 300, 1, 60, 0.2, True),
        (FEB, 300, 2, 9, 0.03, False),
    ]
    return cohorts_of(table("cohort cohort_size period_offset people rate complete", *rows))


def test_the_average_is_of_people_and_of_periods_that_are_over() -> None:
    found = cohorts()
    assert found.people == 400
    assert found.average(1) == 90 / 400  # not (0.3 + 0.2) / 2
    assert found.average(2) == 20 / 100  # February is not over
    assert found.average(3) is None
    assert found.open_periods == 1
    assert list(found.offsets) == [0, 1, 2]


def test_cohorts_are_ranked_by_periods_that_are_over() -> None:
    assert [one.start for one in cohorts().ranked(1)] == [JAN, FEB]
    assert [one.start for one in cohorts().ranked(2)] == [JAN]


def test_what_may_not_be_seen_is_left_out_of_the_average() -> None:
    hidden = (FEB, None, 1, None, None, True)
    found = cohorts_of(
        table("cohort cohort_size period_offset people rate complete", (JAN, 10, 1, 5, 0.5, True), hidden)
    )
    assert found.people == 10
    assert found.average(0) == 0.5


def test_a_funnel_of_everybody_and_its_hardest_step() -> None:
    (found,) = funnels_of(
        table("step people of_first of_previous", (1, 100, 1.0, None), (2, 80, 0.8, 0.8), (3, 20, 0.2, 0.25))
    )
    assert found.value is None
    assert [stage.people for stage in found.stages] == [100, 80, 20]
    assert found.hardest == 3


def test_groups_are_added_up_by_people() -> None:
    rows = [("east", 1, 60, 1.0, None), ("east", 2, 30, 0.5, 0.5), (None, 1, 40, 1.0, None), (None, 2, 10, 0.25, 0.25)]
    groups = funnels_of(table("region step people of_first of_previous", *rows))
    assert [group.value for group in groups] == ["east", None]
    whole = together(groups)
    assert whole is not None
    assert [(stage.people, stage.of_first, stage.of_previous) for stage in whole.stages] == [
        (100, 1.0, None),
        (40, 0.4, 0.4),
    ]


def test_a_hidden_group_leaves_no_whole() -> None:
    groups = funnels_of(
        table("region step people of_first of_previous", ("a", 1, 60, 1.0, None), ("b", 1, None, None, None))
    )
    assert together(groups) is None
    assert together(()) is None


# -- pictures ----------------------------------------------------------------------------------------------------------


def drawn(chart: ChartSpec | None) -> dict[str, Any]:
    """The Vega-Lite spec, after Altair's copy of the schema accepted it."""
    assert chart is not None
    spec: dict[str, Any] = json.loads(chart.spec)
    alt.Chart.from_dict(spec)
    return spec


def test_the_heat_map_has_a_cell_a_period_and_fades_what_is_not_over() -> None:
    said = Wording(title="t", subtitle="", rows=["2026-01", "2026-02"], columns=["month 0", "month 1", "month 2"])
    chart = cohort_chart(cohorts(), said, "en")
    spec = drawn(chart)
    assert chart is not None
    assert chart.kind is ChartKind.HEATMAP
    cells = spec["data"]["values"]
    assert len(cells) == 6
    assert [cell["tip"] for cell in cells if cell["open"]] == ["2026-02 · month 2 · 3.0% · 9 / 300 (not over yet)"]
    assert next(cell["text"] for cell in cells if cell["y"] == "2026-01" and cell["x"] == "month 1") == "30.0%"
    colour = spec["layer"][0]["encoding"]["color"]
    assert colour["scale"]["domain"] == [0, 0.3]  # the first period would fade all others


def test_nobody_is_no_picture() -> None:
    said = Wording(title="t", subtitle="", rows=[])
    assert cohort_chart(CohortTable(()), said, "zh") is None
    assert funnel_chart((), said, "zh") is None


def test_funnel_bars_begin_at_zero_and_carry_people_and_parts() -> None:
    groups = funnels_of(table("step people of_first of_previous", (1, 200, 1.0, None), (2, 50, 0.25, 0.25)))
    spec = drawn(funnel_chart(groups, Wording(title="t", subtitle="", rows=["看过", "买过"]), "zh"))
    rows = spec["data"]["values"]
    assert [(row["c"], row["v"], row["text"], row["part"].strip()) for row in rows] == [
        ("看过", 200, "200", ""),
        ("买过", 50, "50", "25.0%"),
    ]
    assert all(layer["encoding"]["x"]["scale"]["domain"] == [0, 200] for layer in spec["layer"])


def test_groups_of_a_funnel_stand_side_by_side_from_the_second_step() -> None:
    rows = [(name, step, people, people / 100, None) for name in "ab" for step, people in ((1, 100), (2, 40))]
    groups = funnels_of(table("region step people of_first of_previous", *rows))
    said = Wording(title="t", subtitle="", rows=["seen", "bought"], columns=["a", "b"])
    spec = drawn(funnel_chart(groups, said, "en"))
    assert {(row["c"], row["s"], row["text"]) for row in spec["data"]["values"]} == {
        ("bought", "a", "40.0%"),
        ("bought", "b", "40.0%"),
    }


def test_moves_hang_on_each_other_and_end_where_the_whole_does() -> None:
    moves = (
        Move(name="a", amount=-3, text="-3"),
        Move(name="b", amount=1, text="+1"),
        Move(name="rest", amount=-2, text="-2", rest=True),
        Move(name="all", amount=-4, text="-4", whole=True),
    )
    spec = drawn(change_chart(moves, "en", title="t"))
    bars = [(row["from"], row["to"], row["hue"]) for row in spec["data"]["values"]]
    assert bars == [(0, -3, "down"), (-3, -2, "up"), (-2, -4, "rest"), (0, -4, "whole")]
    assert spec["layer"][0]["encoding"]["x"]["scale"]["domain"] == [-4, 0]
    assert change_chart(moves[:1], "en", title="t") is None
