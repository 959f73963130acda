"""How rows are compared is proved by hand; that a drafted database is asked without failing, on the smallest one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.conformance.material import folder
from tests.conformance.spider_customer import KINDS, alike, outcomes


@pytest.mark.parametrize(
    ("mine", "wanted", "same"),
    [
        ([[3]], [["3"]], True),
        ([["b", 2], ["a", 1]], [[1, "a"], [2, "b"]], True),  # neither order matters
        ([["Visa", 8]], [["Visa"]], True),  # the number that it is ranked by stands beside
        ([["a"], ["a"]], [["a"]], False),  # a multiset
        ([["a"]], [["a"], ["a"]], False),
        ([["a"]], [["a", 1]], False),
        ([[1.0000001]], [[1]], True),
        ([[1.001]], [[1]], False),
        ([[Decimal("5.50")]], [[5.5]], True),
        ([[date(2020, 1, 2)]], [["2020-01-02 00:00:00"]], True),
        ([[datetime.fromisoformat("2020-01-02T03:04:05")]], [["2020-01-02 03:04:05"]], True),
        ([[None]], [[0]], False),
        ([], [], True),
    ],
)
def test_rows_are_compared_as_multisets(
    mine: Sequence[Sequence[object]], wanted: Sequence[Sequence[object]], *, same: bool
) -> None:
    assert alike(mine, wanted) is same


@pytest.mark.conformance
@pytest.mark.slow
@pytest.mark.skipif(folder("spider_customer") is None, reason="the material does not lie beside the project")
def test_a_drafted_database_is_asked_without_failing() -> None:
    found = outcomes(["phone_market"])
    assert len(found) == 15
    assert {one.kind for one in found} <= set(KINDS)
