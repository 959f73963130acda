"""What effects ask of sending: which message an answer belongs to, and mail that came back as an event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tools.campaigns.types import Campaign
from tools.destinations.bounces import Bounce, Kind
from tools.destinations.deliveries import Deliveries, Delivery, Step
from tools.effect.responses import Heard, ResponseKind, SentMessage

_LEFT = (Step.ACCEPTED, Step.UNSURE, Step.LET_BE)  # a message that may have arrived can be answered


class SentByDeliveries:
    """`tools.effect.responses.SentMessages` over `Deliveries`. `campaign_of` finds a campaign by its id."""

    def __init__(self, deliveries: Deliveries, campaign_of: Callable[[str], Campaign]) -> None:
        self._deliveries = deliveries
        self._campaign_of = campaign_of

    def of_message(self, message: str) -> SentMessage | None:
        return self._sent(self._deliveries.of_message(message))

    def to(self, campaign: str, key: int) -> SentMessage | None:
        return self._sent(self._deliveries.one(campaign, key))

    def _sent(self, delivery: Delivery | None) -> SentMessage | None:
        if delivery is None or delivery.step not in _LEFT:
            return None
        campaign = self._campaign_of(delivery.campaign)
        return SentMessage(
            campaign=campaign.id, key=delivery.key, channel=campaign.channel, at=delivery.at, days=campaign.days
        )


def heard(bounce: Bounce, at: datetime) -> Heard | None:
    """A report as an event; `None` for those that say that a message arrived or is under way."""
    if bounce.kind in (Kind.DELAYED, Kind.DELIVERED) or not bounce.message:
        return None
    kind = ResponseKind.COMPLAINT if bounce.kind is Kind.COMPLAINT else ResponseKind.BOUNCE
    return Heard(id=f"mail:{kind.value}:{bounce.message}", kind=kind, at=at, source="mail", message=bounce.message)
