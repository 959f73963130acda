"""How an answer was reached: definitions with owner and version, SQL, who understood it, how long it took."""

from __future__ import annotations

from datetime import date

from assistant.answer import Answer, DefinitionUsed
from assistant.channels.gradio.markup import Child, Html, button, element, join
from assistant.channels.gradio.sections import render_code
from assistant.channels.gradio.words import say
from semantic_layer.errors import Language


def render_how(answer: Answer, language: Language, as_of: date) -> Html:
    """All that lets a person check the number."""
    timing = answer.timing
    parts = say(
        language,
        "timing_parts",
        interpret=milliseconds(timing.interpret),
        compile=milliseconds(timing.compile),
        run=milliseconds(timing.run),
        total=milliseconds(timing.total),
    )
    facts: list[tuple[str, str]] = [
        (say(language, "as_of"), (answer.as_of or as_of).isoformat()),
        (say(language, "understood_by"), answer.understood_by.in_(language)),
        (say(language, "timing"), parts),
    ]
    lines: Child = [(element("dt", name), element("dd", value)) for name, value in facts]
    return join(
        _definitions(answer.definitions, language),
        [
            element("section", element("h3", say(language, "sql"), class_="label"), render_code(sql, language))
            for sql in answer.sql
        ],
        element("dl", lines, class_="facts"),
    )


def milliseconds(value: float) -> str:
    """A short time for reading: 3 ms, 1.2 s."""
    return f"{value / 1000:.1f} s" if value >= 1000 else f"{value:.0f} ms"


def _definitions(definitions: tuple[DefinitionUsed, ...], language: Language) -> Html | None:
    if not definitions:
        return None
    items = [
        element(
            "li",
            element(
                "div",
                button(used.label, "define", kind="link strong", data_ref=used.name),
                element("span", say(language, f"kind_{used.kind}"), class_="badge"),
            ),
            element("p", used.meaning),
            element("p", _provenance(used, language), class_="quiet"),
        )
        for used in definitions
    ]
    return element(
        "section",
        element("h3", say(language, "definitions"), class_="label"),
        element("ul", items, class_="definitions"),
    )


def _provenance(used: DefinitionUsed, language: Language) -> str:
    facts = [("owner", used.owner), ("version", str(used.version)), ("freshness", used.freshness)]
    return " · ".join(f"{say(language, key)} {value}" for key, value in facts if value)
