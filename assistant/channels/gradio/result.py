"""The right side: one reply, drawn whole. The frame is in the language of the screen, the answer in its question's."""

from __future__ import annotations

from assistant.answer import Answer, Clarification, Refusal
from assistant.channels.gradio.boards_open import can_pin
from assistant.channels.gradio.figures import render_figures
from assistant.channels.gradio.how import render_how
from assistant.channels.gradio.markup import Child, Html, button, element, join, lang_of
from assistant.channels.gradio.remarks import render_feedback, render_reader, render_thanks
from assistant.channels.gradio.restatement import render_chips, render_notes
from assistant.channels.gradio.sections import render_section
from assistant.channels.gradio.session import Session, Turn
from assistant.channels.gradio.tables import render_table
from assistant.channels.gradio.words import say
from semantic_layer.errors import Language

SHORT = 90  # characters of a question back that may stand in bold


def render_result(session: Session) -> Html:
    """The selected turn's reply; a quiet line before there is one."""
    turn = session.shown
    if turn is None or turn.reply is None:
        if session.turns:
            return element("p", say(session.language, "no_result"), class_="quiet waiting")
        return Html("")
    match turn.reply:
        case Answer() as answer:
            body = _answer(answer, turn, session)
        case Clarification() as clarification:
            body = _clarification(clarification, turn, session.language)
        case Refusal() as refusal:
            body = _refusal(refusal, turn, session.language)
    return element(
        "div",
        body,
        class_="reply",
        data_key=turn.id,
        lang=lang_of(turn.reply.language),
    )


def _answer(answer: Answer, turn: Turn, session: Session) -> Html:
    return join(
        render_notes(answer.notes, answer.language),
        render_chips(answer, turn, session.language),
        _headline(answer),
        render_reader(answer, turn, session.language),
        _files(answer, turn, session.language),
        _views(answer, turn, session),
        _actions(answer, turn, session),
        render_thanks(turn, session.language),
        _follow_ups(answer, turn, session.language),  # last: they come a moment later, and nothing may jump
    )


def _headline(answer: Answer) -> Html:
    headline = answer.headline
    sentence = element("p", answer.text, class_="sentence")
    if headline is None:
        return element("div", sentence, class_="headline")
    mood = {True: "good", False: "bad", None: ""}[headline.good]
    return element(
        "div",
        element(
            "div",
            element("span", headline.value, class_="big", title=headline.exact),
            element("span", headline.label, class_="label"),
            class_="tile",
        ),
        element(
            "div",
            sentence,
            element("p", headline.change, class_=f"change {mood}".strip()) if headline.change else None,
        ),
        class_="headline",
    )


def _files(answer: Answer, turn: Turn, language: Language) -> Html | None:
    """Files that were written for the person, to be fetched from here."""
    if not answer.files:
        return None
    buttons = [
        button(
            say(language, "download_file", name=path.name), "file", kind="primary", data_turn=turn.id, data_index=index
        )
        for index, path in enumerate(answer.files)
    ]
    ready = element("span", say(language, "file_ready"), class_="quiet")
    return element("div", buttons, ready, class_="row files", lang=lang_of(language))


def _views(answer: Answer, turn: Turn, session: Session) -> Html | None:
    """Tabs of what there is: picture, table, people, details, how."""
    language = session.language
    currency = session.assistant.currency
    views: list[tuple[str, Html]] = []
    figures = render_figures(answer, turn.id, session)
    if figures:
        views.append(("chart", figures))
    if answer.sections:
        views.append(("details", join([render_section(part, answer.language, currency) for part in answer.sections])))
    if answer.table is not None and len(answer.table):
        table = render_table(answer.table, answer.language, caption=say(language, "table"), currency=currency)
        views.append(("table", table))
    if answer.people is not None and len(answer.people):
        people = render_table(
            answer.people, answer.language, caption=say(language, "people"), currency=currency, sample=True
        )
        views.append(("people", people))
    views.append(("how", render_how(answer, session)))
    return _tabs(views, turn, language)


