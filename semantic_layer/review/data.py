"""The data that definitions are held against, read through the gate by a service that sees all and passes on only counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from semantic_layer.compiler.context import TAG_TABLE
from semantic_layer.compiler.probes import Probe
from semantic_layer.engines.base import Cancel, Engine, RawResult
from semantic_layer.engines.columns import Columns
from semantic_layer.layer import SemanticLayer, latest_day
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Entity
from semantic_layer.policy.authorise import AuthorisedSql, authorise
from semantic_layer.policy.catalog import Catalog
from semantic_layer.policy.types import Policy, RolePolicy, User
from semantic_layer.segments import SegmentLookup, SegmentsInMemory
from semantic_layer.table import Cell

SERVICE = User(name="review of definitions", roles=("review",))
SERVICE_POLICY = Policy(roles=(RolePolicy(name="review", see_personal=True, see_contact=True),))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredColumn:
    """A column as it was found. `unreadable` values do not fit the declared type, and are taken as missing."""

    name: str
    type: str
    unreadable: int = 0


class Data:
    """One model and the engine that holds its tables. `unreadable` counts values by table and column."""

    def __init__(
        self, index: ModelIndex, engine: Engine, *, unreadable: Mapping[tuple[str, str], int] | None = None
    ) -> None:
        self.index = index
        self.engine = engine
        self._catalog = Catalog.from_model(index.model)
        counts = unreadable or {}
        self._tables = {
            table.casefold(): {
                name.casefold(): StoredColumn(name=name, type=kind, unreadable=counts.get((table, name), 0))
                for name, kind in columns
            }
            for table, columns in engine.tables()
        }

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(self._tables)

    @cached_property
    def as_of(self) -> date:
        """The data's today. Raises `UserError` when it cannot be found."""
        return latest_day(self.index, self.engine)

    def columns(self, entity: Entity) -> Mapping[str, StoredColumn] | None:
        """The stored columns of an entity's table by lower-case name; `None` when there is no such table."""
        return self._tables.get(entity.table.casefold())

    def has(self, entity: Entity, columns: Iterable[str] = ()) -> bool:
        """Whether the entity's table is there with these columns."""
        stored = self.columns(entity)
        return stored is not None and all(name.casefold() in stored for name in columns)

    def has_all(self, entity: Entity) -> bool:
        """Whether the table is there with every column of the definitions."""
        return self.has(entity, (column.name for column in entity.columns))

    def rows(self, probe: Probe) -> tuple[tuple[Cell, ...], ...]:
        """What a probe gives. Raises `UserError`."""
        return self.engine.run(authorise(probe, SERVICE, self._catalog, SERVICE_POLICY)).rows

    def counts(self, probe: Probe) -> tuple[int, ...]:
        """The single row of a probe that counts; nothing counted is 0."""
        (row,) = self.rows(probe)
        return tuple(int(str(cell)) if cell is not None else 0 for cell in row)

    def layer(self, segments: SegmentLookup | None = None) -> SemanticLayer:
        """Answers typed questions about this data as the service. Raises `UserError` when there is no today."""
        return SemanticLayer(self.index, SERVICE_POLICY, self.engine, self.as_of, segments or SegmentsInMemory())


class WithoutStoredTags:
    """An engine whose stored tags are not seen: they were computed by other definitions than those under review."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def dialect(self) -> str:
        return self._engine.dialect

    def run(self, sql: AuthorisedSql, *, cancel: Cancel | None = None) -> RawResult:
        return self._engine.run(sql, cancel=cancel)

    def columns(self, sql: AuthorisedSql, *, cancel: Cancel | None = None) -> Columns:
        return self._engine.columns(sql, cancel=cancel)

    def tables(self) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
        return [(name, columns) for name, columns in self._engine.tables() if name != TAG_TABLE]

    def data_date(self) -> date | None:
        return self._engine.data_date()

    def close(self) -> None:
        self._engine.close()
