"""Ready-made replies with the shape of real ones, for screens and tests without data. The numbers mean nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from assistant.answer import (
    Answer,
    Chip,
    ChipOption,
    Clarification,
    DefinitionUsed,
    FollowUp,
    Headline,
    Option,
    Refusal,
    Relaxation,
    Section,
    Timing,
    WaterfallStep,
)
from assistant.channels.workspace import ModelStatus
from assistant.interpreters.base import Note, NoteKind, RefusalKind
from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Sensitivity, Unit
from semantic_layer.query.plan import ChartKind, ListPeople, Plan
from semantic_layer.query.predicate import Among, And, Compare, Predicate
from semantic_layer.query.time import Calendar, Grain
from semantic_layer.query.types import Audience, ByField, Query
from semantic_layer.table import ResultColumn, Table
from tools.chart import choose_chart
from tools.profile import ProfileResult, ProfileRow

SHANGHAI: Final = Compare("customer.city", "=", "上海")
VALUABLE: Final = Compare("customer.high_value", "=", True)
AT_RISK: Final = Among("customer.churn_risk", ("high", "medium"))
HOSTILE: Final = "<script>window.injected = true</script><img src=x onerror='window.injected = true'>"
AS_OF: Final = date(2026, 10, 31)
TIMING: Final = Timing(interpret=4.0, compile=2.1, run=31.0, total=212.0)
BY_MODEL: Final = Text("模型理解（scripted-1）", "understood by a model (scripted-1)")
MODEL: Final = ModelStatus(mode="careful", ready=True, said=Text("模型：scripted-1", "Model: scripted-1"))
NO_MODEL: Final = ModelStatus(mode="offline", ready=False, said=Text("没有配置模型", "No model is configured"))

BY_REGION: Final = Query(metrics=("sales",), by=(ByField("store.region"),), time=Calendar(Grain.MONTH, -1))
SALES: Final = Plan(steps=(BY_REGION,))
NOBODY: Final = Plan(steps=(ListPeople(Audience(where=And((SHANGHAI, Compare("customer.age", ">", 120))))),))


def audience_plan(*conditions: Predicate) -> Plan:
    where: Predicate | None = conditions[0] if len(conditions) == 1 else And(conditions) if conditions else None
    return Plan(steps=(ListPeople(Audience(where=where)),))


def plan_in_words(plan: Plan, language: Language) -> str:
    """A few words that tell two plans of this file apart."""
    match plan.steps[0] if plan.steps else None:
        case ListPeople(audience=Audience(where=None)):
            return Text("全部客户", "All customers").in_(language)
        case ListPeople(audience=Audience(where=And(items=items))):
            return Text("，", ", ").in_(language).join(_condition(one) for one in items)
        case ListPeople(audience=Audience(where=Compare() as one)):
            return _condition(one)
        case _:
            return Text("按大区看销售额", "Sales by region").in_(language)


def _condition(one: Predicate) -> str:
    match one:
        case Compare(field=name, op=op, value=value):
            return f"{name} {op} {value}"
        case Among(field=name, values=values):
            return f"{name} = {', '.join(str(value) for value in values)}"
        case _:
            return str(one)


def _people(language: Language) -> Table:
    columns = (
        ResultColumn(
            name="name", label=Text("姓名", "Name"), role="key", sensitivity=Sensitivity.PERSONAL, masked=True
        ),
        ResultColumn(
            name="phone", label=Text("手机", "Phone"), role="attribute", sensitivity=Sensitivity.CONTACT, masked=True
        ),
        ResultColumn(name="city", label=Text("城市", "City"), role="attribute"),
        ResultColumn(name="level", label=Text("会员等级", "Member level"), role="attribute"),
        ResultColumn(name="spend", label=Text("近一年消费", "Spend, 12 months"), role="attribute", unit=Unit.CURRENCY),
        ResultColumn(name="last", label=Text("最近下单", "Last order"), role="attribute", unit=Unit.DATE),
    )
    levels = ("金卡", "黑金", "银卡") if language == "zh" else ("Gold", "Black", "Silver")
    surnames = "张王李赵陈杨周吴"
    rows = tuple(
        (
            f"{surnames[i % 8]}**",
            f"138****{1204 + 37 * i}",
            "上海",
            levels[i % 3],
            18250.5 - 611 * i,
            date(2026, 9 - i % 4, 3 + i),
        )
        for i in range(20)
    )
    return Table(columns, rows, total_rows=214)


def _profile() -> ProfileResult:
    shape = (
        ("level", Text("会员等级", "Member level"), (("黑金", "Black", 0.31, 0.08), ("金卡", "Gold", 0.42, 0.21),
         ("银卡", "Silver", 0.19, 0.33), ("普通", "Basic", 0.08, 0.38))),
        ("category", Text("品类偏好", "Favourite category"), (("运动鞋", "Running shoes", 0.34, 0.22),
         ("户外装备", "Outdoor gear", 0.21, 0.12), ("运动服", "Sportswear", 0.17, 0.19), ("瑜伽健身", "Yoga", 0.11, 0.14),
         ("家居", "Home", 0.09, 0.16), ("食品饮料", "Food and drink", 0.08, 0.17))),
    )  # fmt: skip
    rows = tuple(
        ProfileRow(
            field=name, field_label=label, value_label=Text(zh, en), count=round(214 * share), share=share,
            base_share=base, tgi=100 * share / base, significant=abs(share - base) > 0.04,
        )
        for name, label, values in shape
        for zh, en, share, base in values
    )  # fmt: skip
    return ProfileResult(
        size=214, base_size=20000, rows=rows,
        findings=(Text("黑金会员的占比是全部客户的 3.9 倍。", "Black members are 3.9 times as common as among all customers."),),
    )  # fmt: skip


def audience(identifier: str, question: str, language: Language) -> Answer:
    """People with every part an audience can have: chips, steps, profile, sample."""
    zh = language == "zh"
    plan = audience_plan(SHANGHAI, VALUABLE, AT_RISK)
    chips = (
        Chip(id="c1", kind="condition", label="城市：上海" if zh else "City: Shanghai", removed=audience_plan(VALUABLE, AT_RISK),
             options=tuple(ChipOption(label=name, plan=audience_plan(Compare("customer.city", "=", name), VALUABLE, AT_RISK))
                           for name in (("北京", "杭州") if zh else ("Beijing", "Hangzhou")))),
        Chip(id="c2", kind="condition", label="高价值客户" if zh else "High-value customers", removed=audience_plan(SHANGHAI, AT_RISK)),
        Chip(id="c3", kind="condition", label="流失风险：高、中" if zh else "Churn risk: high, medium", by_default=True,
             removed=audience_plan(SHANGHAI, VALUABLE),
             options=(ChipOption(label="流失风险：高" if zh else "Churn risk: high",
                                 plan=audience_plan(SHANGHAI, VALUABLE, Compare("customer.churn_risk", "=", "high"))),)),
    )  # fmt: skip
    steps = (
        ("全部客户", "All customers", 20000, audience_plan()),
        ("城市：上海", "City: Shanghai", 2310, audience_plan(SHANGHAI)),
        ("高价值客户", "High-value customers", 402, audience_plan(SHANGHAI, VALUABLE)),
        ("流失风险：高、中", "Churn risk: high, medium", 214, plan),
    )
    return Answer(
        id=identifier, question=question, language=language, plan=plan, chips=chips, as_of=AS_OF, timing=TIMING,
        text="上海有流失风险的高价值客户共 214 人，占上海高价值客户的 53.2%。" if zh
        else "214 high-value customers in Shanghai are at churn risk, 53.2% of the high-value customers there.",
        headline=Headline(value="214", exact="214", label="人" if zh else "people", change="比上月 +18" if zh else "+18 on last month", good=False),
        notes=(Note(kind=NoteKind.DEFAULT, words="流失风险" if zh else "churn risk", meaning=Text("流失风险为高或中", "churn risk high or medium")),),
        waterfall=tuple(WaterfallStep(label=a if zh else b, count=n, plan=p) for a, b, n, p in steps),
        profile=_profile(), people=_people(language), definitions=_definitions(language),
        sql=('SELECT COUNT(*) AS "customers"\nFROM "customer"\nWHERE "city" = \'上海\' AND "high_value" AND "churn_risk" IN (\'high\', \'medium\')',),
        follow_ups=(
            FollowUp(label="按会员等级拆开" if zh else "Split by member level", plan=SALES),
            FollowUp(label="只看流失风险高的" if zh else "Only those at high risk", plan=audience_plan(SHANGHAI, VALUABLE)),
        ),
    )  # fmt: skip


def _definitions(language: Language) -> tuple[DefinitionUsed, ...]:
    zh = language == "zh"
    return (
        DefinitionUsed(name="customer.high_value", kind="tag", label="高价值客户" if zh else "High-value customers",
                       meaning="近 12 个月消费前 20%，且至少 2 单。" if zh else "Top 20 % by spend in 12 months, with at least 2 orders.",
                       owner="会员运营" if zh else "CRM team", version=3, freshness="2026-10-31"),
        DefinitionUsed(name="customer.churn_risk", kind="tag", label="流失风险" if zh else "Churn risk",
                       meaning="距最近下单的天数，对照本人的购买间隔。" if zh else "Days since the last order against the customer's own rhythm.",
                       owner="数据组" if zh else "Data team", version=1, freshness="2026-10-31"),
    )  # fmt: skip


def sales(identifier: str, question: str, language: Language, kind: ChartKind | None = None) -> Answer:
    """Numbers by region, with a picture; one region's name is markup that must stay text."""
    zh = language == "zh"
    regions = (
        ("华东", 4_211_000.5, 3_902_112.0),
        ("华南", 2_876_004.0, 2_950_331.0),
        ("华北", 1_904_231.0, 1_811_000.0),
        (HOSTILE, 12.5, None),
    )
    columns = (
        ResultColumn(name="region", label=Text("大区", "Region"), role="group"),
        ResultColumn(name="sales", label=Text("销售额", "Sales"), role="metric", unit=Unit.CURRENCY),
        ResultColumn(name="before", label=Text("去年同期", "A year before"), role="previous", unit=Unit.CURRENCY),
        ResultColumn(name="rate", label=Text("同比", "Change"), role="change_rate", unit=Unit.PERCENT),
    )
    rows = tuple((name, now, old, now / old - 1 if old else None) for name, now, old in regions)
    table = Table(columns, rows)
    label = "销售额" if zh else "Sales"
    return Answer(
        id=identifier, question=question, language=language, plan=replace(SALES, chart=kind), as_of=AS_OF, timing=TIMING,
        text="2026 年 9 月销售额 899.1 万元，比去年同期增长 3.8%。" if zh else "Sales in September 2026 were ¥9.0M, up 3.8% on a year before.",
        headline=Headline(value="¥899.1万" if zh else "¥9.0M", exact="¥8,991,248.00", label=label, change="+3.8% 同比" if zh else "+3.8% on a year before", good=True),
        notes=(Note(kind=NoteKind.UNUSED, words="大概" if zh else "roughly"),
               Note(kind=NoteKind.UNDERSTOOD_AS, words="销售鹅" if zh else "saels", meaning=Text("销售额", "sales"))),
        chips=(Chip(id="m", kind="metric", label=label), Chip(id="g", kind="group", label="按大区" if zh else "by region", removed=SALES),
               Chip(id="t", kind="time", label="2026 年 9 月" if zh else "September 2026",
                    options=(ChipOption(label="2026 年 8 月" if zh else "August 2026", plan=SALES),))),
        table=table,
        chart=choose_chart(table, BY_REGION, language, kind, subtitle=f"{label} · 2026-09"),
        sql=('SELECT "region", SUM("amount") AS "sales"\nFROM "order"\nGROUP BY "region"',),
        follow_ups=(FollowUp(label="换成按渠道看" if zh else "By channel instead", plan=SALES),),
    )  # fmt: skip


