"""Signing in and out, as a browser sees it."""

from __future__ import annotations

import logging

import pytest

from assistant.channels.web.sessions import form_tokens
from tests.assistant.channels.web.sites import (
    PAGE,
    PASSWORD,
    Site,
    cookie,
    form_token,
    sign_in,
    site,
)

HTTPS = "https://ask.example.com"


def test_a_person_signs_in_and_is_sent_where_they_wanted_to_go(closed: Site) -> None:
    answer = sign_in(closed.browser(), "ann", next="/?page=segments")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?page=segments")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(closed: Site) -> None:
    given = cookie(sign_in(closed.browser(), "ann"))
    assert (given["httponly"], given["samesite"], given["path"], given["domain"]) == (True, "lax", "/", "")
    assert given["max-age"] == str(12 * 3600)
    assert given["secure"] == ""


@pytest.mark.parametrize("settings", [{"base_url": HTTPS}, {"trusted_proxies": "testclient, 127.0.0.1"}])
def test_over_https_the_cookie_is_bound_to_the_host(settings: dict[str, str]) -> None:
    settings = {key: value.removeprefix("testclient, ") for key, value in settings.items()}
    browser = site(**settings).browser("http://ask.example.com", client=("127.0.0.1", 5000))
    answer = browser.post(
        "/sign-in",
        data={"login": "ann", "password": PASSWORD},
        headers={"x-forwarded-proto": "https", "origin": HTTPS},
    )
    given = cookie(answer, "__Host-qunxiang")
    assert (given["secure"], given["path"], given["domain"], given["httponly"]) == (True, "/", "", True)


def test_nobody_but_a_trusted_proxy_makes_it_https(closed: Site) -> None:
    answer = closed.browser().post(
        "/sign-in", data={"login": "ann", "password": PASSWORD}, headers={"x-forwarded-proto": "https"}
    )
    assert "__Host-" not in answer.headers["set-cookie"]


def test_a_token_that_was_there_before_is_never_taken_over(closed: Site) -> None:
    browser = closed.browser()
    browser.cookies.set("qunxiang", "chosen-by-somebody-else")
    token = cookie(sign_in(browser, "ann")).value
    assert token != "chosen-by-somebody-else"
    assert closed.access.visit("chosen-by-somebody-else") is None
    assert closed.access.visit(token).account.login == "ann"


def test_signing_in_again_gives_a_new_token_and_ends_the_old_one(closed: Site) -> None:
    browser = closed.browser()
    first = cookie(sign_in(browser, "ann")).value
    second = cookie(sign_in(browser, "bo")).value
    assert closed.access.visit(first) is None
    assert closed.access.visit(second).account.login == "bo"


def test_a_wrong_password_keeps_the_name_and_says_so_aloud(closed: Site) -> None:
    answer = sign_in(closed.browser(), "ann", "wrong-pass-word", language="en")
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert 'value="ann"' in answer.text
    assert "wrong-pass-word" not in answer.text
    assert "set-cookie" not in answer.headers


def test_the_page_does_not_tell_whether_an_account_exists(closed: Site) -> None:
    there = sign_in(closed.browser(), "ann", "wrong-pass-word").text.replace('value="ann"', "")
    missing = sign_in(closed.browser(), "nobody", "wrong-pass-word").text.replace('value="nobody"', "")
    assert there == missing


def test_after_many_wrong_passwords_one_waits_even_with_the_right_one(closed: Site) -> None:
    browser = closed.browser()
    answers = [sign_in(browser, "bo", f"wrong-{n}") for n in range(20)]
    assert answers[0].status_code == 401
    late = sign_in(browser, "bo")
    assert late.status_code == answers[-1].status_code == 429
    wait = int(late.headers["retry-after"])
    assert wait > 0
    closed.clock.forward(seconds=wait + 1)
    assert sign_in(closed.browser(), "bo").status_code == 303


def test_wrong_passwords_from_a_made_up_address_count_for_the_real_one() -> None:
    """The header X-Forwarded-For of somebody who is no proxy buys no further attempts."""
    here = site()
    browser = here.browser()
    for n in range(400):
        answer = browser.post(
            "/sign-in",
            data={"login": f"nobody{n}", "password": "wrong-pass-word"},
            headers={"x-forwarded-for": f"198.51.100.{n % 250}"},
        )
        if answer.status_code == 429:
            return
    pytest.fail("one address tried 400 accounts")


