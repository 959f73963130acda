"""Links that are passed on: each leads to a board or to one question, ends in time, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from semantic_layer.errors import InvalidPlanError, Language, NotAllowedError, Text, UserError
from semantic_layer.query.plan import Plan
from tools.boards.pinnable import refuse_unpinnable
from tools.boards.store import BoardStore
from tools.boards.types import Board, Link, NotTheirBoardError

DAYS: Final = (7, 30, 90)
"""How long a link may last; 0 is until it is taken back."""


class Links:
    """Links of one data set. A link opens nothing: whoever follows it sees what their own rights give."""

    def __init__(
        self, store: BoardStore, data_set: str, *, clock: Callable[[], datetime], new_token: Callable[[], str]
    ) -> None:
        self._store = store
        self._data_set = data_set
        self._clock = clock
        self._new_token = new_token

    def to_board(self, board: Board, *, by: str, days: int = 30) -> Link:
        """Whoever may use the data set and has the link can look at the board, so only its owner gives one."""
        if board.owner != by:
            raise NotTheirBoardError(board.name, board.owner)
        return self._made(by, days, board=board.id, title=board.name, language=board.language)

    def to_answer(self, plan: Plan, *, title: str, language: Language, by: str, days: int = 30) -> Link:
        """The question is kept as its plan; no number of the answer is."""
        refuse_unpinnable(plan)
        return self._made(by, days, plan=plan, title=title[:200], language=language)

    def made_by(self, person: str) -> tuple[Link, ...]:
        """Newest first; those that ended too."""
        return tuple(one for one in reversed(self._store.links(self._data_set)) if one.made_by == person)

    def revoke(self, token: str, *, by: str) -> Link:
        found = self._found(token)
        if found.made_by != by:
            raise NotAllowedError(
                Text(
                    f"这个链接是 {found.made_by} 创建的，只有本人可以停用。",
                    f"This link was made by {found.made_by}; only they may take it back.",
                )
            )
        ended = replace(found, revoked_at=found.revoked_at or self._clock())
        self._store.put_link(ended)
        return ended

    def follow(self, token: str) -> Link:
        """The link, while it is open. Raises `NotAllowedError` for one that ended, and says which way it did."""
        found = self._found(token)
        match found.state(self._clock()):
            case "open":
                return found
            case "revoked":
                raise NotAllowedError(
                    Text(
                        f"这个链接已被 {found.made_by} 停用。需要查看的话，请让对方重新分享。",
                        f"This link was taken back by {found.made_by}. Ask them to share it again.",
                    )
                )
            case "expired":
                day = found.expires_at.date().isoformat() if found.expires_at else ""
                raise NotAllowedError(
                    Text(
                        f"这个链接已于 {day} 过期。需要查看的话，请让 {found.made_by} 重新分享。",
                        f"This link ended on {day}. Ask {found.made_by} to share it again.",
                    )
                )
            case other:
                assert_never(other)

    def _found(self, token: str) -> Link:
        found = self._store.link(token)
        if found is None or found.data_set != self._data_set:
            raise UserError(
                Text("没有这个链接。请核对地址是否完整。", "There is no such link. Check that the address is complete.")
            )
        return found

    def _made(
        self,
        by: str,
        days: int,
        *,
        title: str,
        language: Language,
        board: str = "",
        plan: Plan | None = None,
    ) -> Link:
        if days and days not in DAYS:
            raise InvalidPlanError(
                Text(
                    "链接可以有效 7、30、90 天，或一直有效。",
                    "A link lasts 7, 30 or 90 days, or until it is taken back.",
                )
            )
        now = self._clock()
        link = Link(
            token=self._new_token(),
            data_set=self._data_set,
            made_by=by,
            made_at=now,
            board=board,
            plan=plan,
            title=title,
            language=language,
            expires_at=now + timedelta(days=days) if days else None,
        )
        self._store.put_link(link)
        return link
