"""Everything that people do with campaigns, in one place: draft, look, approve, send, stop; rules and ledgers of contact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pyroaring import BitMap

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, Language, NotAllowedError, Text, UserError
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import User
from semantic_layer.query.acts import StartCampaign
from semantic_layer.table import Table
from tools.campaigns.content import Preview
from tools.campaigns.drafting import Choice, Drafted
from tools.campaigns.policy_book import Rules
from tools.campaigns.previews import previews
from tools.campaigns.reading import LayerUnder, OutreachLayer, Reader
from tools.campaigns.rights import approvers_rights, handlers_rights, senders_rights
from tools.campaigns.rules import Rule
from tools.campaigns.store import CampaignStore, ConsentEvent, Contacted, Frozen, PolicyChange, PolicyRow, Said
from tools.campaigns.types import (
    Campaign,
    CampaignChangedError,
    Change,
    LeftOut,
    NotReadyError,
    State,
    Verdict,
)
from tools.campaigns.waterfall import frozen_rules
from tools.campaigns.weighing import Weighing
from tools.destinations.types import Destination

_SAMPLE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a campaign is: how many were fixed as its people, and what has been sent. Zeros before its start."""

    campaign: Campaign
    frozen: Frozen | None = None
    sent: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """A campaign whose time had come: started, or why not."""

    campaign: Campaign
    error: UserError | None = None


def as_they_are(user: User) -> User:
    """Somebody whose roles are not looked up again."""
    return user


