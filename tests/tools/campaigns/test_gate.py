"""What whoever sends is told: who is to get a message, who no longer, what it says; batch by batch, in any process."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pyroaring import BitMap

from semantic_layer.errors import InvalidPlanError, NotAllowedError
from semantic_layer.query.predicate import Compare
from tests.tools.campaigns.care import DAN, HEALTHY, MIA, Office
from tools.campaigns import DeskGate, SendGate, State, Variant
from tools.campaigns.rules import FrequencyCap, TransactionalOverride
from tools.campaigns.store import Contacted, Said
from tools.campaigns.types import LeftOut


def link(campaign: str, key: int) -> str:
    return f"https://care.example/no/{campaign}/{key}"


def begun(office: Office, **more) -> tuple[SendGate, str, BitMap]:
    """A gate, the id of a campaign that is being sent, and who is to get it."""
    gate = DeskGate(office.desk, link=link)
    campaign = office.started(**more)
    return gate, campaign.id, gate.handover(campaign.id).keys


def test_nothing_is_handed_over_before_the_start(office: Office) -> None:
    gate = DeskGate(office.desk)
    for campaign in (office.draft(name="一"), office.approved(name="二")):
        with pytest.raises(InvalidPlanError):
            gate.handover(campaign.id)
        with pytest.raises(InvalidPlanError):
            gate.messages(campaign.id, BitMap([101]))
        assert gate.still_allowed(campaign.id, BitMap([101])) == BitMap()


def test_everybody_gets_the_first_variant_that_fits_with_an_id_that_stays(office: Office) -> None:
    draft = office.draft(holdout=0.0)
    gold = Variant(name="金", body="尊敬的{会员等级}，拒收请回复R", where=Compare("customer.level", "=", "金卡"))
    rest = Variant(name="默认", body="您好{会员等级|朋友}，退订：{退订链接}")
    draft = office.desk.edit(replace(draft, variants=(gold, rest), no_holdout_reason="试"), MIA)
    office.desk.submit(draft.id, MIA)
    office.desk.approve(draft.id, DAN)
    office.desk.start(draft.id, MIA)
    gate = DeskGate(office.desk, link=link)
    messages = gate.messages(draft.id, BitMap([6, 12, 101]))
    assert [(one.key, one.address, one.variant, one.body) for one in messages] == [
        (6, "13812340006", "金", "尊敬的金卡，拒收请回复R"),
        (12, "13812340012", "默认", f"您好朋友，退订：{link(draft.id, 12)}"),
        (101, "13900000101", "默认", f"您好银卡，退订：{link(draft.id, 101)}"),
    ]
    again = DeskGate(office.desk, link=link).messages(draft.id, BitMap([101]))
    assert again[0].id == messages[2].id
    assert len({one.id for one in messages}) == 3
    assert gate.messages(draft.id, BitMap([1, 7, 900])) == ()


def test_what_was_sent_is_not_sent_again_by_anybody(office: Office) -> None:
    gate, campaign, keys = begun(office)
    batch = BitMap(list(keys)[:10])
    gate.note_sent(campaign, batch, office.now)
    gate.note_sent(campaign, batch, office.now + timedelta(minutes=5))
    other = DeskGate(office.desk)
    assert other.keys_to_send(campaign) == keys - batch
    assert other.still_allowed(campaign, keys) == keys - batch
    assert office.desk.standing(campaign, MIA).sent == 10
    (entry,) = [one for one in office.desk.weighing.contacts_here(office.now, 1) if not one.held]
    assert entry.at == office.now.replace(second=0, microsecond=0)


def test_a_no_during_the_send_is_honoured_at_once(office: Office) -> None:
    gate, campaign, keys = begun(office)
    first, second = list(keys)[:2]
    gate.note_unsubscribed(campaign, BitMap([first]), office.now, "link")
    office.desk.note_consent("短信", [second], Said.NO, MIA, source="hotline")
    assert gate.still_allowed(campaign, keys) == keys - BitMap([first, second])
    assert set(gate.barred(campaign, keys)[LeftOut.UNSUBSCRIBED]) == {first, second}
    (event,) = office.desk.consents_of(first, MIA)
    assert (event.by, event.source, event.channel) == ("customer", "link", "短信")


def test_a_cap_that_is_reached_during_the_send_is_honoured(office: Office) -> None:
    gate, campaign, keys = begun(office)
    others = BitMap(list(keys)[:3])
    for number in range(2):
        office.store.add_contacted(
            Contacted(campaign=f"o{number}", data_set="care", channel="短信", at=office.now, keys=others)
        )
    assert gate.barred(campaign, keys) == {LeftOut.CAPPED: others}
    office.desk.set_policy(FrequencyCap(most=1, hours=1), DAN)
    gate.note_sent(campaign, keys - others, office.now)
    assert gate.barred(campaign, keys - others) == {}  # its own messages are no reason against it


def test_pause_and_stop_hold_at_once(office: Office) -> None:
    gate, campaign, keys = begun(office)
    office.desk.pause(campaign, DAN)
    assert gate.state(campaign) is State.PAUSED
    assert gate.still_allowed(campaign, keys) == BitMap()
    office.desk.resume(campaign, MIA)
    assert gate.still_allowed(campaign, keys) == keys
    office.desk.stop(campaign, DAN)
    assert gate.still_allowed(campaign, keys) == BitMap()
    gate.note_finished(campaign, office.now)
    assert gate.state(campaign) is State.STOPPED


def test_quiet_hours_that_begin_during_the_send_put_off(office: Office) -> None:
    gate, campaign, keys = begun(office)
    office.now = datetime(2026, 10, 31, 13, 0, tzinfo=UTC)
    assert gate.still_allowed(campaign, keys) == BitMap()
    assert gate.barred(campaign, keys) == {LeftOut.QUIET_HOURS: keys}
    office.now = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
    assert gate.still_allowed(campaign, keys) == keys


def test_whose_sender_lost_the_right_nothing_leaves(office: Office) -> None:
    _, campaign, keys = begun(office)
    office.gone.add("mia")
    with pytest.raises(NotAllowedError):
        DeskGate(office.desk).messages(campaign, keys)


def test_a_yes_said_here_lets_a_contact_leave_that_the_data_keeps_back(office: Office) -> None:
    office.now = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
    office.desk.note_consent("短信", [1], Said.YES, MIA, source="form")
    draft = office.desk.edit(replace(office.draft(holdout=0.0), no_holdout_reason="试"), MIA)
    office.desk.submit(draft.id, MIA)
    office.desk.approve(draft.id, DAN)
    office.desk.start(draft.id, MIA)
    messages = DeskGate(office.desk).messages(draft.id, BitMap([1, 11, 101]))
    assert [one.key for one in messages] == [1, 101]


def test_a_campaign_ends_when_nothing_is_left(office: Office) -> None:
    gate, campaign, keys = begun(office)
    gate.note_sent(campaign, keys, office.now)
    gate.note_finished(campaign, office.now)
    assert gate.state(campaign) is State.SENT
    assert not gate.keys_to_send(campaign)
    assert [one.what for one in office.desk.history(campaign, DAN)][-1] == "finished"
    assert set(keys) <= {6, 8, 10, 12, *HEALTHY}


@pytest.mark.parametrize("counts", [False, True])
def test_whether_transactional_messages_count_into_caps_is_a_choice_of_its_own(office: Office, counts: bool) -> None:
    office.desk.set_policy(TransactionalOverride(counts=counts), DAN, row_id="transactional")
    for row in ("priority", "cap_sms_0"):
        office.desk.switch_policy(row, DAN, on=False)
    office.desk.set_policy(FrequencyCap(most=1, hours=1), DAN, row_id="cap_all")
    draft = office.desk.edit(replace(office.draft(name="通知"), transactional=True), MIA)
    office.desk.submit(draft.id, MIA)
    office.desk.approve(draft.id, DAN)
    office.desk.start(draft.id, MIA)
    gate = DeskGate(office.desk)
    keys = gate.handover(draft.id).keys
    gate.note_sent(draft.id, keys, office.now)
    capped = office.desk.verdict(office.draft().id, MIA).people(LeftOut.CAPPED)
    assert bool(capped) is counts
