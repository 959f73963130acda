"""The seam between campaigns and whoever sends them: what to send to whom, who may still get it, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pyroaring import BitMap

from tools.campaigns.types import LeftOut, State
from tools.destinations.types import Message, message_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What one campaign hands to sending: fixed when sending began, the same in every later process.

    `keys` are the integer keys of everybody who is to get a message, those put off by quiet hours too. `sender` is the name of
    the person in whose name contacts are read.
    """

    campaign: str
    data_set: str
    name: str
    revision: int
    destination: str
    channel: str
    keys: BitMap
    sender: str = ""
    transactional: bool = False


class SendGate(Protocol):
    """Asked by whoever sends, batch by batch. All methods raise `UnknownNameError` for a campaign that is not there.

    The order of a batch: `state` (go on while it is `SENDING`), `still_allowed`, `messages`, send, `note_sent`. Whoever is not
    in `still_allowed` is in `barred` with the reason; those of `QUIET_HOURS` are to be asked for again later, all others are
    out for good.
    """

    def handover(self, campaign_id: str) -> Handover:
        """Raises `InvalidPlanError` when the campaign was not started, or was edited after its approval."""
        ...

    def keys_to_send(self, campaign_id: str) -> BitMap:
        """Those of the handover for whom nothing has been noted as sent."""
        ...

    def state(self, campaign_id: str) -> State:
        """`SENDING`: go on. `PAUSED`: wait. `STOPPED`, `SENT`: nothing more leaves."""
        ...

    def still_allowed(self, campaign_id: str, keys: BitMap) -> BitMap:
        """Who of `keys` may get the message now: opt-outs, caps, pause and stop that came meanwhile are honoured.

        Empty while the campaign is not `SENDING`. To be asked right before each batch leaves.
        """
        ...

    def barred(self, campaign_id: str, keys: BitMap) -> Mapping[LeftOut, BitMap]:
        """Who of `keys` may not get the message now, by the first reason that holds; nothing about pause and stop."""
        ...

    def messages(self, campaign_id: str, keys: BitMap) -> tuple[Message, ...]:
        """One rendered message for each of `keys` that has an address, in the order of the keys; ids never change.

        Contacts are read for the purpose of the channel in the name of the sender, and of those who agreed only: raises
        `NotAllowedError` when the sender may not use them (any more).
        """
        ...

    def note_sent(self, campaign_id: str, keys: BitMap, at: datetime) -> None:
        """These messages were accepted. Noting somebody twice changes nothing."""
        ...

    def note_unsubscribed(self, campaign_id: str, keys: BitMap, at: datetime, source: str) -> None:
        """These people said no on the channel of the campaign: they get nothing from now on, of any campaign of the channel."""
        ...

    def note_finished(self, campaign_id: str, at: datetime) -> None:
        """Nothing is left to send: the campaign is `SENT`."""
        ...


@dataclass(slots=True)
class GateInMemory:
    """The fake: one campaign whose messages say their key, and whose rules tests change while it runs."""

    campaign: Handover
    now: State = State.SENDING
    no: dict[LeftOut, BitMap] = field(default_factory=dict)
    sent: dict[int, datetime] = field(default_factory=dict)

    def handover(self, campaign_id: str) -> Handover:
        return self.campaign

    def keys_to_send(self, campaign_id: str) -> BitMap:
        return self.campaign.keys - BitMap(self.sent)

    def state(self, campaign_id: str) -> State:
        return self.now

    def still_allowed(self, campaign_id: str, keys: BitMap) -> BitMap:
        return keys - BitMap().union(*self.no.values()) if self.now is State.SENDING else BitMap()

    def barred(self, campaign_id: str, keys: BitMap) -> Mapping[LeftOut, BitMap]:
        return {reason: keys & people for reason, people in self.no.items() if keys & people}

    def messages(self, campaign_id: str, keys: BitMap) -> tuple[Message, ...]:
        return tuple(
            Message(
                id=message_id(campaign_id, key),
                key=key,
                address=f"{key}@example.org",
                body=f"Hello {key}",
                campaign=campaign_id,
            )
            for key in keys
        )

    def note_sent(self, campaign_id: str, keys: BitMap, at: datetime) -> None:
        for key in keys:
            self.sent.setdefault(key, at)

    def note_unsubscribed(self, campaign_id: str, keys: BitMap, at: datetime, source: str) -> None:
        self.no[LeftOut.UNSUBSCRIBED] = self.no.get(LeftOut.UNSUBSCRIBED, BitMap()) | keys

    def note_finished(self, campaign_id: str, at: datetime) -> None:
        self.now = State.SENT
