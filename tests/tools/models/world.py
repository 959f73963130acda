"""A shop with known truth: rates, leavings, favourites and coupon habits are drawn from distributions that tests know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.outreach import Goal, Outreach
from semantic_layer.model.types import (
    Conventions,
    Level,
    RuleBody,
    SemanticModel,
    Tag,
    TagCategory,
    TagInput,
    TagKind,
    Value,
    Words,
)
from semantic_layer.policy.types import Policy, RolePolicy, User
from semantic_layer.segments import SegmentsInMemory
from tests.semantic_layer.compiler import tiny

POLICY = Policy(
    roles=(
        RolePolicy(name="analyst", manage_models=True),
        RolePolicy(name="marketer"),
        RolePolicy(name="guest", see_small_groups=False),
        RolePolicy(name="blind", hidden=("member.member_id", "coupon_purchases")),
    )
)
ANA, MAX = User(name="Ana", roles=("analyst",)), User(name="Max", roles=("marketer",))
GUS, BEA = User(name="Gus", roles=("guest",)), User(name="Bea", roles=("blind",))
KINDS = ("shoes", "bags")

COUPON_TAG = Tag(
    name="coupon_lover",
    entity="member",
    words=Words(label=Text("爱用券", "coupon lover")),
    kind=TagKind.RULE,
    category=TagCategory.PREFERENCE,
    body=RuleBody(
        inputs=(
            TagInput(name="all_of_them", metric="purchases", window="12 months"),
            TagInput(name="with_coupon", metric="coupon_purchases", window="12 months"),
        ),
        levels=(
            Level(
                value=Value(value=True, label=Text("是", "yes")),
                when="all_of_them >= 2 AND with_coupon * 2 >= all_of_them",
            ),
        ),
    ),
    positive=(True,),
)


def model_of(*, goal: bool = True, least: int = 0) -> SemanticModel:
    outreach = Outreach(goal=Goal(converts="purchases", value="sales")) if goal else Outreach()
    return replace(
        tiny.MODEL, outreach=outreach, conventions=Conventions(minimum_group=least), tags=(*tiny.MODEL.tags, COUPON_TAG)
    )


@dataclass(frozen=True, kw_only=True)
class Truth:
    """One row a purchase, and the truth of each member."""

    purchases: pd.DataFrame  # member_id, day (days before today, 0 is today), amount, coupon, kind
    alive: np.ndarray
    coupon_share: np.ndarray
    favourite: np.ndarray


def drawn(people: int = 1500, days: int = 500, seed: int = 7) -> Truth:
    """A BG/NBD world in days: everybody's first purchase lies in the first 300 days."""
    source = np.random.default_rng(seed)
    rate = source.gamma(1.2, 1 / 25, people)
    leaving = source.beta(0.8, 6.0, people)
    level = 40 / source.gamma(6.0, 1 / 5.0, people)
    share = source.beta(1.0, 2.0, people)
    favourite = source.integers(0, 2, people)
    alive = np.ones(people, dtype=bool)
    rows = []
    for who in range(people):
        at, first = source.uniform(0, min(days, 300)), True
        while at < days:
            amount = max(float(source.gamma(4.0, level[who] / 4.0)), 0.5)
            kind = favourite[who] if source.random() < 0.85 else 1 - favourite[who]
            rows.append(
                (who + 1, days - 1 - int(at), round(amount, 2), bool(source.random() < share[who]), KINDS[kind])
            )
            if not first and source.random() < leaving[who]:  # after the first purchase nobody leaves
                alive[who] = False
                break
            first = False
            at += source.exponential(1 / rate[who])
    frame = pd.DataFrame(rows, columns=["member_id", "day", "amount", "coupon", "kind"])
    return Truth(purchases=frame, alive=alive, coupon_share=share, favourite=favourite)


@contextmanager
def shop(folder: Path, frame: pd.DataFrame, *, model: SemanticModel | None = None) -> Iterator[SemanticLayer]:
    """The layer over a shop with these purchases; each purchase has one line, and a visit on the same day."""
    path = folder / "world.duckdb"
    path.unlink(missing_ok=True)
    today = tiny.TODAY
    rows = frame.reset_index(drop=True)
    rows["moment"] = [pd.Timestamp(today - timedelta(days=int(day))) + pd.Timedelta(hours=12) for day in rows["day"]]
    rows["id"] = np.arange(1, len(rows) + 1)
    rows["good"] = np.where(rows["kind"] == KINDS[0], 1, 2)
    with duckdb.connect(str(path)) as data:
        data.execute(tiny.TABLES)
        for table in ("members", "purchases", "purchase_lines", "visits"):
            data.execute(f"DELETE FROM {table}")
        data.register("given", rows)
        data.execute(
            "INSERT INTO members SELECT DISTINCT member_id, 'm' || member_id, 'Shanghai', 'basic', NULL, TIMESTAMP '2025-01-01' FROM given"
        )
        data.execute("INSERT INTO purchases SELECT id, member_id, moment, 'web', amount, coupon FROM given")
        data.execute("INSERT INTO purchase_lines SELECT id, id, member_id, moment, good, amount, 1 FROM given")
        data.execute("INSERT INTO visits SELECT id, member_id, moment FROM given")
    index = ModelIndex(model or model_of())
    engine = DuckDBEngine(path)
    try:
        yield SemanticLayer(index, POLICY, engine, today, SegmentsInMemory())
    finally:
        engine.close()
