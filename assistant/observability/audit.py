"""The audit store: who asked what and what left the house. Questions and plans are kept, rows of results never."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol, cast

import sqlalchemy as sa

from semantic_layer.query.codec import Json
from tools.export.proof import LedgerProofs, Proof
from tools.ledger import Entry, Ledger, LedgerInMemory, SqlLedger, Verdict

OutcomeKind = Literal["answer", "clarification", "refusal", "error"]
_KIND: Final = "question"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question and what became of it. `plan` is JSON text; `rows` how many rows there were, not which.

    `at` is the moment of the reply, `milliseconds` the whole way to it, of which `interpret_ms`, `compile_ms` and `run_ms`
    are parts. `unexplained` are the words that nothing explained, `refused` the kind of a refusal, `understood_by` who read
    the question; `tokens` and `cost`, in `currency`, are what a language model took for it. `via` is the door they came by.
    """

    id: str
    who: str
    at: datetime
    data_set: str
    question: str
    outcome: OutcomeKind
    plan: str = ""
    sql: tuple[str, ...] = ()
    rows: int | None = None
    milliseconds: float = 0.0
    roles: tuple[str, ...] = ()
    conversation: str = ""
    unexplained: tuple[str, ...] = ()
    refused: str = ""
    understood_by: str = ""
    tokens: float = 0.0
    cost: float = 0.0
    currency: str = ""
    via: str = ""
    interpret_ms: float = 0.0
    compile_ms: float = 0.0
    run_ms: float = 0.0


class AuditStore(Protocol):
    """Append-only. Raises `DataError` when an entry cannot be kept. It is a `ProofStore` too."""

    def record(self, asked: Asked) -> None: ...

    def questions(self, *, who: str | None = None, limit: int | None = None) -> tuple[Asked, ...]:
        """Newest first."""
        ...

    def write(self, proof: Proof) -> None: ...

    def proofs(self, *, limit: int | None = None) -> tuple[Proof, ...]: ...

    def verify(self) -> Verdict:
        """Whether every entry is still as it was written."""
        ...


class LedgerAudit:
    """An `AuditStore` in a ledger; questions and exports stand in one chain, in the order they happened."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._proofs = LedgerProofs(ledger)

    def record(self, asked: Asked) -> None:
        self._ledger.append(entry_id=asked.id, kind=_KIND, at=asked.at, who=asked.who, body=_body(asked))

    def questions(self, *, who: str | None = None, limit: int | None = None) -> tuple[Asked, ...]:
        return tuple(asked_in(entry) for entry in self._ledger.entries(kind=_KIND, who=who, limit=limit))

    def write(self, proof: Proof) -> None:
        self._proofs.write(proof)

    def proofs(self, *, limit: int | None = None) -> tuple[Proof, ...]:
        return self._proofs.proofs(limit=limit)

    def verify(self) -> Verdict:
        return self._ledger.verify()


def sql_audit(engine: sa.Engine) -> LedgerAudit:
    """The audit store in a database from `tools.storage.open_storage`."""
    return LedgerAudit(SqlLedger(engine))


def audit_in_memory() -> LedgerAudit:
    """The fake: lasts as long as the process."""
    return LedgerAudit(LedgerInMemory())


def _body(asked: Asked) -> dict[str, Json]:
    return {
        "data_set": asked.data_set,
        "question": asked.question,
        "outcome": asked.outcome,
        "plan": asked.plan,
        "sql": list(asked.sql),
        "rows": asked.rows,
        "milliseconds": round(asked.milliseconds, 3),
        "roles": list(asked.roles),
        "conversation": asked.conversation,
        "unexplained": list(asked.unexplained),
        "refused": asked.refused,
        "understood_by": asked.understood_by,
        "tokens": asked.tokens,
        "cost": asked.cost,
        "currency": asked.currency,
        "via": asked.via,
        "interpret_ms": round(asked.interpret_ms, 3),
        "compile_ms": round(asked.compile_ms, 3),
        "run_ms": round(asked.run_ms, 3),
    }


def asked_in(entry: Entry) -> Asked:
    """The question that an entry of the ledger tells of; what later versions added is missing in earlier ones."""
    body = entry.read()
    return Asked(
        id=entry.id,
        who=entry.who,
        at=entry.at,
        data_set=str(body["data_set"]),
        question=str(body["question"]),
        outcome=cast("OutcomeKind", body["outcome"]),
        plan=str(body.get("plan", "")),
        sql=tuple(cast("list[str]", body.get("sql", []))),
        rows=cast("int | None", body.get("rows")),
        milliseconds=cast("float", body.get("milliseconds", 0.0)),
        roles=tuple(cast("list[str]", body.get("roles", []))),
        conversation=str(body.get("conversation", "")),
        unexplained=tuple(cast("list[str]", body.get("unexplained", []))),
        refused=str(body.get("refused", "")),
        understood_by=str(body.get("understood_by", "")),
        tokens=cast("float", body.get("tokens", 0.0)),
        cost=cast("float", body.get("cost", 0.0)),
        currency=str(body.get("currency", "")),
        via=str(body.get("via", "")),
        interpret_ms=cast("float", body.get("interpret_ms", 0.0)),
        compile_ms=cast("float", body.get("compile_ms", 0.0)),
        run_ms=cast("float", body.get("run_ms", 0.0)),
    )
