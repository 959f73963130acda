"""How the product is used, counted by hand and by the code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from assistant.memory.gaps import GapKind
from assistant.observability.audit import Asked, LedgerAudit
from assistant.observability.insights import (
    OUTCOMES,
    Insights,
    LedgerUsage,
    NothingUsed,
    Reader,
    Share,
    first_moment,
    insights,
    percentile,
    reader_of,
)
from tools.ledger import Entry as LedgerEntry
from tools.ledger import LedgerInMemory

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
PLAIN = Asked(
    id="q1", who="ana", at=datetime(2026, 11, 1, 8, tzinfo=UTC), data_set="retail", question="销售额", outcome="answer",
    understood_by="rules", milliseconds=100.0, via="page",
)  # fmt: skip


def hour(day: int, of: int) -> datetime:
    return datetime(2026, 11, day, of, tzinfo=UTC)


ENTRIES = (
    PLAIN,
    replace(PLAIN, id="q2", who="wei", question="销售额？", milliseconds=300.0, understood_by="reviewed"),
    replace(PLAIN, id="q3", question="", understood_by="rules", milliseconds=50.0),
    replace(PLAIN, id="q4", who="wei", outcome="clarification", question="鲸鱼客户", unexplained=("鲸鱼",), via="slack"),
    replace(
        PLAIN, id="q5", at=hour(2, 1), outcome="refusal", question="明年卖多少", refused="not_yet", milliseconds=900.0
    ),
    replace(
        PLAIN, id="q6", at=hour(2, 2), outcome="error", question="坏", milliseconds=2000.0, via="http",
        understood_by="model small-1", tokens=1000.0, cost=0.25,
    ),
    replace(PLAIN, id="q7", at=hour(2, 3), who="lin", question="复购率", understood_by="both small-1", tokens=500.0, cost=0.5),
)  # fmt: skip


def counted(entries: tuple[Asked, ...] = ENTRIES, days: int = 7) -> Insights:
    since = first_moment(days, NOW, UTC)
    return insights(entries, since=since, now=NOW, zone=UTC)


def test_every_day_of_the_period_stands_there_with_its_outcomes() -> None:
    found = counted()
    assert (found.first, found.last) == (date(2026, 10, 27), date(2026, 11, 2))
    assert [day.outcomes for day in found.days] == [(0, 0, 0, 0)] * 5 + [(3, 1, 0, 0), (1, 0, 1, 1)]
    assert found.outcomes == (4, 1, 1, 1)
    assert (found.asked, found.people) == (7, 3)
    assert OUTCOMES == ("answer", "clarification", "refusal", "error")


def test_latency_of_a_day_is_a_value_that_was_measured() -> None:
    first, second = counted().days[-2:]
    # 50, 100, 100, 300 and 100, 900, 2000
    assert (first.p50, first.p95) == (100.0, 300.0)
    assert (second.p50, second.p95) == (900.0, 2000.0)
    assert counted().days[0].p50 is None
    # 50, 100, 100, 100, 300, 900, 2000
    assert (counted().p50, counted().p95) == (100.0, 2000.0)


@pytest.mark.parametrize(
    ("values", "share", "rank"),
    [
        (1, 0.95, 1),
        (2, 0.5, 1),
        (3, 0.5, 2),
        (20, 0.95, 19),
        (21, 0.95, 20),
        (100, 0.95, 95),
        (100, 0.5, 50),
        (10, 1.0, 10),
    ],
)
def test_nearest_rank(values: int, share: float, rank: int) -> None:
    assert percentile(list(range(values, 0, -1)), share) == rank


def test_tokens_and_cost_add_up() -> None:
    found = counted()
    assert (found.tokens, found.cost) == (1500.0, 0.75)
    assert (found.days[-1].tokens, found.days[-1].cost) == (1500.0, 0.75)


def test_who_understood_and_by_which_door() -> None:
    found = counted()
    assert {(one.name, one.count) for one in found.readers} == {
        ("rules", 3), ("reviewed", 1), ("button", 1), ("model", 1), ("both", 1),
    }  # fmt: skip
    assert [(one.name, one.count) for one in found.doors] == [("page", 5), ("http", 1), ("slack", 1)]
    assert sum(one.count for one in found.readers) == sum(one.count for one in found.doors) == found.asked
    assert reader_of(replace(PLAIN, understood_by="")) is Reader.OTHER


def test_wordings_of_one_question_count_together_and_buttons_are_no_question() -> None:
    found = counted()
    assert found.questions[0] == Share(name="销售额？", count=2, people=2)
    assert "" not in {one.name for one in found.questions}
    assert found.users == (Share(name="ana", count=4, people=1), Share(name="wei", count=2, people=1), Share(name="lin", count=1, people=1))  # fmt: skip


def test_gaps_are_words_questions_back_and_what_is_not_computed() -> None:
    assert {(gap.kind, gap.text, gap.count) for gap in counted().gaps} == {
        (GapKind.WORD, "鲸鱼", 1), (GapKind.ASKED_BACK, "鲸鱼客户", 1), (GapKind.NOT_YET, "明年卖多少", 1),
    }  # fmt: skip


def test_a_day_is_that_of_the_zone() -> None:
    late = replace(PLAIN, at=datetime(2026, 11, 1, 16, 30, tzinfo=UTC))  # half past midnight in Shanghai
    since = first_moment(7, NOW, SHANGHAI)
    assert since == datetime(2026, 10, 26, 16, tzinfo=UTC)
    found = insights([late], since=since, now=NOW, zone=SHANGHAI)
    assert [day.asked for day in found.days] == [0, 0, 0, 0, 0, 0, 1]


def test_what_lies_outside_the_period_is_not_counted() -> None:
    before, after = replace(PLAIN, at=hour(2, 1) - timedelta(days=9)), replace(PLAIN, at=hour(3, 1))
    assert counted((before, after)).asked == 0


def test_nothing_used_is_all_zero() -> None:
    found = counted(NothingUsed().entries(NOW, NOW))
    assert (found.asked, found.p50, found.questions, found.gaps, found.tokens) == (0, None, (), (), 0.0)


# --- reading the ledger


class CountingLedger(LedgerInMemory):
    """Notes how many entries were handed out."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    def entries(
        self, *, kind: str | None = None, who: str | None = None, limit: int | None = None, before: int | None = None
    ) -> tuple[LedgerEntry, ...]:
        found = super().entries(kind=kind, who=who, limit=limit, before=before)
        self.read += len(found)
        return found


