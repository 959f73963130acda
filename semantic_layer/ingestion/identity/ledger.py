"""What happened to customers, append only, and what a person may decide: keep apart, keep together, split off, take back.

A decision is kept on homes (the keys that records were first given), so that it holds for all later runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Final, Literal, cast

import duckdb

from semantic_layer.errors import DataError, Text, UnknownNameError
from semantic_layer.ingestion.identity.resolving import IdentityReport, regroup
from semantic_layer.ingestion.identity.rules import IdentityRules
from semantic_layer.ingestion.identity.tables import count, prepare
from semantic_layer.ingestion.warehouse import transaction

Connection = duckdb.DuckDBPyConnection
Kind = Literal["merge", "split", "undo", "never", "always"]
_SCOPE: Final = "SELECT source, record FROM identity_decided"


@dataclass(frozen=True, slots=True)
class RecordRef:
    """A record of a source."""

    source: str
    record: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger. On a merge `old_key` went into `new_key`; on a split `new_key` left `old_key`."""

    entry: int
    kind: Kind
    old_key: int
    new_key: int
    rule: str
    evidence: str
    at: datetime
    by: str


def history(connection: Connection, customer_key: int) -> tuple[Entry, ...]:
    """All entries that concern a customer, the oldest first."""
    return _entries(connection, "old_key = ? OR new_key = ?", [customer_key, customer_key])


def entries(connection: Connection, *, after: int = 0, limit: int = 50) -> tuple[Entry, ...]:
    """A page of the ledger, the oldest first; `after` is the last entry of the page before."""
    return _entries(connection, "entry > ?", [after], limit)


def _entries(connection: Connection, test: str, values: Sequence[object], limit: int = 1_000_000) -> tuple[Entry, ...]:
    prepare(connection)
    rows = connection.execute(
        f'SELECT entry, kind, old_key, new_key, rule, evidence, "at", "by" FROM identity.ledger WHERE {test} '
        "ORDER BY entry LIMIT ?",
        [*values, limit],
    ).fetchall()
    return tuple(
        Entry(
            entry=int(row[0]), kind=cast("Kind", row[1]), old_key=int(row[2]), new_key=int(row[3]),
            rule=str(row[4]), evidence=str(row[5]), at=cast("datetime", row[6]), by=str(row[7]),
        )
        for row in rows
    )  # fmt: skip


def active_key(connection: Connection, customer_key: int) -> int:
    """The customer that a key belongs to now: itself, or the one that it was merged into.

    Raises:
        UnknownNameError: when no customer ever had the key.
    """
    prepare(connection)
    rows = connection.execute("SELECT active FROM identity.customers WHERE customer_key = ?", [customer_key]).fetchall()
    if not rows:
        raise UnknownNameError(Text("客户", "customer"), str(customer_key))
    if rows[0][0]:
        return customer_key
    found = connection.execute(
        "SELECT m.customer_key FROM identity.homes h JOIN identity.members m USING (source, record) WHERE h.home = ? "
        "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
        [customer_key],
    ).fetchall()
    return int(found[0][0]) if found else customer_key


def never_merge(
    connection: Connection, rules: IdentityRules, left: int, right: int, *, by: str, now: datetime
) -> IdentityReport:
    """Two customers stay apart whatever rules and weights say.

    Raises:
        UnknownNameError: when one of the keys is no customer's.
        DataError: when both are one customer now; undo the merge or split records off instead.
    """
    left, right = active_key(connection, left), active_key(connection, right)
    if left == right:
        raise _one_customer(left)
    return _decide(connection, rules, "never", left, right, by=by, now=now)


def always_merge(
    connection: Connection, rules: IdentityRules, left: int, right: int, *, by: str, now: datetime
) -> IdentityReport:
    """Two customers are one from now on whatever rules and weights say; the older key stays.

    Raises:
        UnknownNameError: when one of the keys is no customer's.
        DataError: when both are one customer already.
    """
    left, right = active_key(connection, left), active_key(connection, right)
    if left == right:
        raise _one_customer(left)
    return _decide(connection, rules, "always", left, right, by=by, now=now)


def _one_customer(key: int) -> DataError:
    return DataError(
        Text(
            zh=f"这两个编号已经是同一个客户（{key}）。要分开，请撤销合并，或把部分记录拆出去。",
            en=f"Both are one customer ({key}) already. To part them, undo the merge or split some records off.",
        )
    )


def _decide(
    connection: Connection, rules: IdentityRules, kind: Kind, left: int, right: int, *, by: str, now: datetime
) -> IdentityReport:
    lefts, rights = _homes(connection, left), _homes(connection, right)
    with transaction(connection):
        entry = _append(connection, kind, left, right, "person", now=now, by=by)
        connection.execute(
            "DELETE FROM identity.decisions WHERE kind <> ? AND left_home IN (SELECT unnest(?)) AND right_home IN (SELECT unnest(?))",
            [kind, sorted({*lefts, *rights}), sorted({*lefts, *rights})],
        )
        pairs = (
            product(lefts, rights)
            if kind == "never"
            else [(left if left in lefts else lefts[0], right if right in rights else rights[0])]
        )
        _remember(connection, kind, pairs, entry)
        return _again(connection, rules, (left, right), now=now, by=by)


