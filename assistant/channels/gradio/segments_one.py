"""One segment that lives: who it is, how its size went, who came and left and why, its settings and its versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, get_args

from assistant.channels.gradio.data_parts import back, fault, table, tabs, when
from assistant.channels.gradio.data_tasks import render_running
from assistant.channels.gradio.markup import Child, Html, button, element, join
from assistant.channels.gradio.segments_list import (
    drawn,
    moved_of,
    refresh_of,
    rhythm_of,
    running_of,
    size_of,
    standing_of,
)
from assistant.channels.gradio.segments_state import Part, Place, SegmentsView
from assistant.channels.gradio.segments_words import told
from assistant.channels.gradio.session import Session
from assistant.channels.workspace import SegmentEntry
from assistant.living.port import Changes, LivingPort, LivingRow, Standing, Version
from semantic_layer.errors import Language
from tools import numbers
from tools.chart.flows import SizeLine, size_chart
from tools.segments.listing import Into
from tools.segments.past import Trend
from tools.segments.stories import Line
from tools.segments.types import Rhythm, Sharing

DAYS: Final = (7, 30, 90)
PARTS: Final[tuple[Part, ...]] = get_args(Part)


def render_one(
    row: LivingRow, entry: SegmentEntry | None, port: LivingPort, view: SegmentsView, session: Session
) -> Html:
    """All about the open segment."""
    language = session.language
    running = running_of(row.name, session)
    words = entry.words.in_(language) if entry is not None else ""
    names = [(part, told(f"part_{part}", language)) for part in PARTS]
    return join(
        back(told("all", language), "segment-close"),
        element(
            "div",
            element("h1", row.name, element("span", standing_of(row, language), class_="state")),
            _actions(row, session),
            class_="row spread heading",
        ),
        element("p", words, class_="lead"),
        _facts(row, language),
        _attention(row, language),
        render_running(running, language) if running is not None else None,
        tabs(names, "segment-part", view.part, told("parts", language)),
        _part(row, port, view, session),
    )


def _actions(row: LivingRow, session: Session) -> Html:
    language = session.language
    named = [("ask", "segment-open"), ("export", "segment-export")]
    if row.may_change:
        named += [("rename", "rename-open"), ("delete", "segment-delete")]
    return element(
        "div",
        button(told("campaign", language), "segment-campaign", kind="primary", data_ref=row.name),
        refresh_of(row, session),
        [button(told(key, language), act, data_ref=row.name) for key, act in named],
        class_="row",
        role="group",
        aria_label=told("more_of", language, name=row.name),
    )


def _facts(row: LivingRow, language: Language) -> Html:
    arrangement = row.arrangement
    shared = told(f"sharing_{arrangement.sharing}", language)
    if arrangement.sharing == "named":
        shared = f"{shared}（{'、'.join(arrangement.shared_with)}）" if language == "zh" else (
            f"{shared} ({', '.join(arrangement.shared_with)})"
        )  # fmt: skip
    size = told("people_n", language, n=size_of(row)) if row.size is not None else told("not_known", language)
    facts: list[tuple[str, Child]] = [("size", element("strong", size)), ("moved", moved_of(row.moved, language))]
    facts += [("rhythm", rhythm_of(row, language)), ("owner", row.owner), ("shared", shared)]
    facts += [("folder", arrangement.folder)] if arrangement.folder else []
    cells = [element("div", element("dt", told(key, language)), element("dd", value)) for key, value in facts if value]
    return element("dl", cells, class_="tiles-of-one")


def _attention(row: LivingRow, language: Language) -> list[Html]:
    """What somebody should know before they trust the size."""
    said = [row.alert.in_(language)] if row.alert is not None else []
    why = row.why.in_(language) if row.why is not None else ""
    if row.standing is Standing.FAILED:
        said.append(told("failed_why", language, why=why))
    elif row.standing is Standing.STALE:
        said.append(told("stale_why", language, day=row.as_of, why=why))
    elif why:
        said.append(why)
    return [element("p", one, class_="attention") for one in said]


def _part(row: LivingRow, port: LivingPort, view: SegmentsView, session: Session) -> Child:
    language = session.language
    if view.busy:
        return element("p", told("busy", language), class_="quiet", role="status")
    match view.part:
        case "size":
            return _size(row, view, session)
        case "people":
            return [_changes(row, view, language), _why(row, view, language)]
        case "settings":
            return _settings(row, port, view, session)
        case "history":
            return _versions(port.versions(row.name, user=session.user), language)


# --- its size


def _size(row: LivingRow, view: SegmentsView, session: Session) -> Child:
    language, trend = session.language, view.trend
    if trend is None:
        return fault(view.fault)
    chart = size_chart([_line(trend)], told("trend", language), row.name, language)
    if chart is None:
        return element("p", told("trend_none", language), class_="quiet")
    computed = any(not point.recorded for point in trend.points)
    return [
        drawn(chart, ("trend", trend.segment.id, trend.points), view, session),
        element("p", told("trend_computed", language), class_="quiet") if computed else None,
        element("p", button(told("ask_trend", language), "segment-ask-trend", data_ref=row.name)),
    ]


def _line(trend: Trend) -> SizeLine:
    return SizeLine(
        name=trend.segment.name,
        sizes=tuple((point.day, point.size) for point in trend.points if point.size is not None),
        computed=frozenset(point.day for point in trend.points if not point.recorded),
    )


# --- its people


def _changes(row: LivingRow, view: SegmentsView, language: Language) -> Html:
    spans = [
        button(
            told("days_n", language, n=days), "segment-days", kind="link", data_ref=str(days),
            aria_pressed="true" if view.days == days else "false",
        )
        for days in DAYS
    ]  # fmt: skip
    own = element(
        "form",
        _date("first", told("from", language), view.first),
        _date("last", told("to", language), view.last),
        element("button", told("show", language), type="submit", class_="button"),
        class_="row fields",
        data_form="segment-dates",
    )
    return element(
        "section",
        element("h2", told("part_people", language)),
        element("div", spans, class_="switch", role="group", aria_label=told("period", language)),
        own,
        _fault("changes", view),
        _story(row, view.changes, language) if view.changes is not None else None,
        class_="changes",
        data_key="changes",
    )


def _date(name: str, label: str, value: str) -> Html:
    return element("label", label, element("input", type="date", name=name, value=value))


def _story(row: LivingRow, found: Changes, language: Language) -> Html:
    heads = [(told("side", language), ""), (told("why", language), ""), (told("size", language), "number"), ("", "")]
    lines = [_moved(row, line, language) for line in found.lines]
    label = told("part_people", language)
    listing = table(heads, lines, label) if lines else element("p", told("nobody_moved", language), class_="quiet")
    remarks = [element("li", one.in_(language)) for one in found.remarks]
    return join(
        element("p", found.story.in_(language)),
        listing,
        element("ul", remarks, class_="quiet remarks") if remarks else None,
    )


def _moved(row: LivingRow, line: Line, language: Language) -> Html:
    side = told("came" if line.side == "entered" else "went", language)
    count = told("few", language) if line.people is None else f"{line.people:,}"
    act = button(
        told("ask_change", language), "segment-ask-change", kind="link", data_ref=row.name, data_text=line.side,
        aria_label=told(f"asked_{line.side}", language, name=row.name),
    )  # fmt: skip
    return element(
        "tr",
        element("td", side),
        element("td", line.why.in_(language), class_="words"),
        element("td", count, class_="number"),
        element("td", act, class_="act"),
    )


def _why(row: LivingRow, view: SegmentsView, language: Language) -> Html:
    typed = view.typed.get("key", "") if view.fault_at == "why" else ""
    return _form(
        "segment-why",
        told("why_title", language),
        [_text("key", told("why_customer", language), typed), _submit(told("why_ask", language))],
        _fault("why", view),
        row,
    )


# --- its settings


def _settings(row: LivingRow, port: LivingPort, view: SegmentsView, session: Session) -> list[Child]:
    language = session.language
    others = [one.name for one in port.rows(user=session.user) if one.name != row.name]
    parts: list[Child] = []
    if row.may_change:
        parts.append(_arrangement(row, view, language))
        parts.append(_into(row, others, view, language) if others else None)
    else:
        parts.append(element("p", told("only_owner", language, owner=row.owner), class_="quiet"))
    name = view.typed.get("name", "") if view.fault_at == "freeze" else ""
    freeze = _form(
        "segment-freeze",
        told("freeze_title", language),
        [_text("name", told("freeze_name", language), name), _submit(told("freeze", language))],
        _fault("freeze", view),
        row,
        hint=told("freeze_hint", language),
    )
    return [*parts, freeze]


def _arrangement(row: LivingRow, view: SegmentsView, language: Language) -> Html:
    kept, typed = row.arrangement, view.typed if view.fault_at == "arrange" else {}
    rhythms = [(one.value, told(f"rhythm_{one.value}", language)) for one in Rhythm]
    sharings = [(one, told(f"sharing_{one}", language)) for one in get_args(Sharing)]
    fields = [
        _text("folder", told("folder", language), typed.get("folder", kept.folder)),
        _select("rhythm", told("rhythm", language), rhythms, typed.get("rhythm", kept.rhythm.value))
        if row.standing is not Standing.LIST
        else None,
        _select("sharing", told("shared", language), sharings, typed.get("sharing", kept.sharing)),
        _text("with", told("shared_with", language), typed.get("with", ", ".join(kept.shared_with))),
        _text("at_least", told("at_least", language), typed.get("at_least", _bound(kept.at_least)), numeric=True),
        _text("at_most", told("at_most", language), typed.get("at_most", _bound(kept.at_most)), numeric=True),
        _submit(told("save", language), primary=True),
    ]
    return _form("segment-arrange", told("part_settings", language), fields, _fault("arrange", view), row)


def _into(row: LivingRow, others: Sequence[str], view: SegmentsView, language: Language) -> Html:
    ways = [(one.value, told(f"into_{one.value}", language)) for one in Into]
    fields = [
        _select("into", told("into_how", language), ways, Into.ADD.value),
        _select("other", told("into_other", language), [(name, name) for name in others], others[0]),
        _submit(told("into_do", language)),
    ]
    return _form("segment-into", told("into_title", language), fields, _fault("into", view), row)


def _bound(bound: int | None) -> str:
    return "" if bound is None else str(bound)


# --- its versions


def _versions(found: Sequence[Version], language: Language) -> Html:
    heads = [
        (told("version", language), ""),
        (told("when", language), ""),
        (told("by", language), ""),
        (told("definition", language), ""),
        (told("size", language), "number"),
    ]
    rows = [
        element(
            "tr",
            element("td", f"{told('version_n', language, n=one.version)} · {told(f'what_{one.what}', language)}"),
            element("td", when(one.at), class_="date"),
            element("td", one.by),
            element(
                "td",
                one.words.in_(language) if one.words is not None else told("out_of_sight", language),
                class_="words",
            ),
            element("td", numbers.NOTHING if one.count is None else f"{one.count:,}", class_="number"),
        )
        for one in found
    ]
    return table(heads, rows, told("part_history", language))


# --- forms


def _form(act: str, title: str, fields: Sequence[Child], wrong: Child, row: LivingRow, *, hint: str = "") -> Html:
    return element(
        "form",
        element("h2", title),
        element("p", hint, class_="quiet") if hint else None,
        element("input", type="hidden", name="ref", value=row.name),
        element("div", fields, class_="row fields"),
        wrong,
        class_="segment-form",
        data_form=act,
        data_key=act,
    )


def _fault(at: Place, view: SegmentsView) -> Html | None:
    return fault(view.fault) if view.fault_at == at else None


def _text(name: str, label: str, value: str, *, numeric: bool = False) -> Html:
    return element(
        "label",
        label,
        element(
            "input", name=name, type="text", maxlength="200", value=value, autocomplete="off",
            inputmode="numeric" if numeric else None,
        ),
    )  # fmt: skip


def _select(name: str, label: str, choices: Sequence[tuple[str, str]], chosen: str) -> Html:
    options = [element("option", text, value=value, selected=value == chosen) for value, text in choices]
    return element("label", label, element("select", options, name=name))


def _submit(label: str, *, primary: bool = False) -> Html:
    return element("button", label, type="submit", class_="button primary" if primary else "button")
