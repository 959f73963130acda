"""Text tags are tags: computed in part as in full, most frequent label first, and only of labels that are good enough."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from semantic_layer.errors import Text
from semantic_layer.model.types import (
    ColumnType,
    SemanticModel,
    TagKind,
    TextBody,
    TextLabel,
    TextMethod,
    TrueText,
    Value,
)
from tests.semantic_layer.compiler import tiny
from tests.semantic_layer.ingestion.tagging.shop import MODEL, Truth, at, gone, opened, quiet, read, rows, shop
from tests.semantic_layer.ingestion.tagging.test_incremental import Shuffled


def label(value: str, *words: str) -> TextLabel:
    return TextLabel(value=Value(value=value, label=Text(value, value)), words=words)


BODY = TextBody(
    text="purchase.channel", window="12 months", labels=(label("at home", "web"), label("out", "shop")), fewest=1
)


def with_tags(*tags: object) -> SemanticModel:
    return tiny.replace(MODEL, tags=(*MODEL.tags, *tags))


def model_of(body: TextBody = BODY) -> SemanticModel:
    return with_tags(
        tiny.tag("place", TagKind.TEXT, body, type=ColumnType.STRING),
        tiny.tag("goes_out", TagKind.TEXT, tiny.replace(body, window="", labels=(label("out", "shop"),))),
    )


WORDS = model_of()
PLACES = "SELECT member_id, place, goes_out FROM customer_tags ORDER BY 1"


def by_hand(truth: Truth) -> list[tuple[object, ...]]:
    """From the rows alone: the latest twelve months begin on 1 November 2025, and the day itself counts."""
    members = [row[0] for row in truth.connection.execute("SELECT member_id FROM members ORDER BY 1").fetchall()]
    bought = truth.connection.execute("SELECT member_id, bought_at, channel FROM purchases").fetchall()
    found: list[tuple[object, ...]] = []
    for member in members:
        own = [(when, channel) for who, when, channel in bought if who == member]
        recent = [c for when, c in own if datetime(2025, 11, 1) <= when < datetime(2026, 11, 1)]  # noqa: DTZ001
        counts = Counter({"web": "at home", "shop": "out"}[c] for c in recent if c)
        most = min(counts, key=lambda value: (-counts[value], value)) if counts else None
        found.append((member, most, any(c == "shop" for when, c in own if when < datetime(2026, 11, 1))))  # noqa: DTZ001
    return found


def test_the_most_frequent_label_inside_the_window_and_ties_by_the_label(tmp_path: Path) -> None:
    _, refresh, engine = opened(tmp_path, WORDS)
    # 1: web and shop once each (the older web is outside); 2: web; 3: web; 4: no channel; 5: nothing; 2's shop is of 2024
    assert read(engine, PLACES) == [
        (1, "at home", True),
        (2, "at home", True),
        (3, "at home", False),
        (4, None, False),
        (5, None, False),
    ]
    refresh.apply(rows(purchases=[(10, 1, at(2026, 10, 2), "shop", "1.00", False)]))
    assert engine.refresh()
    assert read(engine, PLACES)[0] == (1, "out", True)
    refresh.apply(gone(purchases=[(2,), (10,)]))
    assert engine.refresh()
    assert read(engine, PLACES)[0] == (1, "at home", False)
    assert read(engine, "SELECT COUNT(*) FROM text_labels_purchase WHERE purchase_id IN (2, 10)") == [(0,)]


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 6))])
def test_in_part_as_in_full_after_any_changes(tmp_path: Path, seed: int) -> None:
    _, refresh, engine = opened(tmp_path, WORDS)
    truth = Truth()
    shuffled = Shuffled(seed, truth)
    for step in range(4):
        if step == 2:
            refresh.full(progress=quiet)
        refresh.apply(shuffled.stage)
        assert engine.refresh()
        assert read(engine, PLACES) == by_hand(truth), f"seed {seed}, step {step}"


def test_a_label_below_the_bar_is_not_published(tmp_path: Path) -> None:
    """Of the seven texts only purchase 4 is after the fifth part's cut: `web`, which the truth calls `out`."""
    wrong = tiny.replace(BODY, truth=(TrueText(said="web", value="out"), TrueText(said="shop", value="out")))
    _, _, engine = opened(tmp_path, model_of(wrong))
    figures = "SELECT value, held_out, given, correct, truly, precision, recall, published FROM text_quality"
    assert read(engine, f"{figures} WHERE tag = 'place' ORDER BY 1") == [
        ("at home", 1, 1, 0, 0, 0.0, None, False),
        ("out", 1, 0, 0, 1, None, 0.0, False),
    ]
    assert [row[1] for row in read(engine, PLACES)] == [None] * 5
    assert read(engine, "SELECT COUNT(*) FROM text_labels_purchase") == [(0,)]


def test_a_label_that_holds_is_published(tmp_path: Path) -> None:
    right = tiny.replace(BODY, truth=(TrueText(said="w{any}", value="at home"), TrueText(said="shop", value="")))
    _, _, engine = opened(tmp_path, model_of(right))
    figures = "SELECT value, given, correct, precision, published FROM text_quality WHERE tag = 'place' ORDER BY 1"
    assert read(engine, figures) == [("at home", 1, 1, 1.0, True), ("out", 0, 0, None, False)]
    assert [row[1] for row in read(engine, PLACES)] == ["at home", "at home", "at home", None, None]


def test_without_truth_all_labels_of_a_dictionary_are_published_unmeasured(tmp_path: Path) -> None:
    _, _, engine = opened(tmp_path, WORDS)
    found = read(engine, "SELECT value, precision, published FROM text_quality WHERE tag = 'place' ORDER BY 1")
    assert found == [("at home", None, True), ("out", None, True)]


def test_a_classifier_that_learned_too_little_publishes_nothing(tmp_path: Path) -> None:
    taught = tiny.replace(
        BODY,
        method=TextMethod.CLASSIFIER,
        truth=(TrueText(said="web", value="at home"), TrueText(said="shop", value="out")),
    )
    _, refresh, engine = opened(tmp_path, model_of(taught))
    assert [row[1] for row in read(engine, PLACES)] == [None] * 5
    refresh.apply(rows(purchases=[(10, 1, at(2026, 10, 2), "shop", "1.00", False)]))
    assert engine.refresh()
    assert [row[1] for row in read(engine, PLACES)] == [None] * 5


def test_other_words_are_another_definition(tmp_path: Path) -> None:
    _, refresh = shop(tmp_path, WORDS)
    changed = model_of(tiny.replace(BODY, labels=(label("at home", "web", "app"), label("out", "shop"))))
    _, other = shop(tmp_path, changed)
    assert refresh.book.versions["place"] != other.book.versions["place"]