def split_off(
    connection: Connection,
    rules: IdentityRules,
    customer_key: int,
    records: Sequence[RecordRef],
    *,
    by: str,
    now: datetime,
) -> IdentityReport:
    """Some records of a customer become a customer of their own, and stay so.

    Raises:
        UnknownNameError: when the key is no customer's.
        DataError: when none or all of the customer's records are named, or one that is not the customer's.
    """
    key = active_key(connection, customer_key)
    owned = {
        RecordRef(str(row[0]), str(row[1]))
        for row in connection.execute(
            "SELECT source, record FROM identity.members WHERE customer_key = ?", [key]
        ).fetchall()
    }
    wanted = set(records)
    if not wanted or not wanted < owned:
        raise DataError(
            Text(
                zh=f"请从客户 {key} 的 {len(owned)} 条记录中选出要拆分的一部分（不能是全部，也不能包含别人的记录）。",
                en=f"Choose some of the {len(owned)} records of customer {key} to split off: not all, and none of others.",
            )
        )
    with transaction(connection):
        fresh = count(connection, "SELECT max(customer_key) FROM identity.customers") + 1
        connection.execute("INSERT INTO identity.customers VALUES (?, ?, false)", [fresh, now])
        for each in sorted(wanted, key=lambda ref: (ref.source, ref.record)):
            connection.execute(
                "UPDATE identity.homes SET home = ? WHERE source = ? AND record = ?", [fresh, each.source, each.record]
            )
        entry = _append(connection, "never", key, fresh, "person", now=now, by=by)
        _remember(connection, "never", product([h for h in _homes(connection, key) if h != fresh], [fresh]), entry)
        return _again(connection, rules, (key,), now=now, by=by)


def undo(connection: Connection, rules: IdentityRules, entry: int, *, by: str, now: datetime) -> IdentityReport:
    """Take back one entry: what was merged is parted again and its history returns to the old key; what a person decided
    holds no more. It stays in the ledger, with the undoing after it.

    Raises:
        UnknownNameError: when there is no such entry.
        DataError: when it has no effect any more that could be taken back.
    """
    found = _entries(connection, "entry = ?", [entry])
    if not found:
        raise UnknownNameError(Text("合并记录", "entry of the ledger"), str(entry))
    done = found[0]
    with transaction(connection):
        decided = done.kind in ("never", "always")
        keys = _forget(connection, done) if decided else _part(connection, done)
        _append(connection, "undo", done.old_key, done.new_key, f"entry {entry}", now=now, by=by)
        return _again(connection, rules, keys, now=now, by=by)


def _forget(connection: Connection, done: Entry) -> tuple[int, ...]:
    if not count(connection, "SELECT count(*) FROM identity.decisions WHERE entry = ?", (done.entry,)):
        raise _nothing_left(done)
    connection.execute("DELETE FROM identity.decisions WHERE entry = ?", [done.entry])
    return active_key(connection, done.old_key), active_key(connection, done.new_key)


def _part(connection: Connection, done: Entry) -> tuple[int, ...]:
    """Keep the two sides of a merge apart from now on."""
    now_one = active_key(connection, done.old_key)
    if done.kind != "merge" or now_one != active_key(connection, done.new_key):
        raise _nothing_left(done)
    side = _merged_into(connection, done.old_key, done.entry)
    homes = _homes(connection, now_one)
    lefts, rights = [home for home in homes if home in side], [home for home in homes if home not in side]
    if not lefts or not rights:
        raise _nothing_left(done)
    connection.execute(
        "DELETE FROM identity.decisions WHERE kind = 'always' AND ((left_home IN (SELECT unnest(?)) AND right_home IN (SELECT unnest(?))) "
        "OR (left_home IN (SELECT unnest(?)) AND right_home IN (SELECT unnest(?))))",
        [lefts, rights, rights, lefts],
    )
    _remember(
        connection, "never", product(lefts, rights), count(connection, "SELECT max(entry) FROM identity.ledger") + 1
    )
    return (now_one,)


def _merged_into(connection: Connection, key: int, before: int) -> set[int]:
    """The key and all that had been merged into it before an entry."""
    side, rows = (
        {key},
        connection.execute(
            "SELECT old_key, new_key FROM identity.ledger WHERE kind = 'merge' AND entry < ? ORDER BY entry DESC",
            [before],
        ).fetchall(),
    )
    for old, new in rows:
        if new in side:
            side.add(int(old))
    return side


def _nothing_left(done: Entry) -> DataError:
    return DataError(
        Text(
            zh=f"第 {done.entry} 条记录现在已不起作用，无法撤销。请查看客户的合并历史，撤销其中更近的一条。",
            en=f"Entry {done.entry} has no effect any more that could be undone. See the customer's history and undo a later one.",
        )
    )


def _homes(connection: Connection, key: int) -> list[int]:
    rows = connection.execute(
        "SELECT DISTINCT h.home FROM identity.homes h JOIN identity.members m USING (source, record) "
        "WHERE m.customer_key = ? ORDER BY 1",
        [key],
    ).fetchall()
    return [int(row[0]) for row in rows]


def _remember(connection: Connection, kind: Kind, pairs: Iterable[tuple[int, int]], entry: int) -> None:
    for one, other in pairs:
        connection.execute(
            "INSERT INTO identity.decisions VALUES (?, ?, ?, ?)", [kind, min(one, other), max(one, other), entry]
        )


def _append(connection: Connection, kind: Kind, old: int, new: int, rule: str, *, now: datetime, by: str) -> int:
    entry = count(connection, "SELECT max(entry) FROM identity.ledger") + 1
    connection.execute(
        "INSERT INTO identity.ledger VALUES (?, ?, ?, ?, ?, '[]', ?, ?)", [entry, kind, old, new, rule, now, by]
    )
    return entry


def _again(
    connection: Connection, rules: IdentityRules, keys: Sequence[int], *, now: datetime, by: str
) -> IdentityReport:
    """Cluster the records of some customers anew."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE identity_decided AS SELECT source, record FROM identity.members "
        "WHERE customer_key IN (SELECT unnest(?))",
        [list(keys)],
    )
    return regroup(connection, rules, _SCOPE, now=now, by=by, why="person")
