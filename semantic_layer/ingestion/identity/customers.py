"""Customers as identity knows them: found by what their records say, and their golden record with where it comes from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb

from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.ingestion.identity.ledger import Entry, RecordRef, active_key
from semantic_layer.ingestion.identity.tables import FIELDS, prepare
from semantic_layer.ingestion.names import identifier

Connection = duckdb.DuckDBPyConnection
SEARCHED: Final = ("name", "phone", "email", "member_no")
_LONGEST_KEY: Final = 9


@dataclass(frozen=True, slots=True)
class Match:
    """A customer and the field by which they were found; empty for their own number."""

    customer_key: int
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenValue:
    """A value of the golden record: its source, the criterion by which it won, and the values that lost with theirs."""

    field: str
    value: str
    source: str
    why: str
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Of how many records and sources a customer is made, and since when there is one."""

    records: int
    sources: int
    born: datetime | None


def has_golden(connection: Connection) -> bool:
    """Whether golden records were ever made."""
    found = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'identity' AND table_name = 'golden'"
    ).fetchall()
    return bool(found[0][0])


def find_customers(
    connection: Connection, text: str, *, whole: Collection[str] = (), most: int = 200
) -> tuple[Match, ...]:
    """Customers whose number is `text`, or whose records hold it. Fields in `whole` must be equal to it, letter for letter
    but for case; in the others it may stand anywhere.
    """
    prepare(connection)
    found: dict[int, str] = {}
    if text.isdigit() and len(text) <= _LONGEST_KEY:
        statement = "SELECT customer_key FROM identity.customers WHERE customer_key = ? AND active"
        found.update({int(key): "" for (key,) in connection.execute(statement, [int(text)]).fetchall()})
    for field in SEARCHED:
        column = f"lower(r.{identifier(field)})"
        test = f"{column} = lower(?)" if field in whole else f"contains({column}, lower(?))"
        rows = connection.execute(
            "SELECT DISTINCT m.customer_key FROM identity.records AS r JOIN identity.members AS m USING (source, record) "
            f"WHERE {test} ORDER BY 1 LIMIT ?",
            [text, most],
        ).fetchall()
        for (key,) in rows:
            found.setdefault(int(key), field)
    return tuple(Match(key, field) for key, field in found.items())


def golden_of(connection: Connection, customer_key: int) -> tuple[GoldenValue, ...]:
    """The golden record of a customer, in the order of the fields; empty where there is none."""
    columns = ", ".join(f"CAST({identifier(name)} AS VARCHAR)" for name in FIELDS)
    rows = connection.execute(
        f"SELECT {columns} FROM identity.golden WHERE customer_key = ?", [customer_key]
    ).fetchall()
    if not rows:
        return ()
    whence = {
        str(field): (str(source), str(why))
        for field, source, why in connection.execute(
            "SELECT field, source, why FROM identity.provenance WHERE customer_key = ?", [customer_key]
        ).fetchall()
    }
    said = connection.execute(
        f"SELECT r.source, {columns} FROM identity.records AS r JOIN identity.members AS m USING (source, record) "
        "WHERE m.customer_key = ? ORDER BY ALL",
        [customer_key],
    ).fetchall()
    found = []
    for at, (name, value) in enumerate(zip(FIELDS, rows[0], strict=True)):
        if value is None:
            continue
        source, why = whence.get(name, ("", ""))
        others = {str(row[at + 1]): str(row[0]) for row in said if row[at + 1] is not None and row[at + 1] != value}
        found.append(GoldenValue(field=name, value=str(value), source=source, why=why, others=tuple(others.items())))
    return tuple(found)


def golden_column(connection: Connection, keys: Sequence[int], field: str) -> dict[int, str]:
    """One field of the golden records of some customers, as text; those without a value are left out."""
    if field not in FIELDS or not keys:
        return {}
    rows = connection.execute(
        f"SELECT customer_key, CAST({identifier(field)} AS VARCHAR) FROM identity.golden "
        f"WHERE list_contains(?::INTEGER[], customer_key) AND {identifier(field)} IS NOT NULL",
        [list(keys)],
    ).fetchall()
    return {int(key): str(value) for key, value in rows}


