"""Values are brought to one spelling, and every change is counted. Expected values are written by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer.ingestion import standardise
from semantic_layer.ingestion.report import Dirt, Findings


def texts(*values):
    return np.array(values, dtype=object)


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("15159672107", "15159672107"),
        ("+86 15159672107", "15159672107"),
        ("151 5967 2107", "15159672107"),
        ("151-5967-2107", "15159672107"),
        ("8615159672107", "15159672107"),
        ("1234567890", None),
        ("13800138000", None),
        ("13888888888", None),
        ("00000000000", None),
        ("12159672107", None),
        ("1515967210", None),
        ("无", None),
    ],
)
def test_a_phone_has_one_spelling_or_is_none(typed, clean):
    assert standardise.phones(texts(typed), "crm", Findings()).tolist() == [clean]


def test_phones_are_counted_by_what_was_wrong():
    findings = Findings()
    standardise.phones(texts("15159672107", "+8615159672107", "1234567890", None), "crm", findings)
    assert findings.counts == {("crm", Dirt.PHONE_FORMAT): 1, ("crm", Dirt.FAKE_PHONE): 1}


@pytest.mark.parametrize(
    ("typed", "clean"), [("Ann@QQ.com", "ann@qq.com"), ("a@a", None), ("无", None), ("x y@qq.com", None)]
)
def test_an_address_is_one_or_none(typed, clean):
    assert standardise.emails(texts(typed), "crm", Findings()).tolist() == [clean]


def test_cities_are_known_or_none():
    findings = Findings()
    clean = standardise.cities(texts("上海", "上海市", "火星市", None), frozenset({"上海"}), "crm", findings)
    assert clean.tolist() == ["上海", "上海", None, None]
    assert findings.counts == {("crm", Dirt.CITY_SPELLING): 1, ("crm", Dirt.UNKNOWN_CITY): 1}


@pytest.mark.parametrize("typed", ["1990-03-07", "1990/3/7", "1990年3月7日", "19900307"])
def test_a_birthday_is_read_in_every_usual_spelling(typed):
    days, known = standardise.birthdays(texts(typed), date(2026, 10, 31), "crm", Findings())
    assert known.tolist() == [True]
    assert date.fromordinal(int(days[0]) + date(1970, 1, 1).toordinal()) == date(1990, 3, 7)


@pytest.mark.parametrize("typed", ["2099-01-01", "1990-02-30", "1790-01-01", "去年", "1990"])
def test_an_impossible_birthday_is_unknown_and_counted(typed):
    findings = Findings()
    _, known = standardise.birthdays(texts(typed), date(2026, 10, 31), "crm", findings)
    assert known.tolist() == [False]
    assert findings.counts == {("crm", Dirt.BAD_BIRTHDAY): 1}


def test_spaces_around_are_cut_and_counted():
    findings = Findings()
    assert standardise.strip(texts("张伟  ", "李 娜", None, "   "), "crm", findings).tolist() == [
        "张伟",
        "李 娜",
        None,
        None,
    ]
    assert findings.counts == {("crm", Dirt.SURROUNDING_SPACE): 2}


@given(st.lists(st.one_of(st.none(), st.text())))
def test_no_text_whatever_breaks_a_standard_and_none_gains_by_a_second_pass(values):
    array = np.array(values, dtype=object)
    stripped = standardise.strip(array, "s", Findings())
    phones = standardise.phones(stripped, "s", Findings())
    emails = standardise.emails(stripped, "s", Findings())
    standardise.birthdays(stripped, date(2026, 10, 31), "s", Findings())
    again = Findings()
    assert standardise.phones(phones, "s", again).tolist() == phones.tolist()
    assert standardise.emails(emails, "s", again).tolist() == emails.tolist()
    assert not again.counts
