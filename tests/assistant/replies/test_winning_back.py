"""The reason for a fall offers a campaign to those who make most of it; nobody is offered what they may not do."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.answer import Answer, FollowUp
from assistant.core import Assistant
from semantic_layer.policy.types import User
from semantic_layer.query.acts import StartCampaign
from semantic_layer.query.plan import Explain, Plan
from semantic_layer.query.predicate import And, Compare, Did, Not
from semantic_layer.query.time import Calendar, Grain, Span
from semantic_layer.query.types import Audience

WHY = Explain(metric="repurchase_rate", time=Calendar(Grain.MONTH, -1))
SHOES = Compare("product.category", "=", "运动鞋")
AUGUST, SEPTEMBER = Span(date(2026, 8, 1), date(2026, 8, 31)), Span(date(2026, 9, 1), date(2026, 9, 30))


def offered(assistant: Assistant, step: Explain, user: User | None = None) -> list[FollowUp]:
    reply = assistant.run(Plan((step,)), language="zh", user=user)
    assert isinstance(reply, Answer), reply
    return [one for one in reply.follow_ups if isinstance(one.plan.steps[0], StartCampaign)]


def test_a_fall_offers_to_win_those_buyers_back(assistant: Assistant) -> None:
    """Who bought shoes in the east in August and none in September."""
    found = offered(assistant, WHY)
    where = And(
        (
            Compare("city.region", "=", "华东"),
            Did(entity="order_line", where=SHOES, time=AUGUST),
            Not(Did(entity="order_line", where=SHOES, time=SEPTEMBER)),
        )
    )
    assert [one.plan for one in found] == [Plan((StartCampaign(audience=Audience(where=where)),))]
    assert "华东" in found[0].label
    assert "运动鞋" in found[0].label


def test_a_rise_offers_nothing(assistant: Assistant) -> None:
    rise = Explain(metric="return_rate", time=Calendar(Grain.MONTH, -1))
    assert offered(assistant, rise) == []


@pytest.mark.parametrize("role", ["analyst", "auditor"])
def test_nobody_is_offered_a_campaign_without_the_right_to_send(assistant: Assistant, role: str) -> None:
    reply = assistant.run(Plan((WHY,)), language="zh", user=User(name="x", roles=(role,)))
    assert not any(isinstance(one.plan.steps[0], StartCampaign) for one in getattr(reply, "follow_ups", ()))
