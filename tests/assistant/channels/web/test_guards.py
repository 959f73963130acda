"""What the guards let through, one by one."""

from __future__ import annotations

import re

import pytest

from assistant.channels.web.origins import BaseAddress, host_and_port
from assistant.channels.web.proxies import Trusted
from semantic_layer.errors import UserError
from tests.assistant.channels.web.doors import behind_a_door
from tests.assistant.channels.web.sites import PAGE, Parts, Site, no_accounts, site

OUTSIDE = ("192.0.2.9", 4000)
PROXY = ("10.0.0.1", 4000)


# --- who sends a request


@pytest.mark.parametrize(
    ("hops", "peer", "person"),
    [
        ("", PROXY, "10.0.0.1"),
        ("203.0.113.7", PROXY, "203.0.113.7"),
        ("1.2.3.4, 203.0.113.7", PROXY, "203.0.113.7"),  # what stands before it may be made up
        ("203.0.113.7, 10.1.2.3", PROXY, "203.0.113.7"),  # a second proxy, in a trusted network
        ("203.0.113.7:5123", PROXY, "203.0.113.7"),
        ("[2001:db8::1]:5123", PROXY, "2001:db8::1"),
        ("::ffff:203.0.113.7", PROXY, "203.0.113.7"),
        ("rubbish", PROXY, "10.0.0.1"),
        ("203.0.113.7, rubbish, 10.1.2.3", PROXY, "10.1.2.3"),
        ("203.0.113.7", OUTSIDE, "192.0.2.9"),  # nobody's proxy
    ],
)
def test_an_address_is_the_nearest_one_that_is_no_proxy(hops: str, peer: tuple[str, int], person: str) -> None:
    browser = behind_a_door(trusted_proxies="10.0.0.1, 10.1.0.0/16").browser(client=peer)
    told = browser.get("/v1/who", headers={"x-forwarded-for": hops} if hops else {}).json()
    assert told["address"] == person
    assert told["forwarded"] == []


def test_scheme_and_host_are_believed_from_a_proxy_only() -> None:
    here = behind_a_door(trusted_proxies="10.0.0.1")
    sent = {"x-forwarded-proto": "https", "x-forwarded-host": "ask.example.com", "forwarded": "proto=https"}
    inside = here.browser(client=PROXY).get("/v1/who", headers=sent).json()
    outside = here.browser(client=OUTSIDE).get("/v1/who", headers=sent).json()
    assert (inside["scheme"], inside["host"]) == ("https", "ask.example.com")
    assert (outside["scheme"], outside["host"]) == ("http", "127.0.0.1")
    assert outside["forwarded"] == []


@pytest.mark.parametrize("written", ["10.0.0.300", "proxy.example.com", "10.0.0.1/8"])
def test_a_proxy_that_is_no_address_is_said_at_the_start(written: str) -> None:
    with pytest.raises(UserError, match=re.escape(repr(written))):
        Trusted.parse(f"127.0.0.1, {written}")


