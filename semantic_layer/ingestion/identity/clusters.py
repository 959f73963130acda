"""From links to clusters of profiles: what joins of itself, what a person has decided, and what must wait for a person.

A cluster that would hold more identities than allowed, more identifiers than one person may have, or two customers that a
person keeps apart, is built again link by link, the strongest first (Kruskal, 1956); links that would break a rule wait.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from semantic_layer.ingestion.identity.components import Ints, components, distinct_pairs
from semantic_layer.ingestion.identity.deterministic import Connected, Holders

Floats = NDArray[np.float64]

ALWAYS: Final = 10_000.0
EXACT: Final = 1_000.0
"""Links by identifier are stronger than any weight, the strongest identifier first; a person's yes is stronger still."""
_ANCHORS: Final = frozenset({"document", "member_no", "account"})
"""Profiles with the same one of these are one identity, whatever else they say."""


@dataclass(frozen=True, slots=True)
class Edges:
    """Links between profiles: `strength` orders them; `pair` is the place of a weighed pair, -1 for the others."""

    one: Ints
    other: Ints
    strength: Floats
    pair: Ints

    def __len__(self) -> int:
        return len(self.one)

    def take(self, mask: NDArray[np.bool_]) -> Edges:
        """Some of them."""
        return Edges(self.one[mask], self.other[mask], self.strength[mask], self.pair[mask])


@dataclass(frozen=True, slots=True)
class Limits:
    """What no cluster may break: identities together, values of an identifier, homes that a person keeps apart."""

    most_together: int
    holders: tuple[Holders, ...]
    home: Ints  # by profile; 0 where no decision concerns it
    apart: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Clustered:
    """For each profile the smallest one of its cluster, and the links that would have broken a rule."""

    cluster: Ints
    refused: Edges


def edges_of(connected: Connected, pairs: tuple[Ints, Ints, Floats], always: tuple[Ints, Ints]) -> Edges:
    """All links that join of themselves: by identifier, by weight (`pairs`), by decision (`always`)."""
    one, other = [pairs[0], always[0]], [pairs[1], always[1]]
    strength: list[Floats] = [pairs[2], np.full(len(always[0]), ALWAYS)]
    place: list[Ints] = [np.arange(len(pairs[0])), np.full(len(always[0]), -1, dtype=np.int64)]
    for each in connected.holders:
        joins = each.root != each.profile
        one.append(each.root[joins])
        other.append(each.profile[joins])
        strength.append(np.full(int(joins.sum()), EXACT - each.rule.priority))
        place.append(np.full(int(joins.sum()), -1, dtype=np.int64))
    return Edges(np.concatenate(one), np.concatenate(other), np.concatenate(strength), np.concatenate(place))


def cluster(size: int, edges: Edges, limits: Limits) -> Clustered:
    """Clusters of `size` profiles within the limits."""
    label = components(size, edges.one, edges.other)
    anchor = anchors(size, limits.holders)
    broken = _broken(label, anchor, limits)
    inside = np.isin(label, broken)
    if not len(broken):
        return Clustered(label, edges.take(np.zeros(len(edges), dtype=np.bool_)))
    mine = edges.take(inside[edges.one])
    kept = _strongest_first(np.flatnonzero(inside), mine, anchor, limits)
    whole = edges.take(~inside[edges.one])
    taken = mine.take(kept)
    label = components(size, np.concatenate([whole.one, taken.one]), np.concatenate([whole.other, taken.other]))
    rest = mine.take(~kept)
    return Clustered(label, rest.take(label[rest.one] != label[rest.other]))


def anchors(size: int, holders: Iterable[Holders]) -> Ints:
    """The identity of each profile: the smallest profile with the same document, member number or account, or itself."""
    anchor: Ints = np.arange(size, dtype=np.int64)
    settled = np.zeros(size, dtype=np.bool_)
    for each in holders:
        if each.rule.name in _ANCHORS:
            free = ~settled[each.profile]
            anchor[each.profile[free]] = each.root[free]
            settled[each.profile] = True
    return anchor


