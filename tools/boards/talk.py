"""What people say about a board: comments that name others, are changed by whoever wrote them, and are settled."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text, UserError
from tools.boards.store import BoardStore
from tools.boards.types import Board, Comment

LONGEST: Final = 2_000
_MENTION: Final = re.compile(r"(?<![A-Za-z0-9_@.])@([\w.\-]{1,60}(?:@[\w.\-]{1,60})?)")
MOST_MENTIONS: Final = 10


class Talk:
    """Comments of boards that the caller has found open to the person. `knows` says whether a login may look at a board."""

    def __init__(
        self,
        store: BoardStore,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        knows: Callable[[Board, str], bool],
    ) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._knows = knows

    def of(self, board: Board) -> tuple[Comment, ...]:
        """Oldest first, without those that were deleted."""
        return tuple(one for one in self._store.comments(board.id) if one.deleted_at is None)

    def say(self, board: Board, text: str, *, by: str, tile: str = "") -> Comment:
        """A new comment. Raises `InvalidPlanError` for an empty one, one too long, or on a tile that is not there."""
        if tile and all(one.id != tile for one in board.shown):
            raise UserError(Text("这张卡片已不在看板上。", "This tile is not on the board any more."))
        clean = _usable(text)
        comment = Comment(
            id=self._new_id(),
            board=board.id,
            tile=tile,
            author=by,
            text=clean,
            at=self._clock(),
            mentions=self._mentions(board, clean),
        )
        self._store.put_comment(comment)
        return comment

    def edit(self, board: Board, comment: str, text: str, *, by: str) -> Comment:
        found, clean = self._theirs(board, comment, by), _usable(text)
        return self._put(replace(found, text=clean, mentions=self._mentions(board, clean), edited_at=self._clock()))

    def delete(self, board: Board, comment: str, *, by: str) -> Comment:
        """Take one's own comment away; `restore` brings it back."""
        return self._put(replace(self._theirs(board, comment, by), deleted_at=self._clock()))

    def restore(self, board: Board, comment: str, *, by: str) -> Comment:
        return self._put(replace(self._theirs(board, comment, by), deleted_at=None))

    def settle(self, board: Board, comment: str, *, by: str, done: bool) -> Comment:
        """Mark as resolved, or as open again; whoever may look may do so."""
        found = self._found(board, comment)
        at = self._clock() if done else None
        return self._put(replace(found, resolved_by=by if done else "", resolved_at=at))

    def waiting_for(self, board: Board, person: str) -> int:
        """How many open comments name this person."""
        return sum(person in one.mentions and one.resolved_at is None for one in self.of(board))

    def _mentions(self, board: Board, text: str) -> tuple[str, ...]:
        found = (self._named(board, run) for run in _MENTION.findall(text)[:MOST_MENTIONS])
        return tuple(dict.fromkeys(one for one in found if one))

    def _named(self, board: Board, run: str) -> str:
        """The longest beginning of `run` that is a login: Chinese goes on without a space after a name."""
        beginnings = (run[:end] for end in range(len(run), 0, -1))
        return next((one for one in beginnings if self._knows(board, one)), "")

    def _found(self, board: Board, comment: str) -> Comment:
        for one in self._store.comments(board.id):
            if one.id == comment:
                return one
        raise UserError(Text("这条评论已不存在。", "This comment is not there any more."))

    def _theirs(self, board: Board, comment: str, by: str) -> Comment:
        found = self._found(board, comment)
        if found.author != by:
            raise NotAllowedError(
                Text(
                    f"这条评论是 {found.author} 写的，只有本人可以修改或删除。您可以把它标为已解决。",
                    f"This comment was written by {found.author}; only they may change or delete it. You may mark it as resolved.",
                )
            )
        return found

    def _put(self, comment: Comment) -> Comment:
        self._store.put_comment(comment)
        return comment


def _usable(text: str) -> str:
    clean = text.strip()
    if not clean:
        raise InvalidPlanError(Text("请先写点什么。", "Write something first."))
    if len(clean) > LONGEST:
        raise InvalidPlanError(
            Text(
                f"评论最多 {LONGEST:,} 字，现有 {len(clean):,} 字。",
                f"A comment has at most {LONGEST:,} characters, not {len(clean):,}.",
            )
        )
    return clean
