"""Computes tags for everybody or for some, and writes what changed into the version on the bench."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from semantic_layer.compiler.context import TAG_TABLE
from semantic_layer.compiler.tag_parts import INPUT_TABLE
from semantic_layer.ingestion.names import identifier
from semantic_layer.ingestion.tagging.bench import Bench
from semantic_layer.ingestion.tagging.book import Read, TagBook
from semantic_layer.ingestion.tagging.copying import KEYS, Copies, wanted_by
from semantic_layer.ingestion.tagging.history import POINTS, begin_points, write_points
from semantic_layer.model.types import Tag

_RESULT = "memory.work.result"
_FRESH = "memory.work.fresh"
_TOP = "memory.work.top"


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The data's day, and days before it whose values late rows may have changed."""

    today: date
    before: tuple[date, ...] = ()


class Computation:
    """Recomputes tags on a bench whose target has `customer_tags`, `tag_inputs`, `tag_history` and `tag_runs` already."""

    def __init__(self, bench: Bench, book: TagBook) -> None:
        self._bench = bench
        self._book = book
        self._copies = Copies(bench, book)
        self._key = identifier(book.key)
        self._key_type = bench.columns(book.customer.table)[book.key]

    def for_everybody(self, tags: Sequence[Tag], day: date) -> None:
        """Compute `tags` anew for all customers, by the same statement that computes all tags at once."""
        self._bench.run(
            f"CREATE OR REPLACE TABLE {KEYS} AS SELECT {self._key} FROM target.main.{identifier(self._book.customer.table)} "
            f"UNION SELECT {self._key} FROM target.main.{TAG_TABLE}"
        )
        ranked = [tag for tag in tags if tag in self._book.ranked]
        inputs = self._book.inputs(ranked, day) if ranked else None
        self._from(self._book.values(tags, day), "target", _RESULT)
        if inputs is not None:
            self._from(inputs, "target", "memory.work.new_inputs")
            self._store_inputs(ranked, f"SELECT {self._key} FROM target.main.{INPUT_TABLE}")
        self._write_fresh(tags)
        self._write(tags, Days(today=day))

    def for_some(self, tags: Sequence[Tag], days: Days) -> None:
        """Compute `tags` anew for the customers in `KEYS`, and quantile tags for whoever they push over a line."""
        ranked = [tag for tag in tags if tag in self._book.ranked]
        plain = [tag for tag in tags if tag not in ranked]
        values = self._book.values(plain, days.today)
        inputs = self._book.inputs(ranked, days.today) if ranked else None
        past_values = [self._book.values(plain, day) for day in days.before[:1]]
        wanted = wanted_by([one for one in (values, inputs, *past_values) if one is not None])
        self._copies.make(wanted)
        self._from(values, "memory", _RESULT)
        if inputs is not None:
            self._from(inputs, "memory", "memory.work.new_inputs")
            self._store_inputs(ranked, f"SELECT {self._key} FROM {KEYS}")
        self._write_fresh(plain)
        for tag in ranked:
            self._draw_line(tag)
        past = self._points_before(plain, days)
        self._copies.clear(tuple(wanted))
        self._write(tags, days, past=past)

    def _from(self, read: Read, catalog: str, into: str) -> None:
        """Run a compiled statement over the tables of a catalog, and keep the rows of the customers looked at."""
        where = f"SELECT {self._key} FROM {KEYS}"
        self._bench.connection.execute(f"USE {catalog}.main")
        try:
            self._bench.run(
                f"CREATE OR REPLACE TABLE {into} AS SELECT * FROM ({read.text}) AS r WHERE r.{self._key} IN ({where})"
            )
        finally:
            self._bench.connection.execute("USE memory.main")

    def _store_inputs(self, ranked: Sequence[Tag], keys: str) -> None:
        """Put the new inputs in the place of the old; those of other tags stay."""
        names = {tag.name for tag in ranked}
        columns = ", ".join(
            f"n.{identifier(name)}" if name in names else f"o.{identifier(name)}"
            for name in self._bench.columns(INPUT_TABLE)
            if name != self._book.key
        )
        self._bench.run(f"CREATE OR REPLACE TABLE memory.work.input_keys AS {keys}")
        merged = (
            f"SELECT {self._key}, {columns} FROM memory.work.new_inputs AS n FULL JOIN "
            f"(SELECT * FROM target.main.{INPUT_TABLE} SEMI JOIN memory.work.input_keys USING ({self._key})) AS o "
            f"USING ({self._key})"
        )
        self._bench.run(f"CREATE OR REPLACE TABLE memory.work.merged_inputs AS {merged}")
        self._bench.replace_rows(
            INPUT_TABLE,
            (self._book.key,),
            f"SELECT {self._key} FROM memory.work.input_keys",
            "SELECT * FROM memory.work.merged_inputs",
        )

    def _write_fresh(self, computed: Sequence[Tag]) -> None:
        """Whole rows of `customer_tags` for the customers that were computed: new values beside those that stay."""
        names = {tag.name for tag in computed}
        columns = ", ".join(
            f"{'r' if name in names else 'c'}.{identifier(name)}"
            for name in self._bench.columns(TAG_TABLE)
            if name != self._book.key
        )
        self._bench.run(
            f"CREATE OR REPLACE TABLE {_FRESH} AS SELECT r.{self._key}, {columns} FROM {_RESULT} AS r "
            f"LEFT JOIN target.main.{TAG_TABLE} AS c ON c.{self._key} = r.{self._key} ORDER BY r.{self._key}"
        )

    def _draw_line(self, tag: Tag) -> None:
        """Who has the quantile tag now; whoever crosses the line without having changed joins those to be written."""
        name = identifier(tag.name)
        self._bench.run(f"CREATE OR REPLACE TABLE {_TOP} AS SELECT * FROM ({self._ranked(tag)})")
        inside = f"c.{self._key} IN (SELECT {self._key} FROM {_TOP})"
        self._bench.run(
            f"INSERT INTO {_FRESH} SELECT c.* FROM target.main.{TAG_TABLE} AS c ANTI JOIN "
            f"(SELECT {self._key} FROM {KEYS} UNION ALL SELECT {self._key} FROM {_FRESH}) AS seen USING ({self._key}) "
            f"WHERE c.{name} IS DISTINCT FROM ({inside})"
        )
        self._bench.run(f"UPDATE {_FRESH} AS c SET {name} = ({inside})")

    def _ranked(self, tag: Tag) -> str:
        """The keys on top; the kept inputs stand in memory for the statement, which names no catalog."""
        source = f"SELECT {self._key}, {identifier(tag.name)} FROM target.main.{INPUT_TABLE}"
        self._bench.run(f"CREATE OR REPLACE VIEW memory.main.{INPUT_TABLE} AS {source}")
        return self._book.top(tag)

    def _points_before(self, plain: Sequence[Tag], days: Days) -> bool:
        """Values of the days before for all that can be computed of one customer alone. Whether there are any."""
        begin_points(self._bench, self._key_type)
        for day in days.before:
            read = self._book.values(plain, day)
            self._from(read, "memory", "memory.work.past")
            for tag in plain:
                self._add_points(tag, day, "memory.work.past")
        if days.before:
            for tag in plain:
                self._add_points(tag, days.today, _RESULT)
        return bool(days.before)

    def _add_points(self, tag: Tag, day: date, source: str) -> None:
        """A point for each customer looked at, unknown where the source has no row."""
        self._bench.run(
            f"INSERT INTO {POINTS} SELECT k.{self._key}, ?, ?, CAST(r.{identifier(tag.name)} AS VARCHAR), ? "
            f"FROM {KEYS} AS k LEFT JOIN {source} AS r ON r.{self._key} = k.{self._key}",
            (tag.name, day, self._book.versions[tag.name]),
        )

    def _write(self, tags: Sequence[Tag], days: Days, *, past: bool = False) -> None:
        """The differences into the history, the rows into the table of tags."""
        if not past:
            begin_points(self._bench, self._key_type)
        everyone = f"SELECT {self._key} FROM {KEYS} UNION SELECT {self._key} FROM {_FRESH}"
        self._bench.run(
            f"CREATE OR REPLACE TABLE memory.work.old AS SELECT c.* FROM target.main.{TAG_TABLE} AS c "
            f"WHERE c.{self._key} IN ({everyone})"
        )
        for tag in tags:
            if not past or tag in self._book.ranked:
                self._add_differences(tag, days.today)
        write_points(self._bench)
        self._bench.replace_rows(TAG_TABLE, (self._book.key,), everyone, f"SELECT * FROM {_FRESH}")

    def _add_differences(self, tag: Tag, day: date) -> None:
        name = identifier(tag.name)
        self._bench.run(
            f"INSERT INTO {POINTS} SELECT {self._key}, ?, ?, CAST(n.{name} AS VARCHAR), ? "
            f"FROM memory.work.old AS o FULL JOIN {_FRESH} AS n USING ({self._key}) "
            f"WHERE n.{name} IS DISTINCT FROM o.{name}",
            (tag.name, day, self._book.versions[tag.name]),
        )
