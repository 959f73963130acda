"""Raw rows of one source become clean ones: each column through its steps, each unreadable value into quarantine.

Plain values are read by the database itself, all others once each by the steps; see `step.Step`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

import duckdb
import pyarrow as pa

from semantic_layer.ingestion.names import SQL_TYPES, identifier, qualified
from semantic_layer.ingestion.quality.tables import FAULTS, begin_faults, ensure_tables, note_faults, stored_time
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.ingestion.standard.gazetteer import read_gazetteer
from semantic_layer.ingestion.standard.ledger import Ledger
from semantic_layer.ingestion.standard.plan import CleanColumn, columns_of, fingerprint, outputs
from semantic_layer.ingestion.standard.step import Refusal, StepContext
from semantic_layer.ingestion.standard.steps import Chain
from semantic_layer.ingestion.standard.types import FieldStandard, StandardField
from semantic_layer.ingestion.warehouse import table_columns, transaction
from semantic_layer.model.types import ColumnType

READABLE: Final = "readable"
"""The rule under which values that no step could read stand in quarantine."""
_FRESH, _DONE = "rows_to_clean", "rows_cleaned"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCount:
    """What became of one column: cells read, of these changed, empty and unreadable ones; together all rows."""

    field: str
    column: str
    read: int
    changed: int
    empty: int
    unreadable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """Rows that were cleaned now, and the counts of each mapped column."""

    rows: int
    fields: tuple[FieldCount, ...] = ()


def standardise(
    connection: duckdb.DuckDBPyConnection,
    spec: SourceSpec,
    standard: FieldStandard,
    *,
    load: int | None,
    as_of: date,
    found_at: datetime,
    time_zone: str = "Asia/Shanghai",
    key: bytes = b"",
) -> Cleaned:
    """Write `clean."<source>"` from the rows of `raw."<source>"` that were not cleaned yet (of `load` only, when given).

    A row that came again replaces what was cleaned of it before; a changed mapping or standard cleans everything again.
    All or nothing: one transaction. `time_zone` is the company's, `key` that of keyed digests.

    Raises:
        UnknownNameError: when a mapping names a field or step that does not exist; nothing is written.
    """
    home, found_at = time_zone, stored_time(found_at)
    context = StepContext(
        field=StandardField(name="", words=standard.fields[0].words, type=ColumnType.STRING),
        as_of=as_of,
        zone=spec.time_zone or home,
        home=home,
        key=key,
    )
    with transaction(connection):
        ensure_tables(connection)
        present = table_columns(connection, "raw", spec.name)
        columns = columns_of(spec, standard, present)
        if not present:
            return Cleaned(rows=0)
        ledger = Ledger(connection, spec.name, columns, fingerprint(columns, standard, context))
        loads, orders = ledger.loads_to_clean(load)
        if any(each.needs_places for each in columns):
            context = replace(context, gazetteer=read_gazetteer())
        chains = tuple(each.chain(context, orders.get(each.cell)) for each in columns)
        fields = outputs(columns, chains, standard)
        work = _Work(connection, spec.name, columns)
        work.ensure_clean_table(fields)
        if not loads:
            work.forget_vanished(found_at)
            return Cleaned(rows=0, fields=tuple(_count(each, (0, 0, 0, 0)) for each in columns))
        parameters = {"as_of": as_of.isoformat(), "zone": context.zone, "home": home}
        cleaned = work.clean(loads, chains, fields, parameters, found_at)
        ledger.enter(loads, found_at)
        work.forget_vanished(found_at)
        return cleaned


def _count(column: CleanColumn, numbers: Sequence[int]) -> FieldCount:
    rows, read, changed, unreadable = numbers
    return FieldCount(
        field=column.field.name,
        column=column.mapping.column,
        read=read,
        changed=changed,
        empty=rows - read - unreadable,
        unreadable=unreadable,
    )


@dataclass(frozen=True, slots=True)
class _Work:
    """The cleaning of one source inside one transaction."""

    connection: duckdb.DuckDBPyConnection
    source: str
    columns: tuple[CleanColumn, ...]

    @property
    def raw(self) -> str:
        return qualified("raw", self.source)

    @property
    def table(self) -> str:
        return qualified("clean", self.source)

    def ensure_clean_table(self, fields: tuple[StandardField, ...]) -> None:
        columns = "".join(f", {identifier(field.name)} {SQL_TYPES[field.type]}" for field in fields)
        self.connection.execute(f"CREATE TABLE IF NOT EXISTS {self.table} (_row VARCHAR, _load BIGINT{columns})")

    def clean(
        self,
        loads: Mapping[int, int],
        chains: tuple[Chain, ...],
        fields: tuple[StandardField, ...],
        parameters: Mapping[str, str],
        found_at: datetime,
    ) -> Cleaned:
        self._gather(loads, chains, parameters)
        refusals = self._read_one_by_one(chains)
        if self._some_came_again():
            self.connection.execute(f"DELETE FROM {self.table} WHERE _row IN (SELECT _row FROM {_FRESH})")
        self.connection.execute(
            f"INSERT INTO {self.table} SELECT _row, _load{''.join(self._output(field, chains) for field in fields)} "
            f"FROM {_DONE}"
        )
        self._note(refusals, found_at)
        cleaned = self._counted()
        for table in (_FRESH, _DONE):
            self.connection.execute(f"DROP TABLE {table}")
        return cleaned

    def _some_came_again(self) -> bool:
        """Whether rows to clean may have been cleaned before: not when both together are all raw rows. Counting is much
        cheaper than looking for them, which matters for small batches of events.
        """
        counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in (self.table, _FRESH, self.raw))
        before, now, all_raw = self.connection.execute(f"SELECT {counts}").fetchall()[0]
        return bool(before and before + now != all_raw)

    def _gather(self, loads: Mapping[int, int], chains: tuple[Chain, ...], parameters: Mapping[str, str]) -> None:
        """The rows to clean, each cell beside what the database reads in it by itself."""
        cells = "".join(f", {column.cell} AS c{at}" for at, column in enumerate(self.columns))
        quick = "".join(f", {chain.shortcut(f'c{at}')} AS q{at}" for at, chain in enumerate(chains))
        newest = "QUALIFY _load = max(_load) OVER (PARTITION BY _row)" if len(loads) > 1 else ""
        statement = (
            f"CREATE OR REPLACE TEMP TABLE {_FRESH} AS SELECT *{quick} FROM (SELECT _row, _place, _load{cells} "
            f"FROM {self.raw} WHERE list_contains($loads, _load) {newest})"
        )
        used = {name: value for name, value in parameters.items() if f"${name}" in quick}
        self.connection.execute(statement, {"loads": list(loads), **used})

    def _read_one_by_one(self, chains: tuple[Chain, ...]) -> list[Refusal]:
        """All other values through the steps, once each; then every row with what was read in it."""
        refusals: dict[Refusal, int] = {}
        picked = ["r._row, r._place, r._load"]
        joins = []
        for at, chain in enumerate(chains):
            self.connection.register(f"slow{at}", self._slow(at, chain, refusals))
            picked.append(f"r.c{at}, coalesce(nullif(r.q{at}, ''), s{at}.value) AS v{at}, s{at}.refusal AS f{at}")
            picked += [
                f"s{at}.{identifier(name)} AS {identifier(f'o{at} {name}')}" for name in dict.fromkeys(chain.gives)
            ]
            joins.append(f"LEFT JOIN slow{at} AS s{at} ON r.c{at} = s{at}.cell")
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_DONE} AS SELECT {', '.join(picked)} FROM {_FRESH} AS r {' '.join(joins)}"
        )
        for at in range(len(chains)):
            self.connection.unregister(f"slow{at}")
        return list(refusals)

    def _slow(self, at: int, chain: Chain, refusals: dict[Refusal, int]) -> pa.Table:
        cells = [
            str(row[0])
            for row in self.connection.execute(
                f"SELECT DISTINCT c{at} FROM {_FRESH} WHERE c{at} IS NOT NULL AND coalesce(q{at}, '') = ''"
            ).fetchall()
        ]
        readings = [chain.read(cell) for cell in cells]
        found: dict[str, pa.Array] = {
            "cell": pa.array(cells, pa.string()),
            "value": pa.array([each.value for each in readings], pa.string()),
            "refusal": pa.array(
                [
                    None if each.refusal is None else refusals.setdefault(each.refusal, len(refusals))
                    for each in readings
                ],
                pa.int32(),
            ),
        }
        for name in dict.fromkeys(chain.gives):
            found[name] = pa.array([dict(each.others).get(name) for each in readings], pa.string())
        return pa.table(found)

    def _output(self, field: StandardField, chains: tuple[Chain, ...]) -> str:
        """What was read in its own columns, else what was found beside others: where its own cell was empty."""
        mine = [at for at, column in enumerate(self.columns) if column.field.name == field.name]
        beside = [identifier(f"o{at} {field.name}") for at, chain in enumerate(chains) if field.name in chain.gives]
        unread = " OR ".join(f"f{at} IS NOT NULL" for at in mine)
        found = f"coalesce({', '.join([*beside, 'NULL'])})"
        own = ", ".join(f"v{at}" for at in mine)
        value = f"coalesce({own}, CASE WHEN NOT ({unread}) THEN {found} END)" if mine else found
        return f", TRY_CAST({value} AS {SQL_TYPES[field.type]})"

    def _note(self, refusals: list[Refusal], found_at: datetime) -> None:
        texts = {
            "id": pa.array(range(len(refusals)), pa.int32()),
            "reason_zh": pa.array([each.reason.zh for each in refusals], pa.string()),
            "reason_en": pa.array([each.reason.en for each in refusals], pa.string()),
            "remedy_zh": pa.array([each.remedy.zh for each in refusals], pa.string()),
            "remedy_en": pa.array([each.remedy.en for each in refusals], pa.string()),
        }
        self.connection.register("refusals_of_now", pa.table(texts))
        begin_faults(self.connection)
        for at, column in enumerate(self.columns):
            self.connection.execute(
                f"INSERT INTO {FAULTS} SELECT d._row, d._place, d._load, $rule, $field, d.c{at}, r.reason_zh, r.reason_en, "
                f"r.remedy_zh, r.remedy_en, $held FROM {_DONE} AS d JOIN refusals_of_now AS r ON d.f{at} = r.id",
                {"rule": READABLE, "field": column.field.name, "held": column.held},
            )
        within = f'q.rule = $rule AND q."row" IN (SELECT _row FROM {_FRESH})'
        note_faults(self.connection, self.source, within=within, parameters={"rule": READABLE}, at=found_at)
        self.connection.unregister("refusals_of_now")

    def _counted(self) -> Cleaned:
        counts = "".join(
            f", count(*) FILTER (v{at} IS NOT NULL AND f{at} IS NULL), "
            f"count(*) FILTER (v{at} IS DISTINCT FROM c{at} AND v{at} IS NOT NULL AND f{at} IS NULL), count(f{at})"
            for at in range(len(self.columns))
        )
        rows, *numbers = self.connection.execute(f"SELECT count(*){counts} FROM {_DONE}").fetchall()[0]
        fields = tuple(_count(each, (rows, *numbers[3 * at : 3 * at + 3])) for at, each in enumerate(self.columns))
        return Cleaned(rows=rows, fields=fields)

    def forget_vanished(self, found_at: datetime) -> None:
        """Rows that are gone from the source go from what is clean, too, and their faults are settled."""
        counts = f"SELECT (SELECT count(*) FROM {self.table}) > (SELECT count(*) FROM {self.raw})"
        if not self.connection.execute(counts).fetchall()[0][0]:
            return
        gone = f"NOT EXISTS (SELECT 1 FROM {self.raw} AS r WHERE r._row = "
        self.connection.execute(f"DELETE FROM {self.table} AS c WHERE {gone}c._row)")
        self.connection.execute(
            "UPDATE work.quarantine AS q SET settled_at = $at WHERE q.source = $source AND q.settled_at IS NULL "
            f'AND q.rule = $rule AND {gone}q."row")',
            {"at": found_at, "source": self.source, "rule": READABLE},
        )
