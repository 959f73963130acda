"""Which campaign people mean, in both languages."""

from __future__ import annotations

from datetime import date

import pytest
from pyroaring import BitMap

from semantic_layer.errors import InvalidPlanError, UnknownNameError
from tools.campaigns.types import Groups
from tools.effect.naming import Listed, find_campaign, the_campaign

WIN_BACK = ("挽回", "win-back", "召回", "win back", "短信", "SMS")
COUPON = ("优惠券", "coupon", "coupons", "短信", "SMS")
SALE = ("促销", "sales promotion", "企业微信", "WeCom")


class Shelf:
    """Campaigns of two years, newest first."""

    def __init__(self, *listed: Listed) -> None:
        self._listed = listed

    def listed(self) -> tuple[Listed, ...]:
        return self._listed

    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self._listed)

    def groups(self, campaign: str) -> Groups:
        one = next(one for one in self._listed if one.name == campaign)
        return Groups(campaign=one.id, name=one.name, starts=one.starts, treated=BitMap(), control=BitMap())


SHELF = Shelf(
    Listed(id="12", name="2026年双11预热", starts=date(2026, 10, 27), words=SALE),
    Listed(id="10", name="2026年8月挽回活动", starts=date(2026, 8, 5), words=WIN_BACK),
    Listed(id="9", name="2026年618会员日", starts=date(2026, 6, 1), words=SALE),
    Listed(id="8", name="2026年5月优惠券活动", starts=date(2026, 5, 8), words=COUPON),
    Listed(id="6", name="2026年3月会员专享券", starts=date(2026, 3, 5), words=COUPON),
    Listed(id="4", name="2025年双11预售", starts=date(2025, 10, 24), words=SALE),
    Listed(id="3", name="2025年8月沉睡唤醒", starts=date(2025, 8, 12), words=WIN_BACK),
)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("2026年8月挽回活动", "2026年8月挽回活动"),
        ("8月挽回活动", "2026年8月挽回活动"),
        ("8月的挽回活动", "2026年8月挽回活动"),
        ("八月挽回", "2026年8月挽回活动"),
        ("上次那个挽回活动", "2026年8月挽回活动"),
        ("2025年8月的挽回活动", "2025年8月沉睡唤醒"),
        ("沉睡唤醒", "2025年8月沉睡唤醒"),
        ("5月优惠券活动", "2026年5月优惠券活动"),
        ("3月那个会员专享券", "2026年3月会员专享券"),
        ("618活动", "2026年618会员日"),
        ("６１８会员日", "2026年618会员日"),
        ("双十一预售", "2025年双11预售"),
        ("上次的活动", "2026年双11预热"),
        ("10", "2026年8月挽回活动"),
    ],
)
def test_chinese(words: str, name: str) -> None:
    assert find_campaign(words, SHELF, "zh") == (name,)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("the August win-back campaign", "2026年8月挽回活动"),
        ("August win back", "2026年8月挽回活动"),
        ("the last win-back campaign", "2026年8月挽回活动"),
        ("the win-back campaign of August 2025", "2025年8月沉睡唤醒"),
        ("the May coupon campaign", "2026年5月优惠券活动"),
        ("the May SMS campaign", "2026年5月优惠券活动"),
        ("618", "2026年618会员日"),
        ("our latest campaign", "2026年双11预热"),
    ],
)
def test_english(words: str, name: str) -> None:
    assert find_campaign(words, SHELF, "en") == (name,)


@pytest.mark.parametrize(
    ("words", "language", "names"),
    [
        ("优惠券活动", "zh", ("2026年5月优惠券活动", "2026年3月会员专享券")),
        ("the coupon campaign", "en", ("2026年5月优惠券活动", "2026年3月会员专享券")),
        ("挽回活动", "zh", ("2026年8月挽回活动", "2025年8月沉睡唤醒")),
        ("the WeCom campaign in October", "en", ("2026年双11预热",)),
    ],
)
def test_several_are_offered_newest_first(words: str, language: str, names: tuple[str, ...]) -> None:
    assert find_campaign(words, SHELF, language) == names


@pytest.mark.parametrize(
    ("words", "language"),
    [("12月挽回活动", "zh"), ("8月会员活动", "zh"), ("the August loyalty campaign", "en"), ("2024年8月挽回活动", "zh")],
)
def test_what_does_not_fit_is_not_guessed(words: str, language: str) -> None:
    assert find_campaign(words, SHELF, language) == ()


def test_without_words_that_tell_all_of_them_fit() -> None:
    assert find_campaign("活动", SHELF, "zh") == SHELF.names()


def test_the_campaign_says_which_there_are() -> None:
    with pytest.raises(InvalidPlanError) as several:
        the_campaign("优惠券活动", SHELF, "zh")
    assert several.value.suggestions == ("2026年5月优惠券活动", "2026年3月会员专享券")
    with pytest.raises(UnknownNameError) as none:
        the_campaign("2026年9月挽回活动", SHELF, "zh")
    assert "2026年8月挽回活动" in none.value.suggestions
    assert the_campaign("5月优惠券活动", SHELF, "zh") == "2026年5月优惠券活动"


def test_names_of_our_own_campaigns() -> None:
    own = Shelf(Listed(id="a1", name="Shanghai win-back", starts=date(2026, 10, 1)))
    assert find_campaign("the Shanghai win-back campaign", own, "en") == ("Shanghai win-back",)
    assert find_campaign("the Beijing win-back campaign", own, "en") == ()
