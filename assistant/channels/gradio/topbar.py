"""The bar at the top: where one is, which data, which language, who is signed in."""

from __future__ import annotations

from assistant.channels.gradio.data_tasks import render_tasks
from assistant.channels.gradio.markup import Html, element, join
from assistant.channels.gradio.session import Page, Session
from assistant.channels.gradio.words import say
from assistant.outreach.office import CampaignOffice
from assistant.stewardship.port import SourcesPort
from semantic_layer.errors import NotAllowedError, UserError

PAGES: tuple[Page, ...] = (
    "ask",
    "segments",
    "campaigns",
    "customers",
    "catalogue",
    "data",
    "models",
    "boards",
    "review",
)
OFFICE: tuple[Page, ...] = ("insights", "admin")  # for administrators


def pages_of(session: Session) -> tuple[Page, ...]:
    """All pages that a person may open; `account` is reached by the menu under the name.

    Pages of data owners are those that the open data set has ports for.
    """
    ports, absent = session.stewardship, set[Page]()
    if ports.people is None:
        absent.add("customers")
    if ports.sources is None or not _concerns(ports.sources, session):
        absent.add("data")
    if ports.boards is None or not session.user.roles:
        absent.add("boards")
    if ports.models is None or not ports.models.may_see(session.user):
        absent.add("models")
    if ports.campaigns is None or not _campaigns_concern(ports.campaigns, session):
        absent.add("campaigns")
    pages = tuple(page for page in PAGES if page not in absent)
    return (*pages, *(OFFICE if session.account.administrator else ()), "account")


def _campaigns_concern(office: CampaignOffice, session: Session) -> bool:
    try:
        return office.concerns(session.user)
    except UserError:  # without a role, or where there are no campaigns
        return False


def _concerns(sources: SourcesPort, session: Session) -> bool:
    try:
        return sources.concerns(session.user)
    except NotAllowedError:  # a person without a role here sees no pages of this data set
        return False


def render_top(session: Session) -> Html:
    """Names of the pages that exist, the open data set and how recent it is, the language switch, and the person."""
    language = session.language
    pages = [
        element(
            "button",
            say(language, page),
            type="button",
            class_="page",
            data_act="page",
            data_ref=page,
            aria_current="page" if session.page == page else None,
        )
        for page in pages_of(session)
        if page != "account"
    ]
    return join(
        element("a", say(language, "skip"), href="#question", class_="skip"),
        element("span", say(language, "brand"), class_="brand"),
        element("nav", pages, aria_label=say(language, "navigation")),
        element("div", render_tasks(session), _model(session), _data(session), class_="about"),
        element(
            "button",
            say(language, "other_language"),
            type="button",
            class_="page language",
            data_act="language",
            data_ref="en" if language == "zh" else "zh",
            aria_label=say(language, "other_language_long"),
            title=say(language, "other_language_long"),
        ),
        _person(session),
    )


def _person(session: Session) -> Html:
    """The menu under the name; on a machine without accounts only that nobody had to sign in."""
    language, account = session.language, session.account
    if session.access.local is not None:
        return element("span", say(language, "open_mode"), class_="quiet person", title=say(language, "open_mode_hint"))
    sign_out = element(
        "form",
        element("input", type="hidden", name="form_token", value=session.form_token),
        element("button", say(language, "sign_out"), type="submit"),
        method="post",
        action="/sign-out",
    )
    here = "page" if session.page == "account" else None
    keys = element(
        "button", say(language, "api_keys"), type="button", data_act="page", data_ref="account", aria_current=here
    )
    choices = [keys, element("a", say(language, "change_password"), href="/password") if account.has_password else None]
    return element(
        "details",
        element("summary", account.name, aria_label=say(language, "signed_in_as", name=account.name)),
        element("div", choices, sign_out, class_="menu at-end"),
        class_="dropdown person",
        data_own="dropdown",
    )


def _model(session: Session) -> Html:
    """Who reads questions here, and whether the language model is ready or why not."""
    language = session.language
    status = session.assistant.model_status()
    said = f"{say(language, f'mode_{status.mode}')} · {status.said.in_(language)}"
    return element("span", said, class_="quiet model" if status.ready else "quiet model off", title=said)


def _data(session: Session) -> Html:
    language = session.language
    title = session.assistant.title.in_(language)
    until = element("span", say(language, "data_until", date=session.assistant.as_of.isoformat()), class_="quiet until")
    if len(session.datasets) < 2:
        return join(element("span", title, class_="dataset"), until)
    choices = [
        element(
            "button",
            dataset.title.in_(language),
            type="button",
            role="menuitemradio",
            aria_checked="true" if dataset.id == session.dataset else "false",
            data_act="dataset",
            data_ref=dataset.id,
        )
        for dataset in session.datasets
    ]
    menu = element(
        "details",
        element("summary", title, aria_label=f"{say(language, 'dataset')}: {title}"),
        element("div", choices, class_="menu at-end", role="menu"),
        class_="dropdown dataset",
        data_own="dropdown",
    )
    return join(menu, until)
