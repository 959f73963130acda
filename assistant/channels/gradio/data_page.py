"""The Data page: the list of sources, and the way to what is open inside it."""

from __future__ import annotations

from assistant.channels.gradio.data_book import render_book
from assistant.channels.gradio.data_connect import render_connect
from assistant.channels.gradio.data_draft import render_draft
from assistant.channels.gradio.data_parts import back, badge, empty, fault, number, sparkline, table, tabs, when
from assistant.channels.gradio.data_source import render_source
from assistant.channels.gradio.data_state import DATA_TABS
from assistant.channels.gradio.markup import Html, button, element, join
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.tables import whole
from assistant.channels.gradio.words import say, say_count
from assistant.stewardship.port import SourcesPort
from assistant.stewardship.sources import SourceRow, SourceState
from semantic_layer.errors import Language, UserError


def render_data(session: Session) -> Html:
    """Nothing where the open data set has no sources of its own to show."""
    port, view = session.stewardship.sources, session.data
    if port is None:
        return Html("")
    try:
        body = _open(port, session)
    except UserError as error:
        way_back = back(say(session.language, "all_sources"), "data-leave")
        body = join(way_back, fault(error.message.in_(session.language)))
    place = view.connecting.step if view.connecting is not None else view.source or view.tab
    return element("div", body, data_key=f"data-{session.dataset}-{place}")


def _open(port: SourcesPort, session: Session) -> Html:
    view = session.data
    if view.connecting is not None and port.may_manage(session.user):
        return render_connect(view.connecting, port, session)
    return render_source(port, session) if view.source else _tabbed(port, session)


def _tabbed(port: SourcesPort, session: Session) -> Html:
    language, view = session.language, session.data
    may = port.may_manage(session.user)
    step = button(say(language, "connect"), "data-connect", kind="primary") if may and view.tab == "sources" else None
    match view.tab:
        case "sources":
            body = _sources(port, session, may=may)
        case "book":
            body = render_book(port, session)
        case "draft":
            body = render_draft(port, session, may=may)
    return join(
        element("div", element("h1", say(language, "data")), step, class_="row spread heading"),
        element(
            "p", say(language, "data_lead"), None if may else [" ", say(language, "look_only")], class_="quiet lead"
        ),
        tabs(
            [(tab, say(language, f"tab_{tab}")) for tab in DATA_TABS], "data-tab", view.tab, say(language, "data_tabs")
        ),
        body,
    )


def _sources(port: SourcesPort, session: Session, *, may: bool) -> Html:
    language, rows = session.language, port.sources(user=session.user)
    if not rows:
        return empty(say(language, "no_sources"), say(language, "no_sources_hint" if may else "ask_owner"))
    heads = [
        (say(language, "source_name"), ""),
        (say(language, "source_state"), ""),
        (say(language, "source_score"), ""),
        (say(language, "source_rows"), "number"),
        (say(language, "source_loaded"), ""),
    ]
    return join(
        [_attention(row, language) for row in rows if row.drift and may],
        table(heads, [_row(row, language) for row in rows], say(language, "tab_sources"), "sources"),
    )


def _attention(row: SourceRow, language: Language) -> Html:
    asks = say_count(language, "questions_wait", row.drift, what=row.label.in_(language))
    act = button(say(language, "answer_now"), "source-open", kind="link", data_ref=row.name)
    return element("p", element("span", asks), act, class_="row attention", data_key=f"asks-{row.name}")


def _row(row: SourceRow, language: Language) -> Html:
    where = f"{say(language, f'kind_{row.kind.value}')} · {row.address}"
    name = element(
        "th",
        button(row.label.in_(language), "source-open", kind="link strong", data_ref=row.name),
        element("span", where, class_="quiet under"),
        scope="row",
    )
    waiting = say_count(language, "waiting_rows", row.quarantined) if row.quarantined else row.said.in_(language)
    state = element(
        "td",
        render_state(row.state, language),
        element("span", waiting, class_="quiet under") if waiting else None,
        class_="words",
    )
    return element(
        "tr",
        name,
        state,
        element("td", render_score(row, language), class_="score"),
        number(whole(row.rows) if row.rows is not None else "", say(language, "source_rows")),
        element("td", when(row.loaded_at), class_="date"),
        data_key=f"source-{row.name}",
    )


def render_state(state: SourceState, language: Language) -> Html:
    """The state as a mark and a word: colour is never all that tells it."""
    match state:
        case SourceState.GOOD:
            kind = "good"
        case SourceState.FAILED | SourceState.GONE:
            kind = "bad"
        case SourceState.HELD:
            kind = "warning"
        case SourceState.NEW | SourceState.LOADING:
            kind = "plain"
    return badge(say(language, f"state_{state.value}"), f"dot {kind}")


def render_score(row: SourceRow, language: Language) -> Html | None:
    """The score with the line it came along; nothing before the first load."""
    if row.score is None:
        return None
    score = f"{row.score:.1f}"
    figure = element("span", score, class_="figure", title=say(language, "score_of", n=score))
    return element("div", figure, sparkline(row.trend, language), class_="row")
