"""The whole screen as named regions of HTML, drawn from a session. Only regions that changed are sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from assistant.channels.gradio.catalogue_page import render_catalogue, render_catalogue_head
from assistant.channels.gradio.dialogs import render_dialog, render_notice
from assistant.channels.gradio.markup import Html, element
from assistant.channels.gradio.result import render_result
from assistant.channels.gradio.review_page import render_review
from assistant.channels.gradio.segments_page import render_segments
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.talk import render_composer, render_talk, render_talk_head
from assistant.channels.gradio.topbar import render_top
from assistant.channels.gradio.words import say
from semantic_layer.errors import UserError


def render_frame(session: Session) -> str:
    """What the page as a whole must know, as JSON: language, page, data set, title, whether anything was asked."""
    title = f"{say(session.language, session.page)} · {say(session.language, 'page_title')}"
    return json.dumps(
        {
            "language": session.language,
            "page": session.page,
            "dataset": session.dataset,
            "title": title,
            "asked": bool(session.turns),
            "busy": session.running is not None,
            "visit": session.visit,
            "words": {key: say(session.language, key) for key in ("lost", "expired", "reload")},
        },
        ensure_ascii=False,
    )


def render_files(session: Session) -> str:
    """Addresses of files that wait, as JSON; the browser fetches each once."""
    return json.dumps([str(path) for path in session.outbox])


def _segments(session: Session) -> Html | None:
    return render_segments(session) if session.page == "segments" else None


def _catalogue_head(session: Session) -> Html | None:
    return render_catalogue_head(session) if session.page == "catalogue" else None


def _catalogue(session: Session) -> Html | None:
    return render_catalogue(session) if session.page == "catalogue" else None


def _review(session: Session) -> Html | None:
    return render_review(session) if session.page == "review" else None


Region = Callable[[Session], str | None]

REGIONS: Mapping[str, Region] = MappingProxyType(
    {
        "frame": render_frame,
        "top": render_top,
        "head": render_talk_head,
        "talk": render_talk,
        "composer": render_composer,
        "result": render_result,
        "segments": _segments,
        "catalogue-head": _catalogue_head,
        "catalogue": _catalogue,
        "review": _review,
        "dialog": render_dialog,
        "notice": render_notice,
        "files": render_files,
    }
)


def _rendered(render: Region, session: Session) -> str | None:
    """The content of a region, `None` for one that is out of sight; what cannot be shown says why in its place."""
    try:
        return render(session)
    except UserError as error:
        return element("p", error.message.in_(session.language), class_="fault", role="alert")


def draw(session: Session) -> dict[str, str]:
    """New content by region. Each begins with a revision: a browser leaves out what is older than what it shows."""
    with session.changing:
        changed: dict[str, str] = {}
        revision = session.next_number()
        for name, render in REGIONS.items():
            content = _rendered(render, session)
            if content is not None and session.drawn.get(name) != content:
                session.drawn[name] = content
                changed[name] = f"{revision}\n{content}"
        return changed
