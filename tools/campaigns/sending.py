"""What whoever sends asks of campaigns: who is to get a message, who still may, what it says; and what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from semantic_layer.engines.columns import Array
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.outreach import Channel
from semantic_layer.query.predicate import Compare, Not, Predicate
from semantic_layer.table import Cell
from tools.campaigns.addresses import usable
from tools.campaigns.contacts import Contacts, capped, from_here
from tools.campaigns.content import Place, Wordbook, fields_in, filled
from tools.campaigns.desk import CampaignDesk
from tools.campaigns.gate import Handover
from tools.campaigns.keys import keys_of, union
from tools.campaigns.reading import Reader
from tools.campaigns.store import Contacted, Frozen, Said
from tools.campaigns.types import Campaign, LeftOut, State, Variant
from tools.campaigns.waterfall import asleep, consent_needed, longest
from tools.destinations.types import Message, message_id

_FRESH: Final = timedelta(minutes=10)
Link = Callable[[str, int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    """A variant ready to be filled, with the people who get it."""

    variant: Variant
    body: tuple[Place, ...]
    subject: tuple[Place, ...]
    people: BitMap


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What was read of one campaign, used for a few minutes so that batches need not read it again each time."""

    until: datetime
    reader: Reader
    channel: Channel
    frozen: Frozen
    contacts: Contacts
    texts: tuple[_Texts, ...]
    keys: NDArray[np.int64]
    addresses: Array
    values: Mapping[str, Array]


def no_link(_campaign: str, _key: int) -> str:
    """Nowhere to unsubscribe by a link."""
    return ""


class DeskGate:
    """The `SendGate` over a desk. `link` gives the address at which one person can say no to one campaign."""

    def __init__(self, desk: CampaignDesk, *, link: Link = no_link) -> None:
        self._desk = desk
        self._link = link
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    # ---- who

    def handover(self, campaign_id: str) -> Handover:
        campaign = self._desk.records.get(campaign_id)
        frozen = self._frozen(campaign)
        return Handover(
            campaign=campaign.id,
            data_set=campaign.data_set,
            name=campaign.name,
            revision=frozen.revision,
            destination=campaign.destination,
            channel=campaign.channel,
            keys=frozen.treated,
            sender=campaign.sender,
            transactional=campaign.transactional,
        )

    def keys_to_send(self, campaign_id: str) -> BitMap:
        return self.handover(campaign_id).keys - self._desk.store.noted(campaign_id)

    def state(self, campaign_id: str) -> State:
        return self._desk.records.get(campaign_id).state

    def still_allowed(self, campaign_id: str, keys: BitMap) -> BitMap:
        if self.state(campaign_id) is not State.SENDING:
            return BitMap()
        barred = self.barred(campaign_id, keys)
        return (keys & self.keys_to_send(campaign_id)) - union(barred.values())

    def barred(self, campaign_id: str, keys: BitMap) -> Mapping[LeftOut, BitMap]:
        campaign = self._desk.records.get(campaign_id)
        kept = self._keep(campaign)
        now = self._desk.clock()
        rules = self._desk.policies.rules()
        answers = self._desk.consents.answers(campaign.channel, kept.reader.data_until(now))
        recent = self._desk.weighing.contacts_here(now, longest(campaign, rules))
        here = [replace(one, keys=one.keys & keys) for one in recent if one.campaign != campaign_id]
        contacts = (kept.contacts, from_here(here, now))
        left = BitMap(keys)
        found: dict[LeftOut, BitMap] = {}
        for reason, people in (
            (LeftOut.UNSUBSCRIBED, answers.refused),
            (LeftOut.CAPPED, capped(contacts, left, rules.caps(campaign))),
            (LeftOut.QUIET_HOURS, asleep(left, rules.quiet(campaign), kept.reader, now)),
        ):
            taken = left & people
            left -= taken
            if taken:
                found[reason] = taken
        return found

    # ---- what

    def messages(self, campaign_id: str, keys: BitMap) -> tuple[Message, ...]:
        campaign = self._desk.records.get(campaign_id)
        kept = self._keep(campaign)
        wanted = keys_of(keys & kept.frozen.treated)
        if not kept.keys.size or not wanted.size:
            return ()
        places = np.minimum(np.searchsorted(kept.keys, wanted), kept.keys.size - 1)
        found = ((int(key), int(at)) for key, at in zip(wanted, places, strict=True) if kept.keys[at] == key)
        made = (self._message(campaign, kept, key, at) for key, at in found)
        return tuple(message for message in made if message is not None)

    def _message(self, campaign: Campaign, kept: _Kept, key: int, at: int) -> Message | None:
        text = next((one for one in kept.texts if key in one.people), None)
        if text is None:
            return None
        values: dict[str, Cell] = {name: _plain(column[at]) for name, column in kept.values.items()}
        link = self._link(campaign.id, key)
        body = filled(text.variant.body, text.body, values, link)
        subject = filled(text.variant.subject, text.subject, values, link)
        if body is None or subject is None:
            return None
        return Message(
            id=message_id(campaign.id, key),
            key=key,
            address=str(kept.addresses[at]),
            body=body,
            subject=subject,
            variant=text.variant.name,
            fields={place.words: filled(f"{{{place.words}}}", (place,), values, link) or "" for place in text.body},
            unsubscribe=link,
            campaign=campaign.id,
        )

    # ---- what came of it

    def note_sent(self, campaign_id: str, keys: BitMap, at: datetime) -> None:
        campaign = self._desk.records.get(campaign_id)
        self._desk.store.add_contacted(
            Contacted(
                campaign=campaign.id,
                data_set=campaign.data_set,
                channel=campaign.channel,
                at=at,
                keys=keys,
                kind=campaign.kind,
                counts=self._desk.policies.rules().counts(campaign),
            )
        )

    def note_unsubscribed(self, campaign_id: str, keys: BitMap, at: datetime, source: str) -> None:
        campaign = self._desk.records.get(campaign_id)
        moment = min(at, self._desk.clock())
        self._desk.consents.note(campaign.channel, keys, Said.NO, by="customer", source=source, at=moment)

    def note_finished(self, campaign_id: str, at: datetime) -> None:
        self._desk.records.finish(campaign_id, at)
        with self._lock:
            self._kept.pop(campaign_id, None)

    # ---- reading once

    def _frozen(self, campaign: Campaign) -> Frozen:
        frozen = self._desk.store.frozen(campaign.id)
        if frozen is None or frozen.revision != campaign.revision:
            raise InvalidPlanError(
                Text(
                    f"活动「{campaign.name}」还没有开始发送，没有任何消息发出。请先批准并开始。",
                    f"{campaign.name!r} was not started, so nothing leaves. Have it approved and start it.",
                )
            )
        return frozen

    def _keep(self, campaign: Campaign) -> _Kept:
        now = self._desk.clock()
        with self._lock:
            kept = self._kept.get(campaign.id)
            if kept is None or kept.until <= now:
                kept = self._kept[campaign.id] = self._read(campaign, now + _FRESH)
            return kept

    def _read(self, campaign: Campaign, until: datetime) -> _Kept:
        desk = self._desk
        frozen = self._frozen(campaign)
        reader = desk.reader_of_sender(campaign)
        channel = desk.weighing.channel(campaign.channel)
        texts = _texts(campaign, reader, frozen.treated)
        fields = fields_in(place for text in texts for place in (*text.body, *text.subject))
        keys, columns = _rows(campaign, channel, reader, desk, frozen, (channel.contact, *fields))
        hours = longest(campaign, desk.policies.rules())
        return _Kept(
            until=until,
            reader=reader,
            channel=channel,
            frozen=frozen,
            contacts=reader.contacts(desk.outreach.history, hours, desk.clock()),
            texts=texts,
            keys=keys,
            addresses=columns[0],
            values=dict(zip(fields, columns[1:], strict=True)),
        )


