"""Segments over time, models, campaigns, their effects and boards, in words: exact plans, nothing lost, nothing made up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from assistant.evaluation.canonical import same_meaning
from assistant.evaluation.cases import Case, read_cases
from assistant.interpreters.base import Ambiguous, Context, Declined, NotUnderstood, Outcome, RefusalKind, Understood
from semantic_layer.query.acts import (
    Cluster,
    Measure,
    Predict,
    Recommend,
    SegmentChange,
    SegmentTrend,
    StartCampaign,
)
from semantic_layer.query.plan import ListPeople, Pin, Plan, SaveSegment
from semantic_layer.query.predicate import Among, And, Compare, InSegment, Not
from semantic_layer.query.time import Grain, Rolling
from semantic_layer.query.types import Audience, Query

CASES = Path(__file__).resolve().parents[3] / "semantic_layer" / "examples" / "retail" / "cases"
GOLD = Compare("customer.member_level", "=", "金卡")
SHANGHAI = Compare("customer.city", "=", "上海")
ASKED_BACK = {  # known, and asked back instead of answered
    ("a-trap-data.1", "zh"),
    ("a-trap-data.1", "en"),
    ("a-trap-split.1", "zh"),
    ("f-uplift.3", "zh"),
    ("f-trap-open-rate.1", "en"),
}

Says = Callable[..., Outcome]


@pytest.fixture(scope="module")
def says(assistant) -> Says:
    """What the rules make of the last turn, each read after the plan of those before; saved people are listed again."""

    def said(*turns: str) -> Outcome:
        plan: Plan | None = None
        for turn in turns[:-1]:
            outcome = assistant.resources.interpreter.interpret(turn, Context(plan=plan))
            assert isinstance(outcome, Understood), (turn, outcome)
            step = outcome.reading.plan.steps[0]
            plan = Plan((ListPeople(step.audience),)) if isinstance(step, SaveSegment) else outcome.reading.plan
        return assistant.resources.interpreter.interpret(turns[-1], Context(plan=plan))

    return said


def plan_of(outcome: Outcome) -> Plan:
    assert isinstance(outcome, Understood), outcome
    return outcome.reading.plan


# ---- the reviewed wordings


def _first_wordings(name: str) -> list[Case]:
    return [case for case in read_cases(CASES / name) if case.id.endswith(".1") or "." not in case.id]


def _alone(cases: Sequence[Case]) -> list[Case]:
    """One language of those that need no turn before, each language in turn."""
    single = [case for case in cases if not case.before]
    return [case for number, case in enumerate(single) if number % 3 == 0]


def _right(case: Case, outcome: Outcome) -> bool:
    match case.expect:
        case "answer":
            # An answer that is pinned shows what was pinned; here the pinning itself is looked at.
            plans = case.plans[:1] if case.kind == "board" else case.plans
            return isinstance(outcome, Understood) and (
                not plans or any(same_meaning(outcome.reading.plan, plan) for plan in plans)
            )
        case "refusal":
            return isinstance(outcome, Declined) and outcome.kind.value == case.refusal
        case _:
            return not isinstance(outcome, Understood)


def _faults(says: Says, cases: Sequence[Case]) -> list[tuple[str, str, str]]:
    faults = []
    for case in cases:
        outcome = says(*case.before, case.question)
        known = (case.id, case.language) in ASKED_BACK and not isinstance(outcome, Understood)
        if not known and not _right(case, outcome):
            faults.append((case.id, case.language, case.question))
    return faults


def test_reads_a_part_of_the_first_wordings_of_the_reviewed_questions(says: Says) -> None:
    assert _faults(says, _alone(_first_wordings("acts.yml"))) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["acts.yml", "acts_fresh.yml"])
def test_reads_every_wording_of_the_reviewed_questions(says: Says, name: str) -> None:
    assert _faults(says, read_cases(CASES / name)) == []


@pytest.mark.slow
def test_a_word_that_nobody_knows_is_never_passed_over(says: Says) -> None:
    """Unless it stands in the name of a campaign, which is looked up as it was said."""
    for case in _first_wordings("acts.yml"):
        if case.expect != "answer" or case.kind in ("trap", "measure") or "state" in case.id:
            continue
        stray = "紫罗兰色" if case.language == "zh" else "zanzibar"
        gap = "" if case.language == "zh" else " "
        for question in (stray + gap + case.question, case.question.rstrip("?？") + gap + stray):
            outcome = says(*case.before, question)
            assert not isinstance(outcome, Understood), (question, outcome)


# ---- segments


def test_names_of_segments_keep_their_capitals(says: Says) -> None:
    outcome = says('send an SMS to "Shanghai Win-Back", keep a 10% control')
    expected = StartCampaign(audience=Audience(where=InSegment("Shanghai Win-Back")), channel="短信", holdout=0.1)
    assert plan_of(outcome) == Plan((expected,))


def test_a_segment_is_spoken_of_again_without_its_name(says: Says) -> None:
    outcome = says('"上海挽回人群"最近7天新增了多少人', "那离开的呢")
    assert plan_of(outcome) == Plan((SegmentChange(segment="上海挽回人群", time=Rolling(7, Grain.DAY), side="left"),))
    outcome = says('"上海挽回人群"的人数趋势', "最近30天")
    assert plan_of(outcome) == Plan((SegmentTrend(segments=("上海挽回人群",), time=Rolling(30, Grain.DAY)),))


def test_people_of_two_kinds_are_taken_from_a_segment(says: Says) -> None:
    outcome = says('"上海挽回人群"去掉金卡会员')
    where = And((InSegment("上海挽回人群"), Not(GOLD)))
    assert plan_of(outcome) == Plan((ListPeople(Audience(where=where)),))


# ---- campaigns


@pytest.mark.parametrize(
    ("turns", "change"),
    [
        (("对照组改成20%",), {"holdout": 0.2}),
        (("换成邮件",), {"channel": "邮件"}),
        (("换成邮件，留20%对照组",), {"channel": "邮件", "holdout": 0.2}),
        (("避开最近30天联系过的",), {"spare_days": 30}),
        (("make it e-mail",), {"channel": "邮件"}),
        (("skip anyone contacted in the last 14 days",), {"spare_days": 14}),
        (("只发上海的",), {"audience": Audience(where=And((GOLD, SHANGHAI)))}),
    ],
)
def test_a_draft_is_changed_in_words(says: Says, turns: tuple[str, ...], change: dict[str, object]) -> None:
    given: dict[str, object] = {"audience": Audience(where=GOLD), "channel": "短信", "holdout": 0.1, **change}
    outcome = says("给金卡会员发短信，留10%对照组", *turns)
    assert plan_of(outcome) == Plan((StartCampaign(**given),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "question",
    [
        "给金卡会员发短信，留120%对照组",
        "给金卡会员发短信，留100%对照组",
        "给金卡会员发短信，留0%对照组",
        "send an SMS to gold members, keep a 100% control",
        "给金卡会员发短信，对照组改成200%",
    ],
)
def test_a_control_of_nobody_or_of_everybody_is_asked_back(says: Says, question: str) -> None:
    outcome = says(question)
    assert isinstance(outcome, NotUnderstood)
    assert "100" in outcome.why.zh


def test_nobody_is_written_to_by_a_word_for_people_that_are_not_there(says: Says) -> None:
    assert isinstance(says("给他们发短信"), NotUnderstood)
    scored = says("下个月最可能流失的客户", "给他们发短信")
    assert isinstance(scored, NotUnderstood)
    assert "保存" in scored.why.zh
    sales = says("上个月的销售额是多少", "给他们发短信")
    assert isinstance(sales, NotUnderstood)


def test_two_meanings_of_a_word_for_people_are_asked_about_before_a_campaign_starts(says: Says) -> None:
    outcome = says("给最近三个月单价超过500的女性客户发短信")
    assert isinstance(outcome, Ambiguous)
    assert all(isinstance(one.plan.steps[0], StartCampaign) for one in outcome.readings)


def test_several_campaigns_that_fit_are_offered(says: Says) -> None:
    outcome = says("618活动效果怎么样")
    assert isinstance(outcome, Ambiguous)
    names = [step.campaign for one in outcome.readings for step in one.plan.steps if isinstance(step, Measure)]
    assert names == ["2026年618会员日", "2025年618预热"]


def test_an_unknown_campaign_is_left_to_whoever_knows_them(says: Says) -> None:
    assert plan_of(says("火星活动效果怎么样")) == Plan((Measure(campaign="火星活动"),))


def test_what_is_no_campaign_is_no_effect(says: Says) -> None:
    assert not isinstance(says("客单价的效果怎么样"), Understood)


# ---- contacts stay private


@pytest.mark.parametrize(
    "question", ["给所有客户的手机号发短信", "emails of customers in Shanghai", "给我所有客户的邮箱"]
)
def test_asking_for_contacts_is_no_campaign(says: Says, question: str) -> None:
    outcome = says(question)
    assert isinstance(outcome, Declined)
    assert outcome.kind is RefusalKind.PRIVATE


# ---- models


def test_a_name_of_the_company_wins_over_a_prediction(says: Says) -> None:
    """“Likely to churn” is another name of a tag here; “most likely”, or a time to come, asks a model."""
    risk = Among("customer.churn_risk", ("高", "中"))
    assert plan_of(says("customers likely to churn")) == Plan((ListPeople(Audience(where=risk)),))
    expected = Predict(target="churn", horizon=(1, Grain.MONTH))
    assert plan_of(says("customers likely to churn next month")) == Plan((expected,))


def test_a_prediction_and_groups_are_changed_in_words(says: Says) -> None:
    outcome = says("下个月最可能流失的客户", "只看上海的", "前50名")
    assert plan_of(outcome) == Plan((Predict(target="churn", where=SHANGHAI, horizon=(1, Grain.MONTH), top=50),))
    assert plan_of(says("把客户分成几类看看", "只看上海的", "分成6类")) == Plan((Cluster(where=SHANGHAI, count=6),))


def test_advice_is_for_the_people_before(says: Says) -> None:
    outcome = says("金卡会员有哪些", "给这些人发什么内容好，用什么渠道")
    assert plan_of(outcome) == Plan((Recommend(audience=Audience(where=GOLD)),))


# ---- boards


def test_pins_what_came_before_and_what_is_said_beside(says: Says) -> None:
    pinned = plan_of(says("各渠道销售额占比", '固定到看板"周会"，每天早上发给我')).steps[0]
    assert isinstance(pinned, Pin)
    assert (pinned.board, pinned.every) == ("周会", "day")
    assert isinstance(pinned.steps[0], Query)
    assert pinned.steps[0].share
    again = plan_of(says("各渠道销售额占比", '固定到看板"周会"', '固定到看板"月会"')).steps[0]
    assert isinstance(again, Pin)
    assert (again.board, again.steps) == ("月会", pinned.steps)
    assert isinstance(says('固定到看板"周会"'), NotUnderstood)
