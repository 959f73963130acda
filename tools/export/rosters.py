"""Which people an exported file held: their keys, nothing else. Kept beside the proof, which holds no people."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import sqlalchemy as sa

from tools.storage import reading, transaction

Key = int | str
_ROSTERS: Final = sa.Table(
    "export_rosters",
    sa.MetaData(),
    sa.Column("proof_id", sa.String, primary_key=True),
    sa.Column("data_set", sa.String),
    sa.Column("people", sa.Integer),
    sa.Column("keys", sa.LargeBinary),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The customer keys in the file of one proof."""

    proof_id: str
    data_set: str
    keys: tuple[Key, ...]


class RosterStore(Protocol):
    """Keeps rosters for good; raises `DataError` when it cannot."""

    def keep(self, roster: Roster) -> None: ...

    def proofs_with(self, data_set: str, key: Key) -> tuple[str, ...]:
        """The ids of the proofs whose files held this person, in order."""
        ...


class SqlRosters:
    """A `RosterStore` on an engine from `tools.storage.open_storage`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def keep(self, roster: Roster) -> None:
        row = {"proof_id": roster.proof_id, "data_set": roster.data_set, "people": len(roster.keys)}
        with transaction(self._engine) as connection:
            connection.execute(sa.insert(_ROSTERS).values(**row, keys=_packed(roster.keys)))

    def proofs_with(self, data_set: str, key: Key) -> tuple[str, ...]:
        wanted = sa.select(_ROSTERS.c.proof_id, _ROSTERS.c["keys"]).where(_ROSTERS.c.data_set == data_set)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(_ROSTERS.c.proof_id)).all()
        return tuple(proof_id for proof_id, packed in rows if key in _unpacked(packed))


class RostersInMemory:
    """The fake: lasts as long as the process."""

    def __init__(self) -> None:
        self.kept: list[Roster] = []

    def keep(self, roster: Roster) -> None:
        self.kept.append(roster)

    def proofs_with(self, data_set: str, key: Key) -> tuple[str, ...]:
        return tuple(sorted(one.proof_id for one in self.kept if one.data_set == data_set and key in one.keys))


def _packed(keys: Iterable[Key]) -> bytes:
    return zlib.compress(json.dumps(list(keys), ensure_ascii=False, separators=(",", ":")).encode())


def _unpacked(packed: bytes) -> Sequence[Key]:
    return tuple(json.loads(zlib.decompress(packed)))
