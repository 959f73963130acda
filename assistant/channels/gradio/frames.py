"""The frame of everything that opens above the page: a form with its title, what is wrong with it, and its buttons."""

from __future__ import annotations

from assistant.channels.gradio.markup import Child, Html, button, element
from assistant.channels.gradio.words import say
from semantic_layer.errors import Language


def frame(
    form: str,
    title: str,
    body: Child,
    submit: str,
    fault: str,
    language: Language,
    *,
    busy: bool = False,
    other: Html | None = None,
) -> Html:
    """A dialog whose form sends the action `form`. `other` is a second way to send it."""
    return element(
        "dialog",
        element(
            "form",
            element("h2", title, id="dialog-title"),
            body,
            element("p", fault, class_="fault", role="alert") if fault else None,
            element(
                "div",
                element(
                    "button",
                    say(language, "writing") if busy else submit,
                    type="submit",
                    class_="button primary",
                    disabled=busy,
                ),
                other,
                button(say(language, "cancel"), "dialog-close"),
                class_="row buttons",
            ),
            data_form=form,
        ),
        aria_labelledby="dialog-title",
        data_key=form,
    )
