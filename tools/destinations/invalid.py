"""People whose address at a destination leads nowhere, as mail that came back has said."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol

import sqlalchemy as sa
from pyroaring import BitMap

from tools.storage import reading, transaction

_INVALID: Final = sa.Table(
    "invalid_contacts",
    sa.MetaData(),
    sa.Column("destination", sa.String, primary_key=True),
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    *(sa.Column(name, sa.String) for name in ("at", "source")),
)


class InvalidContacts(Protocol):
    """Keeps them; raises `DataError` when it cannot. Noting somebody twice changes nothing."""

    def note_invalid(self, destination: str, keys: BitMap, at: datetime, source: str) -> None: ...

    def people(self, destination: str) -> BitMap: ...

    def valid_again(self, destination: str, keys: BitMap) -> None:
        """Their address was put right."""
        ...


class InvalidInMemory:
    """The fake."""

    def __init__(self) -> None:
        self._people: dict[str, BitMap] = {}

    def note_invalid(self, destination: str, keys: BitMap, at: datetime, source: str) -> None:
        self._people[destination] = self.people(destination) | keys

    def people(self, destination: str) -> BitMap:
        return BitMap(self._people.get(destination, ()))

    def valid_again(self, destination: str, keys: BitMap) -> None:
        self._people[destination] = self.people(destination) - keys


class SqlInvalidContacts:
    """`InvalidContacts` on an engine from `tools.storage.open_storage`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def note_invalid(self, destination: str, keys: BitMap, at: datetime, source: str) -> None:
        with transaction(self._engine) as connection:
            new = keys - _people(connection, destination)
            rows = [{"destination": destination, "key": k, "at": at.isoformat(), "source": source[:200]} for k in new]
            if rows:
                connection.execute(sa.insert(_INVALID), rows)

    def people(self, destination: str) -> BitMap:
        with reading(self._engine) as connection:
            return _people(connection, destination)

    def valid_again(self, destination: str, keys: BitMap) -> None:
        same = sa.and_(_INVALID.c.destination == destination, _INVALID.c.key == sa.bindparam("of_key"))
        if keys:
            with transaction(self._engine) as connection:
                connection.execute(sa.delete(_INVALID).where(same), [{"of_key": key} for key in keys])


def _people(connection: sa.Connection, destination: str) -> BitMap:
    found = connection.execute(sa.select(_INVALID.c.key).where(_INVALID.c.destination == destination))
    return BitMap(found.scalars().all())
