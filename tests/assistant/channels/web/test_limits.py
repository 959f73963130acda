"""Bounds, over real sockets: large and slow requests, crowds, many streams, and a stop while they are open."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from assistant.channels.web.limits import Patience
from assistant.channels.web.serving import ListenError, WebServer, listen, serve
from assistant.settings import Settings
from tests.assistant.channels.web.sites import (
    Clock,
    Parts,
    accounts,
    connected,
    no_accounts,
    rest_of,
    said,
    served,
    site,
    wait_until,
)

QUICK = Patience(head=0.3, body=0.3, idle=1, stopping=2)
POST = b"POST /v1/size HTTP/1.1\r\nhost: 127.0.0.1\r\n"


class Room:
    """A door that counts what reaches it."""

    def __init__(self) -> None:
        self.calls = 0
        self.tidied = 0
        self.go_on = threading.Event()

    async def size(self, request: Request) -> PlainTextResponse:
        self.calls += 1
        return PlainTextResponse(str(len(await request.body())))

    async def wait(self, _request: Request) -> PlainTextResponse:
        self.calls += 1
        await asyncio.to_thread(self.go_on.wait, 10)
        return PlainTextResponse("done")

    async def stream(self, _request: Request) -> StreamingResponse:
        self.calls += 1

        async def events():
            try:
                yield b"data: 1\n\n"
                await asyncio.sleep(60)
            finally:
                self.tidied += 1

        return StreamingResponse(events(), media_type="text/event-stream")

    def door(self) -> Starlette:
        post = ["GET", "POST"]
        return Starlette(
            routes=[
                Route("/size", self.size, methods=post),
                Route("/wait", self.wait),
                Route("/stream", self.stream, methods=post),
            ]
        )


@contextmanager
def opened(room: Room, *, patience: Patience = QUICK, **settings: object) -> Iterator[WebServer]:
    app = site(parts=Parts(doors={"/v1": room.door()}, patience=patience), **settings).app
    with served(app, open_streams=int(settings.get("open_streams", 20)), patience=patience) as server:
        yield server


@pytest.fixture(scope="module")
def room() -> Room:
    return Room()


@pytest.fixture(scope="module")
def server(room: Room) -> Iterator[WebServer]:
    with opened(room) as server:
        yield server


def test_a_body_as_large_as_allowed_is_taken(server: WebServer) -> None:
    answer = httpx2.post(f"{server.address}/v1/size", content=b"x" * 256 * 1024)
    assert answer.text == str(256 * 1024)
    assert "server" not in answer.headers


def test_fifty_megabytes_are_refused_before_they_are_read(server: WebServer, room: Room) -> None:
    before = room.calls
    with connected(server) as line:
        line.sendall(POST + b"content-length: 52428800\r\n\r\n" + b"x" * 1000)  # and then nothing
        heard = rest_of(line)
    assert heard.startswith(b"HTTP/1.1 413")
    assert b"256 KB" in heard
    assert room.calls == before


def test_fifty_megabytes_that_are_really_sent_are_refused(server: WebServer, room: Room) -> None:
    before = room.calls
    answer = httpx2.post(f"{server.address}/v1/size", content=bytes(50 * 1024 * 1024))
    assert answer.status_code == 413
    assert room.calls == before


def test_a_body_of_unknown_length_is_refused_when_it_becomes_too_long(server: WebServer, room: Room) -> None:
    before = room.calls
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with connected(server) as line:
        line.sendall(POST + b"transfer-encoding: chunked\r\n\r\n" + piece * 5)  # no end
        heard = rest_of(line)
    assert heard.startswith(b"HTTP/1.1 413")
    assert room.calls == before


def test_a_chunked_body_within_the_limit_is_taken(server: WebServer) -> None:
    answer = httpx2.post(f"{server.address}/v1/size", content=iter([b"x" * 1000, b"y" * 24]))
    assert answer.text == "1024"


def test_a_body_that_does_not_come_is_not_waited_for(server: WebServer, room: Room) -> None:
    before = room.calls
    with connected(server) as line:
        line.sendall(POST + b"content-length: 10\r\n\r\nx")
        assert rest_of(line).startswith(b"HTTP/1.1 408")
    assert room.calls == before


def test_a_head_that_does_not_come_is_not_waited_for(server: WebServer) -> None:
    with connected(server) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n")
        assert rest_of(line).startswith(b"HTTP/1.1 408")


def test_a_head_that_comes_in_drops_buys_no_time(server: WebServer) -> None:
    with connected(server) as line:
        line.sendall(b"GET /health HTTP/1.1\r\n")
        drops = 0
        try:
            while drops < 500:
                line.sendall(b"x: y\r\n")
                drops += 1
                time.sleep(0.02)
        except OSError:
            pass
        assert drops < 500


def test_a_connection_that_says_nothing_is_closed(server: WebServer) -> None:
    with connected(server) as line:
        rest_of(line)  # returns: the server closed it


def test_a_slow_second_request_on_an_open_connection_is_not_waited_for_either(server: WebServer) -> None:
    with connected(server) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        assert line.recv(65536).startswith(b"HTTP/1.1 200")
        line.sendall(b"GET /health HT")
        assert b"HTTP/1.1 408" in rest_of(line)


def test_an_answer_that_takes_long_is_not_cut_by_the_limits_of_its_request() -> None:
    room = Room()
    with opened(room) as server:
        threading.Timer(0.8, room.go_on.set).start()
        assert httpx2.get(f"{server.address}/v1/wait", timeout=10).text == "done"


def test_a_very_long_head_is_refused(server: WebServer) -> None:
    with connected(server) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nx: " + b"y" * 300_000)
        assert rest_of(line).startswith(b"HTTP/1.1 400")


def test_a_socket_of_another_kind_is_not_opened(server: WebServer) -> None:
    heard = said(
        server,
        b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
        b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n",
    )
    assert b" 101 " not in heard


def test_a_crowd_is_told_when_to_come_again() -> None:
    room = Room()
    with opened(room, open_streams=1) as server:  # four requests under way
        waiting = [threading.Thread(target=httpx2.get, args=[f"{server.address}/v1/wait"]) for _ in range(4)]
        for thread in waiting:
            thread.start()
        wait_until(lambda: room.calls == 4)
        refused = said(server, b"GET /v1/wait HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        room.go_on.set()
        for thread in waiting:
            thread.join()
        assert refused.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 5" in refused
        assert httpx2.get(f"{server.address}/v1/wait").text == "done"


def test_more_connections_than_there_is_room_for_are_turned_away() -> None:
    with opened(Room(), open_streams=1, patience=Patience(head=30, stopping=1)) as server:
        lines = [connected(server) for _ in range(5)]
        with connected(server) as line:
            heard = rest_of(line)
        for one in lines:
            one.close()
        assert heard.startswith(b"HTTP/1.1 503")
        assert b"retry-after" in heard


def test_one_stream_too_many_is_refused_and_room_is_free_again_afterwards() -> None:
    room = Room()
    with opened(room, open_streams=2) as server, httpx2.Client() as client:
        address = f"{server.address}/v1/stream"
        with client.stream("POST", address) as first, client.stream("POST", address) as second:
            parts = first.iter_raw(), second.iter_raw()
            assert [next(part) for part in parts] == [b"data: 1\n\n"] * 2
            refused = httpx2.post(address)
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "5"
            assert "2" in refused.json()["detail"]
        wait_until(lambda: room.tidied == 3)
        with client.stream("POST", address) as again:
            assert again.status_code == 200


def test_listeners_take_no_room_from_answers() -> None:
    room = Room()
    with opened(room, open_streams=1) as server, httpx2.Client() as client:
        address = f"{server.address}/v1/stream"
        with client.stream("GET", address) as first, client.stream("GET", address) as second:
            kept = first.iter_raw(), second.iter_raw()
            assert [next(part) for part in kept] == [b"data: 1\n\n"] * 2
            assert httpx2.get(address).status_code == 503
            with client.stream("POST", address) as answer:
                assert answer.status_code == 200


def test_a_stop_ends_streams_with_a_last_event_and_lets_answers_finish() -> None:
    room = Room()
    ends: list[bytes] = []
    with opened(room) as server, httpx2.Client() as client:
        finishing = threading.Thread(target=lambda: ends.append(httpx2.get(f"{server.address}/v1/wait").content))
        finishing.start()
        with client.stream("GET", f"{server.address}/v1/stream") as stream:
            parts = stream.iter_raw()
            assert next(parts) == b"data: 1\n\n"
            wait_until(lambda: room.calls == 2)
            server.stop()
            last = b"".join(parts)
        room.go_on.set()
        finishing.join()
    event, data = last.decode().strip().splitlines()
    assert event == "event: stopping"
    assert set(json.loads(data.removeprefix("data: "))) == {"zh", "en"}
    assert ends == [b"done"]
    assert room.tidied == 1


# --- the address to listen on


def test_a_port_that_is_taken_is_said_with_a_way_out() -> None:
    with listen("127.0.0.1", 0, only_here=True) as bound:
        port = bound.getsockname()[1]
        with pytest.raises(ListenError) as error:
            listen("127.0.0.1", port, only_here=True)
    assert str(port) in error.value.message.zh
    assert "--port" in error.value.message.en


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_without_accounts_nobody_else_is_served(host: str) -> None:
    with pytest.raises(ListenError, match="users add") as error:
        listen(host, 0, only_here=True)
    assert "users add" in error.value.message.zh


@pytest.mark.parametrize(("host", "said"), [("no-such-host.invalid", "no-such-host"), ("192.0.2.1", "192.0.2.1")])
def test_an_address_that_is_not_here_is_said(host: str, said: str) -> None:
    with pytest.raises(ListenError, match=said):
        listen(host, 0, only_here=False)


def test_with_accounts_every_address_may_be_listened_on() -> None:
    with listen("0.0.0.0", 0, only_here=False) as bound:
        assert bound.getsockname()[0] == "0.0.0.0"


def test_serving_refuses_before_it_opens() -> None:
    heard: list[str] = []
    with pytest.raises(ListenError):
        serve(site(no_accounts()).app, access=no_accounts(), settings=Settings(host="0.0.0.0"), opened=heard.append)
    assert heard == []
    with listen("127.0.0.1", 0, only_here=True) as bound:
        taken = Settings(port=bound.getsockname()[1])
        with pytest.raises(ListenError):
            serve(site().app, access=accounts(Clock()), settings=taken, opened=heard.append)
    assert heard == []


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals come to the main thread")
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_streams_and_returns(sign: signal.Signals) -> None:
    room = Room()
    app = site(parts=Parts(doors={"/v1": room.door()})).app
    server = WebServer(app, listen("127.0.0.1", 0, only_here=True), open_streams=5, patience=QUICK)
    heard: list[bytes] = []

    def watch() -> None:
        wait_until(lambda: server.serves)
        with httpx2.stream("GET", f"{server.address}/v1/stream") as stream:
            for part in stream.iter_raw():
                heard.append(part)
                if len(heard) == 1:
                    os.kill(os.getpid(), sign)

    watcher = threading.Thread(target=watch)
    watcher.start()
    server.run()
    watcher.join()
    assert b"event: stopping" in b"".join(heard)
    assert room.tidied == 1