def _texts(campaign: Campaign, reader: Reader, treated: BitMap) -> tuple[_Texts, ...]:
    """Everybody gets the first variant whose condition holds for them now, whether or not they still match the audience."""
    book = Wordbook(reader.layer, reader.user)
    left = treated
    found: list[_Texts] = []
    for variant in campaign.variants:
        fits = left if variant.where is None else left & reader.all_with(variant.where)
        body, subject = book.places(variant.body), book.places(variant.subject)
        found.append(_Texts(variant=variant, body=body, subject=subject, people=fits))
        left = left - fits
    return tuple(found)


def _rows(
    campaign: Campaign, channel: Channel, reader: Reader, desk: CampaignDesk, frozen: Frozen, fields: Sequence[str]
) -> tuple[NDArray[np.int64], list[Array]]:
    """Fields of those to be written to, by ascending key. Contacts are read of those only who agreed, in the data or here."""
    needs = consent_needed(campaign, channel, reader, desk.policies.rules())
    parts: list[tuple[NDArray[np.int64], list[Array]]] = []
    for where, people in _agreed(channel, reader, desk, frozen.treated, needs=needs):
        keys, columns = reader.rows(fields, where, channel)
        inside = np.isin(keys, keys_of(people)) & usable(columns[0], channel.kind)
        parts.append((keys[inside], [column[inside] for column in columns]))
    keys = np.concatenate([keys for keys, _ in parts]) if parts else np.empty(0, dtype=np.int64)
    order = np.argsort(keys)
    columns = (
        [np.concatenate([part[number] for _, part in parts])[order] for number in range(len(fields))] if parts else []
    )
    return keys[order], columns or [np.empty(0, dtype=object) for _ in fields]


def _agreed(
    channel: Channel, reader: Reader, desk: CampaignDesk, treated: BitMap, *, needs: bool
) -> list[tuple[Predicate | None, BitMap]]:
    """Conditions under which rows may be read, each with the people for whom it is asked."""
    if not needs:
        return [(None, treated)]
    here = treated & desk.consents.answers(channel.name, reader.data_until(desk.clock())).agreed
    if not channel.consent:
        return [(None, here)]
    agreed = Compare(channel.consent, "=", value=True)
    return [(agreed, treated), *([(Not(agreed), here)] if here else [])]


def _plain(value: object) -> Cell:
    """A cell of an array as the value that tables have."""
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else value.astype("datetime64[us]").item()
    return value.item() if isinstance(value, np.generic) else value  # type: ignore[return-value]
