"""Slack's Web API as this product calls it: few calls, typed results, rate limits honoured, a lost token told at once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler

from assistant.channels.slack.blocks import Json, Message

LOG: Final = logging.getLogger(__name__)
TOKEN_GONE: Final = frozenset(
    {"token_revoked", "invalid_auth", "not_authed", "account_inactive", "token_expired", "app_uninstalled"}
)
SECONDS: Final = 20  # one request may take so long
RETRIES: Final = 3  # of one request that Slack put off
PAGE: Final = 200


class SlackRefusedError(Exception):
    """Slack did not do what it was asked. `code` is its own word for why; no text of a message is part of it."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method}: {code}")
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Ourselves:
    """Which workspace this is, and who the app is in it."""

    team: str
    user: str
    bot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Who can find a channel: everybody of the workspace, its members, or also people of another organisation."""

    open_to_all: bool
    shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What Slack says about a user. `outside` is a person of another workspace, or one who may see single channels only."""

    id: str
    email: str
    locale: str
    bot: bool
    gone: bool
    outside: bool


class SlackApi:
    """Every call to Slack. `on_token_gone` hears, once a call, that the token is not valid any more."""

    def __init__(self, *, token: str, address: str, on_token_gone: Callable[[str], None]) -> None:
        self.client = WebClient(
            token=token,
            base_url=address if address.endswith("/") else f"{address}/",
            timeout=SECONDS,
            retry_handlers=[
                ConnectionErrorRetryHandler(max_retry_count=1),
                RateLimitErrorRetryHandler(max_retry_count=RETRIES),
            ],
        )
        self._on_token_gone = on_token_gone
        self._lock = threading.Lock()
        self._direct: dict[str, str] = {}

    def call(self, method: str, **given: Json) -> Mapping[str, Json]:
        """One call by the name of its method; raises `SlackRefusedError`."""
        try:
            body = {name: value for name, value in given.items() if value not in (None, "")}
            answered = self.client.api_call(method, json=body)
        except SlackApiError as error:
            raise self.refused(method, str(error.response.get("error") or "unknown")) from error
        except (SlackClientError, OSError, ValueError) as error:
            raise SlackRefusedError(method, type(error).__name__) from error
        data: object = answered.data
        return data if isinstance(data, dict) else {}

    def ask(self, method: str, **given: str | int | bool) -> Mapping[str, Json]:
        """As `call`, for methods that only read: those take no JSON."""
        try:
            answered = self.client.api_call(method, http_verb="GET", params=given)
        except SlackApiError as error:
            raise self.refused(method, str(error.response.get("error") or "unknown")) from error
        except (SlackClientError, OSError, ValueError) as error:
            raise SlackRefusedError(method, type(error).__name__) from error
        data: object = answered.data
        return data if isinstance(data, dict) else {}

    def refused(self, method: str, code: str) -> SlackRefusedError:
        """The error for a code of Slack's; a lost token is passed on."""
        if code in TOKEN_GONE:
            self._on_token_gone(code)
        return SlackRefusedError(method, code)

    def ourselves(self) -> Ourselves:
        said = self.call("auth.test")
        return Ourselves(team=text(said, "team_id"), user=text(said, "user_id"), bot=text(said, "bot_id"))

    # --- messages

    def post(self, channel: str, message: Message, *, thread: str = "") -> str:
        """The time stamp of the new message."""
        return text(self.call("chat.postMessage", channel=channel, thread_ts=thread, **_shown(message)), "ts")

    def update(self, channel: str, stamp: str, message: Message) -> None:
        self.call("chat.update", channel=channel, ts=stamp, **_shown(message))

    def whisper(self, channel: str, user: str, message: Message, *, thread: str = "") -> None:
        """A message that one person of a channel sees, for as long as they look."""
        self.call("chat.postEphemeral", channel=channel, user=user, thread_ts=thread, **_shown(message))

    def direct(self, user: str) -> str:
        """The channel in which only this person and the app are."""
        with self._lock:
            known = self._direct.get(user)
        if known:
            return known
        opened = text(part(self.call("conversations.open", users=user), "channel"), "id")
        with self._lock:
            self._direct[user] = opened
        return opened

    def upload(self, channel: str, file: str, *, title: str, described: str = "", thread: str = "") -> None:
        """Put a file into a channel; `described` is for those who cannot see it."""
        try:
            self.client.files_upload_v2(
                file=file,
                filename=Path(file).name,
                title=title,
                alt_txt=described or None,
                channel=channel,
                thread_ts=thread or None,
            )
        except SlackApiError as error:
            raise self.refused("files_upload_v2", str(error.response.get("error") or "unknown")) from error
        except (SlackClientError, OSError, ValueError) as error:
            raise SlackRefusedError("files_upload_v2", type(error).__name__) from error

    # --- people and channels

    def profile(self, user: str, team: str) -> Profile:
        return _profile(part(self.ask("users.info", user=user, include_locale=True), "user"), team)

    def channel(self, channel: str) -> Channel:
        about = part(self.ask("conversations.info", channel=channel), "channel")
        shared = any(
            about.get(name) is True for name in ("is_shared", "is_ext_shared", "is_org_shared", "is_pending_ext_shared")
        )
        closed = about.get("is_private") is True or about.get("is_mpim") is True
        return Channel(open_to_all=not closed, shared=shared)

    def members(self, channel: str, most: int) -> tuple[str, ...] | None:
        """Ids of all who are in a channel; `None` when they are more than `most`."""
        found: list[str] = []
        cursor = ""
        while True:
            page = self.ask("conversations.members", channel=channel, limit=PAGE, cursor=cursor)
            found += [str(one) for one in items(page, "members")]
            cursor = text(part(page, "response_metadata"), "next_cursor")
            if len(found) > most:
                return None
            if not cursor:
                return tuple(found)

    def everybody(self, team: str, most: int) -> tuple[Profile, ...] | None:
        """All people of the workspace who can look into its open channels; `None` when they are more than `most`."""
        found: list[Profile] = []
        cursor = ""
        while True:
            page = self.ask("users.list", limit=PAGE, cursor=cursor)
            people = (_profile(one, team) for one in items(page, "members") if isinstance(one, dict))
            found += [one for one in people if not (one.bot or one.gone or one.outside)]
            cursor = text(part(page, "response_metadata"), "next_cursor")
            if len(found) > most:
                return None
            if not cursor:
                return tuple(found)

    # --- dialogs and the home page

    def open_view(self, trigger: str, view: Mapping[str, Json]) -> str:
        """The id of a dialog that was opened."""
        return text(part(self.call("views.open", trigger_id=trigger, view=view), "view"), "id")

    def update_view(self, view_id: str, view: Mapping[str, Json]) -> None:
        self.call("views.update", view_id=view_id, view=view)

    def publish(self, user: str, view: Mapping[str, Json]) -> None:
        self.call("views.publish", user_id=user, view=view)


def _shown(message: Message) -> dict[str, Json]:
    return {"text": message.text, "blocks": list(message.blocks), "unfurl_links": False, "unfurl_media": False}


def _profile(user: Mapping[str, Json], team: str) -> Profile:
    about, teams = part(user, "profile"), items(part(user, "enterprise_user"), "teams")
    home = text(user, "team_id")
    limited = any(user.get(name) is True for name in ("is_restricted", "is_ultra_restricted", "is_stranger"))
    confirmed = user.get("is_email_confirmed") is not False
    return Profile(
        id=text(user, "id"),
        email=text(about, "email") if confirmed else "",
        locale=text(user, "locale"),
        bot=user.get("is_bot") is True or text(user, "id") == "USLACKBOT",
        gone=user.get("deleted") is True,
        outside=limited or not (home == team or team in teams),
    )


def text(data: Mapping[str, Json], name: str) -> str:
    """A text of a payload; empty when it is missing or something else."""
    value = data.get(name)
    return value if isinstance(value, str) else ""


def part(data: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def items(data: Mapping[str, Json], name: str) -> tuple[Json, ...]:
    value = data.get(name)
    return tuple(value) if isinstance(value, list) else ()
