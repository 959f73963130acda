"""What must not be answered is not answered: no number for unknown words, kinds of another issue, or forbidden requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.answer import Answer
from assistant.core import Assistant
from assistant.evaluation.cases import Case, read_cases

NEAR_MISSES = (
    Path(__file__).resolve().parents[3] / "semantic_layer" / "examples" / "retail" / "cases" / "near_misses.yml"
)


@pytest.mark.parametrize("case", read_cases(NEAR_MISSES), ids=lambda case: f"{case.id}-{case.language}")
def test_a_near_miss_is_not_answered(case: Case, assistant: Assistant) -> None:
    assert case.expect != "answer"
    assert not isinstance(assistant.ask(case.question), Answer)
