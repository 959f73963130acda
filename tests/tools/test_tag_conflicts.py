"""Definitions that disagree, and where a tag comes from, over the demo company."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from assistant.core import Assistant
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience
from tools.tags.conflicts import Why, conflicts, conflicts_of_word
from tools.tags.difference import Difference, difference
from tools.tags.lineage import tag_lineage


def test_two_departments_define_active_differently(assistant: Assistant, retail_snapshot: Path) -> None:
    found = conflicts(assistant.resources.layer, assistant.user, about="customer.recently_active")
    one = next(
        c for c in found if {c.one.field, c.other.field} == {"customer.recently_active", "customer.recent_buyer"}
    )
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{retail_snapshot}' AS demo (READ_ONLY)")
        wanted = connection.execute("""
            SELECT count(*) FILTER (recently_active AND NOT recent_buyer),
                count(*) FILTER (recent_buyer AND NOT recently_active), count(*) FILTER (recently_active AND recent_buyer)
            FROM demo.customer_tags""").fetchall()[0]
    sides = (one.people.first_only, one.people.second_only)
    sides = sides if one.one.field == "customer.recently_active" else sides[::-1]
    assert (*sides, one.people.both) == wanted
    assert one.why is Why.WORD
    assert f"{wanted[0] + wanted[1]:,} 人不一致" in one.said.zh
    assert f"{wanted[0] + wanted[1]:,} people differ" in one.said.en


def test_a_word_with_one_meaning_has_no_conflict(assistant: Assistant) -> None:
    assert conflicts_of_word("活跃", assistant.resources.layer, assistant.user)
    assert conflicts_of_word("高价值客户", assistant.resources.layer, assistant.user) == ()


def test_a_difference_counted_by_hand() -> None:
    people = Difference(10, 6, 4)
    assert (people.first_only, people.second_only, people.differ) == (6, 2, 8)
    assert people.alike == pytest.approx(4 / 12)
    assert Difference(0, 0, 0).alike == 1.0


def test_only_one_entity_and_day_at_a_time(assistant: Assistant) -> None:
    one = Audience(where=Compare("customer.high_value", "=", True))
    with pytest.raises(ValueError, match="one entity"):
        difference(assistant.resources.layer, one, Audience(entity="order"), assistant.user)


def test_a_tag_is_followed_down_to_its_tables(assistant: Assistant) -> None:
    index = assistant.resources.index
    found = tag_lineage(index.tag("high_value"), index, filled_by={"orders": ("mall", "pos")})
    assert found.inputs == ("sales", "orders")
    assert {"orders", "customers"} <= set(found.tables)
    assert found.sources == ("mall", "pos")
    assert tag_lineage(index.tag("birthday_month"), index).tables == ("customers",)
