"""Looks at segments find exactly who came and went, and name what it came from. Checked against sets written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from pyroaring import BitMap

from semantic_layer.engines.base import Cancel
from semantic_layer.query.predicate import And, Compare, Did, InSegment, Not, Or
from tests.tools.segments.shop import FIRST, KEEPER, LAST, RECENT, SHANGHAI, WEEK, Shop, people, told
from tools.segments import Arrangement, Corrections, NoCorrections, Rhythm
from tools.segments.membership import people_on


def test_who_came_and_who_went_with_the_condition_that_changed(shop: Shop) -> None:
    shop.save(recent=RECENT, shanghai=SHANGHAI, neither=And((Not(SHANGHAI), Not(RECENT))))
    first = shop.living(shop.layer(FIRST)).refresh()
    assert [(look.serial, look.size, look.moved) for look in first.looks] == [(1, 2, ()), (1, 2, ()), (1, 2, ())]
    shop.living(shop.layer(LAST, WEEK)).refresh()
    looks = {name: shop.members.snapshots(shop.saved.named(name).id)[-1] for name in shop.saved.names()}
    # Bo bought on the 28th; Ann's and Chen's purchases are more than thirty days old by now, and they did nothing.
    assert told(looks["recent"].moved) == {("entered", "behaviour"): {2}, ("left", "time"): {1, 3}}
    assert {one.conditions for one in looks["recent"].moved} == {(RECENT,)}
    # Eve's record was changed; Flo was not there before.
    assert told(looks["shanghai"].moved) == {("entered", "changed"): {5}, ("entered", "new"): {6}}
    assert told(looks["neither"].moved) == {("entered", "time"): {3}, ("left", "changed"): {5}}
    assert {(one.side, one.conditions) for one in looks["neither"].moved} == {
        ("entered", (Not(RECENT),)),
        ("left", (Not(SHANGHAI),)),
    }


def test_any_past_day_can_be_had_again(shop: Shop) -> None:
    shop.save(recent=RECENT)
    id_ = shop.saved.named("recent").id
    for day, changes in ((FIRST, ""), (LAST, WEEK), (date(2026, 11, 28), WEEK)):
        shop.living(shop.layer(day, changes)).refresh()
    standing, looks = shop.members.standing(id_), shop.members.snapshots(id_)
    assert standing is not None
    assert [look.size for look in looks] == [2, 1, 0]
    days = [FIRST - timedelta(1), FIRST, LAST - timedelta(1), LAST, date(2026, 11, 27), date(2026, 11, 28)]
    held = [people_on(standing, looks, day) for day in days]
    assert [None if keys is None else set(keys) for keys in held] == [None, {1, 3}, {1, 3}, {2}, {2}, set()]


def test_an_edit_of_the_rule_is_told_from_what_people_did(shop: Shop) -> None:
    shop.save(recent=RECENT)
    shop.living(shop.layer(FIRST)).refresh()
    segment = shop.saved.named("recent")
    shop.saved.edit(segment.id, people(Did(entity="purchase")), by="ana")
    shop.living(shop.layer(LAST, WEEK)).refresh()
    # Under the old rule Bo would have come in too, and Ann and Chen would have left: they stay because of the edit.
    # Only Di is in for no other reason than the edit.
    assert told(shop.members.snapshots(segment.id)[-1].moved) == {
        ("entered", "behaviour"): {2},
        ("entered", "edited"): {4},
    }
    shop.saved.edit(segment.id, people(And((Did(entity="purchase"), SHANGHAI))), by="ana")
    shop.living(shop.layer(LAST, WEEK)).refresh()
    last = shop.members.snapshots(segment.id)[-1].moved
    assert told(last) == {("left", "edited"): {3, 4}}
    assert last[0].conditions == (SHANGHAI,)


def test_another_name_of_what_a_rule_rests_on_is_no_edit(light: Shop) -> None:
    light.save(recent=RECENT)
    light.save(above=And((InSegment("recent"), Not(Compare("member.level", "=", "basic")))))
    light.living(light.layer(FIRST)).refresh()
    light.saved.rename(light.saved.named("recent").id, "lately", by="ana")
    light.living(light.layer(LAST, WEEK)).refresh()
    look = light.members.snapshots(light.saved.named("above").id)[-1]
    assert told(look.moved) == {("entered", "behaviour"): {2}, ("left", "time"): {1, 3}}
    assert {one.conditions for one in look.moved} == {(InSegment("lately"),)}


def test_merged_split_corrected_and_gone_customers_are_named_first(shop: Shop) -> None:
    shop.save(shanghai=SHANGHAI)
    before = shop.living(shop.layer(FIRST))
    before.refresh()
    layer = shop.layer(LAST, WEEK + "DELETE FROM members WHERE member_id IN (1, 2);")
    known = Corrections(merged=BitMap([1]), split=BitMap([6]), corrected=BitMap([5]))
    versions = (before._ground.data_version, f"@{LAST}")
    shop.living(layer, NoCorrections({versions: known})).refresh()
    assert told(shop.members.snapshots(shop.saved.named("shanghai").id)[-1].moved) == {
        ("left", "merged"): {1},
        ("left", "gone"): {2},
        ("entered", "split"): {6},
        ("entered", "changed"): {5},
    }


def test_several_conditions_at_once_are_one_reason_and_numbers_add_up(shop: Shop) -> None:
    shop.save(both=And((SHANGHAI, RECENT, Or((Compare("member.level", "=", "gold"), Did(entity="purchase", count=3))))))
    shop.living(shop.layer(FIRST)).refresh()
    shop.living(shop.layer(LAST, WEEK)).refresh()
    look = shop.members.snapshots(shop.saved.named("both").id)[-1]
    # Ann left; Bo came: both his purchases of the last days and the third purchase count for him.
    assert told(look.moved) == {("entered", "behaviour"): {2}, ("left", "time"): {1}}
    came = next(one for one in look.moved if one.side == "entered")
    assert len(came.conditions) == 2
    assert sum(len(one.keys) for one in look.moved) == 2


def test_segments_of_segments_use_the_people_that_were_just_found(light: Shop) -> None:
    light.save(recent=RECENT)
    light.save(inner=And((InSegment("recent"), SHANGHAI)), outer=Not(InSegment("inner")))
    layer = light.layer(FIRST)
    asked: list[object] = []
    ask = layer.key_array
    layer.key_array = lambda audience, user, *, cancel=None: (  # type: ignore[method-assign]
        asked.append(audience.where),
        ask(audience, user, cancel=cancel),
    )[1]
    light.living(layer).refresh(["outer"])
    assert {
        look: set(light.members.standing(light.saved.named(look).id).keys) for look in ("recent", "inner", "outer")
    } == {  # type: ignore[union-attr]
        "recent": {1, 3},
        "inner": {1},
        "outer": {2, 3, 4, 5},
    }
    assert len(asked) == len(set(asked)) == 3  # everybody, who bought lately, who is in Shanghai: each once
    assert not any(isinstance(where, InSegment) for where in asked)


def test_a_failure_is_kept_and_shown_and_what_rests_on_it_says_so(shop: Shop) -> None:
    shop.save(level=Compare("member.level", "=", "gold"))
    shop.save(fine=RECENT, above=InSegment("level"))
    shop.living(shop.layer(FIRST)).refresh()
    layer = shop.layer(LAST, WEEK)
    blind = replace(KEEPER, roles=("blind",))
    done = shop.living(layer, keeper=blind).refresh()
    assert [look.segment_id for look in done.looks] == [shop.saved.named("fine").id]
    states = {state.segment.name: state for state in shop.living(layer).states(KEEPER)}
    assert states["fine"].failure is None
    assert states["level"].failure is not None
    assert "level" in states["above"].failure.why.en  # type: ignore[union-attr]
    assert (states["level"].size, states["level"].as_of) == (2, FIRST)  # what stands is shown with its day
    assert states["level"].stale is not None
    shop.living(layer).refresh()
    assert shop.members.failures() == ()


def test_a_stop_keeps_what_was_done(light: Shop) -> None:
    light.save(a=RECENT, b=SHANGHAI, c=Not(SHANGHAI))
    cancel = Cancel()
    told_of: list[tuple[str, int, int]] = []

    def progress(name: str, done: int, total: int) -> None:
        told_of.append((name, done, total))
        if done == 1:
            cancel.press()

    done = light.living(light.layer(FIRST)).refresh(["a", "b", "c"], progress=progress, cancel=cancel)
    assert done.cancelled
    assert [look.segment_id for look in done.looks] == [light.saved.named("a").id]
    assert told_of == [("a", 0, 3), ("b", 1, 3)]
    assert light.members.standing(light.saved.named("a").id) is not None
    assert light.members.standing(light.saved.named("b").id) is None


def test_nothing_is_written_when_nothing_can_have_moved(light: Shop) -> None:
    light.save(recent=RECENT)
    layer = light.layer(FIRST)
    light.living(layer).refresh()
    again = light.living(layer).refresh()
    assert (again.looks, again.unchanged) == ((), ("recent",))
    assert len(light.members.sizes(light.saved.named("recent").id)) == 1


def test_each_rhythm_is_due_at_its_time(light: Shop) -> None:
    light.save(manual=RECENT, daily=RECENT, weekly=RECENT, load=RECENT)
    for name, rhythm in (("daily", Rhythm.DAILY), ("weekly", Rhythm.WEEKLY), ("load", Rhythm.ON_LOAD)):
        light.saved.arrange(light.saved.named(name).id, Arrangement(rhythm=rhythm), by="ana")
    living = light.living(light.layer(FIRST))
    assert [one.segment.name for one in living.due()] == ["daily", "load", "weekly"]
    assert len(living.refresh_due().looks) == 3
    assert living.due() == ()
    light.now += timedelta(days=1)
    assert [one.segment.name for one in living.due()] == ["daily"]
    light.now += timedelta(days=6)
    assert [one.segment.name for one in living.due()] == ["daily", "weekly"]
    newer = light.living(light.layer(LAST, WEEK))
    assert [one.segment.name for one in newer.due()] == ["daily", "load", "weekly"]
    assert "data" in next(one.why.en for one in newer.due() if one.segment.name == "load")


def test_people_who_are_forgotten_are_in_nothing_any_more(shop: Shop) -> None:
    shop.save(recent=RECENT, shanghai=SHANGHAI)
    shop.living(shop.layer(FIRST)).refresh()
    living = shop.living(shop.layer(LAST, WEEK))
    living.refresh()
    listed = living.lists.freeze("list", people(SHANGHAI), KEEPER)
    assert living.forget(BitMap([1, 2])) > 0
    for name in ("recent", "shanghai", "list"):
        id_ = shop.saved.named(name).id
        standing, looks = shop.members.standing(id_), shop.members.snapshots(id_)
        assert standing is not None
        kept = [standing.keys, *(met for _, met in standing.parts), *(one.keys for look in looks for one in look.moved)]
        assert all(keys.isdisjoint(BitMap([1, 2])) for keys in kept)
    assert set(shop.members.standing(listed.id).keys) == {5, 6}  # type: ignore[union-attr]
    assert living.forget(BitMap([1, 2])) == 0


def test_a_long_chain_of_looks_ends_at_what_the_data_say(light: Shop) -> None:
    light.save(rule=RECENT)
    for week in range(5):
        light.living(light.layer(FIRST + timedelta(weeks=week), WEEK)).refresh()
    standing = light.members.standing(light.saved.named("rule").id)
    assert standing is not None
    layer = light.layer(FIRST + timedelta(weeks=4), WEEK)
    assert list(standing.keys) == layer.key_array(people(RECENT), KEEPER).tolist()
