"""Asynchronous work for a caller who waits, held to its time and to a stop whatever the other side does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import nullcontext, suppress
from typing import Final, TypeVar

from semantic_layer.engines.base import Cancel

T = TypeVar("T")

_GRACE: Final = 2.0  # seconds beyond the time, for the work to close what it has open


class OutOfTimeError(Exception):
    """The time is used up."""


class StoppedError(Exception):
    """Somebody pressed stop."""


def run_within(work: Callable[[], Coroutine[None, None, T]], *, seconds: float, cancel: Cancel | None) -> T:
    """What `work` gives. It runs in a thread and an event loop of its own, so the caller may be in one or in none.

    At the end of the time, or at a stop, the work is cancelled where it waits, and with it every connection that it has
    open; the thread is gone when this returns, unless something in it blocks without waiting.

    Raises:
        OutOfTimeError, StoppedError, and whatever `work` raises.
    """
    if cancel is not None and cancel.pressed:
        raise StoppedError
    loop = asyncio.new_event_loop()
    done: Future[T] = Future()

    async def bounded() -> T:
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                return await work()
        except TimeoutError as error:
            raise (OutOfTimeError() if limit.expired() else error) from error

    task = loop.create_task(bounded())
    thread = threading.Thread(target=_drive, args=(loop, task, done), name="model-request", daemon=True)

    def stop() -> None:
        with suppress(RuntimeError):  # the loop may have ended this moment
            loop.call_soon_threadsafe(task.cancel)

    with cancel.on_press(stop) if cancel is not None else nullcontext():
        thread.start()
        try:
            return done.result(seconds + _GRACE)
        except asyncio.CancelledError as error:
            raise StoppedError from error
        except TimeoutError as error:
            raise (error if done.done() else OutOfTimeError()) from error
        finally:
            stop()
            thread.join(_GRACE if done.done() else 0)


def _drive(loop: asyncio.AbstractEventLoop, task: asyncio.Task[T], done: Future[T]) -> None:
    try:
        result = loop.run_until_complete(task)
    except BaseException as error:  # noqa: BLE001  # it belongs to the thread that waits
        _end(loop)
        done.set_exception(error)
    else:
        _end(loop)
        done.set_result(result)


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what the work left behind, then close; threads that run a look-up are not waited for."""
    with suppress(Exception):  # what is left cannot change the result
        loop.run_until_complete(_tidy(loop))
    loop.close()


async def _tidy(loop: asyncio.AbstractEventLoop) -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for one in left:
        one.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await loop.shutdown_asyncgens()
