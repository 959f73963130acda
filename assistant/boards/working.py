"""What boards do in the background: compute what is outdated, write files; with progress, a stop, and one at a time a person."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Final

from assistant.boards.looking import Lookout
from assistant.boards.papers import paper_of
from assistant.boards.port import PaperFormat
from assistant.stewardship.task_board import Progress, TaskBoard
from assistant.stewardship.types import Task
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, NotAllowedError, Text
from semantic_layer.policy.types import User
from semantic_layer.query.plan import Plan
from tools.boards.taking import Taking, refuse_export, take_board
from tools.boards.types import Board, Tile

_AT_ONCE: Final = 2  # threads that compute for boards


class Works:
    """Tasks of one data set's boards. Each person sees and stops their own."""

    def __init__(
        self,
        lookout: Lookout,
        *,
        now: Callable[[], datetime],
        seconds: Callable[[], float],
        new_id: Callable[[], str],
        executor: Executor | None = None,
    ) -> None:
        self._lookout = lookout
        self._now = now
        self._new_id = new_id
        self._files: dict[str, Path] = {}
        self._lock = threading.Lock()
        self._board = TaskBoard(
            now=now,
            seconds=seconds,
            new_id=new_id,
            may_manage=lambda _: False,
            executor=executor or ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="boards"),
        )

    def refresh(self, board: Board, tiles: Sequence[Tile], user: User) -> Task:
        """Compute these tiles one after the other. What is under way for this person and board already is given instead."""
        about = _about("refresh", board, user)
        under_way = self._open(about, user)
        if under_way is not None:
            return under_way

        def work(progress: Progress, cancel: Cancel) -> Text:
            failed = 0
            for done, tile in enumerate(tiles):
                progress("", done, len(tiles))
                _refuse_stopped(cancel, done, len(tiles))
                content = self._lookout.compute(board, tile, user, cancel)
                failed += content is None
                if content is not None:
                    self._lookout.draw(content)
            progress("", len(tiles), len(tiles))
            return _refreshed(len(tiles), failed)

        label = Text(f"刷新看板「{board.name}」", f"Refresh the board {board.name!r}")
        return self._board.start(label, work, by=user.name, about=about)

    def export(self, board: Board, file_format: PaperFormat, user: User) -> Task:
        """Compute what is outdated, then write the file. Refused at once for who may not export."""
        refuse_export(self._lookout.numbers.policy, user)
        about = _about("export", board, user)

        def work(progress: Progress, cancel: Cancel) -> Text:
            path = self._written(board, file_format, user, progress, cancel)
            with self._lock:
                self._files[about] = path
            return Text(f"文件「{path.name}」已生成。", f"The file {path.name!r} is ready.")

        label = Text(f"导出看板「{board.name}」", f"Export the board {board.name!r}")
        return self._board.start(label, work, by=user.name, about=about)

    def taken(self, task: str, user: User) -> Path | None:
        """The file of a task that is done; given once, and the task is off the list."""
        mine = next((one for one in self.tasks(user) if one.id == task and not one.open), None)
        with self._lock:
            path = self._files.pop(mine.about, None) if mine is not None else None
        if path is not None:
            self._board.dismiss(task, user=user)
        return path

    def has_file(self, task: Task) -> bool:
        """Whether a task has ended with a file that nobody took yet."""
        with self._lock:
            return not task.open and task.about in self._files

    def tasks(self, user: User) -> tuple[Task, ...]:
        return tuple(one for one in self._board.tasks(user=user) if one.by == user.name)

    def running(self, board: Board, user: User) -> Task | None:
        """What this person waits for on a board: the open task, else the one that ended last."""
        ours = (_about("export", board, user), _about("refresh", board, user))
        mine = [one for one in self.tasks(user) if one.about in ours]
        return next((one for one in mine if one.open), mine[0] if mine else None)

    def stop(self, task: str, user: User) -> None:
        """Another's task is not there for this person."""
        if any(one.id == task for one in self.tasks(user)):
            self._board.cancel(task, user=user)
            return
        raise NotAllowedError(Text("只能停止自己启动的任务。", "Only what one started oneself can be stopped."))

    def close(self) -> None:
        self._board.close()

    def _open(self, about: str, user: User) -> Task | None:
        return next((one for one in self.tasks(user) if one.open and one.about == about), None)

    def _written(self, board: Board, file_format: PaperFormat, user: User, progress: Progress, cancel: Cancel) -> Path:
        lookout = self._lookout
        views = lookout.tiles(board, user)
        steps = 2 * len(views)
        for done, view in enumerate(views):
            progress("", done, steps)
            _refuse_stopped(cancel, done, len(views))
            if view.state != "fresh":
                lookout.compute(board, view.tile, user, cancel)
        at = self._now()
        paper = paper_of(board, lookout.tiles(board, user), who=user.name, at=at, currency=lookout.numbers.currency)
        taking = Taking(
            user=user,
            policy=lookout.numbers.policy,
            data_set=board.data_set,
            definitions=lookout.numbers.definitions,
            data_date=lookout.numbers.as_of,
            plan=Plan(tuple(step for view in views for step in view.tile.plan.steps)),
            at=at,
            new_id=self._new_id,
            prove=lookout.numbers.prove,
        )
        target = lookout.numbers.exports / f"board_{at:%Y%m%d-%H%M%S}_{self._new_id()[:6]}.{file_format}"

        def tick(done: int, _: int) -> None:
            progress("", len(views) + done, steps)

        return take_board(paper, target, taking, tick=tick, cancel=cancel)


def _about(what: str, board: Board, user: User) -> str:
    return f"{what} {board.id} {user.name}"


def _refuse_stopped(cancel: Cancel, done: int, of: int) -> None:
    if cancel.pressed:
        raise CancelledError(Text(f"已停止，完成了 {done} / {of} 张。", f"Stopped after {done} of {of}."))


def _refreshed(of: int, failed: int) -> Text:
    if not failed:
        return Text(f"已刷新 {of} 张卡片。", f"{of} {'tile' if of == 1 else 'tiles'} refreshed.")
    return Text(
        f"已刷新 {of - failed} 张，{failed} 张没有算出来。", f"{of - failed} refreshed, {failed} could not be computed."
    )
