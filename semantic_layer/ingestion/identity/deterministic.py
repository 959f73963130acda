"""Profiles that share an identifier are one person, the strongest identifiers first, within the limits of one person.

Over a limit, the weaker identifier that led there is dropped and matching is tried again without it: a phone that two
members share joins neither to the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb
import numpy as np

from semantic_layer.ingestion.identity.components import Ints, components, distinct_pairs, joined
from semantic_layer.ingestion.identity.profiles import used
from semantic_layer.ingestion.identity.rules import IdentifierRule, IdentityRules
from semantic_layer.ingestion.names import identifier


@dataclass(frozen=True, slots=True)
class Holders:
    """Who has values of one identifier: profiles, and for each the smallest profile with the same value (its root)."""

    rule: IdentifierRule
    profile: Ints
    root: Ints

    def without(self, roots: Ints) -> Holders:
        """But for the values of some roots."""
        kept = ~np.isin(self.root, roots)
        return Holders(self.rule, self.profile[kept], self.root[kept])


@dataclass(frozen=True, slots=True)
class Connected:
    """For each profile the smallest one of its group; the identifiers that count; and the values dropped, by their root."""

    group: Ints
    holders: tuple[Holders, ...]
    dropped: dict[str, Ints] = field(default_factory=dict)


def connect(connection: duckdb.DuckDBPyConnection, rules: IdentityRules, size: int) -> Connected:
    """Groups of the `size` profiles of `identity_profile`."""
    group: Ints = np.arange(size, dtype=np.int64)
    taken: list[Holders] = []
    dropped: dict[str, Ints] = {}
    for rule in used(connection, rules, "identity_profile"):
        holders = _read(connection, rule)
        group, kept = _add(group, taken, holders)
        dropped[rule.name] = np.setdiff1d(holders.root, kept.root)
        taken.append(kept)
    return Connected(group, tuple(taken), dropped)


def _read(connection: duckdb.DuckDBPyConnection, rule: IdentifierRule) -> Holders:
    """Of a value that people of different names have, only holders of one name belong together; those without a name to none."""
    column = identifier(rule.name)
    several = f"min(reading) OVER (PARTITION BY {column}) <> max(reading) OVER (PARTITION BY {column})"
    whose = f"CASE WHEN {several} THEN coalesce(reading, chr(31) || profile) END" if rule.one_name else "NULL"
    found = connection.execute(
        f"SELECT profile, min(profile) OVER (PARTITION BY value, whose) AS root "
        f"FROM (SELECT profile, {column} AS value, {whose} AS whose FROM identity_profile WHERE {column} IS NOT NULL)"
    ).fetchnumpy()
    return Holders(rule, np.asarray(found["profile"], dtype=np.int64), np.asarray(found["root"], dtype=np.int64))


def _add(group: Ints, taken: list[Holders], holders: Holders) -> tuple[Ints, Holders]:
    """Groups with one more identifier; values that bring a group over a limit are left out."""
    proposed = _joined_by(group, holders)
    over = _over_limit(proposed, (*taken, holders))
    if len(over):
        inside = np.isin(proposed[holders.profile], over)
        owner = group[holders.profile[inside]]
        holders = holders.without(_shared_by_several(group, taken, holders.root[inside], owner))
        proposed = _joined_by(group, holders)
        over = _over_limit(proposed, (*taken, holders))
    if len(over):
        inside = np.isin(proposed[holders.profile], over)
        holders = holders.without(_bridging(holders.root[inside], group[holders.profile[inside]]))
        proposed = _joined_by(group, holders)
    return proposed, holders


def _joined_by(group: Ints, holders: Holders) -> Ints:
    label = components(len(group), group[holders.root], group[holders.profile])
    return label[group]


def _over_limit(group: Ints, holders: tuple[Holders, ...]) -> Ints:
    over: list[Ints] = []
    for each in holders:
        if each.rule.per_person is not None:
            owners, _ = distinct_pairs(group[each.profile], each.root)
            label, counts = np.unique(owners, return_counts=True)
            over.append(label[counts > each.rule.per_person])
    return np.unique(np.concatenate(over)) if over else np.zeros(0, dtype=np.int64)


def _shared_by_several(group: Ints, taken: list[Holders], root: Ints, owner: Ints) -> Ints:
    """Values whose own groups hold together more stronger identifiers than one person may have."""
    root, owner = distinct_pairs(root, owner)
    found: list[Ints] = [np.zeros(0, dtype=np.int64)]
    for each in taken:
        if each.rule.per_person is not None:
            values, codes = joined(owner, root, *distinct_pairs(group[each.profile], each.root))
            value, counts = np.unique(distinct_pairs(values, codes)[0], return_counts=True)
            found.append(value[counts > each.rule.per_person])
    return np.unique(np.concatenate(found))


def _bridging(root: Ints, owner: Ints) -> Ints:
    """Values that join groups at all."""
    value, counts = np.unique(distinct_pairs(root, owner)[0], return_counts=True)
    return value[counts > 1]
