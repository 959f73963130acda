"""Profiles, differences, overlaps, cards, definitions, the catalogue; and what must be refused or asked about."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.interpreters.base import Ambiguous, Declined, NotUnderstood, Outcome, RefusalKind, Understood
from semantic_layer.query.plan import Card, Catalogue, Define, Export, Overlap, Plan, Profile, SaveSegment, WhyMember
from semantic_layer.query.predicate import And, Compare, InSegment
from semantic_layer.query.types import Audience, Query

PlanOf = Callable[..., Plan]
Ask = Callable[..., Outcome]

HIGH = Audience(where=Compare("customer.high_value", "=", True))
SENSITIVE = Audience(where=Compare("customer.price_sensitive", "=", True))
WARNING = Audience(where=Compare("customer.lifecycle_stage", "=", "流失预警"))
ACTIVE = Audience(where=Compare("customer.recently_active", "=", True))


@pytest.mark.parametrize(
    "question",
    [
        "高价值客户的画像",
        "高价值客户有什么特征",
        "描述一下高价值客户",
        "Profile of high-value customers",
        "high-value customer profile",
        "what do high-value customers look like",
        "characteristics of high-value customers",
    ],
)
def test_profiles_people(plan_of: PlanOf, question: str) -> None:
    assert plan_of(question) == Plan((Profile(HIGH),))


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("流失预警客户和活跃客户有什么不同", WARNING, ACTIVE),
        ("How do customers at churn warning differ from active ones", WARNING, ACTIVE),
        ("价格敏感客户和高价值客户的差异", SENSITIVE, HIGH),
        ("高价值客户与价格敏感客户有什么区别", HIGH, SENSITIVE),
        ("difference between high-value and price-sensitive customers", HIGH, SENSITIVE),
        ("compare high-value customers with price-sensitive customers", HIGH, SENSITIVE),
        ("高价值客户和全部客户有什么不同", HIGH, Audience()),
    ],
)
def test_holds_two_audiences_against_each_other(
    plan_of: PlanOf, question: str, first: Audience, second: Audience
) -> None:
    assert plan_of(question) == Plan((Profile(first, second),))


@pytest.mark.parametrize(
    "question",
    [
        "高价值客户和价格敏感客户重合多少",
        "高价值客户与价格敏感客户的交集",
        "高价值、价格敏感两类客户有多少重合",
        "How much do high-value and price-sensitive customers overlap",
        "overlap between high-value and price-sensitive customers",
    ],
)
def test_overlaps_audiences(plan_of: PlanOf, question: str) -> None:
    assert plan_of(question) == Plan((Overlap((HIGH, SENSITIVE)),))


@pytest.mark.parametrize(
    "question",
    [
        "查一下会员 M00012345 的画像",
        "会员M00012345",
        "查会员号M00012345",
        "Show me the profile of member M00012345",
        "who is M00012345",
    ],
)
def test_shows_the_card_of_one_customer(plan_of: PlanOf, question: str) -> None:
    assert plan_of(question) == Plan((Card("M00012345"),))


@pytest.mark.parametrize(
    "question",
    [
        "为什么会员 M00012345 不在高价值客户里？",
        "为什么M00012345不是高价值客户",
        "M00012345为什么不在高价值客户里",
        "会员M00012345是高价值客户吗",
        "Why is member M00012345 not a high-value customer?",
        "why isn't M00012345 a high-value customer",
        "is M00012345 a high-value customer",
    ],
)
def test_asks_why_one_customer_is_in_or_out(plan_of: PlanOf, question: str) -> None:
    assert plan_of(question) == Plan((WhyMember("M00012345", HIGH),))


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("什么是高价值客户？", "customer.high_value"),
        ("高价值客户的定义", "customer.high_value"),
        ("复购率怎么算", "repurchase_rate"),
        ("客单价的口径是什么", "average_order_value"),
        ("什么叫流失风险", "customer.churn_risk"),
        ("什么是期末会员数", "members_at_period_end"),
        ("What is a high-value customer?", "customer.high_value"),
        ("how is repurchase rate calculated", "repurchase_rate"),
        ("definition of average order value", "average_order_value"),
        ("what does high-value mean", "customer.high_value"),
        ("what is the definition of retention rate", "retention_rate"),
    ],
)
def test_defines_what_is_named(plan_of: PlanOf, question: str, name: str) -> None:
    assert plan_of(question) == Plan((Define(name),))


@pytest.mark.parametrize(
    ("question", "step"),
    [
        ("有哪些标签", Catalogue(kind="tag")),
        ("都有什么标签", Catalogue(kind="tag")),
        ("有哪些指标", Catalogue(kind="metric")),
        ("list all metrics", Catalogue(kind="metric")),
        ("what tags are there", Catalogue(kind="tag")),
        ("行为类标签有哪些", Catalogue(topic="behaviour", kind="tag")),
        ("有哪些关于生命周期的标签？", Catalogue(topic="lifecycle", kind="tag")),
        ("Which lifecycle tags are there?", Catalogue(topic="lifecycle", kind="tag")),
        ("有哪些关于生日的标签", Catalogue(topic="customer.birthday", kind="tag")),
        ("What tags are there about birthdays?", Catalogue(topic="customer.birthday", kind="tag")),
    ],
)
def test_lists_what_is_defined(plan_of: PlanOf, question: str, step: Catalogue) -> None:
    assert plan_of(question) == Plan((step,))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("“上海挽回人群”有多少人", Query(metrics=("customers",), where=InSegment("上海挽回人群"))),
        ("“上海挽回人群”的画像", Profile(Audience(where=InSegment("上海挽回人群")))),
        (
            'how many people are in "Shanghai win-back"',
            Query(metrics=("customers",), where=InSegment("Shanghai win-back")),
        ),
    ],
)
def test_asks_about_a_saved_segment(plan_of: PlanOf, question: str, expected: Query | Profile) -> None:
    assert plan_of(question) == Plan((expected,))


def test_exports_and_saves_people_that_the_turn_itself_describes(plan_of: PlanOf) -> None:
    people = Audience(where=And((Compare("customer.city", "=", "上海"), Compare("customer.high_value", "=", True))))
    assert plan_of("导出上海的高价值客户") == Plan((Export(audience=people),))
    assert plan_of("把上海的高价值客户保存成“上海高价值”") == Plan((SaveSegment("上海高价值", people),))


NOT_YET = [
    "加购7天后没有下单的客户",
    "客户加购30天后才下单",
    "买过运动鞋又买过箱包的客户",
    "今年再次购买的客户",
    "customers who bought again this year",
    "customers who ordered 30 days later",
    "流失率是多少",
    "churn rate by month",
    "滚动30天销售额",
    "rolling 30 day sales",
    "forecast sales for next month",
    "预测下个月的销售额",
    "复购率怎么这么低",
    "为什么华东的退货率这么高",
    "why is the repurchase rate so low",
]


@pytest.mark.parametrize("question", NOT_YET)
def test_says_not_yet_instead_of_answering_something_else(ask: Ask, question: str) -> None:
    outcome = ask(question)
    assert isinstance(outcome, Declined), outcome
    assert outcome.kind is RefusalKind.NOT_YET
    assert outcome.reason.zh
    assert outcome.reason.en


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("删除所有订单", RefusalKind.UNSAFE),
        ("Delete all orders", RefusalKind.UNSAFE),
        ("drop table orders", RefusalKind.UNSAFE),
        ("把所有客户的等级改成金卡", RefusalKind.UNSAFE),
        ("清空客户表", RefusalKind.UNSAFE),
        ("update customers set level to gold", RefusalKind.UNSAFE),
        ("给我所有客户的手机号", RefusalKind.PRIVATE),
        ("Give me every customer's phone number", RefusalKind.PRIVATE),
        ("email addresses of all customers", RefusalKind.PRIVATE),
        ("上海高价值客户的邮箱", RefusalKind.PRIVATE),
        ("客户姓名", RefusalKind.PRIVATE),
        ("导出上海高价值客户的手机号", RefusalKind.PRIVATE),
        ("帮我写一首诗", RefusalKind.OUT_OF_SCOPE),
        ("Write me a poem", RefusalKind.OUT_OF_SCOPE),
        ("讲个笑话", RefusalKind.OUT_OF_SCOPE),
        ("", RefusalKind.EMPTY),
        ("   \n", RefusalKind.EMPTY),
        ("🙂🙂🙂", RefusalKind.EMPTY),
        ("\x00\x01\x02", RefusalKind.EMPTY),
        ("？？？", RefusalKind.EMPTY),
        ("客户" * 5000, RefusalKind.TOO_LONG),
        ("从2026年5月到2026年3月的销售额", RefusalKind.CONTRADICTION),
        ("9月31日的销售额", RefusalKind.CONTRADICTION),
    ],
)
def test_refuses_and_says_why(ask: Ask, question: str, kind: RefusalKind) -> None:
    outcome = ask(question)
    assert isinstance(outcome, Declined), outcome
    assert outcome.kind is kind
    assert outcome.reason.zh
    assert outcome.reason.en


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("上海客户的星座分布", ("星座",)),
        ("Star signs of Shanghai customers", ("Star signs",)),
        ("利润最高的品类", ("利润",)),
        ("喜欢听爵士乐的上海客户", ("听爵士乐",)),
        ("customers who like jazz music", ("like jazz music",)),
        ("上海客户的平均销售额", ("平均",)),
        ("上个月的客户", ("上个月",)),
        ("asdfgh", ("asdfgh",)),
        ("销售额超过", ("超过",)),
    ],
)
def test_names_the_words_that_nothing_explains(ask: Ask, question: str, words: tuple[str, ...]) -> None:
    outcome = ask(question)
    assert isinstance(outcome, NotUnderstood), outcome
    assert all(any(word in found or found in word for found in outcome.unexplained) for word in words)


def test_offers_what_is_nearest_to_something_that_is_not_defined(ask: Ask) -> None:
    outcome = ask("上海客户的星座分布")
    assert isinstance(outcome, NotUnderstood)
    assert "生日月" in {offer.zh for offer in outcome.offers}
    assert outcome.why.zh


def test_a_number_of_people_now_has_no_other_time(ask: Ask) -> None:
    assert isinstance(ask("上个月上海有多少客户"), NotUnderstood)


def test_does_not_choose_between_two_meanings_of_new_customers(ask: Ask) -> None:
    assert isinstance(ask("新客有多少"), (Ambiguous, Understood))


@pytest.mark.parametrize(
    "text", ["上海或" * 160, "买过运动鞋且" * 80, "(上海或" * 120, "不" * 500, "x" * 500, "(((上海))", '"""']
)
def test_gives_up_on_tangles_without_a_guess(ask: Ask, text: str) -> None:
    assert isinstance(ask(text), (NotUnderstood, Declined))


def test_does_not_read_only_and_not_both_as_less_than_they_say(ask: Ask, plan_of: PlanOf) -> None:
    assert isinstance(ask("只买过运动鞋的客户"), NotUnderstood)
    assert isinstance(ask("customers who only bought running shoes"), NotUnderstood)
    assert plan_of("同时买过运动鞋和箱包的客户") != plan_of("买过运动鞋或箱包的客户")
    assert isinstance(ask("早上下单的客户"), NotUnderstood)
    assert isinstance(ask("销售额对比"), NotUnderstood)
