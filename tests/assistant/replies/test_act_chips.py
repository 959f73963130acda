"""Chips of campaigns, predictions and the like: what each says, and the plan that changing it gives."""

from __future__ import annotations

import pytest

from assistant.answer import Chip
from assistant.core import Assistant
from assistant.replies.chips import chips
from assistant.resources import Asked
from semantic_layer.query.acts import Cluster, Measure, Predict, SegmentChange, SegmentFlow, StartCampaign
from semantic_layer.query.plan import Pin, Plan, Step
from semantic_layer.query.predicate import Compare
from semantic_layer.query.time import Grain
from semantic_layer.query.types import Audience, Query

GOLD = Compare("customer.member_level", "=", "金卡")


@pytest.fixture
def chips_of(assistant: Assistant):
    def found(step: Step) -> dict[str, Chip]:
        asked = Asked(text="", language="zh", user=assistant.user, plan=Plan((step,)))
        return {one.id: one for one in chips(asked, assistant.resources)}

    return found


def steps_of(chip: Chip) -> list[Step]:
    return [option.plan.steps[0] for option in chip.options]


def test_a_draft_is_changed_by_its_chips(chips_of) -> None:
    step = StartCampaign(audience=Audience(where=GOLD), channel="短信", holdout=0.1)
    found = chips_of(step)
    assert found["channel"].label == "渠道：短信"
    assert StartCampaign(audience=Audience(where=GOLD), channel="邮件", holdout=0.1) in steps_of(found["channel"])
    assert StartCampaign(audience=Audience(where=GOLD), channel="短信", holdout=0.2) in steps_of(found["holdout"])
    assert found["spare_days"].by_default
    removed = found["condition-0"].removed
    assert removed is not None
    assert removed.steps == (StartCampaign(audience=Audience(), channel="短信", holdout=0.1),)


def test_what_was_not_said_is_shown_as_filled_in(chips_of) -> None:
    found = chips_of(StartCampaign(audience=Audience(where=GOLD)))
    assert found["channel"].by_default
    assert found["holdout"].by_default
    assert chips_of(Predict(target="churn"))["limit"].by_default
    assert chips_of(SegmentChange(segment="A"))["time"].by_default
    assert chips_of(Cluster())["limit"].by_default


def test_predictions_and_effects_are_changed_by_their_chips(chips_of) -> None:
    predict = Predict(target="churn", where=GOLD, horizon=(1, Grain.MONTH), top=20)
    found = chips_of(predict)
    assert Predict(target="churn", where=GOLD, horizon=(1, Grain.MONTH), top=100) in steps_of(found["limit"])
    assert found["horizon"].removed == Plan((Predict(target="churn", where=GOLD, top=20),))
    found = chips_of(Measure(campaign="A", by="customer.gender"))
    assert Measure(campaign="A", by="customer.member_level") in steps_of(found["group-0"])
    assert Measure(campaign="A", outcome="click", by="customer.gender") in steps_of(found["outcome"])


def test_a_flow_keeps_two_segments(chips_of) -> None:
    assert chips_of(SegmentFlow(segments=("A", "B")))["subject-0"].removed is None
    removed = chips_of(SegmentFlow(segments=("A", "B", "C")))["subject-0"].removed
    assert removed == Plan((SegmentFlow(segments=("B", "C")),))


def test_a_pinned_answer_is_sent_by_another_rhythm(chips_of) -> None:
    step = Pin(steps=(Query(metrics=("sales",)),), board="周会", every="day")
    found = chips_of(step)
    assert found["every"].removed == Plan((Pin(steps=step.steps, board="周会"),))
    assert Pin(steps=step.steps, board="周会", every="week") in steps_of(found["every"])
