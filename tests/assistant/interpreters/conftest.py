"""The offline interpreter over the retail example, built once; its "today" is 2026-10-31."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from assistant.interpreters.base import Context, Outcome, Understood
from assistant.interpreters.grammar.interpreter import GrammarInterpreter
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.model.load import load_model
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.plan import Plan
from semantic_layer.vocabulary import Vocabulary
from tests.assistant.interpreters.openai_server import OpenAIServer

MODEL = Path(__file__).resolve().parents[3] / "semantic_layer" / "examples" / "retail" / "model"

Ask = Callable[..., Outcome]
PlanOf = Callable[..., Plan]


@pytest.fixture(scope="session")
def retail_index() -> ModelIndex:
    return ModelIndex(load_model(MODEL))


@pytest.fixture(scope="session")
def retail_interpreter(retail_index: ModelIndex) -> GrammarInterpreter:
    model = retail_index.model
    calendar = CompanyCalendar(model.conventions, model.festivals, date(2026, 10, 31))
    return GrammarInterpreter(Vocabulary.build(retail_index, {}), retail_index, calendar)


@pytest.fixture(scope="session")
def ask(retail_interpreter: GrammarInterpreter) -> Ask:
    """What the interpreter makes of a turn, after the plan before it, if any."""

    def asked(text: str, before: Plan | None = None) -> Outcome:
        return retail_interpreter.interpret(text, Context(plan=before))

    return asked


@pytest.fixture(scope="session")
def plan_of(ask: Ask) -> PlanOf:
    """The plan of a conversation: each turn is read after the plan of the turns before."""

    def planned(*turns: str) -> Plan:
        plan: Plan | None = None
        for turn in turns:
            outcome = ask(turn, plan)
            assert isinstance(outcome, Understood), (turn, outcome)
            plan = outcome.reading.plan
        assert plan is not None
        return plan

    return planned


@pytest.fixture
def openai_server() -> Iterator[OpenAIServer]:
    """A server that speaks as an endpoint of OpenAI; `says` gives it a script."""
    with OpenAIServer() as server:
        yield server
