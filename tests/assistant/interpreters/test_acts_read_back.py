"""The restatement of segments over time, models, campaigns, effects and boards reads back as the same step."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assistant.evaluation.canonical import same_meaning
from assistant.interpreters.base import Context, Understood
from semantic_layer.errors import Language
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.acts import (
    Act,
    Apart,
    Basket,
    CampaignState,
    Cluster,
    Measure,
    ModelCard,
    Predict,
    Recommend,
    SegmentChange,
    SegmentFlow,
    SegmentTrend,
    StartCampaign,
)
from semantic_layer.query.codec import plan_from_json, plan_to_json
from semantic_layer.query.plan import Pin, Plan, Step
from semantic_layer.query.predicate import Compare, InSegment
from semantic_layer.query.time import Calendar, Grain, Rolling
from semantic_layer.query.types import Audience
from semantic_layer.restate.spoken import restate
from tests.assistant.interpreters.plans import Names, flags, names_of, several, values

EXAMPLES = 5
NAMES = ("上海挽回人群", "Gold 2026", "双11-A组")
LANGUAGES: tuple[Language, ...] = ("zh", "en")
KINDS = (
    "change",
    "trend",
    "flow",
    "apart",
    "predict",
    "card",
    "cluster",
    "basket",
    "recommend",
    "campaign",
    "state",
    "measure",
    "pin",
)


def acts(names: Names, index: ModelIndex) -> dict[str, st.SearchStrategy[Step]]:
    where = several(st.one_of(values(names), flags(names)))
    people = where.map(lambda found: Audience(where=found))
    segments = st.lists(st.sampled_from(NAMES), min_size=2, max_size=3, unique=True).map(tuple)
    times = st.sampled_from((None, Rolling(7, Grain.DAY), Calendar(Grain.MONTH, -1), Rolling(90, Grain.DAY)))
    audiences = st.one_of(people, st.sampled_from(NAMES).map(lambda name: Audience(where=InSegment(name))))
    maybe = st.one_of(st.none(), where)
    targets = st.sampled_from(("churn", "value", "next_category", "price_sensitivity"))
    campaigns = st.sampled_from(("2026年8月挽回活动", "2026年618会员日", "金卡双11"))
    categories = st.sampled_from(("运动鞋", "箱包")).map(lambda one: Compare("product.category", "=", one))
    measure = st.builds(
        Measure,
        campaign=campaigns,
        outcome=st.sampled_from(("conversion", "click", "retention", "repurchase")),
        by=st.sampled_from((None, "customer.member_level", "customer.gender")),
        days=st.sampled_from((None, 14)),
    )
    return {
        "change": st.builds(
            SegmentChange, segment=st.sampled_from(NAMES), time=times, side=st.sampled_from((None, "entered", "left"))
        ),
        "trend": st.builds(SegmentTrend, segments=segments, time=times),
        "flow": st.builds(SegmentFlow, segments=segments, time=times),
        "apart": st.builds(
            Apart,
            first=st.sampled_from(NAMES).map(lambda name: Audience(where=InSegment(name))),
            second=st.sampled_from(NAMES[1:]).map(lambda name: Audience(where=InSegment(name))),
        ),
        "predict": st.builds(
            Predict,
            target=targets,
            where=maybe,
            top=st.sampled_from((None, 20, 100)),
            horizon=st.sampled_from((None, (1, Grain.MONTH), (12, Grain.MONTH))),
        ),
        "card": st.builds(
            ModelCard, target=st.sampled_from(("churn", "value", "next_category", "price_sensitivity", "uplift"))
        ),
        "cluster": st.builds(Cluster, where=maybe, count=st.sampled_from((None, 2, 5))),
        "basket": st.builds(
            Basket,
            where=categories,
            field=st.sampled_from((None, "product.brand")),
            time=st.sampled_from((None, Calendar(Grain.YEAR))),
        ),
        "recommend": st.builds(Recommend, audience=audiences, advice=st.sampled_from(("both", "content", "channel"))),
        "campaign": st.builds(
            StartCampaign,
            audience=audiences,
            channel=st.sampled_from(("短信", "邮件", "企业微信", "APP推送")),
            name=st.sampled_from(("", "金卡双11")),
            holdout=st.sampled_from((None, 0.0, 0.1, 0.25)),
            spare_days=st.sampled_from((None, 7)),
            goal=st.sampled_from(("", "repurchase_rate", "orders")),
            content=st.sampled_from(("", "好久不见, 9折")),
            budget=st.sampled_from((None, 5000.0)),
        ),
        "state": st.builds(CampaignState, campaign=st.sampled_from(("", "2026年8月挽回活动", "金卡双11"))),
        "measure": measure,
        "pin": st.builds(
            Pin,
            steps=measure.map(lambda step: (step,)),
            board=st.sampled_from(("", "周会")),
            every=st.sampled_from((None, "day", "week", "change")),
        ),
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_step_reads_back(assistant, kind: str, language: Language) -> None:
    resources = assistant.resources

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    @given(acts(names_of(resources.index), resources.index)[kind])
    def reads_back(step: Step) -> None:
        plan = Plan((step,))
        text = restate(plan, resources.index, resources.calendar, language).text
        outcome = resources.interpreter.interpret(text, Context())
        assert isinstance(outcome, Understood), (text, outcome)
        assert same_meaning(outcome.reading.plan, plan), (text, outcome.reading.plan)
        assert plan_from_json(plan_to_json(plan)) == plan

    reads_back()


def test_every_kind_is_tried() -> None:
    assert len(KINDS) == len(Act.__args__) + 1
