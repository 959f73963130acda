"""The whole screen as named regions of HTML, drawn from a session. Only regions that changed are sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

from assistant.channels.gradio.account_page import render_account
from assistant.channels.gradio.admin_page import render_admin
from assistant.channels.gradio.boards_page import render_boards
from assistant.channels.gradio.campaigns_page import render_campaigns
from assistant.channels.gradio.catalogue_page import render_catalogue, render_catalogue_head
from assistant.channels.gradio.data_page import render_data
from assistant.channels.gradio.dialogs import render_dialog, render_notice
from assistant.channels.gradio.insights_page import render_insights
from assistant.channels.gradio.markup import Html, element
from assistant.channels.gradio.models_page import render_models
from assistant.channels.gradio.people_page import render_customers
from assistant.channels.gradio.result import render_result
from assistant.channels.gradio.review_page import render_review
from assistant.channels.gradio.segments_page import render_segments
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.talk import render_composer, render_talk, render_talk_head, without_roles
from assistant.channels.gradio.topbar import render_top
from assistant.channels.gradio.words import say
from semantic_layer.errors import Language, UserError


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
            "words": _words(session.language),
        },
        ensure_ascii=False,
    )


def _words(language: Language) -> dict[str, str]:
    """What the browser says by itself when the connection or the sign-in is lost; `closed` is markup."""
    return {**{key: say(language, key) for key in ("lost", "expired", "reload")}, "closed": _closed(language)}


def render_files(session: Session) -> str:
    """Addresses of files that wait, as JSON; the browser fetches each once."""
    return json.dumps([str(path) for path in session.outbox])


def _insights(session: Session) -> Html | None:
    return render_insights(session) if session.page == "insights" else None


def _admin(session: Session) -> Html | None:
    return render_admin(session) if session.page == "admin" else None


def _account(session: Session) -> Html | None:
    return render_account(session) if session.page == "account" else None


def _segments(session: Session) -> Html | None:
    if session.page != "segments":
        return None
    return render_segments(session, session.stewardship.living, session.segments)


def _catalogue_head(session: Session) -> Html | None:
    """Nothing of the definitions for those without a role."""
    if session.page != "catalogue":
        return None
    return render_catalogue_head(session) if session.user.roles else without_roles(session.language)


def _catalogue(session: Session) -> Html | None:
    if session.page != "catalogue":
        return None
    return render_catalogue(session) if session.user.roles else Html("")


def _data(session: Session) -> Html | None:
    if session.page != "data":
        return None
    return render_data(session) if session.user.roles else without_roles(session.language)


def _customers(session: Session) -> Html | None:
    if session.page != "customers":
        return None
    return render_customers(session) if session.user.roles else without_roles(session.language)


def _boards(session: Session) -> Html | None:
    return render_boards(session) if session.page == "boards" else None


def _models(session: Session) -> Html | None:
    port = session.stewardship.models
    return render_models(port, session.models, session) if port is not None and session.page == "models" else None


def _campaigns(session: Session) -> Html | None:
    return render_campaigns(session) if session.page == "campaigns" else None


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
        "data": _data,
        "customers": _customers,
        "boards": _boards,
        "campaigns": _campaigns,
        "models": _models,
        "review": _review,
        "insights": _insights,
        "admin": _admin,
        "account": _account,
        "closed": lambda _: "",
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


def draw_closed(session: Session) -> dict[str, str]:
    """What stands there for somebody who is not, or no longer, the one that the session belongs to."""
    with session.changing:
        session.drawn.clear()
        return closed(session.language, session.next_number())


def closed(language: Language, revision: int) -> dict[str, str]:
    """Every region empty but for the words that one is signed out, and the way back in."""
    title = say(language, "signed_out")
    told = {"language": language, "page": "closed", "dataset": "", "title": title, "asked": False, "busy": False}
    frame = json.dumps({**told, "visit": "", "words": _words(language)}, ensure_ascii=False)
    content = {**dict.fromkeys(REGIONS, ""), "frame": frame, "closed": _closed(language), "files": "[]"}
    return {name: f"{revision}\n{content[name]}" for name in REGIONS}


def _closed(language: Language) -> Html:
    return element(
        "div",
        element("h1", say(language, "signed_out")),
        element("p", say(language, "signed_out_hint"), class_="quiet"),
        element("a", say(language, "sign_in"), href="./", class_="button primary"),
        class_="empty",
        role="alert",
    )


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
