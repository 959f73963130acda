"""The draft of a model: rows to accept, rename or leave out, with examples; and questions that are asked of it at once."""

from __future__ import annotations

from assistant.channels.gradio.data_parts import badge, empty, fault, values
from assistant.channels.gradio.markup import Child, Html, button, element, join
from assistant.channels.gradio.sections import render_code
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say, say_count
from assistant.stewardship.port import SourcesPort
from assistant.stewardship.sources import DraftReply, DraftRow, DraftView
from semantic_layer.errors import Language


def render_draft(port: SourcesPort, session: Session, *, may: bool) -> Html:
    """The last draft, or the way to a first one."""
    language = session.language
    view = port.draft(user=session.user)
    if view is None:
        if not may:
            return element("p", say(language, "draft_none"), class_="nothing")
        return empty(say(language, "draft_empty"), say(language, "draft_empty_hint"), _start(session))
    rows = [_row(row, session, may=may and not view.adopted) for row in view.rows]
    return join(
        _state(view, session, may=may),
        [element("p", note.in_(language), class_="remark") for note in view.notes],
        _ask(session),
        element("ul", rows, class_="proposals draft"),
        element("details", element("summary", say(language, "draft_again")), _start(session), class_="more")
        if may
        else None,
    )


def _start(session: Session) -> Html:
    language, view = session.language, session.data
    return element(
        "form",
        element(
            "div",
            element(
                "label",
                say(language, "draft_address"),
                element(
                    "input",
                    type="text",
                    name="address",
                    placeholder=say(language, "draft_address_hint"),
                    autocomplete="off",
                    spellcheck="false",
                ),
            ),
            element("button", say(language, "draft_start"), type="submit", class_="button primary"),
            class_="row fields",
        ),
        fault(view.fault if view.fault_at == "draft" else ""),
        data_form="draft-start",
    )


def _state(view: DraftView, session: Session, *, may: bool) -> Html:
    language = session.language
    left = sum(row.state == "open" for row in view.rows)
    facts = [
        say(language, "draft_of", address=view.address),
        say_count(language, "draft_left", left) if left else say(language, "draft_seen"),
    ]
    act: Child = None
    if view.adopted:
        act = badge(say(language, "draft_adopted"), "dot good")
    elif may:
        act = button(say(language, "draft_adopt"), "draft-adopt", kind="" if left else "primary")
    trouble = fault(session.data.fault if session.data.fault_at == "adopt" else "")
    return join(element("div", element("span", " · ".join(facts)), act, class_="row spread"), trouble)


def _row(row: DraftRow, session: Session, *, may: bool) -> Html:
    language = session.language
    state = None if row.state == "open" else badge(say(language, f"draft_{row.state}"), _sign(row))
    also = say(language, "synonyms", what=say(language, "list_comma").join(row.synonyms)) if row.synonyms else ""
    return element(
        "li",
        element(
            "div",
            badge(say(language, f"draft_{row.kind}")),
            element("h2", row.label.in_(language)),
            element("span", also, class_="quiet"),
            state,
            class_="row",
        ),
        element(
            "p",
            element("code", row.details, class_="code-name"),
            " ",
            element("span", row.why.in_(language), class_="quiet"),
        ),
        element(
            "p",
            say(language, "examples"),
            " ",
            [[v, " "] for v in values(row.examples, language)],
            class_="quiet samples",
        )
        if row.examples
        else None,
        _choices(row, session) if may else None,
        class_=f"proposal {row.state}",
        data_key=f"draft-{row.id}",
    )


def _sign(row: DraftRow) -> str:
    return "dot plain" if row.state == "rejected" else "dot good"


def _choices(row: DraftRow, session: Session) -> Html:
    language, view = session.language, session.data
    name = row.label.in_(language)
    group = say(language, "actions_of", name=name)
    if view.renaming == row.id:
        return _rename(row, language, view.fault if view.fault_at == row.id else "")
    if row.state != "open":
        again = button(say(language, "draft_reopen"), "draft-settle", kind="link", data_ref=row.id, data_text="open")
        return element("div", again, class_="row", role="group", aria_label=group)
    return element(
        "div",
        button(say(language, "draft_accept"), "draft-settle", data_ref=row.id, data_text="accepted"),
        button(say(language, "draft_rename"), "draft-rename", data_ref=row.id),
        button(say(language, "draft_reject"), "draft-settle", kind="link", data_ref=row.id, data_text="rejected"),
        class_="row",
        role="group",
        aria_label=group,
    )


def _rename(row: DraftRow, language: Language, wrong: str) -> Html:
    def typed(name: str, text: str) -> Html:
        words = element("input", type="text", name=name, value=text, maxlength="80", autocomplete="off")
        return element("label", say(language, f"draft_{name}"), words)

    return element(
        "form",
        element(
            "div",
            typed("zh", row.label.zh),
            typed("en", row.label.en),
            element("input", type="hidden", name="ref", value=row.id),
            element("button", say(language, "save"), type="submit", class_="button primary"),
            button(say(language, "cancel"), "draft-rename", kind="link", data_ref=""),
            class_="row fields",
        ),
        fault(wrong),
        data_form="draft-named",
    )


def _ask(session: Session) -> Html:
    language, view = session.language, session.data
    label = say(language, "draft_ask")
    return element(
        "section",
        element(
            "form",
            element(
                "label",
                label,
                element(
                    "input",
                    type="text",
                    name="question",
                    placeholder=say(language, "draft_ask_hint"),
                    autocomplete="off",
                ),
            ),
            element("button", say(language, "send"), type="submit", class_="button"),
            class_="row fields",
            data_form="draft-ask",
        ),
        fault(view.fault if view.fault_at == "ask" else ""),
        _reply(view.reply, language) if view.reply is not None else None,
        class_="ask-draft",
        data_key="ask-draft",
    )


def _reply(reply: DraftReply, language: Language) -> Html:
    return element(
        "div",
        badge(say(language, "draft_mark"), "warning"),
        element("p", element("span", reply.question, class_="quiet"), " ", reply.text.in_(language), class_="sentence"),
        element("p", say(language, "read_as_draft", what=reply.read_as.in_(language)), class_="quiet"),
        render_code(reply.sql, language) if reply.sql else None,
        class_="reads",
        role="status",
    )