def _tabs(views: list[tuple[str, Html]], turn: Turn, language: Language) -> Html:
    tabs = [
        element(
            "button",
            say(language, key),
            type="button",
            role="tab",
            id=f"tab-{turn.id}-{key}",
            aria_controls=f"view-{turn.id}-{key}",
            aria_selected="true" if index == 0 else "false",
            tabindex="0" if index == 0 else "-1",
            data_own="tab",
        )
        for index, (key, _) in enumerate(views)
    ]
    panels = [
        element(
            "section",
            body,
            role="tabpanel",
            id=f"view-{turn.id}-{key}",
            aria_labelledby=f"tab-{turn.id}-{key}",
            hidden=index > 0,
            class_=f"view {key}",
            data_own="hidden",
        )
        for index, (key, body) in enumerate(views)
    ]
    return element(
        "div",
        element("div", tabs, role="tablist", class_="tabs", lang=lang_of(language), aria_label=say(language, "views")),
        panels,
        class_="views",
        data_key=f"views-{turn.id}",
    )


def _follow_ups(answer: Answer, turn: Turn, language: Language) -> Html | None:
    if not answer.follow_ups:
        return None
    buttons = [
        button(follow.label, "follow", kind="soft", data_turn=turn.id, data_index=index)
        for index, follow in enumerate(answer.follow_ups)
    ]
    return element(
        "div",
        element("h3", say(language, "follow_ups"), class_="label", lang=lang_of(language)),
        element("div", buttons, class_="row"),
    )


def _actions(answer: Answer, turn: Turn, session: Session) -> Html:
    language = session.language
    items: list[Child] = []
    if session.assistant.names_people(answer):
        items.append(button(say(language, "save_segment"), "save-open", data_turn=turn.id))
    if answer.table is not None or answer.people is not None:
        items.append(button(say(language, "export"), "export-open", data_turn=turn.id))
    if can_pin(answer, session):
        items.append(button(say(language, "pin"), "pin-open", data_turn=turn.id))
        items.append(button(say(language, "share_answer"), "link-open", data_turn=turn.id))
    if answer.chart is not None and answer.chart.spec:
        picture = say(language, "download_picture")
        items += [
            button(f"{picture} {kind.upper()}", "picture", data_turn=turn.id, data_ref=kind) for kind in ("png", "svg")
        ]
    return element(
        "div",
        element("div", items, class_="row"),
        render_feedback(turn, language),
        class_="actions",
        lang=lang_of(language),
        role="toolbar",
        aria_label=say(language, "actions"),
    )


def _clarification(reply: Clarification, turn: Turn, language: Language) -> Html:
    unexplained = None
    if any(word not in reply.question for word in reply.unexplained):
        words = say(reply.language, "list_comma").join(f"「{w}」" for w in reply.unexplained)
        unexplained = element(
            "ul",
            element("li", element("strong", say(reply.language, "not_understood")), words, class_="unused"),
            class_="notes",
        )
    options = [
        element(
            "button",
            element("span", option.label, class_="words"),
            element("span", option.count, class_="number"),
            type="button",
            class_="option",
            data_act="option",
            data_turn=turn.id,
            data_index=index,
        )
        for index, option in enumerate(reply.options)
    ]
    return join(
        unexplained,
        render_notes(reply.notes, reply.language),
        element("p", reply.question, class_="sentence question" if len(reply.question) <= SHORT else "sentence"),
        element("p", say(language, "options"), class_="quiet", lang=lang_of(language)) if options else None,
        element("div", options, class_="stack options") if options else None,
        render_reader(reply, turn, language),
        _suggestions(reply.suggestions, language),
    )


def _refusal(reply: Refusal, turn: Turn, language: Language) -> Html:
    return join(
        render_notes(reply.notes, reply.language),
        element("p", reply.reason, class_="sentence"),
        render_reader(reply, turn, language) if reply.kind != "error" else None,
        _suggestions(reply.suggestions, language),
    )


def _suggestions(suggestions: tuple[str, ...], language: Language) -> Html | None:
    if not suggestions:
        return None
    buttons = [button(text, "ask", kind="soft", data_text=text) for text in suggestions]
    return element(
        "div",
        element("h3", say(language, "suggestions"), class_="label", lang=lang_of(language)),
        element("div", buttons, class_="row"),
    )
