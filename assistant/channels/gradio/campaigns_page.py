"""The Campaigns page: what is planned, waits, is sent and was sent; or one campaign with all about it."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.channels.gradio.campaigns_forms import render_form, render_rule, variant_for
from assistant.channels.gradio.campaigns_numbers import render_numbers
from assistant.channels.gradio.data_parts import back, badge, empty, fault, progress, table, when
from assistant.channels.gradio.markup import Child, Html, button, element
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say
from assistant.outreach.office import Act, CampaignOffice, CampaignRow, CampaignView
from assistant.outreach.rule_form import rule_fields
from assistant.replies.campaign_words import needed_next
from assistant.replies.campaigns import WHAT
from semantic_layer.errors import Language, UserError
from tools.campaigns.policy_book import BY_DEFAULT
from tools.campaigns.records import STATES
from tools.campaigns.rules import said
from tools.campaigns.types import Campaign, State

_ACTS: Mapping[Act, str] = {
    "submit": "act_submit",
    "approve": "act_approve",
    "reject": "act_reject",
    "edit": "act_edit",
    "delete": "act_delete",
    "start": "act_start",
    "pause": "act_pause",
    "resume": "act_resume",
    "continue": "act_continue",
    "stop": "act_stop",
    "measure": "act_measure",
}
_KIND = {
    State.WAITING: "warning",
    State.APPROVED: "good",
    State.SENDING: "good",
    State.PAUSED: "warning",
    State.STOPPED: "bad",
}


def render_campaigns(session: Session) -> Html:
    """The open campaign, the rules, or the list."""
    office, view = session.stewardship.campaigns, session.campaigns
    if office is None:
        return Html("")
    if view.rules:
        return _rules(office, session)
    if not view.opened:
        return _list(office, session)
    try:
        shown = office.view(view.opened, session.user)
    except UserError as error:
        return element(
            "div",
            back(say(session.language, "all_campaigns"), "campaign-close"),
            fault(error.message.in_(session.language)),
        )
    return _campaign(shown, office, session)


# --- the list


def _list(office: CampaignOffice, session: Session) -> Html:
    language, rows = session.language, office.rows(session.user)
    told = fault(session.campaigns.told)
    rules = button(say(language, "campaign_rules"), "campaign-rules")
    if not rows:
        return element(
            "div",
            told,
            empty(say(language, "no_campaigns"), say(language, "no_campaigns_hint"), _brief(language)),
            element("p", rules, class_="row"),
            data_key="campaigns-empty",
        )
    heads = [
        (say(language, "campaign"), ""),
        (say(language, "campaign_state"), ""),
        (say(language, "campaign_channel"), ""),
        (say(language, "campaign_when"), ""),
        (say(language, "owner"), ""),
    ]
    return element(
        "div",
        element("div", element("h1", say(language, "campaigns")), rules, class_="row spread heading"),
        told,
        _brief(language),
        table(heads, [_row(row, office, language) for row in rows], say(language, "campaigns")),
        element("p", say(language, "also_campaigns"), class_="quiet"),
        data_key="campaigns-list",
    )


def _brief(language: Language) -> Html:
    """One sentence that drafts a campaign; the answer shows what it would do."""
    return element(
        "form",
        element(
            "label",
            say(language, "campaign_brief"),
            element(
                "input",
                name="text",
                type="text",
                maxlength="500",
                placeholder=say(language, "campaign_brief_hint"),
                autocomplete="off",
            ),
        ),
        element("button", say(language, "campaign_draft"), type="submit", class_="button primary"),
        class_="brief row fields",
        data_form="campaign-brief",
    )


def _row(row: CampaignRow, office: CampaignOffice, language: Language) -> Html:
    one = row.campaign
    waits = badge(say(language, "campaign_waits"), "warning") if row.to_approve else None
    sent = when(one.sent_at.astimezone(office.zone)) if one.sent_at else ""
    return element(
        "tr",
        element("th", button(one.name, "campaign-open", kind="link strong", data_ref=one.id), waits, scope="row"),
        element("td", _state(one, language)),
        element("td", channel_label(office, one, language)),
        element("td", sent, class_="date"),
        element("td", one.owner),
        data_key=f"campaign-{one.id}",
    )


def _state(campaign: Campaign, language: Language) -> Html:
    return badge(STATES[campaign.state].in_(language), _KIND.get(campaign.state, ""))


def channel_label(office: CampaignOffice, campaign: Campaign, language: Language) -> str:
    found = office.desk.outreach.channel(campaign.channel)
    return found.label.in_(language) if found is not None else campaign.channel or say(language, "only_a_list")


# --- one campaign


def _campaign(view: CampaignView, office: CampaignOffice, session: Session) -> Html:
    language, one = session.language, view.campaign
    problems = view.verdict.problems if view.verdict is not None else ()
    running = view.task is not None and view.task.open
    return element(
        "div",
        back(say(language, "all_campaigns"), "campaign-close"),
        element(
            "div",
            element("h1", one.name, " ", _state(one, language)),
            element("div", _acts(view, language), class_="row"),
            class_="row spread heading",
        ),
        None
        if problems
        else element("p", needed_next(one, session.user.name, (), office.zone).in_(language), class_="lead"),
        fault(session.campaigns.told),
        render_form(view, office, session),
        _work(view, language),
        _problems(problems, language),
        fault(view.fault.in_(language)) if view.fault is not None else None,
        render_numbers(view, office, session),
        _content(view, office, language),
        _history(view, office, language),
        data_key=f"campaign-{one.id}",
        data_watch="campaigns" if running else None,
        class_="campaign",
    )


def _acts(view: CampaignView, language: Language) -> list[Child]:
    """The next step first and most plain; the others beside it."""
    return [
        button(
            say(language, _ACTS[act]),
            "campaign-measure" if act == "measure" else "campaign-act",
            kind="primary" if at == 0 else "",
            data_ref=act,
            data_revision=str(view.campaign.revision),
        )
        for at, act in enumerate(view.acts)
    ]


def _work(view: CampaignView, language: Language) -> Html | None:
    task = view.task
    if task is None:
        return None
    if task.open:
        return element("section", progress(task, language), class_="panel", role="status")
    return element("p", task.message.in_(language), class_="quiet", role="status")


def _problems(problems: tuple[object, ...], language: Language) -> Html | None:
    if not problems:
        return None
    items = [element("li", one.in_(language)) for one in problems]  # type: ignore[attr-defined]  # texts
    return element(
        "section",
        element("h2", say(language, "to_solve"), class_="label"),
        element("ul", items, class_="attention problems"),
    )


def _content(view: CampaignView, office: CampaignOffice, language: Language) -> Html | None:
    campaign = view.campaign
    if not campaign.variants:
        return None
    if not any(variant.body.strip() for variant in campaign.variants):
        return element(
            "section", element("h2", say(language, "content")), element("p", say(language, "content_missing"))
        )
    who = {one.name: variant_for(one, campaign, office, language) for one in campaign.variants}
    shown: list[Child] = [
        element(
            "blockquote",
            element("strong", one.subject) if one.subject else None,
            element("p", one.body),
            element(
                "footer",
                who.get(one.variant, one.variant),
                " · ",
                say(language, "length", n=one.length.characters, parts=one.length.segments),
                class_="quiet",
            ),
        )
        for one in view.previews
    ] or [
        element(
            "blockquote",
            element("strong", variant.subject) if variant.subject else None,
            element("p", variant.body),
            element("footer", who[variant.name], class_="quiet"),
        )
        for variant in campaign.variants
    ]
    return element(
        "section",
        element("h2", say(language, "content_preview" if view.previews else "content")),
        shown,
        class_="previews",
    )


def _history(view: CampaignView, office: CampaignOffice, language: Language) -> Html:
    items = [
        element(
            "li",
            element("span", when(one.at.astimezone(office.zone)), class_="date quiet"),
            element("span", f"{one.by} {WHAT[one.what].in_(language)}"),
            element("span", one.note, class_="quiet") if one.note else None,
            class_="row",
        )
        for one in view.history
    ]
    return element(
        "details",
        element("summary", say(language, "what_happened")),
        element("ol", items, class_="history"),
        data_own="dropdown",
    )


# --- rules


def _rules(office: CampaignOffice, session: Session) -> Html:
    language, may = session.language, office.may_set_policies(session.user)
    rows = []
    for one in office.policies(session.user):
        act = "rule_off" if one.on else "rule_on"
        switch = button(say(language, act), "campaign-rule", kind="link", data_ref=one.id) if may else None
        change = (
            button(say(language, "rule_change"), "campaign-rule-open", kind="link", data_ref=one.id)
            if may and rule_fields(one.rule)
            else None
        )
        opened = may and session.campaigns.rule == one.id
        rows.append(
            element(
                "tr",
                element("th", said(one.rule).in_(language), render_rule(one, session) if opened else None, scope="row"),
                element(
                    "td", badge(say(language, "rule_is_on" if one.on else "rule_is_off"), "good" if one.on else "")
                ),
                element("td", _owner(one.owner, language), class_="owner"),
                element("td", when(one.updated_at.astimezone(office.zone)), class_="date"),
                element("td", element("div", change, switch, class_="row")),
                data_key=f"rule-{one.id}",
            )
        )
    heads = [
        (say(language, "rule"), ""),
        (say(language, "campaign_state"), ""),
        (say(language, "owner"), ""),
        (say(language, "updated"), ""),
        ("", ""),
    ]
    return element(
        "div",
        back(say(language, "all_campaigns"), "campaign-close"),
        element("h1", say(language, "campaign_rules")),
        element("p", say(language, "campaign_rules_hint"), class_="quiet"),
        fault(session.campaigns.told),
        table(heads, rows, say(language, "campaign_rules")),
        data_key="campaign-rules",
    )


def _owner(owner: str, language: Language) -> str:
    """Whose a rule is; the ones that a company starts with are nobody's."""
    return say(language, "rule_default") if owner == BY_DEFAULT else owner
