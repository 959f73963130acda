"""The left side: what was asked, one line of answer each, and the box to ask in."""

from __future__ import annotations

from assistant.answer import Answer, Clarification, Refusal, Reply
from assistant.channels.gradio.markup import Html, button, element, join, lang_of
from assistant.channels.gradio.session import Session, Turn, one_line
from assistant.channels.gradio.words import say
from semantic_layer.errors import Language


def render_talk(session: Session) -> Html:
    """All turns, oldest first; the empty page when nothing was asked."""
    if not session.turns:
        return _empty(session)
    return join([_turn(turn, session) for turn in session.turns])


def _empty(session: Session) -> Html:
    language = session.language
    if not session.user.roles:
        return without_roles(language)
    samples = session.assistant.samples(language)[:3]
    return element(
        "div",
        element("h1", say(language, "empty_title")),
        element("p", session.assistant.scope(language), class_="quiet"),
        element("p", say(language, "try_these"), class_="label"),
        element("div", [button(text, "ask", kind="sample", data_text=text) for text in samples], class_="stack"),
        class_="empty",
    )


def without_roles(language: Language) -> Html:
    """For somebody who may read nothing yet: what to do about it."""
    return element(
        "div",
        element("h1", say(language, "no_roles_yet")),
        element("p", say(language, "no_roles_yet_hint"), class_="quiet"),
        class_="empty",
    )


def _turn(turn: Turn, session: Session) -> Html:
    language = session.language
    selected = turn.id == session.selected and turn.reply is not None
    by_model = element("span", say(language, "asked_model"), class_="badge") if turn.ask_model else None
    question = element("p", turn.asked.in_(language), by_model, class_="asked")
    return element(
        "article",
        question,
        _line(turn, session, selected=selected),
        element("div", data_slot=True) if selected else None,
        class_="turn selected" if selected else "turn",
        data_key=turn.id,
    )


def _line(turn: Turn, session: Session, *, selected: bool) -> Html:
    language = session.language
    if turn.state == "working":
        return _working(turn, language)
    if turn.state == "stopped" or turn.reply is None:
        return element(
            "p",
            element("span", say(language, "stopped"), class_="what"),
            button(say(language, "ask_again"), "again", kind="link", data_turn=turn.id),
            class_="line stopped",
        )
    return element(
        "button",
        element("span", one_line(turn.reply), class_="what", lang=lang_of(turn.reply.language)),
        element("span", _under(turn.reply, language), class_="quiet"),
        type="button",
        class_="line",
        data_act="select",
        data_turn=turn.id,
        aria_current="true" if selected else None,
        data_key=f"line-{turn.id}",
    )


def _working(turn: Turn, language: Language) -> Html:
    return element(
        "p",
        element("span", class_="pulse", aria_hidden="true"),
        element("span", turn.stage or say(language, "starting"), class_="stage"),
        element("span", class_="quiet elapsed", data_elapsed=turn.id, data_words=say(language, "seconds", n="{n}")),
        class_="line working",
        role="status",
        aria_live="polite",
    )


def _under(reply: Reply, language: Language) -> str:
    total = reply.timing.total
    seconds = say(language, "seconds", n="< 0.1" if total < 100 else f"{total / 1000:.1f}")
    match reply:
        case Answer(understood_by=by):
            return f"{seconds} · {by.in_(language)}"
        case Clarification(understood_by=by):
            return f"{say(language, 'asks_back')} · {by.in_(language)}"
        case Refusal(kind="error"):
            return say(language, "declined")
        case Refusal(understood_by=by):
            return f"{say(language, 'declined')} · {by.in_(language)}"


def render_composer(session: Session) -> Html:
    """The question box. The text typed lives in the browser until it is sent."""
    language = session.language
    return element(
        "form",
        element(
            "div",
            element("div", class_="underlay", data_own="underlay", aria_hidden="true"),
            element(
                "textarea",
                id="question",
                rows="1",
                maxlength="20000",
                placeholder=say(language, "placeholder"),
                aria_label=say(language, "question_box"),
                aria_autocomplete="list",
                aria_controls="completions",
                autocomplete="off",
                spellcheck="false",
                data_own="question",
            ),
            element(
                "ul",
                id="completions",
                class_="menu completions",
                role="listbox",
                aria_label=say(language, "completions"),
                hidden=True,
                data_own="completions",
            ),
            class_="field",
        ),
        element("button", say(language, "send"), type="submit", class_="button primary", id="send"),
        element("button", say(language, "stop"), type="button", class_="button", id="stop", data_act="stop"),
        class_="composer",
        data_form="ask",
        data_busy="yes" if session.running is not None else "no",
    )


def render_talk_head(session: Session) -> Html:
    """The small bar above the conversation."""
    language = session.language
    return element(
        "div",
        element("h2", say(language, "conversation"), class_="label"),
        button(say(language, "new_conversation"), "new", kind="link") if session.turns else None,
        class_="head",
    )
