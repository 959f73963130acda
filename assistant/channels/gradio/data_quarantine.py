"""Rows that wait: the value, where it stands, what is wrong with it, and the two ways to settle it."""

from __future__ import annotations

from assistant.channels.gradio.data_parts import badge, empty, fault, pager, value
from assistant.channels.gradio.markup import Html, button, element, join
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say
from assistant.stewardship.port import PAGE_ROWS
from assistant.stewardship.sources import QuarantinePage, QuarantineRow
from semantic_layer.errors import Language


def render_quarantine(page: QuarantinePage, session: Session, *, may: bool) -> Html:
    """Rows with what is wrong and how to mend it, to be narrowed to one rule."""
    language, view = session.language, session.data
    if not page.total and not page.rules:
        return empty(say(language, "no_quarantine"), say(language, "no_quarantine_hint"))
    choices = [("", say(language, "all"))]
    choices += [(name, f"{label.in_(language)} {count:,}") for name, label, count in page.rules]
    filters = [
        button(
            words, "quarantine-rule", kind="link", data_ref=name, aria_pressed="true" if name == view.rule else "false"
        )
        for name, words in choices
    ]
    rows = [_waiting(row, session, may=may) for row in page.rows]
    return join(
        element("div", filters, class_="switch", role="group", aria_label=say(language, "rule")),
        element("ul", rows, class_="proposals waiting-rows"),
        pager(page.offset, len(page.rows), page.total, PAGE_ROWS, "quarantine-page", language),
    )


def _waiting(row: QuarantineRow, session: Session, *, may: bool) -> Html:
    language, view = session.language, session.data
    return element(
        "li",
        element(
            "div",
            element("span", row.field_label.in_(language), class_="quiet"),
            element("strong", value(row.value, language)),
            badge(say(language, "held"), "warning") if row.held else None,
            element("span", row.place, class_="quiet place"),
            class_="row",
        ),
        element("p", row.reason.in_(language), " ", element("span", row.remedy.in_(language), class_="quiet")),
        _mend(row, language, view.fault if view.fault_at == row.id else "") if may else None,
        class_="proposal",
        data_key=f"row-{row.id}",
    )


def _mend(row: QuarantineRow, language: Language, wrong: str) -> Html:
    label = say(language, "correct_value")
    name = f"{row.field_label.in_(language)} {row.place}"
    return element(
        "form",
        element(
            "div",
            element("input", type="text", name="value", placeholder=label, aria_label=f"{label}: {name}", autocomplete="off"),
            element("input", type="hidden", name="ref", value=row.id),
            element("button", say(language, "correct_it"), type="submit", class_="button"),
            button(say(language, "ignore_it"), "quarantine-dismiss", kind="link", data_ref=row.id, aria_label=say(language, "ignore_name", what=name)),
            class_="row",
        ),
        fault(wrong),
        data_form="quarantine-correct",
    )  # fmt: skip
