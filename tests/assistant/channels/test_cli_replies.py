"""A reply on the terminal and as JSON: what was noted, what is said, and by whom the question was understood."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from assistant.answer import Answer, Chip, Clarification, Option, Refusal, Reply
from assistant.channels.reply_text import MOST_ROWS, reply_as_data, reply_as_text
from assistant.interpreters.base import Note, NoteKind, RefusalKind
from semantic_layer.errors import Text
from semantic_layer.query.codec import encode
from semantic_layer.query.plan import Plan
from semantic_layer.query.types import Query
from semantic_layer.table import ResultColumn, Table

PLAN = Plan(steps=(Query(metrics=("orders",)),))
BY_MODEL = Text("模型理解（小模型）", "understood by a model (small)")
NOTES = (
    Note(kind=NoteKind.UNDERSTOOD_AS, words="purchases", meaning=Text("订单数", "orders")),
    Note(kind=NoteKind.UNUSED, words="roughly"),
    Note(kind=NoteKind.DEFAULT, words="", meaning=Text("截至昨天。", "Until yesterday.")),
)
COLUMNS = (
    ResultColumn(name="city", label=Text("城市", "city"), role="group"),
    ResultColumn(name="orders", label=Text("订单数", "orders"), role="metric"),
)


def answer(rows: int = 2) -> Answer:
    return Answer(
        id="1",
        question="purchases by city",
        language="en",
        text="Two cities.",
        plan=PLAN,
        chips=(Chip(id="m", kind="metric", label="orders"), Chip(id="g", kind="group", label="by city")),
        notes=NOTES,
        table=Table(columns=COLUMNS, rows=tuple((f"city {number}", Decimal(number)) for number in range(rows))),
        sql=("SELECT 1",),
        as_of=date(2026, 10, 31),
        understood_by=BY_MODEL,
    )


def clarification() -> Clarification:
    return Clarification(
        id="1", asked="?", language="zh", question="您指的是哪一个？", options=(Option(label="订单数", count="12", plan=PLAN),),
        unexplained=("毛",), suggestions=("销售额是多少",), notes=NOTES[2:], understood_by=BY_MODEL,
    )  # fmt: skip


def refusal() -> Refusal:
    return Refusal(id="1", asked="?", language="en", kind=RefusalKind.PRIVATE, reason="No.", suggestions=("sales",))


def test_an_answer_is_printed_with_notes_chips_rows_and_who_understood_it() -> None:
    assert reply_as_text(answer()).splitlines() == [
        "  · purchases: orders",
        "  · roughly: not used",
        "  · Until yesterday.",
        "Two cities.",
        "[orders | by city]",
        "city | orders",
        "city 0 | 0",
        "city 1 | 1",
        "(understood by a model (small))",
    ]


def test_a_long_table_is_cut() -> None:
    assert len(reply_as_text(answer(MOST_ROWS + 5)).splitlines()) == 3 + 2 + 1 + MOST_ROWS + 1


def test_a_question_back_and_a_refusal_tell_their_notes_and_who_understood_them() -> None:
    assert reply_as_text(clarification()).splitlines() == [
        "  · 截至昨天。",
        "您指的是哪一个？",
        "  - 订单数  12",
        "  ? 销售额是多少",
        "(模型理解（小模型）)",
    ]
    assert reply_as_text(refusal()).splitlines() == ["No.", "  ? sales", "(understood by rules)"]


def test_the_same_as_data() -> None:
    data = reply_as_data(answer())
    assert (data["kind"], data["rows"]) == ("answer", [["city 0", Decimal(0)], ["city 1", Decimal(1)]])
    assert data["notes"] == ["understood_as: purchases", "unused: roughly", "default: Until yesterday."]
    assert (data["plan"], data["as_of"]) == (encode(PLAN), "2026-10-31")
    replies: tuple[Reply, ...] = (answer(), clarification(), refusal())
    assert [reply_as_data(reply)["understood_by"] for reply in replies] == [
        "understood by a model (small)",
        "模型理解（小模型）",
        "understood by rules",
    ]
    assert reply_as_data(clarification())["options"] == [{"label": "订单数", "count": "12", "plan": encode(PLAN)}]
    assert reply_as_data(refusal())["why"] == "private"
