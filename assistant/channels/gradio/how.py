"""How an answer was reached: definitions with owner and version, SQL, who understood it, how long it took."""

from __future__ import annotations

from assistant.answer import Answer, DefinitionUsed, Timing
from assistant.channels.gradio.markup import Child, Html, button, element, lang_of
from assistant.channels.gradio.sections import render_code
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say
from semantic_layer.errors import Language


def render_how(answer: Answer, session: Session) -> Html:
    """All that lets a person check the number."""
    language = session.language
    restated = session.assistant.restated(answer)
    facts: list[tuple[str, Child]] = [
        (say(language, "understood_by"), answer.understood_by.in_(language)),
        (say(language, "as_of"), (answer.as_of or session.assistant.as_of).isoformat()),
        (say(language, "timing"), _timing(answer.timing, language)),
    ]
    if restated:
        facts.insert(0, (say(language, "plan"), element("span", restated, lang=lang_of(answer.language))))
    lines: Child = [(element("dt", name), element("dd", value)) for name, value in facts]
    return element(
        "div",
        element("dl", lines, class_="facts"),
        _definitions(answer, language),
        _origins(answer, session),
        [
            element("section", element("h3", say(language, "sql"), class_="label"), render_code(sql, language))
            for sql in answer.sql
        ],
        class_="view",
        lang=lang_of(language),
    )


def _timing(timing: Timing, language: Language) -> Html:
    """Each step, and what is left of the whole for wording and drawing."""
    rest = max(0.0, timing.total - timing.interpret - timing.compile - timing.run)
    steps = (
        ("time_interpret", timing.interpret),
        ("time_compile", timing.compile),
        ("time_run", timing.run),
        ("time_rest", rest),
        ("time_total", timing.total),
    )
    parts = [
        element("span", f"{say(language, key)} ", element("span", milliseconds(value), class_="number"))
        for key, value in steps
    ]
    return element("span", parts, class_="steps")


def milliseconds(value: float) -> str:
    """A short time for reading: 3 ms, 1.2 s."""
    return f"{value / 1000:.1f} s" if value >= 1000 else f"{value:.0f} ms"


def _definitions(answer: Answer, language: Language) -> Html | None:
    if not answer.definitions:
        return None
    items = [
        element(
            "li",
            element(
                "div",
                button(used.label, "define", kind="link strong", data_ref=used.name),
                element("span", say(language, f"kind_{used.kind}"), class_="badge"),
            ),
            element("p", used.meaning, lang=lang_of(answer.language)),
            element("p", _provenance(used, language), class_="quiet"),
        )
        for used in answer.definitions
    ]
    return element(
        "section",
        element("h3", say(language, "definitions"), class_="label"),
        element("ul", items, class_="definitions"),
    )


def _origins(answer: Answer, session: Session) -> Html | None:
    origins = session.assistant.origins(answer)
    if not origins:
        return None
    lines = [(element("dt", name), element("dd", said)) for name, said in origins]
    title = element("h3", say(session.language, "origins"), class_="label")
    return element("section", title, element("dl", lines, class_="facts"), lang=lang_of(answer.language))


def _provenance(used: DefinitionUsed, language: Language) -> str:
    facts = [("owner", used.owner), ("version", str(used.version)), ("freshness", used.freshness)]
    return " · ".join(f"{say(language, key)} {value}" for key, value in facts if value)
