"""How every guard says no: a page for people, a problem description (RFC 9457) for programs, in both languages."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from assistant.channels.gradio.markup import element
from assistant.channels.web.languages import language_for
from assistant.channels.web.pages import page_response
from assistant.channels.web.words import WORDS
from semantic_layer.errors import Language, Text


def language_in(scope: Scope) -> Language:
    """The language to answer a request in; `?language=` wins over what the browser asks for."""
    connection = HTTPConnection(scope)
    return language_for(connection.query_params.get("language", ""), connection.headers.get("accept-language", ""))


def wants_page(scope: Scope) -> bool:
    """Whether a person looks at the answer, as a page of a browser."""
    return "text/html" in HTTPConnection(scope).headers.get("accept", "")


def refusal(scope: Scope, status: int, message: Text, *, retry_after: int = 0, close: bool = False) -> Response:
    """The answer to a request that is not served. `retry_after` in seconds; `close` ends the connection after it."""
    headers = {
        **({"retry-after": str(retry_after)} if retry_after else {}),
        **({"connection": "close"} if close else {}),
    }
    language = language_in(scope)
    phrase = HTTPStatus(status).phrase
    if not wants_page(scope):
        problem = {
            "type": "about:blank",
            "title": phrase,
            "status": status,
            "detail": message.in_(language),
            "message": {"zh": message.zh, "en": message.en},
        }
        return JSONResponse(problem, status_code=status, headers=headers, media_type="application/problem+json")
    said = message.in_(language)
    return page_response(
        language,
        str(status),
        element("h1", str(status), class_="number"),
        element("p", said, role="alert"),
        element("p", element("a", WORDS["to_the_beginning"].in_(language), href="/", class_="button")),
        status=status,
        headers=headers,
    )
