"""An append-only book of what was done, each entry chained to the one before by a hash, so that tampering shows.

The chain shows changed, reordered and removed entries inside the book. That the last entries are still there shows only
against a `head` noted elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from semantic_layer.errors import DataError, Text
from semantic_layer.query.codec import Json
from tools.storage import reading, transaction

GENESIS: Final = "0" * 64
_ATTEMPTS: Final = 20
_LEDGER: Final = sa.Table(
    "ledger",
    sa.MetaData(),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    *(sa.Column(name, sa.String) for name in ("id", "kind", "at", "who", "body", "previous", "hash")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was done. `body` is canonical JSON; `hash` covers all else, and the entry before."""

    seq: int
    id: str
    kind: str
    at: datetime
    who: str
    body: str
    previous: str
    hash: str

    def read(self) -> dict[str, Json]:
        return dict(json.loads(self.body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What checking the chain found. `broken_at` is the first entry that does not fit; `head` the hash of the last."""

    entries: int
    head: str
    broken_at: int | None = None

    @property
    def intact(self) -> bool:
        return self.broken_at is None


class Ledger(Protocol):
    """The seam to where the book is kept. Entries are never changed or taken out."""

    def append(self, *, entry_id: str, kind: str, at: datetime, who: str, body: Mapping[str, Json]) -> Entry:
        """Write one entry; raises `DataError` when it cannot be kept."""
        ...

    def entries(
        self, *, kind: str | None = None, who: str | None = None, limit: int | None = None, before: int | None = None
    ) -> tuple[Entry, ...]:
        """Entries, newest first; `before` (a `seq`) turns the page."""
        ...

    def verify(self) -> Verdict: ...


class LedgerInMemory:
    """The fake: a book that lasts as long as the process. `pages` is open to tests that tamper."""

    def __init__(self) -> None:
        self.pages: list[Entry] = []
        self._lock = threading.Lock()

    def append(self, *, entry_id: str, kind: str, at: datetime, who: str, body: Mapping[str, Json]) -> Entry:
        with self._lock:
            last = self.pages[-1] if self.pages else None
            entry = _chained(last, entry_id, kind, at, who, body)
            self.pages.append(entry)
            return entry

    def entries(
        self, *, kind: str | None = None, who: str | None = None, limit: int | None = None, before: int | None = None
    ) -> tuple[Entry, ...]:
        found = [
            entry
            for entry in reversed(self.pages)
            if kind in (None, entry.kind) and who in (None, entry.who) and (before is None or entry.seq < before)
        ]
        return tuple(found[:limit])

    def verify(self) -> Verdict:
        return check_chain(self.pages)


class SqlLedger:
    """A `Ledger` on an engine from `tools.storage.open_storage`. The database itself refuses changes and deletions."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def append(self, *, entry_id: str, kind: str, at: datetime, who: str, body: Mapping[str, Json]) -> Entry:
        for _ in range(_ATTEMPTS):
            try:
                with transaction(self._engine) as connection:
                    entry = _chained(_last(connection), entry_id, kind, at, who, body)
                    connection.execute(sa.insert(_LEDGER).values(_row(entry)))
                    return entry
            except IntegrityError:
                if self._has(entry_id):
                    break
                # Somebody past our lock wrote the same number first: take the next.
        raise DataError(
            Text(f"记录 {entry_id} 无法写入审计库。", f"Entry {entry_id!r} could not be written to the audit store.")
        )

    def _has(self, entry_id: str) -> bool:
        with reading(self._engine) as connection:
            return connection.execute(sa.select(_LEDGER.c.seq).where(_LEDGER.c.id == entry_id)).first() is not None

    def entries(
        self, *, kind: str | None = None, who: str | None = None, limit: int | None = None, before: int | None = None
    ) -> tuple[Entry, ...]:
        wanted = sa.select(_LEDGER).order_by(_LEDGER.c.seq.desc()).limit(limit)
        for column, value in ((_LEDGER.c.kind, kind), (_LEDGER.c.who, who)):
            wanted = wanted if value is None else wanted.where(column == value)
        if before is not None:
            wanted = wanted.where(_LEDGER.c.seq < before)
        with reading(self._engine) as connection:
            return tuple(_entry(row) for row in connection.execute(wanted).all())

    def verify(self) -> Verdict:
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(_LEDGER).order_by(_LEDGER.c.seq)).all()
        return check_chain([_entry(row) for row in rows])


def check_chain(entries: Sequence[Entry]) -> Verdict:
    """Recompute every hash, oldest first."""
    previous, number = GENESIS, 0
    for number, entry in enumerate(entries, start=1):
        whole = entry.seq == number and entry.previous == previous and entry.hash == _hash(entry)
        if not whole:
            return Verdict(entries=len(entries), head=entries[-1].hash, broken_at=number)
        previous = entry.hash
    return Verdict(entries=number, head=previous)


def _chained(last: Entry | None, entry_id: str, kind: str, at: datetime, who: str, body: Mapping[str, Json]) -> Entry:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, allow_nan=False, separators=(",", ":"))
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
    draft = Entry(seq=seq, id=entry_id, kind=kind, at=at, who=who, body=text, previous=previous, hash="")
    return Entry(seq=seq, id=entry_id, kind=kind, at=at, who=who, body=text, previous=previous, hash=_hash(draft))


def _hash(entry: Entry) -> str:
    parts = [str(entry.seq), entry.id, entry.kind, entry.at.isoformat(), entry.who, entry.body, entry.previous]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def _last(connection: sa.Connection) -> Entry | None:
    row = connection.execute(sa.select(_LEDGER).order_by(_LEDGER.c.seq.desc()).limit(1)).first()
    return _entry(row) if row is not None else None


def _row(entry: Entry) -> dict[str, str | int]:
    return {
        "seq": entry.seq,
        "id": entry.id,
        "kind": entry.kind,
        "at": entry.at.isoformat(),
        "who": entry.who,
        "body": entry.body,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def _entry(row: sa.Row[tuple[object, ...]]) -> Entry:
    return Entry(
        seq=row.seq,
        id=row.id,
        kind=row.kind,
        at=datetime.fromisoformat(row.at),
        who=row.who,
        body=row.body,
        previous=row.previous,
        hash=row.hash,
    )