def recorded(many: int) -> CountingLedger:
    """One question an hour, the last an hour before now."""
    ledger = CountingLedger()
    audit = LedgerAudit(ledger)
    for number in range(many):
        at = NOW - timedelta(hours=many - number)
        audit.record(
            Asked(id=f"a{number}", who="ana", at=at, data_set="retail", question="销售额", outcome="answer", tokens=3.0)
        )
    return ledger


def test_the_ledger_is_read_back_to_the_beginning_of_the_period_and_no_further() -> None:
    ledger = recorded(1000)
    since = NOW - timedelta(hours=100)
    entries = LedgerUsage(ledger, page=30).entries(since, NOW)
    assert [one.id for one in entries] == [f"a{number}" for number in range(900, 1000)]
    assert entries[0].tokens == 3.0
    assert ledger.read <= 100 + 2 * 30


def test_a_short_ledger_is_read_to_its_end_once() -> None:
    ledger = recorded(7)
    assert len(LedgerUsage(ledger, page=7).entries(NOW - timedelta(days=9), NOW)) == 7
    assert LedgerUsage(LedgerInMemory()).entries(NOW - timedelta(days=9), NOW) == ()


def test_entries_of_earlier_versions_are_read() -> None:
    ledger = LedgerInMemory()
    body = {"data_set": "retail", "question": "销售额", "outcome": "answer"}
    ledger.append(entry_id="e", kind="question", at=hour(1, 1), who="ana", body=body)
    ledger.append(entry_id="x", kind="export", at=hour(1, 1), who="ana", body={})
    (one,) = LedgerUsage(ledger).entries(hour(1, 0), hour(2, 0))
    assert (one.via, one.understood_by, one.cost, reader_of(one)) == ("", "", 0.0, Reader.OTHER)


def test_the_door_is_read_where_it_is_recorded() -> None:
    ledger = LedgerInMemory()
    body = {"data_set": "retail", "question": "销售额", "outcome": "answer", "via": "slack"}
    ledger.append(entry_id="e", kind="question", at=hour(1, 1), who="ana", body=body)
    assert LedgerUsage(ledger).entries(hour(1, 0), hour(2, 0))[0].via == "slack"
