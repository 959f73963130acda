"""The way of a campaign from draft to sent, step by step: who may take each step, from which state, and what it leaves behind.

Nothing here reckons with people. An edit takes an approval away; what was approved is what is sent, or nothing is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NoReturn

from pyroaring import BitMap

from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.policy.types import Policy, User
from tools.campaigns.rights import approvers_rights, handlers_rights, senders_rights
from tools.campaigns.store import CampaignStore, Contacted, Frozen
from tools.campaigns.types import Campaign, Change, State, What

STATES: Final = {
    State.DRAFT: Text("草稿", "draft"),
    State.WAITING: Text("待审批", "waiting for approval"),
    State.APPROVED: Text("已批准", "approved"),
    State.SENDING: Text("发送中", "being sent"),
    State.PAUSED: Text("已暂停", "paused"),
    State.STOPPED: Text("已停止", "stopped"),
    State.SENT: Text("已发送", "sent"),
}
"""What each state is called."""

PLANNABLE: Final = (State.DRAFT, State.WAITING, State.APPROVED)
UNDER_WAY: Final = (State.SENDING, State.PAUSED)
MAX_NAME: Final = 60
NOBODY: Final = "policy"
"""Who approved where the policies ask for no approval."""


class CampaignRecords:
    """The campaigns of one data set. Every change is checked, written with its entry in the log, and answered with the result.

    Raises `NotAllowedError` for whoever may not do it, `InvalidPlanError` for a step that does not follow the state.
    """

    def __init__(
        self,
        store: CampaignStore,
        data_set: str,
        policy: Policy,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self.data_set = data_set
        self._policy = policy
        self._clock = clock

    # ---- reading

    def list(self, *, deleted: bool = False) -> tuple[Campaign, ...]:
        """Newest first; with `deleted`, those that can be restored."""
        found = [one for one in self._store.load(self.data_set) if (one.deleted_at is not None) == deleted]
        return tuple(sorted(found, key=lambda one: (one.created_at, one.id), reverse=True))

    def get(self, campaign_id: str) -> Campaign:
        """By its id, deleted or not."""
        campaign = self._store.get(campaign_id)
        if campaign is not None and campaign.data_set == self.data_set:
            return campaign
        raise UnknownNameError(Text("活动", "campaign"), campaign_id)

    def named(self, name: str) -> Campaign:
        """A living one by its name or id; raises `UnknownNameError` with the nearest names."""
        living = self.list()
        for campaign in living:
            if campaign.id == name or name_key(campaign.name) == name_key(name):
                return campaign
        raise UnknownNameError(Text("活动", "campaign"), name, nearest(name, [one.name for one in living]))

    def history(self, campaign_id: str) -> tuple[Change, ...]:
        """Who did what when, oldest first."""
        return self._store.history(campaign_id)

    def free_name(self, name: str) -> str:
        """`name`, or the first of "name 2", "name 3"… that no campaign has."""
        taken = {name_key(one.name) for one in self.list()}
        number = 1
        free = name[:MAX_NAME]
        while name_key(free) in taken:
            number += 1
            free = f"{name[: MAX_NAME - 4]} {number}"
        return free

    # ---- planning

    def add(self, campaign: Campaign, user: User) -> Campaign:
        senders_rights(user, self._policy)
        self._check_name(campaign)
        self._store.write(campaign, _change(campaign, "drafted", user.name, campaign.created_at))
        return campaign

    def edit(self, changed: Campaign, user: User) -> Campaign:
        """What `changed` plans in place of what is stored; it must come from the newest `number`. Approval is lost.

        Nothing happens when nothing is different.
        """
        stored = self._living(changed.id)
        self._theirs(stored, user)
        if stored.state not in PLANNABLE:
            self._wrong_state(
                stored, Text("修改", "changed"), Text("请先停止它，再新建一个", "Stop it and draft another")
            )
        planned = replace(
            changed,
            **{name: getattr(stored, name) for name in _NOT_PLANNED},
        )
        if planned == stored:
            return stored
        self._check_name(planned)
        if planned.send_at is not None and planned.send_at.tzinfo is None:
            raise InvalidPlanError(Text("发送时间要带时区。", "The time of sending needs a time zone."))
        after = replace(
            planned,
            number=changed.number,
            revision=stored.revision + 1,
            state=State.DRAFT,
            edited_by=user.name,
            submitted_by="",
            approved_by="",
            approved_revision=0,
        )
        return self._write(after, "edited", user, planned=BitMap())

    def submit(self, campaign_id: str, user: User, *, needs_approval: bool, planned: BitMap) -> Campaign:
        """Asks for approval; where none is needed the campaign is approved at once, by the policies."""
        campaign = self._living(campaign_id)
        self._theirs(campaign, user)
        if campaign.state is not State.DRAFT:
            self._wrong_state(campaign, Text("提交审批", "submitted"), Text("只有草稿可以提交", "Only a draft can be"))
        asked = replace(campaign, state=State.WAITING, submitted_by=user.name)
        if needs_approval:
            return self._write(asked, "submitted", user)
        done = replace(asked, state=State.APPROVED, approved_by=NOBODY, approved_revision=campaign.revision)
        return self._write(done, "approved", user, planned=planned)

    def check_approver(self, campaign_id: str, user: User) -> Campaign:
        """The campaign, if this person may decide about it now."""
        campaign = self._living(campaign_id)
        approvers_rights(user, self._policy)
        if user.name in (campaign.owner, campaign.edited_by, campaign.submitted_by):
            raise NotAllowedError(
                Text(
                    f"活动「{campaign.name}」是您起草、修改或提交的，必须由另一个人审批。",
                    f"You drafted, changed or submitted {campaign.name!r}; somebody else must decide about it.",
                )
            )
        if campaign.state is not State.WAITING:
            self._wrong_state(campaign, Text("审批", "decided about"), Text("请先提交审批", "Submit it first"))
        return campaign

    def approve(self, campaign: Campaign, user: User, *, note: str, planned: BitMap) -> Campaign:
        """`campaign` as `check_approver` gave it: what was looked at is what is approved."""
        done = replace(campaign, state=State.APPROVED, approved_by=user.name, approved_revision=campaign.revision)
        return self._write(done, "approved", user, note=note, planned=planned)

    def reject(self, campaign_id: str, user: User, *, note: str) -> Campaign:
        campaign = self.check_approver(campaign_id, user)
        if not note.strip():
            raise InvalidPlanError(Text("退回时请写明原因。", "Say why it is rejected."))
        return self._write(replace(campaign, state=State.DRAFT, submitted_by=""), "rejected", user, note=note)

    # ---- sending

    def check_start(self, campaign_id: str, user: User, now: datetime) -> Campaign:
        """The campaign, if this person may start its sending now."""
        campaign = self._living(campaign_id)
        senders_rights(user, self._policy)
        if campaign.state is not State.APPROVED or not campaign.approved:
            self._wrong_state(
                campaign, Text("发送", "sent"), Text("请先提交审批并获得批准", "Submit it and have it approved")
            )
        if campaign.send_at is not None and campaign.send_at > now:
            when = campaign.send_at.isoformat(timespec="minutes")
            raise InvalidPlanError(
                Text(
                    f"活动「{campaign.name}」计划在 {when} 发送，还没到时间。要提前发送，请修改时间并重新审批。",
                    f"{campaign.name!r} is to be sent at {when}, which is not yet. To send earlier, change the time "
                    "and have it approved again.",
                )
            )
        return campaign

    def start(self, campaign: Campaign, user: User, frozen: Frozen, held: Sequence[Contacted]) -> Campaign:
        """`campaign` as `check_start` gave it; from here on its people are fixed."""
        begun = replace(campaign, state=State.SENDING, sent_at=frozen.at, sender=user.name, sender_roles=user.roles)
        return self._write(begun, "started", user, frozen=frozen, contacted=held)

    def pause(self, campaign_id: str, user: User) -> Campaign:
        return self._move(campaign_id, user, "paused", (State.SENDING,), State.PAUSED)

    def resume(self, campaign_id: str, user: User) -> Campaign:
        return self._move(campaign_id, user, "resumed", (State.PAUSED,), State.SENDING)

    def stop(self, campaign_id: str, user: User, note: str) -> Campaign:
        """At once and for good, by whoever may send or approve; also what is approved and waits for its time."""
        return self._move(campaign_id, user, "stopped", (*UNDER_WAY, State.APPROVED), State.STOPPED, note)

    def finish(self, campaign_id: str, at: datetime) -> Campaign:
        """Nothing is left to send; a campaign that was stopped meanwhile stays so."""
        campaign = self.get(campaign_id)
        if campaign.state not in UNDER_WAY:
            return campaign
        return self._write(replace(campaign, state=State.SENT), "finished", campaign.sender, at=at)

    # ---- deleting

    def delete(self, campaign_id: str, user: User) -> Campaign:
        """Put it aside; `restore` brings it back. Not while it is being sent, nor once it was: its people are the record."""
        campaign = self._living(campaign_id)
        self._theirs(campaign, user)
        if campaign.state not in PLANNABLE:
            self._wrong_state(
                campaign, Text("删除", "deleted"), Text("发送记录要保留", "What was sent stays on record")
            )
        return self._write(replace(campaign, deleted_at=self._clock()), "deleted", user, planned=BitMap())

    def restore(self, campaign_id: str, user: User) -> Campaign:
        """Undo a deletion: the campaign is a draft again, under a free name near its own."""
        campaign = self.get(campaign_id)
        self._theirs(campaign, user)
        if campaign.deleted_at is None:
            return campaign
        back = replace(
            campaign,
            deleted_at=None,
            name=self.free_name(campaign.name),
            state=State.DRAFT,
            submitted_by="",
            approved_by="",
            approved_revision=0,
        )
        return self._write(back, "restored", user)

    # ---- rules

    def _theirs(self, campaign: Campaign, user: User) -> None:
        rights = senders_rights(user, self._policy)
        if user.name != campaign.owner and not rights.may_approve:
            raise NotAllowedError(
                Text(
                    f"活动「{campaign.name}」是 {campaign.owner} 的，只有本人或能审批的人可以改。",
                    f"{campaign.name!r} belongs to {campaign.owner!r}. Only they, or a role with `approve`, may change it.",
                )
            )

    def _living(self, campaign_id: str) -> Campaign:
        campaign = self.get(campaign_id)
        if campaign.deleted_at is not None:
            raise InvalidPlanError(
                Text(f"活动「{campaign.name}」已删除，请先恢复。", f"{campaign.name!r} was deleted. Restore it first.")
            )
        return campaign

    def _check_name(self, campaign: Campaign) -> None:
        name = campaign.name.strip()
        if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
            raise InvalidPlanError(
                Text(f"活动名称应为 1 到 {MAX_NAME} 个字符。", f"A campaign's name has 1 to {MAX_NAME} characters.")
            )
        if any(name_key(one.name) == name_key(name) and one.id != campaign.id for one in self.list()):
            free = self.free_name(name)
            raise InvalidPlanError(
                Text(
                    f"已经有名为「{name}」的活动，可以用「{free}」。",
                    f"A campaign is already called {name!r}. {free!r} is free.",
                ),
                suggestions=(free,),
            )

    def _wrong_state(self, campaign: Campaign, what: Text, remedy: Text) -> NoReturn:
        state = STATES[campaign.state]
        raise InvalidPlanError(
            Text(
                f"活动「{campaign.name}」现在是「{state.zh}」，不能{what.zh}。{remedy.zh}。",
                f"{campaign.name!r} is {state.en} and cannot be {what.en}. {remedy.en}.",
            )
        )

    def _move(
        self, campaign_id: str, user: User, what: What, before: Sequence[State], after: State, note: str = ""
    ) -> Campaign:
        campaign = self._living(campaign_id)
        handlers_rights(user, self._policy)
        if campaign.state not in before:
            allowed = Text("、".join(STATES[one].zh for one in before), " or ".join(STATES[one].en for one in before))
            self._wrong_state(
                campaign,
                Text({"paused": "暂停", "resumed": "继续", "stopped": "停止"}.get(what, what), what),
                Text(f"只有{allowed.zh}的活动可以", f"Only one that is {allowed.en} can be"),
            )
        return self._write(replace(campaign, state=after), what, user, note=note)

    def _write(
        self,
        campaign: Campaign,
        what: What,
        by: User | str,
        *,
        note: str = "",
        at: datetime | None = None,
        planned: BitMap | None = None,
        frozen: Frozen | None = None,
        contacted: Sequence[Contacted] = (),
    ) -> Campaign:
        moment = at or self._clock()
        after = replace(campaign, number=campaign.number + 1, updated_at=moment)
        name = by if isinstance(by, str) else by.name
        change = _change(after, what, name, moment, note)
        self._store.write(after, change, planned=planned, frozen=frozen, contacted=contacted)
        return after


_NOT_PLANNED: Final = (
    "data_set",
    "owner",
    "roles",
    "created_at",
    "updated_at",
    "seed",
    "revision",
    "number",
    "state",
    "edited_by",
    "submitted_by",
    "approved_by",
    "approved_revision",
    "sent_at",
    "sender",
    "sender_roles",
    "deleted_at",
)


def name_key(name: str) -> str:
    """What makes two names the same: width, case and spaces at the ends do not tell them apart."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _change(campaign: Campaign, what: What, by: str, at: datetime, note: str = "") -> Change:
    return Change(
        campaign=campaign.id,
        number=campaign.number,
        at=at,
        by=by,
        what=what,
        revision=campaign.revision,
        state=campaign.state,
        note=note,
    )
