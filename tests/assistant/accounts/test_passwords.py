"""Passwords: what is taken, how it is kept, and secrets that nobody can guess."""

from __future__ import annotations

from itertools import count

import pytest

from assistant.accounts.attempts import Rule
from assistant.accounts.common_passwords import COMMON
from assistant.accounts.logins import login_key
from assistant.accounts.passwords import Argon2Hasher, CheapHasher, Passwords, password_key
from assistant.accounts.tokens import digest, form_token, new_key, new_password, new_token
from semantic_layer.errors import InvalidPlanError

QUICK = Argon2Hasher(memory_kib=64, passes=1)


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(QUICK)


@pytest.mark.parametrize(
    ("password", "lacks"),
    [
        ("", "too short"),
        ("123456789", "too short"),
        ("①②③④⑤⑥⑦⑧⑨", "too short"),
        ("x" * 257, "too long"),
        ("bo.the.builder", "cannot be the login"),
        ("ＢＯ.the.Builder", "cannot be the login"),
        ("1234567890", "common"),
        ("１２３４５６７８９０", "common"),
        ("Qwertyuiop", "common"),
        ("password123", "common"),
        ("qunxiang123", "common"),
    ],
)
def test_a_password_that_will_not_do_says_why(passwords: Passwords, password: str, lacks: str) -> None:
    with pytest.raises(InvalidPlanError, match=lacks) as caught:
        passwords.digest(password, login="bo.the.builder")
    if len(password) > 3:
        assert password not in caught.value.message.en + caught.value.message.zh


@pytest.mark.parametrize(
    "password", ["a b c d e f", "          1", "全是汉字也可以的密码", "x" * 256, "\ud800" * 10 + "ok"]
)
def test_there_are_no_rules_of_composition(passwords: Passwords, password: str) -> None:
    assert passwords.right(passwords.digest(password, login="bo"), password)


def test_the_common_ones_are_long_enough_to_need_listing() -> None:
    assert [word for word in COMMON if len(word) < 10 or word != password_key(word).casefold()] == []


def test_a_password_is_the_same_from_every_keyboard(passwords: Passwords) -> None:
    kept = passwords.digest("café ｋｅｙ 12345", login="bo")
    assert passwords.right(kept, "cafe\u0301 key 12345")
    assert not passwords.right(kept, "cafe key 12345")
    assert not passwords.right(kept, "CAFÉ KEY 12345")


def test_it_is_kept_with_argon2id_and_a_salt_of_its_own(passwords: Passwords) -> None:
    kept = [passwords.digest("seven quiet herons", login="bo") for _ in range(2)]
    assert all(one.startswith("$argon2id$") for one in kept)
    assert kept[0] != kept[1]
    # What is in use outside the tests: RFC 9106 names the parts, the OWASP cheat sheet the numbers.
    assert "$m=19456,t=2,p=1$" in Argon2Hasher().digest("x")


def test_it_is_kept_anew_when_the_parameters_change() -> None:
    old = Passwords(QUICK).digest("seven quiet herons", login="bo")
    stronger = Passwords(Argon2Hasher(memory_kib=128, passes=1))
    assert stronger.right(old, "seven quiet herons")
    renewed = stronger.renewed(old, "seven quiet herons")
    assert renewed is not None
    assert "m=128" in renewed
    assert stronger.right(renewed, "seven quiet herons")
    assert stronger.renewed(renewed, "seven quiet herons") is None


class Counting(CheapHasher):
    """Counts how often the slow part runs."""

    def __init__(self) -> None:
        self.checked = 0

    def matches(self, digest: str, password: str) -> bool:
        self.checked += 1
        return super().matches(digest, password)


@pytest.mark.parametrize("guess", ["", "wrong", "seven quiet herons", "x" * 300, "no password has this digest"])
def test_a_login_that_nobody_has_costs_the_same_work(guess: str) -> None:
    hasher = Counting()
    passwords = Passwords(hasher)
    kept = passwords.digest("seven quiet herons", login="bo")
    passwords.right(kept, guess)
    known, hasher.checked = hasher.checked, 0
    assert not passwords.right("", guess)
    assert hasher.checked == known == 1


@pytest.mark.parametrize("kept", ["$argon2id$", "not a digest", "\x00"])
def test_a_damaged_digest_opens_nothing(passwords: Passwords, kept: str) -> None:
    assert not passwords.right(kept, "seven quiet herons")


# --- secrets that the product makes


def counting() -> tuple[list[int], object]:
    sizes: list[int] = []
    numbers = count()

    def random_bytes(size: int) -> bytes:
        sizes.append(size)
        start = next(numbers)
        return bytes((start + place) % 256 for place in range(size))

    return sizes, random_bytes


def test_a_token_holds_256_bits() -> None:
    sizes, random_bytes = counting()
    token = new_token(random_bytes)  # type: ignore[arg-type]
    assert sizes == [32]
    assert len(token) == 43
    assert token == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def test_a_key_begins_with_what_may_be_seen_of_it() -> None:
    sizes, random_bytes = counting()
    hint, secret = new_key(random_bytes)  # type: ignore[arg-type]
    assert hint == "qx_00010203"
    assert secret == "qx_00010203_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
    assert sizes == [4, 32]


def test_a_first_password_has_no_letter_that_is_taken_for_another() -> None:
    _, random_bytes = counting()
    password = new_password(random_bytes)  # type: ignore[arg-type]
    assert [len(group) for group in password.split("-")] == [5, 5, 5, 5]
    assert not set(password) & set("iIlLoO01")


def test_of_a_secret_only_its_digest_is_kept() -> None:
    # FIPS 180-4, example of one block.
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert form_token("abc") not in ("abc", digest("abc"))


def test_waits_double_up_to_the_longest() -> None:
    from datetime import timedelta

    rule = Rule(free=3, first=timedelta(seconds=2), longest=timedelta(seconds=10), forget=timedelta(hours=1))
    assert [rule.wait(failures).seconds for failures in range(7)] == [0, 0, 0, 2, 4, 8, 10]
    assert rule.wait(10**9).seconds == 10


@pytest.mark.parametrize(("typed", "key"), [(" Ann ", "ann"), ("ＡＮＮ", "ann"), ("STRASSE", login_key("straße"))])
def test_spellings_of_one_login_are_one(typed: str, key: str) -> None:
    assert login_key(typed) == key
