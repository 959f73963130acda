"""What is told of the past is what was recorded, or was asked anew and says so, and only of people whom one may see."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pyroaring import BitMap

from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.errors import NotAllowedError, Text, UnknownNameError
from semantic_layer.query.predicate import Compare, Did, InSegment, Not, Predicate
from tests.tools.segments.shop import (
    ANA,
    BLIND,
    BO,
    CROWDS,
    EAST,
    FIRST,
    KEEPER,
    LAST,
    RECENT,
    SHANGHAI,
    WEEK,
    Shop,
    people,
    told,
)
from tools.segments import Arrangement, Into, LivingSegments
from tools.segments.stories import lines_of, story

THE_WEEK = DateSpan(FIRST + timedelta(1), LAST)


@pytest.fixture
def watched(light: Shop) -> LivingSegments:
    light.save(recent=RECENT, shanghai=SHANGHAI)
    light.living(light.layer(FIRST)).refresh()
    return light.living(light.layer(LAST, WEEK))


def test_a_watched_week_is_told_from_the_records(watched: LivingSegments) -> None:
    found = watched.past.movements("recent", THE_WEEK, ANA)  # the look of the last day is made by asking
    assert (found.recorded, found.before, found.after, found.since) == (True, 2, 1, FIRST)
    assert told(found.moved) == {("entered", "behaviour"): {2}, ("left", "time"): {1, 3}}


def test_an_unwatched_week_is_asked_of_the_data_and_says_so(light: Shop) -> None:
    light.save(recent=RECENT)
    living = light.living(light.layer(LAST, WEEK))
    found = living.past.movements("recent", THE_WEEK, ANA)
    assert (found.recorded, found.before, found.after, found.since) == (False, 2, 1, LAST)
    assert told(found.moved) == {("entered", "behaviour"): {2}, ("left", "time"): {1, 3}}


def test_who_came_and_went_between_is_not_counted(light: Shop) -> None:
    light.save(recent=RECENT)
    for day, changes in ((FIRST, ""), (LAST, WEEK), (date(2026, 11, 28), WEEK)):
        living = light.living(light.layer(day, changes))
        living.refresh()
    found = living.past.movements("recent", DateSpan(FIRST + timedelta(1), date(2026, 11, 28)), ANA)
    assert told(found.moved) == {("left", "time"): {1, 3}}  # Bo came on the way and is gone again


def test_the_story_says_how_many_and_why_in_both_languages(watched: LivingSegments) -> None:
    def said(part: Predicate) -> Text:
        assert part == RECENT
        return Text("近30天买过", "bought in the last 30 days")

    found = watched.past.movements("recent", THE_WEEK, ANA)
    lines = lines_of(found, said)
    text = story(found, lines)
    assert text.zh == (
        "「recent」2026-10-25 到 2026-10-31：期初 2 人，新增 1 人，离开 2 人，期末 1 人。"
        "新增的人里：1 人因为新的动作满足了「近30天买过」。离开的人里：2 人没有新的动作，随着日子过去不再满足「近30天买过」。"
    )
    assert text.en == (
        "“recent”, 2026-10-25 to 2026-10-31: 2 people before, 1 person came in, 2 people left, 1 person at the end. "
        "Of those who came in: 1 person came to meet “bought in the last 30 days” by what they did. "
        "Of those who left: 2 people did nothing new: as days went by they ceased to meet “bought in the last 30 days”."
    )
    assert "离开的人里" not in story(found, lines, sides=("entered",)).zh


def test_sizes_before_the_first_look_are_reckoned_and_marked(light: Shop) -> None:
    light.save(recent=RECENT)
    light.living(light.layer(LAST, WEEK)).refresh()
    living = light.living(light.layer(LAST + timedelta(7), WEEK))
    (trend,) = living.past.trend(["recent"], DateSpan(FIRST, LAST + timedelta(7)), ANA)
    by_day = {point.day: (point.size, point.recorded) for point in trend.points}
    assert by_day[FIRST] == (2, False)
    assert by_day[LAST] == (1, True)
    assert by_day[LAST + timedelta(7)] == (1, True)
    assert trend.since == LAST
    assert all(recorded == (day >= LAST) for day, (_, recorded) in by_day.items())


def test_a_list_has_nobody_before_it_was_made(light: Shop) -> None:
    light.living(light.layer(LAST)).lists.freeze("list", BitMap([1, 2]), ANA)
    living = light.living(light.layer(LAST + timedelta(7)))
    living.lists.save_into("list", BitMap([2]), Into.REMOVE, ANA)
    found = living.past.movements("list", DateSpan(FIRST, LAST + timedelta(7)), ANA)
    assert (found.before, found.after, found.recorded) == (0, 1, True)
    assert told(found.moved) == {("entered", "listed"): {1}}
    (trend,) = living.past.trend(["list"], DateSpan(FIRST, LAST + timedelta(7)), ANA)
    assert [(point.day, point.size) for point in trend.points] == [(LAST, 2), (LAST + timedelta(7), 1)]


def test_people_flow_between_segments_and_each_counts_once(light: Shop) -> None:
    light.save(recent=RECENT, bought=Did(entity="purchase"))
    light.living(light.layer(FIRST)).refresh()
    living = light.living(light.layer(LAST, WEEK))
    found = living.past.flow(["recent", "bought"], DateSpan(FIRST, LAST), ANA)
    # First day: recent {1, 3}; bought besides {2, 4}. Last day: recent {2}; bought besides {1, 3, 4}.
    assert {(one.before, one.after): one.people for one in found.streams} == {
        ("recent", "bought"): 2,
        ("bought", "recent"): 1,
        ("bought", "bought"): 1,
    }
    assert (found.several, found.recorded) == (3, True)
    assert found.people("recent", "recent") == 0


def test_overlaps_of_all_pairs(light: Shop) -> None:
    light.save(recent=RECENT, shanghai=SHANGHAI, bought=Did(entity="purchase"))
    found = light.living(light.layer(FIRST)).overlap(["recent", "shanghai", "bought"], ANA)
    assert found.counts == ((2, 1, 2), (1, 2, 2), (2, 2, 4))
    assert found.jaccard(0, 1) == 1 / 3
    assert found.part(1, 2) == 1.0


def test_in_one_but_not_in_the_other_and_why(light: Shop) -> None:
    light.save(target=RECENT)
    living = light.living(light.layer(FIRST))
    everybody = people(Did(entity="purchase"))  # 1, 2, 3, 4
    second = people(None)
    light.saved.edit(
        light.saved.named("target").id,
        people(And2(RECENT, Compare("member.level", "=", "gold"), SHANGHAI)),  # 1
        by="ana",
    )
    second = people(InSegment("target"))
    found = living.apart(everybody, second, ANA)
    assert (found.first, found.second, found.only) == (4, 1, 3)
    # Not there: Bo (silver, not lately), Chen (not in Shanghai), Di (silver, nowhere, not lately).
    assert [(one.condition, one.people, one.alone) for one in found.obstacles] == [
        (RECENT, 2, 0),
        (Compare("member.level", "=", "gold"), 2, 0),
        (SHANGHAI, 2, 1),
    ]
    layer = light.layer(FIRST)
    assert set(layer.key_array(found.obstacles[0].audience, ANA)) == {2, 4}
    assert set(layer.key_array(found.audience, ANA)) == {2, 3, 4}


def And2(*parts: Predicate) -> Predicate:
    from semantic_layer.query.predicate import And

    return And(parts)


def test_somebody_who_sees_some_rows_is_told_of_them_only(watched: LivingSegments) -> None:
    found = watched.past.movements("recent", THE_WEEK, EAST)  # Shanghai's only; Chen is in Beijing
    assert told(found.moved) == {("entered", "behaviour"): {2}, ("left", "time"): {1}}
    assert (found.before, found.after) == (1, 1)
    watched.refresh()
    states = {one.segment.name: one.size for one in watched.states(EAST)}
    assert states == {"recent": 1, "shanghai": 4}
    assert set(watched.members("recent", EAST)) == {2}


def test_somebody_who_sees_no_small_groups_gets_no_small_numbers(watched: LivingSegments) -> None:
    watched.refresh()
    states = {one.segment.name: one.size for one in watched.states(CROWDS)}
    assert states == {"recent": None, "shanghai": 4}
    found = watched.past.movements("shanghai", THE_WEEK, CROWDS)
    lines = lines_of(found, lambda _part: Text("", ""))
    assert [line.people for line in lines] == [None, None]
    assert "不足 3 人" in story(found, lines).zh
    assert watched.overlap(["recent", "shanghai"], CROWDS).counts[0][1] is None


def test_a_rule_that_one_may_not_use_tells_nothing(light: Shop) -> None:
    light.save(gold=Compare("member.level", "=", "gold"))
    living = light.living(light.layer(FIRST))
    living.refresh()
    for ask in (
        lambda: living.past.movements("gold", THE_WEEK, BLIND),
        lambda: living.past.trend(["gold"], None, BLIND),
        lambda: living.past.flow(["gold"], THE_WEEK, BLIND),
        lambda: living.overlap(["gold", "gold"], BLIND),
        lambda: living.members("gold", BLIND),
        lambda: living.apart(people(SHANGHAI), people(InSegment("gold")), BLIND),
    ):
        with pytest.raises(NotAllowedError):
            ask()
    assert [one.size for one in living.states(BLIND)] == [None]


def test_a_private_segment_is_not_there_for_others(light: Shop) -> None:
    light.save(own=RECENT, named=SHANGHAI)
    for name, kept in (
        ("own", Arrangement(sharing="private")),
        ("named", Arrangement(sharing="named", shared_with=("bo",))),
    ):
        light.saved.arrange(light.saved.named(name).id, kept, by="ana")
    layer = light.layer(FIRST)
    living = light.living(layer)
    living.refresh()
    assert {user.name: [one.segment.name for one in living.states(user)] for user in (ANA, BO, EAST, KEEPER)} == {
        "ana": ["named", "own"],
        "bo": ["named"],
        "eva": [],
        "keeper": ["named", "own"],
    }
    assert layer.count(people(InSegment("own")), ANA) == 2
    for ask in (
        lambda: layer.count(people(InSegment("own")), BO),
        lambda: layer.count(people(Not(InSegment("own"))), BO),
        lambda: living.past.movements("own", THE_WEEK, BO),
        lambda: living.members("own", BO),
    ):
        with pytest.raises(UnknownNameError) as caught:
            ask()
        assert "own" not in caught.value.suggestions
    light.saved.save("open", people(InSegment("own")), by="ana")
    assert layer.count(people(InSegment("open")), BO) == 2  # what a shared segment rests on goes with it
