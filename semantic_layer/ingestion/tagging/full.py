"""Computes all tags of a new base file, with their inputs, history and runs, before the file is published."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from semantic_layer.compiler.context import TAG_TABLE
from semantic_layer.compiler.tag_parts import INPUT_TABLE
from semantic_layer.engines.version import Version
from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.snapshot import BuildLimits, Progress, disk_error
from semantic_layer.ingestion.tagging.bench import Bench, attach, base_bench
from semantic_layer.ingestion.tagging.book import TagBook
from semantic_layer.ingestion.tagging.compute import Computation, Days
from semantic_layer.ingestion.tagging.copying import KEYS
from semantic_layer.ingestion.tagging.history import HISTORY, begin_points, create_history, forget_before, write_points
from semantic_layer.ingestion.tagging.runs import RUNS, TagCount, counted, create_runs, note_runs
from semantic_layer.ingestion.tagging.text_tags.labelling import TextLabels
from semantic_layer.model.types import SemanticModel

KEEP = 30
"""How many results of each tag are kept, with the history that reaches back as far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How tags are computed: for which day (the data's today when left out), at which moment (UTC), with what means.

    `keep` counts the results of each tag that are kept, and with them the days that history reaches back.
    """

    as_of: date | None = None
    at: datetime | None = None
    keep: int = KEEP
    limits: BuildLimits = field(default_factory=BuildLimits)

    @property
    def moment(self) -> datetime:
        return self.at or datetime.now(UTC)


def materialise_tags(
    snapshot: Path,
    model: SemanticModel,
    *,
    progress: Progress,
    as_of: date | None = None,
    limits: BuildLimits | None = None,
) -> tuple[TagCount, ...]:
    """Compute every tag into `customer_tags` of `snapshot`, as of the data's today, replacing what is there.

    Raises:
        DataError: when a definition does not fit the data, or the disk is full; the old table is kept.
    """
    terms = Terms(as_of=as_of, limits=limits or BuildLimits())
    return compute_tags(snapshot, TagBook(model), None, progress=progress, terms=terms)


def compute_tags(
    snapshot: Path, book: TagBook, before: Version | None, *, progress: Progress, terms: Terms
) -> tuple[TagCount, ...]:
    """All tags for everybody. History and runs go on from those of `before`, the version that is published now.

    Raises:
        DataError: when a definition does not fit the data, or the disk is full; the old table is kept.
    """
    progress(TAG_TABLE, 0, 3)
    with computing(snapshot, terms.limits) as bench:
        today = terms.as_of or _today(bench, book)
        TextLabels(book).write(bench)
        _create_all(bench, book, today)
        progress(TAG_TABLE, 1, 3)
        _go_on(bench, book, before, today)
        progress(TAG_TABLE, 2, 3)
        counts = counted(bench, book, book.tags)
        note_runs(bench, book, counts, today, terms.moment, terms.keep)
        _forget(bench)
    progress("", 3, 3)
    return counts


def renew_tags(
    snapshot: Path, book: TagBook, before: Version, concerned: str, *, progress: Progress, terms: Terms
) -> tuple[TagCount, ...]:
    """Bring the tags of `before` into the new base `snapshot` and compute only what may have changed.

    That is: tags whose definition is new, and with a new day those that depend on the day, for everybody; all others for
    the customers in the one column of the table `concerned` of the snapshot, which is removed.

    Raises:
        DataError: when a definition does not fit the data, or the disk is full.
    """
    progress(TAG_TABLE, 0, 3)
    with computing(snapshot, terms.limits) as bench:
        today = terms.as_of or _today(bench, book)
        TextLabels(book).write(bench)
        bench.run(f"CREATE OR REPLACE TABLE memory.work.concerned AS SELECT * FROM target.main.{identifier(concerned)}")
        bench.run(f"DROP TABLE target.main.{identifier(concerned)}")
        with earlier(bench, before) as source:
            known = {
                str(tag): version
                for tag, version in bench.run(f"SELECT tag, definition FROM {source}.main.{RUNS} QUALIFY {_LATEST}")
            }
            days = [day for (day,) in bench.run(f"SELECT MAX(data_date) FROM {source}.main.{RUNS}")]
            _copy(bench, book, source)
        anew = [tag for tag in book.tags if known.get(tag.name) != book.versions[tag.name] or tag.name in book.whole]
        if days != [today]:
            anew = [tag for tag in book.tags if tag in anew or tag.name in book.dated]
        progress(TAG_TABLE, 1, 3)
        computation = Computation(bench, book)
        if anew:
            computation.for_everybody(anew, today)
        rest = [tag for tag in book.tags if tag not in anew]
        key = identifier(book.key)
        bench.run(f"CREATE OR REPLACE TABLE {KEYS} AS SELECT DISTINCT COLUMNS(*) AS {key} FROM memory.work.concerned")
        if rest:
            computation.for_some(rest, Days(today=today))
        progress(TAG_TABLE, 2, 3)
        counts = counted(bench, book, book.tags)
        note_runs(bench, book, counts, today, terms.moment, terms.keep)
        _forget(bench)
    progress("", 3, 3)
    return counts


@contextmanager
def computing(snapshot: Path, limits: BuildLimits) -> Iterator[Bench]:
    """A bench over a new base; what the database refuses is said in words."""
    try:
        with base_bench(snapshot, limits) as bench:
            yield bench
    except duckdb.Error as error:
        raise not_computed(error) from error


def not_computed(error: Exception) -> DataError:
    """Tags that the data does not give, or the disk has no room for."""
    if any(sign in str(error) for sign in ("No space left", "File too large", "disk full", "max_temp_directory_size")):
        return disk_error(OSError(errno.ENOSPC, str(error)), Path(TAG_TABLE))
    why = (str(error).splitlines() or [type(error).__name__])[0]
    return DataError(
        Text(
            zh=f"标签无法从数据计算出来：{why}。原有标签没有改变；请检查标签定义和数据表。",
            en=f"The tags could not be computed from the data: {why}. The old tags are kept; check definitions and tables.",
        )
    )


@contextmanager
def earlier(bench: Bench, version: Version) -> Iterator[str]:
    """The catalog under which a published version can be read beside the target."""
    attach(bench, version.base, "base")
    if version.delta is not None:
        attach(bench, version.delta, "earlier")
    try:
        yield "base" if version.delta is None else "earlier"
    finally:
        if version.delta is not None:
            bench.run("DETACH earlier")
        bench.run("DETACH base")


_LATEST = "ROW_NUMBER() OVER (PARTITION BY tag ORDER BY computed_at DESC, data_date DESC) = 1"


def _today(bench: Bench, book: TagBook) -> date:
    bench.connection.execute("USE target.main")
    try:
        return book.latest_day(bench.connection)
    finally:
        bench.connection.execute("USE memory.main")


def _create_all(bench: Bench, book: TagBook, today: date) -> None:
    """All tags by one statement, and what quantile tags rank by."""
    bench.in_target(f"CREATE OR REPLACE TABLE main.{TAG_TABLE} AS {book.values(book.tags, today).text}")
    key = identifier(book.key)
    inputs = (
        f"SELECT * FROM ({book.inputs(book.ranked, today).text}) ORDER BY {key}"
        if book.ranked
        else f"SELECT {key} FROM main.{TAG_TABLE} LIMIT 0"
    )
    bench.in_target(f"CREATE OR REPLACE TABLE main.{INPUT_TABLE} AS {inputs}")


def _go_on(bench: Bench, book: TagBook, before: Version | None, today: date) -> None:
    """The history of the version before, with what is different today; from nothing, everybody's values since today."""
    kind = bench.columns(TAG_TABLE)[book.key]
    create_runs(bench)
    create_history(bench, kind)
    begin_points(bench, kind)
    if before is None:
        _begin_history(bench, book, today)
        return
    with earlier(bench, before) as source:
        if not all(bench.columns(table, source) for table in (TAG_TABLE, HISTORY, RUNS)):
            _begin_history(bench, book, today)
            return
        defined = "SELECT UNNEST(?)"
        names = [tag.name for tag in book.tags]
        bench.run(
            f"INSERT INTO target.main.{RUNS} SELECT * FROM {source}.main.{RUNS} WHERE tag IN ({defined})", (names,)
        )
        bench.run(
            f"INSERT INTO target.main.{HISTORY} SELECT * FROM {source}.main.{HISTORY} WHERE tag IN ({defined})",
            (names,),
        )
        _add_differences(bench, book, source, today)
    write_points(bench)


def _begin_history(bench: Bench, book: TagBook, today: date) -> None:
    """Everybody's values. Rows of one tag stand together: whoever asks for the history of a tag skips the others."""
    key = identifier(book.key)
    for tag in book.tags:
        name = identifier(tag.name)
        bench.run(
            f"INSERT INTO target.main.{HISTORY} SELECT {key}, ?, CAST({name} AS VARCHAR), ?, NULL, ? "
            f"FROM target.main.{TAG_TABLE} WHERE {name} IS NOT NULL",
            (tag.name, today, book.versions[tag.name]),
        )


def _add_differences(bench: Bench, book: TagBook, source: str, today: date) -> None:
    """A point for each value that is another than in the version before; unknown for customers who are gone."""
    key = identifier(book.key)
    old = bench.columns(TAG_TABLE, source)
    for tag in book.tags:
        name = identifier(tag.name)
        was = f"CAST(o.{name} AS VARCHAR)" if tag.name in old else "NULL"
        bench.run(
            f"INSERT INTO memory.work.points SELECT {key}, ?, ?, CAST(n.{name} AS VARCHAR), ? "
            f"FROM {source}.main.{TAG_TABLE} AS o FULL JOIN target.main.{TAG_TABLE} AS n USING ({key}) "
            f"WHERE CAST(n.{name} AS VARCHAR) IS DISTINCT FROM {was}",
            (tag.name, today, book.versions[tag.name]),
        )


def _copy(bench: Bench, book: TagBook, source: str) -> None:
    """The results of the version before, with the columns that tags have now; of tags that are gone nothing remains."""
    day = date(2024, 3, 31)  # types do not depend on it
    kinds = {TAG_TABLE: _kinds(bench, book.values(book.tags, day).text), INPUT_TABLE: {}}
    if book.ranked:
        kinds[INPUT_TABLE] = _kinds(bench, book.inputs(book.ranked, day).text)
    for table, wanted in kinds.items():
        there = bench.columns(table, source)
        columns = [identifier(book.key)]
        for name, kind in wanted.items():
            kept = there.get(name) == kind
            columns.append(identifier(name) if kept else f"NULL::{kind} AS {identifier(name)}")
        bench.run(
            f"CREATE OR REPLACE TABLE target.main.{table} AS SELECT {', '.join(columns)} FROM {source}.main.{table}"
        )
    defined = [tag.name for tag in book.tags]
    for table in (HISTORY, RUNS):
        bench.run(
            f"CREATE OR REPLACE TABLE target.main.{table} AS SELECT * FROM {source}.main.{table} "
            "WHERE tag IN (SELECT UNNEST(?))",
            (defined,),
        )


def _kinds(bench: Bench, text: str) -> dict[str, str]:
    """Name and type of each column after the key, as a statement gives them."""
    return {str(row[0]): str(row[1]) for row in bench.in_target(f"DESCRIBE {text}")[1:]}


def _forget(bench: Bench) -> None:
    """History older than the oldest run that is kept."""
    oldest = bench.run(f"SELECT MIN(data_date) FROM target.main.{RUNS}")[0][0]
    if oldest is not None:
        forget_before(bench, oldest)