def test_an_empty_form_is_told_what_it_needs(closed: Site) -> None:
    answer = closed.browser().post("/sign-in", data={"login": "ann"}, headers={**PAGE, "accept-language": "en"})
    assert answer.status_code == 400
    assert "Fill in the login and the password." in answer.text


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "/\t/evil.example", "/\n/evil.example", "http:evil.example", "", "evil.example", "/ /evil", "/sign-out",
        "/sign-in?next=/sign-in", "/" + "a" * 3000,
    ],
)  # fmt: skip
def test_signing_in_leads_to_no_other_place(closed: Site, elsewhere: str) -> None:
    assert sign_in(closed.browser(), "ann", next=elsewhere).headers["location"] == "/"
    shown = closed.browser().get("/sign-in", params={"next": elsewhere}, headers=PAGE)
    assert 'name="next" value="/"' in shown.text


def test_whoever_is_signed_in_does_not_sign_in_again(closed: Site) -> None:
    answer = closed.signed_in("ann").get("/sign-in?next=/x", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/x")


def test_signing_out_ends_the_session_here_and_on_the_server(closed: Site) -> None:
    browser = closed.signed_in("ann")
    token = browser.cookies["qunxiang"]
    answer = browser.post("/sign-out", data={"form_token": form_token(browser)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert closed.access.visit(token) is None
    assert "qunxiang" not in browser.cookies


def test_signing_out_needs_the_form_of_this_session(closed: Site) -> None:
    browser = closed.signed_in("ann")
    other = form_token(closed.signed_in("bo"))
    for sent in ({}, {"form_token": ""}, {"form_token": other}):
        assert browser.post("/sign-out", data=sent, headers=PAGE).status_code == 403
    assert closed.access.visit(browser.cookies["qunxiang"]) is not None


def test_the_question_before_signing_out_holds_the_form(closed: Site) -> None:
    page = closed.signed_in("ann").get("/sign-out?language=en", headers=PAGE).text
    assert 'action="/sign-out"' in page
    assert "Signed in as Ann" in page


def test_a_form_from_another_site_signs_nobody_in_or_out(closed: Site) -> None:
    browser = closed.signed_in("ann")
    for told in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        for path in ("/sign-in", "/sign-out", "/password"):
            sent = {"login": "bo", "password": PASSWORD, "form_token": form_token(browser)}
            assert browser.post(path, data=sent, headers=told).status_code == 403
    assert closed.access.visit(browser.cookies["qunxiang"]).account.login == "ann"


def test_without_accounts_there_is_nothing_to_sign_in_to(open_: Site) -> None:
    browser = open_.browser()
    for path in ("/sign-in", "/password", "/sign-out"):
        assert browser.get(path, headers=PAGE).headers["location"] == "/"
    assert browser.post("/sign-in", data={"login": "local", "password": "x"}).headers["location"] == "/"


def test_no_password_reaches_a_log_or_a_page(closed: Site, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(type(closed.access)):
        def sign_in(self, login: str, password: str, *, address: str):
            raise RuntimeError("the store is gone")

    closed.access.__class__ = Broken
    canary = "kanarienvogel-9d1f"
    with caplog.at_level(logging.DEBUG):
        browser = closed.browser()
        browser.headers["accept-language"] = "en"
        answer = sign_in(browser, "ann", canary)
    assert answer.status_code == 500
    assert "Number n1" in answer.text
    assert "the store is gone" in caplog.text
    assert "n1" in caplog.text
    assert canary not in caplog.text + answer.text
    assert "the store is gone" not in answer.text


def test_forms_of_the_page_get_the_token_of_the_session_behind_their_cookies(closed: Site) -> None:
    browser = closed.signed_in("bo")
    token = browser.cookies["qunxiang"]
    own = form_tokens(closed.access)
    assert own(f"a=b; qunxiang={token}; c=d") == form_token(browser)
    assert own(f"qunxiang=stale; __Host-qunxiang={token}") == form_token(browser)
    assert [own(odd) for odd in ("", "qunxiang=", "qunxiang=x", "other=1")] == [""] * 4
