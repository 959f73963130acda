"""Scoring, on small replies made by hand, and the questions with their right answers over the example company."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from assistant.answer import Answer, Clarification, Headline, Option, Refusal, Reply
from assistant.interpreters.base import RefusalKind
from semantic_layer.errors import Language, Text
from semantic_layer.query.plan import Audience, ListPeople, Plan
from semantic_layer.query.types import Query
from semantic_layer.table import Cell, ResultColumn, Role, Table
from tests.model.run import figures, spread
from tests.model.scoring import Judgement, Question, Row, Verdict, judge, questions, right_rows

SALES = Plan(steps=(Query(metrics=("sales",)),))
PEOPLE = Plan(steps=(ListPeople(audience=Audience(where=None)),))


class Desk:
    """`Reads` of a company of three people in which 女 is shown as "female"; choosing an option gives `chosen`."""

    def __init__(self, chosen: Reply | None = None) -> None:
        self.chosen = chosen

    def keys(self, audience: Audience) -> tuple[Cell, ...]:
        return (3, 1, 2)

    def reply_to(self, plan: Plan, language: Language) -> Reply:
        assert self.chosen is not None
        return self.chosen

    def stored(self, source: str, shown: str) -> str:
        return {"female": "女", "male": "男"}.get(shown, shown)


def asked(shape: str) -> Question:
    return Question(id="d000", kind="", language="en", text="", shape=shape, oracles=("one",))


def answer(
    roles: tuple[Role, ...] = (), *rows: tuple[Cell, ...], plan: Plan = SALES, headline: str = "", text: str = ""
) -> Answer:
    columns = tuple(ResultColumn(name=f"c{i}", label=Text("", ""), role=role) for i, role in enumerate(roles))
    return Answer(
        id="1",
        question="",
        language="en",
        text=text,
        plan=plan,
        table=Table(columns, rows) if roles else None,
        headline=Headline(value="", exact=headline, label="") if headline else None,
    )


def verdict(reply: Reply, shape: str, *expected: list[Row]) -> Verdict:
    return judge(reply, asked(shape), expected, Desk()).verdict


@pytest.mark.parametrize(
    ("reply", "right"),
    [
        (answer(("metric",), (Decimal("85875.10"),)), True),
        (answer(("metric", "previous", "change"), (Decimal("85875.10"), Decimal("9.00"), Decimal("85866.10"))), True),
        (answer(headline="¥85,875.10"), True),
        (answer(("metric",), (Decimal("85875.30"),)), False),
        (answer(("group", "metric"), ("Tmall", Decimal("85875.10")), ("JD", Decimal("4.00"))), True),
        (answer(("group", "metric"), *((str(i), Decimal("85875.10")) for i in range(13))), False),
        (answer(), False),
    ],
)
def test_a_number_stands_in_the_table_or_in_the_headline(reply: Answer, right: bool) -> None:
    assert (verdict(reply, "number", [(Decimal("85875.1"),)]) is Verdict.RIGHT) == right


def test_all_numbers_of_a_comparison_are_wanted_and_any_reading_will_do() -> None:
    reply = answer(("metric", "previous"), (12744, 10113))
    assert verdict(reply, "number", [(12744, 10113)]) is Verdict.RIGHT
    assert verdict(reply, "number", [(12744, 10114)]) is Verdict.WRONG
    assert verdict(reply, "number", [(12744, 10114)], [(10113, 12744)]) is Verdict.RIGHT


def test_a_small_number_among_many_is_chance() -> None:
    reply = answer(("group", "metric"), ("a", 12), ("b", 30))
    assert verdict(reply, "number", [(12,)]) is Verdict.WRONG
    assert verdict(answer(("metric",), (12,)), "number", [(12,)]) is Verdict.RIGHT


def test_a_share_of_all_customers_may_be_told_in_words() -> None:
    reply = answer(("metric",), (3200,), text="3,200 people; 16.0% of all customers.")
    assert verdict(reply, "number", [(0.16,)]) is Verdict.RIGHT
    assert verdict(reply, "number", [(0.6,)]) is Verdict.WRONG


@pytest.mark.parametrize(
    ("rows", "right"),
    [
        ((("female", 5, 0.5), ("male", 4, 0.4)), True),
        ((("male", 4, 0.4), ("unknown", 1, 0.1), ("female", 5, 0.5)), True),
        ((("female", 5, 0.5),), False),
        ((("female", 5, 0.5), ("male", 5, 0.4)), False),
        ((("female", 5, 0.5), ("male", 4, 0.4), ("other", 1, 0.1)), False),
    ],
)
def test_groups_are_the_same_with_the_same_numbers(rows: tuple[tuple[Cell, ...], ...], right: bool) -> None:
    reply = answer(("group", "metric", "share"), *rows)
    assert (verdict(reply, "groups", [("男", 4), ("女", 5), (None, 1)]) is Verdict.RIGHT) == right


@pytest.mark.parametrize("shown", ["2026-07-01", "2026-07", "2026 Q3", date(2026, 7, 1)])
def test_a_period_is_known_by_its_first_day(shown: Cell) -> None:
    reply = answer(("time", "metric"), (shown, 7), ("2026-10-01", 8))
    assert verdict(reply, "groups", [(date(2026, 7, 1), 7), (date(2026, 10, 1), 8)]) is Verdict.RIGHT


def test_groups_of_two_fields_in_either_order() -> None:
    reply = answer(("group", "group", "metric"), ("East", "female", 2), ("East", "male", 3))
    assert verdict(reply, "groups", [("男", "East", 3), ("女", "East", 2)]) is Verdict.RIGHT


def test_the_first_of_a_ranking_is_the_one_at_the_top() -> None:
    reply = answer(("group", "metric"), ("b", 9), ("a", 4))
    assert verdict(reply, "groups", [("b", 9)]) is Verdict.RIGHT
    assert verdict(reply, "groups", [("a", 4)]) is Verdict.WRONG


def test_people_by_who_they_are_when_they_are_listed_else_by_how_many() -> None:
    assert verdict(answer(plan=PEOPLE, headline="3"), "people", [(1,), (2,), (3,)]) is Verdict.RIGHT
    assert verdict(answer(plan=PEOPLE, headline="3"), "people", [(1,), (2,), (4,)]) is Verdict.WRONG
    assert verdict(answer(("metric",), (3,)), "people", [(7,), (8,), (9,)]) is Verdict.RIGHT
    assert verdict(answer(("metric",), (4,)), "people", [(7,), (8,), (9,)]) is Verdict.WRONG


def test_values_stand_in_the_table_or_in_words() -> None:
    day: list[Row] = [(date(2026, 9, 20),)]
    assert verdict(answer(("metric",), (date(2026, 9, 20),)), "values", day) is Verdict.RIGHT
    assert verdict(answer(text="最近一次是 2026年9月20日。"), "values", day) is Verdict.RIGHT
    assert verdict(answer(("metric",), (date(2026, 9, 21),)), "values", day) is Verdict.WRONG


@pytest.mark.parametrize(("number", "first_right"), [(7, True), (8, False)])
def test_a_question_back_counts_what_it_offers_first(number: int, first_right: bool) -> None:
    option = Option(label="sales", count="7", plan=SALES)
    reply = Clarification(id="1", asked="", language="en", question="?", options=(option,))
    found = judge(reply, asked("number"), [[(7,)]], Desk(answer(("metric",), (number,))))
    assert found == Judgement(verdict=Verdict.ASKED, first_right=first_right)


def test_no_answer_is_no_wrong_answer() -> None:
    empty = Clarification(id="1", asked="", language="en", question="?")
    assert judge(empty, asked("number"), [[(7,)]], Desk()) == Judgement(verdict=Verdict.ASKED)
    refused = Refusal(id="1", asked="", language="en", kind=RefusalKind.OUT_OF_SCOPE, reason="")
    assert verdict(refused, "number", [(7,)]) is Verdict.DECLINED


def test_every_question_has_right_rows_of_its_shape(retail_snapshot: Path) -> None:
    found = right_rows(retail_snapshot)
    every = questions() + questions("answered")
    assert all(found.values())
    assert found.keys() == {name for question in every for name in question.oracles}
    for question in every:
        for rows in (found[name] for name in question.oracles):
            assert question.shape != "number" or len(rows) == 1, question
            assert question.shape != "people" or (len(rows[0]) == 1 and len(set(rows)) == len(rows)), question
            assert question.shape != "groups" or (len(rows[0]) > 1 and isinstance(rows[0][-1], int | float | Decimal))


def test_both_languages_are_asked_about_equally_often() -> None:
    declined = questions()
    texts = [question.text for question in declined + questions("answered")]
    assert len(set(texts)) == len(texts)
    by_language = [sum(question.language == language for question in declined) for language in ("zh", "en")]
    assert min(by_language) >= 70
    assert sum(by_language) >= 150


def test_a_part_of_the_questions_is_taken_evenly() -> None:
    taken = spread(questions(), 11)
    assert [question.language for question in taken] == ["zh"] * 6 + ["en"] * 5
    assert len({question.id for question in taken if question.language == "zh"}) == 6
    assert spread(questions(), None) == questions()


def test_figures_of_nothing() -> None:
    assert set(figures(()).values()) == {0}
