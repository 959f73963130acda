"""Tags against values computed by hand from the tiny data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from semantic_layer.compiler.audience import compile_keys, compile_people
from semantic_layer.compiler.tag_table import compile_tag, compile_tag_table
from semantic_layer.errors import DataError
from semantic_layer.ingestion.tags import TagCount, materialise_tags
from semantic_layer.model.types import AttributeBody, TagKind
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience
from tests.semantic_layer.compiler import tiny

BY_HAND = [
    # member, birth month, stage, big spender, favourite kind
    (1, 2, "active", True, "shoes"),  # 150 spent in 12 months, 110 of it on shoes
    (2, 2, "active", False, "bags"),  # 30
    (3, None, "active", True, "shoes"),  # 200
    (4, 11, "coupon", False, "bags"),  # 100; 40 of it on something unnamed
    (5, 10, "never", False, None),
]


def quiet(_stage: str, _done: int, _total: int) -> None:
    pass


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    path = tmp_path / "snapshot.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(tiny.TABLES)
    return path


def test_all_tags_in_one_statement() -> None:
    with tiny.database() as connection:
        assert tiny.run(connection, compile_tag_table(tiny.context())) == BY_HAND


@pytest.mark.parametrize("position", range(1, 5))
def test_each_tag_alone_gives_the_same(position: int) -> None:
    tag = tiny.TAGS[position - 1]
    with tiny.database() as connection:
        found = sorted(tiny.run(connection, compile_tag(tag, tiny.context())))
    assert found == [(row[0], row[position]) for row in BY_HAND]


def test_rule_tags_with_several_windows_read_their_rows_once() -> None:
    text = compile_tag(tiny.TAGS[1], tiny.context()).tree.sql("duckdb")
    assert text.count("FROM purchases") == 1


def test_the_load_writes_the_table_and_counts_who_has_what(snapshot: Path) -> None:
    counts = materialise_tags(snapshot, tiny.MODEL, progress=quiet, as_of=tiny.TODAY)
    assert counts == (
        TagCount("birth_month", 4, 4),
        TagCount("stage", 5, 5),
        TagCount("big_spender", 2, 5),
        TagCount("favourite_kind", 4, 4),
    )
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        assert connection.execute("SELECT * FROM customer_tags").fetchall() == BY_HAND


def test_today_is_the_last_day_that_the_conventions_name(snapshot: Path) -> None:
    conventions = tiny.Conventions(as_of_from="purchase.bought_at")
    materialise_tags(snapshot, tiny.replace(tiny.MODEL, conventions=conventions), progress=quiet)
    with duckdb.connect(str(snapshot), read_only=True) as connection:  # asked on 2026-10-01, the last purchase
        assert connection.execute("SELECT member_id FROM customer_tags WHERE big_spender").fetchall() == [(1,), (3,)]


def test_a_tag_that_does_not_fit_the_data_keeps_the_old_table(snapshot: Path) -> None:
    materialise_tags(snapshot, tiny.MODEL, progress=quiet, as_of=tiny.TODAY)
    broken = tiny.tag("broken", TagKind.ATTRIBUTE, AttributeBody(expr="CAST(nick AS DATE)"))
    with pytest.raises(DataError):
        materialise_tags(snapshot, tiny.replace(tiny.MODEL, tags=(broken,)), progress=quiet, as_of=tiny.TODAY)
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        assert connection.execute("SELECT * FROM customer_tags").fetchall() == BY_HAND


def test_stored_tags_give_the_same_people_as_computed_ones(snapshot: Path) -> None:
    materialise_tags(snapshot, tiny.MODEL, progress=quiet, as_of=tiny.TODAY)
    stored = tiny.context(stored=frozenset({"stage", "big_spender"}))
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        for where in (Compare("member.stage", "=", "active"), Compare("member.big_spender", "=", False)):
            audience = Audience(where=where, entity="member")
            with_table = compile_keys(audience, stored)
            anew = compile_keys(audience, tiny.context())
            assert "customer_tags" in with_table.tree.sql()
            assert "customer_tags" not in anew.tree.sql()
            assert tiny.run(connection, with_table) == tiny.run(connection, anew)


def test_on_another_day_tags_are_computed_for_that_day() -> None:
    audience = Audience(entity="member", as_of=date(2026, 9, 30))
    stored = tiny.context(stored=frozenset({"stage"}))
    with tiny.database() as connection:
        rows = tiny.run(connection, compile_people(audience, stored, fields=("member.stage",)))
    # the two months end on 30 September: member 3 had not bought yet; the coupons of member 4 stay in the 12 months
    assert rows == [(1, "active"), (2, "active"), (3, "never"), (4, "coupon"), (5, "never")]
