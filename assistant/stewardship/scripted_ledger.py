"""Who is one customer in the scripted port: the changes that people make, and the ledger that takes them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, assert_never

from assistant.stewardship.people import LedgerKind, LedgerLine, Merge, PersonChange, Split, Undo
from assistant.stewardship.scripted_people_data import MEMBERS
from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError

CUSTOMER: Final = Text("客户", "customer")
UNDOABLE: Final = ("merge", "split", "never")
Members = Mapping[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A line of the ledger, with who had which records before; `pair` is the one whose decision it was."""

    line: LedgerLine
    customers: tuple[int, ...]
    before: Members
    pair: str
    undone: bool = False


@dataclass(slots=True)
class ScriptedLedger:
    """Customers by number with the ids of their records. Only the last change that stands can be undone."""

    members: Members = field(default_factory=lambda: dict(MEMBERS))
    merged: Mapping[int, int] = field(default_factory=dict)
    entries: list[_Entry] = field(default_factory=list)

    def records(self, customer: int) -> tuple[str, ...]:
        if customer not in self.members:
            near = [str(n) for n in sorted(self.members, key=lambda n: abs(n - customer))[:2]]
            raise UnknownNameError(CUSTOMER, str(customer), near)
        return self.members[customer]

    def now(self, customer: int) -> int:
        """The number under which somebody is found today."""
        number = customer if customer in self.members else self.merged.get(customer, customer)
        self.records(number)
        return number

    def lines(self, customer: int) -> tuple[LedgerLine, ...]:
        """Newest first."""
        last = self._last()
        return tuple(
            replace(entry.line, undoable=entry is last)
            for entry in reversed(self.entries)
            if customer in entry.customers
        )

    def _last(self) -> _Entry | None:
        standing = [entry for entry in self.entries if not entry.undone and entry.line.kind in UNDOABLE]
        return standing[-1] if standing else None

    def after(self, change: PersonChange) -> Members:
        """Who would have which records. Raises `InvalidPlanError` for what cannot be done."""
        match change:
            case Split(customer=customer, records=records):
                mine = self.records(customer)
                rest, taken = tuple(r for r in mine if r not in records), tuple(r for r in mine if r in records)
                if not taken or not rest:
                    raise InvalidPlanError(
                        Text(
                            "请选一条或几条记录，但不要全选：至少要留下一条。",
                            "Choose one or more records, but not all: one has to stay.",
                        )
                    )
                return {**self.members, customer: rest, max(self.members) + 1: taken}
            case Merge(customer=customer, other=other):
                first, second = sorted((customer, other))
                both = self.records(first) + self.records(second)
                if first == second:
                    raise InvalidPlanError(
                        Text(
                            "这是同一位客户。请填另一位的编号。",
                            "This is the same customer. Give the number of another one.",
                        )
                    )
                return {**{n: ids for n, ids in self.members.items() if n != second}, first: both}
            case Undo(entry=number):
                return self._undone(number).before
            case unreachable:
                assert_never(unreachable)

    def _undone(self, number: int) -> _Entry:
        last = self._last()
        if last is None or last.line.entry != number:
            raise InvalidPlanError(
                Text(
                    "这一步现在不能撤销：后面还有改动，请先撤销那些。",
                    "This cannot be undone now: later changes rest on it. Undo those first.",
                )
            )
        return last

    def write(
        self,
        kind: LedgerKind,
        text: Text,
        after: Members,
        *,
        by: str,
        at: datetime,
        pair: str = "",
        who: tuple[int, ...] = (),
    ) -> int:
        """Make `after` what holds; the number of the entry. `who` names customers whose records stay."""
        before = self.members
        touched = who + tuple(n for n in {**before, **after} if before.get(n) != after.get(n))
        number = len(self.entries) + 1
        line = LedgerLine(entry=number, kind=kind, text=text, at=at, by=by, undoable=False)
        self.entries.append(_Entry(line=line, customers=touched, before=before, pair=pair))
        self.members = after
        return number

    def merge_into(self, gone: int, survivor: int) -> None:
        self.merged = {**self.merged, gone: survivor}

    def take_back(self, number: int, *, by: str, at: datetime) -> tuple[int, str]:
        """Undo an entry; a customer of it, and the pair that waits again."""
        entry = self._undone(number)
        position = self.entries.index(entry)
        self.entries[position] = replace(entry, undone=True)
        said = Text("已撤销，恢复到之前的样子。", "Undone: all is as it was.")
        self.write("undo", said, entry.before, by=by, at=at, who=entry.customers)
        self.merged = {old: new for old, new in self.merged.items() if old not in self.members}
        return min(entry.customers), entry.pair
