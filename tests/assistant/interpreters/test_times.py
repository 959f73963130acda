"""Times as people write them, on 31 October 2026: the days by hand, in both languages."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.interpreters.grammar.normalise import normalise
from assistant.interpreters.grammar.times import TimeFinder, TimeMention
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import Text
from semantic_layer.model.grain import DATE_GRAINS
from semantic_layer.model.types import Conventions, Festival, Words
from semantic_layer.query.time import (
    Across,
    Against,
    Calendar,
    Comparison,
    Grain,
    Holiday,
    Rolling,
    Span,
    TimeRange,
)

D, W, M, Q, Y = Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR
PERIOD, YEAR = Comparison.PERIOD_BEFORE, Comparison.YEAR_BEFORE


def festival(
    name: str, zh: str, en: str, synonyms: tuple[str, ...], spans: dict[str, str], days: tuple[str, ...]
) -> Festival:
    return Festival(
        name=name, words=Words(label=Text(zh, en), synonyms=synonyms), spans=tuple(spans.items()), days=days
    )


FESTIVALS = (
    festival(
        "double_11",
        "双11",
        "Double 11",
        ("双十一", "Singles' Day", "Double Eleven"),
        {"2024-11-01": "2024-11-11", "2025-11-01": "2025-11-11"},
        ("2024-11-11", "2025-11-11"),
    ),
    festival(
        "618",
        "618",
        "618",
        ("618大促",),
        {"2025-06-01": "2025-06-18", "2026-06-01": "2026-06-18"},
        ("2025-06-18", "2026-06-18"),
    ),
    festival(
        "spring_festival",
        "春节",
        "Spring Festival",
        ("过年", "Chinese New Year"),
        {"2025-01-28": "2025-02-04", "2026-02-15": "2026-02-23"},
        ("2025-01-29", "2026-02-17"),
    ),
    festival(
        "national_day",
        "国庆",
        "National Day",
        ("国庆节", "十一"),
        {"2025-10-01": "2025-10-08", "2026-10-01": "2026-10-07"},
        ("2025-10-01", "2026-10-01"),
    ),
)
CALENDAR = CompanyCalendar(Conventions(), FESTIVALS, date(2026, 10, 31))
FINDER = TimeFinder(CALENDAR)


def found(text: str) -> tuple[TimeMention, ...]:
    return FINDER.find(normalise(text).text)


def days(mention: TimeMention) -> str:
    assert mention.time is not None, mention
    span = CALENDAR.resolve(mention.time)
    start = "" if span.open_start else span.start.isoformat()
    return f"{start}..{span.end.isoformat()}"


ZH = {
    "今天": "2026-10-31..2026-10-31",
    "今日": "2026-10-31..2026-10-31",
    "昨天": "2026-10-30..2026-10-30",
    "前天": "2026-10-29..2026-10-29",
    "大前天": "2026-10-28..2026-10-28",
    "本周": "2026-10-26..2026-10-31",
    "这周": "2026-10-26..2026-10-31",
    "这个星期": "2026-10-26..2026-10-31",
    "上周": "2026-10-19..2026-10-25",
    "上个星期": "2026-10-19..2026-10-25",
    "上上周": "2026-10-12..2026-10-18",
    "上周三": "2026-10-21..2026-10-21",
    "周五": "2026-10-30..2026-10-30",
    "本月": "2026-10-01..2026-10-31",
    "这个月": "2026-10-01..2026-10-31",
    "上月": "2026-09-01..2026-09-30",
    "上个月": "2026-09-01..2026-09-30",
    "上上个月": "2026-08-01..2026-08-31",
    "本季度": "2026-10-01..2026-10-31",
    "上季度": "2026-07-01..2026-09-30",
    "上个季度": "2026-07-01..2026-09-30",
    "今年": "2026-01-01..2026-10-31",
    "本年": "2026-01-01..2026-10-31",
    "去年": "2025-01-01..2025-12-31",
    "去年全年": "2025-01-01..2025-12-31",
    "前年": "2024-01-01..2024-12-31",
    "今年以来": "2026-01-01..2026-10-31",
    "年初至今": "2026-01-01..2026-10-31",
    "本月至今": "2026-10-01..2026-10-31",
    "本季度至今": "2026-10-01..2026-10-31",
    "2026年": "2026-01-01..2026-10-31",
    "2025年": "2025-01-01..2025-12-31",
    "二〇二五年": "2025-01-01..2025-12-31",
    "二零二五年三月": "2025-03-01..2025-03-31",
    "2026年9月": "2026-09-01..2026-09-30",
    "2026年9月份": "2026-09-01..2026-09-30",
    "2026-09": "2026-09-01..2026-09-30",
    "24年9月": "2024-09-01..2024-09-30",
    "9月": "2026-09-01..2026-09-30",
    "九月": "2026-09-01..2026-09-30",
    "9月份": "2026-09-01..2026-09-30",
    "九月里": "2026-09-01..2026-09-30",
    "１０月": "2026-10-01..2026-10-31",
    "十一月": "2025-11-01..2025-11-30",
    "十二月": "2025-12-01..2025-12-31",
    "去年9月": "2025-09-01..2025-09-30",
    "去年的9月": "2025-09-01..2025-09-30",
    "今年三月": "2026-03-01..2026-03-31",
    "9月1日": "2026-09-01..2026-09-01",
    "九月一号": "2026-09-01..2026-09-01",
    "12月25日": "2025-12-25..2025-12-25",
    "2026年9月1日": "2026-09-01..2026-09-01",
    "2026-09-01": "2026-09-01..2026-09-01",
    "2026/9/1": "2026-09-01..2026-09-01",
    "2026.9.1": "2026-09-01..2026-09-01",
    "20260901": "2026-09-01..2026-09-01",
    "上个月15日": "2026-09-15..2026-09-15",
    "9.1到9.30": "2026-09-01..2026-09-30",
    "6.1-6.18": "2026-06-01..2026-06-18",
    "9月1日到15日": "2026-09-01..2026-09-15",
    "9月1日至10月15日": "2026-09-01..2026-10-15",
    "从9月1日到10月15日": "2026-09-01..2026-10-15",
    "2026年9月1日至15日": "2026-09-01..2026-09-15",
    "在9月1日和9月15日之间": "2026-09-01..2026-09-15",
    "上个月1日到15日": "2026-09-01..2026-09-15",
    "2026-09-01到2026-09-15": "2026-09-01..2026-09-15",
    "2026年Q3": "2026-07-01..2026-09-30",
    "2024年Q3": "2024-07-01..2024-09-30",
    "2025Q4": "2025-10-01..2025-12-31",
    "2025-Q4": "2025-10-01..2025-12-31",
    "25Q4": "2025-10-01..2025-12-31",
    "2024年第三季度": "2024-07-01..2024-09-30",
    "三季度": "2026-07-01..2026-09-30",
    "第三季度": "2026-07-01..2026-09-30",
    "Q3": "2026-07-01..2026-09-30",
    "四季度": "2026-10-01..2026-10-31",
    "去年Q4": "2025-10-01..2025-12-31",
    "去年四季度": "2025-10-01..2025-12-31",
    "2025年Q1到Q3": "2025-01-01..2025-09-30",
    "今年前三季度": "2026-01-01..2026-09-30",
    "前三季度": "2026-01-01..2026-09-30",
    "去年前三个月": "2025-01-01..2025-03-31",
    "上半年": "2026-01-01..2026-06-30",
    "下半年": "2026-07-01..2026-10-31",
    "去年下半年": "2025-07-01..2025-12-31",
    "2025年上半年": "2025-01-01..2025-06-30",
    "上旬": "2026-10-01..2026-10-10",
    "9月中旬": "2026-09-11..2026-09-20",
    "上个月下旬": "2026-09-21..2026-09-30",
    "2026年2月下旬": "2026-02-21..2026-02-28",
    "最近三个月": "2026-08-01..2026-10-31",
    "最近3个月": "2026-08-01..2026-10-31",
    "近三个月": "2026-08-01..2026-10-31",
    "近30天": "2026-10-02..2026-10-31",
    "近30日": "2026-10-02..2026-10-31",
    "过去30天内": "2026-10-02..2026-10-31",
    "过去半年": "2026-05-01..2026-10-31",
    "最近半年": "2026-05-01..2026-10-31",
    "最近一周": "2026-10-25..2026-10-31",
    "最近两周": "2026-10-18..2026-10-31",
    "近一年": "2025-11-01..2026-10-31",
    "近12个月": "2025-11-01..2026-10-31",
    "近两年": "2024-11-01..2026-10-31",
    "近三年来": "2023-11-01..2026-10-31",
    "近三季度": "2026-02-01..2026-10-31",
    "最近半个月": "2026-10-17..2026-10-31",
    "三月到五月": "2026-03-01..2026-05-31",
    "9月1-15日": "2026-09-01..2026-09-15",
    "2025年3-5月": "2025-03-01..2025-05-31",
    "3-5月": "2026-03-01..2026-05-31",
    "3月至5月": "2026-03-01..2026-05-31",
    "3月和5月之间": "2026-03-01..2026-05-31",
    "11月到2月": "2025-11-01..2026-02-28",
    "2025年11月到2月": "2025-11-01..2026-02-28",
    "2025年11月到2026年2月": "2025-11-01..2026-02-28",
    "2024到2025年": "2024-01-01..2025-12-31",
    "从去年国庆到今年春节": "2025-10-01..2026-02-23",
    "去年双11到今年618": "2025-11-01..2026-06-18",
    "双11": "2025-11-01..2025-11-11",
    "双十一": "2025-11-01..2025-11-11",
    "去年双11期间": "2025-11-01..2025-11-11",
    "2024年双11": "2024-11-01..2024-11-11",
    "双11当天": "2025-11-11..2025-11-11",
    "去年双11当天": "2025-11-11..2025-11-11",
    "618": "2026-06-01..2026-06-18",
    "今年618": "2026-06-01..2026-06-18",
    "去年618": "2025-06-01..2025-06-18",
    "今年的618大促": "2026-06-01..2026-06-18",
    "春节期间": "2026-02-15..2026-02-23",
    "去年春节": "2025-01-28..2025-02-04",
    "国庆": "2026-10-01..2026-10-07",
    "国庆假期": "2026-10-01..2026-10-07",
    "十一期间": "2026-10-01..2026-10-07",
    "双11之后30天": "2025-11-12..2025-12-11",
    "国庆之后": "2026-10-08..2026-10-31",
    "国庆之前": "..2026-09-30",
    "双11前一周": "2025-10-25..2025-10-31",
    "本月前10天": "2026-10-01..2026-10-10",
    "9月后5天": "2026-09-26..2026-09-30",
    "不早于9月1日": "2026-09-01..2026-10-31",
    "早于2026年6月": "..2026-05-31",
    "截至目前": "..2026-10-31",
    "截至昨天": "..2026-10-30",
    "2026年1-9月": "2026-01-01..2026-09-30",
    "7月以来": "2026-07-01..2026-10-31",
    "9月1日起": "2026-09-01..2026-10-31",
    "从7月到现在": "2026-07-01..2026-10-31",
    "9月1日或之后": "2026-09-01..2026-10-31",
    "9月1日及以前": "..2026-09-01",
    "2026年之前": "..2025-12-31",
    "2018年以前": "..2017-12-31",
    "截至9月底": "..2026-09-30",
    "上個月": "2026-09-01..2026-09-30",
    "最近三個月": "2026-08-01..2026-10-31",
}

EN = {
    "today": "2026-10-31..2026-10-31",
    "yesterday": "2026-10-30..2026-10-30",
    "the day before yesterday": "2026-10-29..2026-10-29",
    "this week": "2026-10-26..2026-10-31",
    "last week": "2026-10-19..2026-10-25",
    "the week before last": "2026-10-12..2026-10-18",
    "last Monday": "2026-10-19..2026-10-19",
    "this month": "2026-10-01..2026-10-31",
    "last month": "2026-09-01..2026-09-30",
    "Last Month's": "2026-09-01..2026-09-30",
    "the previous month": "2026-09-01..2026-09-30",
    "the month before last": "2026-08-01..2026-08-31",
    "this quarter": "2026-10-01..2026-10-31",
    "previous quarter": "2026-07-01..2026-09-30",
    "last quarter": "2026-07-01..2026-09-30",
    "this year": "2026-01-01..2026-10-31",
    "last year": "2025-01-01..2025-12-31",
    "the year before last": "2024-01-01..2024-12-31",
    "year to date": "2026-01-01..2026-10-31",
    "YTD": "2026-01-01..2026-10-31",
    "so far this year": "2026-01-01..2026-10-31",
    "month to date": "2026-10-01..2026-10-31",
    "MTD": "2026-10-01..2026-10-31",
    "last 30 days": "2026-10-02..2026-10-31",
    "in the last 30 days": "2026-10-02..2026-10-31",
    "over the last 3 months": "2026-08-01..2026-10-31",
    "the past three months": "2026-08-01..2026-10-31",
    "past six months": "2026-05-01..2026-10-31",
    "the last half year": "2026-05-01..2026-10-31",
    "last 12 months": "2025-11-01..2026-10-31",
    "last twelve months": "2025-11-01..2026-10-31",
    "trailing 4 quarters": "2025-11-01..2026-10-31",
    "the past year": "2025-11-01..2026-10-31",
    "past month": "2026-10-01..2026-10-31",
    "past two weeks": "2026-10-18..2026-10-31",
    "previous 7 days": "2026-10-25..2026-10-31",
    "in September": "2026-09-01..2026-09-30",
    "September": "2026-09-01..2026-09-30",
    "September 2026": "2026-09-01..2026-09-30",
    "Sep 2026": "2026-09-01..2026-09-30",
    "Sept. 2025": "2025-09-01..2025-09-30",
    "in May": "2026-05-01..2026-05-31",
    "May 2025": "2025-05-01..2025-05-31",
    "september of last year": "2025-09-01..2025-09-30",
    "last year in September": "2025-09-01..2025-09-30",
    "December": "2025-12-01..2025-12-31",
    "September 1": "2026-09-01..2026-09-01",
    "Sep 1st, 2026": "2026-09-01..2026-09-01",
    "1 September 2026": "2026-09-01..2026-09-01",
    "the 1st of September": "2026-09-01..2026-09-01",
    "fourth of July 2025": "2025-07-04..2025-07-04",
    "05-Aug-2026": "2026-08-05..2026-08-05",
    "10/31/2026": "2026-10-31..2026-10-31",
    "2026-10-01 to 2026-10-07": "2026-10-01..2026-10-07",
    "from 9/1 to 9/30": "2026-09-01..2026-09-30",
    "Sep 1 to Sep 15": "2026-09-01..2026-09-15",
    "September 1 to 15": "2026-09-01..2026-09-15",
    "June 3 to July 2 2025": "2025-06-03..2025-07-02",
    "between June 3 and June 9": "2026-06-03..2026-06-09",
    "in 2025": "2025-01-01..2025-12-31",
    "in the year 2025": "2025-01-01..2025-12-31",
    "from 2024 to 2025": "2024-01-01..2025-12-31",
    "Q3": "2026-07-01..2026-09-30",
    "Q3 2026": "2026-07-01..2026-09-30",
    "2026 Q3": "2026-07-01..2026-09-30",
    "2026-Q3": "2026-07-01..2026-09-30",
    "in the third quarter of 2025": "2025-07-01..2025-09-30",
    "last year's Q4": "2025-10-01..2025-12-31",
    "Q4 of last year": "2025-10-01..2025-12-31",
    "Q1 to Q3 2025": "2025-01-01..2025-09-30",
    "first three quarters of 2025": "2025-01-01..2025-09-30",
    "first half of 2026": "2026-01-01..2026-06-30",
    "H1 2026": "2026-01-01..2026-06-30",
    "2025 H2": "2025-07-01..2025-12-31",
    "the first half of the year": "2026-01-01..2026-06-30",
    "second half of last year": "2025-07-01..2025-12-31",
    "since July": "2026-07-01..2026-10-31",
    "since 2025": "2025-01-01..2026-10-31",
    "since last month": "2026-09-01..2026-10-31",
    "since September 15": "2026-09-15..2026-10-31",
    "before 2026": "..2025-12-31",
    "before September": "..2026-08-31",
    "until the end of September": "..2026-09-30",
    "after National Day": "2026-10-08..2026-10-31",
    "between March and May": "2026-03-01..2026-05-31",
    "from June to August": "2026-06-01..2026-08-31",
    "June to August 2025": "2025-06-01..2025-08-31",
    "June 2025 to May 2026": "2025-06-01..2026-05-31",
    "between Jan 2026 and now": "2026-01-01..2026-10-31",
    "from last National Day to this Spring Festival": "2025-10-01..2026-02-23",
    "during Double 11 last year": "2025-11-01..2025-11-11",
    "Double 11 2024": "2024-11-01..2024-11-11",
    "last year's Double 11": "2025-11-01..2025-11-11",
    "on Double 11 day": "2025-11-11..2025-11-11",
    "Singles' Day": "2025-11-01..2025-11-11",
    "this year's 618": "2026-06-01..2026-06-18",
    "Chinese New Year": "2026-02-15..2026-02-23",
    "the 30 days after Double 11": "2025-11-12..2025-12-11",
    "3 days ago": "2026-10-28..2026-10-28",
    "two months ago": "2026-08-01..2026-08-31",
}


@pytest.mark.parametrize(("phrase", "expected"), [*ZH.items(), *EN.items()])
def test_reads_a_time(phrase: str, expected: str) -> None:
    times = [mention for mention in found(phrase) if mention.confidence > 0.5]
    assert [days(mention) for mention in times] == [expected]
    text = normalise(phrase).text
    assert text[times[0].start : times[0].end] in (text, text.removeprefix("the "), text.removesuffix("'s"))


@pytest.mark.parametrize(
    ("question", "words", "expected"),
    [
        ("上个月各城市等级的客单价和复购率", "上个月", "2026-09-01..2026-09-30"),
        ("为什么九月复购率下降了？", "九月", "2026-09-01..2026-09-30"),
        ("最近三个月活跃且单价超过500的女性客户", "最近三个月", "2026-08-01..2026-10-31"),
        ("双11期间买过运动鞋但之后30天没再来的金卡会员", "双11期间", "2025-11-01..2025-11-11"),
        ("买过运动鞋但最近30天没有下单的客户", "最近30天", "2026-10-02..2026-10-31"),
        ("上周一共多少单", "上周", "2026-10-19..2026-10-25"),
        ("5月优惠券活动有没有用？", "5月", "2026-05-01..2026-05-31"),
        ("2026年Q3各品类销售额", "2026年q3", "2026-07-01..2026-09-30"),
        ("Customers who have not ordered in the last 30 days", "in the last 30 days", "2026-10-02..2026-10-31"),
        ("Did the May coupon campaign work?", "may", "2026-05-01..2026-05-31"),
        ("customers who may churn in May", "in may", "2026-05-01..2026-05-31"),
        ("top 10 cities in 2025 by sales", "in 2025", "2025-01-01..2025-12-31"),
        ("show me 华东 GMV by 渠道 last month", "last month", "2026-09-01..2026-09-30"),
    ],
)
def test_finds_the_time_inside_a_question(question: str, words: str, expected: str) -> None:
    text = normalise(question).text
    (mention,) = [each for each in found(question) if each.time is not None]
    assert text[mention.start : mention.end] == words
    assert days(mention) == expected


@pytest.mark.parametrize(
    "text",
    [
        "上海有多少高价值客户",
        "按年龄段看客户数",
        "天猫渠道的订单",
        "附近的门店",
        "占比最高的品类",
        "消费618元的订单",
        "年轻人有多少",
        "生命周期标签",
        "加购转化率按渠道对比",
        "会员 M00012345",
        "年龄25到35岁",
        "客单价300到800之间",
        "近视人群",
        "日用品",
        "This may or may not be right",
        "customers between 25 and 35",
        "spend between 2000 and 3000",
        "over 2000 orders",
        "partner of the year",
        "first-tier cities",
        "the second category",
        "average order value over 500",
        "people who march",
        "registered more than a year ago",
        "7日留存率",
        "最近一次购买在30天以前",
        "生日月",
        "周末订单",
        "注册超过一年的会员",
        "month end members",
        "black friday",
    ],
)
def test_finds_no_time_where_there_is_none(text: str) -> None:
    assert [mention for mention in found(text) if mention.confidence > 0.5] == []


@pytest.mark.parametrize(
    ("phrase", "zh", "en"),
    [
        ("2026年13月", "没有「13月」", "no month"),
        ("2月30日", "没有「2月30日」", "no day"),
        ("2026-02-30", "没有「2026-02-30」", "no day"),
        ("2025年2月29日", "没有「2025年2月29日」", "no day"),
        ("February 30", "没有「february 30」", "no day"),
        ("Q5", "没有「q5」", "no quarter"),
        ("第五季度", "没有「第五季度」", "no quarter"),
        ("下个月", "还没有到来", "in the future"),
        ("next month", "还没有到来", "in the future"),
        ("明年", "还没有到来", "in the future"),
        ("2027年3月", "还没有到来", "in the future"),
        ("今年双11", "已有的年份", "the years it has"),
        ("2019年双11", "2024, 2025", "2024, 2025"),
        ("从2026年5月到2026年3月", "前后矛盾", "contradicts itself"),
        ("from May 2026 to March 2026", "前后矛盾", "contradicts itself"),
        ("农历八月", "不支持农历", "not supported"),
    ],
)
def test_says_why_a_time_cannot_be_used(phrase: str, zh: str, en: str) -> None:
    errors = [mention.error for mention in found(phrase) if mention.error is not None]
    assert errors
    assert zh in errors[0].zh
    assert en in errors[0].en


@pytest.mark.parametrize(
    ("phrase", "grain"),
    [
        ("每天", D),
        ("每日", D),
        ("按天", D),
        ("逐日", D),
        ("每周", W),
        ("按周", W),
        ("各周", W),
        ("每月", M),
        ("每个月", M),
        ("各月", M),
        ("各月份", M),
        ("按月", M),
        ("分月", M),
        ("逐月", M),
        ("月度", M),
        ("每季度", Q),
        ("按季度", Q),
        ("每年", Y),
        ("按年", Y),
        ("daily", D),
        ("by day", D),
        ("each day", D),
        ("weekly", W),
        ("per week", W),
        ("every week", W),
        ("monthly", M),
        ("by month", M),
        ("each month", M),
        ("month by month", M),
        ("per quarter", Q),
        ("quarterly", Q),
        ("by year", Y),
    ],
)
def test_reads_a_grouping(phrase: str, grain: Grain) -> None:
    (mention,) = found(phrase)
    assert (mention.grain, mention.start, mention.end) == (grain, 0, len(phrase))


@pytest.mark.parametrize(
    ("phrase", "compare", "unit"),
    [
        ("同比", YEAR, Y),
        ("去年同期", YEAR, Y),
        ("跟去年同期比", YEAR, Y),
        ("与去年同期相比", YEAR, Y),
        ("较去年同期", YEAR, Y),
        ("和去年比", YEAR, Y),
        ("去年同期相比", YEAR, Y),
        ("环比", PERIOD, None),
        ("跟上月比", PERIOD, M),
        ("跟上个月相比", PERIOD, M),
        ("比上周", PERIOD, W),
        ("与上一期相比", PERIOD, None),
        ("较上季度", PERIOD, Q),
        ("跟前一个月比", PERIOD, M),
        ("同比去年", YEAR, Y),
        ("环比上个月", PERIOD, M),
        ("环比八月", Against(Span(date(2026, 8, 1), date(2026, 8, 31))), None),
        ("跟上个月同期比", PERIOD, M),
        ("vs previous 7 days", PERIOD, D),
        ("vs the prior 3 months", PERIOD, M),
        ("vs last year", YEAR, Y),
        ("year over year", YEAR, Y),
        ("YoY", YEAR, Y),
        ("against the same month last year", YEAR, Y),
        ("compared with the same period last year", YEAR, Y),
        ("same period last year", YEAR, Y),
        ("than last year", YEAR, Y),
        ("compared with the previous month", PERIOD, M),
        ("vs last month", PERIOD, M),
        ("versus the month before", PERIOD, M),
        ("against the previous period", PERIOD, None),
        ("month over month", PERIOD, M),
        ("MoM", PERIOD, M),
        ("week over week", PERIOD, W),
        ("比去年双11", Against(Holiday("double_11", offset=-1)), None),
        ("对比8月", Against(Span(date(2026, 8, 1), date(2026, 8, 31))), None),
        ("vs Q2", Against(Span(date(2026, 4, 1), date(2026, 6, 30))), None),
        ("vs 2024", Against(Span(date(2024, 1, 1), date(2024, 12, 31))), None),
        ("compared to August", Against(Span(date(2026, 8, 1), date(2026, 8, 31))), None),
    ],
)
def test_reads_a_comparison(phrase: str, compare: Comparison | Against, unit: Grain | None) -> None:
    (mention,) = found(phrase)
    assert (mention.compare, mention.unit) == (compare, unit)
    assert (mention.start, mention.end) == (0, len(phrase))


def test_a_comparison_and_a_time_stand_side_by_side() -> None:
    time, contrast = found("上个月各大区销售额跟去年同期比")
    assert days(time) == "2026-09-01..2026-09-30"
    assert contrast.compare is YEAR


def test_compare_with_last_years_is_the_year_before() -> None:
    time, contrast = found("Compare sales of this year's 618 with last year's")
    assert time.time == Holiday("618", offset=0)
    assert contrast.compare is YEAR


@pytest.mark.parametrize(
    ("phrase", "readings"),
    [
        ("last September", {"2025-09-01..2025-09-30", "2026-09-01..2026-09-30"}),
        ("last Spring Festival", {"2025-01-28..2025-02-04", "2026-02-15..2026-02-23"}),
        ("前三个月", {"2026-08-01..2026-10-31", "2026-01-01..2026-03-31"}),
        ("the last quarter", {"2026-07-01..2026-09-30", "2026-08-01..2026-10-31"}),
        ("3/4/2026", {"2026-03-04..2026-03-04", "2026-04-03..2026-04-03"}),
    ],
)
def test_gives_all_readings_of_an_ambiguous_time(phrase: str, readings: set[str]) -> None:
    times = found(phrase)
    assert {days(mention) for mention in times} == readings
    assert len({mention.confidence for mention in times}) == 1


@pytest.mark.parametrize("phrase", ["2026 sales", "9/1", "加购后7天内", "within 7 days of adding to cart"])
def test_marks_a_doubtful_time(phrase: str) -> None:
    assert [mention.confidence for mention in found(phrase)] == [0.5]


def test_the_last_year_rolls_and_last_year_does_not() -> None:
    assert [(mention.time, mention.confidence) for mention in found("in the last year")] == [
        (Rolling(1, Y), 1.0),
        (Calendar(Y, -1), 0.5),
    ]
    assert [mention.time for mention in found("last year")] == [Calendar(Y, -1)]


@pytest.mark.parametrize(
    ("phrase", "time"),
    [
        ("上个月", Calendar(M, -1)),
        ("last month", Calendar(M, -1)),
        ("最近三个月", Rolling(3, M)),
        ("last 3 months", Rolling(3, M)),
        ("去年双11", Holiday("double_11", offset=-1)),
        ("去年下半年", Calendar(Y, -1, "late")),
        ("上个月下旬", Calendar(M, -1, "late")),
        ("从去年国庆到今年春节", Across(Holiday("national_day", offset=-1), Holiday("spring_festival", offset=0))),
    ],
)
def test_keeps_relative_times_relative(phrase: str, time: TimeRange) -> None:
    assert [mention.time for mention in found(phrase)] == [time]


def test_fiscal_times_follow_the_company() -> None:
    april = TimeFinder(CompanyCalendar(Conventions(fiscal_year_start=4), (), date(2026, 10, 31)))
    (mention,) = april.find("fy2026")
    assert mention.time == Span(date(2025, 4, 1), date(2026, 3, 31))
    (mention,) = april.find("本财年")
    assert mention.time == Calendar(Y, 0, fiscal=True)


described = st.one_of(
    st.builds(Rolling, st.integers(1, 60), st.sampled_from(DATE_GRAINS)),
    st.builds(Calendar, st.sampled_from(DATE_GRAINS), st.integers(-12, 0)),
    st.builds(Calendar, st.just(M), st.integers(-1, 0), st.sampled_from(["early", "middle", "late"])),
    st.builds(Calendar, st.just(Y), st.integers(-2, 0), st.sampled_from(["early", "late"])),
    st.builds(
        Holiday,
        st.sampled_from(["double_11", "spring_festival", "national_day"]),
        offset=st.sampled_from([-1]),
        day_only=st.booleans(),
    ),
)


@settings(deadline=None)
@given(time=described, language=st.sampled_from(["zh", "en"]))
def test_reads_back_what_the_calendar_says(time: TimeRange, language: str) -> None:
    name = CALENDAR.describe(time, "zh" if language == "zh" else "en").split(" (")[0]
    mentions = [mention for mention in found(name) if mention.confidence > 0.5]
    assert [mention.time for mention in mentions] == [time], name
    assert (mentions[0].start, mentions[0].end) in ((0, len(name)), (4, len(name)))


@settings(deadline=None)
@given(
    start=st.dates(date(2020, 1, 1), date(2026, 10, 31)),
    length=st.integers(0, 900),
    language=st.sampled_from(["zh", "en"]),
)
def test_reads_back_the_days_that_the_calendar_says(start: date, length: int, language: str) -> None:
    end = min(date(2026, 10, 31), date.fromordinal(start.toordinal() + length))
    text = CALENDAR.describe(Span(start, end), "zh" if language == "zh" else "en")
    times = [mention for mention in found(text) if mention.time is not None]
    assert [(CALENDAR.resolve(each.time).start, CALENDAR.resolve(each.time).end) for each in times if each.time] == [
        (start, end)
    ]


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_without_failing(text: str) -> None:
    for mention in found(text):
        assert sum(part is not None for part in (mention.time, mention.grain, mention.compare, mention.error)) == 1
        assert 0 <= mention.start < mention.end


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            "年月日周季度上下个本去今前后最近过到至从和之间双一二三十零〇1230 -/.q比同期每".replace(" ", "") + " "
        ),
        max_size=24,
    )
)
def test_any_heap_of_time_characters_is_read_without_failing(characters: list[str]) -> None:
    for mention in found("".join(characters)):
        assert mention.end > mention.start


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "last",
                "this",
                "next",
                "past",
                "the",
                "first",
                "second",
                "half",
                "of",
                "quarter",
                "month",
                "year",
                "week",
                "day",
                "days",
                "since",
                "before",
                "after",
                "between",
                "and",
                "from",
                "to",
                "until",
                "in",
                "on",
                "3",
                "30",
                "2026",
                "q3",
                "sep",
                "may",
                "1st",
                "double",
                "11",
                "618",
                "vs",
                "than",
                "same",
                "period",
                "ago",
                "within",
                "each",
                "by",
                "compared",
                "with",
            ]
        ),
        max_size=12,
    )
)
def test_any_heap_of_time_words_is_read_without_failing(words: list[str]) -> None:
    for mention in found(" ".join(words)):
        assert mention.end > mention.start
