"""Which rows fail a rule: one statement for each kind of rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

import duckdb

from semantic_layer.errors import Text
from semantic_layer.ingestion.names import identifier, qualified
from semantic_layer.ingestion.quality.rules import (
    Agreement,
    Among,
    FakeFrequency,
    FakePattern,
    Format,
    Fresh,
    NotNull,
    Range,
    Rule,
    Unique,
    Volume,
    most_frequent,
)
from semantic_layer.ingestion.warehouse import table_columns

_NO_MORE = "'' AS more_zh, '' AS more_en, true AS apart"
_FEWEST_LOADS = 3
_NAME = "name"


@dataclass(frozen=True, slots=True)
class Clock:
    """Now, as tables of `work` hold times, and as clean rows do."""

    stored: datetime
    home: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """How many rows (of rules about a whole source: one) were looked at, how many failed, and how that was judged."""

    checked: int
    failed: int
    why: Text = Text("", "")  # frozen


def find(connection: duckdb.DuckDBPyConnection, rule: Rule, source: str, *, load: int, clock: Clock) -> Finding | None:
    """Leaves the failing rows in the temporary table `failing`: _row, _load, value, more_zh, more_en (added to the
    reason) and apart (whether the row can be held without holding another one). None when the rule cannot be asked.
    """
    looker = _Looker(connection, source, rule)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE failing (_row VARCHAR, _load BIGINT, value VARCHAR, more_zh VARCHAR, "
        "more_en VARCHAR, apart BOOLEAN)"
    )
    body = rule.body
    match body:
        case Unique():
            return looker.unique()
        case NotNull():
            return looker.rows(f"{looker.field} IS NULL", {}, every=True)
        case Format():
            return looker.rows(f"NOT regexp_full_match({looker.text}, $pattern)", {"pattern": body.pattern})
        case Range():
            return looker.range(body, clock.home)
        case Among():
            return looker.rows(f"NOT list_contains($values, {looker.text})", {"values": list(body.values)})
        case FakePattern():
            whole = "|".join(f"(?:{pattern})" for pattern in body.patterns)
            return looker.rows(f"regexp_full_match(lower({looker.text}), $pattern)", {"pattern": whole})
        case FakeFrequency():
            return looker.frequent(body)
        case Agreement():
            return looker.agreement(body)
        case Fresh() | Volume():
            return looker.fresh(body, clock) if isinstance(body, Fresh) else looker.volume(body, load)
        case _:
            assert_never(body)


@dataclass(frozen=True, slots=True)
class _Looker:
    """One rule over one clean table."""

    connection: duckdb.DuckDBPyConnection
    source: str
    rule: Rule

    @property
    def table(self) -> str:
        return qualified("clean", self.source)

    @property
    def field(self) -> str:
        return identifier(self.rule.fields[0])

    @property
    def text(self) -> str:
        return f"CAST({self.field} AS VARCHAR)"

    def rows(self, fails: str, parameters: dict[str, object], *, every: bool = False) -> Finding:
        """Rows that fail by themselves. A missing value fails nothing but the rule that asks for one."""
        known = "" if every else f"{self.field} IS NOT NULL AND "
        failed = self._keep(f"SELECT _row, _load, {self.text}, {_NO_MORE} FROM {self.table} WHERE {known}({fails})", parameters)  # fmt: skip
        return Finding(self._count("*" if every else self.field), failed)

    def unique(self) -> Finding:
        names = [identifier(name) for name in self.rule.fields]
        known = " AND ".join(f"{name} IS NOT NULL" for name in names)
        over = f"OVER (PARTITION BY {', '.join(names)} ORDER BY _load, _row)"
        shown = " || ', ' || ".join(f"CAST({name} AS VARCHAR)" for name in names)
        failed = self._keep(
            f"SELECT _row, _load, value, '', '', _row <> first FROM (SELECT _row, _load, {shown} AS value, "
            f"row_number() {over} AS nth, first_value(_row) {over} AS first FROM {self.table} WHERE {known}) WHERE nth > 1"
        )
        return Finding(self._number(f"SELECT count(*) FROM {self.table} WHERE {known}"), failed)

    def range(self, body: Range, now: datetime) -> Finding:
        ends = {"low": body.low, "high": body.high}
        given = {name: now.isoformat(sep=" ") if end == "now" else end for name, end in ends.items() if end}
        kind = self._cell(f"SELECT typeof({self.field}) FROM {self.table} LIMIT 1")
        if kind is None:
            return Finding(0, 0)
        casts = {name: f"TRY_CAST(${name} AS {kind})" for name in given}
        if kind == "DATE":
            casts = {name: f"CAST(TRY_CAST(${name} AS TIMESTAMP) AS DATE)" for name in given}
        signs = {"low": "<", "high": ">"}
        fails = " OR ".join(f"{self.field} {signs[name]} {cast}" for name, cast in casts.items())
        return self.rows(fails, dict(given))

    def frequent(self, body: FakeFrequency) -> Finding:
        by_name = _NAME in table_columns(self.connection, "clean", self.source) and self.rule.fields[0] != _NAME
        # Somebody who buys often stands on many rows under one name; a made-up value has many names.
        counted = f"count(DISTINCT coalesce({_NAME}, _row))" if by_name else "count(*)"
        counts = (
            f"SELECT {self.field} AS value, {counted} AS n FROM {self.table} WHERE {self.field} IS NOT NULL GROUP BY 1"
        )
        zh, en = ("个姓名", "%d names") if by_name else ("次", "on %d records")
        lower, upper = self.connection.execute(
            f"SELECT quantile_disc(n, 0.25), quantile_disc(n, 0.75) FROM ({counts})"
        ).fetchall()[0]
        if lower is None:
            return Finding(0, 0)
        most = most_frequent(lower, upper, body.guard)
        failed = self._keep(
            f"SELECT t._row, t._load, CAST(c.value AS VARCHAR), printf('：出现 %d {zh}，最多允许 {most} {zh}', c.n), "
            f"printf(': {en}, at most {most} are possible', c.n), true FROM {self.table} AS t "
            f"JOIN ({counts} HAVING n > $most) AS c ON t.{self.field} = c.value",
            {"most": most},
        )
        fence = int(upper * (upper / lower) ** 3)
        why = Text(
            f"上限 {most} 次，取三者最大：保护线 {body.guard}（家人合用），上四分位数 {upper} 的 3 倍，对数四分距外栅栏 {fence}"
            f"（这个字段的一个值通常出现 {lower}–{upper} 次）",
            f"at most {most}, the largest of: the guard {body.guard} (families share), three times the upper quartile "
            f"{upper}, the outer fence over logarithms {fence} (a value usually stands on {lower}–{upper} records)",
        )
        return Finding(self._count(self.field), failed, why)

    def agreement(self, body: Agreement) -> Finding | None:
        other, by = qualified("clean", body.other), identifier(body.by)
        there = {body.by, self.rule.fields[0]} <= table_columns(self.connection, "clean", body.other).keys()
        if not there or body.by not in table_columns(self.connection, "clean", self.source):
            return None  # the other source was not loaded yet, or one of them lacks the field
        pairs = (
            f"FROM {self.table} AS t JOIN (SELECT {by} AS k, list(DISTINCT {self.field}) AS others FROM {other} "
            f"WHERE {by} IS NOT NULL AND {self.field} IS NOT NULL GROUP BY 1) AS o ON t.{by} = o.k "
            f"WHERE t.{self.field} IS NOT NULL"
        )
        failed = self._keep(
            f"SELECT t._row, t._load, CAST(t.{self.field} AS VARCHAR), '：' || array_to_string(o.others, '、'), "
            f"': ' || array_to_string(o.others, ', '), true {pairs} AND NOT list_contains(o.others, t.{self.field})"
        )
        return Finding(self._number(f"SELECT count(*) {pairs}"), failed)

    def fresh(self, body: Fresh, clock: Clock) -> Finding | None:
        if self.rule.fields:
            newest = self._cell(f"SELECT CAST(max({self.field}) AS TIMESTAMP) FROM {self.table}")
        elif not self._has_loads():
            return None
        else:
            statement = "SELECT max(ended_at) FROM work.loads WHERE source = $source AND state = 'done'"
            newest = self._cell(statement, {"source": self.source})
        if not isinstance(newest, datetime):
            return None
        now = clock.home if self.rule.fields else clock.stored
        days = (now - newest).total_seconds() / 86_400
        why = Text(f"最新 {newest:%Y-%m-%d}，距今 {days:.0f} 天；上限 {body.days:g} 天", f"newest {newest:%Y-%m-%d}, {days:.0f} days ago; at most {body.days:g}")  # fmt: skip
        return Finding(1, int(days > body.days), why)

    def volume(self, body: Volume, load: int) -> Finding | None:
        if not self._has_loads():
            return None
        rows = self.connection.execute(
            "SELECT load, rows_read FROM work.loads WHERE source = ? AND load <= ? AND rows_read IS NOT NULL "
            "AND state IN ('done', 'running') ORDER BY load DESC LIMIT ?",
            [self.source, load, body.loads + 1],
        ).fetchall()
        before = sorted(int(read) for _, read in rows[1:])
        if len(before) < _FEWEST_LOADS:
            return None
        middle = (before[(len(before) - 1) // 2] + before[len(before) // 2]) / 2
        read = int(rows[0][1])
        times = read / middle if middle else float("inf") if read else 1.0
        why = Text(f"读到 {read:,} 行，以往 {len(before)} 次的中位数 {middle:,.0f} 行（{times:.2f} 倍）", f"{read:,} rows; the median of {len(before)} loads before is {middle:,.0f} ({times:.2f} times)")  # fmt: skip
        return Finding(1, int(not body.least <= times <= body.most), why)

    def _has_loads(self) -> bool:
        statement = (
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'work' AND table_name = 'loads'"
        )
        return bool(self._number(statement))

    def _count(self, what: str) -> int:
        return self._number(f"SELECT count({what}) FROM {self.table}")

    def _keep(self, rows: str, parameters: dict[str, object] | None = None) -> int:
        self.connection.execute(f"INSERT INTO failing {rows}", parameters or {})
        return self._number("SELECT count(*) FROM failing")

    def _number(self, statement: str) -> int:
        found = self._cell(statement)
        return found if isinstance(found, int) else 0

    def _cell(self, statement: str, parameters: dict[str, object] | None = None) -> object:
        rows = self.connection.execute(statement, parameters or {}).fetchall()
        return rows[0][0] if rows else None
