"""One source: what waits for an answer, how its load goes, its quality, its waiting rows and its loads."""

from __future__ import annotations

from assistant.channels.gradio.data_parts import (
    back,
    badge,
    fault,
    number,
    share_of,
    sparkline,
    table,
    tabs,
    values,
    when,
)
from assistant.channels.gradio.data_quarantine import render_quarantine
from assistant.channels.gradio.data_state import SOURCE_PARTS
from assistant.channels.gradio.data_tasks import render_running, tasks_of
from assistant.channels.gradio.markup import Html, button, element, join
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.tables import whole
from assistant.channels.gradio.words import say, say_count
from assistant.stewardship.port import SourcesPort
from assistant.stewardship.sources import (
    DriftQuestion,
    LoadEntry,
    QualityReport,
    RuleResult,
    SourceRow,
    SourceState,
)
from semantic_layer.errors import Language


def render_source(port: SourcesPort, session: Session) -> Html:
    """All about the open source; back at the list when it is no longer there."""
    language, view = session.language, session.data
    row = next((each for each in port.sources(user=session.user) if each.name == view.source), None)
    way_back = back(say(language, "all_sources"), "data-leave")
    if row is None:
        return way_back
    may = port.may_manage(session.user)
    questions = port.drift(row.name, user=session.user)
    task = next((each for each in tasks_of(session) if each.about == row.name and each.open), None)
    names = [(part, _part_name(part, row, language)) for part in SOURCE_PARTS]
    said = row.said.in_(language) and not questions and task is None
    return join(
        way_back,
        _heading(row, language, load=may and task is None and not questions),
        element("p", row.said.in_(language), class_="attention") if said else None,
        _questions(questions, session, may=may) if questions else None,
        render_running(task, language) if task is not None else None,
        fault(view.fault) if view.fault_at == "source" else None,
        tabs(names, "source-part", view.part, say(language, "source_parts")),
        _part(row, port, session, may=may, running=task is not None),
    )


def _part_name(part: str, row: SourceRow, language: Language) -> str:
    words = say(language, f"part_{part}")
    return f"{words} {row.quarantined:,}" if part == "quarantine" and row.quarantined else words


def _heading(row: SourceRow, language: Language, *, load: bool) -> Html:
    facts = [say(language, f"kind_{row.kind.value}"), row.address]
    facts += [f"{say(language, 'owner')} {row.owner}"] if row.owner else []
    facts += [say_count(language, "found_rows", row.rows)] if row.rows is not None else []
    act = None
    if load:
        words = say(language, "load_again" if row.loaded_at is not None else "load")
        act = button(words, "source-load", kind="" if row.state is SourceState.GOOD else "primary", data_ref=row.name)
    return join(
        element("div", element("h1", row.label.in_(language)), act, class_="row spread heading"),
        element("p", " · ".join(facts), class_="quiet lead"),
    )


def _questions(questions: tuple[DriftQuestion, ...], session: Session, *, may: bool) -> Html:
    language = session.language
    items = [_question(each, language, may=may) for each in questions]
    return element(
        "section",
        element("h2", say(language, "drift_title")),
        element("p", say(language, "drift_lead"), class_="quiet"),
        element("ul", items, class_="questions"),
        class_="panel warning",
        data_key="drift",
    )


def _question(one: DriftQuestion, language: Language, *, may: bool) -> Html:
    answers = [
        element(
            "li",
            button(each.label.in_(language), "drift-answer", data_ref=one.id, data_text=each.id, disabled=not may),
            element("span", each.effect.in_(language), class_="quiet"),
        )
        for each in one.answers
    ]
    samples = [[each, " "] for each in values(one.examples, language)]
    return element(
        "li",
        element("p", one.question.in_(language), class_="strong"),
        element("p", say(language, "examples"), " ", samples, class_="quiet samples") if samples else None,
        element("ul", answers, class_="answers"),
        data_key=f"question-{one.id}",
    )


