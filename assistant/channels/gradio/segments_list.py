"""The list of segments that live: by folder, with size, movement, state and what can be done; and the form that compares some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Final

from assistant.channels.gradio.data_parts import HEIGHT, WIDTH, fault, when
from assistant.channels.gradio.data_tasks import render_running, tasks_of
from assistant.channels.gradio.markup import Child, Html, button, element, join
from assistant.channels.gradio.picture import inline_svg
from assistant.channels.gradio.segments_state import SegmentsView
from assistant.channels.gradio.segments_words import told
from assistant.channels.gradio.session import Session
from assistant.channels.workspace import SegmentEntry
from assistant.living.port import ABOUT, LivingRow, Moved, Standing
from assistant.stewardship.types import Task
from semantic_layer.errors import Language
from tools import numbers
from tools.chart.flows import overlap_matrix_chart
from tools.chart.spec import ChartSpec
from tools.segments.flows import Overlaps

KINDS: Mapping[Standing, str] = MappingProxyType(
    {
        Standing.NEVER: "dot plain",
        Standing.FRESH: "dot good",
        Standing.STALE: "dot warning",
        Standing.FAILED: "dot bad",
        Standing.LIST: "dot plain",
        Standing.HIDDEN: "dot plain",
    }
)
COMPARISONS: Final = ("overlap", "flow", "apart")
_COLUMNS: Final = 7


def render_list(
    rows: Sequence[LivingRow], entries: Mapping[str, SegmentEntry], view: SegmentsView, session: Session
) -> Html:
    """All segments that the search leaves, by folder. `entries` holds the definitions by name."""
    language = session.language
    found = [row for row in rows if _matches(row, entries.get(row.name), view.search, language)]
    running = running_of("", session)
    search = element(
        "input",
        type="search",
        value=view.search,
        placeholder=told("search", language),
        aria_label=told("search", language),
        autocomplete="off",
        data_input="segments-search",
        data_own="typed",
    )
    acts = element(
        "div",
        button(told("import", language), "segments-import"),
        button(told("refresh_all", language), "segments-refresh", data_ref="", disabled=running is not None),
        class_="row",
    )
    return join(
        element("div", element("h1", told("all", language)), acts, class_="row spread heading"),
        element("p", told("lead", language), class_="quiet lead"),
        [render_running(task, language) for task in _running(session)],
        element("div", search, class_="searching", data_key="searching"),
        _table(found, entries, view, session) if found else _nothing(view, language),
    )


def _nothing(view: SegmentsView, language: Language) -> Html:
    return element(
        "div",
        element("p", told("nothing_found", language, text=view.search)),
        class_="empty",
        data_key="nothing",
    )


def _matches(row: LivingRow, entry: SegmentEntry | None, search: str, language: Language) -> bool:
    words = entry.words.in_(language) if entry is not None else ""
    text = f"{row.name} {row.owner} {row.arrangement.folder} {words}".casefold()
    return all(part in text for part in search.casefold().split())


def _table(
    rows: Sequence[LivingRow], entries: Mapping[str, SegmentEntry], view: SegmentsView, session: Session
) -> Html:
    language = session.language
    heads = [
        element("th", element("span", told("compare", language), class_="unseen"), scope="col", class_="pick"),
        element("th", told("name", language), scope="col"),
        element("th", told("size", language), scope="col", class_="number"),
        element("th", told("moved", language), scope="col"),
        element("th", told("state", language), scope="col"),
        element("th", told("owner", language), scope="col"),
        element("th", element("span", told("more", language), class_="unseen"), scope="col"),
    ]
    folders = [(name, list(some)) for name, some in groupby(rows, key=lambda row: row.arrangement.folder)]
    several = len(folders) > 1 or bool(folders[0][0])
    body: list[Html] = []
    for name, some in folders:
        if several:
            title = name or told("no_folder", language)
            head = element(
                "th", title, element("span", str(len(some)), class_="quiet"), colspan=_COLUMNS, scope="rowgroup"
            )
            body.append(element("tr", head, class_="folder", data_key=f"folder-{name}"))
        body += [_row(row, entries.get(row.name), view, session) for row in some]
    listing = element(
        "table",
        element("caption", told("all", language), class_="unseen"),
        element("thead", element("tr", heads)),
        element("tbody", body),
        class_="list",
    )
    return element(
        "form",
        element("div", listing, class_="scroller"),
        _comparing(view, language) if len(rows) > 1 else None,
        _overlaps(view, session),
        data_form="segments-compare",
        data_key="segments-compare",
    )


def _row(row: LivingRow, entry: SegmentEntry | None, view: SegmentsView, session: Session) -> Html:
    language = session.language
    pick = element(
        "input",
        type="checkbox",
        name="name",
        value=row.name,
        aria_label=told("choose", language, name=row.name),
        checked=row.name in view.chosen,
    )
    words = entry.words.in_(language) if entry is not None else ""
    shared = told(f"sharing_{row.arrangement.sharing}", language)
    return element(
        "tr",
        element("td", pick, class_="pick"),
        element(
            "th",
            button(row.name, "segment-show", kind="link strong", data_ref=row.name),
            element("p", words, class_="quiet definition", title=words),
            scope="row",
        ),
        element("td", size_of(row), spark_of(row, language), class_="number size"),
        element("td", moved_of(row.moved, language), class_="moves"),
        element("td", standing_of(row, language), rhythm_of(row, language), class_="state"),
        element("td", row.owner, element("p", shared, class_="quiet"), class_="owner"),
        element("td", _actions(row, session)),
        data_key=f"segment-{row.name}",
    )


def _actions(row: LivingRow, session: Session) -> Html:
    language = session.language
    menu = [
        element("button", told(key, language), type="button", data_act=act, data_ref=row.name)
        for key, act in (("rename", "rename-open"), ("export", "segment-export"), ("delete", "segment-delete"))
        if row.may_change or act == "segment-export"
    ]
    more = element(
        "details",
        element(
            "summary", told("more", language), aria_label=told("more_of", language, name=row.name), class_="button link"
        ),
        element("div", menu, class_="menu at-end"),
        class_="dropdown",
        data_own="dropdown",
        data_key=f"more-{row.name}",
    )
    return element(
        "div",
        refresh_of(row, session, kind="link"),
        button(told("ask", language), "segment-open", kind="link", data_ref=row.name),
        more,
        class_="row",
        role="group",
        aria_label=told("more_of", language, name=row.name),
    )


# --- comparing


def _comparing(view: SegmentsView, language: Language) -> Html:
    buttons = [
        element("button", told(how, language), type="submit", name="how", value=how, class_="button")
        for how in COMPARISONS
    ]
    return element(
        "div",
        element("span", told("compare", language), class_="label"),
        buttons,
        element("span", told("compare_hint", language), class_="quiet"),
        fault(view.fault) if view.fault_at == "compare" else None,
        class_="row comparing",
        data_key="comparing",
    )


def _overlaps(view: SegmentsView, session: Session) -> Html | None:
    found, language = view.overlaps, session.language
    if found is None:
        return None
    chart = overlap_matrix_chart(
        found.names, found.counts, told("overlap_title", language), told("overlap_sub", language), language
    )
    close = button(told("overlap_close", language), "segments-overlap-close", kind="link")
    return element(
        "section",
        element("div", element("h2", told("overlap_title", language)), close, class_="row spread"),
        drawn(chart, ("overlap", found.names, found.counts), view, session),
        _pairs(found, language),
        class_="panel",
        data_key="overlaps",
    )


def _pairs(found: Overlaps, language: Language) -> Html:
    """The same as the picture, to be read and asked about: each pair once."""
    rows = []
    for one, first in enumerate(found.names):
        for two in range(one + 1, len(found.names)):
            second, part = found.names[two], found.jaccard(one, two)
            share = f" · {numbers.percent(part)}" if part is not None else ""
            label = told("in_both", language, a=first, b=second)
            act = button(label, "segments-both", kind="link", data_ref=first, data_text=second)
            rows.append(
                element("li", act, element("span", f"{_number(found.counts[one][two])}{share}", class_="number"))
            )
    return element("ul", rows, class_="pairs")


# --- pieces that the view of one segment shows too


def size_of(row: LivingRow) -> str:
    return f"{row.size:,}" if row.size is not None else numbers.NOTHING


def spark_of(row: LivingRow, language: Language) -> Html | None:
    """The sizes of the last looks as a line."""
    if len(row.sizes) < 2:
        return None
    low, high, step = min(row.sizes), max(row.sizes), (WIDTH - 4) / (len(row.sizes) - 1)
    reach = (high - low) or 1
    spots = [
        (2 + step * at, HEIGHT / 2 if high == low else HEIGHT - 3 - (size - low) / reach * (HEIGHT - 6))
        for at, size in enumerate(row.sizes)
    ]
    label = told("sizes_from", language, a=f"{row.sizes[0]:,}", b=f"{row.sizes[-1]:,}", n=len(row.sizes))
    line = element("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in spots), fill="none")
    end = element("circle", cx=f"{spots[-1][0]:.1f}", cy=f"{spots[-1][1]:.1f}", r="2.2")
    return element(
        "svg", element("title", label), line, end, class_="spark", viewBox=f"0 0 {WIDTH} {HEIGHT}", width=WIDTH,
        height=HEIGHT, role="img",
    )  # fmt: skip


def moved_of(moved: Moved | None, language: Language) -> Html | None:
    """+12 / −3, with words for those who do not see signs."""
    if moved is None:
        return None
    entered, left = (told("few", language) if n is None else f"{n:,}" for n in (moved.entered, moved.left))
    hint = told("moved_hint", language, entered=entered, left=left)
    signs = [
        element("span", f"+{entered}", class_="up" if moved.entered != 0 else "still"),
        " / ",
        element("span", f"−{left}", class_="down" if moved.left != 0 else "still"),
    ]
    return join(element("span", signs, aria_hidden="true", title=hint), element("span", hint, class_="unseen"))


def standing_of(row: LivingRow, language: Language) -> Child:
    label = told(f"standing_{row.standing.value}", language)
    why = row.why.in_(language) if row.why is not None else None
    alert = None
    if row.alert is not None:
        alert = element("span", told("alert", language), class_="badge bad", title=row.alert.in_(language))
    return [element("span", label, class_=f"badge {KINDS[row.standing]}", title=why), alert]


def rhythm_of(row: LivingRow, language: Language) -> Html:
    facts = [] if row.standing is Standing.LIST else [told(f"rhythm_{row.arrangement.rhythm.value}", language)]
    facts += [when(row.looked_at)] if row.looked_at is not None else []
    return element("p", " · ".join(facts), class_="quiet")


def refresh_of(row: LivingRow, session: Session, *, kind: str = "") -> Html | None:
    """A list has nothing to look at."""
    if row.standing is Standing.LIST:
        return None
    return button(
        told("refresh", session.language),
        "segments-refresh",
        kind=kind,
        data_ref=row.name,
        aria_label=told("refresh_of", session.language, name=row.name),
        disabled=running_of(row.name, session) is not None,
    )


def running_of(name: str, session: Session) -> Task | None:
    """The work that looks at a segment now; that on all of them is one of every segment."""
    return next((task for task in _running(session) if task.about in (f"{ABOUT}{name}", ABOUT)), None)


def _running(session: Session) -> list[Task]:
    return [task for task in tasks_of(session) if task.open and task.about.startswith(ABOUT)]


def drawn(chart: ChartSpec | None, what: object, view: SegmentsView, session: Session) -> Html | None:
    """A picture, drawn once for what it shows, ground and language."""
    if chart is None:
        return None
    place = ((what, session.language), session.dark, session.dataset)
    if place not in view.pictures:
        view.pictures[place] = session.office.picture(chart, session.dark)
    svg = inline_svg(view.pictures[place], label=f"{chart.title}. {chart.subtitle}")
    return element("div", svg, class_="picture", data_own="picture")


def _number(count: int | None) -> str:
    return numbers.NOTHING if count is None else f"{count:,}"
