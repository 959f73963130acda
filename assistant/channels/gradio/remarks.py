"""Around an answer: who understood the question, and what the person has to say about it."""

from __future__ import annotations

from assistant.answer import Reply
from assistant.channels.gradio.markup import Html, button, element, lang_of
from assistant.channels.gradio.session import Turn
from assistant.channels.gradio.words import say
from semantic_layer.errors import Language

LONGEST = 2000  # characters of a comment


def render_reader(reply: Reply, turn: Turn, language: Language) -> Html:
    """One quiet line: who understood it, and the way to the language model where there is one."""
    model = button(say(language, "ask_model"), "ask-model", kind="link", data_turn=turn.id)
    return element(
        "div",
        element("span", reply.understood_by.in_(language), class_="quiet"),
        model if reply.can_ask_model else None,
        class_="row reader",
        lang=lang_of(language),
    )


def render_feedback(turn: Turn, language: Language) -> Html:
    """Thumbs and the way to a correction."""
    thumbs = [
        button(
            say(language, key),
            "feedback",
            kind="link",
            data_turn=turn.id,
            data_ref=key,
            aria_pressed="true" if turn.opinion.good is (key == "good") else "false",
        )
        for key in ("good", "bad")
    ]
    return element(
        "div",
        thumbs,
        button(say(language, "correct"), "correct-open", kind="link", data_turn=turn.id),
        class_="row feedback",
        role="group",
        aria_label=say(language, "feedback"),
    )


def render_thanks(turn: Turn, language: Language) -> Html | None:
    """What happens next with what was said, and after a thumb down a field for more. Nobody has to fill it in."""
    opinion = turn.opinion
    if not opinion.thanks:
        return None
    form = None
    if opinion.asking:
        form = element(
            "form",
            element("input", type="hidden", name="turn", value=turn.id),
            element(
                "input",
                type="text",
                name="comment",
                maxlength=LONGEST,
                placeholder=say(language, "comment_hint"),
                aria_label=say(language, "comment"),
                autocomplete="off",
            ),
            element("button", say(language, "comment_send"), type="submit", class_="button"),
            class_="row comment",
            data_form="comment",
        )
    return element(
        "div",
        element("p", say(language, opinion.thanks), class_="quiet", role="status"),
        form,
        element("p", opinion.fault, class_="fault", role="alert") if opinion.fault else None,
        class_="thanks",
        lang=lang_of(language),
        data_key=f"thanks-{turn.id}",
    )
