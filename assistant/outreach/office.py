"""The campaigns of one data set for a page: each with its numbers, what this person may do with it, and its sending."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, assert_never
from zoneinfo import ZoneInfo

from assistant.outreach.endings import said_of
from assistant.outreach.rule_form import rule_with
from assistant.outreach.wishes import Choice, Wish, changed
from assistant.replies.restated import predicate_text
from assistant.resources import Resources
from assistant.stewardship.task_board import Progress, TaskBoard
from assistant.stewardship.types import Task
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, Language, NotYetError, Text, UnknownNameError, UserError
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Compare, Predicate
from semantic_layer.table import Table
from tools.campaigns import CampaignDesk, Standing
from tools.campaigns.content import Preview
from tools.campaigns.store import PolicyRow
from tools.campaigns.types import Campaign, CampaignChangedError, Change, LeftOut, State, Verdict
from tools.destinations.deliveries import OPEN, Deliveries, Delivery, Step, Tally
from tools.destinations.sender import Sender
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

    def condition(self, where: Predicate, language: Language) -> str:
        """For whom a variant is, in words."""
        resources = self._resources()
        return predicate_text(where, resources.index, resources.calendar, language)

    def choices(self, user: User) -> tuple[Choice, ...]:
        """For whom a variant of its own can be written: each value of each tag that this person may use."""
        layer = self.desk.layer
        model = layer.index.model
        tags = [one for one in model.tags if one.entity == model.customer_entity and layer.may_use(one.qualified, user)]
        return tuple(
            Choice(
                name=f"{tag.qualified}={value.value}",
                group=tag.words.label,
                label=value.label,
                where=Compare(tag.qualified, "=", value.value),
            )
            for tag in tags
            for value in tag.values
        )

    def policies(self, user: User) -> tuple[PolicyRow, ...]:
        return self.desk.policy_rows(user)

    def may_set_policies(self, user: User) -> bool:
        return rights_of(user, self.desk.layer.policy).may_approve

    # ---- doing

    def edit(self, campaign_id: str, wish: Wish, user: User) -> Campaign:
        """Raises `InvalidPlanError` for what is no number or no time, `CampaignChangedError` when somebody was faster;
        nothing is changed then.
        """
        desk = self.desk
        campaign = desk.find(campaign_id, user)
        if wish.revision not in (-1, campaign.revision):
            raise CampaignChangedError(campaign.name)
        also = self._choice(wish.also_for, user) if wish.also_for else None
        return desk.edit(changed(campaign, wish, also, self.zone, self._now()), user)

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

    def decide(self, campaign_id: str, user: User, *, again: bool) -> int:
        """What is to become of all messages that may have arrived: sent once more, or let be. How many there were."""
        self.desk.may_send(user)
        campaign = self.desk.find(campaign_id, user)
        unsure = [one.key for one in self._deliveries.rows(campaign.id, steps=(Step.UNSURE,))]
        if not unsure:
            return 0
        to, why = (Step.WAITING, _RESENT) if again else (Step.LET_BE, _LEFT)
        decided = self._deliveries.decide(campaign.id, unsure, to=to, why=why, at=self._now())
        if campaign.state is State.SENDING:
            self.send(campaign, by=user.name)
        return decided

    def switch_policy(self, row_id: str, user: User, *, on: bool) -> PolicyRow:
        return self.desk.switch_policy(row_id, user, on=on)

    def set_policy(self, row_id: str, typed: Mapping[str, str], user: User) -> PolicyRow:
        """Other numbers in a rule, for those who approve. Raises `InvalidPlanError` for what is no number or out of range,
        `UnknownNameError` for a rule that is not there.
        """
        rows = {one.id: one for one in self.policies(user)}
        if row_id not in rows:
            raise UnknownNameError(Text("触达规则", "rule of contact"), row_id, tuple(rows))
        return self.desk.set_policy(rule_with(rows[row_id].rule, typed), user, row_id=row_id)

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
            return said_of(sent)

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
        if tally.of(Step.UNSURE) and not tally.of(*OPEN, Step.HANDING):
            return False  # a person decides
        return tally.next_try is None or tally.next_try <= self._now()

    # ---- parts

    def _choice(self, name: str, user: User) -> Choice:
        found = {one.name: one for one in self.choices(user)}
        if name not in found:
            raise UnknownNameError(Text("标签取值", "value of a tag"), name, tuple(found)[:3])
        return found[name]

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


def _about(campaign_id: str) -> str:
    return f"campaign {campaign_id}"
