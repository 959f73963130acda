"""Who is left out of a campaign, each person once, at the first reason that holds: said by hand for every person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tests.tools.campaigns.care import DAN, HEALTHY, MIA, Office
from tools.campaigns.rules import FrequencyCap, GlobalControl, PriorityRule, QuietHours
from tools.campaigns.store import Said
from tools.campaigns.types import LeftOut, Verdict


def people(verdict: Verdict) -> dict[LeftOut, set[int]]:
    return {step.reason: set(step.people) for step in verdict.steps if step.people}


def test_each_person_is_left_out_once_at_the_first_reason(office: Office) -> None:
    verdict = office.desk.verdict(office.draft(holdout=0.1).id, MIA)
    found = people(verdict)
    control = found.pop(LeftOut.HOLDOUT)
    assert found == {
        LeftOut.NO_CONSENT: {1, 11},
        LeftOut.UNSUBSCRIBED: {2},
        LeftOut.INVALID_CONTACT: {3, 4, 5},
        LeftOut.CAPPED: {7, 9},
    }
    eligible = {6, 8, 10, 12, *HEALTHY}
    assert verdict.matched == 112
    assert len(control) == 10  # a tenth of 104, rounded
    assert set(verdict.send) == eligible - control
    assert verdict.held_back == verdict.people(LeftOut.HOLDOUT)
    assert verdict.matched == sum(len(step.people) for step in verdict.steps) + len(verdict.send)


def test_whoever_was_contacted_within_the_days_to_spare_is_left_out(office: Office) -> None:
    found = people(office.desk.verdict(office.draft(spare_days=7).id, MIA))
    assert found[LeftOut.SPARED] == {6, 7, 8, 9}
    assert LeftOut.CAPPED not in found


def test_rules_are_rows_that_change_who_is_left_out(office: Office) -> None:
    rows = {row.id: row for row in office.desk.policy_rows(DAN)}
    office.desk.set_policy(FrequencyCap(most=3, hours=168, channel="短信"), DAN, row_id="cap_sms_0")
    office.desk.switch_policy("cap_all", DAN, on=False)
    assert rows["cap_all"].on
    assert LeftOut.CAPPED not in people(office.desk.verdict(office.draft().id, MIA))


def test_a_cap_may_hold_for_one_kind_of_campaign_only(office: Office) -> None:
    for row in ("cap_all", "cap_sms_0"):
        office.desk.switch_policy(row, DAN, on=False)
    office.desk.set_policy(FrequencyCap(most=4, hours=168, kinds=("关怀",)), DAN)
    draft = office.draft()
    assert LeftOut.CAPPED not in people(office.desk.verdict(draft.id, MIA))
    caring = office.desk.edit(replace(draft, kind="关怀"), MIA)
    assert people(office.desk.verdict(caring.id, MIA))[LeftOut.CAPPED] == {9}


def test_transactional_messages_pass_caps_and_need_no_consent(office: Office) -> None:
    draft = office.draft()
    found = people(office.desk.verdict(office.desk.edit(replace(draft, transactional=True), MIA).id, MIA))
    assert LeftOut.CAPPED not in found
    assert LeftOut.NO_CONSENT not in found
    assert found[LeftOut.UNSUBSCRIBED] == {2, 11}


def test_a_no_holds_at_once_and_only_a_later_yes_lifts_it(office: Office) -> None:
    draft = office.draft()
    office.desk.note_consent("短信", [150, 1], Said.NO, MIA, source="hotline")
    found = people(office.desk.verdict(draft.id, MIA))
    assert found[LeftOut.UNSUBSCRIBED] == {2, 150}
    assert found[LeftOut.NO_CONSENT] == {1, 11}
    office.now = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
    office.desk.note_consent("短信", [150, 1, 2], Said.YES, MIA, source="form")
    found = people(office.desk.verdict(draft.id, MIA))
    assert LeftOut.UNSUBSCRIBED not in found
    assert found[LeftOut.NO_CONSENT] == {11}


def test_a_yes_from_before_the_data_does_not_lift_what_the_data_says(office: Office) -> None:
    draft = office.draft()
    earlier = datetime(2026, 10, 30, 4, 0, tzinfo=UTC)
    office.desk.note_consent("短信", [1], Said.YES, MIA, source="form", at=earlier)
    assert people(office.desk.verdict(draft.id, MIA))[LeftOut.NO_CONSENT] == {1, 11}


def test_quiet_hours_put_off_and_do_not_change_who_is_held_back(office: Office) -> None:
    draft = office.draft()
    by_day = office.desk.verdict(draft.id, MIA)
    office.now = datetime(2026, 10, 31, 14, 0, tzinfo=UTC)  # ten in the evening in Shanghai
    by_night = office.desk.verdict(draft.id, MIA)
    assert not by_night.send
    assert by_night.later == by_day.send
    assert by_night.held_back == by_day.held_back
    assert by_night.treated == by_day.treated


def test_quiet_hours_go_by_the_customers_own_clock(office: Office) -> None:
    rule = QuietHours(zone_field="customer.city", zones=(("乌鲁木齐", "Asia/Urumqi"),))
    office.desk.set_policy(rule, DAN, row_id="quiet_hours")
    draft = office.draft(holdout=0.0)
    office.now = datetime(2026, 10, 31, 13, 30, tzinfo=UTC)  # 21:30 in Shanghai, 19:30 in Urumqi
    assert set(office.desk.verdict(draft.id, MIA).send) == {10}
    office.now = datetime(2026, 10, 31, 0, 30, tzinfo=UTC)  # 08:30 in Shanghai, 06:30 in Urumqi
    assert set(office.desk.verdict(draft.id, MIA).later) == {10}


def test_the_standing_group_gets_nothing_whatever_the_campaign(office: Office) -> None:
    office.desk.set_policy(GlobalControl(share=0.2), DAN, row_id="global_control")
    office.desk.switch_policy("global_control", DAN, on=True)
    one = office.desk.verdict(office.draft(name="一").id, MIA).people(LeftOut.GLOBAL_CONTROL)
    two = office.desk.verdict(office.draft(name="二").id, MIA).people(LeftOut.GLOBAL_CONTROL)
    assert one == two
    assert 8 <= len(one) <= 35  # a fifth of 104, give or take four standard errors


def test_the_campaign_of_higher_priority_keeps_the_customer(office: Office) -> None:
    first = office.approved(name="先")
    second = office.draft(name="后")
    found = office.desk.verdict(second.id, MIA)
    assert len(found.people(LeftOut.OTHER_CAMPAIGN)) == 104
    assert "先" in next(step.why.zh for step in found.steps if step.reason is LeftOut.OTHER_CAMPAIGN)
    urgent = office.desk.edit(replace(second, priority=90), MIA)
    assert not office.desk.verdict(urgent.id, MIA).people(LeftOut.OTHER_CAMPAIGN)
    office.desk.set_policy(PriorityRule(hours=1), DAN, row_id="priority")
    later = office.desk.edit(replace(first, send_at=datetime(2026, 11, 2, 4, 0, tzinfo=UTC)), MIA)
    office.desk.submit(later.id, MIA)
    office.desk.approve(later.id, DAN)
    back = office.desk.edit(replace(urgent, priority=50), MIA)
    assert not office.desk.verdict(back.id, MIA).people(LeftOut.OTHER_CAMPAIGN)


def test_those_held_back_count_as_contacted_so_that_both_groups_are_treated_alike(office: Office) -> None:
    started = office.started(name="一")
    groups = office.store.frozen(started.id)
    assert groups is not None
    office.desk.stop(started.id, MIA)
    spared = office.desk.verdict(office.draft(name="二", spare_days=3).id, MIA).people(LeftOut.SPARED)
    assert groups.control <= spared
    assert set(spared & groups.treated) <= {6, 8}  # nothing was sent to the others yet


def test_the_same_seed_holds_back_the_same_people_and_another_campaign_others(office: Office) -> None:
    one = office.draft(name="一")
    again = office.desk.verdict(one.id, MIA).held_back
    assert office.desk.verdict(one.id, MIA).held_back == again
    assert office.desk.verdict(office.draft(name="二").id, MIA).held_back != again
