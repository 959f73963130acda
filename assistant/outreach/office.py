"""The campaigns of one data set for a page: each with its numbers, what this person may do with it, and its sending."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, assert_never
from zoneinfo import ZoneInfo

from assistant.resources import Resources
from assistant.stewardship.task_board import Progress, TaskBoard
from assistant.stewardship.types import Task
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, NotYetError, Text, UserError
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import User
from semantic_layer.table import Table
from tools.campaigns import CampaignDesk, Standing
from tools.campaigns.content import Preview
from tools.campaigns.store import PolicyRow
from tools.campaigns.types import Campaign, Change, LeftOut, State, Verdict
from tools.destinations.deliveries import Deliveries, Delivery, Step, Tally
from tools.destinations.sender import Ended, Sender, Sent
from tools.effect.hearing import Hearing, Taken
from tools.effect.intake import Parsed

Act = Literal[
    "edit", "submit", "approve", "reject", "start", "pause", "resume", "stop", "delete", "measure", "continue"
]
_RESENT: Final = Text("有人决定重发", "a person decided to send it again")
_LEFT: Final = Text("有人决定保持不动", "a person decided to let it be")
_SHOWN: Final = 50  # unsure and refused messages on one page
_NEEDS_SENDER: Final = frozenset({"edit", "submit", "start", "pause", "resume", "stop", "delete", "continue"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    """A campaign in the list."""

    campaign: Campaign
    mine: bool
    to_approve: bool  # waits for just this person


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """All about one campaign. `verdict` is what sending would do, `standing` what it did; each where it makes sense.

    `fault` says why numbers are missing. `acts` are what this person may do now.
    """

    campaign: Campaign
    acts: tuple[Act, ...]
    history: tuple[Change, ...]
    verdict: Verdict | None = None
    standing: Standing | None = None
    previews: tuple[Preview, ...] = ()
    tally: Tally | None = None
    undecided: tuple[Delivery, ...] = ()
    fault: Text | None = None
    task: Task | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person wrote into the form of a campaign. `holdout` is in per cent; empty texts leave things as they are."""

    name: str
    channel: str
    destination: str
    subject: str
    body: str
    holdout: str
    reason: str
    spare_days: str
    send_at: str  # YYYY-MM-DDTHH:MM by the company's clock; empty: when somebody starts it
    budget: str
    priority: str = ""


