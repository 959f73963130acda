"""Answers with cohort tables and funnels over the demo company, against SQL written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from assistant.answer import Answer, Refusal, Reply
from assistant.core import Assistant
from semantic_layer.policy.types import User
from semantic_layer.query.plan import ChartKind, Funnel, Occurrence, Plan, Retention
from semantic_layer.query.predicate import Compare
from semantic_layer.query.time import Calendar, Grain, Rolling

ORDER, JOINED = Occurrence(entity="order"), Occurrence(entity="customer")
VIEW, CART = (
    Occurrence(entity="event", where=Compare("event.event_type", "=", kind)) for kind in ("view", "add_to_cart")
)
NEW = Retention(start=JOINED, back=ORDER, time=Calendar(Grain.YEAR, 0), periods=3)
TO_ORDER = Funnel(steps=(VIEW, CART, ORDER), within=(7, Grain.DAY), time=Rolling(3, Grain.MONTH))


@pytest.fixture(scope="module")
def company(retail_snapshot: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{retail_snapshot}' AS demo (READ_ONLY)")
        connection.execute("USE demo")
        yield connection


def answered(reply: Reply) -> Answer:
    assert isinstance(reply, Answer), reply
    return reply


def test_retention_is_what_plain_sql_says(assistant: Assistant, company: duckdb.DuckDBPyConnection) -> None:
    answer = answered(assistant.run(Plan((NEW,)), language="en"))
    wanted = company.execute("""
        WITH joined AS (
            SELECT customer_key, registered_at, month(registered_at) AS m FROM customers
            WHERE registered_at >= '2026-01-01' AND registered_at < '2026-11-01')
        SELECT m, count(*),
            avg(EXISTS (SELECT 1 FROM orders o WHERE o.customer_key = j.customer_key AND ordered_at >= registered_at
                AND year(ordered_at) = 2026 AND month(ordered_at) = m)::INTEGER),
            CASE WHEN m < 10 THEN avg(EXISTS (SELECT 1 FROM orders o WHERE o.customer_key = j.customer_key
                AND year(ordered_at) = 2026 AND month(ordered_at) = m + 1)::INTEGER) END
        FROM joined AS j GROUP BY m ORDER BY m""").fetchall()
    assert answer.table is not None
    shown = [(int(str(row[0])[5:]), row[1], row[2], row[3]) for row in answer.table]
    assert [row[:2] for row in shown] == [row[:2] for row in wanted]
    assert [row[2:] for row in shown] == [
        tuple(None if part is None else pytest.approx(part) for part in row[2:]) for row in wanted
    ]
    people = sum(row[1] for row in wanted)
    assert f"{people:,} people registered" in answer.text
    next_month = sum(row[1] * row[3] for row in wanted if row[3] is not None) / sum(row[1] for row in wanted[:-1])
    assert f"{next_month * 100:.1f}% in month 1" in answer.text
    assert answer.headline is not None
    assert answer.headline.value == f"{next_month * 100:.1f}%"


def test_a_cohort_table_is_drawn_and_its_pieces_can_be_changed(assistant: Assistant) -> None:
    answer = answered(assistant.run(Plan((NEW,)), language="zh"))
    assert answer.chart is not None
    assert answer.chart.kind is ChartKind.HEATMAP
    assert "次月平均" in answer.chart.title
    chips = {chip.id: chip for chip in answer.chips}
    assert chips["subject"].label == "留存：注册 → 下过单"
    weekly = next(option.plan for option in chips["group-0"].options if option.label == "按周")
    assert weekly.steps[0] == Retention(start=JOINED, back=ORDER, time=NEW.time, periods=3, grain=Grain.WEEK)
    assert chips["time"].removed is not None
    assert {definition.name for definition in answer.definitions} >= {"customer.registered_at", "order.ordered_at"}
    assert "/* how many people each cohort has */" in answer.sql[0]


def test_periods_that_are_not_over_are_told(assistant: Assistant) -> None:
    weekly = Retention(start=ORDER, back=ORDER, grain=Grain.QUARTER, time=Calendar(Grain.YEAR, 0), periods=3)
    answer = answered(assistant.run(Plan((weekly,)), language="en"))
    assert any("not over yet" in note.meaning.en for note in answer.notes)


def test_few_people_are_not_shown_to_a_role_that_may_not_see_them(assistant: Assistant) -> None:
    eva = User(name="Eva", roles=("region_east",))
    level = Compare("customer.member_level", "=", "黑金")
    step = Retention(start=JOINED, back=ORDER, grain=Grain.WEEK, periods=4, time=Calendar(Grain.YEAR, 0), where=level)
    seen, hidden = (assistant.resources.layer.retention(step, user).table for user in (assistant.user, eva))
    people = hidden.index("people")
    assert any(0 < (row[people] or 0) < 5 for row in seen)  # type: ignore[operator]
    assert all(row[people] is None or row[people] == 0 or row[people] >= 5 for row in hidden)  # type: ignore[operator]
    assert any(row[people] is None for row in hidden)
    answer = answered(assistant.run(Plan((step,)), language="zh", user=eva))
    assert any("未显示" in note.meaning.zh for note in answer.notes)


def test_a_funnel_is_what_plain_sql_says(assistant: Assistant, company: duckdb.DuckDBPyConnection) -> None:
    answer = answered(assistant.run(Plan((TO_ORDER,)), language="zh"))
    (wanted,) = company.execute("""
        WITH views AS (SELECT DISTINCT customer_key, occurred_at AS t FROM events WHERE event_type = 'view'
                AND customer_key IS NOT NULL AND occurred_at >= '2026-08-01' AND occurred_at < '2026-11-01'),
            carts AS (SELECT DISTINCT v.customer_key, v.t AS began, c.occurred_at AS t FROM views v JOIN events c
                ON c.customer_key = v.customer_key AND c.event_type = 'add_to_cart' AND c.occurred_at > v.t
                AND c.occurred_at <= v.t + INTERVAL 7 DAY),
            bought AS (SELECT DISTINCT c.customer_key FROM carts c JOIN orders o
                ON o.customer_key = c.customer_key AND o.ordered_at > c.t AND o.ordered_at <= c.began + INTERVAL 7 DAY)
        SELECT (SELECT count(DISTINCT customer_key) FROM views), (SELECT count(DISTINCT customer_key) FROM carts),
            (SELECT count(*) FROM bought)""").fetchall()
    assert answer.table is not None
    assert answer.table.values("people") == wanted
    assert answer.table.values("step") == ("浏览过", "加购过", "下过单")
    assert f"浏览过的有 {wanted[0]:,} 人" in answer.text
    assert f"依次走完 3 步的有 {wanted[2]:,} 人" in answer.text
    assert answer.chart is not None
    assert answer.chart.kind is ChartKind.BAR


def test_a_funnel_by_a_field_compares_its_groups(assistant: Assistant) -> None:
    by_level = Funnel(steps=TO_ORDER.steps, within=TO_ORDER.within, time=TO_ORDER.time, by="customer.member_level")
    answer = answered(assistant.run(Plan((by_level,)), language="en"))
    assert answer.table is not None
    assert len(answer.table) == 3 * 4
    assert "The best group is" in answer.text
    chip = next(chip for chip in answer.chips if chip.kind == "group")
    assert chip.removed == Plan((TO_ORDER,))


def test_a_step_of_a_funnel_can_be_taken_out_until_two_are_left(assistant: Assistant) -> None:
    chips = answered(assistant.run(Plan((TO_ORDER,)))).chips
    shorter = next(chip.removed for chip in chips if chip.id == "subject-1")
    assert shorter is not None
    answer = answered(assistant.run(shorter))
    assert [chip.removed for chip in answer.chips if chip.kind == "subject"] == [None, None]


def test_nobody_is_said(assistant: Assistant) -> None:
    early = Calendar(Grain.YEAR, -20)
    assert "没有人" in answered(assistant.run(Plan((Retention(start=ORDER, back=ORDER, time=early),)))).text
    assert "nobody" in answered(assistant.run(Plan((Funnel(steps=(VIEW, ORDER), time=early),)), language="en")).text


def test_a_picture_that_does_not_fit_is_refused_with_the_one_that_does(assistant: Assistant) -> None:
    reply = assistant.run(Plan((NEW,), ChartKind.PIE), language="en")
    assert isinstance(reply, Refusal)
    assert "heat map" in reply.reason
    assert answered(assistant.run(Plan((NEW,), ChartKind.NONE))).chart is None
