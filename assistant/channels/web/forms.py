"""Reads what a form sends."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from assistant.accounts.types import Visit

_MOST_FIELDS: Final = 20


async def fields_of(request: Request) -> Mapping[str, str]:
    """The fields of a plain form, each once; empty for anything else."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    body = await request.body()
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        return {}
    return dict(reversed(pairs))


def is_own_form(visit: Visit, fields: Mapping[str, str]) -> bool:
    """Whether a form was drawn for this session."""
    return secrets.compare_digest(visit.form_token.encode(), fields.get("form_token", "").encode())
