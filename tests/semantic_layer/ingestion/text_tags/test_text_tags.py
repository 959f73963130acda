"""Labels of free text: words that are denied do not count, and a method's figures are counted by hand here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from semantic_layer.definitions import load_definitions
from semantic_layer.errors import DataError, Text
from semantic_layer.examples import retail
from semantic_layer.examples.retail import tickets
from semantic_layer.ingestion.tagging.text_tags.classifier import Classifier
from semantic_layer.ingestion.tagging.text_tags.dictionary import Dictionary
from semantic_layer.ingestion.tagging.text_tags.evaluate import quality, wilson
from semantic_layer.ingestion.tagging.text_tags.truth import Truths
from semantic_layer.model.types import TextBody, TextLabel, TrueText, Value

FOLDER = Path(str(retail.__file__)).parent
TAG = TextBody(
    text="ticket.conversation",
    window="",
    speaker="客户：",
    labels=(
        TextLabel(value=Value(value="return", label=Text("退货", "return")), words=("退货", "return it", "refund")),
        TextLabel(value=Value(value="size", label=Text("尺码", "size")), words=("大码", "plus size")),
    ),
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("客户：我要退货", "return"),
        ("客户：不想退货", ""),
        ("客户：我没有要退货，大码有吗", "size"),
        ("客户：不是不想退货", "return"),
        ("客户：请问有没有大码", "size"),
        ("客户：能不能退货", "return"),
        ("客户：不喜欢，退货", "return"),
        ("客户：你好\n客服：需要退货吗", ""),
        ("I want to return it", "return"),
        ("I do not want to return it", ""),
        ("I don't want a refund, is there a plus size?", "size"),
        ("", ""),
    ],
)
def test_a_denied_word_does_not_count(text: str, value: str) -> None:
    assert Dictionary(TAG).find(text).value == value


def test_figures_counted_by_hand() -> None:
    given = ["a", "a", "a", "b", "", "a"]
    truth = ["a", "a", "b", "b", "a", ""]
    a, b = quality(given, truth)
    assert (a.given, a.right, a.true, a.precision, a.recall) == (4, 2, 3, 0.5, 2 / 3)
    assert (b.given, b.right, b.true, b.precision, b.recall) == (1, 1, 2, 1.0, 0.5)
    assert not a.holds(0.8)
    assert b.holds(0.8)


def test_the_interval_of_wilson() -> None:
    low, high = wilson(8, 10)  # published example: 0.490 to 0.943
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_classifier_learns_and_refuses_too_little() -> None:
    texts = [f"我要退掉第{n}件" for n in range(40)] + [f"请问第{n}件有货吗" for n in range(40)]
    values = ["return"] * 40 + [""] * 40
    learned = Classifier.learned(texts, values, seed=1)
    assert [one.value for one in learned.find_all(["我要退掉这件", "请问这件有货吗"])] == ["return", ""]
    again = Classifier.learned(texts, values, seed=1)
    assert again.find_all(["我要退掉这件"]) == learned.find_all(["我要退掉这件"])
    with pytest.raises(DataError, match="return"):
        Classifier.learned(texts[:45], ["return"] * 5 + [""] * 40, seed=1)
    with pytest.raises(DataError):
        Classifier.learned(texts, ["same"] * 80, seed=1)


def test_truth_is_that_of_the_lines_of_one_speaker() -> None:
    truths = Truths(
        replace(
            TAG,
            truth=(
                TrueText(said="{p}要退货", value="return"),
                TrueText(said="好的"),
                TrueText(said="有大码吗", value="size"),
            ),
        )
    )
    assert truths.of("客户：鞋要退货\n客服：可以\n客户：好的") == "return"
    assert truths.of("客户：好的\n客户：有大码吗") == "size"
    assert truths.of("客户：好的") == ""
    assert truths.of("客户：好的\n客户：还有呢") is None
    assert truths.of("鞋要退货") == "return"
    assert truths.of("") is None
    assert truths.sentence("鞋要退货") == "{p}要退货"


def test_texts_that_occur_often_count_often() -> None:
    (a,) = quality(["a", "a"], ["a", ""], [3, 1])
    assert (a.given, a.right, a.true, a.precision, a.recall) == (4, 3, 3, 0.75, 1.0)


def test_every_sentence_of_the_generator_has_a_truth_in_each_text_tag_of_the_demo() -> None:
    model, _ = load_definitions(FOLDER / "model")
    bodies = [tag.body for tag in model.tags if isinstance(tag.body, TextBody)]
    said = {text for kinds in (tickets._SAID, tickets._SAID_OF_WEAR) for texts in kinds for text in texts}
    ended = {text.removeprefix("客户：") for text in tickets._ENDED}
    assert len(bodies) == 3
    for body in bodies:
        assert said | ended <= {one.said for one in body.truth}
