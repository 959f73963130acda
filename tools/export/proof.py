"""The proof that something left the house: who, when, why, exactly what. Written before a file is handed out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Protocol, cast

from semantic_layer.query.codec import Json
from tools.ledger import Entry, Ledger

KIND: Final = "export"


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    PNG = "png"
    SVG = "svg"
    PDF = "pdf"
    PPTX = "pptx"


class What(StrEnum):
    TABLE = "table"
    PEOPLE = "people"
    CHART = "chart"
    BOARD = "board"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One export. `plan` is the JSON of what was asked; `definitions` the hash of all definition files."""

    id: str
    who: str
    at: datetime
    purpose: str
    what: What
    format: Format
    file_name: str
    data_set: str
    plan: str
    definitions: str
    data_date: date | None
    rows: int
    columns: tuple[str, ...]
    masked_columns: tuple[str, ...]
    sha256: str


class ProofStore(Protocol):
    """Keeps proofs for good; raises `DataError` when it cannot."""

    def write(self, proof: Proof) -> None: ...

    def proofs(self, *, limit: int | None = None) -> tuple[Proof, ...]:
        """Newest first."""
        ...


class LedgerProofs:
    """A `ProofStore` in the audit ledger; with `LedgerInMemory` it is the fake."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def write(self, proof: Proof) -> None:
        self._ledger.append(entry_id=proof.id, kind=KIND, at=proof.at, who=proof.who, body=_body(proof))

    def proofs(self, *, limit: int | None = None) -> tuple[Proof, ...]:
        return tuple(_proof(entry) for entry in self._ledger.entries(kind=KIND, limit=limit))


def _body(proof: Proof) -> dict[str, Json]:
    return {
        "purpose": proof.purpose,
        "what": proof.what.value,
        "format": proof.format.value,
        "file_name": proof.file_name,
        "data_set": proof.data_set,
        "plan": proof.plan,
        "definitions": proof.definitions,
        "data_date": proof.data_date.isoformat() if proof.data_date else None,
        "rows": proof.rows,
        "columns": list(proof.columns),
        "masked_columns": list(proof.masked_columns),
        "sha256": proof.sha256,
    }


def _proof(entry: Entry) -> Proof:
    body = entry.read()
    day = body["data_date"]
    return Proof(
        id=entry.id,
        who=entry.who,
        at=entry.at,
        purpose=str(body["purpose"]),
        what=What(str(body["what"])),
        format=Format(str(body["format"])),
        file_name=str(body["file_name"]),
        data_set=str(body["data_set"]),
        plan=str(body["plan"]),
        definitions=str(body["definitions"]),
        data_date=date.fromisoformat(str(day)) if day else None,
        rows=cast("int", body["rows"]),
        columns=tuple(cast("list[str]", body["columns"])),
        masked_columns=tuple(cast("list[str]", body["masked_columns"])),
        sha256=str(body["sha256"]),
    )
