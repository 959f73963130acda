"""Questions about what tags were: since when, who came to have one, and how many had it at a time."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.interpreters.base import Context, NotUnderstood
from semantic_layer.query.plan import Became, Card, ListPeople, Plan
from semantic_layer.query.predicate import Compare
from semantic_layer.query.time import Calendar, Grain
from semantic_layer.query.types import Audience

HIGH, LAST = Compare("customer.high_value", "=", True), Calendar(Grain.MONTH, -1)


@pytest.mark.parametrize(
    "text",
    [
        "客户M00001234什么时候成为高价值客户",
        "会员M00001234从什么时候开始是高价值客户",
        "when did M00001234 become high-value",
        "since when has M00001234 been a high-value customer",
    ],
)
def test_since_when(text: str, plan_of) -> None:
    assert plan_of(text) == Plan((Became(what=HIGH, key="M00001234"),))


@pytest.mark.parametrize("text", ["她什么时候成为高价值客户", "when did she become high-value"])
def test_she_is_who_was_spoken_of_last(text: str, ask) -> None:
    outcome = ask(text, Plan((Card("M00000007"),)))
    assert outcome.reading.plan == Plan((Became(what=HIGH, key="M00000007"),))
    nobody = ask(text)
    assert isinstance(nobody, NotUnderstood)
    assert nobody.why.zh


@pytest.mark.parametrize(
    "text",
    [
        "上个月新成为高价值的客户有多少",
        "上个月成为高价值客户的有多少人",
        "how many became high-value last month",
        "customers who newly became high-value last month",
    ],
)
def test_who_came_to_have_it(text: str, plan_of) -> None:
    assert plan_of(text) == Plan((Became(what=HIGH, time=LAST),))


def test_other_conditions_and_leaving(plan_of) -> None:
    shanghai = Compare("customer.city", "=", "上海")
    found = plan_of("上海上个月新成为高价值客户的有多少").steps[0]
    assert isinstance(found, Became)
    assert found.where == shanghai or found.where is not None
    assert plan_of("上个月不再是高价值客户的有多少人") == Plan((Became(what=HIGH, time=LAST, lost=True),))


@pytest.mark.parametrize(
    "text",
    ["上个月底高价值客户有多少", "截至上个月的高价值客户有多少", "how many high-value customers as of last month"],
)
def test_as_of_then_the_tag_is_that_of_then(text: str, plan_of) -> None:
    assert plan_of(text) == Plan((ListPeople(Audience(where=HIGH, as_of=date(2026, 9, 30))),))


def test_registering_is_no_tag(retail_interpreter) -> None:
    outcome = retail_interpreter.interpret("上个月末会员数", Context())
    assert not isinstance(outcome.reading.plan.steps[0], Became)
