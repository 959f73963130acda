"""A draft row by row: what is proposed, what speaks for it, examples from the data; and a person's decisions.

A decision is written to the ledger before it is applied, and marked as applied afterwards. What a stopped process left
undone is done when the review is opened again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb

from semantic_layer.definitions import load_definitions
from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.ingestion.draft.changing import accepted, all_seen, rejected, rejoined, relabelled, with_customer
from semantic_layer.ingestion.draft.proposals import Kind, Ledger, Proposal, State, kept, read_ledger, write_ledger
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.snapshot import disk_error
from semantic_layer.interchange.native.folder import write_folder
from semantic_layer.model.load import POLICY_FILE
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.types import SemanticModel, Sensitivity

EXAMPLES: Final = 3
MASKED: Final = "•••"
_WITH: Final = "went with "
_Change = Callable[[SemanticModel], SemanticModel]


@dataclass(frozen=True, slots=True)
class Row:
    """A proposal with values from the data; personal ones are masked."""

    proposal: Proposal
    examples: tuple[str, ...]


class DraftReview:
    """The review of the draft in `folder`. Raises `DataError` when the folder is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._restore()
        self._ledger = read_ledger(folder)
        for one in self._ledger.proposals:
            if not one.applied:
                self._apply(one)

    @property
    def finished(self) -> bool:
        return self._ledger.finished

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        return self._ledger.proposals

    @property
    def open(self) -> int:
        """How many rows wait for a decision."""
        return sum(one.state is State.OPEN for one in self._ledger.proposals)

    def rows(self) -> tuple[Row, ...]:
        """All rows, the least certain first, decided ones last."""
        model = self._model()
        ordered = sorted(self._ledger.proposals, key=lambda one: (one.state is not State.OPEN, one.confidence))
        return tuple(Row(one, self._examples(one, model)) for one in ordered)

    # ---- decisions

    def accept(self, row: str, *, by: str = "") -> None:
        """As proposed. Raises `UnknownNameError` for a row that is not there, as all decisions do."""
        self._decide(replace(self._row(row), state=State.ACCEPTED, decided_by=by))

    def accept_all(self, above: float, *, by: str = "") -> int:
        """All open rows of at least this confidence (0..1); returns how many."""
        several = [one for one in self.proposals if one.state is State.OPEN and one.confidence >= above]
        ledger = self._ledger
        for one in several:
            ledger = ledger.with_proposal(replace(one, state=State.ACCEPTED, decided_by=by, applied=False))
        self._keep(ledger)
        model = self._model()
        for one in several:
            model = accepted(model, one.kind, one.name, by=by)
        self._write(model)
        for one in several:
            ledger = ledger.with_proposal(replace(one, state=State.ACCEPTED, decided_by=by))
        self._keep(ledger)
        return len(several)

    def relabel(self, row: str, label: Text, *, by: str = "") -> None:
        """Accepted under another label."""
        self._decide(replace(self._row(row), label=label, state=State.CHANGED, decided_by=by))

    def rejoin(self, row: str, to_entity: str, columns: Sequence[str], *, by: str = "") -> None:
        """A join leads elsewhere, by these columns. Raises `UserError` when they do not fit the key there."""
        one = self._row(row)
        rejoined(self._model(), one.name, to_entity, tuple(columns))
        note = f"{to_entity}:{','.join(columns)}"
        self._decide(replace(one, state=State.CHANGED, decided_by=by, note=note))

    def choose_customer(self, entity: str, *, by: str = "") -> None:
        """Another table holds the customers. Raises `UserError` for one that is not there."""
        one = next(row for row in self.proposals if row.kind is Kind.CUSTOMER)
        with_customer(self._model(), entity)
        self._decide(replace(one, state=State.CHANGED, decided_by=by, note=entity))

    def reject(self, row: str, *, by: str = "") -> tuple[str, ...]:
        """Leave the definition out; returns the rows that went with it. Raises `UserError` for what is needed."""
        one = self._row(row)
        rejected(self._model(), one.kind, one.name)
        self._decide(replace(one, state=State.REJECTED, decided_by=by))
        return tuple(other.id for other in self.proposals if other.note == f"{_WITH}{one.id}")

    def finish(self, *, by: str = "") -> None:
        """The review is over: what was not decided is taken as it is, and nothing is marked as a draft any more."""
        for one in self.proposals:
            if one.state is State.OPEN:
                self._ledger = self._ledger.with_proposal(replace(one, state=State.ACCEPTED, decided_by=by))
        self._keep(self._ledger)
        self._write(all_seen(self._model()))
        self._keep(replace(self._ledger, finished=True))

    # ---- how decisions are kept

    def _row(self, row: str) -> Proposal:
        found = next((one for one in self.proposals if one.id == row), None)
        if found is None:
            near = did_you_mean(row, [one.id for one in self.proposals], allowed="rows")
            raise UnknownNameError(Text("草稿行", "row of the draft"), row, (near,))
        return found

    def _decide(self, decided: Proposal) -> None:
        self._keep(self._ledger.with_proposal(replace(decided, applied=False)))
        self._apply(decided)

    def _apply(self, decided: Proposal) -> None:
        before = self._model()
        after = _change_of(decided)(before)
        self._write(after)
        there = {one.id for one in kept(self.proposals, after)}
        ledger = self._ledger.with_proposal(replace(decided, applied=True))
        for one in ledger.proposals:
            if (
                one.id not in there
                and one.id != decided.id
                and one.state is not State.REJECTED
                and not _is_customer(one)
            ):
                ledger = ledger.with_proposal(replace(one, state=State.REJECTED, note=f"{_WITH}{decided.id}"))
        self._keep(ledger)

    def _keep(self, ledger: Ledger) -> None:
        write_ledger(self._folder, ledger)
        self._ledger = ledger

    def _model(self) -> SemanticModel:
        model, _ = load_definitions(self._folder / "model")
        return model

    def _write(self, model: SemanticModel) -> None:
        """The definitions anew beside, then in place of the old ones; the policy stays as it is."""
        target = self._folder / "model"
        beside, before = self._folder / ".model.unfinished", self._folder / ".model.before"
        try:
            shutil.rmtree(beside, ignore_errors=True)
            write_folder(model, beside)
            if (target / POLICY_FILE).is_file():
                shutil.copyfile(target / POLICY_FILE, beside / POLICY_FILE)
            target.rename(before)
            beside.rename(target)
            shutil.rmtree(before)
        except OSError as error:
            raise disk_error(error, target) from error

    def _restore(self) -> None:
        """After a stop between the two renamings, the definitions as they were."""
        target, before = self._folder / "model", self._folder / ".model.before"
        if before.is_dir() and not target.exists():
            before.rename(target)
        shutil.rmtree(before, ignore_errors=True)

    # ---- examples

    def _examples(self, one: Proposal, model: SemanticModel) -> tuple[str, ...]:
        entity, column = _place_of(one, model)
        found = next((e for e in model.entities if e.name == entity), None)
        stored = found.column(column) if found is not None else None
        if found is None or stored is None:
            return ()
        file = self._folder / "data" / f"{found.table}.parquet"
        if stored.sensitivity is not Sensitivity.NONE:
            return (MASKED,)
        if not file.is_file():
            return ()
        with duckdb.connect() as connection:
            rows = connection.read_parquet(str(file)).query(
                "source",
                f"SELECT CAST({identifier(column)} AS VARCHAR) AS v, count(*) FROM source WHERE v IS NOT NULL "
                f"GROUP BY v ORDER BY 2 DESC, 1 LIMIT {EXAMPLES}",
            )
            return tuple(str(value)[:80] for value, _ in rows.fetchall()) if rows is not None else ()


