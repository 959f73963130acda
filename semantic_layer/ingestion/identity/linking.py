"""One pass over records: profiles, identifiers, weights, clusters. Leaves its result in temporary tables, writes nothing else.

`identity_result` has the cluster and the tier of every record that is somebody's, `identity_link` the links that hold,
`identity_grey` the pairs that wait for a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, Text
from semantic_layer.ingestion.identity import clusters
from semantic_layer.ingestion.identity.clusters import Clustered, Edges, Limits
from semantic_layer.ingestion.identity.components import Ints, components
from semantic_layer.ingestion.identity.deterministic import Connected, connect
from semantic_layer.ingestion.identity.model import Model, weight_of
from semantic_layer.ingestion.identity.profiles import EVERYTHING, make_profiles
from semantic_layer.ingestion.identity.rules import IdentityRules
from semantic_layer.ingestion.identity.tables import count
from semantic_layer.ingestion.snapshot import Progress

Connection = duckdb.DuckDBPyConnection
STEPS: Final = ("profiles", "identifiers", "comparing", "weighing", "clusters", "keys")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who is told how far it is, and who may stop it."""

    progress: Progress
    cancel: Cancel | None

    def step(self, name: str) -> None:
        """Say that a step begins.

        Raises:
            CancelledError: when the person has pressed stop; nothing was written.
        """
        if self.cancel is not None and self.cancel.pressed:
            raise CancelledError(Text("已停止识别；客户没有变化。", "Stopped; no customer has changed."))
        self.progress(name, STEPS.index(name), len(STEPS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What a pass found: profiles and their identities, and the largest cluster counted in identities."""

    profiles: int
    largest: int


def link(
    connection: Connection, rules: IdentityRules, model_of: Callable[[], Model], watch: Watch, scope: str = EVERYTHING
) -> Linked:
    """Cluster the records of `scope`. `model_of` is asked once `identity_input` is there.

    Raises:
        CancelledError: as `Watch.step`.
    """
    watch.step("profiles")
    size = make_profiles(connection, rules, scope)
    watch.step("identifiers")
    connected = connect(connection, rules, size)
    _keep_dropped(connection, connected)
    watch.step("comparing")
    _write_groups(connection, connected)
    from semantic_layer.ingestion.identity.probabilistic import (  # noqa: PLC0415  # Splink takes seconds to import
        make_input,
        make_shares,
        recall_shares,
        score,
    )

    make_input(connection, rules)
    if scope == EVERYTHING:
        make_shares(connection, rules)
    else:
        recall_shares(connection)
    watch.step("weighing")
    score(connection, rules, model_of())
    watch.step("clusters")
    return _cluster(connection, rules, connected, size)


def _keep_dropped(connection: Connection, connected: Connected) -> None:
    """Values that a limit took out join `identity_bad`: nobody can be told by them."""
    for name, roots in connected.dropped.items():
        if len(roots):
            connection.register("identity_roots", pa.table({"profile": roots}))
            connection.execute(
                f"INSERT INTO identity_bad SELECT ?, {name}, 'shared', NULL, NULL FROM identity_profile "
                "SEMI JOIN identity_roots USING (profile)",
                [name],
            )
            connection.unregister("identity_roots")


def _write_groups(connection: Connection, connected: Connected) -> None:
    """`identity_group`: the group of each profile, and the one value of identifiers of which a person has one."""
    size = len(connected.group)
    columns = {"profile": pa.array(np.arange(size)), "grp": pa.array(connected.group)}
    for each in connected.holders:
        if each.rule.per_person == 1:
            solo: Ints = np.full(size, -1, dtype=np.int64)
            solo[connected.group[each.profile]] = each.root
            of_profile = solo[connected.group]
            columns[f"solo_{each.rule.name}"] = pa.array(of_profile, mask=of_profile < 0)
    _store(connection, "identity_group", columns)


def _store(connection: Connection, name: str, columns: dict[str, pa.Array]) -> None:
    connection.register("identity_arrow", pa.table(columns))
    try:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM identity_arrow")
    finally:
        connection.unregister("identity_arrow")


def _cluster(connection: Connection, rules: IdentityRules, connected: Connected, size: int) -> Linked:
    bound = weight_of(rules.strict)
    pairs = connection.execute(
        "SELECT one, other, weight FROM identity_pair WHERE weight >= ? ORDER BY one, other", [bound]
    ).fetchnumpy()
    strong = (
        np.asarray(pairs["one"], dtype=np.int64),
        np.asarray(pairs["other"], dtype=np.int64),
        np.asarray(pairs["weight"], dtype=np.float64),
    )
    home, always, apart = _decisions(connection, size)
    edges = clusters.edges_of(connected, strong, always)
    limits = Limits(rules.most_together, connected.holders, home, apart)
    found = clusters.cluster(size, edges, limits)
    _write_result(connection, found, edges)
    _write_links(connection, rules, connected, found, edges)
    _write_grey(connection, rules, found)
    _, counts = clusters.sizes(found.cluster, clusters.anchors(size, connected.holders))
    return Linked(profiles=size, largest=int(counts.max()) if len(counts) else 0)


def _decisions(connection: Connection, size: int) -> tuple[Ints, tuple[Ints, Ints], frozenset[tuple[int, int]]]:
    """Homes of profiles that decisions concern, the edges and the pairs kept apart that they make."""
    home: Ints = np.zeros(size, dtype=np.int64)
    profiles: dict[int, list[int]] = defaultdict(list)
    for profile, decided in connection.execute(
        "SELECT profile, decided FROM identity_profile WHERE decided IS NOT NULL"
    ).fetchall():
        home[profile] = decided
        profiles[decided].append(profile)
    rows = connection.execute("SELECT kind, left_home, right_home FROM identity.decisions").fetchall()
    always = [(one, other) for kind, one, other in rows if kind == "always"]
    never = [(one, other) for kind, one, other in rows if kind == "never"]
    apart = frozenset([*never, *((other, one) for one, other in never)])
    return home, clusters.home_pairs(profiles, always), apart


def _write_result(connection: Connection, found: Clustered, edges: Edges) -> None:
    """Tier exact: what identifiers or a person join to the first profile of the cluster. The rest hangs on weights."""
    size = len(found.cluster)
    sure = edges.take((edges.pair < 0) & (found.cluster[edges.one] == found.cluster[edges.other]))
    core = components(size, sure.one, sure.other)
    _store(
        connection,
        "identity_cluster",
        {
            "profile": pa.array(np.arange(size)),
            "cluster": pa.array(found.cluster),
            "exact": pa.array(core == core[found.cluster]),
        },
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE identity_result AS "
        "SELECT o.n, o.source, o.record, o.home, o.lead, o.profile, c.cluster, "
        "CASE WHEN c.exact THEN 'exact' ELSE 'strict' END AS tier FROM identity_of o JOIN identity_cluster c USING (profile)"
    )


def _write_links(
    connection: Connection, rules: IdentityRules, connected: Connected, found: Clustered, edges: Edges
) -> None:
    """`identity_edge` between profiles, and `identity_link` between records."""
    kinds = ["decision", *(each.rule.name for each in connected.holders)]
    rule = np.zeros(len(edges), dtype=np.int64)
    for number, each in enumerate(connected.holders, start=1):
        rule[edges.strength == clusters.EXACT - each.rule.priority] = number
    holds = found.cluster[edges.one] == found.cluster[edges.other]
    sure = holds & (edges.pair < 0)
    names = pa.DictionaryArray.from_arrays(pa.array(rule[sure]), pa.array(kinds)).dictionary_decode()
    _store(
        connection,
        "identity_edge",
        {"one": pa.array(edges.one[sure]), "other": pa.array(edges.other[sure]), "rule": names},
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE identity_link AS
        WITH edge AS (
            SELECT one, other, rule, 'exact' AS tier, NULL::DOUBLE AS weight,
                   CASE rule WHEN 'decision' THEN '[]' ELSE '[{"field":"' || rule || '","level":"same"}]' END AS evidence
            FROM identity_edge
            UNION ALL
            SELECT p.one, p.other, 'weight', CASE WHEN p.weight >= ? THEN 'strict' ELSE 'loose' END, p.weight, p.evidence
            FROM identity_pair p JOIN identity_cluster a ON a.profile = p.one JOIN identity_cluster b ON b.profile = p.other
            WHERE (p.weight >= ? AND a.cluster = b.cluster) OR (p.weight >= ? AND p.weight < ?)
        )
        SELECT l.source AS left_source, l.record AS left_record, r.source AS right_source, r.record AS right_record,
               e.rule, e.tier, e.weight, e.evidence
        FROM edge e JOIN identity_profile l ON l.profile = e.one JOIN identity_profile r ON r.profile = e.other
        UNION ALL
        SELECT l.source, l.record, o.source, o.record, 'same', 'exact', NULL, '[]'
        FROM identity_of o JOIN identity_profile l USING (profile) WHERE o.n <> o.lead
        """,
        [weight_of(rules.strict), weight_of(rules.strict), weight_of(rules.loose), weight_of(rules.strict)],
    )


def _write_grey(connection: Connection, rules: IdentityRules, found: Clustered) -> None:
    """`identity_grey`: for two clusters the strongest pair that did not join, weighed or refused by a rule."""
    refused = found.refused
    _store(
        connection,
        "identity_refused",
        {"one": pa.array(refused.one), "other": pa.array(refused.other), "strength": pa.array(refused.strength)},
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE identity_grey AS
        WITH open AS (
            SELECT one, other, 'weight' AS rule, weight, evidence, 'unsure' AS why FROM identity_pair WHERE weight < ?
            UNION ALL
            SELECT f.one, f.other, CASE WHEN p.weight IS NULL THEN 'identifier' ELSE 'weight' END,
                   coalesce(p.weight, f.strength), coalesce(p.evidence, '[]'), 'limit'
            FROM identity_refused f LEFT JOIN identity_pair p ON p.one = f.one AND p.other = f.other AND f.strength < ?
        ), best AS (
            SELECT o.*, least(a.cluster, b.cluster) AS low, greatest(a.cluster, b.cluster) AS high
            FROM open o JOIN identity_cluster a ON a.profile = o.one JOIN identity_cluster b ON b.profile = o.other
            WHERE a.cluster <> b.cluster
            QUALIFY row_number() OVER (PARTITION BY low, high ORDER BY weight DESC, one, other) = 1
        )
        SELECT l.source AS left_source, l.record AS left_record, r.source AS right_source, r.record AS right_record,
               l.home AS left_home, r.home AS right_home, b.rule, b.weight, b.evidence, b.why
        FROM best b JOIN identity_profile l ON l.profile = b.one JOIN identity_profile r ON r.profile = b.other
        """,
        [weight_of(rules.strict), clusters.EXACT / 2],
    )


def nobodies(connection: Connection) -> int:
    """Records of the pass that say nothing about whose they are."""
    return count(connection, "SELECT count(*) FROM identity_clean c ANTI JOIN identity_of o USING (n)")
