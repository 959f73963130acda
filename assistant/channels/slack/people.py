"""Who a Slack user is here: an account by identity or, if that was chosen, by e-mail address; else nobody, and why."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from assistant.accounts.port import Access
from assistant.accounts.types import Account
from assistant.channels.slack.api import Profile, SlackApi, SlackRefusedError
from assistant.channels.slack.values import Person
from assistant.channels.slack.words import WORDS
from semantic_layer.errors import Language, Text

FRESH_FOR: Final = timedelta(seconds=60)
MOST_KEPT: Final = 2_000


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who gets nothing, and what they are told; `said` is empty for those who are not answered at all."""

    said: Text | None
    language: Language


class People:
    """Looks Slack users up. Profiles are asked for again after a minute; accounts are looked at every time."""

    def __init__(
        self, api: SlackApi, access: Access, *, team: str, match_email: bool, clock: Callable[[], datetime]
    ) -> None:
        self._api = api
        self._access = access
        self._team = team
        self._match_email = match_email
        self._clock = clock
        self._lock = threading.Lock()
        self._profiles: dict[str, tuple[datetime, Profile]] = {}

    def identity(self, user: str) -> str:
        """How an administrator names this user in an account."""
        return f"slack:{self._team}:{user}"

    def find(self, user: str) -> Person | Stranger:
        """Fails closed: whoever cannot be looked up is a stranger."""
        try:
            profile = self._profile(user)
        except SlackRefusedError:
            return Stranger(WORDS["cannot_check"], "zh")
        language: Language = "zh" if profile.locale.startswith("zh") or not profile.locale else "en"
        if profile.bot or profile.gone:
            return Stranger(None, language)
        if profile.outside:
            return Stranger(WORDS["outsider"], language)
        account = self.account(user, profile)
        if account is None:
            identity, told = self.identity(user), WORDS["connect"]
            return Stranger(Text(told.zh.format(identity=identity), told.en.format(identity=identity)), language)
        return Person(slack=user, account=account, language=language)

    def account(self, user: str, profile: Profile | None = None) -> Account | None:
        """The account of a user; without `profile` it is asked for only when addresses are matched."""
        found = self._access.by_identity(self.identity(user))
        if found is not None or not self._match_email:
            return found
        known = profile or self._profile(user)
        usable = known.email and not (known.bot or known.gone or known.outside)
        return self._access.by_email(known.email) if usable else None

    def _profile(self, user: str) -> Profile:
        now = self._clock()
        with self._lock:
            known = self._profiles.get(user)
        if known is not None and now - known[0] < FRESH_FOR:
            return known[1]
        profile = self._api.profile(user, self._team)
        with self._lock:
            if len(self._profiles) >= MOST_KEPT:
                self._profiles.clear()
            self._profiles[user] = (now, profile)
        return profile
