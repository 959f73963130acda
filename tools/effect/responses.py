"""What came back from the people of a campaign: typed events, whom they belong to, and the seam to where they are kept."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from pyroaring import BitMap

SKEW: Final = timedelta(minutes=5)
"""How far the clocks of others may be behind ours."""


class ResponseKind(StrEnum):
    OPEN = "open"
    CLICK = "click"
    REPLY = "reply"
    UNSUBSCRIBE = "unsubscribe"
    BOUNCE = "bounce"
    ORDER = "order"
    COMPLAINT = "complaint"


class Standing(StrEnum):
    """Whether an event counts for a campaign. Nothing is thrown away: what does not count is kept and counted apart."""

    COUNTS = "counts"
    BEFORE_SEND = "before_send"
    AFTER_WINDOW = "after_window"
    NO_CAMPAIGN = "no_campaign"  # a known person, but nothing was sent to them that it could answer
    UNKNOWN_PERSON = "unknown_person"  # belongs to nobody we know; never attributed


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An event as it came in. `id` is the sender's own id of it: the same one again is the same event.

    Whom it is about is said by `message` (the id of the message it answers), or by `key` (a customer) with or without a
    `campaign`. `source` is how it came: "webhook", "file", "mail". No address and no text is in it.
    """

    id: str
    kind: ResponseKind
    at: datetime
    source: str
    message: str = ""
    campaign: str = ""
    key: int | None = None
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An event with what is known of it. `key` is `None` for people whom nobody knows."""

    id: str
    data_set: str
    kind: ResponseKind
    at: datetime
    source: str
    standing: Standing
    campaign: str = ""
    key: int | None = None
    channel: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A message that was sent: answers to it count from `at` until `days` later, the last moment inside."""

    campaign: str
    key: int
    channel: str
    at: datetime
    days: int

    def standing(self, at: datetime) -> Standing:
        if at < self.at - SKEW:
            return Standing.BEFORE_SEND
        return Standing.COUNTS if at <= self.at + timedelta(days=self.days) else Standing.AFTER_WINDOW


class SentMessages(Protocol):
    """Finds what was sent."""

    def of_message(self, message: str) -> SentMessage | None: ...

    def to(self, campaign: str, key: int) -> SentMessage | None:
        """What a campaign sent to a person."""
        ...


class Optouts(Protocol):
    """Where a no is written down. Doing it twice changes nothing."""

    def unsubscribe(self, channel: str, key: int, at: datetime, source: str) -> None:
        """From `at` on the person gets nothing more on the channel."""
        ...


class ResponseStore(Protocol):
    """Keeps responses. Raises `DataError` when it cannot."""

    def known(self, data_set: str, ids: Sequence[str]) -> frozenset[str]:
        """Which of these events are kept already."""
        ...

    def add(self, responses: Sequence[Response]) -> int:
        """Keep them all or none; one whose id is kept already is left as it is. Returns how many are new."""
        ...

    def people(self, campaign: str, kind: ResponseKind) -> BitMap:
        """Who answered a campaign so, counting only what counts."""
        ...

    def counts(self, data_set: str, kind: ResponseKind, since: datetime) -> Mapping[tuple[str, int], int]:
        """How often each person did so on each channel from `since` on: by (channel, key)."""
        ...

    def tally(self, data_set: str, campaign: str = "") -> Mapping[tuple[ResponseKind, Standing], int]:
        """How many events there are, of all campaigns or of one."""
        ...

    def of_person(self, data_set: str, key: int) -> tuple[Response, ...]:
        """Everything heard from one person, newest first."""
        ...

    def aside(self, data_set: str, limit: int = 100) -> tuple[Response, ...]:
        """Events of people whom nobody knows, newest first."""
        ...

    def forget(self, data_set: str, key: int) -> int:
        """Take a person's name off what they did: the events stay as those of somebody unknown. How many there were."""
        ...


class ResponsesInMemory:
    """The fake."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Response] = {}
        self._lock = threading.Lock()

    def known(self, data_set: str, ids: Sequence[str]) -> frozenset[str]:
        return frozenset(one for one in ids if (data_set, one) in self._rows)

    def add(self, responses: Sequence[Response]) -> int:
        with self._lock:
            new = {(one.data_set, one.id): one for one in reversed(responses)}
            new = {at: one for at, one in new.items() if at not in self._rows}
            self._rows |= new
            return len(new)

    def people(self, campaign: str, kind: ResponseKind) -> BitMap:
        return BitMap(
            one.key
            for one in self._rows.values()
            if one.campaign == campaign and one.kind is kind and one.standing is Standing.COUNTS and one.key is not None
        )

    def counts(self, data_set: str, kind: ResponseKind, since: datetime) -> Mapping[tuple[str, int], int]:
        rows = (one for one in self._rows.values() if one.data_set == data_set and one.kind is kind and one.at >= since)
        return Counter((one.channel, one.key) for one in rows if one.key is not None)

    def tally(self, data_set: str, campaign: str = "") -> Mapping[tuple[ResponseKind, Standing], int]:
        rows = (one for one in self._rows.values() if one.data_set == data_set and campaign in ("", one.campaign))
        return Counter((one.kind, one.standing) for one in rows)

    def of_person(self, data_set: str, key: int) -> tuple[Response, ...]:
        return self._newest(one for one in self._rows.values() if one.data_set == data_set and one.key == key)

    def aside(self, data_set: str, limit: int = 100) -> tuple[Response, ...]:
        unknown = (
            one for one in self._rows.values() if one.data_set == data_set and one.standing is Standing.UNKNOWN_PERSON
        )
        return self._newest(unknown)[:limit]

    def forget(self, data_set: str, key: int) -> int:
        with self._lock:
            theirs = [one for one in self._rows.values() if one.data_set == data_set and one.key == key]
            for one in theirs:
                self._rows[data_set, one.id] = forgotten(one)
            return len(theirs)

    def _newest(self, rows: Iterable[Response]) -> tuple[Response, ...]:
        return tuple(sorted(rows, key=lambda one: (one.at, one.id), reverse=True))


def forgotten(response: Response) -> Response:
    """The event without whose it is."""
    return replace(response, key=None, message="", standing=Standing.UNKNOWN_PERSON)
