"""What Slack delivers, as values. Whatever is not meant for the app becomes nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from assistant.channels.slack.api import Ourselves, items, part, text
from assistant.channels.slack.blocks import Json
from assistant.channels.slack.values import Form, Home, Job, Lost, Order, Place, Press

Content = Job | Order | Press | Form | Home | Lost

_MARKED: Final = re.compile(r"<([^<>]*)>")
_SIGNS: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to act on, and all names by which Slack may deliver it again."""

    content: Content
    keys: tuple[str, ...]


def read(body: Mapping[str, Json], us: Ourselves) -> Delivery | None:
    """An event, command, button or dialog; `None` for edits, messages of bots, and what the app did not ask for."""
    if "command" in body:
        return _order(body, us)
    match text(body, "type"):
        case "event_callback":
            return _event(body, us)
        case "block_actions":
            return _press(body, us)
        case "view_submission":
            return _form(body)
        case _:
            return None


def words(said: str) -> str:
    """What a person typed: mentions left out, links as they read, Slack's escapes undone."""

    def plain(found: re.Match[str]) -> str:
        inside = found.group(1)
        if inside[:1] in ("@", "!"):
            return " "
        return inside.rsplit("|", 1)[-1].lstrip("#")

    clean = _MARKED.sub(plain, said)
    for sign, meant in _SIGNS:
        clean = clean.replace(sign, meant)
    return " ".join(clean.split())


def _event(body: Mapping[str, Json], us: Ourselves) -> Delivery | None:
    event = part(body, "event")
    keys = (f"event:{text(body, 'event_id')}",)
    match text(event, "type"):
        case "app_mention":
            return _question(event, us, keys)
        case "message" if text(event, "channel_type") == "im":
            return _question(event, us, keys)
        case "app_home_opened" if text(event, "tab") == "home":
            return Delivery(Home(key=keys[0], user=text(event, "user")), keys)
        case "app_uninstalled":
            return Delivery(Lost("app_uninstalled"), keys)
        case "tokens_revoked" if items(part(event, "tokens"), "bot"):
            return Delivery(Lost("tokens_revoked"), keys)
        case _:
            return None


def _question(event: Mapping[str, Json], us: Ourselves, keys: tuple[str, ...]) -> Delivery | None:
    user, stamp, channel = text(event, "user"), text(event, "ts"), text(event, "channel")
    if not (user and stamp and channel) or user == us.user:
        return None
    if text(event, "bot_id") or text(event, "subtype") or "edited" in event:
        return None
    thread = text(event, "thread_ts")
    direct = channel.startswith("D")
    key = f"message:{us.team}:{channel}:{stamp}"
    place = Place(team=us.team, channel=channel, thread=thread or ("" if direct else stamp))
    job = Job(
        key=key, place=place, user=user, text=words(text(event, "text")), follows=direct or thread not in ("", stamp)
    )
    return Delivery(job, (key, *keys))


def _order(body: Mapping[str, Json], us: Ourselves) -> Delivery | None:
    key, user, channel = f"trigger:{text(body, 'trigger_id')}", text(body, "user_id"), text(body, "channel_id")
    if not (user and channel):
        return None
    place = Place(team=us.team, channel=channel)
    return Delivery(Order(key=key, text=words(text(body, "text")), place=place, user=user), (key,))


def _press(body: Mapping[str, Json], us: Ourselves) -> Delivery | None:
    action = next((one for one in items(body, "actions") if isinstance(one, dict)), None)
    if action is None:
        return None
    container, message = part(body, "container"), part(body, "message")
    user = text(part(body, "user"), "id")
    stamp = text(container, "message_ts") or text(message, "ts")
    thread = text(container, "thread_ts") or text(message, "thread_ts")
    key = f"trigger:{text(body, 'trigger_id')}"
    press = Press(
        key=key,
        act=text(action, "action_id"),
        value=text(action, "value") or text(part(action, "selected_option"), "value"),
        place=Place(
            team=us.team,
            channel=text(part(body, "channel"), "id") or text(container, "channel_id"),
            thread=thread,
        ),
        user=user,
        message=stamp,
        trigger=text(body, "trigger_id"),
    )
    return Delivery(press, (key,))


def _form(body: Mapping[str, Json]) -> Delivery:
    view = part(body, "view")
    key = f"trigger:{text(body, 'trigger_id')}"
    fields: dict[str, tuple[str, ...]] = {}
    values = part(part(view, "state"), "values")
    for name in values:
        for value in part(values, name).values():
            fields[name] = _typed(value) if isinstance(value, dict) else ()
    form = Form(
        key=key,
        kind=text(view, "callback_id"),
        view=text(view, "id"),
        about=text(view, "private_metadata"),
        user=text(part(body, "user"), "id"),
        fields=fields,
    )
    return Delivery(form, (key,))


def _typed(value: Mapping[str, Json]) -> tuple[str, ...]:
    several = items(value, "selected_options")
    if several:
        return tuple(text(one, "value") for one in several if isinstance(one, dict))
    one = text(value, "value") or text(part(value, "selected_option"), "value")
    return (one,) if one else ()
