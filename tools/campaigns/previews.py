"""What messages will say, shown before they are sent, with the masks of whoever looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from semantic_layer.errors import InvalidPlanError
from semantic_layer.model.outreach import Channel
from semantic_layer.query.predicate import conjoin
from semantic_layer.table import Cell
from tools.campaigns.content import Place, Preview, Wordbook, fields_in, filled, length_of
from tools.campaigns.reading import Reader
from tools.campaigns.types import Campaign, Variant

_EACH: Final = 3
_LINK: Final = "https://…"


def previews(campaign: Campaign, channel: Channel, reader: Reader) -> tuple[Preview, ...]:
    """A few people of each variant; a variant for nobody shows its text as it is. Raises for placeholders that are wrong."""
    book = Wordbook(reader.layer, reader.user)
    return tuple(found for variant in campaign.variants for found in _of(variant, campaign, channel, reader, book))


def _of(variant: Variant, campaign: Campaign, channel: Channel, reader: Reader, book: Wordbook) -> Iterator[Preview]:
    body, subject = book.places(variant.body), book.places(variant.subject)
    fields = fields_in((*body, *subject))
    parts = tuple(part for part in (campaign.audience.where, variant.where) if part is not None)
    audience = replace(campaign.audience, where=conjoin(parts))
    try:
        found = reader.layer.people(audience, reader.user, fields=fields, limit=_EACH, cancel=reader.cancel).table
        people = [dict(zip((column.source for column in found.columns), row, strict=True)) for row in found.rows]
    except InvalidPlanError:  # conditions of the variant that contradict the audience leave nobody
        people = []
    seen: set[tuple[str, str]] = set()
    for values in people or [{}]:
        said = _said(variant.subject, subject, values), _said(variant.body, body, values)
        if said not in seen:
            seen.add(said)
            yield Preview(variant=variant.name, subject=said[0], body=said[1], length=length_of(said[1], channel))


def _said(text: str, places: tuple[Place, ...], values: dict[str, Cell]) -> str:
    found = filled(text, places, values, _LINK)
    return text if found is None else found
