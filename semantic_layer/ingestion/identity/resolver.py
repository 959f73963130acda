"""Identity resolution behind the seam of the loaders: clues of sources become records, records become customer keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from semantic_layer.engines.base import Cancel
from semantic_layer.ingestion.identity.resolving import resolve
from semantic_layer.ingestion.identity.rules import IdentityRules
from semantic_layer.ingestion.identity.tables import FIELDS, prepare
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.resolver import NOBODY, SourceRecords
from semantic_layer.ingestion.snapshot import Progress

_CLUES: Final = tuple(name for name in FIELDS if name != "birthday")


def _quiet(what: str, done: int, of: int) -> None:
    """Nobody waits to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneIdResolver:
    """`IdentityResolver` with rules, limits and weights.

    `numbered` names sources whose record number is itself the member number, with the form that others write it in, e.g.
    `{"crm": "M{:08d}"}`. With a connection to a warehouse keys stay the same from load to load; without one they depend on
    the records alone.
    """

    rules: IdentityRules
    now: datetime
    numbered: Mapping[str, str] = field(default_factory=dict)
    connection: duckdb.DuckDBPyConnection | None = None
    progress: Progress = _quiet
    cancel: Cancel | None = None

    def resolve(self, sources: Sequence[SourceRecords]) -> Mapping[str, NDArray[np.int64]]:
        """Customer keys from 1, `NOBODY` for records that say nothing about whose they are.

        Raises:
            CancelledError: when stopped; nothing has changed.
        """
        with self._opened() as connection:
            prepare(connection)
            for each in sources:
                self._take_in(connection, each)
            resolve(connection, self.rules, now=self.now, progress=self.progress, cancel=self.cancel)
            return {each.source: _keys(connection, each) for each in sources}

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if self.connection is not None:
            yield self.connection
            return
        with duckdb.connect() as connection:
            yield connection

    def _take_in(self, connection: duckdb.DuckDBPyConnection, records: SourceRecords) -> None:
        clues: dict[str, NDArray[np.object_]] = dict(records.clues)
        if records.source in self.numbered:
            form = self.numbered[records.source]
            clues["member_no"] = np.array([form.format(int(number)) for number in records.record], dtype=object)
        columns: dict[str, pa.Array] = {
            name: pa.array(clues[name], pa.string(), from_pandas=True) for name in _CLUES if name in clues
        }
        names = ["source", "record", *columns]
        connection.register("identity_taken", pa.table({"record": pa.array(records.record)} | columns))
        try:
            connection.execute("DELETE FROM identity.records WHERE source = ?", [records.source])
            connection.execute(
                f"INSERT INTO identity.records ({', '.join(identifier(name) for name in names)}) "
                f"SELECT {', '.join(['?', 'record::VARCHAR', *(identifier(name) for name in columns)])} FROM identity_taken",
                [records.source],
            )
        finally:
            connection.unregister("identity_taken")


def _keys(connection: duckdb.DuckDBPyConnection, records: SourceRecords) -> NDArray[np.int64]:
    asked = pa.table({"place": pa.array(np.arange(len(records.record))), "record": pa.array(records.record)})
    connection.register("identity_asked_for", asked)
    try:
        found = connection.execute(
            "SELECT coalesce(m.customer_key, ?)::BIGINT AS customer_key FROM identity_asked_for a LEFT JOIN identity.members m "
            "ON m.source = ? AND m.record = a.record::VARCHAR ORDER BY a.place",
            [NOBODY, records.source],
        ).fetchnumpy()
    finally:
        connection.unregister("identity_asked_for")
    return np.asarray(found["customer_key"], dtype=np.int64)
