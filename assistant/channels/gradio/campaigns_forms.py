"""The forms of a campaign: what is planned, why it is rejected or stopped, and what customers answered."""

from __future__ import annotations

from assistant.channels.gradio.campaigns_state import CampaignsView
from assistant.channels.gradio.data_parts import fault
from assistant.channels.gradio.markup import Child, Html, button, element
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say
from assistant.outreach.office import CampaignOffice, CampaignView
from assistant.outreach.rule_form import rule_fields
from assistant.outreach.wishes import Choice
from semantic_layer.errors import Language
from tools.campaigns.store import PolicyRow
from tools.campaigns.types import Campaign, Variant


def render_form(view: CampaignView, office: CampaignOffice, session: Session) -> Html | None:
    """The form that is open, with what was typed into it."""
    open_, language = session.campaigns, session.language
    match open_.form:
        case "edit":
            return _edit(view, office, session)
        case "reject":
            return _reason("campaign-reject", say(language, "act_reject"), open_, language)
        case "stop":
            return _reason("campaign-stop", say(language, "act_stop"), open_, language)
        case "responses":
            return _responses(open_, language)
        case _:
            sent = view.campaign.sent_at is not None
            return (
                element("p", button(say(language, "responses"), "campaign-form", kind="link", data_ref="responses"))
                if sent
                else None
            )


def _edit(view: CampaignView, office: CampaignOffice, session: Session) -> Html:
    one, language, typed = view.campaign, session.language, session.campaigns.typed
    send_at = f"{one.send_at.astimezone(office.zone):%Y-%m-%dT%H:%M}" if one.send_at is not None else ""
    values = {
        "name": one.name,
        "holdout": f"{one.holdout * 100:g}",
        "reason": one.no_holdout_reason,
        "spare_days": str(one.spare_days),
        "send_at": send_at,
        "budget": f"{one.budget:g}" if one.budget is not None else "",
        "priority": str(one.priority),
        "channel": one.channel,
        "destination": one.destination,
        **typed,
    }
    desk = office.desk
    channels = [(channel.name, channel.label.in_(language)) for channel in desk.outreach.channels]
    places = [(name, place.label.in_(language)) for name, place in desk.destinations.items()]
    fields: list[Child] = [
        _input("name", say(language, "campaign"), values),
        _select("channel", say(language, "campaign_channel"), channels, values["channel"]),
        _select("destination", say(language, "goes_to"), places, values["destination"]),
        _input("holdout", say(language, "holdout_percent"), values),
        _input("reason", say(language, "holdout_reason"), values),
        _input("spare_days", say(language, "spare_days"), values),
        _input("send_at", say(language, "send_at"), values, kind="datetime-local"),
        _input("budget", say(language, "budget"), values),
        _input("priority", say(language, "priority"), values),
    ]
    return element(
        "form",
        element("input", type="hidden", name="revision", value=str(one.revision)),
        element("input", type="hidden", name="variants", value=str(len(one.variants))),
        element("div", fields, class_="fields"),
        [_variant(at, one, office, session) for at in range(len(one.variants))],
        _one_more(office, session),
        fault(session.campaigns.fault),
        _buttons(say(language, "save_changes"), language),
        class_="panel campaign-form",
        data_form="campaign-edit",
    )


def _variant(at: int, campaign: Campaign, office: CampaignOffice, session: Session) -> Html:
    """One variant: for whom it is, its words, and a way to take it out where another one stays."""
    language, typed, one = session.language, session.campaigns.typed, campaign.variants[at]
    values = {f"subject{at}": one.subject, f"body{at}": one.body, **typed}
    remove = element(
        "label",
        element("input", type="checkbox", name=f"remove{at}", value="yes", checked=bool(values.get(f"remove{at}"))),
        say(language, "variant_remove"),
        class_="tick",
    )
    mails = any(
        channel.name == campaign.channel and channel.kind == "email" for channel in office.desk.outreach.channels
    )
    return element(
        "fieldset",
        element("legend", variant_for(one, campaign, office, language)),
        _input(f"subject{at}", say(language, "subject"), values) if mails or one.subject else None,
        element(
            "label",
            say(language, "body"),
            element("textarea", values[f"body{at}"], name=f"body{at}", rows="4", maxlength="4000"),
        ),
        remove if len(campaign.variants) > 1 else None,
    )


def variant_for(one: Variant, campaign: Campaign, office: CampaignOffice, language: Language) -> str:
    """Whom a variant is for, in words."""
    if one.where is not None:
        return say(language, "variant_for", who=office.condition(one.where, language))
    return say(language, "variant_all" if len(campaign.variants) == 1 else "variant_rest")


def _one_more(office: CampaignOffice, session: Session) -> Html:
    """One more variant, for those with one value of a tag."""
    language, chosen = session.language, session.campaigns.typed.get("also_for", "")
    groups: dict[str, list[Choice]] = {}
    for one in office.choices(session.user):
        groups.setdefault(one.group.in_(language), []).append(one)
    options: list[Child] = [element("option", say(language, "variant_none"), value="")]
    options += [
        element(
            "optgroup",
            [
                element("option", one.label.in_(language), value=one.name, selected=one.name == chosen)
                for one in choices
            ],
            label=group,
        )
        for group, choices in groups.items()
    ]
    return element(
        "label", say(language, "variant_add"), element("select", options, name="also_for"), class_="one-more"
    )


def render_rule(row: PolicyRow, session: Session) -> Html:
    """The numbers of a rule, with what was typed into them."""
    view, language = session.campaigns, session.language
    inputs: list[Child] = []
    for one in rule_fields(row.rule):
        values = {one.name: one.value, **view.typed}
        kind = "time" if one.name in ("start", "end") else "text"
        inputs.append(_input(one.name, one.label.in_(language), values, kind=kind))
    return element(
        "form",
        element("div", inputs, class_="fields"),
        fault(view.fault),
        element(
            "div",
            element("button", say(language, "save_changes"), type="submit", class_="button primary"),
            button(say(language, "cancel"), "campaign-rule-open", kind="link", data_ref=row.id),
            class_="row",
        ),
        class_="campaign-form",
        data_form="campaign-rule-set",
    )


def _reason(form: str, label: str, view: CampaignsView, language: Language) -> Html:
    return element(
        "form",
        _input("note", say(language, "your_reason"), view.typed),
        fault(view.fault),
        _buttons(label, language),
        class_="panel campaign-form",
        data_form=form,
    )


def _responses(view: CampaignsView, language: Language) -> Html:
    return element(
        "form",
        element("p", say(language, "responses_hint"), class_="quiet"),
        element(
            "label",
            say(language, "responses"),
            element("textarea", view.typed.get("rows", ""), name="rows", rows="8", spellcheck="false"),
        ),
        fault(view.fault),
        _buttons(say(language, "responses_take"), language),
        class_="panel campaign-form",
        data_form="campaign-responses",
    )


def _buttons(label: str, language: Language) -> Html:
    return element(
        "div",
        element("button", label, type="submit", class_="button primary"),
        button(say(language, "cancel"), "campaign-form", kind="link", data_ref=""),
        class_="row",
    )


def _input(name: str, label: str, values: dict[str, str], *, kind: str = "text") -> Html:
    return element(
        "label",
        label,
        element("input", name=name, type=kind, value=values.get(name, ""), autocomplete="off", maxlength="400"),
    )


def _select(name: str, label: str, choices: list[tuple[str, str]], chosen: str) -> Html:
    options = [element("option", words, value=value, selected=value == chosen) for value, words in choices]
    return element("label", label, element("select", options, name=name))
