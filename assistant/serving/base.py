"""The seam to a model served on this machine: where it answers, how it is, and the fake that does without a process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from semantic_layer.errors import DataError, Text

Progress = Callable[[Text], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where the model answers: an OpenAI-compatible `url` that ends in `/v1`, the `key` it asks for, the `name` of the
    model, and its `context` in tokens, question and answer together.
    """

    url: str
    key: str
    name: str
    context: int


@dataclass(frozen=True, slots=True)
class Starting:
    """On the way up for the first time; `stage` says what is being done."""

    stage: Text


@dataclass(frozen=True, slots=True)
class Ready:
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class Restarting:
    """It ended by itself or was ended, and comes back; `why` says what happened."""

    why: Text


@dataclass(frozen=True, slots=True)
class Down:
    """It does not run and will not start by itself."""

    reason: Text


State = Starting | Ready | Restarting | Down

NOT_STARTED = Down(Text("本地模型还没有启动。", "The local model has not been started."))
CLOSED = Down(Text("本地模型已关闭。", "The local model has been closed."))


class ServedModel(Protocol):
    """A model that somebody keeps running. Every member may be used from any thread."""

    @property
    def state(self) -> State: ...

    def endpoint(self) -> Endpoint:
        """Where it answers now; raises `DataError` with the reason when it does not. Ask again for each question: after a
        restart the port may be another.
        """
        ...

    def close(self) -> None:
        """End it; does nothing when it has ended."""
        ...


def endpoint_of(state: State) -> Endpoint:
    """The endpoint of a model that is ready; raises `DataError` that says why it is not."""
    match state:
        case Ready(endpoint):
            return endpoint
        case Starting(stage):
            zh, en = f"本地模型正在启动（{stage.zh}）", f"The local model is starting ({stage.en})"
        case Restarting(why):
            zh, en = f"本地模型正在重新启动。{why.zh}", f"The local model is starting again. {why.en}"
        case Down(reason):
            raise DataError(reason)
    raise DataError(Text(zh=f"{zh.rstrip('。')}。请稍等再问。", en=f"{en.rstrip('.')}. Ask again in a moment."))


class ScriptedModel:
    """The fake: it is whatever it was last told to be, and no process runs."""

    def __init__(self, state: State = NOT_STARTED) -> None:
        self._state = state
        self._lock = threading.Lock()

    def become(self, state: State) -> None:
        with self._lock:
            self._state = state

    @property
    def state(self) -> State:
        with self._lock:
            return self._state

    def endpoint(self) -> Endpoint:
        return endpoint_of(self.state)

    def close(self) -> None:
        self.become(CLOSED)
