"""Takes in what customers did: to whom each event belongs, whether it counts, and a no that holds at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pyroaring import BitMap

from tools.effect.intake import Fault, Parsed
from tools.effect.responses import (
    Heard,
    Optouts,
    Response,
    ResponseKind,
    ResponseStore,
    SentMessages,
    Standing,
)

NOES: Final = frozenset({ResponseKind.UNSUBSCRIBE, ResponseKind.COMPLAINT})
"""Events after which a person gets nothing more on the channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a delivery of events: how many are new, were known already, by standing, and how many noes were noted."""

    new: int
    known: int
    standings: Mapping[Standing, int] = field(default_factory=dict)
    optouts: int = 0
    faults: tuple[Fault, ...] = ()

    @property
    def aside(self) -> int:
        return self.standings.get(Standing.UNKNOWN_PERSON, 0)


class Hearing:
    """Safe to call again with the same events. `everybody` gives the keys of all customers there are."""

    def __init__(
        self,
        store: ResponseStore,
        sent: SentMessages,
        optouts: Optouts,
        *,
        data_set: str,
        everybody: Callable[[], BitMap],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._sent = sent
        self._optouts = optouts
        self._data_set = data_set
        self._everybody = everybody
        self._clock = clock

    def take(self, parsed: Parsed) -> Taken:
        """Note the noes, then keep the events: a crash between the two means that noes are noted twice, never lost.

        Raises `DataError` when they cannot be kept; the sender then sends them again.
        """
        once = {one.id: one for one in reversed(parsed.events)}
        there = self._store.known(self._data_set, list(once))
        fresh = [one for one in reversed(once.values()) if one.id not in there]
        responses = self._placed(fresh)
        optouts = [one for one in responses if one.kind in NOES and one.key is not None and one.channel]
        now = self._clock()
        for one in optouts:
            if one.key is not None:  # a clock that runs ahead does not put a no off
                self._optouts.unsubscribe(one.channel, one.key, min(one.at, now), f"{one.source}:{one.kind.value}")
        new = self._store.add(responses)
        return Taken(
            new=new,
            known=len(parsed.events) - new,
            standings=Counter(one.standing for one in responses),
            optouts=len(optouts),
            faults=parsed.faults,
        )

    def _placed(self, events: Sequence[Heard]) -> list[Response]:
        if not events:
            return []
        everybody = self._everybody()
        return [self._response(one, everybody) for one in events]

    def _response(self, event: Heard, everybody: BitMap) -> Response:
        """Attributed by what was sent alone: a campaign that somebody merely names is not taken at its word."""
        sent = self._sent.of_message(event.message) if event.message else None
        if sent is None and event.campaign and event.key is not None:
            sent = self._sent.to(event.campaign, event.key)
        if sent is not None and sent.key in everybody:
            return self._kept(event, sent.standing(event.at), sent.campaign, sent.key, sent.channel or event.channel)
        if sent is None and event.key is not None and event.key in everybody:
            return self._kept(event, Standing.NO_CAMPAIGN, "", event.key, event.channel)
        return self._kept(event, Standing.UNKNOWN_PERSON, event.campaign, None, event.channel)

    def _kept(self, event: Heard, standing: Standing, campaign: str, key: int | None, channel: str) -> Response:
        return Response(
            id=event.id,
            data_set=self._data_set,
            kind=event.kind,
            at=event.at,
            source=event.source,
            standing=standing,
            campaign=campaign,
            key=key,
            channel=channel,
            message=event.message,
        )
