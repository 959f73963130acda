"""What a message says, how long it is, and whether an address can be right."""

from __future__ import annotations

import numpy as np
import pytest

from semantic_layer.errors import InvalidPlanError, UnknownNameError
from semantic_layer.policy.types import User
from tests.tools.campaigns.care import MAIL, MIA, SMS, Office
from tools.campaigns.addresses import usable
from tools.campaigns.content import Wordbook, filled, length_of


@pytest.fixture
def book(office: Office) -> Wordbook:
    return Wordbook(office.layer, MIA)


@pytest.mark.parametrize("name", ["会员等级", "level", "customer.level", " Level "])
def test_a_field_goes_by_all_its_names(book: Wordbook, name: str) -> None:
    (place,) = book.places(f"{{{name}|会员}}您好")
    assert (place.field, place.fallback) == ("customer.level", "会员")


def test_values_fill_and_fallbacks_stand_in(book: Wordbook) -> None:
    text = "{会员等级|会员}您好，{城市}"
    places = book.places(text)
    assert filled(text, places, {"customer.level": "金卡", "customer.city": "上海"}) == "金卡您好，上海"
    assert filled(text, places, {"customer.level": None, "customer.city": "上海"}) == "会员您好，上海"
    assert filled(text, places, {"customer.level": "金卡", "customer.city": float("nan")}) is None
    empty = book.places("{会员等级|}您好")
    assert filled("{会员等级|}您好", empty, {}) == "您好"


def test_a_link_is_filled_in(book: Wordbook) -> None:
    text = "退订 {退订链接}"
    assert filled(text, book.places(text), {}, "https://x") == "退订 https://x"
    assert filled(text, book.places(text), {}) is None


def test_what_nobody_defined_or_may_not_be_used_is_refused(book: Wordbook) -> None:
    with pytest.raises(UnknownNameError) as error:
        book.places("{会员级别}")
    assert error.value.suggestions[0] == "会员等级"
    for text in ("{手机号}", "{nick}", "{会员等级", "会员等级}", "{{会员等级}}"):
        with pytest.raises(InvalidPlanError):
            book.places(text)


def test_somebody_without_a_role_may_use_nothing(office: Office) -> None:
    with pytest.raises(Exception, match="role"):
        Wordbook(office.layer, User(name="x", roles=()))


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 158 + "€", 1),
        ("a" * 159 + "€", 2),
        ("你" * 70, 1),
        ("你" * 71, 2),
        ("你" * 134, 2),
        ("你" * 135, 3),
        ("你" * 68 + "😀", 1),
        ("你" * 69 + "😀", 2),
    ],
)
def test_an_sms_is_charged_by_its_parts(text: str, segments: int) -> None:
    assert length_of(text, SMS).segments == segments
    assert length_of(text, MAIL).segments == 1


def test_numbers_that_can_be_right() -> None:
    given = ["13812345678", "+86 138 1234 5678", "+852 2345 6789", "12345", "13811111111", "", None, "没有"]
    assert usable(np.array(given, dtype=object), "sms").tolist() == [
        True,
        True,
        True,
        False,
        False,
        False,
        False,
        False,
    ]


def test_mail_that_can_be_right() -> None:
    given = ["a@example.com", "a.b@例子.cn", "a@", "a b@example.com", "@example.com", None]
    assert usable(np.array(given, dtype=object), "email").tolist() == [True, True, False, False, False, False]


def test_a_number_that_many_share_is_a_stand_in() -> None:
    given = np.array(["13812345678"] * 9 + ["13812345679"] * 8, dtype=object)
    assert usable(given, "sms").tolist() == [False] * 9 + [True] * 8


def test_other_addresses_need_only_be_there() -> None:
    assert usable(np.array(["M1", " ", None], dtype=object), "push").tolist() == [True, False, False]
    assert usable(np.array([None, None], dtype=object), "push").tolist() == [False, False]
