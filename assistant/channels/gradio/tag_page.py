"""The part of the catalogue where tags come from: what people chose waits as a draft, an owner publishes it or takes it back."""

from __future__ import annotations

from assistant.channels.gradio.markup import Html, button, element, join
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.tag_words import told
from assistant.missing.port import TagDraft, TagsPort, TagsView
from assistant.missing.publishing import Event
from semantic_layer.errors import Language, UserError

_NEWEST = 10  # events that are shown


def tags_of(session: Session) -> TagsPort | None:
    """The tags of the open data set that can be defined here; `None` where there is nothing of the kind."""
    return session.stewardship.tags


def render_tag_desk(session: Session) -> Html | None:
    """Drafts, each with a form to publish it, and what was done by whom; nothing for those who may not see it."""
    port, language = tags_of(session), session.language
    if port is None or not (port.may_define(session.user) or session.assistant.memory.may_review(session.user)):
        return None
    try:
        view = port.view(session.user)
    except UserError as error:
        return element("p", error.message.in_(language), class_="attention")
    may = port.may_define(session.user)
    lead = told("drafts_lead" if may else "drafts_only_owners", language)
    return element(
        "div",
        element("section", element("h3", told("drafts", language)), element("p", lead, class_="quiet"), class_="sheet"),
        _drafts(view, may, language),
        _history(view, language) if view.events else None,
        data_key="tag-desk",
    )


def _drafts(view: TagsView, may: bool, language: Language) -> Html:  # noqa: FBT001  # whether forms are shown
    if not view.drafts:
        return element(
            "div",
            element("p", told("no_drafts", language)),
            button(told("go_ask", language), "page", data_ref="ask"),
            class_="empty",
        )
    numbers: dict[str, int] = {}
    items = []
    for draft in view.drafts:
        number = numbers.get(draft.item, 0)
        numbers[draft.item] = number + 1
        items.append(_draft(draft, number, may, language))
    return join(items)


def _draft(draft: TagDraft, number: int, may: bool, language: Language) -> Html:  # noqa: FBT001
    people = (
        told("unknown_people", language) if draft.people is None else told("people", language, n=f"{draft.people:,}")
    )
    return element(
        "section",
        element("h3", draft.question),
        element("p", draft.words.in_(language), class_="words"),
        element("p", f"{people} · {told('chosen', language, n=draft.count)}", class_="quiet"),
        _form(draft, number, language) if may else None,
        class_="sheet",
        data_key=f"draft-{draft.item}-{number}",
    )


def _form(draft: TagDraft, number: int, language: Language) -> Html:
    fields = [_field(name, language) for name in ("name", "zh", "en", "owner")]
    return element(
        "form",
        element("input", type="hidden", name="ref", value=draft.item),
        element("input", type="hidden", name="number", value=number),
        element("div", fields, class_="row fields"),
        element(
            "div", element("button", told("publish", language), type="submit", class_="button primary"), class_="row"
        ),
        class_="form",
        data_form="tag-publish",
    )


def _field(name: str, language: Language) -> Html:
    required = name != "owner"
    pattern = "[a-z][a-z0-9_]*" if name == "name" else None
    box = element("input", type="text", name=name, required=required, pattern=pattern, autocomplete="off")
    return element("label", element("span", told(f"field_{name}", language)), box)


def _history(view: TagsView, language: Language) -> Html:
    return element(
        "section",
        element("h3", told("events", language)),
        element("ul", [_event(event, view, language) for event in view.events[:_NEWEST]], class_="events"),
        class_="sheet",
    )


def _event(event: Event, view: TagsView, language: Language) -> Html:
    said = told(f"event_{event.what}", language, who=event.by, tag=event.tag, version=event.version)
    newest = next(one for one in view.events if one.tag == event.tag) is event
    undo = None
    if newest and event.tag in view.published:
        undo = button(told("withdraw", language), "tag-withdraw", kind="link", data_ref=event.tag)
    return element(
        "li",
        element("span", event.at.replace("T", " ")[:16], class_="quiet"),
        element("span", said),
        element("q", event.question) if event.question else None,
        undo,
        class_="row",
    )
