"""Why records are one person: the records by source, what ties them, splitting and merging, and taking it back."""

from __future__ import annotations

from assistant.channels.gradio.data_parts import back, badge, fault, table, value, when
from assistant.channels.gradio.markup import Html, button, element, join
from assistant.channels.gradio.people_change import render_dry_run, render_tier
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say
from assistant.stewardship.people import LedgerLine, Link, Merge, Record, Split, Undo, Why
from assistant.stewardship.port import PeoplePort
from semantic_layer.errors import Language

CONFIRM = {Split: "do_split", Merge: "do_merge", Undo: "do_undo"}


def render_why(port: PeoplePort, session: Session) -> Html:
    """Everything that makes the chosen customer one person, with its effect before each change."""
    language, view = session.language, session.customers
    why = port.why(view.chosen, user=session.user)
    may = port.may_manage(session.user)
    return join(
        back(say(language, "back_to_card"), "customer-part", data_ref="card"),
        element("h1", say(language, "why_title", name=why.name.text)),
        element("p", say(language, "customer_no", n=why.customer), None if may else [" · ", say(language, "people_look_only")], class_="quiet lead"),
        _records(why, session, may=may),
        _dry_run(session) if may else None,
        _links(why, language),
        _merge(session) if may else None,
        _ledger(why, language, may=may),
    )  # fmt: skip


def _dry_run(session: Session) -> Html | None:
    """What the change that was asked for would do, for whom it was worked out and nobody else."""
    view = session.customers
    if view.change is None or view.run is None or view.shown_to != session.user:
        return None
    confirm = button(say(session.language, CONFIRM[type(view.change)]), "change-do", kind="primary")
    return render_dry_run(view.run, confirm, "change-cancel", session.language)


def _records(why: Why, session: Session, *, may: bool) -> Html:
    language, view = session.language, session.customers
    can_split = may and len(why.records) > 1
    items = [_record(record, language, pick=can_split) for record in why.records]
    alone = element("p", say(language, "why_alone"), class_="quiet") if len(why.records) == 1 else None
    if not can_split:
        return join(element("ul", items, class_="records"), alone)
    return element(
        "form",
        element("ul", items, class_="records"),
        fault(view.fault if view.fault_at == "split" else ""),
        element(
            "div",
            element("button", say(language, "split_look"), type="submit", class_="button"),
            element("span", say(language, "split_hint"), class_="quiet"),
            class_="row",
        ),
        data_form="split-look",
        data_key=f"split-{why.customer}-{len(why.records)}",
    )


def _record(record: Record, language: Language, *, pick: bool) -> Html:
    name = f"{record.source.in_(language)} {record.row}"
    box = element(
        "input", type="checkbox", name="record", value=record.id, aria_label=say(language, "record_pick", what=name)
    )
    facts = [
        element(
            "span",
            element("span", fact.label.in_(language), class_="quiet"),
            " ",
            value(fact.value, language),
            class_="fact",
        )
        for fact in record.facts
    ]
    day = record.observed_at.date().isoformat() if record.observed_at is not None else ""
    head = [
        element("strong", record.source.in_(language)),
        element("span", record.row, class_="quiet code-name"),
        render_tier(record.tier, language) if record.tier is not None else None,
        element("span", say(language, "observed", day=day), class_="quiet") if day else None,
    ]
    inner = [element("span", head, class_="row"), element("span", facts, class_="row values")]
    body = element("label", box, element("span", inner), class_="check") if pick else element("div", inner)
    return element("li", body, data_key=f"record-{record.id}")


def _links(why: Why, language: Language) -> Html | None:
    if not why.links:
        return None
    names = {record.id: f"{record.source.in_(language)} {record.row}" for record in why.records}
    items = [_link(link, names, language) for link in why.links]
    return element(
        "section", element("h2", say(language, "evidence"), class_="label"), element("ul", items, class_="links")
    )


def _link(link: Link, names: dict[str, str], language: Language) -> Html:
    ends = f"{names.get(link.left, link.left)} – {names.get(link.right, link.right)}"
    return element(
        "li",
        render_tier(link.tier, language),
        element("div", link.evidence.in_(language), element("span", ends, class_="quiet under")),
    )


def _merge(session: Session) -> Html:
    language, view = session.language, session.customers
    return element(
        "form",
        element("h2", say(language, "merge_other"), class_="label"),
        element(
            "div",
            element(
                "label",
                say(language, "merge_number"),
                element("input", type="text", name="other", inputmode="numeric", maxlength="12", autocomplete="off"),
            ),
            element("button", say(language, "merge_look"), type="submit", class_="button"),
            class_="row fields",
        ),
        fault(view.fault if view.fault_at == "merge" else ""),
        class_="merge-form",
        data_form="merge-look",
        data_key=f"merge-{view.chosen}",
    )


def _ledger(why: Why, language: Language, *, may: bool) -> Html:
    title = element("h2", say(language, "ledger"), class_="label")
    if not why.ledger:
        return element("section", title, element("p", say(language, "ledger_none"), class_="quiet"))
    heads = [(say(language, name), "") for name in ("when", "kind", "ledger_what")]
    heads.append(("", ""))
    rows = [_entry(each, language, may=may) for each in why.ledger]
    return element("section", title, table(heads, rows, say(language, "ledger"), "ledger"))


def _entry(one: LedgerLine, language: Language, *, may: bool) -> Html:
    undo = (
        button(say(language, "undo_look"), "undo-look", kind="link", data_ref=str(one.entry))
        if may and one.undoable
        else None
    )
    return element(
        "tr",
        element("td", when(one.at), class_="date"),
        element("td", badge(say(language, f"ledger_{one.kind}")), class_="state"),
        element("th", one.text.in_(language), element("span", one.by, class_="quiet under"), scope="row"),
        element("td", undo, class_="act"),
        data_key=f"entry-{one.entry}",
    )
