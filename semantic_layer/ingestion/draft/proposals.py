"""What a draft proposes, row by row, with evidence and confidence; and the file beside the model that keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import yaml

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.snapshot import disk_error
from semantic_layer.model.types import SemanticModel

DRAFT_FILE: Final = "draft.yml"
OWNER: Final = "草稿 · draft"  # who answers for a definition that nobody has looked at


class Kind(StrEnum):
    CUSTOMER = "customer"
    ENTITY = "entity"
    RELATIONSHIP = "relationship"
    DIMENSION = "dimension"
    METRIC = "metric"
    TAG = "tag"


class State(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    CHANGED = "changed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One row of a draft. `source` is where it comes from (`table` or `table.column`, as stored), `name` the definition."""

    kind: Kind
    name: str
    source: str
    label: Text
    evidence: str
    confidence: float
    state: State = State.OPEN
    applied: bool = True  # whether the definitions have what was decided
    decided_by: str = ""
    note: str = ""

    @property
    def id(self) -> str:
        return f"{self.kind.value}:{self.name}"


@dataclass(frozen=True, slots=True)
class Ledger:
    """All rows of a draft, and whether somebody has declared the review to be over."""

    proposals: tuple[Proposal, ...]
    finished: bool = False
    source: str = ""

    def with_proposal(self, changed: Proposal) -> Ledger:
        return replace(self, proposals=tuple(changed if one.id == changed.id else one for one in self.proposals))


def write_ledger(folder: Path, ledger: Ledger) -> None:
    """Beside, then in place of the old one: a decision is kept or not, never half. Raises `DataError` for the disk."""
    rows = [
        {
            "kind": one.kind.value,
            "name": one.name,
            "source": one.source,
            "label": {"zh": one.label.zh, "en": one.label.en},
            "evidence": one.evidence,
            "confidence": one.confidence,
            **({} if one.state is State.OPEN else {"state": one.state.value, "by": one.decided_by}),
            **({} if one.applied else {"applied": False}),
            **({"note": one.note} if one.note else {}),
        }
        for one in ledger.proposals
    ]
    data = {"source": ledger.source, "finished": ledger.finished, "proposals": rows}
    target = folder / DRAFT_FILE
    beside = folder / f".{DRAFT_FILE}.unfinished"
    try:
        text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=120)
        beside.write_text(text, encoding="utf-8")
        beside.replace(target)
    except OSError as error:
        raise disk_error(error, target) from error


def read_ledger(folder: Path) -> Ledger:
    """Raises `DataError` when the folder is no draft or its ledger cannot be read."""
    file = folder / DRAFT_FILE
    try:
        data: Mapping[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        return Ledger(
            tuple(_proposal(row) for row in data["proposals"]), bool(data["finished"]), str(data.get("source", ""))
        )
    except FileNotFoundError as error:
        raise DataError(
            Text(
                zh=f"「{folder}」不是草稿：里面没有 {DRAFT_FILE}。先用 qunxiang draft 生成一个。",
                en=f"{str(folder)!r} is no draft: there is no {DRAFT_FILE} in it. Make one with qunxiang draft.",
            )
        ) from error
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, UnicodeDecodeError) as error:
        raise DataError(
            Text(
                zh=f"草稿文件「{file}」读不出来：{error}。请从备份恢复它；定义文件没有变。",
                en=f"The file of the draft, {str(file)!r}, cannot be read: {error}. Restore it from a backup; the "
                "definitions are as they were.",
            )
        ) from error


def _proposal(row: Mapping[str, Any]) -> Proposal:
    return Proposal(
        kind=Kind(row["kind"]),
        name=str(row["name"]),
        source=str(row["source"]),
        label=Text(str(row["label"]["zh"]), str(row["label"]["en"])),
        evidence=str(row["evidence"]),
        confidence=float(row["confidence"]),
        state=State(row.get("state", "open")),
        applied=bool(row.get("applied", True)),
        decided_by=str(row.get("by", "")),
        note=str(row.get("note", "")),
    )


def kept(proposals: Iterable[Proposal], model: SemanticModel) -> tuple[Proposal, ...]:
    """The rows whose definitions are in the model, each once."""
    names = {
        Kind.CUSTOMER: {model.customer_entity},
        Kind.ENTITY: {one.name for one in model.entities},
        Kind.RELATIONSHIP: {one.name for one in model.relationships},
        Kind.DIMENSION: {one.qualified for one in model.dimensions},
        Kind.METRIC: {one.name for one in model.metrics},
        Kind.TAG: {one.qualified for one in model.tags},
    }
    there = {one.id: one for one in proposals if one.name in names[one.kind]}
    return tuple(there.values())
