"""What the audit keeps besides: unexplained words, the kind of a refusal, who read it and what that took."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from assistant.answer import Answer, Clarification, Refusal, Reply
from assistant.conversation.record import ReadBy, audit_entry
from assistant.interpreters.base import RefusalKind
from assistant.observability.audit import Asked, LedgerAudit, audit_in_memory
from assistant.resources import Asked as Question
from tests.assistant.memory.conftest import ANALYST, AT, SALES
from tools.ledger import LedgerInMemory

RESOURCES = SimpleNamespace(now=lambda: AT, source="shop")


def entry(reply: Reply, **more: object) -> Asked:
    question = Question(text="毛净率", language="zh", user=ANALYST, plan=SALES)
    return audit_entry(question, reply, RESOURCES, "c1", **more)  # type: ignore[arg-type]


def clarification() -> Clarification:
    return Clarification(id="r1", asked="毛净率", language="zh", question="?", unexplained=("毛净率",))


def test_a_question_back_keeps_its_unexplained_words() -> None:
    assert entry(clarification()).unexplained == ("毛净率",)


@pytest.mark.parametrize(("kind", "kept"), [(RefusalKind.NOT_YET, "not_yet"), ("error", "error")])
def test_a_refusal_keeps_its_kind(kind: RefusalKind, kept: str) -> None:
    refusal = Refusal(id="r1", asked="毛净率", language="zh", kind=kind, reason="no")
    assert entry(refusal).refused == kept


def test_who_read_it_and_what_it_took() -> None:
    answer = Answer(id="r1", question="销售额", language="zh", text="1", plan=SALES)
    kept = entry(answer, read_by=ReadBy(by="model: small", tokens=812.0, cost=0.002))
    assert (kept.understood_by, kept.tokens, kept.cost) == ("model: small", 812.0, 0.002)
    plain = entry(answer)
    assert (plain.understood_by, plain.tokens, plain.cost, plain.unexplained, plain.refused) == ("", 0.0, 0.0, (), "")


def test_it_comes_back_from_the_store() -> None:
    audit = audit_in_memory()
    kept = entry(clarification(), read_by=ReadBy(by="rules"))
    audit.record(kept)
    assert audit.questions() == (kept,)


def test_entries_of_earlier_versions_are_read() -> None:
    ledger = LedgerInMemory()
    audit = LedgerAudit(ledger)
    body = {
        "data_set": "shop", "question": "销售额", "outcome": "answer", "plan": "", "sql": ["SELECT 1"], "rows": 1,
        "milliseconds": 1.5, "roles": ["analyst"], "conversation": "c1",
    }  # fmt: skip
    ledger.append(entry_id="old", kind="question", at=AT, who="ana", body=json.loads(json.dumps(body)))
    (old,) = audit.questions()
    assert (old.question, old.unexplained, old.refused, old.understood_by, old.tokens, old.cost) == (
        "销售额",
        (),
        "",
        "",
        0.0,
        0.0,
    )
    assert audit.verify().intact