class CampaignDesk:
    """The façade over everything in this package.

    `layer_under` gives a layer that reads under another policy, for the contacts of a purpose. `as_now` gives a person with
    the roles that they have now, or raises `NotAllowedError` when they are gone: campaigns outlive a sign-in. `destinations`
    are looked at by name when asked, so that ones added later are found.
    """

    def __init__(
        self,
        store: CampaignStore,
        layer: OutreachLayer,
        data_set: str,
        *,
        layer_under: LayerUnder,
        destinations: Mapping[str, Destination],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        as_now: Callable[[User], User] = as_they_are,
    ) -> None:
        self.weighing = Weighing(
            store,
            layer,
            data_set,
            layer_under=layer_under,
            destinations=destinations,
            clock=clock,
            new_id=new_id,
        )
        self.store = store
        self.layer = layer
        self.data_set = data_set
        self.outreach = layer.index.model.outreach
        self.destinations = destinations
        self.records = self.weighing.records
        self.policies = self.weighing.policies
        self.consents = self.weighing.consents
        self.clock = clock
        self._new_id = new_id
        self._as_now = as_now

    # ---- looking

    def list(self, user: User, *, deleted: bool = False) -> tuple[Campaign, ...]:
        """All campaigns, newest first; for everybody with a known role."""
        rights_of(user, self.layer.policy)
        return self.records.list(deleted=deleted)

    def find(self, name: str, user: User) -> Campaign:
        """By name or id; raises `UnknownNameError` with the nearest."""
        rights_of(user, self.layer.policy)
        return self.records.named(name)

    def history(self, campaign_id: str, user: User) -> tuple[Change, ...]:
        rights_of(user, self.layer.policy)
        return self.records.history(campaign_id)

    def standing(self, campaign_id: str, user: User) -> Standing:
        """Where it is; numbers of people are for those who send or approve."""
        campaign = self.records.get(campaign_id)
        handlers_rights(user, self.layer.policy)
        frozen = self.store.frozen(campaign_id)
        if frozen is None:
            return Standing(campaign=campaign)
        sent = len(self.store.noted(campaign_id) & frozen.treated)
        return Standing(campaign=campaign, frozen=frozen, sent=sent, waiting=len(frozen.treated) - sent)

    def verdict(self, campaign_id: str, user: User, *, cancel: Cancel | None = None) -> Verdict:
        """What would happen now. Reckoned under the rights of the owner, so that all who look see the same numbers; who sees
        a part of the customers only sees the numbers of that part.
        """
        rights = handlers_rights(user, self.layer.policy)
        campaign = self.records.get(campaign_id)
        return self.weighing.verdict(campaign, user if rights.partial else self._owner(campaign), cancel)

    def judge_draft(self, campaign: Campaign, user: User, *, cancel: Cancel | None = None) -> Verdict:
        """The same for a plan that is not kept, under the rights of whoever asks."""
        handlers_rights(user, self.layer.policy)
        return self.weighing.verdict(campaign, user, cancel)

    def previews(self, campaign: Campaign, user: User, *, cancel: Cancel | None = None) -> tuple[Preview, ...]:
        """What the message says to some of the people of each variant, masked as this person sees them."""
        return previews(campaign, self.weighing.channel(campaign.channel), self.weighing.reader(user, cancel))

    def sample(
        self, campaign: Campaign, people: BitMap, user: User, *, most: int = _SAMPLE, cancel: Cancel | None = None
    ) -> Table:
        """Some of `people` (a step of a verdict) as rows, masked as this person sees them."""
        handlers_rights(user, self.layer.policy)
        return self.weighing.reader(user, cancel).sample(campaign.audience, people, most)

    def why(self, campaign_id: str, key: int, user: User) -> LeftOut | None:
        """Why this person got no message of a campaign that was started; `None` for who was to get one, or never matched."""
        handlers_rights(user, self.layer.policy)
        frozen = self.store.frozen(campaign_id)
        if frozen is None:
            return None
        if key in frozen.control:
            return LeftOut.HOLDOUT
        return next((reason for reason, people in frozen.left_out.items() if key in people), None)

    def choices(self, step: StartCampaign, user: User, *, cancel: Cancel | None = None) -> tuple[Choice, ...]:
        """The channels there are, with how many of the audience agreed to each, most first."""
        senders_rights(user, self.layer.policy)
        return self.weighing.choices(step, user, cancel)

    # ---- planning

    def draft(
        self, step: StartCampaign, user: User, *, language: Language = "zh", cancel: Cancel | None = None
    ) -> Drafted:
        """Keep what was described as a draft, filled in. The same words of the same person give the same draft again.

        Raises `ChannelNeededError` when the channel was not said and several fit.
        """
        senders_rights(user, self.layer.policy)
        drafter = self.weighing.drafter()
        said = step.channel or step.destination
        channel = drafter.channel(step.channel) if said else self.weighing.only_channel(step, user, cancel)
        now = self.clock()
        name = drafter.suggested_name(step, channel, now, language)
        drafted = drafter.draft(step, channel, user, name=name, new_id=self._new_id(), now=now, language=language)
        for one in self.records.list():
            if _same_brief(one, drafted.campaign, named=bool(step.name)):
                return replace(drafted, campaign=one, before=True)
        self.weighing.reader(user, cancel).matched(
            step.audience
        )  # what cannot be read is refused before anything is kept
        free = self.records.free_name(name)
        return replace(drafted, campaign=self.records.add(replace(drafted.campaign, name=free), user))

    def edit(self, changed: Campaign, user: User) -> Campaign:
        """What `changed` plans in place of what is stored; approval is lost. Raises for names that are not there."""
        self.weighing.channel(changed.channel)
        if changed.goal:
            self.layer.index.metric(changed.goal)
        return self.records.edit(changed, user)

    def schedule(self, campaign_id: str, send_at: datetime | None, user: User) -> Campaign:
        """When it is to be sent. Another time than the approved one needs a new approval; one that has passed is refused."""
        if send_at is not None and send_at <= self.clock():
            when = send_at.isoformat(timespec="minutes")
            raise InvalidPlanError(
                Text(f"发送时间 {when} 已经过去，请选将来的时间。", f"{when} has passed. Choose a time to come.")
            )
        return self.edit(replace(self.records.get(campaign_id), send_at=send_at), user)

    def submit(self, campaign_id: str, user: User, *, cancel: Cancel | None = None) -> Campaign:
        """Ask for approval. Refused with all that stands in the way (`NotReadyError`)."""
        campaign = self.records.get(campaign_id)
        verdict = self.weighing.ready(campaign, self._owner(campaign), cancel)
        needs = self.policies.rules().approval(campaign)
        return self.records.submit(campaign_id, user, needs_approval=needs, planned=verdict.treated | verdict.held_back)

    def approve(
        self, campaign_id: str, user: User, *, note: str = "", revision: int | None = None, cancel: Cancel | None = None
    ) -> Campaign:
        """By a second person; from here on its people are reserved. `revision` is the one that was looked at."""
        campaign = self.records.check_approver(campaign_id, user)
        if revision is not None and revision != campaign.revision:
            raise CampaignChangedError(campaign.name)
        verdict = self.weighing.ready(campaign, self._owner(campaign), cancel)
        return self.records.approve(campaign, user, note=note, planned=verdict.treated | verdict.held_back)

    def reject(self, campaign_id: str, user: User, *, note: str) -> Campaign:
        return self.records.reject(campaign_id, user, note=note)

    def delete(self, campaign_id: str, user: User) -> Campaign:
        return self.records.delete(campaign_id, user)

    def restore(self, campaign_id: str, user: User) -> Campaign:
        return self.records.restore(campaign_id, user)

    # ---- sending

    def start(self, campaign_id: str, user: User, *, cancel: Cancel | None = None) -> Campaign:
        """Fix the people and let sending begin, in the name of `user`. Everything is judged once more before.

        Raises `NotReadyError` with what stands in the way, `NotAllowedError` for whoever may not use the contacts.
        """
        now = self.clock()
        campaign = self.records.check_start(campaign_id, user, now)
        if rights_of(user, self.layer.policy).partial and user.name != campaign.owner:
            raise NotAllowedError(
                Text(
                    "您只能看到一部分客户，由您开始发送会漏掉其他人。请由负责人或能看到全部客户的人开始。",
                    "You see a part of the customers only, so others would be missed. Let the owner start it, or somebody who "
                    "sees everybody.",
                )
            )
        reader = self.weighing.reader(user, cancel)
        reader.contact_layer(self.weighing.channel(campaign.channel))
        # Its time has come, so it cannot be one that has passed.
        verdict = self.weighing.ready(replace(campaign, send_at=None), user, cancel)
        stands = self.destinations[campaign.destination].check()
        if stands:
            raise NotReadyError(campaign.name, stands)
        rules = self.policies.rules()
        frozen = Frozen(
            campaign=campaign.id,
            at=now,
            revision=campaign.revision,
            treated=verdict.treated,
            control=verdict.held_back,
            left_out={one.reason: one.people for one in verdict.steps if one.reason in _FOR_GOOD},
            rules=frozen_rules(rules),
            base_rate=verdict.base_rate,
            detectable=verdict.detectable,
        )
        return self.records.start(campaign, user, frozen, [self._held(campaign, verdict.held_back, now, rules)])

    def start_due(self) -> tuple[Due, ...]:
        """Start every approved campaign whose time has come, in its owner's name; one that cannot start says why."""
        found: list[Due] = []
        for campaign in self.records.list():
            due = campaign.send_at is not None and campaign.send_at <= self.clock()
            if campaign.state is State.APPROVED and due:
                try:
                    found.append(Due(self.start(campaign.id, self._owner(campaign))))
                except UserError as error:
                    found.append(Due(campaign, error))
        return tuple(found)

    def pause(self, campaign_id: str, user: User) -> Campaign:
        return self.records.pause(campaign_id, user)

    def resume(self, campaign_id: str, user: User) -> Campaign:
        return self.records.resume(campaign_id, user)

    def stop(self, campaign_id: str, user: User, *, note: str = "") -> Campaign:
        """At once and for good."""
        return self.records.stop(campaign_id, user, note)

    # ---- rules and ledgers

    def policy_rows(self, user: User) -> tuple[PolicyRow, ...]:
        rights_of(user, self.layer.policy)
        return self.policies.rows()

    def policy_log(self, user: User) -> tuple[PolicyChange, ...]:
        rights_of(user, self.layer.policy)
        return self.policies.log()

    def set_policy(self, rule: Rule, user: User, *, row_id: str | None = None) -> PolicyRow:
        """A new row, or another rule in an old one. For those who approve campaigns."""
        approvers_rights(user, self.layer.policy)
        if row_id is None:
            return self.policies.add(rule, by=user.name)
        return self.policies.edit(row_id, rule, by=user.name)

    def switch_policy(self, row_id: str, user: User, *, on: bool) -> PolicyRow:
        approvers_rights(user, self.layer.policy)
        return self.policies.switch(row_id, on=on, by=user.name)

    def note_consent(
        self, channel: str, keys: Iterable[int], said: Said, user: User, *, source: str, at: datetime | None = None
    ) -> int:
        """Write down that people said yes or no; the number of events. A no holds at once."""
        senders_rights(user, self.layer.policy)
        found = self.weighing.channel(channel)
        return self.consents.note(found.name, keys, said, by=user.name, source=source, at=at)

    def consents_of(self, key: int, user: User) -> tuple[ConsentEvent, ...]:
        handlers_rights(user, self.layer.policy)
        return self.consents.of(key)

    # ---- what the parts share

    def reader_of_sender(self, campaign: Campaign) -> Reader:
        """Reads in the name of whoever started it; raises `NotAllowedError` when they may not send any more."""
        sender = self._as_now(User(name=campaign.sender, roles=campaign.sender_roles))
        senders_rights(sender, self.layer.policy)
        return self.weighing.reader(sender, None)

    def may_send(self, user: User) -> None:
        """Raises `NotAllowedError` for whoever may not draft and send."""
        senders_rights(user, self.layer.policy)

    def _owner(self, campaign: Campaign) -> User:
        return self._as_now(User(name=campaign.owner, roles=campaign.roles))

    def _held(self, campaign: Campaign, people: BitMap, at: datetime, rules: Rules) -> Contacted:
        return Contacted(
            campaign=campaign.id,
            data_set=self.data_set,
            channel=campaign.channel,
            at=at,
            keys=people,
            held=True,
            kind=campaign.kind,
            counts=rules.counts(campaign),
        )


_FOR_GOOD: Final = frozenset(LeftOut) - {LeftOut.QUIET_HOURS, LeftOut.HOLDOUT}


def _same_brief(stored: Campaign, new: Campaign, *, named: bool) -> bool:
    """Whether an untouched draft says what a new one would."""
    told: Sequence[str] = (
        "audience",
        "channel",
        "owner",
        "variants",
        "goal",
        "days",
        "holdout",
        "spare_days",
        "budget",
    )
    untouched = stored.state is State.DRAFT and stored.revision == 1
    return (
        untouched
        and all(getattr(stored, name) == getattr(new, name) for name in told)
        and (not named or stored.name == new.name)
    )
