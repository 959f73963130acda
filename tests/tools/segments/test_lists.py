"""Lists of people: the same people through the compiler as in the list, changed by hand only, closed when they are missing."""

from __future__ import annotations

import pytest
from pyroaring import BitMap

from semantic_layer.errors import DataError, InvalidPlanError
from semantic_layer.query.predicate import And, Compare, InSegment, Not
from semantic_layer.query.types import ByField, Query
from tests.tools.segments.shop import ANA, BO, EAST, FIRST, KEEPER, LAST, RECENT, SHANGHAI, WEEK, Shop, people, told
from tools.segments import Arrangement, Into, NotTheirsError, SavedSegments
from tools.segments.lists import as_array, as_bitmap, as_bits


@pytest.mark.parametrize("keys", [[], [0], [7], [8], [5, 6, 300], [2**32 - 1], list(range(64)), [1, 70_000, 200_001]])
def test_the_three_forms_of_a_list_hold_the_same_people(keys: list[int]) -> None:
    bitmap = BitMap(keys)
    assert as_array(bitmap).tolist() == keys
    assert as_bitmap(as_array(bitmap)) == bitmap
    bits = as_bits(bitmap)
    found = [
        bits.low + 8 * byte + place
        for byte, value in enumerate(bits.bits)
        for place in range(8)
        if value & (128 >> place)
    ]
    assert found == keys
    assert bits.high - bits.low + 1 == 8 * len(bits.bits)


def test_people_who_were_frozen_stay_whatever_they_do(shop: Shop) -> None:
    living = shop.living(shop.layer(FIRST))
    segment = living.lists.freeze("bought lately", people(RECENT), ANA)
    assert (segment.frozen, segment.count_at_save, segment.owner) == (True, 2, "ana")
    later = shop.layer(LAST, WEEK)
    assert later.keys(people(RECENT), ANA) == (2,)
    assert later.keys(people(InSegment("bought lately")), ANA) == (1, 3)
    assert later.keys(segment.audience, ANA) == (1, 3)
    assert later.keys(people(Not(InSegment("bought lately"))), ANA) == (2, 4, 5, 6)
    assert later.keys(people(And((InSegment("bought lately"), SHANGHAI))), ANA) == (1,)
    assert later.keys(people(InSegment("bought lately")), EAST) == (1,)  # a list opens no rows
    query = Query(metrics=("sales",), by=(ByField("member.member_id"),), where=InSegment("bought lately"))
    assert {row[0] for row in later.run(query, ANA).table.rows} == {1, 3}
    assert "…" not in later.run(query, ANA).sql  # a short list is shown as it is


def test_whoever_freezes_sees_the_people_first(light: Shop) -> None:
    living = light.living(light.layer(FIRST))
    assert living.lists.freeze("east", BitMap([1, 2, 3, 99]), EAST).count_at_save == 2
    assert light.layer(FIRST).keys(people(InSegment("east")), KEEPER) == (1, 2)


def test_a_list_of_nobody_and_keys_far_apart(light: Shop) -> None:
    living = light.living(light.layer(FIRST))
    living.lists.freeze("nobody", people(Compare("member.town", "=", "nowhere")), ANA)
    living.lists.freeze("odd", BitMap([2, 4_000_000]), ANA)
    layer = light.layer(FIRST)
    assert layer.keys(people(InSegment("nobody")), ANA) == ()
    assert layer.count(people(Not(InSegment("nobody"))), ANA) == 5
    assert layer.keys(people(InSegment("odd")), ANA) == (2,)


