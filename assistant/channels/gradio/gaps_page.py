"""The tab of words and questions that could not be served: the backlog of the data team."""

from __future__ import annotations

from assistant.channels.gradio.markup import Child, Html, button, element, join
from assistant.channels.gradio.review_state import DAYS
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say, say_count
from assistant.memory.gaps import KIND_NAMES, Gap, GapReport
from semantic_layer.errors import Language


def render_gaps(session: Session) -> Html:
    """The report of the chosen period; where it is empty, what to look at instead."""
    language, view = session.language, session.review
    periods = [
        button(
            say(language, "days", n=days),
            "gaps-days",
            kind="link",
            data_ref=days,
            aria_pressed="true" if view.days == days else "false",
        )
        for days in DAYS
    ]
    choice = element("div", periods, class_="switch", role="group", aria_label=say(language, "period"))
    report = view.report
    if report is None or not report.gaps:
        return join(choice, _nothing(report, view.days, language))
    asked = say_count(language, "gaps_asked", report.asked, since=report.since.date().isoformat())
    return join(
        element(
            "div",
            choice,
            button(say(language, "download_csv"), "gaps-csv"),
            class_="row spread",
        ),
        element("p", f"{asked} · {say_count(language, 'gaps_found', len(report.gaps))}", class_="quiet", role="status"),
        element("div", _table(report, language), class_="scroller"),
    )


def _nothing(report: GapReport | None, days: int, language: Language) -> Html:
    asked = report.asked if report is not None else 0
    title = say_count(language, "all_served", asked) if asked else say(language, "nothing_asked")
    step = button(say(language, "go_ask"), "page", kind="primary", data_ref="ask")
    longer = next((each for each in DAYS if each > days), None)
    if longer is not None:
        step = button(say(language, "look_back", n=longer), "gaps-days", kind="primary", data_ref=longer)
    return element("div", element("h2", title), step, class_="empty")


def _table(report: GapReport, language: Language) -> Html:
    heads: list[Child] = [
        element("th", say(language, "gap_kind"), scope="col"),
        element("th", say(language, "gap_text"), scope="col"),
        element("th", say(language, "gap_count"), scope="col", class_="number"),
        element("th", say(language, "gap_people"), scope="col", class_="number"),
        element("th", say(language, "gap_near"), scope="col"),
        element("th", say(language, "gap_last"), scope="col"),
    ]
    return element(
        "table",
        element("caption", say(language, "tab_gaps"), class_="unseen"),
        element("thead", element("tr", heads)),
        element("tbody", [_row(gap, language) for gap in report.gaps]),
        class_="list gaps",
    )


def _row(gap: Gap, language: Language) -> Html:
    example = None
    if gap.example and gap.example != gap.text:
        example = element("span", say(language, "gap_in", example=gap.example), class_="quiet example")
    return element(
        "tr",
        element("td", element("span", KIND_NAMES[gap.kind].in_(language), class_="badge")),
        element("th", gap.text, example, scope="row"),
        element("td", f"{gap.count:,}", class_="number"),
        element("td", f"{gap.people:,}", class_="number"),
        element("td", say(language, "list_comma").join(gap.nearest) or "–", class_="words"),
        element("td", gap.last_seen.date().isoformat(), class_="date"),
        data_key=f"gap-{gap.kind}-{gap.text}",
    )
