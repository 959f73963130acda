"""Numbers as people write them, in Chinese and English: what they are worth, by hand, and where they end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.interpreters.grammar.normalise import normalise
from assistant.interpreters.grammar.numbers import NumberKind, NumberMention, find_numbers

PLAIN, PERCENT, ORDINAL, CURRENCY = NumberKind.PLAIN, NumberKind.PERCENT, NumberKind.ORDINAL, NumberKind.CURRENCY


def found(text: str) -> tuple[NumberMention, ...]:
    return find_numbers(normalise(text).text)


PLAIN_NUMBERS = {
    "500": 500,
    "１２３": 123,
    "1,234": 1234,
    "1,234,567.89": 1234567.89,
    "10 000": 10000,
    "3.14": 3.14,
    "0.5": 0.5,
    "-5": -5,
    "负五": -5,
    "1.3e6": 1_300_000,
    "五": 5,
    "十": 10,
    "十五": 15,
    "二十": 20,
    "二十五": 25,
    "一百": 100,
    "一百零五": 105,
    "一百一十": 110,
    "三百二": 320,
    "三百二十": 320,
    "两百": 200,
    "一千二百三": 1230,
    "两千": 2000,
    "三千零五十": 3050,
    "两万五": 25000,
    "两万五千": 25000,
    "一万零五百": 10500,
    "十五万三千": 153000,
    "三百二十万": 3_200_000,
    "一亿": 100_000_000,
    "一亿两千万": 120_000_000,
    "二〇二六": 2026,
    "三点五": 3.5,
    "一点五万": 15000,
    "壹仟贰佰": 1200,
    "兩萬五": 25000,
    "1.5万": 15000,
    "5万": 50000,
    "5w": 50000,
    "3千": 3000,
    "2百": 200,
    "1万5": 15000,
    "1万5千": 15000,
    "3亿5千万": 350_000_000,
    "1.2亿": 120_000_000,
    "15k": 15000,
    "15K": 15000,
    "2.5m": 2_500_000,
    "1bn": 1_000_000_000,
    "2 million": 2_000_000,
    "2.5 million": 2_500_000,
    "3 thousand": 3000,
    "five": 5,
    "twelve": 12,
    "twenty": 20,
    "twenty-five": 25,
    "twenty five": 25,
    "a hundred": 100,
    "a hundred and five": 105,
    "two hundred": 200,
    "three hundred and twenty": 320,
    "two thousand": 2000,
    "two thousand five hundred": 2500,
    "fifty thousand": 50000,
    "one million": 1_000_000,
    "two and a half million": 2_500_000,
    "half a million": 500_000,
    "one and a half": 1.5,
    "a dozen": 12,
    "two dozen": 24,
}


@pytest.mark.parametrize(("text", "value"), PLAIN_NUMBERS.items())
def test_reads_a_plain_number(text: str, value: float) -> None:
    (mention,) = found(text)
    assert (mention.value, mention.kind, mention.unit) == (pytest.approx(value), PLAIN, None)
    assert (mention.start, mention.end) == (0, len(normalise(text).text))


@pytest.mark.parametrize(
    ("text", "value", "kind", "unit"),
    [
        ("20%", 0.2, PERCENT, None),
        ("20 %", 0.2, PERCENT, None),
        ("２０％", 0.2, PERCENT, None),
        ("12.5%", 0.125, PERCENT, None),
        ("20 percent", 0.2, PERCENT, None),
        ("twenty percent", 0.2, PERCENT, None),
        ("百分之二十", 0.2, PERCENT, None),
        ("百分之20", 0.2, PERCENT, None),
        ("百分之三点五", 0.035, PERCENT, None),
        ("千分之三", 0.003, PERCENT, None),
        ("三成", 0.3, PERCENT, None),
        ("3成", 0.3, PERCENT, None),
        ("三成五", 0.35, PERCENT, None),
        ("两成半", 0.25, PERCENT, None),
        ("一半", 0.5, PERCENT, None),
        ("half", 0.5, PERCENT, None),
        ("三分之一", 0.333333333333, PERCENT, None),
        ("two thirds", 0.666666666667, PERCENT, None),
        ("5个百分点", 0.05, PERCENT, None),
        ("第三", 3, ORDINAL, None),
        ("第10", 10, ORDINAL, None),
        ("第二十一", 21, ORDINAL, None),
        ("3rd", 3, ORDINAL, None),
        ("21st", 21, ORDINAL, None),
        ("third", 3, ORDINAL, None),
        ("twenty-first", 21, ORDINAL, None),
        ("500元", 500, CURRENCY, "CNY"),
        ("500块", 500, CURRENCY, "CNY"),
        ("500块钱", 500, CURRENCY, "CNY"),
        ("两千块", 2000, CURRENCY, "CNY"),
        ("三块五", 3.5, CURRENCY, "CNY"),
        ("3块5毛", 3.5, CURRENCY, "CNY"),
        ("1.5万元", 15000, CURRENCY, "CNY"),
        ("百元", 100, CURRENCY, "CNY"),
        ("￥500", 500, CURRENCY, "CNY"),
        ("¥1,234.5", 1234.5, CURRENCY, "CNY"),
        ("500 yuan", 500, CURRENCY, "CNY"),
        ("two thousand yuan", 2000, CURRENCY, "CNY"),
        ("RMB 500", 500, CURRENCY, "CNY"),
        ("500 RMB", 500, CURRENCY, "CNY"),
        ("$15k", 15000, CURRENCY, "USD"),
        ("20 dollars", 20, CURRENCY, "USD"),
        ("30天", 30, PLAIN, "day"),
        ("三个月", 3, PLAIN, "month"),
        ("两周", 2, PLAIN, "week"),
        ("3年", 3, PLAIN, "year"),
        ("30 days", 30, PLAIN, "day"),
        ("six months", 6, PLAIN, "month"),
        ("3次", 3, PLAIN, "times"),
        ("三次", 3, PLAIN, "times"),
        ("2 times", 2, PLAIN, "times"),
        ("2单", 2, PLAIN, "orders"),
        ("5件", 5, PLAIN, "items"),
        ("100人", 100, PLAIN, "people"),
        ("10个", 10, PLAIN, "count"),
        ("25岁", 25, PLAIN, "age"),
        ("18 years old", 18, PLAIN, "age"),
        ("2倍", 2, PLAIN, "multiple"),
        ("24小时", 24, PLAIN, "hour"),
        ("500积分", 500, PLAIN, "points"),
    ],
)
def test_reads_what_hangs_on_a_number(text: str, value: float, kind: NumberKind, unit: str | None) -> None:
    (mention,) = found(text)
    assert (mention.value, mention.kind, mention.unit) == (pytest.approx(value), kind, unit)
    assert (mention.start, mention.end) == (0, len(normalise(text).text))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("年龄25到35岁、客单价300到800之间的客户", [25, 35, 300, 800]),
        ("25-35岁", [25, 35]),
        ("300~800", [300, 800]),
        ("销售额最高的10个城市", [10]),
        ("消费前10%的客户", [0.1]),
        ("top10 cities", [10]),
        ("消费超过1.5万的客户", [15000]),
        ("两千块以上的订单有多少", [2000]),
        ("消费过万的客户", [10000]),
        ("at least three times", [3]),
        ("The five categories with the lowest return rate", [5]),
        ("between 300 and 800", [300, 800]),
        ("留10%对照组，避开最近7天联系过的", [0.1, 7]),
    ],
)
def test_finds_the_numbers_in_a_question(text: str, values: list[float]) -> None:
    assert [mention.value for mention in found(text)] == values


@pytest.mark.parametrize(
    "text",
    [
        "一线城市",
        "新一线城市",
        "一共有多少",
        "成都的客户",
        "三亚",
        "四川",
        "百货",
        "统一口径",
        "唯一客户",
        "十分活跃",
        "大陆",
        "会员 M00012345",
        "sku_123",
        "两三次",
        "三四十岁",
        "三十多岁",
        "30多天",
        "几十个",
        "十几次",
        "数百人",
        "someone",
        "often",
        "sixteenfold",
    ],
)
def test_reads_no_number_where_there_is_none_or_only_a_guess(text: str) -> None:
    assert found(text) == ()


def test_the_unit_is_inside_the_mention_and_can_be_told_apart() -> None:
    (mention,) = found("超过500元的订单")
    assert (mention.start, mention.number_end, mention.end) == (2, 5, 6)


def test_a_word_that_only_begins_like_a_unit_is_left_alone() -> None:
    assert [(mention.value, mention.unit) for mention in found("2年龄段")] == [(2, None)]
    assert [(mention.value, mention.unit) for mention in found("500单价")] == [(500, None)]


@settings(deadline=None)
@given(st.integers(0, 10**9))
def test_reads_any_whole_number_with_separators(number: int) -> None:
    assert [mention.value for mention in found(f"{number:,}")] == [number]


@settings(deadline=None)
@given(st.integers(1, 99_999_999))
def test_reads_any_number_in_chinese_numerals(number: int) -> None:
    assert [mention.value for mention in found(in_chinese(number))] == [number]


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_without_failing(text: str) -> None:
    for mention in found(text):
        assert 0 <= mention.start < mention.number_end <= mention.end


@settings(deadline=None)
@given(st.lists(st.sampled_from("零一二两三十百千万亿点半成第负个元块 0123456789.,%-kw"), max_size=20))
def test_any_heap_of_numerals_is_read_without_failing(characters: list[str]) -> None:
    last = 0
    for mention in found("".join(characters)):
        assert mention.start >= last
        last = mention.end


def in_chinese(number: int) -> str:
    """Written out in full, as an oracle: every place named, gaps filled with one 零."""
    groups = [(number // 10_000, "万"), (number % 10_000, "")]
    written = ""
    for value, scale in groups:
        if value:
            part = _below_ten_thousand(value)
            written += ("零" if written and value < 1000 else "") + part + scale
    return written


def _below_ten_thousand(value: int) -> str:
    written, gap = "", False
    for place, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // place % 10
        if digit:
            written += ("零" if gap and written else "") + "零一二三四五六七八九"[digit] + name
            gap = False
        else:
            gap = True
    return written
