"""The page of saved groups of people: as they live where something watches them, else by name and rule."""

from __future__ import annotations

from datetime import datetime

from assistant.channels.gradio.data_parts import empty
from assistant.channels.gradio.markup import Html, button, element, join
from assistant.channels.gradio.segments_import import render_import
from assistant.channels.gradio.segments_list import render_list
from assistant.channels.gradio.segments_one import render_one
from assistant.channels.gradio.segments_state import SegmentsView
from assistant.channels.gradio.segments_words import told
from assistant.channels.gradio.session import CombineView, Session
from assistant.channels.gradio.tables import whole
from assistant.channels.gradio.words import say
from assistant.channels.workspace import SegmentEntry
from assistant.living.port import LivingPort
from semantic_layer.errors import Language


def render_segments(session: Session, living: LivingPort | None = None, view: SegmentsView | None = None) -> Html:
    """All segments this person may see, or the open one; and the form that combines two. `living` tells how they live."""
    language = session.language
    if living is not None and view is not None and session.user.roles and living.watches():
        return _living(living, view, session)
    entries = session.assistant.segments.list(user=session.user)
    if not entries:
        return element(
            "div",
            element("h1", say(language, "no_segments")),
            element("p", say(language, "no_segments_hint"), class_="quiet"),
            button(say(language, "go_ask"), "page", kind="primary", data_ref="ask"),
            class_="empty",
        )
    head = element(
        "tr",
        element("th", say(language, "segment"), scope="col"),
        element("th", say(language, "words_of"), scope="col"),
        element("th", say(language, "count"), scope="col", class_="number"),
        element("th", say(language, "owner"), scope="col"),
        element("th", say(language, "updated"), scope="col"),
        element("th", element("span", say(language, "actions"), class_="unseen"), scope="col"),
    )
    rows = [_row(entry, language) for entry in entries]
    listing = element(
        "table",
        element("caption", say(language, "segments"), class_="unseen"),
        element("thead", head),
        element("tbody", rows),
        class_="list",
    )
    combine = _combine(entries, session.combine, language) if len(entries) > 1 else None
    return join(element("h1", say(language, "segments")), element("div", listing, class_="scroller"), combine)


def _living(living: LivingPort, view: SegmentsView, session: Session) -> Html:
    """The import, the open segment, or the list."""
    language = session.language
    if view.importing is not None:
        page, key = render_import(view.importing, living, session), "import"
        return element("div", element("div", page), class_="owners segments", data_key=f"segments-{key}")
    entries = session.assistant.segments.list(user=session.user)
    rows = living.rows(user=session.user)
    if not rows:
        steps = element(
            "div",
            button(told("go_ask", language), "page", kind="primary", data_ref="ask"),
            button(told("import", language), "segments-import"),
            class_="row",
        )
        return element(
            "div", empty(told("empty", language), told("empty_hint", language), steps), class_="owners segments"
        )
    named = {entry.name: entry for entry in entries}
    row = next((one for one in rows if one.name == view.opened), None)
    if row is not None:
        page, key = render_one(row, named.get(row.name), living, view, session), f"one-{row.name}"
    else:
        combined = _combine(entries, session.combine, language) if len(entries) > 1 else None
        page, key = join(render_list(rows, named, view, session), combined), "list"
    return element("div", element("div", page), class_="owners segments", data_key=f"segments-{key}")


def _row(entry: SegmentEntry, language: Language) -> Html:
    count = whole(entry.count) if entry.count is not None else say(language, "not_counted")
    actions = [
        button(say(language, key), act, kind="link", data_ref=entry.name)
        for key, act in (
            ("recount", "segment-recount"),
            ("rename", "rename-open"),
            ("export", "segment-export"),
            ("delete", "segment-delete"),
        )
    ]
    return element(
        "tr",
        element("th", button(entry.name, "segment-open", kind="link strong", data_ref=entry.name), scope="row"),
        element("td", entry.words.in_(language), class_="words"),
        element("td", count, class_="number", title=_when(entry.counted_at)),
        element("td", entry.owner, class_="owner"),
        element("td", _when(entry.updated_at), class_="date"),
        element(
            "td",
            element(
                "div", actions, class_="row", role="group", aria_label=say(language, "actions_of", name=entry.name)
            ),
        ),
        data_key=f"segment-{entry.name}",
    )


def _when(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment is not None else ""


def _combine(entries: tuple[SegmentEntry, ...], view: CombineView, language: Language) -> Html:
    names = [entry.name for entry in entries]
    operations = ("union", "intersection", "difference")
    fault = element("p", view.fault, class_="fault", role="alert") if view.fault else None
    return element(
        "form",
        element("h2", say(language, "combine_title"), class_="label"),
        element(
            "div",
            _select("first", say(language, "first"), [(name, name) for name in names], view.first or names[0]),
            _select(
                "operation", say(language, "operation"), [(o, say(language, o)) for o in operations], view.operation
            ),
            _select("second", say(language, "second"), [(name, name) for name in names], view.second or names[1]),
            element(
                "label",
                say(language, "new_name"),
                element("input", name="name", type="text", maxlength="80", value=view.name, autocomplete="off"),
            ),
            element("button", say(language, "create"), type="submit", class_="button primary"),
            class_="row fields",
        ),
        fault,
        class_="combine",
        data_form="combine",
    )


def _select(name: str, label: str, choices: list[tuple[str, str]], chosen: str) -> Html:
    options = [element("option", text, value=value, selected=value == chosen) for value, text in choices]
    return element("label", label, element("select", options, name=name))
