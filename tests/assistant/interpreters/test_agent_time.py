"""Whatever the endpoint does, a question ends inside its time, a stop takes effect at once, and nothing is left open.

No test measures a time: a server that would go on for a minute is still at it when the error is there.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from assistant.interpreters.llm.client import FailureKind, ModelError, Profile
from semantic_layer.engines.base import Cancel
from tests.assistant.interpreters.model_scene import ANSWER, Time, agent_of, lookup, request
from tests.assistant.interpreters.openai_server import (
    OpenAIServer,
    Step,
    breaks_off,
    calls,
    drips,
    floods,
    hangs_up,
    says,
    silent,
    status,
    stream_of,
)

SHORT = 0.5  # seconds for a question; the server goes on for sixty
STREAMED = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "in full"])


def failure(
    server: OpenAIServer,
    *,
    profile: Profile = Profile.SCHEMA,
    seconds: float = 20.0,
    cancel: Cancel | None = None,
    **how,
) -> ModelError:
    with pytest.raises(ModelError) as said:
        agent_of(server, profile, **how).complete(request(seconds=seconds, cancel=cancel, tools=(lookup(),)))
    assert said.value.message.zh
    assert said.value.message.en
    return said.value


def stopped(server: OpenAIServer, **how: bool) -> ModelError:
    """The error when somebody presses stop as soon as the request is with the server."""
    cancel = Cancel()
    presser = threading.Thread(target=lambda: server.arrived.wait(10) and cancel.press())
    presser.start()
    found = failure(server, cancel=cancel, seconds=50, **how)
    presser.join()
    return found


def open_sockets() -> int:
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the one that lists them is gone again
            links.append(str(descriptor.readlink()))
    return sum("socket:" in link for link in links)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    yield
    assert [thread for thread in threading.enumerate() if thread.name == "model-request"] == []


NEVER_ENDING = {
    "silent": silent(),
    "slow headers": drips(where="headers"),
    "one byte at a time": drips(where="body"),
    "an endless stream": drips(where="events"),
}


@STREAMED
@pytest.mark.parametrize("step", NEVER_ENDING.values(), ids=NEVER_ENDING)
def test_the_time_holds(openai_server: OpenAIServer, step: Step, stream: bool) -> None:
    openai_server.says(step)
    found = failure(openai_server, seconds=SHORT, model_stream=stream)
    assert found.kind is FailureKind.TIMEOUT
    assert "QUNXIANG_MODEL_SECONDS" in found.message.en
    assert len(openai_server.requests) <= 1  # a machine that is busy may not even get to the first
    if step is NEVER_ENDING["silent"]:
        assert not openai_server.gone.is_set()  # it would still be silent


@pytest.mark.skipif(sys.platform != "linux", reason="looks at sockets through /proc")
def test_no_socket_is_left_open(openai_server: OpenAIServer) -> None:
    before = open_sockets()
    openai_server.says(drips(where="events"))
    assert stopped(openai_server).kind is FailureKind.CANCELLED
    assert openai_server.gone.wait(10)  # the server found the connection closed
    openai_server.says(says(ANSWER))
    agent_of(openai_server).complete(request())
    for _ in range(100):
        if open_sockets() <= before:
            return
        threading.Event().wait(0.05)  # the server closes its side
    assert open_sockets() <= before


@STREAMED
def test_a_flood_is_not_read_to_its_end(openai_server: OpenAIServer, stream: bool) -> None:
    openai_server.says(floods())
    assert failure(openai_server, model_stream=stream).kind is FailureKind.CUT_OFF
    assert len(openai_server.requests) == 1


def test_a_slow_look_up_does_not_hold_the_question(openai_server: OpenAIServer) -> None:
    release = threading.Event()
    openai_server.says(calls(("search", {"words": "x"})), calls(("reading", ANSWER)))
    slow = lookup(lambda _: "late" if release.wait(60) else "never")
    with pytest.raises(ModelError) as said:
        agent_of(openai_server, Profile.TOOLS).complete(request(tools=(slow,), seconds=SHORT))
    assert said.value.kind is FailureKind.TIMEOUT
    assert not release.is_set()
    release.set()
    assert len(openai_server.requests) <= 1


def test_a_stop_before_the_start_sends_nothing(openai_server: OpenAIServer) -> None:
    cancel = Cancel()
    cancel.press()
    assert failure(openai_server, cancel=cancel).kind is FailureKind.CANCELLED
    assert openai_server.requests == []


@STREAMED
@pytest.mark.parametrize("step", NEVER_ENDING.values(), ids=NEVER_ENDING)
def test_a_stop_takes_effect_while_the_endpoint_goes_on(openai_server: OpenAIServer, step: Step, stream: bool) -> None:
    openai_server.says(step)
    found = stopped(openai_server, model_stream=stream)
    assert found.kind is FailureKind.CANCELLED
    assert len(openai_server.requests) == 1
    if step is not NEVER_ENDING["silent"]:
        assert openai_server.gone.wait(10)


def test_a_stop_takes_effect_between_two_tries(openai_server: OpenAIServer) -> None:
    openai_server.says(status(429, "slow down", retry_after="30"), says(ANSWER))
    cancel = Cancel()
    timer = threading.Thread(target=lambda: openai_server.gone.wait(10) and cancel.press())
    timer.start()
    assert failure(openai_server, cancel=cancel, seconds=50).kind is FailureKind.CANCELLED
    timer.join()
    assert len(openai_server.requests) == 1


def test_a_stop_after_the_end_does_nothing(openai_server: OpenAIServer) -> None:
    cancel = Cancel()
    openai_server.says(says(ANSWER))
    assert agent_of(openai_server).complete(request(cancel=cancel)).text == ANSWER
    cancel.press()


@pytest.mark.parametrize("code", [429, 500, 502, 503, 529])
def test_a_busy_endpoint_is_asked_again(openai_server: OpenAIServer, code: int) -> None:
    time = Time()
    openai_server.says(status(code), says(ANSWER))
    completion = agent_of(openai_server, time=time, chance=lambda: 0.5).complete(request())
    assert completion.text == ANSWER
    assert completion.usage.calls == 1
    assert time.naps == [0.25]  # half of the first half second
    assert len(openai_server.requests) == 2


def test_waits_grow_and_are_drawn_at_random(openai_server: OpenAIServer) -> None:
    time, drawn = Time(), iter([0.0, 1.0, 0.5, 0.25, 1.0])
    openai_server.says(status(500))
    found = failure(openai_server, time=time, chance=lambda: next(drawn), model_retries=5, seconds=60.0)
    assert found.kind is FailureKind.SERVER
    assert time.naps == [0.0, 1.0, 1.0, 1.0, 8.0]  # of 0.5, 1, 2, 4 and 8 seconds
    assert len(openai_server.requests) == 6


def test_a_wait_that_the_time_does_not_allow_is_not_begun(openai_server: OpenAIServer) -> None:
    time = Time()
    openai_server.says(status(500))
    assert failure(openai_server, time=time, chance=lambda: 0.9, seconds=0.4).kind is FailureKind.SERVER
    assert time.naps == []
    assert len(openai_server.requests) == 1


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_endpoint_says_how_long_to_wait(openai_server: OpenAIServer, form: str) -> None:
    time = Time()
    header = "7" if form == "seconds" else formatdate(time.now + 7, usegmt=True)
    openai_server.says(status(429, "slow down", retry_after=header), says(ANSWER))
    assert agent_of(openai_server, time=time).complete(request()).text == ANSWER
    assert time.naps == [7.0]
    assert len(openai_server.requests) == 2


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_wait_beyond_the_time_ends_the_question_at_once(openai_server: OpenAIServer, form: str) -> None:
    time = Time()
    header = "3600" if form == "seconds" else formatdate(time.now + 3600, usegmt=True)
    openai_server.says(status(429, "slow down", retry_after=header), says(ANSWER))
    found = failure(openai_server, time=time)
    assert found.kind is FailureKind.RATE_LIMITED
    assert "3,600 seconds" in found.message.en
    assert "3,600 秒" in found.message.zh
    assert time.naps == []
    assert len(openai_server.requests) == 1


@pytest.mark.parametrize("header", ["soon", "", "-5", "nan", "inf", "Wed, 99 Foo 2026"])
def test_a_wait_that_cannot_be_read_is_ours(openai_server: OpenAIServer, header: str) -> None:
    time = Time()
    openai_server.says(status(429, "slow down", retry_after=header), says(ANSWER))
    agent_of(openai_server, time=time, chance=lambda: 0.5).complete(request())
    assert time.naps == [0.0 if header == "-5" else 0.25]


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_no_more_tries_than_the_setting_allows(openai_server: OpenAIServer, retries: int) -> None:
    openai_server.says(status(429, "slow down"))
    assert failure(openai_server, time=Time(), model_retries=retries).kind is FailureKind.RATE_LIMITED
    assert len(openai_server.requests) == retries + 1


def test_each_request_of_a_question_is_tried_again(openai_server: OpenAIServer) -> None:
    openai_server.says(
        status(503), calls(("search", {"words": "x"})), status(500), calls(("reading", ANSWER)), status(500)
    )
    completion = agent_of(openai_server, Profile.TOOLS, time=Time()).complete(request(tools=(lookup(),)))
    assert (completion.text, completion.usage.calls) == (ANSWER, 2)
    assert len(openai_server.requests) == 4


def test_a_connection_closed_without_a_word_is_tried_again(openai_server: OpenAIServer) -> None:
    openai_server.says(hangs_up(), says(ANSWER))
    assert agent_of(openai_server, time=Time()).complete(request()).text == ANSWER
    assert len(openai_server.requests) == 2


@pytest.mark.parametrize("cleanly", [False, True], ids=["cut", "closed as if all were said"])
@pytest.mark.parametrize("profile", list(Profile))
def test_a_stream_that_breaks_off_is_no_answer_and_is_not_paid_twice(
    openai_server: OpenAIServer, cleanly: bool, profile: Profile
) -> None:
    openai_server.says(breaks_off(ANSWER, cleanly=cleanly), says(ANSWER))
    found = failure(openai_server, profile=profile, time=Time())
    assert found.kind is FailureKind.CUT_OFF
    assert len(openai_server.requests) == 1


@pytest.mark.parametrize("code", [400, 401, 403, 404, 422])
def test_what_would_be_refused_again_is_asked_once(openai_server: OpenAIServer, code: int) -> None:
    openai_server.says(status(code, "no"), says(ANSWER))
    failure(openai_server, time=Time(), model_retries=5)
    assert len(openai_server.asked) == 1


@pytest.mark.parametrize("before", [0, 1, 500])
def test_an_error_in_the_middle_of_a_stream(openai_server: OpenAIServer, before: int) -> None:
    piece = {"choices": [{"index": 0, "delta": {"content": 'an "error"? {'}, "finish_reason": None}]}
    error = {"error": {"message": "out of memory", "type": "server_error"}}
    openai_server.says(stream_of(*[piece] * before, error), says(ANSWER))
    found = failure(openai_server, time=Time())
    assert found.kind is FailureKind.SERVER
    assert "(out of memory)" in found.message.en
    assert len(openai_server.requests) == 1
