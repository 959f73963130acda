"""Questions about what nobody defined: the gap is named, definitions are offered with counts, one choice answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from assistant.answer import Answer, Clarification
from assistant.core import Assistant
from semantic_layer.query.plan import ListPeople
from semantic_layer.query.predicate import Compare, conjuncts
from semantic_layer.query.types import Query


@pytest.fixture(scope="module")
def company(retail_snapshot: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{retail_snapshot}' AS demo (READ_ONLY)")
        connection.execute("USE demo")
        yield connection


def asked_back(assistant: Assistant, text: str, conversation: str | None = None) -> Clarification:
    reply = assistant.ask(text, conversation=conversation)
    assert isinstance(reply, Clarification), reply
    return reply


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("忠诚度高的客户", "忠诚度高"),
        ("退货率高的客户", "退货率高"),
        ("爱退货的客户有多少", "爱退货"),
        ("单价高的客户", "单价高"),
        ("loyal customers", "loyal"),
        ("customers with high return rate", "high return rate"),
    ],
)
def test_names_the_gap_before_it_offers_definitions_with_counts(assistant: Assistant, text: str, gap: str) -> None:
    reply = asked_back(assistant, text)
    assert gap in reply.question[:40]
    assert gap in reply.unexplained[0]
    assert 2 <= len(reply.options) <= 4
    assert all(option.count for option in reply.options)
    differ = "相差" if reply.language == "zh" else "differ"
    assert all(differ in option.count for option in reply.options[1:])


def test_counts_are_what_plain_sql_says(assistant: Assistant, company: duckdb.DuckDBPyConnection) -> None:
    reply = asked_back(assistant, "退货率高的客户")
    wanted = company.execute("""
        SELECT count(*) FROM (
            SELECT o.customer_key, sum(l.returned_quantity) / sum(l.quantity) AS rate
            FROM order_lines AS l JOIN orders AS o USING (order_id)
            WHERE o.ordered_at >= '2025-11-01' AND o.ordered_at < '2026-11-01' AND o.customer_key IS NOT NULL
            GROUP BY o.customer_key) WHERE rate >= 0.1""").fetchall()[0][0]
    bound = next(option for option in reply.options if option.label.startswith("退货率 ≥ 10%（最近 12 个月）"))
    assert bound.count.startswith(f"{wanted:,} 人")


def test_one_choice_answers_the_question_at_once(assistant: Assistant) -> None:
    reply = asked_back(assistant, "忠诚度高的客户", "loyal-1")
    answer = assistant.ask("第一个", conversation="loyal-1")
    assert isinstance(answer, Answer)
    assert answer.plan == reply.options[0].plan
    assert answer.headline is not None
    assert reply.options[0].count.startswith(answer.headline.exact)


def test_the_rest_of_the_question_is_kept(assistant: Assistant) -> None:
    reply = asked_back(assistant, "上海忠诚度高的女性客户有多少")
    step = reply.options[0].plan.steps[0]
    assert isinstance(step, Query | ListPeople)
    where = step.where if isinstance(step, Query) else step.audience.where
    fields = {part.field for part in conjuncts(where) if isinstance(part, Compare)}
    assert {"customer.city", "customer.gender"} <= fields


def test_a_metric_of_such_people_keeps_its_metric(assistant: Assistant) -> None:
    step = asked_back(assistant, "退货率高的客户的销售额").options[0].plan.steps[0]
    assert isinstance(step, Query)
    assert step.metrics == ("sales",)


@pytest.mark.parametrize("text", ["退货率最高的 10 个客户", "退货率高于 30% 的客户", "订单数多少", "how many orders"])
def test_bounds_and_questions_are_no_gap(assistant: Assistant, text: str) -> None:
    reply = assistant.ask(text)
    assert not (isinstance(reply, Clarification) and ("没有「" in reply.question or "not defined" in reply.question))
