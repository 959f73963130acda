"""Letters that are due: each computed under the rights that its reader has at that time, sent, tried again, ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from assistant.boards.desk import Note
from assistant.boards.digest import Stories, digest_text
from assistant.boards.letters import body_of, digest_of, subject_of
from assistant.boards.looking import Lookout
from assistant.boards.port import Place, TileView
from assistant.boards.post import Letter, Postman, postman_for
from assistant.scheduling import Every as EveryMinutes
from assistant.scheduling import Job
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text, UserError
from semantic_layer.policy.types import User
from semantic_layer.query.codec import Json
from tools.boards.subscribing import is_due, last_time
from tools.boards.types import Board, Subscription

STOP: Final = "/shared/stop/"
MINUTES: Final = 15.0
_VIA: Final = "subscription"
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Told:
    """A letter that is ready; `seen` is what is remembered when it has left. Without a letter there is nothing to tell."""

    seen: str
    letter: Letter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """The letters of one data set. `base` is the address at which people reach the page."""

    lookout: Lookout
    postmen: Sequence[Postman]
    base: str
    note: Note
    clock: Callable[[], datetime]
    stories: Sequence[Stories] = field(default=())

    def run(self) -> int:
        """Send what is due; how many letters left. One that fails is noted, shown to its reader, and tried again later."""
        sent = 0
        for one in self.lookout.room.subscriptions.living():
            if is_due(one, self.clock()):
                sent += self._deliver(one)
        return sent

    def _deliver(self, one: Subscription) -> bool:
        subscriptions = self.lookout.room.subscriptions
        user = self.lookout.user(one.person, _VIA)
        if user is None:  # closed, or without a role: nothing is theirs to see any more
            subscriptions.ended(one)
            return False
        try:
            told = self._digest(one, user) if not one.board else self._about_board(one, user)
            if told is None:
                subscriptions.ended(one)
                return False
            if told.letter is None:
                subscriptions.looked(one, told.seen) if one.every == "change" else subscriptions.sent(one, told.seen)
                return False
            self._send(one, told.letter)
        except UserError as error:
            subscriptions.failed(one, error.message)
            return False
        except Exception:  # noqa: BLE001  # one letter must not end the others; it is logged
            _LOG.exception("the letter of the subscription %s broke off", one.id)
            subscriptions.failed(
                one, Text("发送时意外中断，稍后会再试。", "Sending broke off; it is tried again later.")
            )
            return False
        subscriptions.sent(one, told.seen)
        about: Mapping[str, Json] = {"board": one.board} if one.board else {"digest": True}
        self.note(user, "was sent a letter", about)
        return True

    def _send(self, one: Subscription, letter: Letter) -> None:
        account = self.lookout.directory.account(one.person)
        if account is not None:
            postman_for(account, one.way, self.postmen).send(letter, account)

    def _about_board(self, one: Subscription, user: User) -> _Told | None:
        """`None` when the board, or the tile, is not there for this person any more."""
        try:
            board = self.lookout.board(Place(board=one.board), user)
        except UserError:
            return None
        tiles = tuple(tile for tile in board.shown if one.tile in ("", tile.id))
        if not tiles and one.tile:
            return None
        views = self._computed(board, one, user)
        if one.every == "change":
            return self._changed(one, board, views)
        seen = digest_of(views, currency=self.lookout.numbers.currency)
        return _Told(seen, self._letter(one, board, views) if views else None)

    def _changed(self, one: Subscription, board: Board, views: Sequence[TileView]) -> _Told:
        """A letter when what is shown changed, or the bound came to hold; the first look only remembers, unless it holds."""
        if any(view.state == "failed" for view in views):
            return _Told(one.seen)  # what cannot be computed has not changed
        if one.bound is not None:
            value = views[0].content.value if views and views[0].content is not None else None
            holds = value is not None and one.bound.holds(value)
            seen = "holds" if holds else "does not"
            return _Told(seen, self._letter(one, board, views) if holds and one.seen != "holds" else None)
        seen = digest_of(views, currency=self.lookout.numbers.currency)
        return _Told(seen, self._letter(one, board, views) if one.seen not in ("", seen) else None)

    def _computed(self, board: Board, one: Subscription, user: User) -> tuple[TileView, ...]:
        for view in self.lookout.tiles(board, user):
            if one.tile in ("", view.tile.id) and view.state != "fresh":
                self.lookout.compute(board, view.tile, user, Cancel())
        return tuple(view for view in self.lookout.tiles(board, user) if one.tile in ("", view.tile.id))

    def _letter(self, one: Subscription, board: Board, views: Sequence[TileView]) -> Letter:
        query = urlencode({"view": "boards", "board": board.id, "data": board.data_set})
        return Letter(
            id=self._id(one, digest_of(views, currency=self.lookout.numbers.currency)),
            subject=subject_of(board, one, views),
            body=body_of(one, views, currency=self.lookout.numbers.currency),
            language=one.language,
            open=f"{self.base}/?{query}",
            stop=f"{self.base}{STOP}{one.token}",
        )

    def _digest(self, one: Subscription, user: User) -> _Told:
        last = last_time("week", self.clock()).date() - timedelta(days=1)
        first = last - timedelta(days=6)
        body = digest_text(self.stories, first, last, user, one.language)
        if not body:
            return _Told("")
        subject = Text(f"一周小结 {first:%m-%d} 至 {last:%m-%d}", f"The week of {first:%m-%d} to {last:%m-%d}")
        letter = Letter(
            id=self._id(one, ""),
            subject=subject.in_(one.language),
            body=body,
            language=one.language,
            open=f"{self.base}/",
            stop=f"{self.base}{STOP}{one.token}",
        )
        return _Told("", letter)

    def _id(self, one: Subscription, seen: str) -> str:
        """The same for every attempt at one letter: by its time, or by what it tells after the letter before."""
        since = one.sent_at or one.made_at
        mark = (
            f"{since:%Y%m%d%H%M}-{seen[:12]}"
            if one.every == "change"
            else f"{last_time(one.every, self.clock()):%Y%m%d}"
        )
        return f"board-{one.id}-{mark}"


def board_jobs(deliveries: Callable[[], Sequence[Deliveries]]) -> tuple[Job, ...]:
    """What the schedule runs: letters that are due, of every data set that is open."""

    def run() -> None:
        for one in deliveries():
            one.run()

    return (Job(name="board letters", when=EveryMinutes(MINUTES), run=run),)
