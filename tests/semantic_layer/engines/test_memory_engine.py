"""The fake engine answers what it was given and remembers what it was asked."""

from __future__ import annotations

from datetime import date

import pytest

from semantic_layer.engines.base import Cancel, Engine, RawResult
from semantic_layer.engines.memory import MemoryEngine
from semantic_layer.errors import CancelledError, DataError
from semantic_layer.policy.authorise import AuthorisedSql, authorise
from semantic_layer.policy.parse import parse_statement
from tests.semantic_layer.policy.shop import CATALOG, POLICY, user


def sql(text: str) -> AuthorisedSql:
    return authorise(parse_statement(text), user("owner"), CATALOG, POLICY)


def test_answers_from_a_mapping_and_remembers() -> None:
    question = sql("SELECT 1 AS x")
    engine: Engine = MemoryEngine({question.text: RawResult(("x",), ((1,),))}, data_date=date(2026, 1, 1))
    assert engine.run(question).rows == ((1,),)
    assert engine.data_date() == date(2026, 1, 1)
    with pytest.raises(DataError):
        engine.run(sql("SELECT 2 AS x"))


def test_answers_from_a_function() -> None:
    engine = MemoryEngine(lambda text: RawResult(("text",), ((text,),)))
    question = sql("SELECT 1 AS x")
    assert engine.run(question).rows == ((question.text,),)
    assert engine.asked == [question.text]


def test_a_pressed_cancel_asks_nothing() -> None:
    engine = MemoryEngine(lambda _: RawResult(()))
    cancel = Cancel()
    cancel.press()
    with pytest.raises(CancelledError):
        engine.run(sql("SELECT 1"), cancel=cancel)
    assert engine.asked == []
