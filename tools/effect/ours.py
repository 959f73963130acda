"""Who was sent messages by campaigns of ours, and where a no to them is written down: other rooms behind seams of this one."""

from __future__ import annotations

from datetime import datetime

from pyroaring import BitMap

from tools.campaigns.consent import ConsentLedger
from tools.campaigns.store import Said
from tools.destinations.deliveries import Deliveries


class SentByUs:
    """`SentTo` over the deliveries."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    def sent(self, campaign: str) -> BitMap:
        return BitMap(self._deliveries.accepted_keys(campaign))

    def delivered(self, campaign: str) -> BitMap | None:
        """Destinations say what they accepted, not what arrived."""
        return None


class LedgerOptouts:
    """`Optouts` that are events of the consent ledger, written down `by` somebody."""

    def __init__(self, ledger: ConsentLedger, by: str) -> None:
        self._ledger = ledger
        self._by = by

    def unsubscribe(self, channel: str, key: int, at: datetime, source: str) -> None:
        self._ledger.note(channel, (key,), Said.NO, by=self._by, source=source, at=at)
