"""Publishes new versions: a delta with what changed, or a new base with everything computed, while deltas go on beside it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from semantic_layer.compiler.context import TAG_TABLE
from semantic_layer.engines.sealed import SEALED_TABLE
from semantic_layer.engines.version import Version
from semantic_layer.errors import DataError, Text, UserError
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.privacy.sealing import Sealer, seal_values
from semantic_layer.ingestion.snapshot import BuildLimits, Progress, disk_error
from semantic_layer.ingestion.tagging.bench import Bench, DeltaBench, attach, delta_bench
from semantic_layer.ingestion.tagging.book import TagBook
from semantic_layer.ingestion.tagging.carrying import linked, merge, remove, replayed
from semantic_layer.ingestion.tagging.changes import Changes, Stage
from semantic_layer.ingestion.tagging.compute import Computation, Days
from semantic_layer.ingestion.tagging.copying import KEYS
from semantic_layer.ingestion.tagging.full import KEEP, Terms, compute_tags, not_computed, renew_tags
from semantic_layer.ingestion.tagging.history import HISTORY
from semantic_layer.ingestion.tagging.runs import RUNS, TagRun, counted, days_between, last_runs, note_runs
from semantic_layer.ingestion.tagging.text_tags.labelling import TextLabels
from semantic_layer.ingestion.tagging.versions import Versions

Clock = Callable[[], datetime]
Build = Callable[[Path], None]
"""Fills a new base file with the tables of the data, without tags."""

MOST_PAST_DAYS = 31
"""Days before the data's today whose values late rows correct; what is later than these is true from today on only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a delta brought: rows taken in, customers whose tags were computed, tags, and days of the past corrected."""

    version: Version
    rows: int
    customers: int
    tags: tuple[str, ...]
    corrected: tuple[date, ...] = ()


