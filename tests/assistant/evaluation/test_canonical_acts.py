"""Steps about segments, models and campaigns that mean the same, and such that do not."""

from __future__ import annotations

import pytest

from assistant.evaluation.canonical import same_meaning
from semantic_layer.query.acts import Apart, Basket, Measure, Predict, SegmentChange, SegmentTrend, StartCampaign
from semantic_layer.query.plan import Pin, Plan, Step
from semantic_layer.query.predicate import Among, And, Compare, InSegment
from semantic_layer.query.time import Grain, Rolling
from semantic_layer.query.types import Audience, Query

GOLD = Compare("customer.member_level", "=", "金卡")
WOMEN = Compare("customer.gender", "=", "女")
A, B = (Audience(where=InSegment(name)) for name in ("A", "B"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Predict(target="value", horizon=(1, Grain.YEAR)), Predict(target="value", horizon=(12, Grain.MONTH))),
        (Predict(target="churn", where=And((GOLD, WOMEN))), Predict(target="churn", where=And((WOMEN, GOLD)))),
        (
            StartCampaign(audience=Audience(where=Among("customer.member_level", ("金卡",)))),
            StartCampaign(audience=Audience(where=GOLD)),
        ),
        (
            SegmentChange(segment="A", time=Rolling(1, Grain.WEEK)),
            SegmentChange(segment="A", time=Rolling(7, Grain.DAY)),
        ),
        (SegmentTrend(segments=("A", "B")), SegmentTrend(segments=("B", "A"))),
        (
            Pin(steps=(Query(metrics=("sales",), time=Rolling(1, Grain.YEAR)),)),
            Pin(steps=(Query(metrics=("sales",), time=Rolling(12, Grain.MONTH)),)),
        ),
    ],
)
def test_these_mean_the_same(one: Step, other: Step) -> None:
    assert same_meaning(Plan((one,)), Plan((other,)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Predict(target="churn", top=50), Predict(target="churn", top=100)),
        (Apart(first=A, second=B), Apart(first=B, second=A)),
        (Measure(campaign="A"), Measure(campaign="A", outcome="click")),
        (Basket(where=GOLD), Basket(where=WOMEN)),
        (StartCampaign(audience=A, holdout=0.1), StartCampaign(audience=A)),
        (SegmentChange(segment="A", side="entered"), SegmentChange(segment="A")),
    ],
)
def test_these_do_not(one: Step, other: Step) -> None:
    assert not same_meaning(Plan((one,)), Plan((other,)))
