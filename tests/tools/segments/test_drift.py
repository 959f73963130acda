"""A size is told when it leaves the bounds that a person set, or moves as it never did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from tools.segments import Arrangement
from tools.segments.drift import alert_of, alert_text
from tools.segments.membership import Snapshot

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def looks(sizes: Sequence[int]) -> list[Snapshot]:
    return [
        Snapshot(segment_id="s", serial=at, at=NOW, as_of=date(2026, 10, 1), data_version="", version=1, size=size)
        for at, size in enumerate(sizes, start=1)
    ]


CALM = [1000, 1010, 1005, 1012, 1001, 1008, 1003, 1010]


@pytest.mark.parametrize(
    ("sizes", "kind"),
    [
        ([], None),
        ([5], None),
        (CALM, None),
        ([*CALM, 1015], None),
        ([*CALM, 1300], "unusual"),
        ([*CALM, 800], "unusual"),
        ([1000, 2000], None),  # too little is known to call anything unusual
        ([100, 110, 121, 133, 146, 161, 177, 195], None),  # growing as it always did
        ([100, 110, 121, 133, 146, 161, 177, 120], "unusual"),
        ([0, 0, 0, 0, 0, 0, 0, 0], None),
    ],
)
def test_the_unusual_is_measured_by_the_segments_own_movement(sizes: list[int], kind: str | None) -> None:
    found = alert_of(looks(sizes), Arrangement())
    assert (found.kind if found else None) == kind


def test_bounds_of_a_person_come_first() -> None:
    low, high = Arrangement(at_least=900), Arrangement(at_most=1200)
    below, above = alert_of(looks([*CALM, 800]), low), alert_of(looks([*CALM, 1300]), high)
    assert below is not None
    assert above is not None
    assert (below.kind, above.kind) == ("below", "above")
    assert alert_of(looks([900]), low) is None
    assert "900" in alert_text("A", below).en
    unusual = alert_of(looks([*CALM, 1300]), Arrangement())
    assert unusual is not None
    assert "从 1,010 人变为 1,300 人" in alert_text("A", unusual).zh