class CampaignOffice:
    """Looks are cut to what a person may see by the desk; `sender_of` makes who sends for a desk."""

    def __init__(
        self,
        resources: Callable[[], Resources],
        board: TaskBoard,
        deliveries: Deliveries,
        *,
        sender_of: Callable[[CampaignDesk], Sender],
        hearing_of: Callable[[Resources], Hearing],
        now: Callable[[], datetime],
    ) -> None:
        self._resources = resources
        self._board = board
        self._deliveries = deliveries
        self._sender_of = sender_of
        self._hearing_of = hearing_of
        self._now = now

    @property
    def desk(self) -> CampaignDesk:
        """Raises `NotYetError` for a data set that has no campaigns."""
        found = self._resources().campaigns
        if found is None:
            raise NotYetError(Text("营销活动", "campaigns"))
        return found

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.desk.layer.index.model.conventions.time_zone)

    def concerns(self, user: User) -> bool:
        """Whether this person drafts, sends or approves campaigns, where there are channels to send by."""
        rights = rights_of(user, self.desk.layer.policy)
        return bool(self.desk.outreach.channels) and (rights.may_send or rights.may_approve)

    # ---- looking

    def rows(self, user: User) -> tuple[CampaignRow, ...]:
        """What waits for this person first, then the newest."""
        rows = [
            CampaignRow(campaign=one, mine=one.owner == user.name, to_approve="approve" in self._acts(one, user))
            for one in self.desk.list(user)
        ]
        return tuple(sorted(rows, key=lambda row: not row.to_approve))

    def view(self, campaign_id: str, user: User) -> CampaignView:
        desk = self.desk
        campaign = desk.find(campaign_id, user)
        view = CampaignView(
            campaign=campaign,
            acts=self._acts(campaign, user),
            history=desk.history(campaign.id, user),
            task=self._task(campaign.id, user),
        )
        try:
            if campaign.sent_at is None:
                verdict = desk.verdict(campaign.id, user)
                return replace(view, verdict=verdict, previews=self._previews(campaign, user))
            return replace(
                view,
                standing=desk.standing(campaign.id, user),
                tally=self._deliveries.tally(campaign.id),
                undecided=self._deliveries.rows(campaign.id, steps=(Step.UNSURE, Step.REFUSED), limit=_SHOWN),
            )
        except UserError as error:
            return replace(view, fault=error.message)

    def people(self, campaign_id: str, reason: LeftOut | None, user: User) -> Table:
        """Some of those left out for one reason, or of those who get a message; masked as this person sees them."""
        desk = self.desk
        campaign = desk.find(campaign_id, user)
        if campaign.sent_at is None:
            verdict = desk.verdict(campaign.id, user)
            people = verdict.treated if reason is None else verdict.people(reason)
        else:
            frozen = desk.standing(campaign.id, user).frozen
            assert frozen is not None
            held = {LeftOut.HOLDOUT: frozen.control, **frozen.left_out}
            people = frozen.treated if reason is None else held.get(reason, frozen.treated - frozen.treated)
        return desk.sample(campaign, people, user)

    def policies(self, user: User) -> tuple[PolicyRow, ...]:
        return self.desk.policy_rows(user)

    def may_set_policies(self, user: User) -> bool:
        return rights_of(user, self.desk.layer.policy).may_approve

    # ---- doing

    def edit(self, campaign_id: str, wish: Wish, user: User) -> Campaign:
        """Raises `InvalidPlanError` for what is no number or no time; nothing is changed then."""
        desk = self.desk
        campaign = desk.find(campaign_id, user)
        return desk.edit(_changed(campaign, wish, self.zone, self._now()), user)

    def do(self, campaign_id: str, act: Act, user: User, *, note: str = "", revision: int | None = None) -> Campaign:
        """One step of a campaign's way. `revision` is the one that was looked at, `note` the person's reason."""
        desk = self.desk
        match act:
            case "submit":
                return desk.submit(campaign_id, user)
            case "approve":
                return desk.approve(campaign_id, user, note=note, revision=revision)
            case "reject":
                return desk.reject(campaign_id, user, note=note)
            case "start" | "resume" | "continue":
                return self._go_on(campaign_id, act, user)
            case "pause":
                return desk.pause(campaign_id, user)
            case "stop":
                return desk.stop(campaign_id, user, note=note)
            case "delete":
                return desk.delete(campaign_id, user)
            case "edit" | "measure":
                return desk.find(campaign_id, user)
            case _:
                assert_never(act)

    def _go_on(self, campaign_id: str, act: Literal["start", "resume", "continue"], user: User) -> Campaign:
        """Begin, or begin again, and send in the background."""
        desk = self.desk
        desk.may_send(user)
        found = desk.find(campaign_id, user)
        if act == "start":
            found = desk.start(campaign_id, user)
        elif act == "resume":
            found = desk.resume(campaign_id, user)
        self.send(found, by=user.name)
        return found

    def restore(self, campaign_id: str, user: User) -> Campaign:
        return self.desk.restore(campaign_id, user)

    def decide(self, campaign_id: str, keys: Sequence[int], user: User, *, again: bool) -> int:
        """What is to become of messages that may have arrived: send them once more, or leave them. How many there were."""
        self.desk.may_send(user)
        campaign = self.desk.find(campaign_id, user)
        to, why = (Step.WAITING, _RESENT) if again else (Step.LET_BE, _LEFT)
        decided = self._deliveries.decide(campaign.id, keys, to=to, why=why, at=self._now())
        if again and decided:
            self.send(campaign, by=user.name)
        return decided

    def switch_policy(self, row_id: str, user: User, *, on: bool) -> PolicyRow:
        return self.desk.switch_policy(row_id, user, on=on)

    def hear(self, parsed: Parsed, user: User) -> Taken:
        """Take in what customers did: for those who send."""
        self.desk.may_send(user)
        return self._hearing_of(self._resources()).take(parsed)

    # ---- sending

    def send(self, campaign: Campaign, *, by: str) -> None:
        """Go on with a campaign in the background; nothing when it is being sent already."""

        def work(progress: Progress, cancel: Cancel) -> Text:
            desk = self.desk
            destination = desk.destinations.get(campaign.destination)
            if destination is None:
                raise InvalidPlanError(
                    Text(
                        f"没有名为「{campaign.destination}」的目的地，请检查 destinations.yml。",
                        f"There is no destination {campaign.destination!r}. Look at destinations.yml.",
                    )
                )
            sent = self._sender_of(desk).send(
                campaign.id,
                destination,
                progress=lambda done, of: progress("", done, of),
                cancel=cancel,
            )
            return _said(sent)

        label = Text(f"发送活动「{campaign.name}」", f"Send campaign {campaign.name}")
        try:
            self._board.start(label, work, by=by, about=_about(campaign.id))
        except UserError:  # it is under way
            return

    def keep_sending(self) -> None:
        """Begin what is due and go on with what was interrupted; called from the schedule."""
        for due in self.desk.start_due():
            if due.error is None:
                self.send(due.campaign, by=due.campaign.owner)
        for campaign in self.desk.records.list():
            if campaign.state is State.SENDING and self._is_due(campaign):
                self.send(campaign, by=campaign.sender or campaign.owner)

    def _is_due(self, campaign: Campaign) -> bool:
        tally = self._deliveries.tally(campaign.id)
        when = tally.next_try
        return tally.total == 0 or when is None or when <= self._now()

    # ---- parts

    def _previews(self, campaign: Campaign, user: User) -> tuple[Preview, ...]:
        try:
            return self.desk.previews(campaign, user)
        except UserError:  # what is wrong with the content stands among the problems
            return ()

    def _task(self, campaign_id: str, user: User) -> Task | None:
        return next((one for one in self._board.tasks(user=user) if one.about == _about(campaign_id)), None)

    def _acts(self, campaign: Campaign, user: User) -> tuple[Act, ...]:
        """What the state allows, cut to what this person may do; the desk decides again when it is done."""
        rights = rights_of(user, self.desk.layer.policy)
        own = user.name in (campaign.owner, campaign.edited_by, campaign.submitted_by)
        found: list[Act] = []
        for act in _by_state(campaign.state):
            decides = act in ("approve", "reject")
            if decides and (not rights.may_approve or own):
                continue
            if act in _NEEDS_SENDER and not rights.may_send:
                continue
            found.append(act)
        return tuple(found)


