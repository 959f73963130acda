"""Campaigns as JSON text: audiences and conditions by the codec of questions, all else by name."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final, cast

from semantic_layer.query.codec import Json, decode_audience, decode_predicate, encode
from tools.campaigns.types import Campaign, State, Variant

_TIMES: Final = ("created_at", "updated_at", "send_at", "sent_at", "deleted_at")
_NAMES: Final = ("roles", "sender_roles")


def campaign_to_json(campaign: Campaign) -> str:
    """Equal campaigns give equal text."""
    data: dict[str, Json] = {}
    for field in dataclasses.fields(campaign):
        value = getattr(campaign, field.name)
        if field.name == "audience":
            data[field.name] = encode(campaign.audience)
        elif field.name == "variants":
            data[field.name] = [_variant(one) for one in campaign.variants]
        elif isinstance(value, datetime):
            data[field.name] = value.isoformat()
        elif isinstance(value, tuple):
            data[field.name] = list(value)
        else:
            data[field.name] = value
    return json.dumps(data, ensure_ascii=False, sort_keys=True, allow_nan=False, separators=(",", ":"))


def campaign_from_json(text: str) -> Campaign:
    """Parts that later versions added have their defaults."""
    data = json.loads(text)
    values: dict[str, object] = dict(data)
    values["audience"] = decode_audience(data["audience"])
    values["variants"] = tuple(_variant_of(one) for one in data.get("variants", ()))
    values["state"] = State(data["state"])
    for name in _TIMES:
        if data.get(name):
            values[name] = datetime.fromisoformat(data[name])
    for name in _NAMES:
        values[name] = tuple(data.get(name, ()))
    return Campaign(**values)  # type: ignore[arg-type]  # written by the function above


def _variant(variant: Variant) -> dict[str, Json]:
    where = encode(variant.where) if variant.where is not None else None
    return {"name": variant.name, "subject": variant.subject, "body": variant.body, "where": where}


def _variant_of(data: Mapping[str, Json]) -> Variant:
    where = data.get("where")
    return Variant(
        name=cast("str", data["name"]),
        subject=cast("str", data["subject"]),
        body=cast("str", data["body"]),
        where=decode_predicate(where) if where is not None else None,
    )
