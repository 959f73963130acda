"""Background work that only takes time: the fake that ships with the seam. What it does happens when the time is over."""

# a fake takes what its protocol gives

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from assistant.stewardship.types import Task, TaskState
from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.policy.types import User

ROWS: Final = 12_480  # of every task
STOPPED: Final = Text(
    "已停止。已读入的行保留着，下次从这里继续。", "Stopped. Rows read so far stay; the next load goes on from here."
)


def _nothing() -> None:
    return None


@dataclass(slots=True, kw_only=True)
class _Work:
    task: Task
    begun: datetime
    finish: Callable[[], Text]
    stopped: Callable[[], None]


@dataclass(slots=True, kw_only=True)
class ScriptedTasks:
    """Every task takes `seconds` by `clock`; whoever looks sees how far it would be."""

    clock: Callable[[], datetime]
    seconds: float = 3.0
    made: int = 0
    works: dict[str, _Work] = field(default_factory=dict)

    def start(
        self,
        label: Text,
        doing: Text,
        finish: Callable[[], Text],
        *,
        user: User,
        about: str = "",
        stopped: Callable[[], None] = _nothing,
    ) -> Task:
        """A task under way; at its end `finish` runs and says what came of it."""
        self.made += 1
        now = self.clock()
        task = Task(
            id=f"task-{self.made}", label=label, state=TaskState.RUNNING, of=ROWS, seconds_left=self.seconds,
            message=doing, about=about, by=user.name, started_at=now,
        )  # fmt: skip
        self.works[task.id] = _Work(task=task, begun=now, finish=finish, stopped=stopped)
        return task

    def tasks(self, *, user: User) -> tuple[Task, ...]:
        self.look()
        return tuple(work.task for work in reversed(self.works.values()))

    def look(self) -> None:
        """Bring every open task to where the clock says it is."""
        now = self.clock()
        for work in self.works.values():
            if not work.task.open:
                continue
            gone = (now - work.begun).total_seconds()
            if gone < self.seconds:
                work.task = replace(
                    work.task, done=int(ROWS * gone / self.seconds), seconds_left=round(self.seconds - gone, 1)
                )
            else:
                said = work.finish()
                work.task = replace(work.task, state=TaskState.DONE, done=ROWS, seconds_left=0.0, message=said)

    def cancel(self, task: str, *, user: User) -> None:
        self.look()
        work = self._work(task)
        if work.task.open:
            work.stopped()
            work.task = replace(work.task, state=TaskState.STOPPED, seconds_left=None, message=STOPPED)

    def dismiss(self, task: str, *, user: User) -> None:
        if not self._work(task).task.open:
            del self.works[task]

    def _work(self, task: str) -> _Work:
        if task not in self.works:
            raise UnknownNameError(Text("任务", "task"), task)
        return self.works[task]
