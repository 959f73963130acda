"""Signing in at another party, as a seam: the real one speaks OpenID Connect, the scripted one is for tests and trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlencode

from assistant.accounts.types import Account, SignInError
from semantic_layer.errors import Text


class IdentityProvider(Protocol):
    """Both methods may talk to the network and block. Errors are `UserError`s for the person who signs in."""

    @property
    def label(self) -> str:
        """What people call the provider."""
        ...

    def begin(self, redirect_uri: str) -> tuple[str, str]:
        """The address to send the browser to, and a state that comes back to `finish` from that browser alone."""
        ...

    def finish(self, *, state: str, answer: Mapping[str, str], redirect_uri: str) -> Account:
        """Whose identity was proven. `answer` is what the provider sent along: `code` and `state`, or `error`."""
        ...


class ScriptedIdentity:
    """An `IdentityProvider` that proves `account` to whoever comes back with the state that they left with."""

    def __init__(self, account: Account, *, state: str, address: str = "https://login.example.com/authorize") -> None:
        self._account = account
        self._state = state
        self._address = address

    @property
    def label(self) -> str:
        return "Example"

    def begin(self, redirect_uri: str) -> tuple[str, str]:
        return f"{self._address}?{urlencode({'state': self._state, 'redirect_uri': redirect_uri})}", self._state

    def finish(self, *, state: str, answer: Mapping[str, str], redirect_uri: str) -> Account:
        if state != self._state or answer.get("state") != self._state:
            raise SignInError(
                Text("登录没有完成，请重新开始。", "The sign-in was not completed. Please start again."),
            )
        return self._account
