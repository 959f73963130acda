"""Help while typing: names and times are known, what nothing explains is marked, words of the grammar are neither."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assistant.conversation.typing import WordReader, complete
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.model.load import load_model
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.vocabulary import Vocabulary

MODEL = Path(__file__).resolve().parents[3] / "semantic_layer" / "examples" / "retail" / "model"


@pytest.fixture(scope="module")
def index() -> ModelIndex:
    return ModelIndex(load_model(MODEL))


@pytest.fixture(scope="module")
def reader(index: ModelIndex) -> WordReader:
    calendar = CompanyCalendar(index.model.conventions, index.model.festivals, date(2026, 10, 31))
    values = {"customer.city": (("上海", 10), ("北京", 8))}
    return WordReader(Vocabulary.build(index, values), index, calendar)


def words(reader: WordReader, text: str, *, known: bool) -> list[str]:
    return [text[start:end] for start, end, explained in reader.spans(text) if explained is known]


def test_names_and_times_are_known_and_words_of_the_grammar_are_left_alone(reader: WordReader) -> None:
    text = "上个月上海的客户大概有多少呢"
    assert words(reader, text, known=True) == ["上个月", "上海", "客户"]
    assert words(reader, text, known=False) == []
    assert words(reader, "What are the sales please", known=False) == []


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("上海客户的星座分布", ["星座"]),
        ("上海客户的星座", ["星座"]),
        ("customers with zodiac sign Leo", ["zodiac", "sign"]),
        ("customers with zodiac sign Leo ", ["zodiac", "sign", "Leo"]),
    ],
)
def test_words_that_nothing_explains_are_marked_once_they_are_finished(
    reader: WordReader, text: str, unknown: list[str]
) -> None:
    assert words(reader, text, known=False) == unknown


@pytest.mark.parametrize("text", ["上海的高价", "show sal", "高", "", "  ", "🙂", "\x00"])
def test_a_word_that_may_still_become_a_name_is_not_marked(reader: WordReader, text: str) -> None:
    assert words(reader, text, known=False) == []


def test_a_long_text_is_not_read(reader: WordReader) -> None:
    assert reader.spans("上海" * 5000) == ()


def test_places_are_those_of_the_text_as_typed(reader: WordReader) -> None:
    text = "ＡＢ　上海　　客戶 的 星座 分布"
    assert words(reader, text, known=True) == ["上海", "客戶"]
    assert "星座" in words(reader, text, known=False)


def test_a_name_is_completed_from_its_beginning(index: ModelIndex) -> None:
    assert "上海的高价值客户" in [found.text for found in complete("上海的高价", "zh", index, 6)]
