"""The groups of our own campaigns, as they were fixed when sending began: what effects are read from."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from semantic_layer.errors import InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.model.outreach import Goal
from tools.campaigns.desk import CampaignDesk
from tools.campaigns.records import STATES, name_key
from tools.campaigns.types import Campaign, Groups


class OwnGroups:
    """`GroupsOf` over the campaigns of a desk."""

    def __init__(self, desk: CampaignDesk) -> None:
        self._desk = desk

    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self._begun())

    def groups(self, campaign: str) -> Groups:
        """Raises `InvalidPlanError` for one that was not started yet."""
        begun = self._begun()
        found = next((one for one in begun if one.id == campaign or name_key(one.name) == name_key(campaign)), None)
        if found is None:
            self._not_begun(campaign, begun)
        assert found is not None
        frozen = self._desk.store.frozen(found.id)
        assert frozen is not None
        channel = self._desk.outreach.channel(found.channel)
        zone = ZoneInfo(self._desk.layer.index.model.conventions.time_zone)
        return Groups(
            campaign=found.id,
            name=found.name,
            starts=frozen.at.astimezone(zone).date(),
            treated=frozen.treated,
            control=frozen.control,
            channel=found.channel,
            planned_control=found.holdout,
            left_out=frozen.left_out,
            cost=channel.cost * len(self._desk.store.noted(found.id)) if channel is not None else None,
            no_holdout_reason=found.no_holdout_reason,
        )

    def goal(self, campaign_id: str) -> Goal | None:
        """What the campaign is for; `None` where it has no goal of its own."""
        campaign = self._desk.records.get(campaign_id)
        if not campaign.goal:
            return None
        usual = self._desk.outreach.goal
        value = usual.value if usual is not None and usual.converts == campaign.goal else ""
        return Goal(converts=campaign.goal, value=value, days=campaign.days)

    def _begun(self) -> tuple[Campaign, ...]:
        started = [one for one in self._desk.records.list() if one.sent_at is not None]
        return tuple(sorted(started, key=lambda one: (one.sent_at or one.created_at, one.id), reverse=True))

    def _not_begun(self, name: str, begun: tuple[Campaign, ...]) -> None:
        for one in self._desk.records.list():
            if one.id == name or name_key(one.name) == name_key(name):
                state = STATES[one.state]
                raise InvalidPlanError(
                    Text(
                        f"活动「{one.name}」还没有发送（{state.zh}），还没有效果可看。",
                        f"{one.name!r} has not been sent ({state.en}); there is no effect to read yet.",
                    )
                )
        raise UnknownNameError(Text("活动", "campaign"), name, nearest(name, [one.name for one in begun]))
