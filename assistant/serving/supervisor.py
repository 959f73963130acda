"""Keeps a model file served: starts the child, watches whether it lives, answers and stays within its memory, starts it
again after a crash, and gives up in words when that does not help.
"""

from __future__ import annotations

import atexit
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from assistant.serving import said
from assistant.serving.base import (
    CLOSED,
    NOT_STARTED,
    Down,
    Endpoint,
    Progress,
    Ready,
    Restarting,
    Starting,
    State,
    endpoint_of,
)
from assistant.serving.child import HOST, ExitCode
from assistant.serving.gguf import read_model
from assistant.serving.memory import free_memory_mb, plan_memory
from assistant.serving.process import PROGRAM, Child, Launch, can_listen
from semantic_layer.errors import DataError, Text, UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What is served and within which bounds. `context` is in tokens; a `port` of 0 takes a free one."""

    path: Path
    log: Path
    threads: int = 2
    context: int = 8192
    memory_mb: int = 4096
    port: int = 0
    program: tuple[str, ...] = PROGRAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How patient the supervisor is. All times in seconds."""

    restarts: int = 3  # this many within `within`, then no more
    within: float = 600.0
    first_wait: float = 1.0  # before the first restart; doubled for each that follows
    longest_wait: float = 30.0
    loading: float = 300.0
    look: float = 0.2  # between two looks at the child
    ask: float = 10.0  # between two questions whether it answers
    answer: float = 5.0
    unanswered: int = 3  # so many in a row, and it hangs
    ending: float = 2.0


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why a child is gone. After a `final` one, no other is started."""

    why: Text
    final: bool = False


def no_progress(_stage: Text) -> None:
    """Progress that nobody watches."""


class LocalModel:
    """A `ServedModel` over a child process. `start`, `wait`, then `endpoint` for each question, and `close`.

    `clock` is monotonic, in seconds; `free_mb` tells the free memory of the machine; `new_key` gives a secret.
    """

    def __init__(
        self,
        served: Served,
        *,
        rules: Rules = Rules(),
        clock: Callable[[], float] = time.monotonic,
        free_mb: Callable[[], int | None] = free_memory_mb,
        new_key: Callable[[], str] = secrets.token_urlsafe,
    ) -> None:
        self._served = served
        self._rules = rules
        self._clock = clock
        self._free_mb = free_mb
        self._key = new_key()
        self._state: State = NOT_STARTED
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._turn = threading.Lock()  # of whoever starts or closes
        self._keeper: threading.Thread | None = None
        self._port = served.port
        self._ends: list[float] = []  # when children ended, within the time that counts

    @property
    def state(self) -> State:
        with self._changed:
            return self._state

    def endpoint(self) -> Endpoint:
        return endpoint_of(self.state)

    def start(self) -> None:
        """Check the file, the memory and the port, then load the model in the background; does nothing while it runs.

        Raises:
            DataError: the file is missing, damaged or no model, or the port is taken.
            TooLongError: it does not fit into memory.
        """
        with self._turn:
            if self._keeper and self._keeper.is_alive() and not isinstance(self.state, Down):
                return
            self._become(Starting(said.CHECKING))
            try:
                launch = self._launch()
            except UserError as error:
                self._become(Down(error.message))
                raise
            self._closing.clear()
            self._ends.clear()
            self._become(Starting(said.loading(launch.name)))
            self._keeper = threading.Thread(target=self._keep, args=(launch,), name="local model", daemon=True)
            atexit.register(self.close)
            self._keeper.start()

    def wait(self, progress: Progress = no_progress) -> Endpoint:
        """Wait until the model answers, telling `progress` each stage; raises `DataError` when it is down instead."""
        told: Text | None = None
        with self._changed:
            while not isinstance(state := self._state, Ready | Down):
                stage = state.stage if isinstance(state, Starting) else state.why
                if stage != told:
                    told = stage
                    progress(stage)
                self._changed.wait(self._rules.look)
        return endpoint_of(state)

    def close(self) -> None:
        with self._turn:
            self._closing.set()
            if self._keeper:
                self._keeper.join()
            atexit.unregister(self.close)
            self._become(CLOSED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _launch(self) -> Launch:
        served = self._served
        model = read_model(served.path)
        plan = plan_memory(model, served.context, served.memory_mb, self._free_mb())
        if served.port and not can_listen(served.port):
            raise DataError(said.port_taken(served.port))
        return Launch(
            model=served.path,
            name=model.name,
            context=plan.context,
            threads=served.threads,
            memory_mb=served.memory_mb,
            lean=plan.lean,
            key=self._key,
            log=served.log,
            program=served.program,
        )

    def _keep(self, launch: Launch) -> None:
        """Run one child after another until closed, or until it makes no sense any more."""
        try:
            while (trouble := self._run(launch)) is not None:
                self._become(self._after(trouble))
                if isinstance(self.state, Down) or self._closing.wait(self._pause()):
                    return
        finally:
            if not self._closing.is_set() and not isinstance(self.state, Down):
                self._become(Down(said.given_up(said.UNEXPECTED, self._served.log)))

    def _run(self, launch: Launch) -> _Trouble | None:
        """One child from start to end: what went wrong, or `None` when it was ended on purpose."""
        if self._port and not can_listen(self._port):
            if self._served.port:
                return _Trouble(said.port_taken(self._port))
            self._port = 0
        try:
            child = Child(launch, self._port)
        except DataError as error:
            return _Trouble(error.message, final=True)
        try:
            return self._load(child, launch) or self._watch(child)
        finally:
            child.end(self._rules.ending if self._closing.is_set() else 0.0)

    def _load(self, child: Child, launch: Launch) -> _Trouble | None:
        began = self._clock()
        while not self._closing.is_set():
            if trouble := self._gone(child):
                return trouble
            if child.port and child.answers(self._rules.answer):
                self._port = child.port
                url = f"http://{HOST}:{child.port}/v1"
                self._become(Ready(Endpoint(url=url, key=self._key, name=launch.name, context=launch.context)))
                return None
            if self._clock() - began > self._rules.loading:
                return _Trouble(said.slow_to_load(self._rules.loading))
            self._closing.wait(self._rules.look)
        return None

    def _watch(self, child: Child) -> _Trouble | None:
        asked, unanswered = self._clock(), 0
        while not self._closing.wait(self._rules.look):
            if trouble := self._gone(child):
                return trouble
            if self._clock() - asked < self._rules.ask:
                continue
            asked, unanswered = self._clock(), 0 if child.answers(self._rules.answer) else unanswered + 1
            if unanswered >= self._rules.unanswered:
                return _Trouble(said.HANGS)
        return None

    def _gone(self, child: Child) -> _Trouble | None:
        """Whether it has ended, or must end because of its memory."""
        match child.code:
            case None:
                taken = child.taken_mb()
                bound = self._served.memory_mb
                return _Trouble(said.too_much_memory(taken, bound)) if taken is not None and taken > bound else None
            case ExitCode.NOT_INSTALLED:
                return _Trouble(said.NOT_INSTALLED, final=True)
            case ExitCode.CANNOT_LOAD:
                return self._not_loaded()
            case code:
                return _Trouble(said.ended(code))

    def _not_loaded(self) -> _Trouble:
        """The child could not load the file: because of the file, or of this moment."""
        try:
            read_model(self._served.path)
        except DataError as error:
            return _Trouble(error.message, final=True)
        return _Trouble(said.cannot_load(self._served.path), final=not self._ends)

    def _after(self, trouble: _Trouble) -> State:
        """What follows from it: another try, or none."""
        if trouble.final:
            return Down(said.see_log(trouble.why, self._served.log))
        now = self._clock()
        self._ends = [at for at in self._ends if now - at <= self._rules.within] + [now]
        if len(self._ends) <= self._rules.restarts:
            return Restarting(trouble.why)
        return Down(said.too_often(trouble.why, len(self._ends), self._rules.within, self._served.log))

    def _pause(self) -> float:
        return min(self._rules.longest_wait, self._rules.first_wait * 2.0 ** (len(self._ends) - 1))

    def _become(self, state: State) -> None:
        with self._changed:
            self._state = state
            self._changed.notify_all()
