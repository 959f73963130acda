"""Windows run by the hour, not by the calendar, over what the data knows and what was sent here together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from pyroaring import BitMap

from tools.campaigns.contacts import capped, contacted_within, counted, from_data, from_here
from tools.campaigns.keys import keys_of
from tools.campaigns.rules import FrequencyCap
from tools.campaigns.store import Contacted

NOW = datetime(2026, 11, 2, 0, 30, tzinfo=UTC)


def here(*when: tuple[int, timedelta], channel: str = "短信", **more):
    rows = [
        Contacted(campaign=str(at), data_set="d", channel=channel, at=NOW - ago, keys=BitMap([key]), **more)
        for at, (key, ago) in enumerate(when)
    ]
    return from_here(rows, NOW)


def test_eleven_at_night_and_midnight_are_one_hour_apart() -> None:
    contacts = here((1, timedelta(minutes=90)), (1, timedelta(minutes=30)), (2, timedelta(minutes=90)))
    cap = FrequencyCap(most=2, hours=24)
    assert capped([contacts], BitMap([1, 2, 3]), [cap]) == BitMap([1])


@pytest.mark.parametrize(("ago", "counts"), [(timedelta(days=7), 0), (timedelta(days=7) - timedelta(seconds=1), 1)])
def test_a_window_ends_where_it_ends(ago: timedelta, counts: int) -> None:
    assert len(contacted_within([here((1, ago))], BitMap([1]), 168)) == counts


def test_a_window_moves_with_the_time_of_sending() -> None:
    contacts = here((1, timedelta(days=6)))
    assert contacted_within([contacts], BitMap([1]), 168) == BitMap([1])
    assert not contacted_within([contacts], BitMap([1]), 168, later=timedelta(days=2).total_seconds())


def test_the_data_and_what_was_sent_here_count_together() -> None:
    end = datetime(2026, 10, 31, 23, 59, 59)  # noqa: DTZ001  # the data's own clock
    sent = np.array(["2026-10-30T10:00:00", "2026-10-20T10:00:00", "NaT"], dtype="datetime64[us]")
    data = from_data(np.array([1, 1, 1]), sent, np.array(["短信", "短信", None]), np.array(["促销", "促销", None]), end)
    parts = [data, here((1, timedelta(days=1)), kind="关怀")]
    people = keys_of(BitMap([1, 2]))
    assert counted(parts, people, FrequencyCap(most=9, hours=168)).tolist() == [2, 0]
    assert counted(parts, people, FrequencyCap(most=9, hours=24 * 30)).tolist() == [3, 0]
    assert counted(parts, people, FrequencyCap(most=9, hours=24 * 30, kinds=("关怀",))).tolist() == [1, 0]
    assert counted(parts, people, FrequencyCap(most=9, hours=24 * 30, channel="邮件")).tolist() == [0, 0]


def test_what_does_not_count_is_left_aside() -> None:
    assert not contacted_within([here((1, timedelta(hours=1)), counts=False)], BitMap([1]), 24)


def test_nobody_was_ever_contacted() -> None:
    assert capped([from_here([], NOW)], BitMap([1]), [FrequencyCap(most=1, hours=24)]) == BitMap()
