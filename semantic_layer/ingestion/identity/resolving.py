"""One customer per person from `identity.records`: over all records, or only for those that are new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb

from semantic_layer.engines.base import Cancel
from semantic_layer.ingestion.identity import assigning, storing
from semantic_layer.ingestion.identity.linking import STEPS, Linked, Watch, link
from semantic_layer.ingestion.identity.model import Model, model_from_json, shipped_model
from semantic_layer.ingestion.identity.rules import IdentityRules
from semantic_layer.ingestion.identity.tables import count, prepare, scalar
from semantic_layer.ingestion.identity.touching import TOUCHED, touched
from semantic_layer.ingestion.snapshot import Progress
from semantic_layer.ingestion.warehouse import transaction

Connection = duckdb.DuckDBPyConnection
BY_RULES: Final = "rules"
_GROWN: Final = 2.0
"""A model is learned anew when there are this many times the records that it was learned from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityReport:
    """What a run found. `merged` and `split` count customers, `largest` identities of one customer, `nobody` records that
    say nothing about whose they are; `by_rule` and `by_tier` count links and records.
    """

    records: int
    nobody: int
    customers: int
    born: int
    merged: int
    split: int
    waiting: int
    largest: int
    by_rule: tuple[tuple[str, int], ...]
    by_tier: tuple[tuple[str, int], ...]
    guarded: tuple[tuple[str, str, int], ...]  # identifier, why its values are none, how many
    trained: bool


def resolve(
    connection: Connection,
    rules: IdentityRules,
    *,
    now: datetime,
    progress: Progress,
    cancel: Cancel | None = None,
    by: str = BY_RULES,
) -> IdentityReport:
    """Give every record of `identity.records` that tells whose it is a customer, in one transaction of its own.

    The connection must have no transaction open. What was there before stays whole until the end, so that a run that is
    killed leaves the state before it, and the next gives the same keys.

    Raises:
        CancelledError: when stopped; no customer has changed.
    """
    prepare(connection)
    watch = Watch(progress=progress, cancel=cancel)
    models = _Models(connection, rules, now)
    linked = link(connection, rules, models.trained, watch)
    watch.step("keys")
    changes = assigning.place(connection)
    with transaction(connection):
        assigning.write(connection, now=now, by=by, why="rules", everything=True)
        models.keep()
        storing.write(connection, rules, now=now, everything=True)
        connection.execute("INSERT INTO identity.runs SELECT ?, count(*) FROM identity.customers WHERE active", [now])
    progress("", len(STEPS), len(STEPS))
    return _report(connection, linked, changes, trained=models.model.trained)


def resolve_new(
    connection: Connection, rules: IdentityRules, records: str, *, now: datetime, by: str = BY_RULES
) -> IdentityReport:
    """As `resolve`, for the records that the table `records` names (`source`, `record`) and the customers they may touch.

    They are new in `identity.records` or say something else than before. Values that were found to be no identifiers, the
    model, and how common names are stay as the last whole run left them. Without a whole run before, this is one.
    """
    prepare(connection)
    if scalar(connection, "SELECT 1 FROM identity.models LIMIT 1") is None:
        return resolve(connection, rules, now=now, progress=lambda *_: None, by=by)
    touched(connection, rules, records)
    with transaction(connection):
        return regroup(connection, rules, f"SELECT source, record FROM {TOUCHED}", now=now, by=by, why="rules")


def regroup(
    connection: Connection, rules: IdentityRules, scope: str, *, now: datetime, by: str, why: str
) -> IdentityReport:
    """Cluster the records of `scope` anew with the kept model; the caller commits.

    All records of a customer that the scope touches must be in it.
    """
    models = _Models(connection, rules, now)
    linked = link(connection, rules, models.kept, Watch(progress=lambda *_: None, cancel=None), scope)
    changes = assigning.place(connection)
    assigning.write(connection, now=now, by=by, why=why, everything=False)
    storing.write(connection, rules, now=now, everything=False)
    return _report(connection, linked, changes, trained=models.model.trained)


class _Models:
    """The model of these rules: learned when there is none or the data has outgrown it, otherwise as it was kept."""

    def __init__(self, connection: Connection, rules: IdentityRules, now: datetime) -> None:
        self._connection = connection
        self._rules = rules
        self._now = now
        self._fresh = False
        self.model = shipped_model(rules)

    def kept(self) -> Model:
        """The model as it was kept, or the shipped one."""
        found = self._found()
        self.model = model_from_json(found[1]) if found else shipped_model(self._rules)
        return self.model

    def trained(self) -> Model:
        """The kept model, or a new one where it does not fit any more."""
        found, records = self._found(), self._records()
        if found and records < _GROWN * found[0]:
            self.model = model_from_json(found[1])
        else:
            from semantic_layer.ingestion.identity.probabilistic import train  # noqa: PLC0415  # Splink takes seconds to import

            self.model, self._fresh = train(self._connection, self._rules), True
        return self.model

    def keep(self) -> None:
        """Write a model that was learned; one per set of rules."""
        if self._fresh:
            self._connection.execute("DELETE FROM identity.models WHERE fingerprint = ?", [self._rules.fingerprint()])
            self._connection.execute(
                "INSERT INTO identity.models VALUES (?, ?, ?, ?)",
                [self._rules.fingerprint(), self._records(), self.model.to_json(), self._now],
            )

    def _records(self) -> int:
        return count(self._connection, "SELECT count(*) FROM identity.records")

    def _found(self) -> tuple[int, str] | None:
        rows = self._connection.execute(
            "SELECT records, body FROM identity.models WHERE fingerprint = ?", [self._rules.fingerprint()]
        ).fetchall()
        return (int(rows[0][0]), str(rows[0][1])) if rows else None


def _report(connection: Connection, linked: Linked, changes: assigning.Changes, *, trained: bool) -> IdentityReport:
    def counted(statement: str) -> tuple[tuple[str, int], ...]:
        return tuple((str(name), int(number)) for name, number in connection.execute(statement).fetchall())

    return IdentityReport(
        records=count(connection, "SELECT count(*) FROM identity.records"),
        nobody=count(
            connection, "SELECT count(*) FROM identity.records r ANTI JOIN identity.members m USING (source, record)"
        ),
        customers=count(connection, "SELECT count(*) FROM identity.customers WHERE active"),
        born=changes.born,
        merged=changes.merged,
        split=changes.split,
        waiting=count(connection, "SELECT count(*) FROM identity.review WHERE state IN ('waiting', 'later')"),
        largest=linked.largest,
        by_rule=counted("SELECT rule, count(*) FROM identity.links GROUP BY 1 ORDER BY 1"),
        by_tier=counted("SELECT tier, count(*) FROM identity.members GROUP BY 1 ORDER BY 1"),
        guarded=tuple(
            (str(kind), str(why), int(number))
            for kind, why, number in connection.execute(
                "SELECT kind, why, count(*) FROM identity.guarded GROUP BY 1, 2 ORDER BY 1, 2"
            ).fetchall()
        ),
        trained=trained,
    )
