"""Changing a password, as a browser sees it."""

from __future__ import annotations

import re

import pytest

from assistant.accounts.types import Account
from tests.assistant.channels.web.sites import (
    PAGE,
    PASSWORD,
    Site,
    form_token,
    sign_in,
    site,
)


def test_a_first_password_must_be_changed_before_anything_else(closed: Site) -> None:
    browser = closed.browser()
    answer = sign_in(browser, "new", next="/?page=segments", language="en")
    assert answer.headers["location"] == "/password?language=en&next=%2F%3Fpage%3Dsegments"
    assert browser.get("/", headers=PAGE).headers["location"] == "/password"
    assert browser.post("/gradio_api/queue/join", json={"session_hash": "t"}).status_code == 403
    page = browser.get(answer.headers["location"], headers=PAGE).text
    token = page.split('name="form_token" value="')[1].split('"')[0]
    fresh = "ganz-neues-kennwort-7"
    before = browser.cookies["qunxiang"]
    done = browser.post(
        "/password",
        data={"form_token": token, "old": PASSWORD, "new": fresh, "again": fresh, "next": "/?page=segments"},
    )
    assert (done.status_code, done.headers["location"]) == (303, "/?page=segments")
    assert closed.access.visit(before) is None
    assert closed.access.visit(browser.cookies["qunxiang"]).account.must_change_password is False
    assert sign_in(closed.browser(), "new", fresh).headers["location"] == "/"


def test_a_changed_password_ends_the_sign_ins_elsewhere(closed: Site) -> None:
    here, there = closed.signed_in("bo"), closed.signed_in("bo")
    fresh = "ganz-neues-kennwort-7"
    here.post("/password", data={"form_token": form_token(here), "old": PASSWORD, "new": fresh, "again": fresh})
    assert closed.access.visit(there.cookies["qunxiang"]) is None
    assert closed.access.visit(here.cookies["qunxiang"]) is not None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"form_token": "made-up"}, "out of date"),
        ({"again": "another-one-altogether"}, "not the same"),
        ({"new": "", "again": ""}, "all three"),
        ({"old": "wrong-pass-word"}, ""),
        ({"new": "short", "again": "short"}, ""),
    ],
)
def test_a_password_is_not_changed_by_a_form_that_is_not_right(
    closed: Site, changed: dict[str, str], said: str
) -> None:
    browser = closed.signed_in("bo")
    fresh = "ganz-neues-kennwort-7"
    sent = {"form_token": form_token(browser), "old": PASSWORD, "new": fresh, "again": fresh, "language": "en"}
    answer = browser.post("/password", data=sent | changed, headers=PAGE)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert said in answer.text
    assert fresh not in answer.text
    assert PASSWORD not in answer.text
    assert sign_in(closed.browser(), "bo").status_code == 303


def test_password_and_sign_out_lead_strangers_to_the_sign_in(closed: Site) -> None:
    browser = closed.browser()
    assert browser.get("/password", headers=PAGE).headers["location"] == "/sign-in?next=%2Fpassword"
    assert browser.post("/password", data={}).status_code == 303
    assert browser.get("/sign-out", headers=PAGE).headers["location"] == "/sign-in"


def test_an_account_without_a_password_changes_it_elsewhere() -> None:
    here = site()
    ann = here.access.account("ann")
    account, _ = here.access.create("di", name="Di", grants=(), by=ann, email="di@example.com", password="")
    assert isinstance(account, Account)
    browser = here.browser()
    browser.cookies.set("qunxiang", here.access.sign_in_as(account, address="").token)
    page = browser.get("/password?language=en", headers=PAGE).text
    assert "signs in with an outside identity" in page
    assert 'name="new"' not in page


def test_guessing_the_old_password_is_limited_too(closed: Site) -> None:
    browser = closed.signed_in("bo")
    sent = {"form_token": form_token(browser), "new": "ganz-neues-kennwort-7", "again": "ganz-neues-kennwort-7"}
    answers = [browser.post("/password", data={**sent, "old": f"wrong-{n}"}) for n in range(20)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


def test_password_managers_are_told_what_belongs_where(closed: Site) -> None:
    signing = closed.browser().get("/sign-in", headers=PAGE).text
    assert re.findall(r'autocomplete="([a-z-]+)"', signing) == ["off", "off", "username", "current-password"]
    changing = closed.signed_in("bo").get("/password?language=en", headers=PAGE).text
    kept = [kind for kind in re.findall(r'autocomplete="([a-z-]+)"', changing) if kind != "off"]
    assert kept == ["username", "current-password", "new-password", "new-password"]
    assert 'value="bo"' in changing
    assert "at least 10 characters" in changing
    for page in (signing, changing):
        labels = set(re.findall(r'<label for="(\w+)"', page))
        assert labels == set(re.findall(r'<input id="(\w+)"', page))
        assert "<script" not in page