def test_a_list_is_changed_by_hand_with_a_history(shop: Shop) -> None:
    living = shop.living(shop.layer(FIRST))
    segment = living.lists.freeze("list", BitMap([1, 2]), ANA)
    living.lists.save_into("list", BitMap([3, 2]), Into.ADD, ANA)
    living.lists.save_into("list", people(SHANGHAI), Into.REMOVE, ANA)
    assert shop.layer(FIRST).keys(people(InSegment("list")), ANA) == (3,)
    living.lists.save_into("list", BitMap([5]), Into.REPLACE, ANA)
    looks = shop.members.snapshots(segment.id)
    assert [look.size for look in looks] == [2, 3, 1, 1]
    assert [told(look.moved) for look in looks] == [
        {},
        {("entered", "listed"): {3}},
        {("left", "listed"): {1, 2}},
        {("entered", "listed"): {5}, ("left", "listed"): {3}},
    ]
    with pytest.raises(NotTheirsError):
        living.lists.save_into("list", BitMap([4]), Into.ADD, BO)
    assert living.refresh().looks == ()  # nobody but a person changes a list


def test_a_rule_is_joined_with_a_rule_but_not_with_a_list(light: Shop) -> None:
    light.save(rule=RECENT)
    living = light.living(light.layer(FIRST))
    living.lists.save_into("rule", people(SHANGHAI), Into.ADD, ANA)
    assert light.layer(FIRST).keys(people(InSegment("rule")), ANA) == (1, 2, 3)
    living.lists.save_into("rule", people(Compare("member.level", "=", "gold")), Into.REMOVE, ANA)
    assert light.layer(FIRST).keys(people(InSegment("rule")), ANA) == (2,)
    with pytest.raises(InvalidPlanError, match="goes by a rule"):
        living.lists.save_into("rule", BitMap([1]), Into.ADD, ANA)
    with pytest.raises(InvalidPlanError):
        living.lists.save_into("rule", people(None), Into.REMOVE, ANA)


def test_a_list_keeps_its_people_through_a_new_name_and_a_deletion(shop: Shop) -> None:
    living = shop.living(shop.layer(FIRST))
    segment = living.lists.freeze("old", BitMap([1, 3]), ANA)
    shop.save(rests=InSegment("old"))
    shop.saved.rename(segment.id, "new", by="ana")
    layer = shop.layer(FIRST)
    assert layer.keys(people(InSegment("new")), ANA) == (1, 3)
    assert layer.keys(people(InSegment("rests")), ANA) == (1, 3)
    assert layer.keys(shop.saved.named("new").audience, ANA) == (1, 3)
    shop.saved.delete(shop.saved.named("rests").id, by="ana")
    shop.saved.delete(segment.id, by="ana")
    shop.saved.restore(segment.id, by="ana", name="third")
    assert layer.keys(people(InSegment("third")), ANA) == (1, 3)


def test_a_list_without_its_record_answers_for_nobody(light: Shop) -> None:
    light.living(light.layer(FIRST)).lists.freeze("list", BitMap([1]), ANA)
    segments = light.saved._store
    without = SavedSegments(segments, "shop", clock=light.clock, new_id=lambda: "x")
    layer = light.layer(FIRST).with_segments(without)
    for where in (InSegment("list"), Not(InSegment("list"))):
        with pytest.raises(DataError, match="Import the list again"):
            layer.count(people(where), ANA)


def test_arrangements_say_what_can_be_meant(light: Shop) -> None:
    light.save(a=RECENT)
    id_ = light.saved.named("a").id
    done = light.saved.arrange(id_, Arrangement(folder="  win \n back ", at_least=1, at_most=10), by="ana")
    assert done.arrangement.folder == "win back"
    for wrong in (
        Arrangement(at_least=3, at_most=2),
        Arrangement(at_least=-1),
        Arrangement(sharing="named"),
        Arrangement(folder="x" * 100),
    ):
        with pytest.raises(InvalidPlanError):
            light.saved.arrange(id_, wrong, by="ana")
    with pytest.raises(NotTheirsError):
        light.saved.arrange(id_, Arrangement(), by="bo")
    assert light.saved.get(id_) == done
    assert [change.what for change in light.saved.history(id_)] == ["saved", "arranged"]
