"""From the warehouse to the tables of the definitions: what is clean, belongs together, and is held back by nothing.

A column of a table is filled by the field of the same name. Three things are filled in where no source has them: the customer
key of a row, from identity; the facts about a customer, from the golden record; and a key of its own for a table without one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from semantic_layer.ingestion.folder import SQL_TYPES, columns_of_spine, fill_from_file
from semantic_layer.ingestion.names import identifier, qualified
from semantic_layer.ingestion.privacy.sealing import Sealer, seal_columns
from semantic_layer.ingestion.snapshot import Progress, publishing
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.model.types import Column, ColumnType, Entity, SemanticModel, Sensitivity

_HELD: Final = "NOT EXISTS (SELECT 1 FROM work.quarantine AS q WHERE q.source = ? AND q.row = r._row AND q.held AND q.settled_at IS NULL)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What is published: the definitions, the sources that fill them, and files for tables that no source fills."""

    model: SemanticModel
    specs: tuple[SourceSpec, ...]
    files: Path | None = None
    sealer: Sealer | None = None

    def sources_of(self, entity: Entity) -> tuple[SourceSpec, ...]:
        """The sources of a table, the most trusted first."""
        return tuple(
            sorted((s for s in self.specs if s.into == entity.table), key=lambda spec: (spec.priority, spec.name))
        )

    @property
    def customer(self) -> Entity | None:
        return next((e for e in self.model.entities if e.name == self.model.customer_entity), None)

    @property
    def resolves_people(self) -> bool:
        """Whether customers come out of identity resolution: no source has a column for their key."""
        customer = self.customer
        if customer is None or len(customer.primary_key) != 1:
            return False
        sources = self.sources_of(customer)
        key = customer.primary_key[0]
        return bool(sources) and not any(mapping.field == key for spec in sources for mapping in spec.columns)


def publish(
    connection: duckdb.DuckDBPyConnection, tables: Tables, target: Path, *, progress: Progress
) -> Mapping[str, int]:
    """Write every table of the definitions into the file `target`, which appears only when it is whole. Returns rows a table.

    Raises:
        DataError: when a value does not fit the definitions, a table has neither source nor file, or the disk is full.
    """
    entities = tables.model.entities
    counts: dict[str, int] = {}
    with publishing(target) as unfinished:
        with duckdb.connect(str(unfinished)):  # makes the file
            pass
        connection.execute(f"ATTACH '{_quoted(unfinished)}' AS published")
        try:
            for done, entity in enumerate(entities):
                progress(entity.table, done, len(entities) + 1)
                counts[entity.table] = _write(connection, tables, entity)
            _write_spines(connection, tables)
        finally:
            connection.execute("DETACH published")
        _seal(unfinished, tables)
    progress("", len(entities) + 1, len(entities) + 1)
    return counts


def _write(connection: duckdb.DuckDBPyConnection, tables: Tables, entity: Entity) -> int:
    sources = tables.sources_of(entity)
    if not sources and tables.files is not None:
        fill_from_file(
            connection, tables.files, f"published.{identifier(entity.table)}", _columns(entity.columns), entity.table
        )
    elif tables.resolves_people and entity == tables.customer:
        connection.execute(_golden(connection, entity))
    else:
        statement, given = _rows(connection, tables, entity, sources)
        connection.execute(f"CREATE TABLE published.{identifier(entity.table)} AS {statement}", given)
    counted = connection.execute(f"SELECT count(*) FROM published.{identifier(entity.table)}").fetchall()
    return int(counted[0][0])


