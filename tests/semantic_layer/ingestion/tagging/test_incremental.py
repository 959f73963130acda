"""What is computed for some customers is what a computation for everybody gives, after any sequence of changes."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from semantic_layer.ingestion.tagging.bench import Bench
from semantic_layer.ingestion.tagging.changes import Changes
from semantic_layer.model.types import Measure, Metric, QuantileBody, Simple, TagInput, TagKind
from tests.semantic_layer.compiler import tiny
from tests.semantic_layer.ingestion.tagging.shop import MODEL, Truth, at, built, gone, opened, quiet, read, rows, shop

TAGS = "SELECT * FROM customer_tags ORDER BY ALL"
FIRST = [(1, 2, "active", True, "shoes"), (2, 2, "active", False, "bags"), (3, None, "active", True, "shoes")]
LAST = [(4, 11, "coupon", False, "bags"), (5, 10, "never", False, None)]


class Shuffled:
    """Random changes, the same to the published data and to the truth."""

    def __init__(self, seed: int, truth: Truth) -> None:
        self.random = random.Random(seed)
        self.truth = truth
        self.members = [1, 2, 3, 4, 5]
        self.purchases = list(range(1, 10))
        self.lines = list(range(1, 11))

    def stage(self, bench: Bench, changes: Changes) -> None:
        for _ in range(self.random.randint(1, 4)):
            step = self.random.choice(("buy", "buy", "line", "correct", "take back", "join", "edit", "twice"))
            {
                "buy": self.buy,
                "line": self.line,
                "correct": self.correct,
                "take back": self.take_back,
                "join": self.join,
                "edit": self.edit,
                "twice": self.twice,
            }[step](bench, changes)

    def put(self, bench: Bench, changes: Changes, table: str, key: str, row: tuple[object, ...]) -> None:
        target, lost = changes.stage(table)
        for place in (target, lost):
            bench.run(f"DELETE FROM {place} WHERE {key} = ?", (row[0],))
        bench.run(f"INSERT INTO {target} VALUES ({', '.join('?' * len(row))})", row)
        self.truth.put(table, key, row)

    def moment(self) -> datetime:
        """On time, late by months, or after today."""
        return at(2026, 10, 31, 12) - timedelta(days=self.random.choice((0, 0, 1, 40, 70, 200, 364, 366, 700, -2)))

    def purchase(self, number: int) -> tuple[object, ...]:
        amount = self.random.choice(("20.00", "80.00", "250.00", "300.00", None))
        who = self.random.choice([*self.members, None, 999])
        return (number, who, self.moment(), "web", amount, self.random.random() < 0.5)

    def buy(self, bench: Bench, changes: Changes) -> None:
        self.purchases.append(max(self.purchases) + 1)
        self.put(bench, changes, "purchases", "purchase_id", self.purchase(self.purchases[-1]))

    def correct(self, bench: Bench, changes: Changes) -> None:
        number = self.random.choice(self.purchases)
        self.put(bench, changes, "purchases", "purchase_id", self.purchase(number))

    def twice(self, bench: Bench, changes: Changes) -> None:
        number = self.random.choice(self.purchases)
        row = self.purchase(number)
        self.put(bench, changes, "purchases", "purchase_id", row)
        self.put(bench, changes, "purchases", "purchase_id", row)

    def line(self, bench: Bench, changes: Changes) -> None:
        number = self.random.choice([*self.lines, max(self.lines) + 1])
        self.lines = sorted({*self.lines, number})
        row = (
            number,
            self.random.choice(self.purchases),
            self.random.choice([*self.members, None]),
            self.moment(),
            self.random.choice((1, 2, None)),
            self.random.choice(("10.00", "75.00", "500.00")),
            1,
        )
        self.put(bench, changes, "purchase_lines", "line_id", row)

    def take_back(self, bench: Bench, changes: Changes) -> None:
        number = self.random.choice(self.purchases)
        target, lost = changes.stage("purchases")
        bench.run(f"DELETE FROM {target} WHERE purchase_id = ?", (number,))
        bench.run(f"INSERT INTO {lost} VALUES (?)", (number,))
        self.truth.remove("purchases", "purchase_id", number)

    def join(self, bench: Bench, changes: Changes) -> None:
        self.members.append(max(self.members) + 1)
        self.put(bench, changes, "members", "member_id", self.member(self.members[-1]))

    def edit(self, bench: Bench, changes: Changes) -> None:
        self.put(bench, changes, "members", "member_id", self.member(self.random.choice(self.members)))

    def member(self, number: int) -> tuple[object, ...]:
        level = self.random.choice(("basic", "silver", "gold"))
        return (number, "x", "Shanghai", level, at(1990, self.random.randint(1, 12), 3).date(), self.moment())


def follow(folder: Path, seed: int, steps: int) -> None:
    _, refresh, engine = opened(folder)
    truth = Truth()
    shuffled = Shuffled(seed, truth)
    assert read(engine, TAGS) == truth.tags() == [*FIRST, *LAST]
    for step in range(steps):
        if step == steps // 2:
            refresh.full(progress=quiet)
        refresh.apply(shuffled.stage)
        assert engine.refresh()
        assert read(engine, TAGS) == truth.tags(), f"seed {seed}, step {step}"
    for table in ("purchases", "purchase_lines", "members"):
        statement = f"SELECT * FROM {table} ORDER BY ALL"
        assert read(engine, statement) == truth.connection.execute(statement).fetchall()
    engine.close()


def test_random_changes_give_what_a_full_computation_gives(tmp_path: Path) -> None:
    follow(tmp_path, 7, 3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(25))
def test_long_random_changes_give_what_a_full_computation_gives(seed: int, tmp_path: Path) -> None:
    follow(tmp_path, seed, 12)


def test_somebody_who_did_nothing_crosses_the_line_of_a_share(tmp_path: Path) -> None:
    _, refresh, engine = opened(tmp_path)
    bought = (11, 5, at(2026, 10, 30, 10), "web", "500.00", True)
    applied = refresh.apply(rows(purchases=[bought]))
    assert engine.refresh()
    # of four buyers two were on top; of five it is three: 5 with 500, 3 with 200, 1 with 150
    assert read(engine, "SELECT member_id FROM customer_tags WHERE big_spender ORDER BY 1") == [(1,), (3,), (5,)]
    assert applied.customers == 1
    more = [(12, 2, at(2026, 10, 30, 10), "web", "400.00", True)]
    refresh.apply(rows(purchases=more))
    assert engine.refresh()
    # now 5, 2 and 3: member 1 did nothing and is no longer on top
    assert read(engine, "SELECT member_id FROM customer_tags WHERE big_spender ORDER BY 1") == [(2,), (3,), (5,)]
    engine.close()


def test_only_tags_that_read_a_table_are_computed(tmp_path: Path) -> None:
    _, refresh, engine = opened(tmp_path)
    applied = refresh.apply(rows(visits=[(7, 1, at(2026, 10, 31, 9))]))
    assert applied.tags == ()
    applied = refresh.apply(rows(members=[(1, "Ann", "Beijing", "gold", at(1990, 5, 1).date(), None)]))
    assert applied.tags == ("birth_month", "stage", "big_spender", "favourite_kind")
    assert engine.refresh()
    assert read(engine, "SELECT birth_month FROM customer_tags WHERE member_id = 1") == [(5,)]
    engine.close()


def test_a_row_that_belongs_to_no_one_customer_concerns_everybody(tmp_path: Path) -> None:
    _, refresh, engine = opened(tmp_path)
    applied = refresh.apply(rows(goods=[(1, "boots")]))
    assert applied.tags == ("favourite_kind",)
    assert engine.refresh()
    assert read(engine, "SELECT member_id, favourite_kind FROM customer_tags ORDER BY 1") == [
        (1, "boots"),
        (2, "bags"),
        (3, "boots"),
        (4, "bags"),
        (5, None),
    ]
    engine.close()


def test_two_customers_who_are_one_have_their_rows_together(tmp_path: Path) -> None:
    _, refresh, engine = opened(tmp_path)
    truth = Truth()
    refresh.apply(lambda _bench, changes: changes.move({5: 4, 3: 2}))
    truth.move(5, 4)
    truth.move(3, 2)
    assert engine.refresh()
    assert read(engine, TAGS) == truth.tags()
    # two buyers among three members: 1 with 150, 2 with 230, 4 with 100; the upper half of three is two
    assert read(engine, "SELECT member_id, big_spender FROM customer_tags ORDER BY 1") == [
        (1, True),
        (2, True),
        (4, False),
    ]
    assert read(engine, "SELECT COUNT(*) FROM visits WHERE member_id = 4") == [(2,)]
    assert read(engine, "SELECT COUNT(*) FROM tag_history WHERE customer_key = 5 AND until IS NULL") == [(0,)]
    engine.close()


@pytest.mark.slow
def test_rows_that_are_gone_no_longer_count(tmp_path: Path) -> None:
    _, refresh, engine = opened(tmp_path)
    refresh.apply(gone(purchases=[(3,)], members=[(5,)]))
    assert engine.refresh()
    assert read(engine, "SELECT COUNT(*) FROM purchases") == [(8,)]
    assert [row[0] for row in read(engine, TAGS)] == [1, 2, 3, 4]
    engine.close()


@pytest.mark.slow
def test_a_balance_of_the_last_moment_is_computed_for_everybody(tmp_path: Path) -> None:
    stock = Metric(name="last_stock", words=tiny.words("x"), unit=tiny.Unit.COUNT, body=Simple(measures=(_last(),)))
    holds = tiny.tag(
        "holds",
        TagKind.RULE,
        tiny.RuleBody(
            inputs=(TagInput(name="stock", metric="last_stock"),), levels=(tiny.Level(value=_yes(), when="stock > 0"),)
        ),
    )
    model = tiny.replace(MODEL, metrics=(*MODEL.metrics, stock), tags=(*MODEL.tags, holds))
    _, refresh, engine = opened(tmp_path, model)
    truth = Truth(model)
    row = (11, 5, at(2026, 10, 30, 10), "web", "500.00", True)
    refresh.apply(rows(purchases=[row]))
    truth.put("purchases", "purchase_id", row)
    assert engine.refresh()
    assert read(engine, TAGS) == truth.tags()
    engine.close()


def test_a_new_base_takes_over_what_did_not_change(tmp_path: Path) -> None:
    _, refresh, engine = opened(tmp_path)
    truth = Truth()
    row = (11, 5, at(2026, 10, 30, 10), "web", "500.00", True)
    truth.put("purchases", "purchase_id", row)

    def rebuilt(path: Path) -> None:
        built(path)
        with duckdb.connect(str(path)) as connection:
            connection.execute("INSERT INTO purchases VALUES (?, ?, ?, ?, ?, ?)", list(row))
            connection.execute("CREATE TABLE concerned AS SELECT 5 AS member_id")

    refresh.full(progress=quiet, build=rebuilt, concerned="concerned")
    assert engine.refresh()
    assert read(engine, TAGS) == truth.tags()
    assert "concerned" not in dict(engine.tables())
    engine.close()


@pytest.mark.slow
def test_a_changed_definition_and_a_new_day_are_computed_for_everybody(tmp_path: Path) -> None:
    versions, _, engine = opened(tmp_path)
    edited = tuple(
        tiny.replace(tag, body=tiny.replace(tag.body, share=0.25)) if isinstance(tag.body, QuantileBody) else tag
        for tag in MODEL.tags
    )
    new = tiny.tag("bought", TagKind.QUANTILE, QuantileBody(metric="purchases", window="12 months", share=0.5))
    model = tiny.replace(MODEL, tags=(*edited, new))

    def unchanged(path: Path) -> None:
        built(path)
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE TABLE concerned (member_id INTEGER)")

    _, other = shop(tmp_path, model)
    day = tiny.TODAY + tiny.TODAY.resolution * 40
    other.full(progress=quiet, build=unchanged, concerned="concerned", as_of=day)
    assert engine.refresh()
    truth = Truth(model, day)
    assert read(engine, TAGS) == truth.tags()
    assert versions.current().data_date == day  # type: ignore[union-attr]
    engine.close()


def _last() -> Measure:
    return Measure(
        entity="purchase",
        agg=tiny.Aggregation.SUM,
        expr="amount",
        non_additive=tiny.NonAdditive(dimension="purchase.bought_at"),
    )


def _yes() -> object:
    return tiny.Value(value=True, label=tiny.Text("是", "yes"))
