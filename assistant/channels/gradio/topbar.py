"""The bar at the top: where one is, which data, which language."""

from __future__ import annotations

from assistant.channels.gradio.markup import Html, element, join
from assistant.channels.gradio.session import Page, Session
from assistant.channels.gradio.words import say

PAGES: tuple[Page, ...] = ("ask", "segments", "catalogue", "review")


def render_top(session: Session) -> Html:
    """Names of the pages that exist, the open data set and how recent it is, and the language switch."""
    language = session.language
    pages = [
        element(
            "button",
            say(language, page),
            type="button",
            class_="page",
            data_act="page",
            data_ref=page,
            aria_current="page" if session.page == page else None,
        )
        for page in PAGES
    ]
    return join(
        element("a", say(language, "skip"), href="#question", class_="skip"),
        element("span", say(language, "brand"), class_="brand"),
        element("nav", pages, aria_label=say(language, "navigation")),
        element("div", _model(session), _data(session), class_="about"),
        element(
            "button",
            say(language, "other_language"),
            type="button",
            class_="page language",
            data_act="language",
            data_ref="en" if language == "zh" else "zh",
            aria_label=say(language, "other_language_long"),
            title=say(language, "other_language_long"),
        ),
    )


def _model(session: Session) -> Html:
    """Who reads questions here, and whether the language model is ready or why not."""
    language = session.language
    status = session.assistant.model_status()
    said = f"{say(language, f'mode_{status.mode}')} · {status.said.in_(language)}"
    return element("span", said, class_="quiet model" if status.ready else "quiet model off", title=said)


def _data(session: Session) -> Html:
    language = session.language
    title = session.assistant.title.in_(language)
    until = element("span", say(language, "data_until", date=session.assistant.as_of.isoformat()), class_="quiet until")
    if len(session.workspace.datasets) < 2:
        return join(element("span", title, class_="dataset"), until)
    choices = [
        element(
            "button",
            dataset.title.in_(language),
            type="button",
            role="menuitemradio",
            aria_checked="true" if dataset.id == session.dataset else "false",
            data_act="dataset",
            data_ref=dataset.id,
        )
        for dataset in session.workspace.datasets
    ]
    menu = element(
        "details",
        element("summary", title, aria_label=f"{say(language, 'dataset')}: {title}"),
        element("div", choices, class_="menu at-end", role="menu"),
        class_="dropdown dataset",
        data_own="dropdown",
    )
    return join(menu, until)