def sizes(label: Ints, anchor: Ints) -> tuple[Ints, Ints]:
    """Clusters and how many identities each holds."""
    owners, _ = distinct_pairs(label, anchor)
    found, counts = np.unique(owners, return_counts=True)
    return found, counts


def _broken(label: Ints, anchor: Ints, limits: Limits) -> Ints:
    found, counts = sizes(label, anchor)
    broken = [found[counts > limits.most_together]]
    for each in limits.holders:
        if each.rule.per_person == 1:  # only these are limits that weighing has to keep
            owners, _ = distinct_pairs(label[each.profile], each.root)
            owner, counts = np.unique(owners, return_counts=True)
            broken.append(owner[counts > 1])
    if limits.apart:
        homes: dict[int, set[int]] = defaultdict(set)
        for place in np.flatnonzero(limits.home).tolist():
            homes[int(label[place])].add(int(limits.home[place]))
        broken.append(np.array([key for key, held in homes.items() if _meet(held, limits.apart)], dtype=np.int64))
    return np.unique(np.concatenate(broken))


def _meet(homes: set[int], apart: frozenset[tuple[int, int]]) -> bool:
    return any((one, other) in apart for one in homes for other in homes)


class _Forest:
    """Sets that grow together, each with what it holds; two join only where no limit is broken."""

    def __init__(self, limits: Limits, held: Mapping[int, Mapping[str, set[int]]]) -> None:
        self._limits = limits
        self._parent = {node: node for node in held}
        self._held = {node: {kind: set(values) for kind, values in kinds.items()} for node, kinds in held.items()}

    def root(self, node: int) -> int:
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node

    def join(self, one: int, other: int, *, decided: bool) -> bool:
        """Whether they are together now. What a person decided outranks every limit but that person's own no."""
        one, other = self.root(one), self.root(other)
        if one == other:
            return True
        small, large = sorted((self._held[one], self._held[other]), key=lambda kinds: len(kinds["identity"]))
        if self._kept_apart(small, large) or not (decided or self._may(small, large)):
            return False
        for kind, values in small.items():
            large.setdefault(kind, set()).update(values)
        self._parent[other] = one
        self._held[one] = large
        return True

    def _kept_apart(self, small: Mapping[str, set[int]], large: Mapping[str, set[int]]) -> bool:
        homes = small.get("home", set()), large.get("home", set())
        return any((one, other) in self._limits.apart for one in homes[0] for other in homes[1])

    def _may(self, small: Mapping[str, set[int]], large: Mapping[str, set[int]]) -> bool:
        if len(large["identity"] | small["identity"]) > self._limits.most_together:
            return False
        for kind, values in small.items():
            other = large.get(kind, set())
            if kind.startswith("one ") and other and not (values <= other or other <= values):
                return False
        return True


def _strongest_first(nodes: Ints, edges: Edges, anchor: Ints, limits: Limits) -> NDArray[np.bool_]:
    """Which edges join."""
    held: dict[int, dict[str, set[int]]] = {int(node): {"identity": {int(anchor[node])}} for node in nodes}
    for node in nodes[limits.home[nodes] > 0].tolist():
        held[node]["home"] = {int(limits.home[node])}
    for each in limits.holders:
        if each.rule.per_person == 1:
            mine = np.isin(each.profile, nodes)
            for profile, root in zip(each.profile[mine].tolist(), each.root[mine].tolist(), strict=True):
                held[profile][f"one {each.rule.name}"] = {root}
    forest = _Forest(limits, held)
    order = np.lexsort((edges.other, edges.one, -edges.strength))
    kept = np.zeros(len(edges), dtype=np.bool_)
    for place in order.tolist():
        decided = bool(edges.strength[place] >= ALWAYS)
        kept[place] = forest.join(int(edges.one[place]), int(edges.other[place]), decided=decided)
    return kept


def home_pairs(profiles_of: Mapping[int, Sequence[int]], together: Iterable[tuple[int, int]]) -> tuple[Ints, Ints]:
    """Edges between the smallest profiles of homes that a person keeps together."""
    found = [
        (min(profiles_of[one]), min(profiles_of[other]))
        for one, other in together
        if profiles_of.get(one) and profiles_of.get(other)
    ]
    pairs = np.array(sorted(found), dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
