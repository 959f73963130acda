"""A list of identifiers on its way to become a segment: paste or file, what came of every row, and where it is saved."""

from __future__ import annotations

from typing import Final

from assistant.channels.gradio.data_parts import back, empty, fault, file_field, table, upload_progress
from assistant.channels.gradio.markup import Html, button, element, join
from assistant.channels.gradio.segments_state import ImportView
from assistant.channels.gradio.segments_words import told
from assistant.channels.gradio.session import Session
from assistant.living.port import Identifier, LivingPort, Standing
from semantic_layer.errors import Language
from tools.segments.importing import Report, report_text
from tools.segments.listing import Into

SHOWN: Final = 20  # rows that did not count, on the page


def render_import(importing: ImportView, port: LivingPort, session: Session) -> Html:
    """The form, or the report when there is one. Whoever sees no identifier is told so."""
    language = session.language
    fields = port.identifiers(user=session.user)
    head = join(back(told("all", language), "segment-close"), element("h1", told("import", language)))
    if not fields:
        return join(head, empty(told("import", language), told("import_none", language)))
    if importing.report is None:
        return join(
            head, element("p", told("import_lead", language), class_="quiet lead"), _given(importing, fields, language)
        )
    return join(head, _report(importing.report, fields, language), _save(importing, importing.report, port, session))


def _given(importing: ImportView, fields: tuple[Identifier, ...], language: Language) -> Html:
    text = importing.given.text if importing.given is not None else ""
    paste = element("textarea", text, name="text", rows="8", spellcheck="false", autocomplete="off", class_="written")
    return element(
        "form",
        element("label", told("import_paste", language), paste),
        file_field(told("import_file", language), language, accept=".csv,.tsv,.txt,.xlsx"),
        upload_progress(language),
        fault(importing.fault),
        element(
            "div",
            element(
                "button", told("busy" if importing.busy else "import_check", language), type="submit",
                class_="button primary", disabled=importing.busy,
            ),
            element("span", told("import_by", language), "：" if language == "zh" else ": ", fields[0].label.in_(language), class_="quiet"),
            class_="row",
        ),
        class_="form",
        data_form="segments-check",
        data_key="segments-check",
    )  # fmt: skip


# --- what came of it


def _report(report: Report, fields: tuple[Identifier, ...], language: Language) -> Html:
    counts = [
        ("import_people", len(report.keys)),
        ("import_matched", report.matched),
        ("import_unmatched", len(report.unmatched)),
        ("import_doubtful", len(report.doubtful)),
        ("import_repeated", len(report.repeated)),
        ("import_blank", len(report.blank)),
    ]
    tiles = [
        element("div", element("dt", told(key, language)), element("dd", element("strong", f"{count:,}")))
        for key, count in counts
    ]
    options = [
        element("option", one.label.in_(language), value=one.field, selected=one.field == report.field)
        for one in fields
    ]
    by = element(
        "form",
        element("label", told("import_by", language), element("select", options, name="field")),
        element("button", told("import_check", language), type="submit", class_="button"),
        button(told("import_again", language), "segments-import", kind="link"),
        class_="row fields",
        data_form="segments-match",
        data_key="segments-match",
    )
    return element(
        "section",
        element("p", report_text(report).in_(language), class_="lead"),
        element("dl", tiles, class_="tiles-of-one"),
        by,
        None if report.whole else _rows(report, language),
        class_="changes",
        data_key="report",
    )


def _rows(report: Report, language: Language) -> Html:
    """The first rows that did not count, with why; the file holds all."""
    found: list[tuple[int, str, str, str]] = [
        *((one.row, one.value, told("import_unmatched", language), " ".join(one.near)) for one in report.unmatched),
        *((one.row, one.value, told("import_doubtful", language), str(one.people)) for one in report.doubtful),
        *((one.row, one.value, told("import_repeated", language), "") for one in report.repeated),
        *((row, "", told("import_blank", language), "") for row in report.blank),
    ]
    rows = [
        element(
            "tr",
            element("td", f"{row:,}", class_="number"),
            element("td", value),
            element("td", why),
            element("td", near, class_="words"),
        )
        for row, value, why, near in found[:SHOWN]
    ]
    heads = [
        (told("import_row", language), "number"),
        (told("import_value", language), ""),
        (told("why", language), ""),
        (told("import_near", language), ""),
    ]
    more = len(found) - SHOWN
    return join(
        table(heads, rows, told("import_unmatched", language)),
        element(
            "div",
            button(told("import_report", language), "segments-report"),
            element("span", told("import_more", language, n=f"{more:,}"), class_="quiet") if more > 0 else None,
            class_="row",
        ),
    )


def _save(importing: ImportView, report: Report, port: LivingPort, session: Session) -> Html:
    language = session.language
    if not report.keys:
        return element("p", told("import_nobody", language), class_="attention")
    lists = [one.name for one in port.rows(user=session.user) if one.standing is Standing.LIST and one.may_change]
    name = element(
        "label",
        told("name", language),
        element("input", name="name", type="text", maxlength="80", value=importing.name, autocomplete="off"),
    )
    new = element(
        "form",
        element("h2", told("import_save", language)),
        element("div", name, element("button", told("import_save", language), type="submit", class_="button primary"), class_="row fields"),
        fault(importing.fault) if not importing.target else None,
        class_="segment-form",
        data_form="segments-keep",
        data_key="segments-keep",
    )  # fmt: skip
    if not lists:
        return new
    ways = [
        element("option", told(f"into_{one.value}", language), value=one.value, selected=one.value == importing.into)
        for one in Into
    ]
    targets = [element("option", one, value=one, selected=one == importing.target) for one in lists]
    into = element(
        "form",
        element("h2", told("import_or", language)),
        element(
            "div",
            element("label", told("into_how", language), element("select", ways, name="into")),
            element("label", told("name", language), element("select", targets, name="target")),
            element("button", told("into_do", language), type="submit", class_="button"),
            class_="row fields",
        ),
        fault(importing.fault) if importing.target else None,
        class_="segment-form",
        data_form="segments-keep-into",
        data_key="segments-keep-into",
    )
    return join(new, into)
