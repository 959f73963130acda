"""The plain pages of this room: HTML from the server, one style sheet, no script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, Response

from assistant.channels.gradio.markup import Child, Html, element, join, lang_of
from assistant.channels.web.words import WORDS
from semantic_layer.errors import Language

_HEAD: Final = Html(
    '<meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark">'
    '<meta name="robots" content="noindex">'
    '<link rel="icon" href="data:,">'
)


@cache
def _style() -> str:
    return files("assistant.channels.web").joinpath("assets", "plain.css").read_text(encoding="utf-8")


@cache
def _policy() -> str:
    """What these pages may load: their own style sheet, named by its digest, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


def page_response(
    language: Language,
    title: str,
    *body: Child,
    switch: Html | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A whole page: `body` in a column under the name of the product, `switch` leads to the other language."""
    brand = WORDS["brand"].in_(language)
    html = element(
        "html",
        element("head", _HEAD, element("title", f"{title} · {brand}"), element("style", Html(_style()))),
        element(
            "body",
            element("header", element("span", brand, class_="brand"), switch),
            element("main", *body),
        ),
        lang=lang_of(language),
    )
    return HTMLResponse(
        join(Html("<!doctype html>"), html),
        status_code=status,
        headers={"content-security-policy": _policy(), "content-language": lang_of(language), **(headers or {})},
    )


def language_link(language: Language, path: str, **query: str) -> Html:
    """A link to the same page in the other language."""
    other: Language = "en" if language == "zh" else "zh"
    target = f"{path}?{urlencode({**{k: v for k, v in query.items() if v}, 'language': other})}"
    return element(
        "a",
        WORDS["other_language"].in_(language),
        href=target,
        lang=lang_of(other),
        hreflang=lang_of(other),
        class_="language",
    )


def field(
    label: str,
    name: str,
    *,
    complete: str,
    kind: str = "password",
    value: str = "",
    first: bool = False,
    failed: bool = False,
) -> Html:
    """A labelled box. `complete` tells password managers what belongs in it; the `first` one has the cursor."""
    return element(
        "p",
        element("label", label, for_=name),
        element(
            "input",
            id=name,
            name=name,
            type=kind,
            autocomplete=complete,
            value=value or None,
            autocapitalize="none",
            spellcheck="false",
            maxlength=200 if kind == "text" else 1024,
            required=True,
            autofocus=first,
            aria_describedby="fault" if failed else None,
            aria_invalid="true" if failed else None,
        ),
        class_="field",
    )


def hidden(**values: str) -> tuple[Html, ...]:
    """Values that go with a form unseen."""
    return tuple(
        element("input", type="hidden", name=name, value=value, autocomplete="off") for name, value in values.items()
    )


def alert(message: str | None) -> Html | None:
    """What went wrong, read out by screen readers as the page opens."""
    return element("p", message, role="alert", id="fault", class_="fault") if message else None
