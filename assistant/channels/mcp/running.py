"""Runs a tool in a thread of its own, passing on its progress, and stops it when the call is cancelled or the client goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn, TypeVar

import anyio
from anyio import CapacityLimiter, from_thread, to_thread
from anyio.abc import ObjectReceiveStream
from mcp import MCPError

from assistant.channels.mcp.approval import OpenQuestions
from assistant.channels.mcp.callers import Caller
from assistant.channels.mcp.scene import Scene
from assistant.channels.mcp.taken import TakenFiles
from assistant.channels.streams import OpenStreams
from assistant.channels.workspace import Workspace
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Language

AT_ONCE: Final = 16  # calls that compute; more wait their turn
LINES_KEPT: Final = 100  # of progress, for a client that reads slowly; what is over is dropped

Tell = Callable[[int, str], Awaitable[None]]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What all calls of one server share. `threads` is how many may compute at once."""

    workspace: Workspace
    taken: TakenFiles
    questions: OpenQuestions
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    streams: OpenStreams
    patience: float  # seconds that a person has to agree
    threads: CapacityLimiter


async def run(
    work: Callable[[Scene], Result], doors: Doors, caller: Caller, language: Language, tell: Tell | None = None
) -> Result:
    """The result of `work`, or what it raised. Cancelled, it presses the `Cancel` of the scene and does not wait.

    Raises `BusyError` when the caller, or everybody together, has too many answers under way.
    """
    cancel = Cancel()
    send, receive = anyio.create_memory_object_stream[str](LINES_KEPT)

    def report(line: str) -> None:
        with suppress(anyio.WouldBlock, anyio.ClosedResourceError, anyio.BrokenResourceError):
            from_thread.run_sync(send.send_nowait, line)

    scene = Scene(
        workspace=doors.workspace,
        account=caller.holder.account,
        language=language,
        cancel=cancel,
        report=report,
        taken=doors.taken,
        new_id=doors.new_id,
    )

    def attempt() -> Callable[[], Result]:
        """What was raised travels as a value: a task group would wrap it."""
        try:
            result = work(scene)
        except Exception as error:  # noqa: BLE001  # raised again by whoever waits
            return _raising(error)
        return lambda: result

    with doors.streams.open(caller.holder.account.login):
        try:
            async with receive, anyio.create_task_group() as tasks:
                tasks.start_soon(_forward, receive, tell)
                with send:
                    outcome = await to_thread.run_sync(attempt, abandon_on_cancel=True, limiter=doors.threads)
        finally:
            cancel.press()  # whatever ends the wait, nobody is left for what may still be computing
    return outcome()


def _raising(error: Exception) -> Callable[[], NoReturn]:
    def fail() -> NoReturn:
        raise error

    return fail


async def _forward(lines: ObjectReceiveStream[str], tell: Tell | None) -> None:
    done = 0
    async for line in lines:
        done += 1
        if tell is not None:
            with suppress(MCPError, anyio.ClosedResourceError, anyio.BrokenResourceError):  # it gets its answer still
                await tell(done, line)