class TagRefresh:
    """Writes the versions of one data set. All of its methods may be called from several threads and processes.

    `keep` counts the results of each tag that are kept; `definition` says what versions are made from, the version of the
    model when left out. `sealer` seals the personal columns of rows that are laid over a base where they are sealed.
    """

    def __init__(
        self,
        versions: Versions,
        book: TagBook,
        *,
        clock: Clock,
        limits: BuildLimits | None = None,
        keep: int = KEEP,
        definition: str = "",
        sealer: Sealer | None = None,
    ) -> None:
        self._versions = versions
        self.book = book
        self._clock = clock
        self._limits = limits or BuildLimits()
        self._keep = keep
        self._definition = definition or book.model.version
        self._texts = TextLabels(book)
        self._sealer = sealer

    def adopt(self, base: Path, data_date: date | None = None) -> Version:
        """Publish a base file that stands in the folder already, with its tags."""
        with self._versions.turn("base"), self._versions.turn():
            serial = self._next_serial()
            version = Version(
                serial=serial,
                base=base,
                data_date=data_date or self._date_of(base),
                computed_at=self._clock(),
                definition=self._definition,
            )
            self._versions.publish(version)
            return version

    def apply(self, stage: Stage, *, events: int = 0, past_days: int = MOST_PAST_DAYS) -> Applied:
        """Publish a delta with the rows that `stage` brings, and the tags of the customers concerned.

        Raises:
            DataError: when nothing is published yet, rows do not fit, or the disk is full; the version stays.
        """
        with self._noted(), self._versions.turn():
            before = self._published()
            return self._apply(before, stage, before.delta_events + events, past_days)

    def full(
        self,
        *,
        progress: Progress,
        build: Build | None = None,
        as_of: date | None = None,
        concerned: str | None = None,
    ) -> Version:
        """Publish a new base with all tags computed for the data's today, or for `as_of`.

        Without `build` the new base holds the rows of the published version. `concerned` names a table that `build` makes
        besides, with the keys of the customers whose rows are not those of the published version: tags are then computed
        for these only, unless their definition or the day is new.

        Deltas may be published meanwhile: what they brought since the start is laid over the new base before it is
        published, by key, so that no row is lost or doubled.

        Raises:
            DataError: when the data does not fit the definitions, or the disk is full; the version stays.
        """
        with self._noted(), self._versions.turn("base"), self._pinned() as before:
            building = self._versions.folder / f".{self._versions.line}.building.duckdb"
            remove(building)
            try:
                if build is not None:
                    build(building)
                else:
                    merge(before or self._published(), building, self._limits)
                at = self._clock()
                terms = Terms(as_of=as_of, at=at, keep=self._keep, limits=self._limits)
                if concerned is not None and before is not None:
                    renew_tags(building, self.book, before, concerned, progress=progress, terms=terms)
                else:
                    compute_tags(building, self.book, before, progress=progress, terms=terms)
                return self._publish_base(building, before, at)
            except OSError as error:
                raise disk_error(error, building) from error
            finally:
                remove(building)

    def runs(self) -> dict[str, TagRun]:
        """The latest result of each tag in the published version; empty when there is none."""
        version = self._versions.current()
        if version is None:
            return {}
        target = version.delta or version.base
        with duckdb.connect(":memory:") as connection:
            bench = Bench(connection)
            attach(bench, target, "target")
            if version.delta is not None:
                attach(bench, version.base, "base")
            return dict(last_runs(bench))

    # -- inside ------------------------------------------------------------------------------------------------------

    @contextmanager
    def _pinned(self) -> Iterator[Version | None]:
        """The published version under further names of its files, which stay when newer versions are published."""
        with self._versions.turn():
            version = self._versions.current()
            pins: dict[Path, Path] = {}
            for file in version.files if version is not None else ():
                if file is not None:
                    pins[file] = file.with_name(f".{self._versions.line}.pinned{file.suffix}")
                    remove(pins[file])
                    linked(file, pins[file])
        try:
            if version is None:
                yield None
            else:
                yield replace(
                    version, base=pins[version.base], delta=pins[version.delta] if version.delta is not None else None
                )
        finally:
            for pin in pins.values():
                remove(pin)

    def _publish_base(self, building: Path, before: Version | None, at: datetime) -> Version:
        with self._versions.turn():
            now = self._versions.current()
            serial = self._next_serial()
            base = self._versions.file_of(serial)
            building.replace(base)
            version = Version(
                serial=serial,
                base=base,
                data_date=self._date_of(base),
                computed_at=at,
                definition=self._definition,
            )
            if now is None or now.delta is None or (before is not None and now.serial == before.serial):
                self._versions.publish(version)
                return version
            since = 0 if before is None else before.serial
            events = now.delta_events - (0 if before is None else before.delta_events)
            with self._cleared(base):
                return self._apply(version, replayed(now, since), events, MOST_PAST_DAYS).version

    @contextmanager
    def _cleared(self, base: Path) -> Iterator[None]:
        """A base that could not be published is not left behind."""
        try:
            yield
        except BaseException:
            base.unlink(missing_ok=True)
            raise

    def _apply(self, before: Version, stage: Stage, events: int, past_days: int) -> Applied:
        serial = max(before.serial, self._next_serial() - 1) + 1
        target = self._versions.file_of(serial, delta=True)
        unfinished = target.with_name(f".{target.name}.unfinished")
        remove(unfinished)
        try:
            if before.delta is not None:
                shutil.copyfile(before.delta, unfinished)
            with delta_bench(unfinished, before.base, serial, self._holds(before), self._limits) as bench:
                applied = self._compute(bench, before, stage, past_days)
            unfinished.replace(target)
        except duckdb.Error as error:
            raise not_computed(error) from error
        except OSError as error:
            raise disk_error(error, target) from error
        finally:
            remove(unfinished)
        version = replace(
            before,
            serial=serial,
            delta=target,
            computed_at=self._clock(),
            delta_events=events,
            failed_at=None,
            why=None,
        )
        self._versions.publish(version)
        return replace(applied, version=version)

    def _compute(self, bench: DeltaBench, before: Version, stage: Stage, past_days: int) -> Applied:
        book, today = self.book, before.data_date
        if today is None or not bench.columns(HISTORY):
            raise _without_tags(before)
        changes = Changes(bench, book)
        stage(bench, changes)
        self._seal_staged(bench)
        touched = changes.apply()
        self._texts.renew(bench, touched.tables, str(before.base))
        tags = book.tags if self._has_new(bench) else book.reading(touched.tables)
        everybody = {tag.name for tag in book.reading(touched.everybody)} | (book.whole & {tag.name for tag in tags})
        some = [tag for tag in tags if tag.name not in everybody]
        past: tuple[date, ...] = ()
        if touched.first_day is not None:
            past = days_between(bench, touched.first_day, today, past_days)
        customers = bench.number(f"SELECT COUNT(*) FROM {KEYS}")
        computation = Computation(bench, book)
        if some and customers:
            computation.for_some(some, Days(today=today, before=past))
        if everybody:
            computation.for_everybody(book.named(everybody), today)
        done = [tag for tag in tags if customers or tag.name in everybody]
        note_runs(bench, book, counted(bench, book, done), today, self._clock(), self._keep)
        return Applied(
            version=before,
            rows=touched.rows,
            customers=customers,
            tags=tuple(tag.name for tag in done),
            corrected=past,
        )

    def _has_new(self, bench: Bench) -> bool:
        """Whether a customer looked at has no tags yet, or is gone."""
        key, people = identifier(self.book.key), identifier(self.book.customer.table)
        once = f"SELECT {key} FROM {KEYS}"
        return bool(
            bench.number(
                f"SELECT COUNT(*) FROM (SELECT {key} FROM target.main.{people} WHERE {key} IN ({once})) AS p FULL JOIN "
                f"(SELECT {key} FROM target.main.{TAG_TABLE} WHERE {key} IN ({once})) AS t USING ({key}) "
                f"WHERE p.{key} IS NULL OR t.{key} IS NULL"
            )
        )

    def _holds(self, version: Version) -> dict[str, str]:
        """Rows after the version's day wait for the next full refresh, or its tags would be of a day that is over."""
        found = {}
        for entity in self.book.model.entities:
            day = self.book.today_of(entity.table)
            if day is not None and version.data_date is not None:
                found[entity.table] = f"({day} <= DATE '{version.data_date.isoformat()}') IS NOT FALSE"
        return found

    def _seal_staged(self, bench: DeltaBench) -> None:
        """Rows that come in plain are sealed like those they are laid over, before any of them is written down."""
        if not bench.columns(SEALED_TABLE):
            return
        staged = bench.run(
            f"SELECT table_name, column_name FROM target.main.{SEALED_TABLE} SEMI JOIN (SELECT table_name FROM "
            "duckdb_tables() WHERE database_name = 'memory' AND schema_name = 'staged') USING (table_name) ORDER BY ALL"
        )
        for table, column in staged:
            if self._sealer is None:
                raise _without_sealer()
            rows = f"memory.staged.{identifier(str(table))}"
            seal_values(bench.connection, rows, identifier(str(column)), self._sealer.seal)

    def _published(self) -> Version:
        version = self._versions.current()
        if version is None:
            raise DataError(
                Text(
                    zh="还没有发布任何数据版本，无法更新标签。请先载入数据。",
                    en="No version of the data is published yet, so tags cannot be refreshed. Load the data first.",
                )
            )
        return version

    def _next_serial(self) -> int:
        current = self._versions.current()
        return 1 if current is None else current.serial + 1

    def _date_of(self, base: Path) -> date | None:
        with duckdb.connect(":memory:") as connection:
            bench = Bench(connection)
            attach(bench, base, "target")
            if not bench.columns(RUNS):
                return None
            found = bench.run(f"SELECT MAX(data_date) FROM target.main.{RUNS}")[0][0]
            return found if isinstance(found, date) else None

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """A failure is written beside the version that stays, so that each answer can say so."""
        try:
            yield
        except UserError as error:
            with suppress(
                UserError
            ):  # the disk that is full for the data is full for the note: the first failure is told
                self._versions.failed(self._clock(), error.message)
            raise


def _without_tags(version: Version) -> DataError:
    return DataError(
        Text(
            zh=f"已发布的数据「{version.base.name}」没有标签的计算记录，不能增量更新。请先完整刷新一次。",
            en=f"The published data {version.base.name!r} holds no record of how its tags were computed, so it cannot be "
            "refreshed in part. Run a full refresh first.",
        )
    )


def _without_sealer() -> DataError:
    return DataError(
        Text(
            zh="已发布的个人信息列是加密保存的，而这里没有设置密钥，所以不能写入新的行。"
            "请按导入时的设置填写 QUNXIANG_AT_REST 和 QUNXIANG_DATA_KEY（或 QUNXIANG_DATA_KEY_FILE）。",
            en="Personal columns of the published data are sealed and no key is set here, so no row can be added. "
            "Set QUNXIANG_AT_REST and QUNXIANG_DATA_KEY (or QUNXIANG_DATA_KEY_FILE) as they were for the load.",
        )
    )


def utc_now() -> datetime:
    """The clock that is used when none is given."""
    return datetime.now(UTC)
