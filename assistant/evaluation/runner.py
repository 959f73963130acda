"""Asks every case and says of each: right, wrong, asked back, or declined."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, assert_never

from assistant.answer import Answer, Clarification, Refusal, Reply
from assistant.evaluation.canonical import same_meaning
from assistant.evaluation.cases import Case
from semantic_layer.query.codec import encode
from semantic_layer.query.plan import Plan
from semantic_layer.table import Cell, Table

TOLERANCE = 1e-6


class Verdict(StrEnum):
    RIGHT = "right"  # what was expected, be it an answer, a question back, or a refusal
    WRONG = "wrong"  # an answer that differs, or an answer where there should be none
    ASKED_BACK = "asked_back"  # a question back where an answer was expected
    DECLINED = "declined"  # a refusal where an answer or a question back was expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A case and what became of it. Times in milliseconds; `derivation` says how the question was read."""

    case: Case
    verdict: Verdict
    reason: str
    interpret_ms: float
    total_ms: float
    derivation: tuple[str, ...] = ()


class Asks(Protocol):
    """What evaluation needs of an assistant."""

    def ask(self, text: str, *, conversation: str | None = None) -> Reply: ...

    def derivation(self, question: str, plan: Plan | None) -> tuple[str, ...]: ...


def run_cases(assistant: Asks, cases: Sequence[Case], *, new_id: Callable[[], str]) -> Iterator[Outcome]:
    """Each case in a conversation of its own, in the order given."""
    for case in cases:
        conversation = new_id()
        before: Plan | None = None
        for turn in case.before:
            earlier = assistant.ask(turn, conversation=conversation)
            before = earlier.plan if isinstance(earlier, Answer) else before
        reply = assistant.ask(case.question, conversation=conversation)
        verdict, reason = judge(case, reply)
        yield Outcome(
            case=case,
            verdict=verdict,
            reason=reason,
            interpret_ms=reply.timing.interpret,
            total_ms=reply.timing.total,
            derivation=() if verdict is Verdict.RIGHT else assistant.derivation(case.question, before),
        )


def judge(case: Case, reply: Reply) -> tuple[Verdict, str]:
    """The verdict on one reply, and why."""
    match reply:
        case Answer():
            return _judge_answer(case, reply)
        case Clarification():
            if case.expect == "no_answer":
                return Verdict.RIGHT, ""
            if case.expect != "clarification":
                return Verdict.ASKED_BACK, reply.question
            if case.options is not None and len(reply.options) != case.options:
                return Verdict.WRONG, f"offers {len(reply.options)} meanings, not {case.options}"
            return Verdict.RIGHT, ""
        case Refusal():
            if case.expect == "no_answer":
                return Verdict.RIGHT, ""
            if case.expect != "refusal":
                return Verdict.DECLINED, reply.reason
            if case.refusal is not None and str(reply.kind) != case.refusal:
                return Verdict.WRONG, f"refused as {reply.kind}, not as {case.refusal}"
            return Verdict.RIGHT, ""
        case _:
            assert_never(reply)


def _judge_answer(case: Case, reply: Answer) -> tuple[Verdict, str]:
    if case.expect != "answer":
        right = "question back or a refusal" if case.expect == "no_answer" else case.expect
        return (
            Verdict.WRONG,
            f"answered where a {right} was right: {json.dumps(encode(reply.plan), ensure_ascii=False)}",
        )
    if case.plans and not any(same_meaning(reply.plan, plan) for plan in case.plans):
        return Verdict.WRONG, f"another plan: {json.dumps(encode(reply.plan), ensure_ascii=False)}"
    if case.rows is not None:
        found = reply.table if reply.table is not None else reply.people
        if found is None or not same_rows(found, case.rows):
            return Verdict.WRONG, f"other rows: {found.rows[:5] if found else 'none'}"
    return Verdict.RIGHT, ""


def same_rows(table: Table, expected: Sequence[Sequence[object]]) -> bool:
    """Whether a table holds exactly the expected rows, in any order, numbers within a relative 1e-6."""
    if len(table) != len(expected):
        return False
    left = list(table.rows)
    for row in expected:
        fit = next((candidate for candidate in left if _same_row(candidate, row)), None)
        if fit is None:
            return False
        left.remove(fit)
    return True


def _same_row(row: Sequence[Cell], expected: Sequence[object]) -> bool:
    return len(row) >= len(expected) and all(_same(a, b) for a, b in zip(row, expected, strict=False))


def _same(found: Cell, expected: object) -> bool:
    if isinstance(found, int | float | Decimal) and isinstance(expected, int | float | Decimal):
        return math.isclose(float(found), float(expected), rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    if isinstance(found, date):
        return found.isoformat() == str(expected)
    return found == expected
