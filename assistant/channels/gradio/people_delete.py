"""Deleting a person: what is removed where, what stays and why, and the files that left with them."""

from __future__ import annotations

from assistant.channels.gradio.data_parts import back, fault, number, table, when
from assistant.channels.gradio.markup import Html, button, element, join
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.tables import whole
from assistant.channels.gradio.words import say
from assistant.stewardship.people import DeletionPlan
from assistant.stewardship.port import PeoplePort
from semantic_layer.errors import Language


def render_delete(port: PeoplePort, session: Session) -> Html:
    """The plan, and a form that asks for the customer's number: nobody deletes by one click."""
    language, view = session.language, session.customers
    plan = port.deletion(view.chosen, user=session.user)
    return join(
        back(say(language, "back_to_card"), "customer-part", data_ref="card"),
        element("h1", say(language, "deletion_title", name=plan.name.text)),
        [element("p", note.in_(language), class_="quiet lead") for note in plan.notes],
        element("p", say(language, "deletion_lead")),
        _places(plan, language),
        _exports(plan, language),
        element(
            "form",
            element(
                "label",
                say(language, "deletion_code", code=plan.code),
                element("input", type="text", name="code", maxlength="40", autocomplete="off"),
            ),
            fault(view.fault if view.fault_at == "delete" else ""),
            element(
                "div",
                element("button", say(language, "deletion_do"), type="submit", class_="button danger"),
                button(say(language, "cancel"), "customer-part", data_ref="card"),
                class_="row",
            ),
            class_="form",
            data_form="delete-person",
            data_key=f"delete-{plan.customer}",
        ),
    )


def _places(plan: DeletionPlan, language: Language) -> Html:
    heads = [
        (say(language, "deletion_place"), ""),
        (say(language, "source_rows"), "number"),
        (say(language, "deletion_kept"), ""),
    ]
    rows = [
        element(
            "tr",
            element("th", each.place.in_(language), scope="row"),
            number(whole(each.rows), say(language, "source_rows")),
            element("td", each.kept.in_(language), class_="words"),
        )
        for each in plan.places
    ]
    return table(heads, rows, say(language, "deletion_lead"), "places")


def _exports(plan: DeletionPlan, language: Language) -> Html:
    if not plan.exports:
        return element("p", say(language, "deletion_no_exports"), class_="quiet")
    rows = [
        element(
            "tr",
            element("th", each.file, scope="row"),
            element("td", each.purpose.in_(language), class_="words"),
            element("td", each.by, class_="owner"),
            element("td", when(each.at), class_="date"),
        )
        for each in plan.exports
    ]
    title = say(language, "deletion_exports")
    heads = [
        (say(language, "deletion_file"), ""),
        (say(language, "purpose"), ""),
        (say(language, "deletion_by"), ""),
        (say(language, "when"), ""),
    ]
    return element("section", element("h2", title, class_="label"), table(heads, rows, title, "exports"))
