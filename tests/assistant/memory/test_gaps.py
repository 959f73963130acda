"""What could not be served, counted by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assistant.memory.gaps import Gap, GapKind, gaps
from assistant.memory.memory import names_near
from assistant.memory.types import Feedback, FeedbackKind
from assistant.observability.audit import Asked
from semantic_layer.model.load import load_model
from semantic_layer.model.lookup import ModelIndex
from tests.assistant.memory.conftest import AT


def asked(number: int, question: str, outcome: str = "clarification", **more: object) -> Asked:
    given = {"who": "ana", "conversation": f"c{number}", **more}
    at = AT + timedelta(minutes=number)
    return Asked(id=f"r{number}", at=at, data_set="shop", question=question, outcome=outcome, **given)  # type: ignore[arg-type]


def said(number: int, question: str, answer: str, *, who: str = "ana", **more: object) -> Feedback:
    given = {"kind": FeedbackKind.THUMB, "language": "zh", **more}
    return Feedback(  # type: ignore[arg-type]
        id=f"f{number}",
        at=AT + timedelta(minutes=number),
        who=who,
        data_set="shop",
        answer=answer,
        question=question,
        **given,
    )


def brief(found: tuple[Gap, ...]) -> list[tuple[str, str, int, int]]:
    return [(gap.kind.value, gap.text, gap.count, gap.people) for gap in found]


def none(_text: str) -> tuple[str, ...]:
    return ()


def test_words_and_questions_are_counted_by_frequency_then_people() -> None:
    entries = [
        asked(1, "毛净率是多少", unexplained=("毛净率",)),
        asked(2, "毛净率 是多少？", unexplained=("毛净率",)),
        asked(3, "各店毛净率", who="bo", unexplained=("毛净率", "各店")),
        asked(4, "预测下个月", "refusal", refused="not_yet", who="bo"),
        asked(5, "预测下个月！", "refusal", refused="not_yet", who="cy"),
        asked(6, "写一首诗", "refusal", refused="out_of_scope"),
        asked(7, "销售额", "answer"),
    ]
    feedback = [said(8, "销售额", "r7", good=False), said(9, "订单数", "r9", good=True)]
    report = gaps(reversed(entries), feedback, AT, lambda text: (f"near {text}",))
    assert report.asked == 7
    assert brief(report.gaps) == [
        ("word", "毛净率", 3, 2),
        ("not_yet", "预测下个月！", 2, 2),
        ("asked_back", "毛净率 是多少？", 2, 1),
        ("disliked", "销售额", 1, 1),
        ("word", "各店", 1, 1),
        ("asked_back", "各店毛净率", 1, 1),
    ]
    first = report.gaps[0]
    assert (first.nearest, first.example, first.last_seen) == (
        ("near 毛净率",),
        "各店毛净率",
        AT + timedelta(minutes=3),
    )
    assert not any(name in str(report) for name in ("'ana'", "'bo'", "'cy'"))


def test_a_meaning_that_was_chosen_afterwards_was_served() -> None:
    entries = [
        asked(1, "价值多少", conversation="c"),
        asked(2, "", "answer", conversation="c"),
        asked(3, "价值几何"),
        asked(4, "价值如何", conversation="d"),
        asked(5, "销售额", "answer", conversation="d"),
        asked(6, "价值哪般", conversation=""),
        asked(7, "", "answer", conversation=""),
    ]
    chosen = [said(8, "价值几何", "r3", kind=FeedbackKind.CHOICE)]
    report = gaps(entries, chosen, AT, none)
    assert brief(report.gaps) == [("asked_back", "价值哪般", 1, 1), ("asked_back", "价值如何", 1, 1)]


def test_only_what_happened_since_then_counts() -> None:
    entries = [asked(1, "甲"), asked(60, "乙")]
    report = gaps(entries, [said(1, "甲", "r1", good=False)], AT + timedelta(minutes=30), none)
    assert brief(report.gaps) == [("asked_back", "乙", 1, 1)]
    assert report.asked == 1
    assert gaps([], [], AT, none).gaps == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("销售", "销售额"), ("average order vaule", "average order value"), ("最近的客单价和订单数怎么样", "客单价")],
)
def test_names_near_a_text(shop, text: str, wanted: str) -> None:
    assert wanted in names_near(ModelIndex(load_model(shop)))(text)


def test_each_kind_has_a_name() -> None:
    from assistant.memory.gaps import KIND_NAMES

    assert set(KIND_NAMES) == set(GapKind)
