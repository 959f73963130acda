"""What makes two questions the same, by examples written by hand."""

from __future__ import annotations

import pytest

from assistant.memory.similar import ByLetters
from assistant.memory.wordings import key_hash, question_key, usable_wording
from semantic_layer.errors import InvalidPlanError

SAME = [
    ("上海有多少高价值客户？", "上海有多少高价值客户"),
    ("上海有多少高价值客户？", " 上海 有多少 高价值客户 ?! "),
    ("上海的高价值客户有多少？", "上海的高价值客户有多少呢？"),
    ("上海有高价值客户吗？", "上海有高价值客户"),
    ("上海有高價值客戶嗎？", "上海有高价值客户"),
    ("ＧＭＶ最高的１０个城市", "gmv最高的10个城市"),
    ("top 10 cities by sales", "Top10 cities, by sales."),
    ("How many high-value customers are there?", "how many HIGH VALUE customers are there"),
    ("what's the sales", "What’s the sales?"),
    ("客单价超过1,000的客户", "客单价超过1000的客户"),
    ("“上海”的销售额", "上海的销售额"),
    ("占比超过 10 % 的城市", "占比超过10％的城市"),
    ("有多少客户～", "有多少客户"),
]
DIFFERENT = [
    ("客单价超过500的客户", "客单价超过5000的客户"),
    ("折扣 1.5", "折扣 15"),
    ("温度 -5 度", "温度 5 度"),
    ("销量 > 5", "销量 < 5"),
    ("10%的客户", "10的客户"),
    ("2026-09 的销售额", "202609 的销售额"),
    ("店 1 2", "店 12"),
    ("上海的客户", "北京的客户"),
    ("买过 C++ 课程的客户", "买过 C 课程的客户"),
    ("去过酒吧的客户有多少？去酒吧", "去过酒吧的客户有多少？去酒"),
    ("买毛呢", "买毛"),
    ("new yorker sales", "newyorker sales"),
    ("10:30", "1030"),
    ("5~10 单", "510 单"),
    ("café sales", "cafe sales"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_question(one: str, other: str) -> None:
    assert question_key(one) == question_key(other)
    assert key_hash(one) == key_hash(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_not_the_same_question(one: str, other: str) -> None:
    assert question_key(one) != question_key(other)


@pytest.mark.parametrize("text", ["", " ", "？？", "😀", "\x00"])
def test_no_words_have_no_key(text: str) -> None:
    assert question_key(text) == ""
    with pytest.raises(InvalidPlanError):
        usable_wording(text)


def test_a_wording_is_kept_as_one_visible_line() -> None:
    assert usable_wording(" 上海\u200b有\n多少\t客户？ ") == "上海有 多少 客户？"
    with pytest.raises(InvalidPlanError):
        usable_wording("客" * 501)


def test_likeness_by_letters_ranks_what_shares_most() -> None:
    candidates = ("上海的销售额", "北京的订单数", "上海的订单数", "xyz")
    ranked = ByLetters().ranked("上海的销售额是多少", candidates, 2)
    # 上海|海的|的销|销售|售额 are the five pairs of the first; all of them stand in the eight of the question: 10 / 13.
    assert ranked[0] == (0, 10 / 13)
    # 上海|海的 of the five of the third: 4 / 13.
    assert ranked[1] == (2, 4 / 13)
    assert ByLetters().ranked("", candidates, 3) == []
    assert ByLetters().ranked("销", ("销", "xyz"), 3) == [(0, 1.0)]
