"""Who was planned into the past campaigns of the demo company, and what an unfit data set says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from pyroaring import BitMap

from semantic_layer.errors import NotAllowedError, UnknownNameError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import User
from tools.campaigns.types import Groups
from tools.effect.groups import CAMPAIGN, AllGroups, DataGroups
from tools.effect.naming import find_campaign

ADMIN = User(name="a", roles=("admin",))


@pytest.fixture(scope="module")
def layer(assistant) -> SemanticLayer:
    return assistant.resources.layer


@pytest.fixture(scope="module")
def data(layer) -> DataGroups:
    return DataGroups(layer, ADMIN)


def with_outreach(layer: SemanticLayer, **history) -> SemanticLayer:
    """The same data under other definitions of where past campaigns stand."""
    outreach = layer.index.model.outreach
    changed = replace(outreach, history=replace(outreach.history, **history) if history else None)
    index = ModelIndex(replace(layer.index.model, outreach=changed))
    return SemanticLayer(index, layer.policy, layer.engine, layer.as_of, layer.segments)


def test_the_win_back_campaign_of_august(data) -> None:
    found = data.groups("2026年8月挽回活动")
    assert (found.starts, found.ends, found.channel, found.planned_control) == (
        date(2026, 8, 5), date(2026, 8, 19), "短信", 0.1,
    )  # fmt: skip
    assert len(found.control) / (len(found.control) + len(found.treated)) == pytest.approx(0.1, abs=0.002)
    assert not found.treated & found.control
    assert data.groups("10") == found


def test_newest_first_and_known_by_words(data) -> None:
    names = data.names()
    assert names[0] == "2026年双11预热"
    assert len(names) == 12
    assert find_campaign("8月挽回活动", data, "zh") == ("2026年8月挽回活动",)
    assert find_campaign("上次那个挽回活动", data, "zh") == ("2026年8月挽回活动",)
    assert find_campaign("the August win-back campaign", data, "en") == ("2026年8月挽回活动",)
    assert find_campaign("the May coupon campaign", data, "en") == ("2026年5月优惠券活动",)


def test_an_unknown_name_says_the_nearest(data) -> None:
    with pytest.raises(UnknownNameError) as found:
        data.groups("2026年8月挽留活动")
    assert "2026年8月挽回活动" in found.value.suggestions


def test_groups_are_those_that_the_person_may_see(layer, data) -> None:
    east = DataGroups(layer, User(name="e", roles=("region_east",))).groups("2026年8月挽回活动")
    everybody = data.groups("2026年8月挽回活动")
    assert 0 < len(east.treated) < len(everybody.treated)
    assert east.treated <= everybody.treated
    with pytest.raises(NotAllowedError):
        DataGroups(layer, User(name="x", roles=("auditor",))).groups("2026年8月挽回活动")


def test_without_groups_everybody_planned_is_treated(layer, data) -> None:
    everybody = data.groups("2026年8月挽回活动")
    found = DataGroups(with_outreach(layer, group="", planned_control=""), ADMIN).groups("2026年8月挽回活动")
    assert found.treated == everybody.treated | everybody.control
    assert (found.control, found.planned_control) == (BitMap(), None)


def test_without_members_or_history_nobody_is_known(layer) -> None:
    found = DataGroups(with_outreach(layer, member="", group=""), ADMIN).groups("2026年8月挽回活动")
    assert (found.treated, found.control) == (BitMap(), BitMap())
    assert DataGroups(with_outreach(layer), ADMIN).names() == ()


class Own:
    """One campaign of ours, with the name of one in the data."""

    def names(self) -> tuple[str, ...]:
        return ("2026年8月挽回活动",)

    def groups(self, campaign: str) -> Groups:
        if campaign not in ("2026年8月挽回活动", "c1"):
            raise UnknownNameError(CAMPAIGN, campaign)
        return Groups(
            campaign="c1", name="2026年8月挽回活动", starts=date(2026, 10, 1), treated=BitMap([1]), control=BitMap([2])
        )


def test_our_own_campaign_goes_before_one_of_its_name_in_the_data(data) -> None:
    both = AllGroups(Own(), data)
    assert both.groups("2026年8月挽回活动").campaign == "c1"
    assert both.groups("c1").treated == BitMap([1])
    assert both.groups("2026年5月优惠券活动").planned_control == 0.2
    assert both.names().count("2026年8月挽回活动") == 1
    assert len(both.listed()) == 12
    with pytest.raises(UnknownNameError) as found:
        both.groups("2026年8月挽留活动")
    assert found.value.suggestions[0] == "2026年8月挽回活动"
    assert AllGroups(None, data).names() == data.names()
