"""Verdicts, comparison of rows, and figures, with an assistant that replies from a list."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from assistant.answer import Answer, Clarification, Option, Refusal, Reply, Timing
from assistant.evaluation.cases import Case, Cell
from assistant.evaluation.report import as_json, as_markdown, figures_as_json, percentile, report
from assistant.evaluation.runner import Outcome, Verdict, judge, run_cases, same_rows
from assistant.interpreters.base import RefusalKind
from semantic_layer.errors import Text
from semantic_layer.query.plan import Define, Plan
from semantic_layer.query.types import Query
from semantic_layer.table import ResultColumn, Table

SALES = Plan(steps=(Query(metrics=("sales",)),))
OTHER = Plan(steps=(Define("sales"),))
COLUMNS = (
    ResultColumn(name="a", label=Text("甲", "a"), role="group"),
    ResultColumn(name="b", label=Text("乙", "b"), role="metric"),
)
NUMBERS = Table(columns=COLUMNS, rows=(("x", 1.0), ("y", 2.0)))


def case(
    *,
    expect: str = "answer",
    plans: tuple[Plan, ...] = (),
    rows: tuple[tuple[Cell, ...], ...] | None = None,
    options: int | None = None,
    refusal: str | None = None,
    kind: str = "count",
    name: str = "c",
    question: str = "?",
    before: tuple[str, ...] = (),
) -> Case:
    return Case(
        id=name,
        kind=kind,
        language="en",
        question=question,
        before=before,
        expect=expect,  # type: ignore[arg-type]
        plans=plans,
        rows=rows,
        options=options,
        refusal=refusal,
    )


def answer(plan: Plan = SALES, table: Table | None = NUMBERS, total: float = 1.0) -> Answer:
    timing = Timing(interpret=total / 2, total=total)
    return Answer(id="1", question="?", language="en", text="a", plan=plan, table=table, timing=timing)


def asked_back(options: int = 2) -> Clarification:
    listed = tuple(Option(label=str(n), count="", plan=SALES) for n in range(options))
    return Clarification(id="1", asked="?", language="en", question="which?", options=listed)


def declined(kind: RefusalKind = RefusalKind.NOT_YET) -> Refusal:
    return Refusal(id="1", asked="?", language="en", kind=kind, reason="no")


VERDICTS: dict[str, tuple[Case, Reply, Verdict]] = {
    "the right plan": (case(plans=(SALES,)), answer(), Verdict.RIGHT),
    "one of the right plans": (case(plans=(OTHER, SALES)), answer(), Verdict.RIGHT),
    "another plan": (case(plans=(OTHER,)), answer(), Verdict.WRONG),
    "the right rows": (case(rows=(("y", 2), ("x", 1))), answer(), Verdict.RIGHT),
    "other rows": (case(rows=(("x", 1), ("y", 3))), answer(), Verdict.WRONG),
    "no rows": (case(rows=(("x", 1),)), answer(table=None), Verdict.WRONG),
    "any answer": (case(), answer(), Verdict.RIGHT),
    "a question back for an answer": (case(plans=(SALES,)), asked_back(), Verdict.ASKED_BACK),
    "a refusal for an answer": (case(plans=(SALES,)), declined(), Verdict.DECLINED),
    "a question back": (case(expect="clarification"), asked_back(), Verdict.RIGHT),
    "the right number of meanings": (case(expect="clarification", options=2), asked_back(2), Verdict.RIGHT),
    "another number of meanings": (case(expect="clarification", options=2), asked_back(3), Verdict.WRONG),
    "an answer for a question back": (case(expect="clarification"), answer(), Verdict.WRONG),
    "a refusal for a question back": (case(expect="clarification"), declined(), Verdict.DECLINED),
    "a refusal": (case(expect="refusal"), declined(), Verdict.RIGHT),
    "the right refusal": (case(expect="refusal", refusal="not_yet"), declined(), Verdict.RIGHT),
    "another refusal": (case(expect="refusal", refusal="unsafe"), declined(), Verdict.WRONG),
    "an answer for a refusal": (case(expect="refusal", refusal="not_yet"), answer(), Verdict.WRONG),
    "a question back for a refusal": (case(expect="refusal"), asked_back(), Verdict.ASKED_BACK),
    "a question back where nothing may be answered": (case(expect="no_answer"), asked_back(), Verdict.RIGHT),
    "a refusal where nothing may be answered": (case(expect="no_answer"), declined(), Verdict.RIGHT),
    "an answer where nothing may be answered": (case(expect="no_answer"), answer(), Verdict.WRONG),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_verdict(name: str) -> None:
    asked, reply, expected = VERDICTS[name]
    assert judge(asked, reply)[0] is expected


def test_a_wrong_answer_says_what_was_done_instead() -> None:
    _, reason = judge(case(plans=(OTHER,)), answer())
    assert '"metrics": ["sales"]' in reason


def table(*rows: tuple[object, ...]) -> Table:
    return Table(columns=COLUMNS, rows=rows)  # type: ignore[arg-type]


def test_rows_are_compared_in_any_order() -> None:
    assert same_rows(table(("x", 1), ("y", 2)), [["y", 2], ["x", 1]])


def test_rows_that_stand_twice_must_stand_twice() -> None:
    assert not same_rows(table(("x", 1), ("y", 2)), [["x", 1], ["x", 1]])


def test_more_or_fewer_rows_are_other_rows() -> None:
    assert not same_rows(table(("x", 1)), [])
    assert not same_rows(table(), [["x", 1]])


def test_numbers_are_equal_within_a_millionth() -> None:
    assert same_rows(table(("x", Decimal("1000000.4"))), [["x", 1000000]])
    assert not same_rows(table(("x", 1.001)), [["x", 1]])


def test_days_are_compared_as_they_are_written() -> None:
    assert same_rows(table((date(2026, 10, 31), 1)), [["2026-10-31", 1]])


def test_nothing_is_not_zero() -> None:
    assert not same_rows(table(("x", None)), [["x", 0]])
    assert same_rows(table((None, 1)), [[None, 1]])


class ListedReplies:
    """Replies to each text from a list, and remembers the conversation it was asked in."""

    def __init__(self, replies: Mapping[str, Reply]) -> None:
        self._replies = replies
        self.asked: list[tuple[str | None, str]] = []
        self.derived: list[tuple[str, Plan | None]] = []

    def ask(self, text: str, *, conversation: str | None = None) -> Reply:
        self.asked.append((conversation, text))
        return self._replies[text]

    def derivation(self, question: str, plan: Plan | None) -> tuple[str, ...]:
        self.derived.append((question, plan))
        return ("a rule",)


def run(cases: list[Case], replies: Mapping[str, Reply]) -> tuple[list[Outcome], ListedReplies]:
    assistant = ListedReplies(replies)
    numbers = itertools.count(1)
    return list(run_cases(assistant, cases, new_id=lambda: f"talk {next(numbers)}")), assistant


def test_each_case_has_a_conversation_of_its_own_with_the_turns_before() -> None:
    cases = [case(question="b", before=("a",)), case(question="a")]
    _, assistant = run(cases, {"a": answer(), "b": answer()})
    assert assistant.asked == [("talk 1", "a"), ("talk 1", "b"), ("talk 2", "a")]


def test_a_failure_carries_how_the_question_was_read_after_the_turn_before() -> None:
    (outcome,), assistant = run(
        [case(question="b", before=("a",), plans=(OTHER,))], {"a": answer(plan=SALES), "b": answer()}
    )
    assert outcome.derivation == ("a rule",)
    assert assistant.derived == [("b", SALES)]


def test_a_right_case_is_not_read_again() -> None:
    (outcome,), assistant = run([case(question="a")], {"a": answer()})
    assert outcome.derivation == ()
    assert assistant.derived == []


def outcome(verdict: Verdict, *, kind: str = "count", name: str = "c", total: float = 1.0) -> Outcome:
    return Outcome(
        case=case(kind=kind, name=name), verdict=verdict, reason="because", interpret_ms=total / 2, total_ms=total
    )


OUTCOMES = [
    outcome(Verdict.RIGHT, total=1),
    outcome(Verdict.ASKED_BACK, name="b", total=2),
    outcome(Verdict.WRONG, kind="trend", name="a", total=3),
    outcome(Verdict.DECLINED, kind="trend", name="d", total=100),
]


def test_figures_are_given_in_all_and_by_kind() -> None:
    found = report(OUTCOMES)
    total = found.total
    assert (total.cases, total.right, total.wrong, total.asked_back, total.declined) == (4, 1, 1, 1, 1)
    assert found.by_kind["trend"].wrong == 1
    assert found.by_kind["count"].right == 1
    assert found.by_language["en"] == total


def test_the_worst_are_the_wrong_ones() -> None:
    assert [o.case.id for o in report(OUTCOMES).worst] == ["a", "d", "b"]


def test_times_are_the_middle_and_the_slow_end() -> None:
    found = report(OUTCOMES)
    assert (found.total_p50, found.total_p95) == (2.5, 100)
    assert percentile([], 0.5) == 0


def test_markdown_shows_the_change_against_a_baseline() -> None:
    written = as_markdown(report(OUTCOMES), {"right": 2, "wrong": 0, "asked_back": 1, "declined": 1})
    assert "right -1, wrong +1, asked back +0" in written
    assert "| trend | 2 | 0 | 1 | 0 | 1 |" in written
    assert "because" in written


def test_json_holds_the_same_figures() -> None:
    data = json.loads(as_json(report(OUTCOMES)))
    assert data["total"] == {"cases": 4, "right": 1, "wrong": 1, "asked_back": 1, "declined": 1}
    assert [w["id"] for w in data["worst"]] == ["a", "d", "b"]


def test_a_baseline_holds_counts_and_no_times() -> None:
    data = json.loads(figures_as_json(report(OUTCOMES)))
    assert set(data) == {"total", "by_language", "by_kind"}
    assert data["by_kind"]["trend"] == {"cases": 2, "right": 0, "wrong": 1, "asked_back": 0, "declined": 1}
