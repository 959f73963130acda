"""The Customers page: find somebody, decide about pairs, look at how records become customers."""

from __future__ import annotations

from assistant.channels.gradio.data_parts import back, badge, empty, fault, number, table, tabs, value, when
from assistant.channels.gradio.data_tasks import render_running, tasks_of
from assistant.channels.gradio.markup import Html, button, element, join
from assistant.channels.gradio.people_card import render_card
from assistant.channels.gradio.people_change import render_dry_run, render_tier
from assistant.channels.gradio.people_delete import render_delete
from assistant.channels.gradio.people_state import CUSTOMERS_TABS
from assistant.channels.gradio.people_why import render_why
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.tables import whole
from assistant.channels.gradio.words import say, say_count
from assistant.stewardship.people import Hit, IdentityFigures, IdentityRule, PairQuestion
from assistant.stewardship.port import TRIAL, PeoplePort
from semantic_layer.errors import Language, UserError


def render_customers(session: Session) -> Html:
    """Nothing where the open data set has no people to show."""
    port, view = session.stewardship.people, session.customers
    if port is None:
        return Html("")
    try:
        body = _open(port, session)
    except UserError as error:
        way_back = back(say(session.language, "tab_find"), "customers-tab", data_ref="find")
        title = element("h1", say(session.language, "customers"))
        body = join(way_back, title, fault(error.message.in_(session.language)))
    return element("div", body, data_key=f"customers-{session.dataset}-{view.tab}-{view.part}")


def _open(port: PeoplePort, session: Session) -> Html:
    view = session.customers
    if view.chosen and view.part == "why":
        return render_why(port, session)
    if view.chosen and view.part == "delete":
        return render_delete(port, session)
    return _tabbed(port, session)


def _tabbed(port: PeoplePort, session: Session) -> Html:
    language, view = session.language, session.customers
    words = {"find": "tab_find", "queue": "tab_pairs_waiting", "identity": "tab_identity"}
    names = [(tab, say(language, words[tab])) for tab in CUSTOMERS_TABS]
    waiting = port.queue(user=session.user).waiting
    if waiting:
        names[1] = ("queue", f"{names[1][1]} {waiting:,}")
    match view.tab:
        case "find":
            body = _find(port, session)
        case "queue":
            body = _queue(port, session)
        case "identity":
            body = _identity(port, session)
    lead = (
        None if port.may_manage(session.user) else element("p", say(language, "people_look_only"), class_="quiet lead")
    )
    return join(
        element("h1", say(language, "customers")),
        lead,
        tabs(names, "customers-tab", view.tab, say(language, "customers_tabs")),
        body,
    )


# --- finding somebody


def _find(port: PeoplePort, session: Session) -> Html:
    language = session.language
    box = element(
        "input",
        type="search",
        id="people-search",
        value=session.customers.search,
        data_own="typed",
        placeholder=say(language, "people_search"),
        aria_label=say(language, "people_search_label"),
        autocomplete="off",
        data_input="people-search",
    )
    return join(box, _found(port, session))


def _found(port: PeoplePort, session: Session) -> Html:
    language, view = session.language, session.customers
    if not view.search and not view.chosen:
        return empty(say(language, "people_empty"), say(language, "people_empty_hint"))
    hits = port.search(view.search, user=session.user)
    said = element("p", hits.said.in_(language), class_="quiet") if hits.said is not None else None
    if not hits.hits and not view.chosen:
        return element("div", said, class_="nothing")
    count = element("p", say_count(language, "found_people", hits.total), class_="quiet count", role="status")
    more = None
    if hits.total > len(hits.hits):
        more = element("p", say(language, "more_people", n=whole(len(hits.hits))), class_="quiet")
    items = [_hit(hit, language, chosen=hit.customer == view.chosen) for hit in hits.hits]
    card = render_card(port, session) if view.chosen else element("p", say(language, "people_pick"), class_="quiet")
    listing = element(
        "div", count if view.search else None, said, element("ul", items, class_="entries"), more, class_="listing"
    )
    return element("div", listing, element("div", card, class_="card", aria_live="polite"), class_="catalogue")


def _hit(hit: Hit, language: Language, *, chosen: bool) -> Html:
    facts = [[value(fact.value, language), " · "] for fact in hit.facts]
    matched = say(language, "matched_by", what=hit.matched.in_(language))
    return element(
        "li",
        element(
            "button",
            element("span", value(hit.name, language), class_="what"),
            badge(say_count(language, "records_of", hit.records)),
            element("span", facts, matched, class_="quiet"),
            type="button",
            class_="entry",
            data_act="customer-open",
            data_ref=str(hit.customer),
            aria_current="true" if chosen else None,
        ),
        data_key=f"hit-{hit.customer}",
    )


# --- pairs


def _queue(port: PeoplePort, session: Session) -> Html:
    language = session.language
    queue = port.queue(user=session.user)
    if not queue.pairs:
        return empty(say(language, "no_pairs_waiting"), say(language, "no_pairs_waiting_hint"))
    may = port.may_manage(session.user)
    facts = [say_count(language, "pairs_waiting", queue.waiting)]
    facts += [say_count(language, "pairs_decided", queue.decided)] if queue.decided else []
    return join(
        element("p", " · ".join(facts), class_="quiet count-line", role="status"),
        element("ul", [_pair(pair, language, may=may) for pair in queue.pairs], class_="proposals pairs-to-decide"),
    )


