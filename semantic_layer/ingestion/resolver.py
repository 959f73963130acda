"""Whose record is it? The seam for identity resolution, and the resolver that reads the generator's own answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from semantic_layer.ingestion.reading import read_parquet
from semantic_layer.ingestion.snapshot import missing_file

NOBODY = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecords:
    """The records of one source that have to be given to people: their ids, and what they say about the person.

    `clues` holds one column a kind of clue (`member_no`, `phone`, `email`, `name`, `address`, `account`, `device`),
    each as long as `record`; `None` where the record says nothing.
    """

    source: str
    record: NDArray[np.int64]
    clues: Mapping[str, NDArray[np.object_]]


class IdentityResolver(Protocol):
    """Gives every record of every source a customer key, or `NOBODY`. Sees all sources at once."""

    def resolve(self, sources: Sequence[SourceRecords]) -> Mapping[str, NDArray[np.int64]]:
        """For each source, keys as long as its records."""
        ...


@dataclass(frozen=True, slots=True)
class TruthKeyResolver:
    """Looks the answer up in the generator's truth table (`folder/records/*.parquet`). For demo data only."""

    folder: Path

    def resolve(self, sources: Sequence[SourceRecords]) -> Mapping[str, NDArray[np.int64]]:
        """Keys from the truth table; a record that it does not know is nobody's.

        Raises:
            DataError: when the truth table is missing or damaged.
        """
        files = sorted((self.folder / "records").glob("*.parquet"))
        if not files:
            raise missing_file(self.folder / "records")
        known: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
        for file in files:
            table = read_parquet(file, ("source", "record_id", "customer_key"))
            if len(table):
                known[str(table.text("source")[0])] = (table.integer("record_id"), table.integer("customer_key"))
        return {each.source: _look_up(each.record, *known.get(each.source, (_NONE, _NONE))) for each in sources}


_NONE: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


def _look_up(record: NDArray[np.int64], ids: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(ids):
        return np.full(len(record), NOBODY, dtype=np.int64)
    order = np.argsort(ids, kind="stable")
    place = np.minimum(np.searchsorted(ids[order], record), len(ids) - 1)
    return np.where(ids[order][place] == record, keys[order][place], NOBODY)


@dataclass(frozen=True, slots=True)
class FixedResolver:
    """The fake for tests: keys given by source and record id."""

    keys: Mapping[str, Mapping[int, int]] = field(default_factory=dict)

    def resolve(self, sources: Sequence[SourceRecords]) -> Mapping[str, NDArray[np.int64]]:
        """Keys from the mapping, `NOBODY` for the rest."""
        return {
            each.source: np.array(
                [self.keys.get(each.source, {}).get(int(record), NOBODY) for record in each.record], dtype=np.int64
            )
            for each in sources
        }
