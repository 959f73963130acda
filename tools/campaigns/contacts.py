"""How often people were contacted in running windows: from the messages in the data and from what was sent here, as arrays.

Times are ages in seconds, below 0 for what is planned: before now for what was sent here, before the end of the data for what
stands in the data. Data that is some days old thus counts as if those days had not passed: rather one message too few than one
too many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyroaring import BitMap

from tools.campaigns.keys import bitmap, keys_of
from tools.campaigns.rules import FrequencyCap
from tools.campaigns.store import Contacted

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Contacts:
    """One entry a contact, in arrays of one length; `channels` and `kinds` hold places in the names beside them."""

    keys: NDArray[np.int64]
    ages: NDArray[np.float64]
    channels: NDArray[np.int32]
    kinds: NDArray[np.int32]
    channel_names: tuple[str, ...] = ()
    kind_names: tuple[str, ...] = ()

    def counted(
        self, people: NDArray[np.int64], hours: float, *, later: float = 0, channel: str = "", kinds: Sequence[str] = ()
    ) -> NDArray[np.int64]:
        """For each of `people` (ascending) how many contacts the window of `hours` holds that ends `later` seconds from now."""
        ages = self.ages + later
        chosen = (ages >= 0) & (ages < hours * HOUR)
        if channel:
            chosen &= self.channels == _place(self.channel_names, channel)
        if kinds:
            chosen &= np.isin(self.kinds, [_place(self.kind_names, kind) for kind in kinds])
        return _tally(self.keys[chosen], people)


def from_data(
    keys: NDArray[Any], sent: NDArray[Any], channels: NDArray[Any], kinds: NDArray[Any], until: datetime
) -> Contacts:
    """Messages of the data. `sent` and `until` are times of the company's own clock, without a zone."""
    known = ~np.isnat(sent.astype("datetime64[s]"))
    ages = (np.datetime64(until.replace(tzinfo=None), "s") - sent[known].astype("datetime64[s]")).astype(np.float64)
    channel_codes, channel_names = _coded(channels[known])
    kind_codes, kind_names = _coded(kinds[known])
    return Contacts(
        keys[known].astype(np.int64), np.maximum(ages, 0), channel_codes, kind_codes, channel_names, kind_names
    )


def from_here(contacted: Sequence[Contacted], now: datetime) -> Contacts:
    """What was sent here, and whom it was kept from: both count, so that caps treat both groups alike."""
    rows = [one for one in contacted if one.counts]
    channel_names = tuple(dict.fromkeys(one.channel for one in rows))
    kind_names = tuple(dict.fromkeys(one.kind for one in rows))
    sizes = [len(one.keys) for one in rows]
    return Contacts(
        np.concatenate([keys_of(one.keys) for one in rows]) if rows else np.empty(0, dtype=np.int64),
        np.repeat(np.array([(now - one.at).total_seconds() for one in rows], dtype=np.float64), sizes),
        np.repeat(np.array([channel_names.index(one.channel) for one in rows], dtype=np.int32), sizes),
        np.repeat(np.array([kind_names.index(one.kind) for one in rows], dtype=np.int32), sizes),
        channel_names,
        kind_names,
    )


def nobody() -> Contacts:
    """No contact at all."""
    none = np.empty(0, dtype=np.int64)
    return Contacts(none, none.astype(np.float64), none.astype(np.int32), none.astype(np.int32))


def counted(
    parts: Sequence[Contacts], people: NDArray[np.int64], cap: FrequencyCap, *, later: float = 0
) -> NDArray[np.int64]:
    """How many contacts each of `people` has in the window of a cap, over all parts."""
    total = np.zeros(people.size, dtype=np.int64)
    for part in parts:
        total += part.counted(people, cap.hours, later=later, channel=cap.channel, kinds=cap.kinds)
    return total


def capped(parts: Sequence[Contacts], people: BitMap, caps: Sequence[FrequencyCap], *, later: float = 0) -> BitMap:
    """Those for whom one message more would break a cap."""
    keys = keys_of(people)
    full = np.zeros(keys.size, dtype=bool)
    for cap in caps:
        full |= counted(parts, keys, cap, later=later) >= cap.most
    return bitmap(keys[full])


def contacted_within(parts: Sequence[Contacts], people: BitMap, hours: float, *, later: float = 0) -> BitMap:
    """Those who were contacted at all inside the window."""
    keys = keys_of(people)
    found = np.zeros(keys.size, dtype=bool)
    for part in parts:
        found |= part.counted(keys, hours, later=later) > 0
    return bitmap(keys[found])


def _tally(keys: NDArray[np.int64], people: NDArray[np.int64]) -> NDArray[np.int64]:
    if not people.size or not keys.size:
        return np.zeros(people.size, dtype=np.int64)
    places = np.minimum(np.searchsorted(people, keys), people.size - 1)
    return np.bincount(places[people[places] == keys], minlength=people.size).astype(np.int64)


def _coded(values: NDArray[Any]) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    texts = pa.array(values, type=pa.string(), from_pandas=True).fill_null("").dictionary_encode()
    return np.asarray(texts.indices, dtype=np.int32), tuple(texts.dictionary.to_pylist())


def _place(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else -1