def _pair(pair: PairQuestion, language: Language, *, may: bool) -> Html:
    sides = [pair.left.in_(language), pair.right.in_(language)]
    rows = []
    for label, left, right, same in pair.compared:
        mark = "one_missing" if same is None else "agrees" if same else "differs"
        kind = "plain" if same is None else "good" if same else "bad"
        rows.append(
            element(
                "tr",
                element("th", label.in_(language), scope="row"),
                element("td", value(left, language), data_name=sides[0]),
                element("td", value(right, language), data_name=sides[1]),
                element("td", badge(say(language, mark), f"dot {kind}"), class_="state"),
            )
        )
    heads = [
        (say(language, "compared_field"), ""),
        (sides[0], ""),
        (sides[1], ""),
        (say(language, "compared_same"), ""),
    ]
    acts = [
        button(say(language, words), "pair-decide", kind=kind, data_ref=pair.id, data_text=verdict)
        for verdict, words, kind in (
            ("same", "same_person", "primary"),
            ("different", "different_people", ""),
            ("later", "decide_later", "link"),
        )
    ]
    return element(
        "li",
        element("h2", pair.evidence.in_(language)),
        element("p", say(language, "likelihood", n=f"{pair.probability * 100:.0f}"), class_="quiet"),
        table(heads, rows, pair.evidence.in_(language), "compared"),
        element("div", acts, class_="row", role="group", aria_label=pair.evidence.in_(language)) if may else None,
        class_="proposal",
        data_key=f"pair-{pair.id}",
    )


# --- how records become customers


def _identity(port: PeoplePort, session: Session) -> Html:
    language, view = session.language, session.customers
    figures = port.figures(user=session.user)
    tiles = [
        _tile(say(language, key), whole(count))
        for key, count in (
            ("figure_records", figures.records),
            ("figure_customers", figures.customers),
            ("figure_duplicates", figures.duplicates),
            ("figure_largest", figures.largest),
        )
    ]
    may = port.may_manage(session.user)
    heads = [
        (say(language, "rule"), ""),
        (say(language, "rule_tier"), ""),
        (say(language, "rule_links"), "number"),
        (say(language, "source_state"), ""),
        ("", ""),
    ]
    return join(
        element("div", tiles, class_="tiles"),
        element("p", _computed(figures, language), class_="quiet count-line"),
        [element("p", note.in_(language), class_="remark") for note in figures.notes],
        element("h2", say(language, "rules_title"), class_="label"),
        table(heads, [_rule(rule, language, may=may) for rule in figures.rules], say(language, "rules_title"), "rules"),
        fault(view.fault) if view.fault_at == "switch" else None,
        _trial(port, session) if may else None,
    )


def _trial(port: PeoplePort, session: Session) -> Html | None:
    """The trial of a rule that runs, or what the last one found."""
    language = session.language
    task = next((each for each in tasks_of(session) if each.about == TRIAL and each.open), None)
    if task is not None:
        return render_running(task, language)
    trial = port.tried(user=session.user)
    if trial is None:
        return None
    confirm = button(say(language, "do_switch"), "rule-apply", kind="primary")
    return render_dry_run(trial.run, confirm, "rule-forget", language)


def _tile(label: str, figure: str) -> Html:
    return element(
        "div", element("span", label, class_="label"), element("span", figure, class_="figure"), class_="tile"
    )


def _computed(figures: IdentityFigures, language: Language) -> str:
    by_tier = [f"{say(language, f'tier_{tier}')} {count:,}" for tier, count in figures.tiers if count]
    facts = [say(language, "links_by_tier", what=say(language, "list_comma").join(by_tier))] if by_tier else []
    facts += [say(language, "computed_at", when=when(figures.computed_at))] if figures.computed_at is not None else []
    return " · ".join(facts)


def _rule(rule: IdentityRule, language: Language, *, may: bool) -> Html:
    act = None
    if may:
        words = say(language, "rule_turn_off" if rule.on else "rule_turn_on")
        turned = "off" if rule.on else "on"
        name = say(language, "actions_of", name=rule.label.in_(language))
        act = button(words, "rule-try", kind="link", data_ref=rule.name, data_text=turned, title=name)
    return element(
        "tr",
        element(
            "th",
            rule.label.in_(language),
            element("span", rule.meaning.in_(language), class_="quiet under"),
            scope="row",
        ),
        element("td", render_tier(rule.tier, language), class_="state"),
        number(whole(rule.links) if rule.links else "", say(language, "rule_links")),
        element(
            "td",
            badge(say(language, "rule_is_on" if rule.on else "rule_is_off"), f"dot {'good' if rule.on else 'plain'}"),
        ),
        element("td", element("div", act, class_="row") if act is not None else None),
        data_key=f"rule-{rule.name}",
    )
