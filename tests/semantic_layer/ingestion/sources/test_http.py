"""HTTP interfaces as sources, against a server of this process: pages, patience, and answers that are not what they should be."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from semantic_layer.errors import DataError
from semantic_layer.ingestion.sources.opening import open_source
from semantic_layer.ingestion.sources.types import Paging, SourceKind
from tests.semantic_layer.ingestion.sources.conftest import Waits, rows_of, spec

Answer = tuple[int, dict[str, str], object]
MEMBERS = [{"id": i, "name": f"张{i}", "at": f"2024-01-{i:02d}"} for i in range(1, 8)]


class Interface:
    """Answers by a function of the parameters; keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Callable[[dict[str, str]], Answer] = lambda _: (200, {}, [])
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                given = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                outer.asked.append(given)
                outer.headers.append(dict(self.headers))
                status, headers, body = outer.answer(given)
                content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/members"


@pytest.fixture
def interface() -> Iterator[Interface]:
    found = Interface()
    yield found
    found.server.shutdown()
    found.server.server_close()


def source(interface: Interface, path: str = "", *, wait=None, since: str = "", **given: object):
    declared = spec(SourceKind.HTTP, interface.address + path, **given)
    now = lambda: datetime(2024, 1, 5, tzinfo=UTC)  # noqa: E731
    return open_source(declared, Path(), variables={"TOKEN": "s3cret"}, since=since, wait=wait or Waits(), now=now)


def by_number(given: dict[str, str], size: int = 3) -> Answer:
    start = (int(given.get("page", "1")) - 1) * size
    return 200, {}, {"data": {"rows": MEMBERS[start : start + size]}}


def test_pages_by_number_until_one_is_empty(interface: Interface) -> None:
    interface.answer = by_number
    paging = Paging(rows="data.rows", size_parameter="limit", size=3)
    found = source(
        interface,
        "?since={since}&fixed=1",
        paging=paging,
        since="2024 01",
        headers=(("Authorization", "Bearer ${TOKEN}"),),
    )
    rows, places, _ = rows_of(found)
    assert [row["id"] for row in rows] == [str(i) for i in range(1, 8)]
    assert places == list(range(1, 8))
    assert interface.asked[0] == {"since": "2024 01", "fixed": "1", "page": "1", "limit": "3"}
    assert [asked["page"] for asked in interface.asked] == ["1", "2", "3", "4"]
    assert interface.headers[0]["Authorization"] == "Bearer s3cret"


def test_pages_go_on_by_the_watermark_that_the_first_one_was_asked_by(interface: Interface) -> None:
    interface.answer = by_number
    paging = Paging(rows="data.rows")
    first = next(source(interface, "?after={since}", paging=paging, since="a").read(source(interface).parts()[0]))
    interface.asked.clear()
    rows, _, _ = rows_of(source(interface, "?after={since}", paging=paging, since="b"), after=first.position)
    assert [row["id"] for row in rows] == ["4", "5", "6", "7"]
    assert {asked["after"] for asked in interface.asked} == {"a"}


@pytest.mark.parametrize("end", ["404", "null", "last once more"])
def test_other_ways_to_end(interface: Interface, end: str) -> None:
    def answer(given: dict[str, str]) -> Answer:
        page = int(given["page"])
        if page <= 3:
            return by_number(given)
        if end == "404":
            return 404, {}, {"error": "no such page"}
        return (200, {}, {"data": None}) if end == "null" else by_number({"page": "3"})

    interface.answer = answer
    rows, _, _ = rows_of(source(interface, paging=Paging(rows="data.rows")))
    assert len(rows) == 7


@pytest.mark.parametrize("kind", ["token", "address"])
def test_pages_by_cursor(interface: Interface, kind: str) -> None:
    def answer(given: dict[str, str]) -> Answer:
        start = int(given.get("cursor", "0"))
        end = start + 3
        following: str | None = str(end) if kind == "token" else f"/members?cursor={end}&size=3"
        return 200, {}, {"items": MEMBERS[start:end], "paging": {"next": following if end < 7 else None}}

    interface.answer = answer
    paging = Paging(parameter="cursor", cursor="paging.next", rows="items")
    found = source(interface, paging=paging, watermark="at", key=("id",))
    chunks = list(found.read(found.parts()[0]))
    assert [row["id"] for chunk in chunks for row in chunk.rows.to_pylist()] == [str(i) for i in range(1, 8)]
    assert [chunk.watermark for chunk in chunks] == ["", "", "2024-01-07"], "pages may be in any order"
    rows, places, _ = rows_of(found, after=chunks[0].position)
    assert [row["id"] for row in rows] == ["4", "5", "6", "7"]
    assert places == [4, 5, 6, 7]
    assert rows_of(found, after=chunks[-1].position) == ([], [], [])


