"""Who said yes and no to a channel: what the data knew at its day, overlaid by what was said here since.

A no holds at once and until an explicit yes. A yes said here lifts what the data says only when it is later than the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from pyroaring import BitMap

from semantic_layer.errors import InvalidPlanError, Text
from tools.campaigns.keys import bitmap
from tools.campaigns.store import CampaignStore, ConsentEvent, Said


@dataclass(frozen=True, slots=True)
class Answers:
    """What people last said here about a channel: `refused` said no, `agreed` said yes later than the data."""

    refused: BitMap
    agreed: BitMap


class ConsentLedger:
    """The events of one data set, added to and never changed."""

    def __init__(self, store: CampaignStore, data_set: str, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._data_set = data_set
        self._clock = clock

    def answers(self, channel: str, data_until: datetime) -> Answers:
        """`data_until` is the moment up to which the data knows what people said."""
        last: dict[int, ConsentEvent] = {}
        for event in self._store.consents(self._data_set, channel):
            last[event.key] = event
        refused = [key for key, event in last.items() if event.said is Said.NO]
        agreed = [key for key, event in last.items() if event.said is Said.YES and event.at > data_until]
        return Answers(bitmap(np.array(refused, dtype=np.int64)), bitmap(np.array(agreed, dtype=np.int64)))

    def note(
        self, channel: str, keys: Iterable[int], said: Said, *, by: str, source: str, at: datetime | None = None
    ) -> int:
        """Adds an event for each of these people; the number of events. A time to come is refused."""
        now = self._clock()
        moment = at or now
        if moment > now:
            raise InvalidPlanError(
                Text(
                    f"同意或退订的时间 {moment.isoformat()} 在将来。",
                    f"Consent cannot be noted for a time to come ({moment.isoformat()}).",
                )
            )
        events = [
            ConsentEvent(data_set=self._data_set, channel=channel, key=key, at=moment, said=said, by=by, source=source)
            for key in keys
        ]
        self._store.add_consents(events)
        return len(events)

    def of(self, key: int) -> tuple[ConsentEvent, ...]:
        """What one person said about all channels, oldest first."""
        return self._store.consents_of(self._data_set, key)
