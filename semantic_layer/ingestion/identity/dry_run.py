"""What another set of rules would do: customers merged and split, and what of segments, tags and campaigns that touches.

Both sets run over the same records in temporary tables; nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

import duckdb

from semantic_layer.engines.base import Cancel
from semantic_layer.ingestion.identity.assigning import place
from semantic_layer.ingestion.identity.linking import Watch, link
from semantic_layer.ingestion.identity.model import Model, model_from_json
from semantic_layer.ingestion.identity.rules import IdentityRules
from semantic_layer.ingestion.identity.tables import count, prepare
from semantic_layer.ingestion.snapshot import Progress

Connection = duckdb.DuckDBPyConnection
EXAMPLES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedUse:
    """A segment, tag or campaign with customers among those that would be merged or split."""

    kind: Literal["segment", "tag", "campaign"]
    name: str
    members: int


class Touched(Protocol):
    """Knows where customers are used."""

    def uses_of(self, customer_keys: Sequence[int]) -> Sequence[TouchedUse]:
        """What holds some of the customers, and how many of them."""
        ...


@dataclass(frozen=True, slots=True)
class FixedTouched:
    """The fake for tests: the customers of each use, by kind and name."""

    uses: Mapping[tuple[Literal["segment", "tag", "campaign"], str], frozenset[int]] = field(default_factory=dict)

    def uses_of(self, customer_keys: Sequence[int]) -> Sequence[TouchedUse]:
        """Uses with at least one of the customers."""
        wanted = frozenset(customer_keys)
        found = (
            TouchedUse(kind=kind, name=name, members=len(held & wanted)) for (kind, name), held in self.uses.items()
        )
        return tuple(each for each in found if each.members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Customers before and after; how many would go into another and how many would fall apart; examples by key only.

    `merges` holds keys that would be one customer, `splits` a key and into how many parts it would fall.
    """

    before: int
    after: int
    merged: int
    split: int
    waiting_before: int
    waiting_after: int
    merges: tuple[tuple[int, ...], ...]
    splits: tuple[tuple[int, int], ...]
    touched: tuple[TouchedUse, ...]


def dry_run(
    connection: Connection,
    old_rules: IdentityRules,
    new_rules: IdentityRules,
    *,
    progress: Progress,
    cancel: Cancel | None = None,
    touched: Touched | None = None,
) -> Effect:
    """The effect of `new_rules` in place of `old_rules` on the records as they are.

    Raises:
        CancelledError: when stopped.
    """
    prepare(connection)
    watch = Watch(progress=progress, cancel=cancel)
    waits = [_pass(connection, rules, name, watch) for rules, name in ((old_rules, "old"), (new_rules, "new"))]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE identity_both AS SELECT o.customer_key AS before, n.customer_key AS after "
        "FROM identity_dry_old o JOIN identity_dry_new n USING (source, record) GROUP BY ALL"
    )
    merges = connection.execute(
        "SELECT list_sort(list(before)) AS keys FROM identity_both GROUP BY after HAVING count(*) > 1 ORDER BY keys"
    ).fetchall()
    splits = connection.execute(
        "SELECT before, count(*) AS parts FROM identity_both GROUP BY before HAVING count(*) > 1 ORDER BY before"
    ).fetchall()
    concerned = sorted({int(key) for row in merges for key in row[0]} | {int(row[0]) for row in splits})
    return Effect(
        before=count(connection, "SELECT count(DISTINCT customer_key) FROM identity_dry_old"),
        after=count(connection, "SELECT count(DISTINCT customer_key) FROM identity_dry_new"),
        merged=sum(len(row[0]) - 1 for row in merges),
        split=len(splits),
        waiting_before=waits[0],
        waiting_after=waits[1],
        merges=tuple(tuple(int(key) for key in row[0]) for row in merges[:EXAMPLES]),
        splits=tuple((int(row[0]), int(row[1])) for row in splits[:EXAMPLES]),
        touched=tuple(touched.uses_of(concerned)) if touched is not None and concerned else (),
    )


def _pass(connection: Connection, rules: IdentityRules, name: str, watch: Watch) -> int:
    """Keep the keys that a set of rules gives in `identity_dry_<name>`; how many pairs would wait."""
    link(connection, rules, lambda: _model(connection, rules), watch)
    place(connection)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE identity_dry_{name} AS SELECT source, record, customer_key FROM identity_placed"
    )
    return count(connection, "SELECT count(*) FROM identity_grey")


def _model(connection: Connection, rules: IdentityRules) -> Model:
    found = connection.execute(
        "SELECT body FROM identity.models WHERE fingerprint = ?", [rules.fingerprint()]
    ).fetchall()
    if found:
        return model_from_json(str(found[0][0]))
    from semantic_layer.ingestion.identity.probabilistic import train  # noqa: PLC0415  # Splink takes seconds to import

    return train(connection, rules)
