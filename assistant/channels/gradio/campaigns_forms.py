"""The forms of a campaign: what is planned, why it is rejected or stopped, and what customers answered."""

from __future__ import annotations

from assistant.channels.gradio.campaigns_state import CampaignsView
from assistant.channels.gradio.data_parts import fault
from assistant.channels.gradio.markup import Child, Html, button, element
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say
from assistant.outreach.office import CampaignOffice, CampaignView
from semantic_layer.errors import Language


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
    first = one.variants[0] if one.variants else None
    send_at = f"{one.send_at.astimezone(office.zone):%Y-%m-%dT%H:%M}" if one.send_at is not None else ""
    values = {
        "name": one.name,
        "subject": first.subject if first else "",
        "body": first.body if first else "",
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
        element("div", fields, class_="row fields"),
        _input("subject", say(language, "subject"), values),
        element(
            "label", say(language, "body"), element("textarea", values["body"], name="body", rows="4", maxlength="4000")
        ),
        fault(session.campaigns.fault),
        _buttons(say(language, "save_changes"), language),
        class_="panel campaign-form",
        data_form="campaign-edit",
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
