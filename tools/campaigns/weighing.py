"""What a campaign would do if it were sent: everything that bears on who gets a message, brought together and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from pyroaring import BitMap

from semantic_layer.engines.base import Cancel
from semantic_layer.model.outreach import Channel
from semantic_layer.policy.types import Policy, User
from semantic_layer.query.acts import StartCampaign
from tools.campaigns.consent import ConsentLedger
from tools.campaigns.drafting import ChannelNeededError, Choice, Drafter, no_channels
from tools.campaigns.policy_book import PolicyBook
from tools.campaigns.pressure import Planned
from tools.campaigns.reading import LayerUnder, OutreachLayer, Reader
from tools.campaigns.records import PLANNABLE, UNDER_WAY, CampaignRecords
from tools.campaigns.store import CampaignStore, Contacted
from tools.campaigns.types import Campaign, NotReadyError, State, Verdict
from tools.campaigns.verdict import judge
from tools.campaigns.waterfall import Around, first_of, longest
from tools.destinations.types import Destination


class Weighing:
    """One data set: its campaigns, rules, ledgers and destinations. It reads and judges; it changes nothing."""

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
    ) -> None:
        self.store = store
        self.layer = layer
        self.data_set = data_set
        self.outreach = layer.index.model.outreach
        self.destinations = destinations
        self.clock = clock
        self.records = CampaignRecords(store, data_set, layer.policy, clock=clock)
        self.policies = PolicyBook(store, data_set, self.outreach.channels, clock=clock, new_id=new_id)
        self.consents = ConsentLedger(store, data_set, clock=clock)
        self._layer_under = layer_under
        self._layers: dict[Policy, OutreachLayer] = {}  # by what they read under: making one takes a moment

    def reader(self, user: User, cancel: Cancel | None = None) -> Reader:
        """Reads of customers what campaigns need, under the rights of this person."""
        return Reader(layer=self.layer, layer_under=self._under, user=user, cancel=cancel)

    def drafter(self) -> Drafter:
        return Drafter(
            data_set=self.data_set,
            index=self.layer.index,
            outreach=self.outreach,
            rules=self.policies.rules(),
            destinations={name: one.label for name, one in self.destinations.items()},
        )

    def channel(self, name: str) -> Channel:
        return self.drafter().channel(name)

    def only_channel(self, step: StartCampaign, user: User, cancel: Cancel | None) -> Channel:
        """The one channel that there is; raises `ChannelNeededError` where there are several."""
        names = [one.name for one in self.outreach.channels]
        if not names:
            raise no_channels()
        if len(names) == 1:
            return self.channel(names[0])
        raise ChannelNeededError(self.choices(step, user, cancel))

    def choices(self, step: StartCampaign, user: User, cancel: Cancel | None) -> tuple[Choice, ...]:
        """The channels there are, with how many of the audience agreed to each, most first."""
        reader = self.reader(user, cancel)
        everybody = reader.matched(step.audience)
        found = [
            Choice(one, len(everybody & reader.agreed(one)) if one.consent else len(everybody))
            for one in self.outreach.channels
        ]
        return tuple(sorted(found, key=lambda one: -one.agreed))

    def around(self, campaign: Campaign, reader: Reader) -> Around:
        """What is known besides the data, now."""
        now = self.clock()
        at = max(campaign.send_at or now, now)
        rules = self.policies.rules()
        first = first_of(campaign, self._others(campaign), rules, at)
        return Around(
            rules=rules,
            answers=self.consents.answers(campaign.channel, reader.data_until(now)),
            here=self.contacts_here(now, longest(campaign, rules)),
            reserved={one.name: self._reserved(one) for one in first},
            now=now,
            at=at,
            history=self.outreach.history,
        )

    def contacts_here(self, now: datetime, hours: float) -> tuple[Contacted, ...]:
        """Whom we contacted, or would have, in the last `hours`."""
        return self.store.contacted(self.data_set, now - timedelta(hours=hours)) if hours else ()

    def verdict(self, campaign: Campaign, user: User, cancel: Cancel | None = None) -> Verdict:
        """What would happen, as this person may read it."""
        reader = self.reader(user, cancel)
        around = self.around(campaign, reader)
        planned = [
            Planned(campaign=one, at=one.send_at or around.at, people=self._reserved(one))
            for one in self._others(campaign)
            if one.state is State.APPROVED
        ]
        channel = self.channel(campaign.channel)
        return judge(campaign, channel, reader, around, planned=planned, destinations=tuple(self.destinations))

    def ready(self, campaign: Campaign, user: User, cancel: Cancel | None) -> Verdict:
        """The verdict of a campaign that may go on; raises `NotReadyError` with all that stands in the way."""
        verdict = self.verdict(campaign, user, cancel)
        if verdict.problems:
            raise NotReadyError(campaign.name, verdict.problems)
        return verdict

    def _under(self, policy: Policy) -> OutreachLayer:
        if policy not in self._layers:
            self._layers[policy] = self._layer_under(policy)
        return self._layers[policy]

    def _others(self, campaign: Campaign) -> tuple[Campaign, ...]:
        """Those that will be sent, or are being sent."""
        return tuple(
            one
            for one in self.records.list()
            if one.id != campaign.id and (one.state in UNDER_WAY or (one.state is State.APPROVED and one.approved))
        )

    def _reserved(self, campaign: Campaign) -> BitMap:
        if campaign.state in PLANNABLE:
            return self.store.planned(campaign.id)
        frozen = self.store.frozen(campaign.id)
        return frozen.treated | frozen.control if frozen is not None else BitMap()
