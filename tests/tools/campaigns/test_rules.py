"""Rules of contact as rows: kept as JSON, checked with what is allowed, logged with who changed what."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from semantic_layer.errors import InvalidPlanError, UnknownNameError
from tests.tools.campaigns.care import DAN, MIA, Office
from tools.campaigns.quiet import is_quiet, over_at
from tools.campaigns.rules import (
    RULES,
    ApprovalNeeded,
    ConsentNeeded,
    FrequencyCap,
    GlobalControl,
    LeastAudience,
    LeastHoldout,
    PriorityRule,
    QuietHours,
    Rule,
    TransactionalOverride,
    UnsubscribeText,
    check,
    rule_from_json,
    rule_to_json,
    said,
)

ALL = (
    FrequencyCap(most=2, hours=168, channel="短信", kinds=("促销",)),
    QuietHours(zone_field="customer.city", zones=(("乌鲁木齐", "Asia/Urumqi"),)),
    GlobalControl(share=0.02),
    PriorityRule(hours=48),
    LeastAudience(people=50),
    LeastHoldout(share=0.05),
    ConsentNeeded(channel="短信", transactional=True),
    ApprovalNeeded(transactional=False),
    TransactionalOverride(counts=True),
    UnsubscribeText(),
)


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: type(rule).__name__)
def test_every_kind_survives_being_kept_and_is_said_in_both_languages(rule: Rule) -> None:
    assert rule_from_json(json.loads(json.dumps(rule_to_json(rule)))) == rule
    check(rule, ["短信"])
    words = said(rule)
    assert words.zh
    assert words.en


def test_these_are_all_kinds() -> None:
    assert {type(rule) for rule in ALL} == set(RULES.values())


@pytest.mark.parametrize(
    "rule",
    [
        FrequencyCap(most=0, hours=24),
        FrequencyCap(most=1, hours=0),
        QuietHours(start="21点"),
        QuietHours(start="08:00"),
        QuietHours(zone_field="customer.city"),
        GlobalControl(share=0.6),
        LeastHoldout(share=-0.1),
        LeastAudience(people=0),
        UnsubscribeText(words=()),
    ],
)
def test_what_cannot_be_right_is_refused(rule: Rule) -> None:
    with pytest.raises(InvalidPlanError):
        check(rule)


@pytest.mark.parametrize(
    ("rule", "near"),
    [
        (FrequencyCap(most=1, hours=1, channel="短心"), "短信"),
        (QuietHours(zone_field="f", zones=(("a", "Asia/Shangai"),)), "Asia/Shanghai"),
        (UnsubscribeText(channel_kinds=("emails",)), "email"),
    ],
)
def test_unknown_names_come_with_the_nearest(rule: Rule, near: str) -> None:
    with pytest.raises(UnknownNameError) as error:
        check(rule, ["短信", "邮件"])
    assert near in error.value.suggestions


@pytest.mark.parametrize(
    "data",
    [
        {"is": "frequency_cap", "most": "2", "hours": 1},
        {"is": "frequency_cap", "most": True, "hours": 1},
        {"is": "frequency_cap", "most": 2},
        {"is": "frequency_cap", "most": 2, "hour": 3},
        {"is": "frequency"},
        {},
    ],
)
def test_broken_json_is_refused_with_the_part(data: dict) -> None:
    with pytest.raises((InvalidPlanError, UnknownNameError)):
        rule_from_json(data)


def test_rows_have_an_owner_and_a_log(office: Office) -> None:
    before = {row.id: row for row in office.desk.policy_rows(MIA)}
    assert before["approval"].owner == "default"
    office.desk.set_policy(FrequencyCap(most=3, hours=24), DAN, row_id="cap_all")
    office.desk.switch_policy("approval", DAN, on=False)
    office.desk.switch_policy("approval", DAN, on=False)
    new = office.desk.set_policy(LeastAudience(people=9), DAN)
    after = {row.id: row for row in office.desk.policy_rows(MIA)}
    assert (after["cap_all"].owner, after["cap_all"].revision) == ("dan", 2)
    assert not after["approval"].on
    assert after[new.id].owner == "dan"
    log = [(one.row.id, one.by, one.what) for one in office.desk.policy_log(MIA) if one.by != "default"]
    assert log == [("cap_all", "dan", "edited"), ("approval", "dan", "switched off"), (new.id, "dan", "set")]
    with pytest.raises(UnknownNameError):
        office.desk.switch_policy("aproval", DAN, on=True)


@pytest.mark.parametrize(
    ("hour", "quiet"),
    [("20:59", False), ("21:00", True), ("23:59", True), ("00:00", True), ("07:59", True), ("08:00", False)],
)
def test_quiet_hours_reach_past_midnight(hour: str, quiet: bool) -> None:
    moment = datetime.fromisoformat(f"2026-10-31T{hour}:00+08:00")
    assert is_quiet(QuietHours(), moment, "Asia/Shanghai") is quiet
    assert is_quiet(QuietHours(start="12:00", end="14:00"), moment, "Asia/Shanghai") is False


def test_when_quiet_hours_are_over() -> None:
    evening = datetime(2026, 10, 31, 14, 0, tzinfo=UTC)
    morning = datetime(2026, 10, 31, 23, 0, tzinfo=UTC)
    assert over_at(QuietHours(), evening, "Asia/Shanghai") == datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
    assert over_at(QuietHours(), morning, "Asia/Shanghai") == datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
    noon = datetime(2026, 10, 31, 4, 0, tzinfo=UTC)
    assert over_at(QuietHours(), noon, "Asia/Shanghai") == noon
