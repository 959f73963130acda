"""One load from the sources to the tables of the definitions: land, clean, check, tell people apart, publish.

Every stage commits by itself and goes on where it ended, so that a load that is broken off is finished by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, DataError, Text
from semantic_layer.ingestion.as_read import AsRead
from semantic_layer.ingestion.blueprint import Blueprint
from semantic_layer.ingestion.identity.golden import GoldenReport, build_golden
from semantic_layer.ingestion.identity.resolving import IdentityReport, resolve
from semantic_layer.ingestion.identity.tables import FIELDS as PERSON_FIELDS
from semantic_layer.ingestion.identity.tables import prepare as prepare_identity
from semantic_layer.ingestion.landing.loading import land
from semantic_layer.ingestion.landing.parts import watermark_of
from semantic_layer.ingestion.landing.runs import Load
from semantic_layer.ingestion.landing.tables import prepare
from semantic_layer.ingestion.names import identifier, qualified
from semantic_layer.ingestion.privacy.forgetting import drop_forgotten
from semantic_layer.ingestion.privacy.retention import Expired, expire
from semantic_layer.ingestion.privacy.sealing import Sealer
from semantic_layer.ingestion.publishing import Tables, publish
from semantic_layer.ingestion.quality.checking import QualityReport, check, report_of, score_history
from semantic_layer.ingestion.quality.report import Alert, alerts
from semantic_layer.ingestion.quality.rules import FakePattern
from semantic_layer.ingestion.snapshot import Progress
from semantic_layer.ingestion.sources.opening import open_source
from semantic_layer.ingestion.sources.port import Chunk, Part, Source, SourceColumn
from semantic_layer.ingestion.sources.types import SourceKind, SourceSpec
from semantic_layer.ingestion.standard.cleaning import Cleaned, standardise
from semantic_layer.ingestion.streaming import clues_of, land_events, place_events
from semantic_layer.ingestion.warehouse import Warehouse, table_columns, transaction

STAGES: Final = 4  # after the sources: quality, people, golden record, tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What one load did, source by source, and what came of it for people and quality."""

    loads: tuple[Load, ...]
    cleaned: Mapping[str, Cleaned]
    quality: QualityReport | None = None
    identity: IdentityReport | None = None
    golden: GoldenReport | None = None
    expired: tuple[Expired, ...] = ()
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a load needs besides the data set: the clock, the variables that addresses name, the secret of digests."""

    now: Callable[[], datetime]
    variables: Mapping[str, str]
    secret: str = ""
    sealer: Sealer | None = None


class Pipeline:
    """The loads of one data set. Two loads of one source exclude each other; the warehouse sees to that."""

    def __init__(self, warehouse: Warehouse, blueprint: Blueprint, around: Surroundings) -> None:
        self.warehouse = warehouse
        self.blueprint = blueprint
        self._around = around

    def load(
        self,
        *,
        progress: Progress,
        cancel: Cancel | None = None,
        only: Collection[str] = (),
        by: str = "qunxiang",
    ) -> Loaded:
        """Take in what is new of all sources, or of those named in `only`, and do everything that follows from it.

        A source that fails or is held leaves the others alone; its load says why.

        Raises:
            CancelledError: at the next point where nothing is lost; what was done until then stays.
            DataError: when another process loads, or the disk is full.
        """
        cancel = cancel or Cancel()
        wanted = [spec for spec in self.blueprint.specs if not only or spec.name in only]
        steps = len(wanted) + STAGES
        loads, cleaned = list[Load](), dict[str, Cleaned]()
        with self.warehouse.reading():  # opening the file anew for each part would take longer than reading it
            for done, spec in enumerate(wanted):
                _go_on(cancel)
                progress(spec.name, done, steps)
                load, cleaned[spec.name] = self._source(spec, cancel, by)
                loads += [load] if load is not None else []
            finished = self._follow(loads, len(wanted), steps, progress, cancel)
        progress("", steps, steps)
        return replace(finished, cleaned=cleaned)

    def publish(self, target: Path, *, progress: Progress) -> Mapping[str, int]:
        """Write the tables of the definitions into the new file `target`; returns their rows. Raises as `publishing.publish`."""
        tables = Tables(
            model=self.blueprint.model,
            specs=self.blueprint.specs,
            files=self.blueprint.folder / "data",
            sealer=self._around.sealer,
        )
        with self.warehouse.writing() as connection:
            return publish(connection, tables, target, progress=progress)

    @property
    def resolves_people(self) -> bool:
        """Whether customers come out of identity resolution."""
        return Tables(model=self.blueprint.model, specs=self.blueprint.specs).resolves_people

    def take_events(self) -> None:
        """Take the events that were seen since the last load into the warehouse, so that the next publication has them."""
        for spec in self.blueprint.specs:
            if spec.kind is not SourceKind.EVENTS:
                continue
            load, _ = self._source(spec, Cancel(), "qunxiang")
            if load is not None and self.resolves_people:
                place_events(self.warehouse, spec, clues_of(self.blueprint, spec))

    def _source(self, spec: SourceSpec, cancel: Cancel, by: str) -> tuple[Load | None, Cleaned]:
        load = self._landed(spec, cancel, by)
        return load, self._cleaned(spec)

    def _landed(self, spec: SourceSpec, cancel: Cancel, by: str) -> Load | None:
        around = self._around
        if spec.kind is SourceKind.EVENTS:
            return land_events(self.warehouse, spec, now=around.now, by=by)
        with self.warehouse.reading() as connection:
            since = watermark_of(connection, spec.name)
        opened = _opened(spec, self.blueprint.folder, around.variables, since)
        source = AsRead(opened, spec, self.blueprint.fields_of(spec), _tomorrow(around.now()))
        return land(self.warehouse, spec, source, now=around.now, progress=_quiet, cancel=cancel, by=by)

    def _cleaned(self, spec: SourceSpec) -> Cleaned:
        around, blueprint = self._around, self.blueprint
        with self.warehouse.writing() as connection:
            with transaction(connection):
                drop_forgotten(connection, spec.name, secret=around.secret)
            return standardise(
                connection,
                spec,
                blueprint.fields_of(spec),
                load=None,
                as_of=_tomorrow(around.now()),
                found_at=around.now(),
                time_zone=blueprint.model.conventions.time_zone,
                key=around.secret.encode(),
            )

    def _follow(self, loads: list[Load], done: int, steps: int, progress: Progress, cancel: Cancel) -> Loaded:
        number = max((load.number for load in loads), default=0)
        with self.warehouse.writing() as connection:
            _go_on(cancel)
            progress("quality", done, steps)
            expired = self._expire(connection)
            quality, found = self._check(connection, number)
            if not self.resolves_people:
                return Loaded(loads=tuple(loads), cleaned={}, quality=quality, expired=expired, alerts=found)
            _go_on(cancel)
            identity, golden = self._people(connection, done + 1, steps, progress, cancel)
        return Loaded(
            loads=tuple(loads),
            cleaned={},
            quality=quality,
            identity=identity,
            golden=golden,
            expired=expired,
            alerts=found,
        )

    def check(self) -> tuple[QualityReport, tuple[Alert, ...]]:
        """Check the quality of everything as it is, and remove rows whose time is over; what got worse since the last check."""
        with self.warehouse.writing() as connection:
            prepare(connection)
            self._expire(connection)
            last = connection.execute("SELECT coalesce(max(load), 0) FROM work.loads").fetchall()
            return self._check(connection, int(last[0][0]))

    def _check(self, connection: duckdb.DuckDBPyConnection, load: int) -> tuple[QualityReport, tuple[Alert, ...]]:
        blueprint = self.blueprint
        points = score_history(connection)
        before = report_of(connection, blueprint.rules, blueprint.specs, load=points[-1].load) if points else None
        there = [spec for spec in blueprint.specs if _has_fields(connection, spec)]
        zone = blueprint.model.conventions.time_zone
        report = check(connection, blueprint.rules, there, load=load, now=self._around.now(), time_zone=zone)
        return report, alerts(report, before)

    def _expire(self, connection: duckdb.DuckDBPyConnection) -> tuple[Expired, ...]:
        blueprint = self.blueprint
        times = {spec.name: time for spec in blueprint.specs if (time := blueprint.time_of(spec))}
        return expire(connection, blueprint.specs, times, self._around.now().date())

    def match(self, *, progress: Progress, cancel: Cancel) -> IdentityReport | None:
        """Tell people apart anew, with the rules as they are now; `None` where no source needs it."""
        if not self.resolves_people:
            return None
        with self.warehouse.writing() as connection:
            return self._people(connection, 0, 2, progress, cancel)[0]

    def _people(
        self, connection: duckdb.DuckDBPyConnection, done: int, steps: int, progress: Progress, cancel: Cancel
    ) -> tuple[IdentityReport, GoldenReport]:
        progress("people", done, steps)
        with transaction(connection):
            gather_records(connection, self.blueprint)
        rules = self.blueprint.identity
        identity = resolve(connection, rules, now=self._around.now(), progress=_quiet, cancel=cancel)
        progress("golden", done + 1, steps)
        return identity, build_golden(connection, rules.golden, self.blueprint.specs)


class _Unreachable:
    """A source that could not be opened: its load fails and says why, like that of one that cannot be read."""

    def __init__(self, why: DataError) -> None:
        self._why = why

    def parts(self) -> Sequence[Part]:
        raise self._why

    def columns(self, part: Part) -> tuple[SourceColumn, ...]:
        raise self._why

    def read(self, part: Part, *, after: str = "") -> Iterator[Chunk]:
        raise self._why


def _opened(spec: SourceSpec, folder: Path, variables: Mapping[str, str], since: str) -> Source:
    try:
        return open_source(spec, folder, variables=variables, since=since)
    except DataError as error:
        return _Unreachable(error)


def gather_records(connection: duckdb.DuckDBPyConnection, blueprint: Blueprint) -> int:
    """Fill `identity.records` from the clean rows of every source that says something about people. Returns how many.

    What the check of quality holds for made up is not taken over. The city of a shop says nothing about people: sources whose
    table is not that of the customers, and does not lead to it, are left out.
    """
    prepare_identity(connection)
    connection.execute("DELETE FROM identity.records")
    made_up = [rule.name for rule in blueprint.rules if isinstance(rule.body, FakePattern)]
    for spec in blueprint.specs:
        if not _of_people(blueprint, spec):
            continue
        there = table_columns(connection, "clean", spec.name)
        said = [name for name in PERSON_FIELDS if name in there]
        if not said:
            continue
        time = blueprint.time_of(spec)
        observed = f"CAST(r.{identifier(time)} AS TIMESTAMP)" if time in there else "l.started_at"
        values = ", ".join(_said(name) for name in said)
        connection.execute(
            f"INSERT INTO identity.records (source, record, observed_at, verified, {', '.join(said)}) "
            "WITH made_up AS (SELECT row, list(field) AS fields FROM work.quarantine "
            "WHERE source = ? AND list_contains(?::VARCHAR[], rule) AND settled_at IS NULL GROUP BY row) "
            f"SELECT ?, r._row, {observed}, {'r.verified' if 'verified' in there else 'false'}, {values} "
            f"FROM {qualified('clean', spec.name)} AS r LEFT JOIN work.loads AS l ON l.load = r._load "
            "LEFT JOIN made_up AS f ON f.row = r._row "
            f"WHERE {' OR '.join(f'r.{identifier(name)} IS NOT NULL' for name in said)}",
            [spec.name, made_up, spec.name],
        )
    return int(connection.execute("SELECT count(*) FROM identity.records").fetchall()[0][0])


def _of_people(blueprint: Blueprint, spec: SourceSpec) -> bool:
    entity, customer = blueprint.entity_of(spec), blueprint.model.customer_entity
    if entity is None or entity.name == customer:
        return True
    return any(link.from_entity == entity.name and link.to_entity == customer for link in blueprint.model.relationships)


def rows_of(connection: duckdb.DuckDBPyConnection, source: str) -> int | None:
    """Rows of a source in the warehouse; `None` when it was never loaded."""
    if not table_columns(connection, "raw", source):
        return None
    return int(connection.execute(f"SELECT count(*) FROM {qualified('raw', source)}").fetchall()[0][0])


def _said(field: str) -> str:
    kind = "DATE" if field == "birthday" else "VARCHAR"
    value = f"CAST(r.{identifier(field)} AS {kind})"
    return f"CASE WHEN coalesce(list_contains(f.fields, '{field}'), false) THEN NULL ELSE {value} END"


def _has_fields(connection: duckdb.DuckDBPyConnection, spec: SourceSpec) -> bool:
    """Whether anything of the source was ever cleaned."""
    there = table_columns(connection, "clean", spec.name)
    return any(mapping.field in there for mapping in spec.columns)


def _tomorrow(now: datetime) -> date:
    """Times of today may lie ahead of the clock of this machine, whose zone is another."""
    return now.date() + timedelta(days=1)


def _go_on(cancel: Cancel) -> None:
    if cancel.pressed:
        raise CancelledError(
            Text(
                zh="已停止。已导入的行保留着，下次从这里继续；已发布的数据没有改变。",
                en="Stopped. Rows that were read stay, and the next load goes on from here; what is published is unchanged.",
            )
        )


def _quiet(_stage: str, _done: int, _of: int) -> None:
    """Progress within a stage is not shown: the stages are."""
