"""Names under which the door answers, languages of a header, and the key of one."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from assistant.channels.mcp.addresses import refused_address
from assistant.channels.mcp.callers import bearer_of, language_in


@pytest.mark.parametrize(
    ("host", "origin", "base_url", "open_to_all", "status"),
    [
        ("127.0.0.1:7860", None, "", True, None),
        ("localhost:7860", "http://localhost:7860", "", True, None),
        ("[::1]:7860", "http://[::1]:7860", "", True, None),
        ("ask.example.com", None, "https://ask.example.com", False, None),
        ("ask.example.com", "https://ask.example.com", "https://ask.example.com", False, None),
        ("127.0.0.1:7860", "https://ask.example.com", "https://ask.example.com", False, None),
        ("192.168.1.5:7860", None, "", False, None),
        ("192.168.1.5:7860", None, "", True, 421),
        ("evil.example", None, "https://ask.example.com", False, 421),
        ("127.0.0.1.evil.example", None, "", True, 421),
        ("", None, "", False, 421),
        ("[", None, "", False, 421),
        ("127.0.0.1:7860", "http://127.0.0.1:3000", "", True, 403),
        ("127.0.0.1:7860", "null", "", True, 403),
        ("ask.example.com", "https://evil.example", "https://ask.example.com", False, 403),
        ("127.0.0.1:7860", "://", "", True, 403),
    ],
)
def test_only_own_names_and_own_pages_are_served(
    host: str, origin: str | None, base_url: str, open_to_all: bool, status: int | None
) -> None:
    headers = Headers({"host": host, **({"origin": origin} if origin is not None else {})})
    refused = refused_address(headers, base_url=base_url, open_to_all=open_to_all)
    assert (refused.status if refused else None) == status


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("fr;q=1, zh;q=0.2", "zh"),
        ("fr, de", "en"),
        ("zh;q=many", "en"),
        ("", "en"),
    ],
)
def test_the_language_that_a_header_likes_best(header: str, language: str) -> None:
    assert language_in({"accept-language": header}) == language


@pytest.mark.parametrize(
    ("header", "secret"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", None), ("Bearer ", None), ("", None)],
)
def test_the_key_of_a_header(header: str, secret: str | None) -> None:
    assert bearer_of({"authorization": header}) == secret
