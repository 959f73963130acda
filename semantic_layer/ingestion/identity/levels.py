"""How alike two values can be, by kind of comparison: the tests in SQL, weights to begin with, and the words for a person.

A level has `m`, the share of pairs of one person that reach it, and `u`, the share of pairs of different people that do
(Fellegi and Sunter, 1969). The shipped ones are for data too small to learn from; they are cautious.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.ingestion.identity.rules import Comparison, ComparisonKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One degree of likeness. `{f}` in `test` is the field; `shares` is the column whose common values weigh less."""

    name: str
    test: str
    m: float
    u: float
    words: Text
    shares: str = ""


_NEAR: Final = "damerau_levenshtein({f}_l, {f}_r) <= 1"

_LEVELS: Final = {
    ComparisonKind.NAME: (
        Level(name="same", test="name_l = name_r", m=0.85, u=0.002, words=Text("姓名相同（{left}）", "same name ({left})"), shares="name"),
        Level(name="homophone", test="reading_l = reading_r", m=0.05, u=0.001, words=Text("姓名同音（{left}/{right}）", "names that sound the same ({left}/{right})"), shares="reading"),
        Level(name="near", test="damerau_levenshtein(reading_l, reading_r) <= 1", m=0.04, u=0.004, words=Text("姓名读音只差一个字母（{left}/{right}）", "names that differ by one letter when read ({left}/{right})")),
        Level(name="like", test="jaro_winkler_similarity(reading_l, reading_r) >= 0.9", m=0.03, u=0.02, words=Text("姓名相近（{left}/{right}）", "similar names ({left}/{right})")),
        Level(name="surname", test="surname_l = surname_r OR split_part(reading_l, ' ', 1) = split_part(reading_r, ' ', 1)", m=0.01, u=0.03, words=Text("姓名部分相同（{left}/{right}）", "names alike in part ({left}/{right})")),
        Level(name="else", test="ELSE", m=0.02, u=0.943, words=Text("姓名不同（{left}/{right}）", "different names ({left}/{right})")),
    ),
    ComparisonKind.PHONE: (
        Level(name="same", test="{f}_l = {f}_r", m=0.8, u=0.00001, words=Text("手机号相同", "same phone number")),
        Level(name="typo", test=_NEAR, m=0.05, u=0.00001, words=Text("手机号相差一位", "phone numbers that differ by one digit")),
        Level(name="else", test="ELSE", m=0.15, u=0.99998, words=Text("手机号不同", "different phone numbers")),
    ),
    ComparisonKind.EMAIL: (
        Level(name="same", test="{f}_l = {f}_r", m=0.8, u=0.00001, words=Text("邮箱相同", "same e-mail")),
        Level(name="local", test="email_name_l = email_name_r", m=0.05, u=0.0001, words=Text("邮箱用户名相同", "same name before the @")),
        Level(name="near", test="damerau_levenshtein(email_name_l, email_name_r) <= 1", m=0.03, u=0.0005, words=Text("邮箱用户名只差一个字符", "e-mail names that differ by one character")),
        Level(name="else", test="ELSE", m=0.12, u=0.99939, words=Text("邮箱不同", "different e-mails")),
    ),
    ComparisonKind.DATE: (
        Level(name="same", test="{f}_l = {f}_r", m=0.9, u=0.0001, words=Text("生日相同", "same birthday")),
        Level(name="swapped", test="month({f}_l) = day({f}_r) AND day({f}_l) = month({f}_r) AND year({f}_l) = year({f}_r)", m=0.02, u=0.0001, words=Text("生日的月和日写反了", "birthday with day and month swapped")),
        Level(name="near", test="(year({f}_l) = year({f}_r))::INT + (month({f}_l) = month({f}_r))::INT + (day({f}_l) = day({f}_r))::INT = 2", m=0.04, u=0.005, words=Text("生日只差年、月或日", "birthdays that differ in one part")),
        Level(name="else", test="ELSE", m=0.04, u=0.9948, words=Text("生日不同", "different birthdays")),
    ),
    ComparisonKind.RESIDENCE: (
        Level(name="same", test="{f}_l = {f}_r", m=0.6, u=0.0001, words=Text("地址相同", "same address")),
        Level(name="like", test="jaro_winkler_similarity({f}_l, {f}_r) >= 0.95 AND coalesce(city_l = city_r, true)", m=0.05, u=0.005, words=Text("地址相近", "similar addresses")),
        Level(name="city", test="city_l = city_r", m=0.25, u=0.03, words=Text("同在{city}", "both in {city}")),
        Level(name="else", test="ELSE", m=0.1, u=0.9649, words=Text("地址不同", "different addresses")),
    ),
    ComparisonKind.TEXT: (
        Level(name="same", test="{f}_l = {f}_r", m=0.75, u=0.005, words=Text("{field}相同", "same {field}")),
        Level(name="near", test="damerau_levenshtein({f}_l, {f}_r) <= 2", m=0.1, u=0.003, words=Text("{field}只差一两个字", "{field} that differs by a letter or two")),
        Level(name="like", test="jaro_winkler_similarity({f}_l, {f}_r) >= 0.88", m=0.05, u=0.01, words=Text("{field}相近", "similar {field}")),
        Level(name="else", test="ELSE", m=0.1, u=0.982, words=Text("{field}不同", "different {field}")),
    ),
    ComparisonKind.CODE: (
        Level(name="same", test="{f}_l = {f}_r", m=0.85, u=0.0001, words=Text("{field}相同", "same {field}")),
        Level(name="near", test=_NEAR, m=0.1, u=0.0002, words=Text("{field}只差一位", "{field} that differs by one character")),
        Level(name="else", test="ELSE", m=0.05, u=0.9997, words=Text("{field}不同", "different {field}")),
    ),
    ComparisonKind.CATEGORY: (
        Level(name="same", test="{f}_l = {f}_r", m=0.95, u=0.5, words=Text("{field}相同", "same {field}")),
        Level(name="else", test="ELSE", m=0.05, u=0.5, words=Text("{field}不同", "different {field}")),
    ),
}  # fmt: skip

_KNOWN: Final = {
    ComparisonKind.RESIDENCE: "({f}_l IS NULL OR {f}_r IS NULL) AND (city_l IS NULL OR city_r IS NULL)",
}
_COLUMNS: Final = {
    ComparisonKind.NAME: ("name", "reading", "surname"),
    ComparisonKind.EMAIL: ("email", "email_name"),
    ComparisonKind.RESIDENCE: ("address", "city"),
}
UNKNOWN: Final = "unknown"
"""The level of a pair of which one side says nothing."""


def levels_of(comparison: Comparison) -> tuple[Level, ...]:
    """The levels of a comparison, the most alike first; the last is everything else."""
    return _LEVELS[comparison.kind]


def condition_of(comparison: Comparison, level: Level) -> str:
    """The test of a level over columns `…_l` and `…_r`."""
    return level.test.replace("{f}", comparison.field)


def unknown_test(comparison: Comparison) -> str:
    """The test for a pair of which one side says nothing."""
    return _KNOWN.get(comparison.kind, "{f}_l IS NULL OR {f}_r IS NULL").replace("{f}", comparison.field)


def columns_of(comparison: Comparison) -> tuple[str, ...]:
    """The columns that the tests read."""
    return _COLUMNS.get(comparison.kind, (comparison.field,))
