"""Where a question says what nothing explains, and which of its words are surely meant."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.interpreters.grammar.pieces import Values
from assistant.interpreters.spans import Gap, Gaps, plain
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.time import Calendar, Grain
from tests.assistant.interpreters.reading_scene import gaps_over


@pytest.fixture(scope="module")
def gaps(retail_index: ModelIndex) -> Gaps:
    return gaps_over(retail_index)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("上月销售额", []),
        ("上月上海卖掉的钱", [["卖掉的钱"]]),
        ("上海的鲸鱼有多少", [["鲸鱼", "的鲸鱼有多少"]]),
        ("鲸鱼呢、海豚呢", [["鲸鱼", "鲸鱼呢"], ["海豚", "海豚呢"]]),
        ("sales last month in Shanghai", []),
        ("please tell me about the whales in Shanghai", [["whales", "please tell me about the whales in"]]),
        ("whales and dolphins who bought shoes", [["whales and dolphins", "whales and dolphins who"]]),
        ("show me who moans, and where they moan", [["moans", "show me who moans"], ["moan", "and where they moan"]]),
    ],
)
def test_gaps_are_unknown_words_alone_and_with_the_small_words_around(
    gaps: Gaps, text: str, said: list[list[str]]
) -> None:
    assert [[gap.said for gap in places] for places in gaps.of(text).gaps] == said


def test_a_name_or_a_sign_ends_a_gap(gaps: Gaps) -> None:
    """Unknown words on both sides of a name are two gaps, and so are those on both sides of a comma."""
    assert [p[0].said for p in gaps.of("鲸鱼上海海豚").gaps] == ["鲸鱼", "海豚"]
    assert [p[0].said for p in gaps.of("鲸鱼，海豚").gaps] == ["鲸鱼", "海豚"]


def test_gaps_are_quoted_as_they_were_typed(gaps: Gaps) -> None:
    found = gaps.of("ＳＨＡＮＧＨＡＩ的 ＷＨＡＬＥＳ 有多少")
    assert found.gaps[0][0].said == "ＷＨＡＬＥＳ"
    assert [found.said(word) for word in found.words] == ["ＳＨＡＮＧＨＡＩ"]


def test_words_that_are_surely_meant_stand_from_left_to_right_with_their_meaning(gaps: Gaps) -> None:
    found = gaps.of("上月上海的高价值客户花了多少钱")
    assert [(found.said(w), w.value) for w in found.words] == [
        ("上月", Calendar(Grain.MONTH, -1)),
        ("上海", Values("customer.city", ("上海",))),
        ("高价值客户", "customer.high_value"),
        ("花了", "sales"),
    ]
    assert found.measured


def test_the_longest_name_stands_alone_and_its_parts_are_among_the_senses(gaps: Gaps) -> None:
    found = gaps.of("上海的高价值客户")
    assert [found.said(w) for w in found.words] == ["上海", "高价值客户"]
    assert {"高价值", "客户"} < {found.said(w) for w in found.senses}
    fields = {w.value.field for w in found.senses if isinstance(w.value, Values)}
    assert {"customer.city", "city.province"} <= fields
    assert not found.measured


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("没有下过单的高价值客户", ["没有"]),
        ("除了上海以外的客户数", ["除了"]),
        ("customers who have not ordered", ["have not"]),
        ("customers without an order", ["without"]),
        ("members outside Shanghai", ["outside"]),
        ("有没有高价值客户", []),  # a question, no denial
        ("是不是上海的客户", []),
        ("没用券的订单数", []),  # the name of a value
        ("未转化的客户", []),
        ("上海的客户", []),
    ],
)
def test_denials_are_words_of_their_own(gaps: Gaps, text: str, said: list[str]) -> None:
    found = gaps.of(text)
    assert [found.said(word) for word in found.denials] == said


def test_other_words_are_put_in_the_gaps(gaps: Gaps) -> None:
    found = gaps.of("上海的鲸鱼有多少")
    narrow, wide = found.gaps[0]
    assert found.replaced([(narrow, "高价值客户")]) == "上海的 高价值客户 有多少"
    assert found.replaced([(wide, "高价值客户")]) == "上海 高价值客户"
    assert found.replaced([(narrow, "")]) == "上海的 有多少"
    assert found.replaced([]) == "上海的鲸鱼有多少"


def test_places_that_overlap_are_not_replaced_at_all(gaps: Gaps) -> None:
    found = gaps.of("上海的鲸鱼有多少")
    narrow, wide = found.gaps[0]
    assert found.replaced([(narrow, "A"), (wide, "B")]) == ""


def test_places_are_replaced_from_left_to_right_in_whatever_order_they_are_given(gaps: Gaps) -> None:
    found = gaps.of("鲸鱼呢、海豚呢")
    first, second = (places[0] for places in found.gaps)
    assert (
        found.replaced([(second, "B"), (first, "A")]) == found.replaced([(first, "A"), (second, "B")]) == "A 呢、 B 呢"
    )


@pytest.mark.parametrize("text", ["", "   ", "？？", "😀", "\u200b"])
def test_a_text_without_words_has_no_gaps(gaps: Gaps, text: str) -> None:
    found = gaps.of(text)
    assert (found.gaps, found.words, found.denials) == ((), (), ())


@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet="上海的鲸鱼，、 abNOT销售额3😀没有", max_size=25))
def test_gaps_lie_apart_and_hold_what_they_say(gaps: Gaps, text: str) -> None:
    found = gaps.of(text)
    letters = found.normalised.text
    narrow = [places[0] for places in found.gaps]
    assert all(isinstance(gap, Gap) and 0 <= gap.start < gap.end <= len(letters) for gap in narrow)
    assert all(a.end <= b.start for a, b in pairwise(narrow))
    for places in found.gaps:
        assert all(wide.start <= places[0].start and places[0].end <= wide.end for wide in places)
        assert not any(w.start < g.end and g.start < w.end for g in places for w in found.words)
    assert plain(found.replaced([])) == plain(found.normalised.quote(0, len(letters)))


def test_plain_leaves_letters_and_digits() -> None:
    assert plain(" Top-10，的 “客户”_ ") == "top10的客户"