def standing(connection: Connection, customer_key: int) -> Standing:
    """How a customer stands now."""
    records, sources = connection.execute(
        "SELECT count(*), count(DISTINCT source) FROM identity.members WHERE customer_key = ?", [customer_key]
    ).fetchall()[0]
    born = connection.execute("SELECT born FROM identity.customers WHERE customer_key = ?", [customer_key]).fetchall()
    return Standing(records=int(records), sources=int(sources), born=born[0][0] if born else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A record of a customer."""

    source: str
    record: str
    tier: str
    observed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCounts:
    """How records became customers: links by rule, records by tier, values that identify nobody by (kind, why)."""

    records: int
    customers: int
    largest: int
    waiting: int
    decided: int
    tiers: tuple[tuple[str, int], ...]
    rules: tuple[tuple[str, int], ...]
    guarded: tuple[tuple[str, str, int], ...]
    computed_at: datetime | None


def member_records(connection: Connection, customer_key: int) -> tuple[Member, ...]:
    """The records of a customer, in the order of sources and rows."""
    rows = connection.execute(
        "SELECT m.source, m.record, m.tier, r.observed_at FROM identity.members AS m LEFT JOIN identity.records AS r "
        "USING (source, record) WHERE m.customer_key = ? ORDER BY ALL",
        [customer_key],
    ).fetchall()
    return tuple(Member(source=source, record=record, tier=tier, observed_at=at) for source, record, tier, at in rows)


def identity_counts(connection: Connection) -> IdentityCounts:
    """All figures of identity as it stands."""
    prepare(connection)

    def pairs(statement: str) -> list[tuple[str, int]]:
        return [(str(name), int(number)) for name, number in connection.execute(statement).fetchall()]

    records, customers, largest = connection.execute(
        "SELECT coalesce(sum(n), 0), count(*), coalesce(max(n), 0) FROM "
        "(SELECT count(*) AS n FROM identity.members GROUP BY customer_key)"
    ).fetchall()[0]
    states = dict(
        pairs(
            "SELECT CASE WHEN state IN ('waiting', 'later') THEN 'waiting' ELSE 'decided' END, count(*) FROM identity.review GROUP BY 1"
        )
    )
    matched = connection.execute("SELECT max(matched_at) FROM identity.runs").fetchall()
    guarded = connection.execute(
        "SELECT kind, why, count(*) FROM identity.guarded GROUP BY ALL ORDER BY 3 DESC"
    ).fetchall()
    return IdentityCounts(
        records=int(records),
        customers=int(customers),
        largest=int(largest),
        waiting=states.get("waiting", 0),
        decided=states.get("decided", 0),
        tiers=tuple(pairs("SELECT tier, count(*) FROM identity.members GROUP BY 1 ORDER BY 2 DESC")),
        rules=tuple(pairs("SELECT rule, count(*) FROM identity.links GROUP BY 1 ORDER BY 2 DESC")),
        guarded=tuple((str(kind), str(why), int(number)) for kind, why, number in guarded),
        computed_at=matched[0][0],
    )


def undoable_entries(connection: Connection, entries: Sequence[Entry]) -> frozenset[int]:
    """Those entries of the ledger that still have an effect which can be taken back."""
    decided = {
        int(entry) for (entry,) in connection.execute("SELECT DISTINCT entry FROM identity.decisions").fetchall()
    }
    found = set()
    for one in entries:
        if one.kind in ("never", "always"):
            standing_still = one.entry in decided
        else:
            standing_still = one.kind == "merge" and active_key(connection, one.old_key) == active_key(
                connection, one.new_key
            )
        if standing_still:
            found.add(one.entry)
    return frozenset(found)


def records_from(connection: Connection, customer_key: int, was: int) -> int:
    """How many records of a customer would go back to `was` if that merge were undone."""
    rows = connection.execute(
        "SELECT count(*) FROM identity.members AS m JOIN identity.homes AS h USING (source, record) "
        "WHERE m.customer_key = ? AND h.home = ?",
        [customer_key, was],
    ).fetchall()
    return int(rows[0][0])


def customer_of(connection: Connection, ref: RecordRef) -> int:
    """The customer of a record. Raises `UnknownNameError` for a record that is nobody's."""
    rows = connection.execute(
        "SELECT customer_key FROM identity.members WHERE source = ? AND record = ?", [ref.source, ref.record]
    ).fetchall()
    if not rows:
        raise UnknownNameError(Text("记录", "record"), f"{ref.source} {ref.record}")
    return int(rows[0][0])
