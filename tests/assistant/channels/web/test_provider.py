"""Signing in with an identity that another party proves."""

from __future__ import annotations

import pytest

from assistant.channels.web.identity import ScriptedIdentity
from tests.assistant.channels.web.sites import (
    PAGE,
    Clock,
    Parts,
    Site,
    accounts,
    cookie,
    site,
)

HTTPS = "https://ask.example.com"


def provided(clock: Clock | None = None, **settings: object) -> Site:
    clock = clock or Clock()
    access = accounts(clock)
    return site(access, Parts(provider=ScriptedIdentity(access.account("bo"), state="s-1")), clock, **settings)


def test_the_button_leads_to_the_provider_and_back_to_where_one_wanted_to_go() -> None:
    here = provided(base_url=HTTPS, oidc_label="Firma")
    browser = here.browser(HTTPS)
    assert "Firma" in browser.get("/sign-in?next=/x", headers=PAGE).text
    away = browser.get("/sign-in/oidc?next=/x")
    assert away.headers["location"].startswith("https://login.example.com/authorize?state=s-1")
    assert "redirect_uri=https%3A%2F%2Fask.example.com%2Fsign-in%2Foidc%2Fcallback" in away.headers["location"]
    assert cookie(away, "__Host-qunxiang-way")["httponly"]
    back = browser.get(
        "/sign-in/oidc/callback?state=s-1&code=c",
        headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
    )
    assert (back.status_code, back.headers["location"]) == (303, "/x")
    assert here.access.visit(browser.cookies["__Host-qunxiang"]).account.login == "bo"
    assert "__Host-qunxiang-way" not in browser.cookies


def test_an_answer_of_the_provider_is_good_only_in_the_browser_that_asked() -> None:
    here = provided()
    answer = here.browser().get("/sign-in/oidc/callback?state=s-1&code=c", headers=PAGE)
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


def test_a_wrong_state_signs_nobody_in() -> None:
    browser = provided().browser()
    browser.get("/sign-in/oidc")
    answer = browser.get("/sign-in/oidc/callback?state=other&code=c", headers=PAGE)
    assert answer.status_code == 401
    assert "qunxiang" not in browser.cookies


@pytest.mark.parametrize("value", ["", "%%%", "bm90LWpzb24", "W10", "WzEsMiwzXQ"])
def test_a_damaged_cookie_on_the_way_is_no_sign_in(value: str) -> None:
    browser = provided().browser()
    browser.cookies.set("qunxiang-way", value)
    assert browser.get("/sign-in/oidc/callback?state=s-1", headers=PAGE).status_code == 400


def test_without_a_provider_there_is_no_button(closed: Site) -> None:
    assert "/sign-in/oidc" not in closed.browser().get("/sign-in", headers=PAGE).text
    assert closed.browser().get("/sign-in/oidc").headers["location"] == "/sign-in"
