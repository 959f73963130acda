"""A source on its way in, in three steps: choose, look, map. Loading is the fourth, on the page of the source."""

from __future__ import annotations

from typing import Final

from assistant.channels.gradio.data_parts import (
    back,
    badge,
    fault,
    file_field,
    number,
    size_of,
    table,
    upload_progress,
    values,
)
from assistant.channels.gradio.data_state import STEPS, Connecting, Step
from assistant.channels.gradio.markup import Child, Html, button, element, join
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say, say_count
from assistant.stewardship.port import SourcesPort
from assistant.stewardship.sources import FoundColumn, Inspection, MappingProposal
from semantic_layer.errors import Language

DELIMITERS: Final = ((",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "pipe"))
ENCODINGS: Final = ("utf-8", "gb18030", "big5", "utf-16", "latin-1")
HEADERS: Final = (0, 1, 2, 3)
SURE, LIKELY = 0.95, 0.75  # scores from which a proposal is called so


def render_connect(connecting: Connecting, port: SourcesPort, session: Session) -> Html:
    """The step that is open; `found` is there from the second on."""
    language = session.language
    found = connecting.found
    if found is None or connecting.step == "choose":
        body = _choose(connecting, language)
    elif connecting.step == "found":
        body = _found(connecting, found, language)
    else:
        body = _map(connecting, found, port, session)
    return join(
        back(say(language, "all_sources"), "data-leave"),
        element("h1", say(language, "connect_title")),
        _steps(connecting.step, language),
        body,
    )


def _steps(here: Step, language: Language) -> Html:
    names = (*STEPS, "load")
    items = [
        element("li", say(language, f"step_{name}"), aria_current="step" if name == here else None) for name in names
    ]
    return element("ol", items, class_="stepper", aria_label=say(language, "steps"))


def _choose(connecting: Connecting, language: Language) -> Html:
    return element(
        "form",
        element(
            "label",
            say(language, "connect_address"),
            element(
                "input", type="text", name="address", value=connecting.reading.address, autocomplete="off",
                spellcheck="false", autofocus=True, aria_describedby="address-hint",
            ),
        ),
        element("p", say(language, "connect_hint"), class_="quiet", id="address-hint"),
        file_field(say(language, "connect_or"), language),
        upload_progress(language),
        fault(connecting.fault),
        element(
            "div",
            element(
                "button", say(language, "connect_reading" if connecting.busy else "connect_go"), type="submit",
                class_="button primary", disabled=connecting.busy,
            ),
            class_="row",
        ),
        class_="form",
        data_form="data-inspect",
        data_key="connect-choose",
    )  # fmt: skip


# --- what was found


def _found(connecting: Connecting, found: Inspection, language: Language) -> Html:
    rows = [_column(column, language) for column in found.columns]
    heads = [
        (say(language, "column"), ""),
        (say(language, "column_type"), ""),
        (say(language, "examples"), ""),
        (say(language, "column_empty"), "number"),
    ]
    return join(
        element("h2", say(language, "found_title")),
        element("p", _facts(found, language), class_="quiet"),
        [element("p", note.in_(language), class_="remark") for note in found.notes],
        _reading(found, language),
        fault(connecting.fault),
        table(heads, rows, say(language, "found_title"), "columns-found"),
        element(
            "div",
            button(say(language, "to_mapping"), "data-map", kind="primary"),
            button(say(language, "back"), "data-step", data_ref="choose"),
            class_="row steps-row",
        ),
    )


def _facts(found: Inspection, language: Language) -> str:
    facts = [found.address, say(language, f"kind_{found.kind.value}")]
    if found.files > 1:
        facts.append(say_count(language, "found_files", found.files))
    if found.size is not None:
        facts.append(size_of(found.size))
    if found.rows is not None:
        facts.append(say_count(language, "found_rows", found.rows))
    facts.append(say_count(language, "found_columns", len(found.columns)))
    return " · ".join(facts)


def _reading(found: Inspection, language: Language) -> Html | None:
    """How it was read, to be changed where that was wrong."""
    fields: list[Child] = []
    if found.parts:
        fields.append(_select("part", say(language, "part"), [(p, p) for p in found.parts], found.part))
    if found.encoding:
        names = list(dict.fromkeys((found.encoding, *ENCODINGS)))
        fields.append(_select("encoding", say(language, "encoding"), [(n, n) for n in names], found.encoding))
    if found.delimiter:
        kinds = [(sign, say(language, f"delimiter_{name}")) for sign, name in DELIMITERS]
        if found.delimiter not in dict(DELIMITERS):
            kinds.insert(0, (found.delimiter, found.delimiter))
        fields.append(_select("delimiter", say(language, "delimiter"), kinds, found.delimiter))
    if found.header is not None:
        lines = [(str(n), say(language, "header_n", n=n) if n else say(language, "header_0")) for n in HEADERS]
        fields.append(_select("header", say(language, "header"), lines, str(found.header)))
    if not fields:
        return None
    again = element("button", say(language, "read_again"), type="submit", class_="button")
    key = f"reading-{found.part}-{found.encoding}-{found.delimiter}-{found.header}"
    return element("form", element("div", fields, again, class_="row fields"), data_form="data-reread", data_key=key)


def _column(column: FoundColumn, language: Language) -> Html:
    return element(
        "tr",
        element("th", column.name, scope="row"),
        element("td", column.type.in_(language), class_="words"),
        element("td", _examples(column, language), class_="examples"),
        number(f"{column.empty:.1%}" if column.empty else "", say(language, "column_empty")),
    )


def _examples(column: FoundColumn | None, language: Language) -> Html | None:
    if column is None or not column.examples:
        return None
    return element("span", [[one, " "] for one in values(column.examples, language)], class_="samples")


# --- mapping


def _map(connecting: Connecting, found: Inspection, port: SourcesPort, session: Session) -> Html:
    language = session.language
    fields = [(field.name, field.label.in_(language)) for field in port.book(user=session.user)]
    choices = [("", say(language, "map_none")), *fields]
    rows = [
        _mapping(position, proposal, connecting, found, choices, language)
        for position, proposal in enumerate(connecting.proposals)
    ]
    heads = [
        (say(language, "column"), ""),
        (say(language, "map_field"), ""),
        (say(language, "map_why"), ""),
    ]
    keys = [("", say(language, "key_line")), *((c.name, c.name) for c in found.columns)]
    return element(
        "form",
        element("h2", say(language, "map_title")),
        element("p", say(language, "map_lead"), class_="quiet"),
        table(heads, rows, say(language, "map_title"), "mapping"),
        element(
            "div",
            element(
                "label",
                say(language, "form_name"),
                element("input", type="text", name="name", value=connecting.name, maxlength="80", autocomplete="off"),
            ),
            _select("key", say(language, "form_key"), keys, connecting.key),
            class_="row fields",
        ),
        fault(connecting.fault),
        element(
            "div",
            element("button", say(language, "save_load"), type="submit", class_="button primary"),
            button(say(language, "back"), "data-step", data_ref="found"),
            class_="row steps-row",
        ),
        class_="form wide",
        data_form="data-save",
        data_key="connect-map",
    )


def _mapping(
    position: int,
    proposal: MappingProposal,
    connecting: Connecting,
    found: Inspection,
    choices: list[tuple[str, str]],
    language: Language,
) -> Html:
    chosen = connecting.mapping.get(proposal.column, proposal.field)
    name = f"field-{position}"
    options = [element("option", words, value=field, selected=field == chosen) for field, words in choices]
    return element(
        "tr",
        element(
            "th", proposal.column, element("span", _examples(found.column(proposal.column), language), class_="under"),
            scope="row",
        ),
        element("td", element("select", options, name=name, aria_label=proposal.column)),
        element("td", badge(_certainty(proposal, language)), " ", proposal.why.in_(language), class_="words"),
    )  # fmt: skip


def _certainty(proposal: MappingProposal, language: Language) -> str:
    if not proposal.field:
        return say(language, "unmapped")
    if proposal.score >= SURE:
        return say(language, "sure")
    return say(language, "likely" if proposal.score >= LIKELY else "unsure")


def _select(name: str, label: str, choices: list[tuple[str, str]], chosen: str) -> Html:
    options = [element("option", text, value=value, selected=value == chosen) for value, text in choices]
    return element("label", label, element("select", options, name=name))
