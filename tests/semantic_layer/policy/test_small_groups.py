"""Groups of few people are blanked, together with a second one where the total would give the first away."""

from __future__ import annotations

import pytest

from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.policy.rights import Rights, rights_of
from semantic_layer.policy.small_groups import least_people, refuse_small_audience, withhold_small_groups
from semantic_layer.policy.types import Policy, RolePolicy, User
from semantic_layer.table import ResultColumn, Table

CITY = ResultColumn(name="city", label=Text("城市", "city"), role="group")
PEOPLE = ResultColumn(name="customers", label=Text("客户数", "customers"), role="metric")
SHARE = ResultColumn(name="share", label=Text("占比", "share"), role="share")


def table(*counts: int) -> Table:
    total = sum(counts)
    return Table((CITY, PEOPLE, SHARE), tuple((f"c{i}", n, n / total) for i, n in enumerate(counts)))


def shown(counts: tuple[int, ...], least: int) -> list[object]:
    blanked, _ = withhold_small_groups(table(*counts), counts, least)
    return [row[1] for row in blanked.rows]


def test_blanks_every_figure_of_a_small_group_and_keeps_its_name() -> None:
    result, hidden = withhold_small_groups(table(3, 4, 90), (3, 4, 90), 5)
    assert result.rows == (("c0", None, None), ("c1", None, None), ("c2", 90, 90 / 97))
    assert hidden == 2


def test_one_small_group_takes_the_next_smallest_with_it() -> None:
    assert shown((3, 40, 20), 5) == [None, 40, None]


def test_a_group_of_nobody_and_a_group_of_the_least_size_are_shown() -> None:
    assert shown((0, 5, 6), 5) == [0, 5, 6]


def test_one_small_group_alone_is_blanked() -> None:
    assert shown((3,), 5) == [None]


def test_nothing_is_blanked_without_a_least_size() -> None:
    assert shown((1, 2), 0) == [1, 2]


def rights(*roles: RolePolicy) -> Rights:
    return rights_of(User(name="ana", roles=tuple(r.name for r in roles)), Policy(roles=roles))


def test_the_least_size_holds_for_roles_that_do_not_see_small_groups() -> None:
    narrow, wide = RolePolicy(name="narrow", see_small_groups=False), RolePolicy(name="wide")
    assert least_people(rights(narrow), 5) == 5
    assert least_people(rights(wide), 5) == 0
    assert least_people(rights(narrow, wide), 5) == 0


def test_a_small_audience_is_refused_with_the_least_size_named() -> None:
    refuse_small_audience(0, 5)
    refuse_small_audience(5, 5)
    with pytest.raises(NotAllowedError) as caught:
        refuse_small_audience(4, 5)
    assert "5" in caught.value.message.zh