def nobody(identifier: str, question: str, language: Language) -> Answer:
    """An audience without people: which condition empties it, and what would leave somebody."""
    zh = language == "zh"
    return Answer(
        id=identifier, question=question, language=language, plan=NOBODY, as_of=AS_OF, timing=TIMING,
        text="没有符合全部条件的客户。" if zh else "No customer meets all conditions.",
        headline=Headline(value="0", exact="0", label="人" if zh else "people"),
        chips=(Chip(id="c1", kind="condition", label="城市：上海" if zh else "City: Shanghai", removed=NOBODY),),
        waterfall=(WaterfallStep(label="全部客户" if zh else "All customers", count=20000, plan=audience_plan()),
                   WaterfallStep(label="年龄 > 120" if zh else "Age > 120", count=0, plan=NOBODY)),
        emptied_by="年龄 > 120" if zh else "Age > 120",
        relaxations=(Relaxation(label="年龄 > 60" if zh else "Age > 60", count=311, plan=audience_plan(SHANGHAI)),),
    )  # fmt: skip


def clarification(identifier: str, question: str, language: Language) -> Clarification:
    zh = language == "zh"
    return Clarification(
        id=identifier, asked=question, language=language, timing=TIMING,
        question="「单价」指哪一个？" if zh else "Which price is meant?",
        options=(
            Option(label="客单价 > 500" if zh else "Average order value > 500", count="1,204 人" if zh else "1,204 people", plan=audience_plan(VALUABLE)),
            Option(label="件单价 > 500" if zh else "Price per item > 500", count="388 人" if zh else "388 people", plan=audience_plan(SHANGHAI, VALUABLE)),
        ),
    )  # fmt: skip


def refusal(identifier: str, question: str, language: Language) -> Refusal:
    zh = language == "zh"
    return Refusal(
        id=identifier, asked=question, language=language, kind=RefusalKind.OUT_OF_SCOPE, timing=TIMING,
        reason="这里只能回答关于客户、订单和活动的问题。" if zh else "Only questions about customers, orders and campaigns can be answered here.",
        suggestions=("上个月各大区销售额" if zh else "Sales by region last month",),
    )  # fmt: skip


def card(name: str, language: Language) -> Section:
    zh = language == "zh"
    return Section(
        title=name,
        lines=(("含义" if zh else "Meaning", "近 12 个月消费前 20%，且至少 2 单。" if zh else "Top 20 % by spend in 12 months, at least 2 orders."),
               ("负责人" if zh else "Owner", "会员运营" if zh else "CRM team"), ("版本" if zh else "Version", "3"),
               ("更新" if zh else "Freshness", "2026-10-31")),
        code='SELECT "spend" FROM "customer"',
    )  # fmt: skip