def _by_state(state: State) -> tuple[Act, ...]:
    match state:
        case State.DRAFT:
            return ("submit", "edit", "delete")
        case State.WAITING:
            return ("approve", "reject", "edit", "delete")
        case State.APPROVED:
            return ("start", "edit", "delete")
        case State.SENDING:
            return ("pause", "stop", "continue")
        case State.PAUSED:
            return ("resume", "stop")
        case State.STOPPED | State.SENT:
            return ("measure",)
        case _:
            assert_never(state)


def _changed(campaign: Campaign, wish: Wish, zone: ZoneInfo, now: datetime) -> Campaign:
    first, *rest = campaign.variants or (None,)
    variant = replace(first, subject=wish.subject, body=wish.body) if first is not None else None
    send_at = _moment(wish.send_at, zone) if wish.send_at.strip() else None
    if send_at is not None and send_at != campaign.send_at and send_at <= now:
        raise InvalidPlanError(
            Text(
                f"发送时间 {wish.send_at} 已经过去，请选将来的时间。",
                f"{wish.send_at} has passed. Choose a time to come.",
            )
        )
    return replace(
        campaign,
        name=wish.name.strip() or campaign.name,
        channel=wish.channel or campaign.channel,
        destination=wish.destination or campaign.destination,
        variants=(variant, *(one for one in rest if one is not None)) if variant is not None else campaign.variants,
        holdout=_number(wish.holdout, Text("对照组", "the control group")) / 100 if wish.holdout.strip() else 0.0,
        no_holdout_reason=wish.reason.strip(),
        spare_days=round(_number(wish.spare_days or "0", Text("避开天数", "the days to leave free"))),
        send_at=send_at,
        budget=_number(wish.budget, Text("预算", "the budget")) if wish.budget.strip() else None,
        priority=round(_number(wish.priority, Text("优先级", "the priority")))
        if wish.priority.strip()
        else campaign.priority,
    )


def _number(said: str, what: Text) -> float:
    try:
        return float(said.replace(",", "").replace("%", "").strip())
    except ValueError:
        raise InvalidPlanError(
            Text(f"{what.zh}要写成数字，不是「{said}」。", f"Write {what.en} as a number, not {said!r}.")
        ) from None


def _moment(said: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(said.strip()).replace(tzinfo=zone)
    except ValueError:
        raise InvalidPlanError(
            Text(
                f"发送时间写成 2026-11-11 09:00 的样子，不是「{said}」。",
                f"Write the time like 2026-11-11 09:00, not {said!r}.",
            )
        ) from None


def _about(campaign_id: str) -> str:
    return f"campaign {campaign_id}"


def _said(sent: Sent) -> Text:
    """What a run of the sender ended in. Raises `InvalidPlanError` when a person has to do something first."""
    done = sent.tally.of(Step.ACCEPTED)
    unsure, refused = sent.tally.of(Step.UNSURE), sent.tally.of(Step.REFUSED)
    rest_zh = f"，{refused:,} 条被拒收" if refused else ""
    rest_en = f", {refused:,} refused" if refused else ""
    match sent.ended:
        case Ended.FINISHED:
            return Text(f"已发完：{done:,} 条已送出{rest_zh}。", f"All sent: {done:,} accepted{rest_en}.")
        case Ended.LATER:
            return Text(
                f"已送出 {done:,} 条，其余稍后自动继续。", f"{done:,} accepted; the rest goes on by itself later."
            )
        case Ended.UNDECIDED:
            return Text(
                f"已送出 {done:,} 条，{unsure:,} 条不确定是否送到，请在活动页决定。",
                f"{done:,} accepted; {unsure:,} may have arrived: decide on the page of the campaign.",
            )
        case Ended.PAUSED:
            return Text(f"已暂停，已送出 {done:,} 条。", f"Paused; {done:,} accepted.")
        case Ended.STOPPED | Ended.CANCELLED:
            return Text(f"已停止，已送出 {done:,} 条。", f"Stopped; {done:,} accepted.")
        case Ended.ELSEWHERE:
            return Text("另一个进程正在发送这个活动。", "Another process is sending this campaign.")
        case Ended.HELD_UP:
            why_zh = "".join(one.zh for one in sent.problems)
            why_en = " ".join(one.en for one in sent.problems)
            raise InvalidPlanError(
                Text(
                    f"目的地现在不能用，没有丢失任何消息。{why_zh}",
                    f"The destination cannot be used now; nothing was lost. {why_en}",
                )
            )
        case _:
            assert_never(sent.ended)
