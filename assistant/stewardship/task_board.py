"""Work of data owners that goes on in the background: one piece after the other, with progress, time to go and a stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from assistant.stewardship.types import Task, TaskState
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, DefinitionError, NotAllowedError, Text, UnknownNameError, UserError
from semantic_layer.policy.types import User

Progress = Callable[[str, int, int], None]
Work = Callable[[Progress, Cancel], Text]
"""Does something and says what came of it. It looks at the stop button; what it raises is shown as the reason."""

_LOG: Final = logging.getLogger(__name__)
_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)
_KEPT: Final = 30  # ended tasks that stay on the list
_BROKEN: Final = Text(
    zh="任务意外中断，已完成的部分保留。请重试；若再次发生，请查看程序日志。",
    en="The work broke off; what was done until then stays. Try again; if it happens again, look at the program's log.",
)


@dataclass(slots=True)
class _Entry:
    task: Task
    cancel: Cancel
    began: float = 0.0


class TaskBoard:
    """A `TasksPort`. Everybody who may see the pages sees all tasks; who started one, or `may_manage`, may stop it."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        seconds: Callable[[], float],
        new_id: Callable[[], str],
        may_manage: Callable[[User], bool],
        executor: Executor | None = None,
    ) -> None:
        self._now = now
        self._seconds = seconds
        self._new_id = new_id
        self._may_manage = may_manage
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}
        self._executor = executor or ThreadPoolExecutor(max_workers=1, thread_name_prefix="steward")

    def start(self, label: Text, work: Work, *, by: str, about: str = "", cancellable: bool = True) -> Task:
        """Put work into the queue. Refused while the same about the same thing waits or runs."""
        with self._lock:
            for entry in self._entries.values():
                if entry.task.open and about and entry.task.about == about:
                    raise _already(entry.task)
            task = Task(
                id=self._new_id(),
                label=label,
                state=TaskState.WAITING,
                cancellable=cancellable,
                about=about,
                by=by,
                started_at=self._now(),
            )
            self._entries[task.id] = _Entry(task, Cancel())
            self._forget_old()
        self._executor.submit(self._run, task.id, work)
        return task

    def tasks(self, *, user: User) -> tuple[Task, ...]:
        with self._lock:
            return tuple(self._timed(entry) for entry in reversed(self._entries.values()))

    def cancel(self, task: str, *, user: User) -> None:
        entry = self._entry(task)
        if entry.task.by != user.name and not self._may_manage(user):
            raise NotAllowedError(
                Text(
                    zh=f"「{entry.task.label.zh}」由 {entry.task.by} 启动，只有本人或数据负责人可以停止。",
                    en=f"{entry.task.label.en!r} was started by {entry.task.by}; only they or a data owner may stop it.",
                )
            )
        entry.cancel.press()

    def dismiss(self, task: str, *, user: User) -> None:
        with self._lock:
            entry = self._entries.get(task)
            if entry is not None and not entry.task.open:
                del self._entries[task]

    def close(self) -> None:
        """Stop everything at the next point where nothing is lost, and wait for it."""
        with self._lock:
            for entry in self._entries.values():
                entry.cancel.press()
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _run(self, task: str, work: Work) -> None:
        entry = self._entry(task)
        if entry.cancel.pressed:
            self._change(
                task, state=TaskState.STOPPED, message=Text(zh="开始之前已停止。", en="Stopped before it began.")
            )
            return
        entry.began = self._seconds()
        self._change(task, state=TaskState.RUNNING)

        def progress(stage: str, done: int, of: int) -> None:
            self._change(task, done=done, of=of, message=Text(stage, stage) if stage else entry.task.message)

        try:
            said = work(progress, entry.cancel)
        except CancelledError as stopped:
            self._change(task, state=TaskState.STOPPED, message=stopped.message)
        except UserError as error:
            self._change(task, state=TaskState.FAILED, message=error.message)
        except DefinitionError as error:
            self._change(task, state=TaskState.FAILED, message=Text(str(error), str(error)))
        except Exception:  # noqa: BLE001  # one fault must not end the others; it is logged
            _LOG.exception("task %s broke off", entry.task.label.en)
            self._change(task, state=TaskState.FAILED, message=_BROKEN)
        else:
            self._change(task, state=TaskState.DONE, message=said)

    def _change(self, task: str, **changes: object) -> None:
        with self._lock:
            entry = self._entries.get(task)
            if entry is not None:
                entry.task = replace(entry.task, **changes)  # type: ignore[arg-type]  # fields of Task

    def _entry(self, task: str) -> _Entry:
        with self._lock:
            entry = self._entries.get(task)
            if entry is None:
                raise UnknownNameError(Text("任务", "task"), task)
            return entry

    def _timed(self, entry: _Entry) -> Task:
        task = entry.task
        if task.state is not TaskState.RUNNING or not 0 < task.done < task.of:
            return task
        spent = self._seconds() - entry.began
        return replace(task, seconds_left=spent / task.done * (task.of - task.done))

    def _forget_old(self) -> None:
        ended = [key for key, entry in self._entries.items() if not entry.task.open]
        for key in ended[: max(0, len(ended) - _KEPT)]:
            del self._entries[key]


class TaskBoards:
    """Several boards as one `TasksPort`, the tasks that began last first."""

    def __init__(self, boards: Sequence[TaskBoard]) -> None:
        self._boards = boards

    def tasks(self, *, user: User) -> tuple[Task, ...]:
        found = (task for board in self._boards for task in board.tasks(user=user))
        return tuple(sorted(found, key=lambda task: task.started_at or _BEFORE_ALL, reverse=True))

    def cancel(self, task: str, *, user: User) -> None:
        self._holding(task, user).cancel(task, user=user)

    def dismiss(self, task: str, *, user: User) -> None:
        self._holding(task, user).dismiss(task, user=user)

    def _holding(self, task: str, user: User) -> TaskBoard:
        for board in self._boards:
            if any(one.id == task for one in board.tasks(user=user)):
                return board
        raise UnknownNameError(Text("任务", "task"), task)


def _already(task: Task) -> UserError:
    return UserError(
        Text(
            zh=f"「{task.label.zh}」正在进行（{task.by} 启动）。请等它完成，或先停止它。",
            en=f"{task.label.en!r} is under way (started by {task.by}). Wait until it has ended, or stop it first.",
        )
    )
