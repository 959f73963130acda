"""Ways to spoil clean columns, each counted, so that tests can hold what loading finds against what was planted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from semantic_layer.examples.retail.company import Bools, Ints, Texts
from semantic_layer.ingestion.arrow import Column, Columns, integers, texts
from semantic_layer.ingestion.report import Dirt

FAKE_PHONES = ("1234567890", "13800138000", "13888888888", "00000000000")
FAKE_EMAILS = ("无", "a@a", "没有", "123")
UNKNOWN_CITIES = ("火星市", "未知", "测试", "N/A")


@dataclass(frozen=True, slots=True)
class Truth:
    """What was planted: dirt by source and kind, and the person behind every record."""

    planted: Counter[tuple[str, Dirt]] = field(default_factory=Counter)
    records: list[Columns] = field(default_factory=list)

    def plant(self, source: str, kind: Dirt, count: int) -> None:
        """Remember dirt."""
        if count:
            self.planted[(source, kind)] += int(count)

    def remember(self, source: str, record: Ints, clean_key: Ints, person: Ints) -> None:
        """Remember whose each record is: `clean_key` what clean tables hold, `person` who it truly was; -1 for nobody."""
        self.records.append(
            Columns(
                {
                    "source": texts(np.full(len(record), source, dtype=object)),
                    "record_id": integers(record, wide=True),
                    "customer_key": integers(clean_key, null=-1),
                    "person_key": integers(person, null=-1),
                }
            )
        )


def some(rng: np.random.Generator, size: int, share: float) -> Bools:
    """A random mask."""
    chosen: Bools = rng.random(size) < share
    return chosen


def one_of(rng: np.random.Generator, values: Iterable[str], size: int) -> Texts:
    """Texts drawn evenly."""
    pool = np.array(list(values), dtype=object)
    drawn: Texts = pool[rng.integers(0, len(pool), size)]
    return drawn


def spaced(values: Texts, where: Bools) -> Texts:
    """Trailing spaces at some of the known values."""
    result = values.copy()
    result[where] = result[where] + "  "
    return result


def filled(values: Texts) -> Bools:
    """Where there is a value."""
    return np.array([value is not None for value in values], dtype=np.bool_)


def typed_phones(rng: np.random.Generator, phone: Texts) -> tuple[Texts, int]:
    """Phones as people type them, and how many are not plain eleven digits."""
    style = rng.random(len(phone))
    result = phone.copy()
    known = filled(phone)
    for index in np.flatnonzero(known & (style < 0.3)):
        digits = str(phone[index])
        if style[index] < 0.12:
            result[index] = f"{digits[:3]} {digits[3:7]} {digits[7:]}"
        elif style[index] < 0.22:
            result[index] = f"+86 {digits}"
        else:
            result[index] = f"{digits[:3]}-{digits[3:7]}-{digits[7:]}"
    return result, int((known & (style < 0.3)).sum())


def mistyped(rng: np.random.Generator, phone: Texts, where: Bools) -> Texts:
    """One wrong digit in some phones."""
    result = phone.copy()
    for index in np.flatnonzero(where):
        digits, place = str(phone[index]), int(rng.integers(3, 11))
        result[index] = digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :]
    return result


def repeated(rng: np.random.Generator, size: int, share: float) -> Ints:
    """Row numbers with some rows twice, the second right after the first."""
    again = 1 + some(rng, size, share)
    return np.repeat(np.arange(size), again)


def take(columns: Columns, rows: Ints) -> Columns:
    """Rows of a table by number."""
    return Columns({name: column.take(integers(rows, wide=True)) for name, column in columns.columns.items()})


def only(columns: Columns, mask: Bools) -> Columns:
    """Rows of a table by mask."""
    return take(columns, np.flatnonzero(mask))


def column(values: Texts) -> Column:
    """A text column."""
    return texts(values)
