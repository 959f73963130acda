"""The page of everything that is defined: search, filter, read, ask about it."""

from __future__ import annotations

from assistant.channels.gradio.markup import Child, Html, button, element, join
from assistant.channels.gradio.sections import render_section
from assistant.channels.gradio.session import CatalogueView, Session
from assistant.channels.gradio.tag_page import render_tag_desk
from assistant.channels.gradio.words import say, say_count
from assistant.channels.workspace import CatalogueEntry, DefinitionKind
from semantic_layer.errors import Language

KINDS: tuple[tuple[DefinitionKind, str], ...] = (("tag", "tags"), ("metric", "metrics"), ("dimension", "dimensions"))


def render_catalogue_head(session: Session) -> Html:
    """Search box and kinds. Drawn apart from the list, so that typing is never disturbed."""
    language = session.language
    view = session.catalogue
    kinds = [_filter(say(language, "all"), "catalogue-kind", "", chosen=view.kind is None)]
    kinds += [_filter(say(language, word), "catalogue-kind", kind, chosen=view.kind == kind) for kind, word in KINDS]
    return join(
        element("h1", say(language, "catalogue")),
        element(
            "input",
            type="search",
            id="search",
            value=view.search,
            placeholder=say(language, "search"),
            aria_label=say(language, "search_label"),
            autocomplete="off",
            data_input="catalogue-search",
        ),
        element("div", kinds, class_="switch", role="group", aria_label=say(language, "kind")),
        _categories(session),
    )


def _categories(session: Session) -> Html | None:
    """Categories of what the search and the kind leave; none when nothing is in a category."""
    view, language = session.catalogue, session.language
    entries = session.assistant.catalogue(view.search, view.kind, None, language, user=session.user)
    names = dict.fromkeys((e.category, e.category_label) for e in entries if e.category)
    if not names and view.category is None:
        return None
    filters = [_filter(say(language, "all"), "catalogue-category", "", chosen=view.category is None)]
    filters += [_filter(label, "catalogue-category", name, chosen=view.category == name) for name, label in names]
    return element("div", filters, class_="switch", role="group", aria_label=say(language, "category"))


def _filter(label: str, act: str, ref: str, *, chosen: bool) -> Html:
    return button(label, act, kind="link", data_ref=ref, aria_pressed="true" if chosen else "false")


def render_catalogue(session: Session) -> Html:
    """The list on the left and the chosen definition on the right."""
    language, view = session.language, session.catalogue
    entries = session.assistant.catalogue(view.search, view.kind, view.category, language, user=session.user)
    if not entries:
        return element(
            "div",
            element("p", say(language, "nothing_found", search=view.search)),
            button(say(language, "clear_search"), "catalogue-clear"),
            class_="empty",
        )
    items = [_entry(entry, language, chosen=entry.name == view.chosen) for entry in entries]
    return join(
        element(
            "div",
            element("p", say_count(language, "found", len(entries)), class_="quiet count", role="status"),
            element("ul", items, class_="entries"),
            class_="listing",
        ),
        element("div", _card(session, view), class_="card", aria_live="polite"),
    )


def _entry(entry: CatalogueEntry, language: Language, *, chosen: bool) -> Html:
    badge: Child = say(language, f"kind_{entry.kind}")
    if entry.category_label:
        badge = f"{badge} · {entry.category_label}"
    return element(
        "li",
        element(
            "button",
            element("span", entry.label, class_="what"),
            element("span", badge, class_="badge"),
            element("span", entry.summary, class_="quiet"),
            type="button",
            class_="entry",
            data_act="catalogue-open",
            data_ref=entry.name,
            aria_current="true" if chosen else None,
        ),
        data_key=f"entry-{entry.name}",
    )


def _card(session: Session, view: CatalogueView) -> Html:
    language = session.language
    if not view.chosen:
        return join(element("p", say(language, "pick_definition"), class_="quiet"), render_tag_desk(session))
    card = session.assistant.definition(view.chosen, language, user=session.user)
    ask = None
    if card.question:
        ask = element(
            "div",
            button(say(language, "ask_about"), "ask", kind="primary", data_text=card.question),
            element("span", card.question, class_="quiet"),
            class_="row",
        )
    return element(
        "div", render_section(card.section, language, session.assistant.currency), ask, data_key=f"card-{view.chosen}"
    )
