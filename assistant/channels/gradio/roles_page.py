"""What each role may see, read-only: roles are written in files."""

from __future__ import annotations

from assistant.channels.gradio.markup import Child, Html, element, join
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say
from assistant.channels.role_cards import RoleCard
from assistant.channels.workspace import Dataset
from semantic_layer.errors import Language, Text


def render_roles(session: Session) -> Html:
    """One table of roles for each data set, with the file that they stand in."""
    return join([_data_set(dataset, session) for dataset in session.workspace.datasets])


def _data_set(dataset: Dataset, session: Session) -> Html:
    language, office = session.language, session.office
    cards = office.roles(dataset.id)
    table: Html = element("p", say(language, "no_role_list"), class_="quiet")
    if cards:
        table = element("div", _table(cards, language), class_="scroller")
    file = office.role_files(dataset.id)
    return element(
        "section",
        element("h2", dataset.title.in_(language)),
        element("p", say(language, "roles_lead", file=file), class_="quiet"),
        table,
        class_="rights",
    )


def _table(cards: tuple[RoleCard, ...], language: Language) -> Html:
    keys = ("role", "role_entities", "role_columns", "role_rows", "role_exports", "role_also")
    return element(
        "table",
        element("caption", say(language, "tab_roles"), class_="unseen"),
        element("thead", element("tr", [element("th", say(language, key), scope="col") for key in keys])),
        element("tbody", [_row(card, language) for card in cards]),
        class_="list matrix",
    )


def _row(card: RoleCard, language: Language) -> Html:
    description = card.description.in_(language)
    under = element("span", description, class_="quiet under") if description else None
    return element(
        "tr",
        element(
            "th", card.label.in_(language), element("span", card.name, class_="quiet code-name"), under, scope="row"
        ),
        _cell(say(language, "role_entities"), _entities(card, language)),
        _cell(say(language, "role_columns"), _columns(card, language)),
        _cell(say(language, "role_rows"), _rows(card, language)),
        _cell(say(language, "role_exports"), _exports(card, language)),
        _cell(say(language, "role_also"), _also(card, language)),
        data_key=f"role-{card.name}",
    )


def _cell(name: str, content: Child) -> Html:
    """On a narrow screen the name of the column stands before its content."""
    return element("td", element("span", name, class_="quiet cell-name"), content)


def _entities(card: RoleCard, language: Language) -> str:
    if card.entities is None:
        return say(language, "role_entities_all")
    return _listed(card.entities, language, say(language, "nothing_hidden"))


def _rows(card: RoleCard, language: Language) -> Child:
    if not card.rows:
        return say(language, "role_rows_all")
    return [
        element(
            "div",
            say(language, "role_rows_only", entity=one.entity.in_(language), words=one.words.in_(language)),
            title=one.where,
        )
        for one in card.rows
    ]


def _exports(card: RoleCard, language: Language) -> Child:
    if not card.export:
        return say(language, "export_no")
    contacts = say(language, "role_no_contacts")
    if card.contacts_for:
        contacts = say(language, "role_contacts", purposes=_listed(card.contacts_for, language, ""))
    purposes = None
    if card.purposes is not None:
        named = _listed(card.purposes, language, say(language, "nothing_hidden"))
        purposes = element("span", say(language, "role_purposes", purposes=named), class_="quiet under")
    return join(say(language, "export_yes"), purposes, element("span", contacts, class_="quiet under"))


def _columns(card: RoleCard, language: Language) -> Child:
    """What is not seen as it is, and what is not seen at all."""
    lines = [
        element("div", say(language, key, columns=_listed(columns, language, "")))
        for key, columns in (("role_masked", card.masked), ("role_hidden", card.hidden))
        if columns
    ]
    return lines or say(language, "role_columns_all")


def _also(card: RoleCard, language: Language) -> Child:
    marks = (
        ("also_no_small_groups", not card.small_groups),
        ("also_reviews", card.review),
        ("also_segments", card.manage_segments),
        ("also_defines", card.define),
        ("also_data", card.manage_data),
        ("also_people", card.manage_people),
        ("also_events", card.write_events),
        ("also_send", card.send),
        ("also_approve", card.approve),
        ("also_models", card.manage_models),
    )
    return [element("div", say(language, key)) for key, holds in marks if holds] or "–"


def _listed(texts: tuple[Text, ...], language: Language, nothing: str) -> str:
    return say(language, "list_comma").join(one.in_(language) for one in texts) or nothing