# --- names of the server


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "a@127.0.0.1", "[::1", "192.168.0.5"],
)
def test_without_accounts_only_names_of_this_machine_are_served(open_: Site, host: str) -> None:
    for path in ("/", "/sign-in", "/gradio_api/queue/data?session_hash=t", "/anything"):
        answer = open_.browser().get(path, headers={"host": host})
        assert answer.status_code == 421
    assert "127.0.0.1" in answer.json()["message"]["zh"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:7860", "localhost:7860", "[::1]:7860", "LOCALHOST"])
def test_names_of_this_machine_are_served(host: str) -> None:
    assert behind_a_door(no_accounts()).browser().get("/v1/who", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [("ask.example.com", 200), ("ASK.example.com:443", 200), ("127.0.0.1", 200), ("evil.example", 421)],
)
def test_with_accounts_the_name_of_the_base_address_is_served(host: str, status: int) -> None:
    here = behind_a_door(base_url="https://ask.example.com")
    assert here.browser().get("/v1/who", headers={"host": host}).status_code == status


def test_probes_answer_under_any_name(open_: Site) -> None:
    for path in ("/health", "/ready"):
        assert open_.browser().get(path, headers={"host": "10.9.8.7:7860"}).status_code == 200


@pytest.mark.parametrize(
    "written", ["ask.example.com", "ftp://x", "https://x/ask", "https://", "https://x:y", "https://x?a=b"]
)
def test_a_base_address_that_cannot_be_is_said_at_the_start(written: str) -> None:
    with pytest.raises(UserError, match="QUNXIANG_BASE_URL"):
        BaseAddress.parse(written)


def test_hosts_are_read_as_browsers_write_them() -> None:
    assert host_and_port("Example.COM.:8080") == ("example.com", 8080)
    assert host_and_port("[2001:db8::1]:443") == ("2001:db8::1", 443)
    assert [host_and_port(odd)[0] for odd in ("a/b", "a?b", "u@a", "a:b", "[x")] == [""] * 5


# --- pages of other sites


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({}, 200),  # a program
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),  # another port of this machine
        ({"origin": "http://127.0.0.1"}, 200),
        ({"origin": "http://127.0.0.1:3000"}, 403),
        ({"origin": "https://127.0.0.1"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 200),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1"}, 403),
    ],
)
@pytest.mark.parametrize("access", [None, no_accounts()])
def test_only_pages_of_this_server_may_send(access, told: dict[str, str], status: int) -> None:
    browser = behind_a_door(access).browser()
    assert browser.post("/v1/who", headers=told).status_code == status
    assert browser.get("/v1/who", headers=told).status_code == status


def test_the_base_address_is_an_origin_of_ones_own_behind_a_proxy() -> None:
    browser = behind_a_door(base_url="https://ask.example.com").browser()
    assert browser.post("/v1/who", headers={"origin": "https://ask.example.com"}).status_code == 200


def test_a_link_on_another_site_may_lead_here(closed: Site) -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert closed.browser().get("/sign-in", headers={**PAGE, **link}).status_code == 200
    assert closed.browser().get("/sign-in", headers={**PAGE, **link, "sec-fetch-dest": "iframe"}).status_code == 403
    assert closed.browser().post("/sign-in", headers={**PAGE, **link}).status_code == 403


# --- whose session


def test_rooms_learn_whose_session_it_is() -> None:
    here = behind_a_door()
    told = here.signed_in("bo").get("/v1/who").json()
    assert told["login"] == "bo"
    assert told["form"]
    assert here.browser().get("/v1/who").json()["login"] is None


def test_a_closed_account_is_out_at_once() -> None:
    from dataclasses import replace

    here = behind_a_door()
    browser = here.signed_in("bo")
    here.access.update(replace(here.access.account("bo"), active=False), by=here.access.account("ann"))
    assert browser.get("/v1/who").json()["login"] is None


def test_a_session_is_over_after_a_while() -> None:
    here = behind_a_door()
    browser = here.signed_in("bo")
    browser.cookies.set("qunxiang", browser.cookies["qunxiang"])  # a browser that does not forget
    here.clock.forward(hours=13)
    assert browser.get("/v1/who").json()["login"] is None


def test_without_accounts_everybody_is_the_person_at_the_machine() -> None:
    assert behind_a_door(no_accounts()).browser().get("/v1/who").json()["login"] == "local"


# --- doors


def test_a_door_sees_paths_below_its_prefix_and_the_prefix_itself() -> None:
    browser = behind_a_door().browser()
    assert browser.get("/v1").json()["path"] == "/v1/"
    assert browser.get("/v1/who").status_code == 200
    assert browser.get("/v1who").status_code == 404


def test_lifespans_are_entered_and_left_in_order() -> None:
    from contextlib import asynccontextmanager

    seen: list[str] = []

    def lifespan(name: str):
        @asynccontextmanager
        async def living():
            seen.append(f"{name} begins")
            yield
            seen.append(f"{name} ends")

        return living

    with site(parts=Parts(lifespans=(lifespan("a"), lifespan("b")))).browser() as browser:
        assert browser.get("/health").json() == {"status": "ok"}
    assert seen == ["a begins", "b begins", "b ends", "a ends"]
