"""Five members on two days a week apart, small enough to say by hand who is in which segment and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import duckdb

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import DimensionKind
from semantic_layer.policy.types import Policy, RolePolicy, RowFilter, User
from semantic_layer.query.predicate import Compare, Did
from semantic_layer.query.time import Grain, Rolling
from semantic_layer.query.types import Audience
from tests.semantic_layer.compiler import tiny
from tools.segments import LivingSegments, MembershipStore, SavedSegments, SegmentStore
from tools.segments.causes import CorrectedKeys

FIRST, LAST = date(2026, 10, 24), date(2026, 10, 31)
KEEPER = User(name="keeper", roles=("admin",))
ANA = User(name="ana", roles=("analyst",))
BO = User(name="bo", roles=("analyst",))
EAST = User(name="eva", roles=("east",))
CROWDS = User(name="cro", roles=("crowds",))
BLIND = User(name="bli", roles=("blind",))
POLICY = Policy(
    roles=(
        RolePolicy(name="admin", manage_segments=True, see_personal=True),
        RolePolicy(name="analyst"),
        RolePolicy(name="east", row_filters=(RowFilter(entity="member", where="town.region = 'east'"),)),
        RolePolicy(name="crowds", see_small_groups=False),
        RolePolicy(name="blind", hidden=("member.level",)),
    )
)
MODEL = replace(
    tiny.MODEL,
    conventions=replace(tiny.MODEL.conventions, minimum_group=3),
    dimensions=tuple(
        replace(one, kind=DimensionKind.IDENTIFIER) if one.qualified in ("member.member_id", "member.nick") else one
        for one in tiny.MODEL.dimensions
    ),
)
INDEX = ModelIndex(MODEL)

SHANGHAI = Compare("member.town", "=", "Shanghai")
RECENT = Did(entity="purchase", time=Rolling(30, Grain.DAY))

# What a week brings: Bo buys, Eve moves to Shanghai, Flo joins there.
WEEK = """
INSERT INTO purchases VALUES (10, 2, TIMESTAMP '2026-10-28 10:00:00', 'web', 15.00, FALSE);
UPDATE members SET town = 'Shanghai' WHERE member_id = 5;
INSERT INTO members VALUES (6, 'Flo', 'Shanghai', 'basic', NULL, TIMESTAMP '2026-10-26 09:00:00');
"""


def people(where: object = None, as_of: date | None = None) -> Audience:
    return Audience(where=where, entity="member", as_of=as_of)  # type: ignore[arg-type]


class Engines:
    """The data of the shop after some changes, each made once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, DuckDBEngine] = {}

    def with_changes(self, changes: str) -> DuckDBEngine:
        if changes not in self._made:
            path = self._folder / f"{len(self._made)}.duckdb"
            with duckdb.connect(str(path)) as connection:
                connection.execute(tiny.TABLES + changes)
            self._made[changes] = DuckDBEngine(path)
        return self._made[changes]

    def close(self) -> None:
        for engine in self._made.values():
            engine.close()


class Shop:
    """The segments of the shop, and the data of a day to look at them with."""

    def __init__(self, engines: Engines, segments: SegmentStore, members: MembershipStore) -> None:
        self._engines = engines
        self._ids = count(1)
        self._minutes = count()
        self.members = members
        self.now = datetime(2026, 11, 1, 8, tzinfo=UTC)
        self.saved = SavedSegments(
            segments, "shop", clock=self.clock, new_id=lambda: f"s{next(self._ids)}", lists=members
        )

    def clock(self) -> datetime:
        return self.now + timedelta(minutes=next(self._minutes))

    def layer(self, day: date, changes: str = "") -> SemanticLayer:
        return SemanticLayer(INDEX, POLICY, self._engines.with_changes(changes), day, self.saved)

    def living(
        self, layer: SemanticLayer, corrections: CorrectedKeys | None = None, keeper: User = KEEPER
    ) -> LivingSegments:
        return LivingSegments(self.saved, layer, self.members, keeper=keeper, clock=self.clock, corrections=corrections)

    def save(self, **rules: object) -> None:
        for name, where in rules.items():
            self.saved.save(name, people(where), by="ana")


def told(moved: object) -> Mapping[tuple[str, str], set[int]]:
    """Movements as plain sets: who, by side and cause."""
    return {(one.side, one.cause.value): set(one.keys) for one in moved}  # type: ignore[attr-defined]
