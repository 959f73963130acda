"""Requests that must not be carried out twice: what is kept of them, the seam to where, its fake, and the rule."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from assistant.channels.http import words
from semantic_layer.errors import UserError

KEPT_FOR: Final = timedelta(hours=24)
GIVEN_UP_AFTER: Final = timedelta(minutes=15)
"""How long a request may be under way before the process that had it is taken to be gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """Whose request it is, at which route, and the key that came with it."""

    owner: str
    route: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A response as it can be given again: a body, or a file on this machine."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    file: str = ""


class InProgressError(UserError):
    """The same request is being carried out."""

    def __init__(self) -> None:
        super().__init__(words.IN_PROGRESS)


class OtherRequestError(UserError):
    """The key came with another request before."""

    def __init__(self) -> None:
        super().__init__(words.OTHER_REQUEST)


class RequestStore(Protocol):
    """Keeps requests with their responses for a day. Raises `DataError` when it cannot."""

    def begin(self, key: RequestKey, digest: str, *, at: datetime) -> Kept | None:
        """Note that a request begins. The response when it was carried out before; `None` when it is to be now.

        Raises `InProgressError`, and `OtherRequestError` when `digest` is not that of the first time.
        """
        ...

    def finish(self, key: RequestKey, kept: Kept) -> None: ...

    def forget(self, key: RequestKey) -> None:
        """The request came to nothing, so it may be tried again."""
        ...


def once(
    store: RequestStore, key: RequestKey | None, digest: str, work: Callable[[], Kept], *, clock: Callable[[], datetime]
) -> Kept:
    """Carry out `work`, unless the same request was carried out before: then its response. What fails is forgotten."""
    if key is None:
        return work()
    before = store.begin(key, digest, at=clock())
    if before is not None:
        return before
    try:
        kept = work()
    except BaseException:
        store.forget(key)
        raise
    store.finish(key, kept)
    return kept


@dataclass(slots=True)
class _Row:
    digest: str
    begun_at: datetime
    kept: Kept | None = None


class RequestsInMemory:
    """The fake: keeps requests as long as the process lives."""

    def __init__(self) -> None:
        self._rows: dict[RequestKey, _Row] = {}
        self._lock = threading.Lock()

    def begin(self, key: RequestKey, digest: str, *, at: datetime) -> Kept | None:
        with self._lock:
            self._rows = {one: row for one, row in self._rows.items() if row.begun_at > at - KEPT_FOR}
            row = self._rows.get(key)
            if row is None:
                self._rows[key] = _Row(digest, at)
                return None
            if row.digest != digest:
                raise OtherRequestError
            if row.kept is None:
                if row.begun_at > at - GIVEN_UP_AFTER:
                    raise InProgressError
                row.begun_at = at
            return row.kept

    def finish(self, key: RequestKey, kept: Kept) -> None:
        with self._lock:
            if key in self._rows:
                self._rows[key].kept = kept

    def forget(self, key: RequestKey) -> None:
        with self._lock:
            self._rows.pop(key, None)