def test_a_busy_server_is_waited_for(interface: Interface) -> None:
    answers: list[Answer] = [
        (429, {"Retry-After": "7"}, ""),
        (503, {"Retry-After": "Fri, 05 Jan 2024 00:00:30 GMT"}, ""),
        (500, {}, ""),
        (200, {}, MEMBERS),
        (200, {}, []),
    ]
    interface.answer = lambda _: answers.pop(0)
    waits = Waits()
    assert len(rows_of(source(interface, wait=waits))[0]) == 7
    assert waits.seconds == [7.0, 30.0, 4.0]


def test_patience_ends(interface: Interface) -> None:
    interface.answer = lambda _: (502, {}, "")
    waits = Waits()
    with pytest.raises(DataError, match=r"s: it cannot be reached after several attempts \(HTTP 502\)"):
        rows_of(source(interface, wait=waits))
    assert waits.seconds == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_a_server_that_is_not_there(interface: Interface) -> None:
    interface.server.shutdown()
    interface.server.server_close()
    with pytest.raises(DataError, match="cannot be reached"):
        rows_of(source(interface))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((200, {"Content-Type": "text/html"}, b"<html><body>Sign in"), r"no JSON \(text/html.*<html><body>Sign in"),
        ((401, {}, ""), "refuses.*HTTP 401"),
        ((404, {}, ""), "nothing at the address"),
        ((400, {}, ""), "does not accept"),
        ((200, {}, {"code": 40001, "msg": "invalid token"}), "no list of rows.*invalid token"),
        ((200, {}, {"data": {"list": []}}), "There are: data.list"),
    ],
)
def test_wrong_content_is_explained(interface: Interface, answer: Answer, says: str) -> None:
    interface.answer = lambda _: answer
    with pytest.raises(DataError, match=says) as caught:
        rows_of(source(interface))
    assert "s3cret" not in str(caught.value.message)


def test_a_parameter_that_nobody_reads_is_no_endless_loop(interface: Interface) -> None:
    interface.answer = lambda _: (200, {}, MEMBERS)
    with pytest.raises(DataError, match="does not heed 'page'"):
        rows_of(source(interface))
    interface.answer = lambda _: (200, {}, {"rows": MEMBERS, "next": "x"})
    with pytest.raises(DataError, match="does not heed 'cursor'"):
        rows_of(source(interface, paging=Paging(parameter="cursor", cursor="next", rows="rows")))


def test_credentials_do_not_follow_to_another_host(interface: Interface) -> None:
    interface.answer = lambda _: (200, {}, {"rows": MEMBERS, "next": "http://elsewhere.test/x"})
    with pytest.raises(DataError, match=r"another host, elsewhere.test"):
        rows_of(source(interface, paging=Paging(cursor="next", rows="rows")))


def test_a_variable_does_not_lead_to_a_file(folder: Path) -> None:
    (folder / "a.json").write_text("[]")
    found = open_source(
        spec(SourceKind.HTTP, "${WHERE}"), folder, variables={"WHERE": f"file://{folder}/a.json"}, wait=Waits()
    )
    with pytest.raises(DataError, match="begins with http"):
        rows_of(found)


def test_records_that_are_no_objects_wait(interface: Interface) -> None:
    interface.answer = lambda given: (200, {}, [{"id": 1}, 5, {"id": 2, "x": {"y": 1}}] if given["page"] == "1" else [])
    rows, places, bad = rows_of(source(interface))
    assert rows == [{"id": "1", "x.y": None}, {"id": "2", "x.y": "1"}]
    assert places == [1, 3]
    assert [(row.place, row.text) for row in bad] == [("pages:2", "5")]