def _rows(
    connection: duckdb.DuckDBPyConnection, tables: Tables, entity: Entity, sources: Sequence[SourceSpec]
) -> tuple[str, list[object]]:
    """All rows of all sources of a table; of several with the same key, that of the most trusted source, then the newest."""
    if not sources:
        nothing = ", ".join(f"CAST(NULL AS {SQL_TYPES[c.type]}) AS {identifier(c.name)}" for c in entity.columns)
        return f"SELECT {nothing} LIMIT 0", []
    parts, given = [], list[object]()
    for rank, spec in enumerate(sources):
        there = _fields(connection, spec.name)
        columns = ", ".join(_column(tables, entity, column, spec, there) for column in entity.columns)
        people = (
            " LEFT JOIN identity.members AS m ON m.source = ? AND m.record = r._row" if tables.resolves_people else ""
        )
        given += [spec.name, spec.name] if people else [spec.name]
        parts.append(
            f"SELECT {columns}, {rank} AS _rank, r._load AS _load, r._row AS _row "
            f"FROM {qualified('clean', spec.name)} AS r{people} WHERE {_HELD}"
        )
    kept = ", ".join(identifier(column.name) for column in entity.columns)
    key = ", ".join(identifier(name) for name in entity.primary_key)
    together = " UNION ALL BY NAME ".join(parts)
    if not entity.primary_key or entity.validity is not None or entity.partition is not None:
        return f"SELECT {kept} FROM ({together})", given
    newest = f"row_number() OVER (PARTITION BY {key} ORDER BY _rank, _load DESC, _row) = 1"
    unknown = " OR ".join(f"{identifier(name)} IS NULL" for name in entity.primary_key)
    return f"SELECT {kept} FROM ({together}) QUALIFY {newest} OR {unknown} ORDER BY {key}", given


def _column(tables: Tables, entity: Entity, column: Column, spec: SourceSpec, there: frozenset[str]) -> str:
    name, kind = identifier(column.name), SQL_TYPES[column.type]
    if column.name in there:
        return f"CAST(r.{name} AS {kind}) AS {name}"
    if tables.resolves_people and _leads_to_customer(tables, entity, column.name):
        return f"CAST(m.customer_key AS {kind}) AS {name}"
    if column.name in entity.primary_key:
        own = f"'{spec.name.replace(chr(39), chr(39) * 2)}:' || r._row"
        return f"{own if column.type is ColumnType.STRING else f'CAST(hash({own}) >> 1 AS {kind})'} AS {name}"
    return f"CAST(NULL AS {kind}) AS {name}"


def _leads_to_customer(tables: Tables, entity: Entity, column: str) -> bool:
    """Whether the column holds the key of the customer."""
    return any(
        link.from_entity == entity.name
        and link.to_entity == tables.model.customer_entity
        and link.from_columns == (column,)
        for link in tables.model.relationships
    )


def _golden(connection: duckdb.DuckDBPyConnection, entity: Entity) -> str:
    there = _fields(connection, "golden", schema="identity")
    key = entity.primary_key[0]
    columns = []
    for column in entity.columns:
        name, kind = identifier(column.name), SQL_TYPES[column.type]
        source = "customer_key" if column.name == key else name
        known = column.name == key or column.name in there
        columns.append(f"CAST({f'g.{source}' if known else 'NULL'} AS {kind}) AS {name}")
    return f"CREATE TABLE published.{identifier(entity.table)} AS SELECT {', '.join(columns)} FROM identity.golden AS g ORDER BY 1"


def _write_spines(connection: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    for spine in tables.model.time_spines:
        if tables.files is not None:
            fill_from_file(
                connection, tables.files, f"published.{identifier(spine.table)}", columns_of_spine(spine), spine.table
            )


def _seal(path: Path, tables: Tables) -> None:
    if tables.sealer is None:
        return
    with duckdb.connect(str(path)) as connection:
        for entity in tables.model.entities:
            personal = tuple(
                column.name
                for column in entity.columns
                if column.sensitivity is not Sensitivity.NONE and column.type is ColumnType.STRING
            )
            if personal:
                seal_columns(connection, entity.table, personal, tables.sealer)


def _columns(columns: Sequence[Column]) -> list[tuple[str, str]]:
    return [(column.name, SQL_TYPES[column.type]) for column in columns]


def _fields(connection: duckdb.DuckDBPyConnection, table: str, *, schema: str = "clean") -> frozenset[str]:
    found = connection.execute(
        "SELECT column_name FROM duckdb_columns() WHERE schema_name = ? AND table_name = ? AND database_name = current_database()",
        [schema, table],
    ).fetchall()
    return frozenset(name for (name,) in found)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
