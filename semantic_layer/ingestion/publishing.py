"""From the warehouse to the tables of the definitions: what is clean, belongs together, and is held back by nothing.

A column of a table is filled by the field of the same name. Four things are filled in where no source has them: the customer
key of a row, from identity; the facts about a customer, from the golden record; a key of its own for a table without one; and
when and whose a row was, from the row that it leads to: the lines of an order have the time and the customer of the order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.folder import columns_of_spine, fill_from_file
from semantic_layer.ingestion.names import SQL_TYPES, identifier, qualified
from semantic_layer.ingestion.privacy.sealing import Sealer, seal_columns
from semantic_layer.ingestion.snapshot import Progress, publishing
from semantic_layer.ingestion.sources.types import SourceKind, SourceSpec
from semantic_layer.ingestion.tagging.stream import event_key
from semantic_layer.ingestion.warehouse import table_columns
from semantic_layer.model.types import Column, ColumnType, Entity, Relationship, SemanticModel, Sensitivity

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
    with publishing(target) as unfinished, _sealing(unfinished, tables) as written:
        with duckdb.connect(str(written)):  # makes the file
            pass
        connection.execute(f"ATTACH {_text(str(written))} AS published")
        try:
            for done, entity in enumerate(_led_to_first(tables)):
                progress(entity.table, done, len(entities) + 1)
                counts[entity.table] = _write(connection, tables, entity)
            _write_spines(connection, tables)
        finally:
            connection.execute("DETACH published")
    progress("", len(entities) + 1, len(entities) + 1)
    return counts


def _write(connection: duckdb.DuckDBPyConnection, tables: Tables, entity: Entity) -> int:
    declared = tables.sources_of(entity)
    sources = tuple(spec for spec in declared if table_columns(connection, "clean", spec.name))
    if not declared and tables.files is not None:
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
        there = table_columns(connection, "clean", spec.name)
        columns = ", ".join(_column(tables, entity, column, spec, there) for column in entity.columns)
        people = (
            " LEFT JOIN identity.members AS m ON m.source = ? AND m.record = r._row" if tables.resolves_people else ""
        )
        given += [spec.name, spec.name] if people else [spec.name]
        parts.append(
            f"SELECT {columns}, {rank} AS _rank, r._load AS _load, r._row AS _row "
            f"FROM {qualified('clean', spec.name)} AS r{people} WHERE {_HELD}"
        )
    kept, joins = _with_parents(tables, entity)
    key = ", ".join(f"a.{identifier(name)}" for name in entity.primary_key)
    together = f"({' UNION ALL BY NAME '.join(parts)}) AS a{joins}"
    if not entity.primary_key or entity.validity is not None or entity.partition is not None:
        return f"SELECT {kept} FROM {together}", given
    newest = f"row_number() OVER (PARTITION BY {key} ORDER BY a._rank, a._load DESC, a._row) = 1"
    unknown = " OR ".join(f"a.{identifier(name)} IS NULL" for name in entity.primary_key)
    return f"SELECT {kept} FROM {together} QUALIFY {newest} OR {unknown} ORDER BY {key}", given


def _with_parents(tables: Tables, entity: Entity) -> tuple[str, str]:
    """The columns of a table, and the joins to the tables that fill in what its own sources leave empty."""
    picked, joins = [], list[str]()
    for column in entity.columns:
        name = identifier(column.name)
        link = _parent_of(tables, entity, column)
        if link is None:
            picked.append(f"a.{name}")
            continue
        parent, alias = _entity(tables, link.to_entity), f"p{len(joins)}"
        ends = zip(link.from_columns, link.to_columns, strict=True)
        met = " AND ".join(f"a.{identifier(one)} = {alias}.{identifier(other)}" for one, other in ends)
        joins.append(f" LEFT JOIN published.{identifier(parent.table)} AS {alias} ON {met}")
        picked.append(f"coalesce(a.{name}, CAST({alias}.{name} AS {SQL_TYPES[column.type]})) AS {name}")
    return ", ".join(picked), "".join(joins)


def _parent_of(tables: Tables, entity: Entity, column: Column) -> Relationship | None:
    """The way to the row that says when or whose a row was; `None` for other columns, and where a source says it."""
    whose = _leads_to_customer(tables, entity, column.name)
    if not (whose or column.name == _time_column(tables, entity)):
        return None
    if any(mapping.field == column.name for spec in tables.sources_of(entity) for mapping in spec.columns):
        return None
    return next((link for link in _ways_up(tables, entity) if _has(tables, link, column)), None)


def _ways_up(tables: Tables, entity: Entity) -> tuple[Relationship, ...]:
    """The ways to other tables than that of the customers, whose rows stand once each and do not lead back."""
    back = {link.from_entity for link in tables.model.relationships if link.to_entity == entity.name}
    return tuple(
        link
        for link in tables.model.relationships
        if link.from_entity == entity.name
        and link.to_entity not in (*back, entity.name, tables.model.customer_entity)
        and _entity(tables, link.to_entity).primary_key == link.to_columns
        and _entity(tables, link.to_entity).validity is None
        and _entity(tables, link.to_entity).partition is None
    )


def _has(tables: Tables, link: Relationship, column: Column) -> bool:
    there = {one.name for one in _entity(tables, link.to_entity).columns}
    return column.name in there and column.name not in link.from_columns


def _time_column(tables: Tables, entity: Entity) -> str:
    """The column that "when" means; empty for rows that have none."""
    times = (d.expr for d in tables.model.dimensions if d.entity == entity.name and d.name == entity.time)
    return next(times, "")


def _entity(tables: Tables, name: str) -> Entity:
    return next(entity for entity in tables.model.entities if entity.name == name)


def _led_to_first(tables: Tables) -> tuple[Entity, ...]:
    """All tables, each after those that may fill something in for it."""
    found: dict[str, Entity] = {}

    def add(entity: Entity, below: tuple[str, ...]) -> None:
        for link in _ways_up(tables, entity):
            if link.to_entity not in (*below, *found):
                add(_entity(tables, link.to_entity), (*below, entity.name))
        found.setdefault(entity.name, entity)

    for entity in tables.model.entities:
        add(entity, ())
    return tuple(found.values())


def _column(tables: Tables, entity: Entity, column: Column, spec: SourceSpec, there: Collection[str]) -> str:
    name, kind = identifier(column.name), SQL_TYPES[column.type]
    if spec.kind is SourceKind.EVENTS and entity.primary_key[:1] == (column.name,):  # as when the event was first seen
        events = f"(SELECT {_text(spec.name)} AS source, r._row AS event_id)"
        return f"(SELECT CAST({event_key(kind)} AS {kind}) FROM {events}) AS {name}"
    if column.name in there:
        return f"CAST(r.{name} AS {kind}) AS {name}"
    if tables.resolves_people and _leads_to_customer(tables, entity, column.name):
        return f"CAST(m.customer_key AS {kind}) AS {name}"
    if column.name in entity.primary_key:
        own = f"{_text(spec.name + ':')} || r._row"
        return f"{own if column.type is ColumnType.STRING else f'CAST(hash({own}) >> 1 AS {kind})'} AS {name}"
    return f"CAST(NULL AS {kind}) AS {name}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _leads_to_customer(tables: Tables, entity: Entity, column: str) -> bool:
    """Whether the column holds the key of the customer."""
    return any(
        link.from_entity == entity.name
        and link.to_entity == tables.model.customer_entity
        and link.from_columns == (column,)
        for link in tables.model.relationships
    )


def _golden(connection: duckdb.DuckDBPyConnection, entity: Entity) -> str:
    there = table_columns(connection, "identity", "golden")
    if not there:
        raise _unfinished()
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


@contextmanager
def _sealing(target: Path, tables: Tables) -> Iterator[Path]:
    """The file to write to: `target`, or where columns are sealed, one beside it that is sealed into `target` and removed."""
    if tables.sealer is None:
        yield target
        return
    plain = target.with_name(f"{target.name}.plain")
    plain.unlink(missing_ok=True)
    try:
        yield plain
        _seal(plain, target, tables, tables.sealer)
    finally:
        plain.unlink(missing_ok=True)


def _seal(plain: Path, target: Path, tables: Tables, sealer: Sealer) -> None:
    """Seal personal columns, and copy what is sealed into a file of its own: one that is changed still holds what it held."""
    with duckdb.connect(str(plain)) as connection:
        for entity in tables.model.entities:
            personal = tuple(
                column.name
                for column in entity.columns
                if column.sensitivity is not Sensitivity.NONE and column.type is ColumnType.STRING
            )
            if personal:
                seal_columns(connection, entity.table, personal, sealer)
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH {_text(str(plain))} AS plain (READ_ONLY)")
        connection.execute(f"ATTACH {_text(str(target))} AS sealed")
        connection.execute("COPY FROM DATABASE plain TO sealed")


def _columns(columns: Sequence[Column]) -> list[tuple[str, str]]:
    return [(column.name, SQL_TYPES[column.type]) for column in columns]


def _unfinished() -> DataError:
    return DataError(
        Text(
            zh="上一次导入没有做完，还没有识别出客户，因此没有发布。请再导入一次：它会从中断处继续。",
            en="The last load did not get as far as telling customers apart, so nothing was published. Load again: it goes on "
            "where it ended.",
        )
    )
