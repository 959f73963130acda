"""The way of a campaign: who may take which step, and that nothing is sent that was not approved as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text, UnknownNameError, UserError
from semantic_layer.policy.types import User
from semantic_layer.query.acts import StartCampaign
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience
from tests.tools.campaigns.care import ANA, DAN, EVE, EVERYBODY, MIA, NOON, POLICY, SMS, Office, under
from tools.campaigns import CampaignChangedError, ChannelNeededError, DeskGate, NotReadyError, OwnGroups, State, Variant
from tools.campaigns.rules import FrequencyCap, LeastAudience
from tools.campaigns.types import LeftOut

TOMORROW = NOON + timedelta(days=1)


def refused(office: Office, campaign) -> str:
    """What stands in the way of submitting, in both languages."""
    with pytest.raises(NotReadyError) as error:
        office.desk.submit(campaign.id, MIA)
    return f"{error.value.message.zh} {error.value.message.en}"


def edited(office: Office, campaign, **more):
    return office.desk.edit(replace(campaign, **more), MIA)


# ---- drafting


def test_a_brief_becomes_a_whole_draft_and_tells_what_it_filled_in(office: Office) -> None:
    drafted = office.desk.draft(StartCampaign(audience=EVERYBODY, channel="SMS"), MIA, language="en")
    campaign = drafted.campaign
    assert (campaign.channel, campaign.goal, campaign.days, campaign.holdout) == ("短信", "purchases", 30, 0.1)
    assert campaign.variants[0].body.endswith("Reply STOP to unsubscribe")
    assert campaign.destination == "file"
    told = " ".join(one.en for one in drafted.defaults)
    for part in (
        "name",
        "goal",
        "control group: 10%",
        "budget",
        "time",
        "priority",
        "goes to",
        "content",
        "unsubscribe",
    ):
        assert part in told


def test_the_same_words_give_the_same_draft_until_it_is_touched(office: Office) -> None:
    step = StartCampaign(audience=EVERYBODY, channel="短信")
    one = office.desk.draft(step, MIA)
    two = office.desk.draft(step, MIA)
    assert two.before
    assert two.campaign == one.campaign
    edited(office, one.campaign, priority=60)
    assert office.desk.draft(step, MIA).campaign.id != one.campaign.id


def test_without_a_channel_those_that_fit_are_offered_with_their_people(office: Office) -> None:
    with pytest.raises(ChannelNeededError) as error:
        office.desk.draft(StartCampaign(audience=EVERYBODY), MIA)
    assert [(one.channel.name, one.agreed) for one in error.value.choices] == [
        ("企微", 112),
        ("邮件", 112),
        ("短信", 110),
    ]


def test_names_that_are_not_there_are_refused_with_the_nearest(office: Office) -> None:
    with pytest.raises(UnknownNameError) as error:
        office.desk.draft(StartCampaign(audience=EVERYBODY, channel="短讯息"), MIA)
    assert "短信" in error.value.suggestions
    with pytest.raises(UnknownNameError):
        office.desk.draft(StartCampaign(audience=EVERYBODY, channel="短信", goal="purchase"), MIA)
    with pytest.raises(UnknownNameError):
        office.desk.edit(replace(office.draft(), channel="传真"), MIA)
    assert len(office.desk.list(MIA)) == 1


def test_only_those_who_may_send_draft(office: Office) -> None:
    for user in (ANA, DAN):
        with pytest.raises(NotAllowedError):
            office.desk.draft(StartCampaign(audience=EVERYBODY, channel="短信"), user)
    with pytest.raises(NotAllowedError):
        office.desk.list(User(name="x", roles=()))


# ---- approval


def test_the_author_the_editor_and_the_submitter_cannot_approve(office: Office) -> None:
    boss = User(name="mia", roles=("both",))
    editor = User(name="ed", roles=("both",))
    campaign = office.draft()
    office.desk.edit(replace(campaign, priority=70), editor)
    office.desk.submit(campaign.id, MIA)
    for user in (boss, editor, EVE, ANA):
        with pytest.raises(NotAllowedError):
            office.desk.approve(campaign.id, user)
    assert office.desk.find("秋天", DAN).state is State.WAITING
    assert office.desk.approve(campaign.id, DAN, note="好").state is State.APPROVED


def test_an_edit_takes_the_approval_away(office: Office) -> None:
    campaign = office.approved()
    changed = edited(office, campaign, variants=(Variant(name="默认", body="新的话，拒收请回复R"),))
    assert (changed.state, changed.revision, changed.approved_by) == (State.DRAFT, 2, "")
    with pytest.raises(InvalidPlanError):
        office.desk.start(campaign.id, MIA)
    assert office.store.frozen(campaign.id) is None


def test_an_edit_cannot_set_what_only_steps_set(office: Office) -> None:
    campaign = office.draft()
    forged = replace(campaign, state=State.APPROVED, approved_by="dan", approved_revision=2, owner="eve", priority=60)
    after = office.desk.edit(forged, MIA)
    assert (after.state, after.approved_by, after.owner, after.priority) == (State.DRAFT, "", "mia", 60)


def test_what_was_looked_at_is_what_is_approved(office: Office) -> None:
    campaign = office.draft()
    office.desk.submit(campaign.id, MIA)
    with pytest.raises(CampaignChangedError):
        office.desk.approve(campaign.id, DAN, revision=campaign.revision + 1)
    stale = edited(office, office.desk.find("秋天", MIA), priority=60)
    with pytest.raises(CampaignChangedError):
        office.desk.edit(replace(campaign, priority=10), MIA)
    assert office.desk.find("秋天", MIA) == stale


def test_a_rejection_says_why_and_gives_the_draft_back(office: Office) -> None:
    campaign = office.draft()
    office.desk.submit(campaign.id, MIA)
    with pytest.raises(InvalidPlanError):
        office.desk.reject(campaign.id, DAN, note=" ")
    assert office.desk.reject(campaign.id, DAN, note="太长").state is State.DRAFT
    assert [(one.what, one.by, one.note) for one in office.desk.history(campaign.id, MIA)] == [
        ("drafted", "mia", ""),
        ("submitted", "mia", ""),
        ("rejected", "dan", "太长"),
    ]


def test_where_the_policies_ask_for_none_submitting_approves(office: Office) -> None:
    office.desk.switch_policy("approval", DAN, on=False)
    assert office.desk.submit(office.draft().id, MIA).state is State.APPROVED


def test_only_those_who_approve_change_rules(office: Office) -> None:
    with pytest.raises(NotAllowedError):
        office.desk.set_policy(FrequencyCap(most=1, hours=24), MIA)
    with pytest.raises(NotAllowedError):
        office.desk.switch_policy("approval", MIA, on=False)


# ---- what is refused, with what to do


def test_an_audience_of_nobody_or_of_too_few(office: Office) -> None:
    nobody = office.draft(audience=Audience(where=Compare("customer.status", "=", "none")))
    assert "人群里没有人" in refused(office, nobody)
    few = office.draft(name="少", audience=Audience(where=Compare("customer.city", "=", "乌鲁木齐")))
    assert "至少 50 人" in refused(office, few)
    office.desk.set_policy(LeastAudience(people=1), DAN, row_id="least_audience")
    assert office.desk.submit(few.id, MIA).state is State.WAITING


def test_an_audience_of_whom_all_are_left_out(office: Office) -> None:
    with pytest.raises(UserError):
        office.draft(audience=Audience(where=Compare("customer.phone_missing", "=", "x")))
    assert office.desk.list(MIA) == ()
    silent = office.draft(name="静", audience=Audience(where=Compare("customer.sms_ok", "=", value=False)))
    assert "全部被排除" in refused(office, silent)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{会员等及}您好，拒收请回复R", "会员等级"),
        ("{昵称}您好，拒收请回复R", "不能在消息里使用"),
        ("{手机号}您好，拒收请回复R", "不能在消息里使用"),
        ("{会员等级}您好，拒收请回复R", "1 人没有"),
        ("{会员等级您好，拒收请回复R", "大括号"),
        ("您好", "退订"),
        ("  ", "还没有写内容"),
    ],
)
def test_content_that_cannot_be_right(office: Office, body: str, said: str) -> None:
    campaign = edited(office, office.draft(), variants=(Variant(name="默认", body=body),))
    assert said in refused(office, campaign)


def test_people_whom_no_variant_fits(office: Office) -> None:
    gold = Variant(name="金", body="金卡您好，拒收请回复R", where=Compare("customer.level", "=", "金卡"))
    campaign = edited(office, office.draft(holdout=0.0), no_holdout_reason="试", variants=(gold,))
    assert "101 人不符合任何一个版本" in refused(office, campaign)


def test_a_time_that_has_passed(office: Office) -> None:
    campaign = office.draft()
    with pytest.raises(InvalidPlanError):
        office.desk.schedule(campaign.id, NOON - timedelta(hours=1), MIA)
    planned = office.desk.schedule(campaign.id, TOMORROW, MIA)
    office.now = TOMORROW + timedelta(hours=1)
    assert "已经过去" in refused(office, planned)


def test_a_control_group_of_all_or_of_nobody(office: Office) -> None:
    campaign = office.draft()
    assert "100%" in refused(office, edited(office, campaign, holdout=1.0))
    none = edited(office, office.desk.find("秋天", MIA), holdout=0.0)
    assert "理由" in refused(office, none)
    reasoned = edited(office, none, no_holdout_reason="必须通知到每个人")
    assert office.desk.submit(reasoned.id, MIA).state is State.WAITING
    assert any("必须通知到每个人" in one.zh for one in office.desk.verdict(reasoned.id, MIA).remarks)


def test_a_cost_over_the_budget(office: Office) -> None:
    assert "超过预算" in refused(office, office.draft(budget=1.0))


def test_a_destination_that_is_not_there_or_in_trouble(office: Office) -> None:
    campaign = office.draft()
    assert "目的地" in refused(office, edited(office, campaign, destination="pigeon"))
    good = edited(office, office.desk.find("秋天", MIA), destination="file")
    office.desk.submit(good.id, MIA)
    office.desk.approve(good.id, DAN)
    office.sink.stands = (Text("证书变了", "another certificate than before"),)
    with pytest.raises(NotReadyError) as error:
        office.desk.start(good.id, MIA)
    assert "证书变了" in error.value.message.zh
    assert office.desk.find("秋天", MIA).state is State.APPROVED


@pytest.mark.parametrize("wrong", [{"priority": 101}, {"spare_days": 93}, {"spare_days": -1}, {"days": 0}])
def test_numbers_outside_their_range(office: Office, wrong: dict[str, int]) -> None:
    assert "应在" in refused(office, edited(office, office.draft(), **wrong))


def test_a_time_without_a_zone(office: Office) -> None:
    with pytest.raises(InvalidPlanError):
        edited(office, office.draft(), send_at=TOMORROW.replace(tzinfo=None))


def test_contacts_without_a_purpose_are_used_by_nobody(office: Office) -> None:
    careless = replace(SMS, name="散发", purpose="")
    reader = office.desk.weighing.reader(User(name="root", roles=("root",)))
    with pytest.raises(NotAllowedError):
        reader.contact_layer(careless)
    assert reader.addresses(EVERYBODY, careless) is None


def test_a_purpose_that_asks_for_consent_is_stricter_than_the_rules(office: Office) -> None:
    office.desk.switch_policy("consent", DAN, on=False)
    assert not office.desk.verdict(office.draft().id, MIA).people(LeftOut.NO_CONSENT)
    asks = replace(POLICY.purpose_details[0], message_channel="短信")
    strict = replace(POLICY, purpose_details=(asks, *POLICY.purpose_details[1:]))
    again = Office(under(office.layer, strict), office.store)
    (campaign,) = again.desk.list(MIA)
    assert set(again.desk.verdict(campaign.id, MIA).people(LeftOut.NO_CONSENT)) == {1, 11}


# ---- the verdict


def test_what_the_groups_can_show_is_told_with_the_recent_rate(office: Office) -> None:
    verdict = office.desk.verdict(office.draft(holdout=0.5).id, MIA)
    assert verdict.base_rate == 25 / 112  # today's members stand for those of thirty days ago, of whom nothing is known
    # Arcsine distance of two groups of 52: 2.8016 * sqrt(2 / 52) = 0.54944; asin(sqrt(25/112)) = 0.49207 radians.
    assert verdict.detectable == pytest.approx(0.2582, abs=2e-4)
    assert verdict.cost == pytest.approx(52 * 0.05)


def test_without_a_control_nothing_can_be_shown(office: Office) -> None:
    verdict = office.desk.verdict(office.draft(holdout=0.0).id, MIA)
    assert verdict.detectable is None
    assert any("没有对照组" in one.zh for one in verdict.remarks)


def test_contact_ahead_counts_what_others_have_planned(office: Office) -> None:
    for number in range(2):
        draft = office.draft(name=f"计划{number}", holdout=0.0)
        planned = edited(
            office, draft, no_holdout_reason="试", send_at=TOMORROW + timedelta(days=number), transactional=False
        )
        office.desk.switch_policy("priority", DAN, on=False)
        office.desk.submit(planned.id, MIA)
        office.desk.approve(planned.id, DAN)
    verdict = office.desk.verdict(office.draft(name="再来").id, MIA)
    days = {day.isoformat(): count for day, count in verdict.pressure.items()}
    # Two SMS a week are allowed. Customer 6 has had one, so the third comes tomorrow; everybody's comes the day after. The
    # first of the three leaves the window seven days from now; 8 also leaves its own behind before that.
    assert days["2026-11-01"] == len({6, 8})
    assert days["2026-11-02"] == 104
    assert max(day for day in days) == "2026-11-06"


# ---- sending


def test_what_was_approved_is_fixed_when_it_starts(office: Office) -> None:
    started = office.started()
    frozen = office.store.frozen(started.id)
    assert frozen is not None
    assert started.state is State.SENDING
    assert len(frozen.treated) + len(frozen.control) == 104
    assert set(frozen.left_out[LeftOut.CAPPED]) == {7, 9}
    assert any('"frequency_cap"' in rule for rule in frozen.rules)
    assert office.desk.why(started.id, 7, MIA) is LeftOut.CAPPED
    assert office.desk.why(started.id, frozen.control[0], MIA) is LeftOut.HOLDOUT
    assert office.desk.why(started.id, frozen.treated[0], MIA) is None
    with pytest.raises(InvalidPlanError):
        office.desk.edit(replace(started, priority=60), MIA)
    with pytest.raises(InvalidPlanError):
        office.desk.delete(started.id, MIA)


def test_contacts_leave_in_the_name_of_whoever_may_use_them(office: Office) -> None:
    campaign = office.approved()
    with pytest.raises(NotAllowedError):
        office.desk.start(campaign.id, User(name="ian", roles=("intern",)))
    with pytest.raises(NotAllowedError):
        office.desk.start(campaign.id, DAN)


def test_a_planned_time_starts_by_itself_and_not_before(office: Office) -> None:
    campaign = office.desk.schedule(office.draft().id, TOMORROW, MIA)
    office.desk.submit(campaign.id, MIA)
    office.desk.approve(campaign.id, DAN)
    with pytest.raises(InvalidPlanError):
        office.desk.start(campaign.id, MIA)
    assert office.desk.start_due() == ()
    office.now = TOMORROW
    (due,) = office.desk.start_due()
    assert (due.error, due.campaign.state) == (None, State.SENDING)


def test_a_due_campaign_whose_owner_left_does_not_start(office: Office) -> None:
    campaign = office.desk.schedule(office.draft().id, TOMORROW, MIA)
    office.desk.submit(campaign.id, MIA)
    office.desk.approve(campaign.id, DAN)
    office.now = TOMORROW
    office.gone.add("mia")
    (due,) = office.desk.start_due()
    assert isinstance(due.error, NotAllowedError)
    assert office.desk.find("秋天", DAN).state is State.APPROVED


def test_pause_resume_and_stop(office: Office) -> None:
    started = office.started()
    assert office.desk.pause(started.id, DAN).state is State.PAUSED
    with pytest.raises(NotAllowedError):
        office.desk.resume(started.id, ANA)
    assert office.desk.resume(started.id, MIA).state is State.SENDING
    assert office.desk.stop(started.id, DAN, note="投诉").state is State.STOPPED
    with pytest.raises(InvalidPlanError):
        office.desk.resume(started.id, MIA)


def test_an_approved_campaign_can_be_stopped_before_its_time(office: Office) -> None:
    campaign = office.approved()
    assert office.desk.stop(campaign.id, MIA).state is State.STOPPED
    with pytest.raises(InvalidPlanError):
        office.desk.start(campaign.id, MIA)


def test_a_deletion_is_undone_as_a_draft_under_a_free_name(office: Office) -> None:
    campaign = office.approved()
    office.desk.delete(campaign.id, MIA)
    assert office.desk.list(MIA) == ()
    assert [one.name for one in office.desk.list(MIA, deleted=True)] == ["秋天"]
    office.draft()
    back = office.desk.restore(campaign.id, MIA)
    assert (back.name, back.state, back.approved_by) == ("秋天 2", State.DRAFT, "")


def test_the_groups_are_there_for_the_effect(office: Office) -> None:
    groups = OwnGroups(office.desk)
    waiting = office.draft()
    with pytest.raises(InvalidPlanError):
        groups.groups("秋天")
    with pytest.raises(UnknownNameError):
        groups.groups("冬天")
    office.desk.submit(waiting.id, MIA)
    office.desk.approve(waiting.id, DAN)
    started = office.desk.start(waiting.id, MIA)
    DeskGate(office.desk).note_sent(started.id, office.store.frozen(started.id).treated, office.now)
    found = groups.groups("秋天")
    assert groups.names() == ("秋天",)
    assert (found.starts.isoformat(), found.planned_control) == ("2026-10-31", 0.1)
    assert len(found.treated) == 94
    assert found.cost == pytest.approx(94 * 0.05)


def test_numbers_of_people_are_for_those_who_send_or_approve(office: Office) -> None:
    campaign = office.draft()
    with pytest.raises(NotAllowedError):
        office.desk.verdict(campaign.id, ANA)
    with pytest.raises(NotAllowedError):
        office.desk.standing(campaign.id, ANA)
    assert office.desk.verdict(campaign.id, DAN).matched == office.desk.verdict(campaign.id, MIA).matched


def test_who_sees_some_of_the_customers_sees_their_numbers_and_starts_nothing(office: Office) -> None:
    campaign = office.approved()
    west = User(name="wes", roles=("west",))
    assert office.desk.verdict(campaign.id, west).matched == 1
    with pytest.raises(NotAllowedError):
        office.desk.start(campaign.id, west)


def test_a_step_can_be_looked_at_person_by_person_with_masks(office: Office) -> None:
    campaign = office.draft()
    verdict = office.desk.verdict(campaign.id, MIA)
    table = office.desk.sample(campaign, verdict.people(LeftOut.INVALID_CONTACT), MIA)
    assert {row[0] for row in table.rows} == {3, 4, 5}


def test_previews_say_what_a_few_people_would_get(office: Office) -> None:
    body = "尊敬的{会员等级|会员}，拒收请回复R"
    gold = Variant(name="金", body=body, where=Compare("customer.level", "=", "金卡"))
    campaign = edited(office, office.draft(), variants=(gold, Variant(name="默认", body="您好，拒收请回复R")))
    found = office.desk.previews(campaign, MIA)
    assert [(one.variant, one.body) for one in found] == [
        ("金", "尊敬的金卡，拒收请回复R"),
        ("默认", "您好，拒收请回复R"),
    ]
