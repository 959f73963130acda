"""One spelling for each kind of value: phones, e-mails, cities, birthdays, spaces. Every change is counted."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

import numpy as np
from numpy.typing import NDArray

from semantic_layer.ingestion.report import Dirt, Findings

Texts = NDArray[np.object_]

_MOBILE = re.compile(r"1[3-9]\d{9}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_DATE = re.compile(r"(\d{4})[-/年.]?(\d{1,2})[-/月.]?(\d{1,2})日?")
_WELL_KNOWN_FAKES = frozenset({"13800138000", "13800000000", "12345678901", "13912345678"})
_EARLIEST_BIRTH = 1900


def strip(values: Texts, source: str, findings: Findings) -> Texts:
    """Without surrounding white space; what is then empty is `None`."""
    result = values.copy()
    changed = 0
    for index, value in enumerate(values):
        if value is not None and value != (bare := value.strip()):
            result[index] = bare or None
            changed += 1
    findings.add(source, Dirt.SURROUNDING_SPACE, changed)
    return result


def only_where(values: Texts, mask: NDArray[np.bool_]) -> Texts:
    """The values of the mask; elsewhere `None`."""
    result = values.copy()
    result[~mask] = None
    return result


def is_fake_phone(digits: str) -> bool:
    """A number that nobody answers: not a mobile number, a well-known example, or one digit over and over."""
    return not _MOBILE.fullmatch(digits) or digits in _WELL_KNOWN_FAKES or len(set(digits[3:])) == 1


def phones(values: Texts, source: str, findings: Findings) -> Texts:
    """Mainland mobile numbers as eleven digits; fakes become `None`."""
    result: Texts = np.full(len(values), None, dtype=object)
    fake = odd = 0
    for index, value in enumerate(values):
        if value is None:
            continue
        digits = re.sub(r"\D", "", value)
        digits = digits[2:] if len(digits) == 13 and digits.startswith("86") else digits
        if is_fake_phone(digits):
            fake += 1
        else:
            odd += value != digits
            result[index] = digits
    findings.add(source, Dirt.FAKE_PHONE, fake)
    findings.add(source, Dirt.PHONE_FORMAT, odd)
    return result


def emails(values: Texts, source: str, findings: Findings) -> Texts:
    """Lower-case addresses; what is none becomes `None`."""
    lowered = [None if value is None else value.lower() for value in values]
    result = np.array([value if value and _EMAIL.fullmatch(value) else None for value in lowered], dtype=object)
    findings.add(source, Dirt.BAD_EMAIL, sum(1 for a, b in zip(lowered, result, strict=True) if a and not b))
    return result


def cities(values: Texts, known: Collection[str], source: str, findings: Findings) -> Texts:
    """Names of known cities without 市; others become `None`."""
    result: Texts = np.full(len(values), None, dtype=object)
    unknown = spelled = 0
    for index, value in enumerate(values):
        if value is None:
            continue
        name = value if value in known else value.removesuffix("市")
        if name in known:
            spelled += name != value
            result[index] = name
        else:
            unknown += 1
    findings.add(source, Dirt.UNKNOWN_CITY, unknown)
    findings.add(source, Dirt.CITY_SPELLING, spelled)
    return result


def birthdays(
    values: Texts, as_of: date, source: str, findings: Findings
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Days since 1970 and which are known, from the usual spellings; impossible days and days to come are unknown."""
    days = np.zeros(len(values), dtype=np.int64)
    known = np.zeros(len(values), dtype=np.bool_)
    wrong = 0
    for index, value in enumerate(values):
        if value is None:
            continue
        day = _date(value)
        if day is None or not date(_EARLIEST_BIRTH, 1, 1) <= day <= as_of:
            wrong += 1
        else:
            days[index], known[index] = day.toordinal() - _EPOCH, True
    findings.add(source, Dirt.BAD_BIRTHDAY, wrong)
    return days, known


_EPOCH = date(1970, 1, 1).toordinal()


def _date(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
