"""The office of campaigns: what each person may do, that forms refuse what is wrong, and sending that goes on or stops at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.outreach.wishes import VariantWish, Wish
from semantic_layer.errors import InvalidPlanError, NotAllowedError, UnknownNameError, UserError
from tests.assistant.outreach.conftest import House
from tests.tools.campaigns.care import ANA, DAN, EVE, MIA
from tools.campaigns import CampaignChangedError, NotReadyError, State
from tools.campaigns.rules import FrequencyCap, QuietHours
from tools.campaigns.store import Said
from tools.campaigns.types import LeftOut
from tools.destinations.deliveries import Step
from tools.destinations.types import Fate
from tools.effect.intake import from_csv

WORDS = "秋天好，拒收请回复R"


def wish(**more) -> Wish:
    said = {
        "name": "秋天",
        "channel": "短信",
        "destination": "file",
        "variants": (VariantWish(subject="", body=WORDS),),
        "holdout": "10",
        "reason": "",
        "spare_days": "0",
        "send_at": "",
        "budget": "",
        "priority": "50",
    }
    return Wish(**(said | more))


# ---- who may do what


def test_acts_follow_the_state_and_the_person(house: House) -> None:
    draft = house.care.draft()
    acts = lambda user: house.office.view(draft.id, user).acts  # noqa: E731
    assert acts(MIA) == ("submit", "edit", "delete")
    assert acts(DAN) == ()
    house.office.do(draft.id, "submit", MIA)
    assert acts(MIA) == ("edit", "delete")  # the author decides nothing
    assert acts(DAN) == ("approve", "reject")
    house.office.do(draft.id, "approve", DAN)
    assert acts(MIA) == ("start", "edit", "delete")
    assert house.office.concerns(MIA)
    assert house.office.concerns(DAN)
    assert not house.office.concerns(ANA)


def test_what_waits_for_somebody_comes_first_in_their_list(house: House) -> None:
    waits = house.waiting(name="早")
    house.care.draft(name="晚")
    assert [row.campaign.name for row in house.office.rows(DAN)] == [waits.name, "晚"]
    assert [row.to_approve for row in house.office.rows(DAN)] == [True, False]
    assert [row.to_approve for row in house.office.rows(MIA)] == [False, False]


def test_the_author_does_not_approve_and_nothing_leaves(house: House) -> None:
    campaign = house.waiting()
    with pytest.raises(NotAllowedError):
        house.office.do(campaign.id, "approve", MIA)
    with pytest.raises(UserError):
        house.office.do(campaign.id, "start", MIA)
    assert house.post.batches == []


def test_what_was_edited_after_its_approval_is_not_sent(house: House) -> None:
    campaign = house.approved()
    edited = house.office.edit(campaign.id, wish(spare_days="3"), MIA)
    assert (edited.state, edited.approved) == (State.DRAFT, False)
    with pytest.raises(UserError):
        house.office.do(campaign.id, "start", MIA)
    house.office.keep_sending()
    assert house.post.batches == []


def test_an_approval_is_of_what_was_looked_at(house: House) -> None:
    campaign = house.waiting()
    house.office.edit(campaign.id, wish(spare_days="3"), MIA)
    house.office.do(campaign.id, "submit", MIA)
    with pytest.raises(CampaignChangedError):
        house.office.do(campaign.id, "approve", DAN, revision=campaign.revision)


# ---- the form


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"holdout": "两成"}, "对照组要写成数字"),
        ({"holdout": "nan"}, "对照组要写成数字"),
        ({"budget": "很多"}, "预算要写成数字"),
        ({"spare_days": "2.5"}, "避开天数要写成整数"),
        ({"priority": "高"}, "优先级要写成数字"),
        ({"send_at": "明天"}, "发送时间写成"),
        ({"send_at": "2026-10-31T11:00"}, "已经过去"),
        ({"variants": (VariantWish(subject="", body=WORDS, remove=True),)}, "至少要留下一个版本"),
    ],
)
def test_what_is_wrong_in_a_form_is_said_and_nothing_is_changed(house: House, wrong: dict, said: str) -> None:
    draft = house.care.draft()
    with pytest.raises(InvalidPlanError) as error:
        house.office.edit(draft.id, wish(**wrong), MIA)
    assert said in error.value.message.zh
    assert house.found(draft) == draft


@pytest.mark.parametrize(("holdout", "said"), [("0", "对照组"), ("100", "对照组")])
def test_nobody_or_everybody_held_back_cannot_be_submitted(house: House, holdout: str, said: str) -> None:
    draft = house.office.edit(house.care.draft().id, wish(holdout=holdout), MIA)
    with pytest.raises(NotReadyError) as error:
        house.office.do(draft.id, "submit", MIA)
    assert said in error.value.message.zh
    assert house.office.view(draft.id, MIA).verdict.problems


def test_without_a_control_group_a_reason_is_enough(house: House) -> None:
    draft = house.office.edit(house.care.draft().id, wish(holdout="0", reason="服务通知"), MIA)
    assert house.office.do(draft.id, "submit", MIA).state is State.WAITING


def test_a_destination_that_is_not_there_is_named(house: House) -> None:
    draft = house.office.edit(house.care.draft().id, wish(destination="信鸽"), MIA)
    with pytest.raises(NotReadyError) as error:
        house.office.do(draft.id, "submit", MIA)
    assert "信鸽" in error.value.message.zh


def test_all_suppressed_is_refused_with_the_reason(house: House) -> None:
    house.care.desk.note_consent("短信", range(1, 201), Said.NO, MIA, source="hotline")
    draft = house.care.draft()
    with pytest.raises(NotReadyError) as error:
        house.office.do(draft.id, "submit", MIA)
    assert "全部被排除" in error.value.message.zh


def test_a_form_over_an_older_revision_is_refused(house: House) -> None:
    draft = house.care.draft()
    house.office.edit(draft.id, wish(spare_days="3"), MIA)
    with pytest.raises(CampaignChangedError):
        house.office.edit(draft.id, wish(spare_days="9", revision=draft.revision), MIA)
    assert house.found(draft).spare_days == 3


def test_a_variant_is_added_for_a_value_of_a_tag_written_and_taken_out(house: House) -> None:
    draft = house.care.draft()
    assert house.office.choices(MIA) == ()  # the only tag of this company has no values
    with pytest.raises(UnknownNameError):
        house.office.edit(draft.id, wish(also_for="customer.level=金卡"), MIA)
    gold = replace(draft.variants[0], name="金", where=house.care.desk.find(draft.id, MIA).audience.where)
    two = house.care.desk.edit(replace(draft, variants=(gold, *draft.variants)), MIA)
    said = (VariantWish(subject="", body="一" + WORDS), VariantWish(subject="", body="二" + WORDS))
    changed = house.office.edit(two.id, wish(variants=said), MIA)
    assert [(one.name, one.body[0], one.where is None) for one in changed.variants] == [
        ("金", "一", False),
        (draft.variants[0].name, "二", True),
    ]
    out = (replace(said[0], remove=True), said[1])
    assert [one.body[0] for one in house.office.edit(two.id, wish(variants=out), MIA).variants] == ["二"]


# ---- rules of contact


def test_those_who_approve_change_the_numbers_of_rules(house: House) -> None:
    house.office.set_policy("cap_all", {"most": "7", "hours": "48"}, DAN)
    house.office.set_policy("quiet_hours", {"start": "22:00", "end": "07:30"}, DAN)
    house.office.set_policy("least_holdout", {"share": "2.5%"}, DAN)
    rules = {one.id: one.rule for one in house.office.policies(DAN)}
    assert rules["cap_all"] == FrequencyCap(most=7, hours=48)
    assert rules["quiet_hours"] == QuietHours(start="22:00", end="07:30")
    assert rules["least_holdout"].share == 0.025


@pytest.mark.parametrize(
    ("row", "typed"),
    [
        ("cap_all", {"most": "0"}),
        ("cap_all", {"most": "三"}),
        ("cap_all", {"hours": "1.5"}),
        ("quiet_hours", {"start": "25:00"}),
        ("quiet_hours", {"start": "08:00", "end": "08:00"}),
        ("least_holdout", {"share": "90"}),
    ],
)
def test_numbers_out_of_range_change_no_rule(house: House, row: str, typed: dict[str, str]) -> None:
    before = house.office.policies(DAN)
    with pytest.raises(InvalidPlanError):
        house.office.set_policy(row, typed, DAN)
    assert house.office.policies(DAN) == before


def test_others_change_no_rule(house: House) -> None:
    assert not house.office.may_set_policies(MIA)
    with pytest.raises(NotAllowedError):
        house.office.set_policy("cap_all", {"most": "7"}, MIA)
    with pytest.raises(UnknownNameError):
        house.office.set_policy("nobody", {}, DAN)


# ---- sending


def test_what_is_started_is_sent_to_everybody_once(house: House) -> None:
    campaign = house.approved()
    house.office.do(campaign.id, "start", MIA)
    view = house.office.view(campaign.id, MIA)
    assert view.campaign.state is State.SENT
    assert view.acts == ("measure",)
    assert set(house.post.handed) == set(view.standing.frozen.treated)
    assert set(house.post.handed.values()) == {1}
    assert not set(view.standing.frozen.control) & set(house.post.handed)
    assert view.task.message.zh.startswith("已发完")
    assert [column.label for column in house.office.people(campaign.id, LeftOut.HOLDOUT, MIA).columns]


def test_pause_resume_and_stop_hold_at_once(house: House) -> None:
    campaign = house.approved()
    house.post.before = lambda _: house.office.do(campaign.id, "pause", DAN) if len(house.post.batches) == 2 else None
    house.office.do(campaign.id, "start", MIA)
    paused = len(house.post.handed)
    assert house.found(campaign).state is State.PAUSED
    house.office.keep_sending()
    assert len(house.post.handed) == paused
    house.post.before = lambda _: None
    at = len(house.post.batches) + 2
    house.post.before = lambda _: (
        house.office.do(campaign.id, "stop", DAN, note="够了") if len(house.post.batches) == at else None
    )
    house.office.do(campaign.id, "resume", MIA)
    stopped = len(house.post.handed)
    assert paused < stopped < len(house.office.view(campaign.id, DAN).standing.frozen.treated)
    house.office.keep_sending()
    assert len(house.post.handed) == stopped
    assert set(house.post.handed.values()) == {1}
    assert house.office.view(campaign.id, DAN).history[-1].note == "够了"


def test_the_schedule_goes_on_after_a_restart_and_starts_what_is_due(house: House) -> None:
    campaign = house.approved()
    house.worker.keep = True  # the process ends before anything leaves
    house.office.do(campaign.id, "start", MIA)
    house.worker.kept.clear()
    assert house.post.batches == []
    house.worker.keep = False
    other = type(house.office)(
        house.office._resources,
        type(house.office._board)(
            now=lambda: house.care.now,
            seconds=lambda: 0.0,
            new_id=lambda: "t",
            may_manage=lambda _: False,
            executor=house.worker,
        ),
        house.deliveries,
        sender_of=house.office._sender_of,
        hearing_of=house.office._hearing_of,
        now=lambda: house.care.now,
    )
    other.keep_sending()
    assert house.found(campaign).state is State.SENT
    assert set(house.post.handed.values()) == {1}


def unsure(house: House):
    campaign = house.approved()
    house.post.answer = lambda message: Fate.UNSURE if message.key in (101, 102, 103, 104) else Fate.ACCEPTED
    house.office.do(campaign.id, "start", MIA)
    house.post.answer = lambda _: Fate.ACCEPTED
    assert house.found(campaign).state is State.SENDING
    return campaign, len(house.office.view(campaign.id, MIA).undecided)


@pytest.mark.parametrize("again", [True, False])
def test_a_person_decides_what_may_have_arrived(house: House, again: bool) -> None:
    campaign, waiting = unsure(house)
    assert 0 < waiting <= 4
    before = sum(house.post.handed.values())
    house.office.keep_sending()  # nothing goes by itself
    assert sum(house.post.handed.values()) == before
    with pytest.raises(NotAllowedError):
        house.office.decide(campaign.id, ANA, again=again)
    assert house.office.decide(campaign.id, EVE, again=again) == waiting
    assert sum(house.post.handed.values()) == before + (waiting if again else 0)
    assert house.found(campaign).state is State.SENT
    assert house.deliveries.tally(campaign.id).of(Step.LET_BE) == (0 if again else waiting)
    assert house.office.decide(campaign.id, EVE, again=again) == 0


def test_responses_are_taken_from_those_who_send(house: House) -> None:
    campaign = house.approved()
    house.office.do(campaign.id, "start", MIA)
    key = min(house.post.handed)
    rows = f"id,kind,at,campaign,key\na,open,2026-11-01T10:00:00+08:00,{campaign.id},{key}\nb,click,2026-11-01T10:00:00+08:00,{campaign.id},4000000\nc,dance,2026-11-01T10:00:00+08:00,{campaign.id},{key}\n"
    parsed = from_csv(rows.encode(), house.office.zone)
    with pytest.raises(NotAllowedError):
        house.office.hear(parsed, DAN)
    taken = house.office.hear(parsed, MIA)
    assert (taken.new, taken.known, taken.aside, len(taken.faults)) == (2, 0, 1, 1)
