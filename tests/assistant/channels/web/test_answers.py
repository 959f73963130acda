"""What every answer says: failures, unknown addresses, headers, probes, languages."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from assistant.channels.web.failures import HalfSentError
from assistant.channels.web.languages import language_for
from assistant.channels.web.owners import Owners
from assistant.channels.web.readiness import Check, Readiness
from semantic_layer.errors import Text
from tests.assistant.channels.web.doors import behind_a_door, fail
from tests.assistant.channels.web.sites import PAGE, Parts, Site, site

# --- failures


def test_a_failure_is_a_page_with_a_number_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    here = behind_a_door()
    page = here.browser().get("/v1/fail?key=canary-7", headers={**PAGE, "accept-language": "en"})
    assert page.status_code == 500
    assert "Number n1" in page.text
    assert "hunter2" not in page.text
    assert "n1" in caplog.text
    assert "canary-7" not in caplog.text
    problem = here.browser().get("/v1/fail")
    assert problem.headers["content-type"] == "application/problem+json"
    assert (problem.json()["status"], "n2" in problem.json()["detail"]) == (500, True)


def test_unknown_addresses_have_a_page_in_both_languages(closed: Site) -> None:
    for language, word in (("en-GB", "There is no such page"), ("zh-CN", "没有这个页面")):
        page = closed.browser().get("/no/such/page", headers={**PAGE, "accept-language": language})
        assert page.status_code == 404
        assert word in page.text
    assert closed.browser().get("/no/such/page").json()["status"] == 404
    assert closed.browser().get("/sign-in/no-such", headers=PAGE).status_code == 404
    assert closed.browser().delete("/sign-in").status_code == 405


def test_a_path_cannot_write_into_a_page(closed: Site) -> None:
    for path in ("/<script>alert(1)</script>", '/sign-in?next=/"><script>alert(1)</script>'):
        assert "<script" not in closed.browser().get(path, headers=PAGE).text


# --- what browsers are told


def test_every_answer_is_guarded(closed: Site) -> None:
    for path, status in (("/sign-in", 200), ("/no-such", 404), ("/health", 200), ("/", 303)):
        answer = closed.browser().get(path, headers=PAGE)
        told = answer.headers
        assert answer.status_code == status
        assert told["x-content-type-options"] == "nosniff"
        assert told["x-frame-options"] == "DENY"
        assert told["referrer-policy"] == "same-origin"
        assert told["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in told["content-security-policy"]
        assert "unsafe" not in told["content-security-policy"]
        assert "strict-transport-security" not in told
        assert "access-control-allow-origin" not in told


def test_over_https_browsers_are_told_to_stay_there() -> None:
    browser = site(base_url="https://ask.example.com").browser("https://ask.example.com")
    assert browser.get("/sign-in").headers["strict-transport-security"].startswith("max-age=")


def test_the_style_sheet_of_the_plain_pages_is_the_one_they_allow(closed: Site) -> None:
    import base64
    import hashlib

    page = closed.browser().get("/sign-in", headers=PAGE)
    style = page.text.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page.headers["content-security-policy"]


def colours(package: str, name: str) -> dict[str, list[str]]:
    text = files(package).joinpath("assets", name).read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for variable, value in re.findall(r"--([\w-]+): (#[0-9a-f]{6});", text):
        found.setdefault(variable, []).append(value)
    return found


def test_plain_pages_have_the_colours_of_the_page() -> None:
    page, plain = colours("assistant.channels.gradio", "page.css"), colours("assistant.channels.web", "plain.css")
    assert {name: page[name] for name in plain} == plain


# --- probes


def test_what_is_not_ready_is_said_in_both_languages() -> None:
    problem = Text("数据库不可用", "The database cannot be reached")
    found = Readiness((Check(name="state", problem=problem), Check(name="data")))
    answer = site(parts=Parts(ready=lambda: found)).browser().get("/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "checks": [
            {"name": "state", "ok": False, "problem": {"zh": "数据库不可用", "en": "The database cannot be reached"}},
            {"name": "data", "ok": True},
        ],
    }


def test_search_engines_find_nothing_here(closed: Site) -> None:
    assert closed.browser().get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    assert closed.browser().get("/ready").json()["ready"] is True


# --- small things


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        ("", "", "zh"), ("", "zh-CN,zh;q=0.9", "zh"), ("", "en-GB,en;q=0.9", "en"), ("", "de, en;q=0.5, zh;q=0.7", "zh"),
        ("", "fr-FR,fr;q=0.9", "en"), ("", "en;q=0, zh;q=0.1", "zh"), ("en", "zh", "en"), ("zh", "en", "zh"),
        ("xx", "en", "en"), ("", "zh;q=abc, en;q=0.1", "en"),
    ],
)  # fmt: skip
def test_languages(chosen: str, accepted: str, language: str) -> None:
    assert language_for(chosen, accepted) == language


def test_pages_can_be_had_in_the_other_language(closed: Site) -> None:
    browser = closed.browser()
    page = browser.get("/sign-in?next=/x&language=en", headers={**PAGE, "accept-language": "zh"}).text
    assert '<html lang="en">' in page
    assert "Sign in" in page
    assert 'href="/sign-in?next=%2Fx&amp;language=zh"' in page


def test_a_name_belongs_to_whoever_used_it_first() -> None:
    owners = Owners(each=2)
    assert owners.claim("a", "ann")
    assert not owners.claim("a", "bo")
    assert owners.claim("a", "ann")


def test_many_names_of_one_displace_none_of_another() -> None:
    owners = Owners(each=2)
    owners.claim("a", "ann")
    for n in range(100):
        owners.claim(f"b{n}", "bo")
    assert not owners.claim("a", "bo")
    assert not owners.claim("b99", "ann")
    assert owners.claim("b0", "ann")  # forgotten: bo has used many since


def test_a_door_that_explains_its_failure_itself_is_not_interrupted() -> None:
    async def explained(_request: Request, _error: Exception) -> JSONResponse:
        return JSONResponse({"number": "own"}, status_code=500, media_type="application/problem+json")

    async def broken_off(_request: Request) -> StreamingResponse:
        async def half():
            yield b"half"
            raise RuntimeError("gone")

        return StreamingResponse(half())

    own = Starlette(
        routes=[Route("/fail", fail), Route("/half", broken_off)], exception_handlers={Exception: explained}
    )
    browser = site(parts=Parts(doors={"/v1": own})).browser()
    assert browser.get("/v1/fail").json() == {"number": "own"}
    with pytest.raises(HalfSentError):
        browser.get("/v1/half")
