"""The field standard book: each field's meaning, format, owner, values, examples, and the sources that fill it."""

from __future__ import annotations

from assistant.channels.gradio.data_parts import badge, table
from assistant.channels.gradio.markup import Html, element, join
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say, say_count
from assistant.stewardship.port import SourcesPort
from assistant.stewardship.sources import BookField
from semantic_layer.errors import Language


def render_book(port: SourcesPort, session: Session) -> Html:
    """The fields that fit what is being looked for."""
    language, wanted = session.language, session.data.search
    fields = port.book(wanted, user=session.user)
    heads = [
        (say(language, "rule_field"), ""),
        (say(language, "book_meaning"), ""),
        (say(language, "book_format"), ""),
        (say(language, "book_sources"), ""),
        (say(language, "owner"), ""),
    ]
    count = say_count(language, "book_found", len(fields))
    found = element("p", f"{count} · {say(language, 'book_lead')}", class_="quiet count-line", role="status")
    nothing = element("p", say(language, "book_nothing", search=wanted), class_="nothing")
    rows = [_field(each, language) for each in fields]
    return join(
        element(
            "input",
            type="search",
            id="book-search",
            value=wanted,
            data_own="typed",
            placeholder=say(language, "book_search"),
            aria_label=say(language, "book_search"),
            autocomplete="off",
            data_input="book-search",
        ),
        join(found, table(heads, rows, say(language, "tab_book"), "book")) if fields else nothing,
    )


def _field(one: BookField, language: Language) -> Html:
    marks = [badge(say(language, "identifies"))] if one.identifies else []
    marks += [badge(say(language, "personal"))] if one.personal else []
    comma = say(language, "list_comma")
    formats = [one.type.in_(language), one.format.in_(language), comma.join(one.values)]
    if one.examples:
        formats.append(say(language, "such_as", what=comma.join(one.examples)))
    sources = comma.join(each.in_(language) for each in one.filled_by) or say(language, "book_nobody")
    return element(
        "tr",
        element(
            "th",
            element("span", one.label.in_(language), class_="strong"),
            element("span", one.name, class_="code-name quiet under"),
            element("span", [[mark, " "] for mark in marks], class_="under") if marks else None,
            scope="row",
        ),
        element("td", one.meaning.in_(language), class_="words"),
        element("td", " · ".join(part for part in formats if part), class_="words"),
        element("td", sources, class_="words"),
        element("td", one.owner, class_="owner"),
        data_key=f"field-{one.name}",
    )
