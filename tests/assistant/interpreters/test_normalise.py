"""One form for the many ways of typing, and the way back to the person's own words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.interpreters.grammar.normalise import MAX_LENGTH, normalise


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("全角１０月", "全角10月"),
        ("ＧＭＶ　ｂｙ　ＣＩＴＹ", "gmv by city"),
        ("上海有多少高價值客戶", "上海有多少高价值客户"),
        ("會員等級與複購率", "会员等级与复购率"),
        ("上週", "上周"),
        ("Sales By CITY", "sales by city"),
        ("“上海挽回人群”", '"上海挽回人群"'),
        ("「上海挽回人群」", '"上海挽回人群"'),
        ("«上海挽回人群»", '"上海挽回人群"'),
        ("《上海挽回人群》", '"上海挽回人群"'),
        ("Singles’ Day", "singles' day"),
        ("3—5月", "3-5月"),
        ("3～5月", "3~5月"),
        ("城市，省份", "城市,省份"),
        ("多少？", "多少?"),
        ("  many \t\n  blanks  ", "many blanks"),
        ("销售额😀是多少🎉", "销售额是多少"),
        ("👨‍👩‍👧 家庭", "家庭"),
        ("zero\u200bwidth", "zerowidth"),
        ("bell\x07 null\x00", "bell null"),
        ("￥５００", "¥500"),
        ("２０％", "20%"),
        ("cafe\u0301", "café"),
        ("①②", "12"),
        ("", ""),
        ("😀😀", ""),
    ],
)
def test_brings_text_into_one_form(text: str, normalised: str) -> None:
    assert normalise(text).text == normalised


def test_quotes_the_words_as_they_were_typed() -> None:
    found = normalise("看 😀ＧＭＶ　高價值客戶")
    start = found.text.index("gmv")
    assert found.quote(start, start + 3) == "ＧＭＶ"
    start = found.text.index("高价值")
    assert found.quote(start, start + 5) == "高價值客戶"
    assert found.span(start, start + 5) == (7, 12)


def test_an_empty_stretch_has_a_place() -> None:
    assert normalise("abc").span(1, 1) == (1, 1)
    assert normalise("").span(0, 0) == (0, 0)


def test_counts_what_carries_no_words() -> None:
    assert normalise("😀a\x00").removed == 2
    assert normalise("plain 文字").removed == 0


def test_reads_a_text_of_the_greatest_length() -> None:
    assert len(normalise("价" * MAX_LENGTH).text) == MAX_LENGTH


@settings(deadline=None)
@given(st.text(max_size=200))
def test_every_character_knows_its_place(text: str) -> None:
    found = normalise(text)
    assert len(found.text) == len(found.places)
    assert list(found.places) == sorted(found.places)
    assert all(0 <= place < len(text) for place in found.places)


@settings(deadline=None)
@given(st.text(alphabet="上海高价值客户 abcXYZ123%，。", max_size=80))
def test_the_one_form_stays_itself(text: str) -> None:
    once = normalise(text).text
    assert normalise(once).text == once