def _is_customer(one: Proposal) -> bool:
    return one.kind is Kind.CUSTOMER


def _change_of(decided: Proposal) -> _Change:
    kind, name, by = decided.kind, decided.name, decided.decided_by
    if decided.state is State.REJECTED:
        return lambda model: rejected(model, kind, name)
    if decided.state is State.CHANGED and kind is Kind.CUSTOMER:
        return lambda model: with_customer(model, decided.note)
    if decided.state is State.CHANGED and kind is Kind.RELATIONSHIP and decided.note:
        entity, _, columns = decided.note.partition(":")
        return lambda model: rejoined(model, name, entity, tuple(columns.split(",")))
    if decided.state is State.CHANGED:
        return lambda model: relabelled(model, kind, name, decided.label, by=by)
    return lambda model: accepted(model, kind, name, by=by)


def _place_of(one: Proposal, model: SemanticModel) -> tuple[str, str]:
    """The entity and the column whose values show what a row is about."""
    if one.kind is Kind.DIMENSION:
        entity, _, name = one.name.partition(".")
        return entity, next((d.expr for d in model.dimensions if d.qualified == one.name), name)
    if one.kind is Kind.RELATIONSHIP:
        link = next((r for r in model.relationships if r.name == one.name), None)
        return (link.from_entity, link.from_columns[0]) if link is not None else ("", "")
    return "", ""
