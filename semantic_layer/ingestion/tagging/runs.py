"""When each tag was computed, from which definition, for which day, and how many customers have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.tagging.bench import Bench
from semantic_layer.ingestion.tagging.book import TagBook
from semantic_layer.model.types import Tag

RUNS = "tag_runs"
DONE = "done"


@dataclass(frozen=True, slots=True)
class TagCount:
    """How many customers have a tag: a value that is known and, for yes-or-no tags, yes."""

    tag: str
    customers: int
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRun:
    """One result of one tag."""

    tag: str
    definition: str
    data_date: date
    computed_at: datetime
    customers: int
    known: int
    state: str = DONE
    why: str = ""


def create_runs(bench: Bench) -> None:
    """An empty list of runs in the target."""
    bench.run(
        f"CREATE OR REPLACE TABLE target.main.{RUNS} (tag VARCHAR, definition VARCHAR, data_date DATE, "
        "computed_at TIMESTAMP, customers BIGINT, known BIGINT, state VARCHAR, why VARCHAR)"
    )


def counted(bench: Bench, book: TagBook, tags: Sequence[Tag]) -> tuple[TagCount, ...]:
    """Who has which tag now."""
    if not tags:
        return ()
    numbers = [int(str(number)) for number in bench.in_target(book.counts(tags))[0]]
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return tuple(TagCount(tag.name, having, known) for tag, (having, known) in zip(tags, pairs, strict=True))


def note_runs(bench: Bench, book: TagBook, counts: Sequence[TagCount], day: date, at: datetime, keep: int) -> None:
    """Write down that these tags were computed. A further run for the same day and definition takes the place of the last;
    the latest `keep` of each tag remain.
    """
    bench.run(
        "CREATE OR REPLACE TABLE memory.work.runs AS SELECT * FROM target.main.tag_runs LIMIT 0",
    )
    for one in counts:
        values = (one.tag, book.versions[one.tag], day, at.replace(tzinfo=None), one.customers, one.known, DONE, "")
        bench.run("INSERT INTO memory.work.runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    every = (
        f"SELECT * FROM (SELECT r.* FROM target.main.{RUNS} AS r WHERE r.tag IN (SELECT tag FROM memory.work.runs) "
        "UNION ALL SELECT * FROM memory.work.runs) "
        "QUALIFY ROW_NUMBER() OVER (PARTITION BY tag, definition, data_date ORDER BY computed_at DESC) = 1"
    )
    kept = f"SELECT * FROM ({every}) QUALIFY ROW_NUMBER() OVER (PARTITION BY tag ORDER BY computed_at DESC, data_date DESC) <= {int(keep)}"
    bench.run(f"CREATE OR REPLACE TABLE memory.work.kept_runs AS {kept}")
    bench.replace_rows(RUNS, ("tag",), "SELECT tag FROM memory.work.runs", "SELECT * FROM memory.work.kept_runs")


def last_runs(bench: Bench) -> Mapping[str, TagRun]:
    """The latest result of each tag."""
    if not bench.columns(RUNS):
        return {}
    rows = bench.run(
        f"SELECT tag, definition, data_date, computed_at, customers, known, state, why FROM target.main.{RUNS} "
        "QUALIFY ROW_NUMBER() OVER (PARTITION BY tag ORDER BY computed_at DESC, data_date DESC) = 1"
    )
    return {str(row[0]): run_of(row) for row in rows}


def run_of(row: Sequence[object]) -> TagRun:
    """A row of `tag_runs` in the order of its columns."""
    tag, definition, day, at, customers, known, state, why = row
    assert isinstance(day, date)
    assert isinstance(at, datetime)
    return TagRun(
        tag=str(tag),
        definition=str(definition),
        data_date=day,
        computed_at=at,
        customers=int(str(customers)),
        known=int(str(known)),
        state=str(state),
        why=str(why),
    )


def days_between(bench: Bench, first: date, end: date, most: int) -> tuple[date, ...]:
    """The days, `end` outside, for which tags were computed: the latest `most`, in order."""
    rows = bench.run(
        f"SELECT DISTINCT data_date FROM target.main.{identifier(RUNS)} WHERE data_date >= ? AND data_date < ? AND state = ? "
        "ORDER BY data_date DESC LIMIT ?",
        (first, end, DONE, most),
    )
    return tuple(sorted(day for (day,) in rows if isinstance(day, date)))
