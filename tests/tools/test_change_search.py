"""The search for reasons over a shop whose months are given, so that what it must find is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, InvalidPlanError, NotYetError, UnknownNameError
from semantic_layer.layer import SemanticLayer
from semantic_layer.query.plan import Explain
from semantic_layer.query.predicate import And, Compare, Did, IsNull
from semantic_layer.query.time import Calendar, Grain, Span
from tests.tools.change_shop import ANA, AUGUST, GUS, SEPTEMBER, Bought, shop
from tools.change import Change, Search

LAST_MONTH = Calendar(Grain.MONTH, -1)


def why(layer: SemanticLayer, metric: str, **parts: object) -> Change:
    return Search(layer, Explain(metric=metric, time=LAST_MONTH, **parts), ANA).run()  # type: ignore[arg-type]


def test_the_channel_that_lost_its_orders_is_found(tmp_path: Path) -> None:
    # web: 400 to 250; shop: 300 to 300, in both towns alike.
    rows = [
        Bought(month=month, people=people, town=town, channel=channel)
        for month, channel, people in ((AUGUST, "web", 200), (SEPTEMBER, "web", 125), (AUGUST, "shop", 150), (SEPTEMBER, "shop", 150))
        for town in ("Shanghai", "Beijing")
    ]  # fmt: skip
    with shop(tmp_path, rows) as layer:
        found = why(layer, "purchases")
    assert (found.before, found.after, found.significant) == (700, 550, True)
    part = found.parts[0]
    assert (part.fields, part.values, part.how) == (("purchase.channel",), ("web",), "split")
    assert (part.before, part.after, part.contribution, part.share_of_change) == (400, 250, -150, 1.0)
    assert (part.rest_before, part.rest_after) == (300, 300)
    assert part.where == Compare("purchase.channel", "=", "web")
    assert (found.rest, found.rest_significant) == (0, False)
    assert len(found.parts) == 1


def test_a_pair_of_fields_is_found_where_neither_alone_is_to_blame(tmp_path: Path) -> None:
    # Only Shanghai on the web falls, from 200 to 80; the other three of the four stay.
    rows = [
        Bought(month=month, people=80 if (month, town, channel) == (SEPTEMBER, "Shanghai", "web") else 200, town=town, channel=channel)
        for month in (AUGUST, SEPTEMBER)
        for town in ("Shanghai", "Beijing")
        for channel in ("web", "shop")
    ]  # fmt: skip
    with shop(tmp_path, rows) as layer:
        found = why(layer, "purchases")
    assert len(found.parts) == 1
    assert set(zip(found.parts[0].fields, found.parts[0].values, strict=True)) in (
        {("member.town", "Shanghai"), ("purchase.channel", "web")},
        {("town.region", "east"), ("purchase.channel", "web")},
        {("town.town", "Shanghai"), ("purchase.channel", "web")},
    )
    assert found.parts[0].contribution == -120


def test_normal_variation_is_called_that(tmp_path: Path) -> None:
    # 300 against 310: an error of sqrt(610) = 24.7; the channels move by 6 and 4.
    rows = [
        Bought(month=AUGUST, people=150), Bought(month=AUGUST, people=150, channel="shop"),
        Bought(month=SEPTEMBER, people=156), Bought(month=SEPTEMBER, people=154, channel="shop"),
    ]  # fmt: skip
    with shop(tmp_path, rows) as layer:
        found = why(layer, "purchases")
    assert found.significant is False
    assert found.error == pytest.approx(610**0.5)
    assert found.parts == ()
    assert found.others
    assert not any(part.significant for part in found.others)


def test_a_change_that_is_everywhere_has_no_part(tmp_path: Path) -> None:
    rows = [
        Bought(month=month, people=people, town=town, channel=channel)
        for month, people in ((AUGUST, 200), (SEPTEMBER, 100))
        for town in ("Shanghai", "Beijing")
        for channel in ("web", "shop")
    ]
    with shop(tmp_path, rows) as layer:
        found = why(layer, "purchases")
    assert found.significant is True
    assert found.parts == ()
    assert found.tested > 0


def test_in_simpsons_paradox_the_structure_is_told(tmp_path: Path) -> None:
    """Of each group, those with two orders over all: gold 0.80 to 0.90, basic 0.10 to 0.20, and the whole falls."""
    groups = (
        (AUGUST, "gold", 400, 100), (AUGUST, "basic", 10, 90),
        (SEPTEMBER, "gold", 90, 10), (SEPTEMBER, "basic", 100, 400),
    )  # fmt: skip
    rows = [
        Bought(month=month, people=people, orders=orders, level=level)
        for month, level, again, once in groups
        for people, orders in ((again, 2), (once, 1))
    ]
    with shop(tmp_path, rows) as layer:
        found = why(layer, "repurchase_rate")
    assert found.before == pytest.approx(410 / 600)
    assert found.after == pytest.approx(190 / 600)
    assert found.structure is not None
    assert (found.structure.field, found.structure.opposed) == ("member.level", True)
    assert found.structure.rate > 0 > found.structure.mix
    assert found.structure.rate + found.structure.mix == pytest.approx(found.change)
    assert {part.values for part in (*found.parts, *found.others)[:2]} == {("gold",), ("basic",)}


def test_people_who_bought_something_are_held_against_all_others(tmp_path: Path) -> None:
    """Shoes in Shanghai fall from 60 of 100 who bought twice to 10 of 100; all others stay at 50 of 100.

    In August 260 of 500 bought twice, in September 210 of 500. The part's own rate: 0.6 to 0.1.
    """
    rows = [
        Bought(month=month, people=people, orders=orders, town=town, kind=kind)
        for month in (AUGUST, SEPTEMBER)
        for town, kind in (("Shanghai", "shoes"), ("Shanghai", "bags"), ("Beijing", "shoes"), ("Beijing", "bags"), (None, "bags"))
        for people, orders in again(month, town, kind)
    ]  # fmt: skip
    with shop(tmp_path, rows) as layer:
        found = why(layer, "repurchase_rate")
        part = found.parts[0]
        assert set(part.values) == {"Shanghai", "shoes"} or set(part.values) == {"east", "shoes"}
        assert (part.before, part.after) == (0.6, 0.1)
        assert (part.rest_before, part.rest_after) == (0.5, 0.5)
        assert part.contribution == pytest.approx(-0.1)
        assert part.share_of_change == pytest.approx(1.0)
        assert part.how == "having"
        assert found.rest_significant is False
        assert isinstance(part.where, And)
        assert any(isinstance(item, Did) and item.entity == "line" for item in part.where.items)


def again(month: str, town: str | None, kind: str) -> tuple[tuple[int, int], tuple[int, int]]:
    if (town, kind) != ("Shanghai", "shoes"):
        return (50, 2), (50, 1)
    return ((60, 2), (40, 1)) if month == AUGUST else ((10, 2), (90, 1))


def test_a_count_of_people_with_a_bound_can_be_explained_alone(tmp_path: Path) -> None:
    # Shoes: 120 to 20 who bought twice; bags: 100 to 100.
    rows = [
        Bought(month=month, people=people, orders=2, kind=kind)
        for month, kind, people in (
            (AUGUST, "shoes", 120),
            (SEPTEMBER, "shoes", 20),
            (AUGUST, "bags", 100),
            (SEPTEMBER, "bags", 100),
        )
    ]
    with shop(tmp_path, rows) as layer:
        found = why(layer, "repeat_buyers")
    part = found.parts[0]
    assert (part.fields, part.values, part.how) == (("good.kind",), ("shoes",), "having")
    assert (part.before, part.after, part.rest_before, part.rest_after) == (120, 20, 100, 100)


def test_the_unknown_are_a_part_like_others(tmp_path: Path) -> None:
    rows = [
        Bought(month=month, people=people, channel=channel)
        for month, channel, people in ((AUGUST, "web", 300), (SEPTEMBER, "web", 300), (AUGUST, None, 200), (SEPTEMBER, None, 60))
    ]  # fmt: skip
    with shop(tmp_path, rows) as layer:
        part = why(layer, "purchases").parts[0]
    assert (part.fields, part.values, part.where) == (("purchase.channel",), (None,), IsNull("purchase.channel"))
    assert part.contribution == -140


def test_a_part_that_is_new_and_one_that_is_gone(tmp_path: Path) -> None:
    rows = [
        Bought(month=AUGUST, people=300), Bought(month=AUGUST, people=200, channel="shop"),
        Bought(month=SEPTEMBER, people=300), Bought(month=SEPTEMBER, people=330, channel="app"),
    ]  # fmt: skip
    with shop(tmp_path, rows) as layer:
        found = why(layer, "purchases")
    assert {(part.values, part.before, part.after) for part in found.parts} == {
        (("app",), 0, 330),
        (("shop",), 200, 0),
    }
    assert found.parts[0].values == ("app",)  # 130 more in all; the shop is the move the other way


def test_without_a_value_in_one_period_there_is_nothing_to_explain(tmp_path: Path) -> None:
    with shop(tmp_path, [Bought(month=SEPTEMBER, people=30)]) as layer:
        found = why(layer, "basket")
    assert (found.before, found.after, found.change, found.parts) == (None, 10.0, None, ())


def test_a_mean_is_taken_apart_into_its_sum_and_its_count(tmp_path: Path) -> None:
    # Web purchases fall from 20 to 10 each, the shop stays at 20: the mean falls from 20 to 15.
    rows = [
        Bought(month=month, people=200, channel=channel, amount=10.0 if (month, channel) == (SEPTEMBER, "web") else 20.0)
        for month in (AUGUST, SEPTEMBER)
        for channel in ("web", "shop")
    ]  # fmt: skip
    with shop(tmp_path, rows) as layer:
        found = why(layer, "average_amount")
    assert (found.before, found.after) == (20, 15)
    part = found.parts[0]
    assert (part.values, part.before, part.after) == (("web",), 20, 10)
    assert part.contribution == pytest.approx(-5.0)
    assert part.mix == pytest.approx(0.0)


def test_a_median_is_explained_by_what_it_would_be_without(tmp_path: Path) -> None:
    # Web: 300 at 20, then at 10; shop: 200 at 20. The median falls from 20 to 10, and without the web it stays.
    rows = [
        Bought(month=AUGUST, people=300, amount=20.0), Bought(month=SEPTEMBER, people=300, amount=10.0),
        Bought(month=AUGUST, people=200, amount=20.0, channel="shop"),
        Bought(month=SEPTEMBER, people=200, amount=20.0, channel="shop"),
    ]  # fmt: skip
    with shop(tmp_path, rows) as layer:
        found = why(layer, "median_amount")
    assert (found.before, found.after, found.significant) == (20, 10, None)
    part = found.parts[0]
    assert (part.values, part.how, part.contribution) == (("web",), "without", -10)
    assert (part.rest_before, part.rest_after) == (20, 20)


def test_conditions_hold_in_both_periods_and_their_field_is_not_searched(tmp_path: Path) -> None:
    rows = [
        Bought(month=month, people=people, town=town, channel=channel)
        for month, channel, people in ((AUGUST, "web", 200), (SEPTEMBER, "web", 100), (AUGUST, "shop", 100), (SEPTEMBER, "shop", 190))
        for town in ("Shanghai", "Beijing")
    ]  # fmt: skip
    with shop(tmp_path, rows) as layer:
        found = why(layer, "purchases", where=Compare("purchase.channel", "=", "web"))
    assert (found.before, found.after) == (400, 200)
    assert "purchase.channel" not in found.searched
    assert "town.region" in found.searched


def test_only_the_fields_asked_for_are_searched(tmp_path: Path) -> None:
    rows = [Bought(month=AUGUST, people=200), Bought(month=SEPTEMBER, people=90), Bought(month=AUGUST, people=50, channel="shop"), Bought(month=SEPTEMBER, people=50, channel="shop")]  # fmt: skip
    with shop(tmp_path, rows) as layer:
        assert why(layer, "purchases", by=("purchase.channel",)).searched == ("purchase.channel",)
        with pytest.raises(UnknownNameError):
            why(layer, "purchases", by=("purchase.chanel",))
        with pytest.raises(InvalidPlanError, match="lead to"):
            why(layer, "visits", by=("good.kind",))


def test_personal_fields_keys_and_numbers_are_never_searched(tmp_path: Path) -> None:
    rows = [
        Bought(month=AUGUST, people=90, town="Beijing"),
        Bought(month=AUGUST, people=90),
        Bought(month=SEPTEMBER, people=60),
    ]
    with shop(tmp_path, rows) as layer:
        searched = set(why(layer, "purchases").searched)
    assert searched & {"member.nick", "member.member_id", "member.age", "purchase.amount", "member.born"} == set()
    assert "member.town" in searched


def test_what_a_user_may_not_see_is_in_no_part(tmp_path: Path) -> None:
    rows = [
        Bought(month=AUGUST, people=100), Bought(month=SEPTEMBER, people=40),
        Bought(month=AUGUST, people=50, channel="shop"), Bought(month=SEPTEMBER, people=52, channel="shop"),
        Bought(month=AUGUST, people=2, channel="app"), Bought(month=SEPTEMBER, people=3, channel="fax"),
    ]  # fmt: skip
    with shop(tmp_path, rows, least=5) as layer:
        step = Explain(metric="purchases", time=LAST_MONTH)
        all_, some = (Search(layer, step, user).run() for user in (ANA, GUS))
    seen = {part.values for part in (*all_.parts, *all_.others) if part.fields == ("purchase.channel",)}
    shown = {part.values for part in (*some.parts, *some.others) if part.fields == ("purchase.channel",)}
    assert {("app",), ("fax",)} <= seen
    assert shown.isdisjoint({("app",), ("fax",)})
    assert some.parts[0].values == ("web",)
    assert any("not shown" in note.en for note in some.notes)


def test_a_withheld_bound_is_not_taken_for_nobody(tmp_path: Path) -> None:
    # Bags: 40 buyers in both months, of whom 3 bought twice; shoes fall from 60 of 100 to 10 of 100.
    rows = [
        Bought(month=month, people=people, orders=orders, kind=kind)
        for month, shoes in ((AUGUST, 60), (SEPTEMBER, 10))
        for kind, people, orders in (
            ("shoes", shoes, 2),
            ("shoes", 100 - shoes, 1),
            ("bags", 3, 2),
            ("bags", 37, 1),
        )
    ]
    with shop(tmp_path, rows, least=5) as layer:
        step = Explain(metric="repurchase_rate", time=LAST_MONTH, by=("good.kind",))
        found = Search(layer, step, GUS).run()
    assert all(part.values != ("bags",) for part in (*found.parts, *found.others))


def test_a_search_can_be_stopped(tmp_path: Path) -> None:
    cancel = Cancel()
    with shop(tmp_path, [Bought(month=AUGUST, people=30), Bought(month=SEPTEMBER, people=20)]) as layer:
        search = Search(layer, Explain(metric="purchases", time=LAST_MONTH), ANA, cancel=cancel)
        cancel.press()
        with pytest.raises(CancelledError):
            search.run()


def test_unknown_metrics_and_times_are_told(tmp_path: Path) -> None:
    with shop(tmp_path, [Bought(month=AUGUST, people=3)]) as layer:
        with pytest.raises(UnknownNameError):
            Search(layer, Explain(metric="salez"), ANA)
        with pytest.raises((InvalidPlanError, NotYetError)):
            Search(layer, Explain(metric="members", time=LAST_MONTH), ANA)
        with pytest.raises(InvalidPlanError):
            Search(layer, Explain(metric="sales", time=Span(None, None)), ANA)
