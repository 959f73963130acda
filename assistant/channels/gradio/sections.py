"""Titled blocks: a definition card, a customer card, a list of tags."""

from __future__ import annotations

from assistant.answer import Section
from assistant.channels.gradio.markup import Html, element
from assistant.channels.gradio.tables import render_table
from assistant.channels.gradio.words import say
from semantic_layer.errors import Language


def render_section(section: Section, language: Language, currency: str) -> Html:
    """One block with its lines, table and code."""
    lines = [(element("dt", name), element("dd", value)) for name, value in section.lines]
    table = None
    if section.table is not None:
        table = render_table(section.table, language, caption=section.title, currency=currency)
    return element(
        "section",
        element("h3", section.title),
        element("dl", lines, class_="facts") if lines else None,
        table,
        render_code(section.code, language) if section.code else None,
        class_="sheet",
    )


def render_code(code: str, language: Language) -> Html:
    """Code as text, with a button that copies it."""
    return element(
        "div",
        element(
            "button",
            say(language, "copy"),
            type="button",
            class_="button link copy",
            data_copy=True,
            data_done=say(language, "copied"),
        ),
        element("pre", element("code", code), tabindex="0"),
        class_="code",
    )
