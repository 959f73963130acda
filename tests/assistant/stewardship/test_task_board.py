"""Background work: in turn, with progress and a time to go; stopped and failed work says what it left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

import pytest

from assistant.stewardship.task_board import Progress, TaskBoard
from assistant.stewardship.types import TaskState
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, DataError, NotAllowedError, Text, UnknownNameError, UserError
from semantic_layer.policy.types import User

NOW = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
ANA, MIA = User(name="ana", roles=("admin",)), User(name="mia", roles=("analyst",))
LOAD = Text("导入会员", "loading members")


@pytest.fixture
def board() -> Iterator[TaskBoard]:
    ids, ticks = count(1), count(0, 10)
    made = TaskBoard(
        now=lambda: NOW,
        seconds=lambda: float(next(ticks)),
        new_id=lambda: f"t{next(ids)}",
        may_manage=lambda user: "admin" in user.roles,
    )
    yield made
    made.close()


class Gate:
    """Work that goes on when it is let."""

    def __init__(self) -> None:
        self.reached, self.go = threading.Event(), threading.Event()

    def __call__(self, progress: Progress, cancel: Cancel) -> Text:
        progress("crm", 2, 8)
        self.reached.set()
        assert self.go.wait(5)
        if cancel.pressed:
            raise CancelledError(Text("已停止，前 2 个文件已导入。", "Stopped; the first 2 files are in."))
        return Text("导入 8 个文件", "8 files loaded")


def ended(board: TaskBoard, task: str) -> TaskState:
    board._executor.submit(lambda: None).result(5)
    return next(each.state for each in board.tasks(user=ANA) if each.id == task)


def test_progress_time_to_go_and_what_came_of_it(board: TaskBoard) -> None:
    gate = Gate()
    started = board.start(LOAD, gate, by="ana", about="crm")
    assert gate.reached.wait(5)
    (running,) = board.tasks(user=MIA)
    assert (running.state, running.done, running.of, running.seconds_left) == (TaskState.RUNNING, 2, 8, 30.0)
    gate.go.set()
    assert ended(board, started.id) is TaskState.DONE
    assert board.tasks(user=MIA)[0].message.en == "8 files loaded"
    board.dismiss(started.id, user=ANA)
    assert board.tasks(user=ANA) == ()


def test_the_same_source_is_not_loaded_twice_and_others_wait_their_turn(board: TaskBoard) -> None:
    gate = Gate()
    board.start(LOAD, gate, by="ana", about="crm")
    with pytest.raises(UserError) as refused:
        board.start(LOAD, gate, by="mia", about="crm")
    assert "ana" in refused.value.message.zh
    other = board.start(LOAD, lambda *_: Text("好", "done"), by="mia", about="mall")
    assert next(t for t in board.tasks(user=MIA) if t.id == other.id).state is TaskState.WAITING
    gate.go.set()
    assert ended(board, other.id) is TaskState.DONE


def test_only_who_started_it_or_a_data_owner_stops_it(board: TaskBoard) -> None:
    gate = Gate()
    started = board.start(LOAD, gate, by="ana", about="crm")
    assert gate.reached.wait(5)
    with pytest.raises(NotAllowedError):
        board.cancel(started.id, user=MIA)
    board.cancel(started.id, user=ANA)
    gate.go.set()
    assert ended(board, started.id) is TaskState.STOPPED
    assert "2" in board.tasks(user=ANA)[0].message.zh


@pytest.mark.parametrize("fault", [DataError(Text("文件没了", "the file is gone")), RuntimeError("bug")])
def test_a_failure_is_said_and_the_next_task_still_runs(board: TaskBoard, fault: Exception) -> None:
    def fails(_: Progress, __: Cancel) -> Text:
        raise fault

    failed = board.start(LOAD, fails, by="ana", about="crm")
    after = board.start(LOAD, lambda *_: Text("好", "done"), by="ana", about="crm2")
    assert ended(board, after.id) is TaskState.DONE
    task = next(t for t in board.tasks(user=ANA) if t.id == failed.id)
    assert task.state is TaskState.FAILED
    assert task.message.zh


def test_a_task_that_is_not_there_is_named(board: TaskBoard) -> None:
    with pytest.raises(UnknownNameError):
        board.cancel("nothing", user=ANA)