def _part(row: SourceRow, port: SourcesPort, session: Session, *, may: bool, running: bool) -> Html | None:
    view, user = session.data, session.user
    match view.part:
        case "quality":
            return _quality(port.quality(row.name, user=user), session.language)
        case "quarantine":
            page = port.quarantine(row.name, offset=view.offset, rule=view.rule, user=user)
            return render_quarantine(page, session, may=may)
        case "loads":
            loads = port.loads(row.name, user=user)
            return _loads(loads, session.language) if loads or not running else None


# --- quality


def _quality(report: QualityReport, language: Language) -> Html:
    if report.score is None:
        return element("p", say(language, "no_quality"), class_="nothing")
    points = [point.score for point in report.over_time]
    line = sparkline(points, language, width=280, height=48)
    days = [report.over_time[0].day.isoformat(), report.over_time[-1].day.isoformat()] if line is not None else []
    notes = [say(language, "checked_at", when=when(report.at))] if report.at is not None else []
    notes += [say(language, "next_check", day=report.next_check.isoformat())] if report.next_check is not None else []
    heads = [
        (say(language, "rule"), ""),
        (say(language, "rule_field"), ""),
        (say(language, "verdict"), ""),
        (say(language, "rule_checked"), "number"),
        (say(language, "rule_failed"), "number"),
        (say(language, "rule_share"), "number"),
    ]
    rows = [_rule(each, language) for each in report.rules]
    return join(
        element(
            "div",
            element(
                "div", element("span", say(language, "source_score"), class_="label"),
                element("span", f"{report.score:.1f}", class_="big"), class_="tile",
            ),
            element(
                "figure", line, element("figcaption", [element("span", day) for day in days], class_="quiet row spread")
            ) if line is not None else None,
            element("p", " · ".join(notes), class_="quiet"),
            class_="row quality",
        ),
        table(heads, rows, say(language, "part_quality"), "rules"),
    )  # fmt: skip


def _rule(one: RuleResult, language: Language) -> Html:
    note = one.note.in_(language)
    return element(
        "tr",
        element(
            "th", one.label.in_(language), element("span", note, class_="quiet under") if note else None, scope="row"
        ),
        element("td", one.field, class_="words code-name"),
        element("td", badge(say(language, f"verdict_{one.verdict}"), f"dot {one.verdict}"), class_="state"),
        number(whole(one.checked), say(language, "rule_checked")),
        number(whole(one.failed), say(language, "rule_failed")),
        number(share_of(one.share) if one.failed else "", say(language, "rule_share")),
    )


# --- loads


def _loads(loads: tuple[LoadEntry, ...], language: Language) -> Html:
    if not loads:
        return element("p", say(language, "no_loads"), class_="nothing")
    heads = [
        (say(language, "load_started"), ""),
        (say(language, "load_state"), ""),
        (say(language, "load_read"), "number"),
        (say(language, "load_new"), "number"),
        (say(language, "load_changed"), "number"),
        (say(language, "load_held"), "number"),
    ]
    return table(heads, [_load(each, language) for each in loads], say(language, "part_loads"), "loads")


def _load(one: LoadEntry, language: Language) -> Html:
    match one.state:
        case "done":
            kind = "good"
        case "failed":
            kind = "bad"
        case "held":
            kind = "warning"
        case "running":
            kind = "plain"
    why = one.why.in_(language)
    word = say(language, "load_is_held" if one.state == "held" else f"load_{one.state}")
    counts = [
        ("load_read", one.rows_read),
        ("load_new", one.rows_new),
        ("load_changed", one.rows_changed),
        ("load_held", one.rows_held),
    ]
    return element(
        "tr",
        element("th", when(one.started_at), scope="row"),
        element(
            "td",
            badge(word, f"dot {kind}"),
            element("span", why, class_="quiet under") if why else None,
            class_="words",
        ),
        [number(whole(count) if count else "", say(language, name)) for name, count in counts],
        data_key=f"load-{one.load}",
    )
