"""What the audit store keeps of a question: who, when, what was asked, what became of it. Never a result row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from assistant.answer import Answer, Clarification, Refusal, Reply
from assistant.observability.audit import Asked as AuditEntry
from assistant.observability.audit import OutcomeKind
from assistant.resources import Asked, Resources
from semantic_layer.query.codec import plan_to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBy:
    """Who read a question, in a word, and what a language model took for it: tokens, and money in `currency`."""

    by: str = ""
    tokens: float = 0.0
    cost: float = 0.0
    currency: str = ""


def audit_entry(
    asked: Asked, reply: Reply, resources: Resources, conversation: str = "", read_by: ReadBy | None = None
) -> AuditEntry:
    """The entry for one question and its reply."""
    read = read_by or ReadBy()
    return AuditEntry(
        id=reply.id,
        who=asked.user.name,
        at=resources.now(),
        data_set=resources.source,
        question=asked.text,
        outcome=_kind(reply),
        plan=plan_to_json(asked.plan) if asked.plan.steps else "",
        sql=reply.sql if isinstance(reply, Answer) else (),
        rows=len(reply.table) if isinstance(reply, Answer) and reply.table is not None else None,
        milliseconds=reply.timing.total,
        roles=asked.user.roles,
        conversation=conversation,
        unexplained=reply.unexplained if isinstance(reply, Clarification) else (),
        refused=str(reply.kind) if isinstance(reply, Refusal) else "",
        understood_by=read.by,
        tokens=read.tokens,
        cost=read.cost,
        currency=read.currency,
        via=asked.user.via,
        interpret_ms=reply.timing.interpret,
        compile_ms=reply.timing.compile,
        run_ms=reply.timing.run,
    )


def _kind(reply: Reply) -> OutcomeKind:
    match reply:
        case Answer():
            return "answer"
        case Clarification():
            return "clarification"
        case Refusal(kind="error"):
            return "error"
        case Refusal():
            return "refusal"
        case _:
            assert_never(reply)
