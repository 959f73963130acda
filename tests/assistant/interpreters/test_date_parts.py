"""Parts of the week and of the day: found as what they are, in the plan whenever they are said, and said back in words.

The retail example has a field for the weekday of an order (周末 is one of its groups), and none for the hour; its app
events have times of day with names of their own (早晨, evening). "Today" is 2026-10-31.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from assistant.interpreters.base import Context, Declined, NotUnderstood, Understood
from assistant.interpreters.grammar.interpreter import GrammarInterpreter
from assistant.interpreters.grammar.normalise import normalise
from assistant.interpreters.grammar.times import MomentFinder
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import Text
from semantic_layer.model.grain import DatePart, Grain, OwnPeriod, TimeSpine
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import Among, And, Compare, Did, HasMetric, Moment, Not, Or, Predicate
from semantic_layer.query.time import Calendar, Comparison, Span
from semantic_layer.query.types import Audience, ByField, ByTime, Order, Query
from semantic_layer.restate.conditions import ConditionLabels
from semantic_layer.restate.spoken import restate
from semantic_layer.vocabulary import Vocabulary
from tests.assistant.interpreters.conftest import Ask, PlanOf

SPINE = TimeSpine(
    table="days",
    column="day",
    grain=Grain.DAY,
    periods=(OwnPeriod(name="season", column="season", label=Text("季节", "season"), synonyms=("时令",)),),
)
FINDER = MomentFinder((SPINE,))
TODAY = date(2026, 10, 31)
SEPTEMBER = Calendar(Grain.MONTH, -1)


def day(op: str, value: int, field: str | None = None) -> Moment:
    return Moment(part=DatePart.DAY_OF_WEEK, op=op, value=value, field=field)  # type: ignore[arg-type]


def hour(op: str, value: int, field: str | None = None) -> Moment:
    return Moment(part=DatePart.HOUR, op=op, value=value, field=field)  # type: ignore[arg-type]


def hours(low: int, high: int) -> And:
    return And((hour(">=", low), hour("<=", high)))


# ---- finding


@pytest.mark.parametrize(
    ("phrase", "where"),
    [
        ("周末", day(">=", 6)),
        ("双休日", day(">=", 6)),
        ("周六周日", day(">=", 6)),
        ("周六和周日", day(">=", 6)),
        ("weekends", day(">=", 6)),
        ("Saturdays and Sundays", day(">=", 6)),
        ("工作日", day("<=", 5)),
        ("working days", day("<=", 5)),
        ("周一到周五", day("<=", 5)),
        ("星期一至星期五", day("<=", 5)),
        ("周一至五", day("<=", 5)),
        ("Monday to Friday", day("<=", 5)),
        ("from Monday through Friday", day("<=", 5)),
        ("周二到周四", And((day(">=", 2), day("<=", 4)))),
        ("周五到周一", Or((day(">=", 5), day("<=", 1)))),
        ("每周五", day("=", 5)),
        ("每个星期天", day("=", 7)),
        ("逢周三", day("=", 3)),
        ("every Monday", day("=", 1)),
        ("on Fridays", day("=", 5)),
        ("晚上8点以后", hour(">=", 20)),
        ("晚上八点之后", hour(">=", 20)),
        ("20点以后", hour(">=", 20)),
        ("20:00以后", hour(">=", 20)),
        ("after 8pm", hour(">=", 20)),
        ("after 8 p.m.", hour(">=", 20)),
        ("after 20:00", hour(">=", 20)),
        ("早上9点以前", hour("<=", 8)),
        ("before 9am", hour("<=", 8)),
        ("before 9:00", hour("<=", 8)),
        ("9点到18点", hours(9, 17)),
        ("上午9点到下午6点", hours(9, 17)),
        ("晚上8点到10点", hours(20, 21)),
        ("晚上8到10点", hours(20, 21)),
        ("between 9am and 5pm", hours(9, 16)),
        ("from 9:00 to 17:00", hours(9, 16)),
        ("1 to 5 pm", hours(13, 16)),
        ("晚上10点到凌晨2点", Or((hour(">=", 22), hour("<=", 1)))),
        ("10pm to 2am", Or((hour(">=", 22), hour("<=", 1)))),
        ("晚上8点到12点", hour(">=", 20)),
        ("中午12点到下午2点", hours(12, 13)),
        ("下午3点", hour("=", 15)),
        ("at noon", hour("=", 12)),
        ("上午", hours(6, 11)),
        ("凌晨", hour("<=", 5)),
        ("in the afternoon", hours(12, 17)),
    ],
)
def test_finds_a_part_of_the_week_or_the_day(phrase: str, where: Predicate) -> None:
    text = normalise(phrase).text
    (mention,) = FINDER.find(text)
    assert mention.where == where
    assert (mention.start, mention.end) == (0, len(text))


@pytest.mark.parametrize(
    ("phrase", "group"),
    [
        ("按小时", ByTime(Grain.DAY, part=DatePart.HOUR)),
        ("每小时", ByTime(Grain.DAY, part=DatePart.HOUR)),
        ("分时段", ByTime(Grain.DAY, part=DatePart.HOUR)),
        ("by hour", ByTime(Grain.DAY, part=DatePart.HOUR)),
        ("by hour of the day", ByTime(Grain.DAY, part=DatePart.HOUR)),
        ("每个星期几", ByTime(Grain.DAY, part=DatePart.DAY_OF_WEEK)),
        ("by weekday", ByTime(Grain.DAY, part=DatePart.DAY_OF_WEEK)),
        ("by month of the year", ByTime(Grain.DAY, part=DatePart.MONTH)),
        ("按季节", ByTime(Grain.DAY, own="season")),
        ("各时令", ByTime(Grain.DAY, own="season")),
        ("by season", ByTime(Grain.DAY, own="season")),
        ("per season", ByTime(Grain.DAY, own="season")),
    ],
)
def test_finds_a_grouping(phrase: str, group: ByTime) -> None:
    (mention,) = FINDER.find(phrase)
    assert (mention.group, mention.start, mention.end) == (group, 0, len(phrase))


@pytest.mark.parametrize(
    "text",
    [
        "上周末的订单",
        "last weekend",
        "最近24小时",
        "last 24 hours",
        "复购率提升5点",
        "满意度4.5点",
        "满意度增长两个百分点",
        "after 8 orders",
        "between 300 and 800",
        "from 18 to 30",
        "at 5 shops",
        "over 2000 orders",
        "2026-10-01到2026-10-05",
        "30天以后",
        "上周三",
        "下午茶",
    ],
)
def test_finds_none_where_there_is_none(text: str) -> None:
    if text == "下午茶":
        assert all(mention.vague for mention in FINDER.find(text))
        return
    assert FINDER.find(normalise(text).text) == ()


@pytest.mark.parametrize("phrase", ["20:30以后", "晚上8点半以后", "after 8:30pm", "between 9:15 and 17:00"])
def test_minutes_are_refused_with_the_whole_hour(phrase: str) -> None:
    (mention,) = FINDER.find(normalise(phrase).text)
    assert mention.error is not None
    assert "整点" in mention.error.zh
    assert "whole hours" in mention.error.en


# ---- in the plan


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("晚上8点以后的订单数", Query(metrics=("orders",), where=hour(">=", 20))),
        ("orders after 8pm", Query(metrics=("orders",), where=hour(">=", 20))),
        ("上午的订单数", Query(metrics=("orders",), where=hours(6, 11))),
        ("每周五的订单数", Query(metrics=("orders",), where=day("=", 5))),
        ("周一到周五的销售额", Query(metrics=("sales",), where=day("<=", 5))),
        ("Monday to Friday sales", Query(metrics=("sales",), where=day("<=", 5))),
        ("按小时看订单数", Query(metrics=("orders",), by=(ByTime(Grain.DAY, part=DatePart.HOUR),))),
        (
            "sales by hour last month",
            Query(metrics=("sales",), by=(ByTime(Grain.DAY, part=DatePart.HOUR),), time=SEPTEMBER),
        ),
        (
            "哪个小时订单数最多",
            Query(
                metrics=("orders",),
                by=(ByTime(Grain.DAY, part=DatePart.HOUR),),
                order=(Order("orders"),),
                limit=1,
            ),
        ),
        ("which hour has the most orders",
            Query(
                metrics=("orders",),
                by=(ByTime(Grain.DAY, part=DatePart.HOUR),),
                order=(Order("orders"),),
                limit=1,
            ),
        ),
        ("周末的订单数", Query(metrics=("orders",), where=Among("order.weekday", (6, 7), "weekend"))),
        (
            "周末晚上8点以后的订单数",
            Query(metrics=("orders",), where=And((Among("order.weekday", (6, 7), "weekend"), hour(">=", 20)))),
        ),
        ("按星期几看销售额", Query(metrics=("sales",), by=(ByField("order.weekday"),))),
        ("下单时间在周末的订单数", Query(metrics=("orders",), where=day(">=", 6, "order.ordered_at"))),
        (
            "上个月周五的销售额",
            Query(
                metrics=("sales",), where=day("=", 5), time=SEPTEMBER, compare_to=(Comparison.PERIOD_BEFORE,)
            ),
        ),
    ],
)  # fmt: skip
def test_is_in_the_query(plan_of: PlanOf, question: str, query: Query) -> None:
    assert plan_of(question) == Plan((query,))


@pytest.mark.parametrize(
    ("question", "where"),
    [
        (
            "晚上8点以后下单的客户",
            Did(entity="order", where=hour(">=", 20, "order.ordered_at")),
        ),
        ("customers who ordered after 8pm", Did(entity="order", where=hour(">=", 20, "order.ordered_at"))),
        (
            "没有在晚上8点以后下单的客户",
            Not(Did(entity="order", where=hour(">=", 20, "order.ordered_at"))),
        ),
        (
            "周末浏览过的客户",  # the field for weekends is one of orders: here it is the time of the event
            Did(
                entity="event",
                where=And((Compare("event.event_type", "=", "view"), day(">=", 6, "event.occurred_at"))),
            ),
        ),
        (
            "晚上8点以后消费超过1000的客户",
            HasMetric(metric="sales", op=">", value=1000.0, where=hour(">=", 20)),
        ),
    ],
)
def test_is_in_what_people_did(plan_of: PlanOf, question: str, where: Predicate) -> None:
    assert plan_of(question) == Plan((ListPeople(audience=Audience(where=where)),))


@pytest.mark.parametrize(
    "question",
    [
        "周末和工作日的销售额对比",
        "上个月周末和工作日的销售额对比",
        "周末和周一到周五的销售额",
        "晚上8点以后的高价值客户",
        "customers on weekends in Shanghai at 8pm",
    ],
)
def test_what_cannot_be_placed_is_asked_about_and_never_dropped(ask: Ask, question: str) -> None:
    assert not isinstance(ask(question), Understood)


@pytest.mark.parametrize(
    ("question", "by", "limit"),
    [
        ("按季节看订单数", (ByTime(Grain.DAY, own="season"),), None),
        ("number of orders by season", (ByTime(Grain.DAY, own="season"),), None),
        ("各时令的订单数", (ByTime(Grain.DAY, own="season"),), None),
        ("哪个季节订单数最多", (ByTime(Grain.DAY, own="season"),), 1),
        ("which season has the most orders", (ByTime(Grain.DAY, own="season"),), 1),
    ],
)
def test_a_company_s_own_periods_are_groupings(
    retail_index: ModelIndex, question: str, by: tuple[ByTime, ...], limit: int | None
) -> None:
    model = replace(retail_index.model, time_spines=(SPINE,))
    index, calendar = ModelIndex(model), CompanyCalendar(model.conventions, model.festivals, TODAY)
    outcome = GrammarInterpreter(Vocabulary.build(index, {}), index, calendar).interpret(question, Context())
    assert isinstance(outcome, Understood)
    order = () if limit is None else (Order("orders"),)
    expected = Plan((Query(metrics=("orders",), by=by, order=order, limit=limit),))
    assert outcome.reading.plan == expected
    for language in ("zh", "en"):
        said = restate(expected, index, calendar, "zh" if language == "zh" else "en").text
        assert ("季节" if language == "zh" else "season") in said


def test_one_day_of_the_week_alone_is_the_latest_such_day(plan_of: PlanOf) -> None:
    (query,) = plan_of("周五的销售额").steps
    assert isinstance(query, Query)
    assert isinstance(query.time, Span)
    assert str(query.time.start) == str(query.time.end) == "2026-10-30"


def test_a_company_s_own_time_of_day_is_not_replaced_by_ours(ask: Ask) -> None:
    """早晨 of the app events is 5 to 9 by definition; orders have no such field, so the word stays unexplained."""
    outcome = ask("orders in the morning")
    assert isinstance(outcome, NotUnderstood)
    assert outcome.unexplained == ("morning",)


def test_minutes_are_declined_with_the_reason(ask: Ask) -> None:
    outcome = ask("20:30以后的订单数")
    assert isinstance(outcome, Declined)
    assert "整点" in outcome.reason.zh


def test_the_last_24_hours_are_declined_with_the_nearest_day(ask: Ask) -> None:
    outcome = ask("sales in the last 24 hours")
    assert isinstance(outcome, Declined)
    assert "today" in outcome.reason.en


# ---- in words


@pytest.mark.parametrize(
    ("where", "zh", "en"),
    [
        (day(">=", 6), "时间在周末", "on weekends"),
        (day(">=", 6, "order.ordered_at"), "下单时间在周末", "order time on weekends"),
        (day("=", 5), "时间在每周五", "on Fridays"),
        (day("<=", 5), "时间在每周一到周五", "on Mondays to Fridays"),
        (hour(">=", 20), "时间在20 点以后", "after 20:00"),
        (hour("<", 9), "时间在9 点以前", "before 9:00"),
        (hour("=", 8), "时间在8 点到 9 点", "between 8:00 and 9:00"),
        (And((hour(">=", 9), hour("<", 18))), "时间在9 点到 18 点", "between 9:00 and 18:00"),
        (hour("!=", 8), "一天中的小时 ≠ 8", "hour of the day ≠ 8"),
        (
            Moment(part=DatePart.MONTH, op="=", value=12, field="order.ordered_at"),
            "下单时间的一年中的月份 = 12",
            "month of the year of order time = 12",
        ),
        (
            Moment(grain=Grain.MONTH, op=">=", value="2026-09-01", field="order.ordered_at"),
            "下单时间的月份 ≥ 2026-09-01",
            "month of order time ≥ 2026-09-01",
        ),
        (
            Moment(op=">", value="2026-09-01", field="order.ordered_at"),
            "下单时间 > 2026-09-01",
            "order time > 2026-09-01",
        ),
    ],
)
def test_is_called_in_both_languages(retail_index: ModelIndex, where: Predicate, zh: str, en: str) -> None:
    assert ConditionLabels(retail_index, (), "zh").say(where) == zh
    assert ConditionLabels(retail_index, (), "en").say(where) == en


@pytest.mark.parametrize(
    "query",
    [
        Query(metrics=("orders",), where=day("=", 5)),
        Query(metrics=("orders",), where=day("<=", 5)),
        Query(metrics=("orders",), where=hour(">=", 20)),
        Query(metrics=("orders",), where=hour("<=", 8)),
        Query(metrics=("orders",), where=day(">=", 6, "order.ordered_at")),
        Query(metrics=("orders",), where=hour(">=", 20, "order.ordered_at")),
        Query(metrics=("orders",), by=(ByTime(Grain.DAY, part=DatePart.HOUR),)),
        Query(metrics=("orders",), by=(ByTime(Grain.DAY, part=DatePart.MONTH),)),
        Query(metrics=("orders",), by=(ByTime(Grain.HOUR),)),
        Query(
            metrics=("orders",), time=Calendar(Grain.MONTH, -1), compare_to=(Comparison.YEAR_BEFORE_WEEKDAY,)
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_restatement_reads_back_as_the_same_query(
    plan_of: PlanOf, retail_index: ModelIndex, query: Query, language: str
) -> None:
    model = retail_index.model
    calendar = CompanyCalendar(model.conventions, model.festivals, TODAY)
    said = restate(Plan((query,)), retail_index, calendar, "zh" if language == "zh" else "en").text
    assert plan_of(said) == Plan((query,)), said
