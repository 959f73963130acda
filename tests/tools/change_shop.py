"""A shop whose August and September are given as counts, over the definitions of the small model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Conventions, SemanticModel
from semantic_layer.policy.types import Policy, RolePolicy, User
from semantic_layer.segments import SegmentsInMemory
from tests.semantic_layer.compiler import tiny

POLICY = Policy(roles=(RolePolicy(name="analyst"), RolePolicy(name="guest", see_small_groups=False)))
ANA = User(name="Ana", roles=("analyst",))
GUS = User(name="Gus", roles=("guest",))
AUGUST, SEPTEMBER = "2026-08", "2026-09"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """`people` members alike, each new, with `orders` purchases of one line in the `month`."""

    month: str
    people: int
    orders: int = 1
    town: str | None = "Shanghai"
    level: str = "basic"
    channel: str | None = "web"
    kind: str = "shoes"
    amount: float = 10.0


@contextmanager
def shop(
    folder: Path, rows: Sequence[Bought], *, model: SemanticModel = tiny.MODEL, least: int = 0
) -> Iterator[SemanticLayer]:
    """The layer over a shop that sold this."""
    path = folder / "shop.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as data:
        data.execute(tiny.TABLES)
        for table in ("members", "purchases", "purchase_lines", "visits"):
            data.execute(f"DELETE FROM {table}")
        _fill(data, rows)
    conventions = tiny.replace(model.conventions, minimum_group=least) if least else Conventions(minimum_group=0)
    index = ModelIndex(tiny.replace(model, conventions=conventions))
    engine = DuckDBEngine(path)
    try:
        yield SemanticLayer(index, POLICY, engine, tiny.TODAY, SegmentsInMemory())
    finally:
        engine.close()


def _fill(data: duckdb.DuckDBPyConnection, rows: Sequence[Bought]) -> None:
    members: list[tuple[object, ...]] = []
    purchases: list[tuple[object, ...]] = []
    lines: list[tuple[object, ...]] = []
    goods = {"shoes": 1, "bags": 2}
    for group in rows:
        for _ in range(group.people):
            who = len(members) + 1
            members.append((who, f"m{who}", group.town, group.level, None, "2025-01-01 00:00:00"))
            for order in range(group.orders):
                key = len(purchases) + 1
                at = f"{group.month}-{1 + (who + order) % 28:02} 12:00:00"
                purchases.append((key, who, at, group.channel, group.amount, False))
                lines.append((key, key, who, at, goods[group.kind], group.amount, 1))
    for table, filled in (("members", members), ("purchases", purchases), ("purchase_lines", lines)):
        columns = [list(column) for column in zip(*filled, strict=True)]
        marks = ", ".join("unnest(?)" for _ in columns)
        data.execute(f"INSERT INTO {table} SELECT {marks}", columns)
