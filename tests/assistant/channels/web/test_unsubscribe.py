"""The address in a message: looking at it asks, sending the form or one click of a mail program says no, and others get words."""

from __future__ import annotations

import pytest
from pyroaring import BitMap
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from assistant.channels.web.unsubscribe import PREFIX, unsubscribing_pages
from semantic_layer.errors import DataError, Text
from tests.tools.destinations.posts import START
from tools.destinations.unsubscribing import Unsubscribing


class Noes:
    """Notes who said no."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, list[int], str]] = []
        self.broken = False

    def note_unsubscribed(self, campaign_id: str, keys: BitMap, at: object, source: str) -> None:
        if self.broken:
            raise DataError(Text("磁盘满", "The disk is full"))
        self.noted.append((campaign_id, list(keys), source))


@pytest.fixture
def noes() -> Noes:
    return Noes()


@pytest.fixture
def unsubscribing(noes: Noes) -> Unsubscribing:
    return Unsubscribing(b"secret", base_url="http://shop.example", optouts=noes, clock=lambda: START)


@pytest.fixture
def client(unsubscribing: Unsubscribing) -> TestClient:
    pages = unsubscribing_pages(unsubscribing.read, unsubscribing.confirm)
    return TestClient(Starlette(routes=[Mount(PREFIX, pages)]), headers={"Accept-Language": "zh"})


def path(unsubscribing: Unsubscribing, key: int = 7) -> str:
    return unsubscribing.link("c1", key).removeprefix("http://shop.example")


def test_looking_asks_and_says_nothing(client: TestClient, unsubscribing: Unsubscribing, noes: Noes) -> None:
    for _ in range(2):  # programs open every address of a mail
        page = client.get(path(unsubscribing))
        assert page.status_code == 200
        assert "不想再收到我们的消息？" in page.text
        assert 'method="post"' in page.text
    assert noes.noted == []


def test_the_form_says_no_and_saying_it_again_changes_nothing(
    client: TestClient, unsubscribing: Unsubscribing, noes: Noes
) -> None:
    for _ in range(2):
        page = client.post(path(unsubscribing))
        assert (page.status_code, "已退订" in page.text) == (200, True)
    assert noes.noted == [("c1", [7], "link")] * 2


def test_one_click_of_a_mail_program_is_the_no(client: TestClient, unsubscribing: Unsubscribing, noes: Noes) -> None:
    sent = client.post(path(unsubscribing), data={"List-Unsubscribe": "One-Click"}, headers={"Accept-Language": "en"})
    assert "You will get no more marketing messages this way." in sent.text
    assert noes.noted == [("c1", [7], "link")]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("change", ["cut", "other key", "nonsense", "long"])
def test_an_address_that_was_not_made_here_is_said_to_be_one(
    client: TestClient, unsubscribing: Unsubscribing, noes: Noes, method: str, change: str
) -> None:
    whole = path(unsubscribing)
    head, _, signature = path(unsubscribing, 8).rpartition("/")[2].partition(".")
    wrong = {
        "cut": whole[:-3],
        "other key": f"{PREFIX}/{head}.{whole.rpartition('.')[2]}",
        "nonsense": f"{PREFIX}/%3Cscript%3E",
        "long": f"{PREFIX}/{'a' * 5000}",
    }[change]
    page = getattr(client, method)(wrong)
    assert page.status_code == 404
    assert "这个退订地址不完整或不是由这里发出的" in page.text
    assert "<script>" not in page.text
    assert (noes.noted, bool(signature)) == ([], True)


def test_a_no_that_cannot_be_written_down_is_told_and_may_be_said_again(
    client: TestClient, unsubscribing: Unsubscribing, noes: Noes
) -> None:
    noes.broken = True
    page = client.post(path(unsubscribing))
    assert (page.status_code, "磁盘满" in page.text, "已退订" in page.text) == (503, True, False)
    noes.broken = False
    assert client.post(path(unsubscribing)).status_code == 200
    assert len(noes.noted) == 1
