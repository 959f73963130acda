"""What the audit store keeps of a question: who, when, what was asked, what became of it. Never a result row."""

from __future__ import annotations

from typing import assert_never

from assistant.answer import Answer, Clarification, Refusal, Reply
from assistant.observability.audit import Asked as AuditEntry
from assistant.observability.audit import OutcomeKind
from assistant.resources import Asked, Resources
from semantic_layer.query.codec import plan_to_json


def audit_entry(asked: Asked, reply: Reply, resources: Resources, conversation: str = "") -> AuditEntry:
    """The entry for one question and its reply."""
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
