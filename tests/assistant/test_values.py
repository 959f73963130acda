"""Which values there are: questions without a metric, in both languages, and what may follow them."""

from __future__ import annotations

import pytest

from assistant import Assistant
from assistant.answer import Answer, Clarification
from semantic_layer.query.plan import Plan
from semantic_layer.query.types import ByField, Query

CATEGORIES = ("运动鞋", "运动服", "户外装备", "瑜伽健身", "箱包", "家居", "美妆个护", "食品饮料")


@pytest.fixture(scope="module")
def demo() -> Assistant:
    return Assistant.demo()


@pytest.mark.parametrize("question", ["有哪些品类", "品类有哪些？", "which categories are there?"])
def test_lists_the_values_of_a_field(demo: Assistant, question: str) -> None:
    reply = demo.ask(question)
    assert isinstance(reply, Answer)
    assert reply.plan.steps == (Query(metrics=(), by=(ByField("product.category"),)),)
    assert reply.table is not None
    assert len(reply.table) == len(CATEGORIES)
    assert "8" in reply.text


def test_the_least_and_the_greatest_value(demo: Assistant) -> None:
    plan = Plan((Query(metrics=(), by=(ByField("order.ordered_at"),), extremes=True),))
    reply = demo.run(plan, language="en")
    assert isinstance(reply, Answer)
    assert reply.text.endswith(".")
    assert "2026-10-31" in reply.text


@pytest.mark.parametrize(
    "turn", ["倒序", "前三个", "那北京呢", "按月看", "为什么下降了", "画成柱状图", "导出来", "只看女性"]
)
def test_what_follows_a_list_of_values_never_breaks(demo: Assistant, turn: str) -> None:
    reply = demo.ask("有哪些品类")
    assert isinstance(reply, Answer)
    followed = reply.follow_up(turn)
    assert followed.language == "zh"


def test_a_word_of_several_fields_is_asked_about(demo: Assistant) -> None:
    assert isinstance(demo.ask("有哪些渠道"), Clarification)
