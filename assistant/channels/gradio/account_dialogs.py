"""What opens above the page about accounts and API keys: forms, confirmations, and secrets that are shown once."""

from __future__ import annotations

from typing import assert_never

from assistant.accounts.types import EVERY_DATA_SET, Grant, Scope
from assistant.channels.gradio.account_page import key_table
from assistant.channels.gradio.administering import data_set_title, role_label
from assistant.channels.gradio.frames import frame
from assistant.channels.gradio.keys import LIFETIMES
from assistant.channels.gradio.markup import Child, Html, button, element
from assistant.channels.gradio.office_state import (
    AccountDialog,
    IssueDialog,
    KeysDialog,
    ResetDialog,
    RevokeDialog,
    SecretDialog,
    Typed,
)
from assistant.channels.gradio.sections import render_code
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say
from semantic_layer.errors import Language

AboutAccounts = AccountDialog | ResetDialog | KeysDialog | IssueDialog | RevokeDialog | SecretDialog


def render_about_accounts(dialog: AboutAccounts, session: Session) -> Html:
    match dialog:
        case AccountDialog():
            return render_account_form(dialog, session)
        case ResetDialog():
            return render_reset(dialog, session.language)
        case KeysDialog():
            return render_keys(dialog, session)
        case IssueDialog():
            return render_issue(dialog, session.language)
        case RevokeDialog():
            return render_revoke(dialog, session.language)
        case SecretDialog():
            return render_secret(dialog, session.language)
        case unreachable:
            assert_never(unreachable)


def render_account_form(dialog: AccountDialog, session: Session) -> Html:
    """The form of a new account or of a change, with what somebody else changed meanwhile."""
    language, typed, base = session.language, dialog.typed, dialog.base
    body: list[Child] = [_meanwhile(dialog, language)]
    if base is None:
        body.append(_line("login", "login", typed.login, language, hint="login_hint", focus=True))
    body += [
        _line("name", "account_name", typed.name, language, focus=base is not None),
        _line("email", "email", typed.email, language),
        _grants(typed, session),
        element(
            "label",
            say(language, "identities"),
            element(
                "textarea", typed.identities, name="identities", rows="2", spellcheck="false",
                placeholder=say(language, "identities_hint"), class_="written",
            ),
        ),
        _flag("administrator", "is_administrator", "is_administrator_hint", language, on=typed.administrator),
    ]  # fmt: skip
    if base is None:
        title, submit = say(language, "account_new_title"), say(language, "account_create")
    else:
        title, submit = say(language, "account_edit_title", name=base.name or base.login), say(language, "save")
        body.append(_flag("active", "is_active", "is_active_hint", language, on=typed.active))
    return frame("account-save", title, body, submit, dialog.fault, language)


def _meanwhile(dialog: AccountDialog, language: Language) -> Html | None:
    if not dialog.meanwhile:
        return None
    return element(
        "div",
        element("p", say(language, "meanwhile")),
        element("ul", [element("li", line) for line in dialog.meanwhile]),
        element("p", say(language, "meanwhile_hint"), class_="quiet"),
        class_="reads",
        role="status",
    )


def _line(name: str, label: str, value: str, language: Language, *, hint: str = "", focus: bool = False) -> Html:
    return element(
        "label",
        say(language, label),
        element(
            "input", name=name, type="text", value=value, maxlength="200", autocomplete="off", spellcheck="false",
            placeholder=say(language, hint) if hint else None, autofocus=focus,
        ),
    )  # fmt: skip


def _flag(name: str, label: str, hint: str, language: Language, *, on: bool) -> Html:
    words = element(
        "span", element("span", say(language, label)), element("span", say(language, hint), class_="quiet under")
    )
    return element(
        "label", element("input", type="checkbox", name=name, value="yes", checked=on), words, class_="check top-line"
    )


def _grants(typed: Typed, session: Session) -> Html:
    """Roles as chips, for every data set first and then for each; a role that no policy has can only be taken away."""
    language = session.language
    places = [one.id for one in session.workspace.datasets]
    offered: dict[str, list[Grant]] = {
        name: [Grant(c.name, name) for c in session.office.roles(name)] for name in places
    }
    everywhere = dict.fromkeys(grant.role for grants in offered.values() for grant in grants)
    shown = {EVERY_DATA_SET: [Grant(role) for role in everywhere]} | (offered if len(places) > 1 else {})
    known = {grant for grants in shown.values() for grant in grants}
    for grant in typed.grants:
        if grant not in known:
            shown.setdefault(grant.data_set, []).append(grant)
    groups = [
        element(
            "fieldset",
            element("legend", say(language, "roles_in", where=data_set_title(session, name))),
            element("div", [_chip(grant, typed, session, known=grant in known) for grant in grants], class_="chips"),
        )
        for name, grants in shown.items()
        if grants
    ]
    return element("div", groups, class_="stack grants")


def _chip(grant: Grant, typed: Typed, session: Session, *, known: bool) -> Html:
    language = session.language
    value = f"{grant.data_set} {grant.role}"
    unknown = None if known else element("span", say(language, "role_unknown"), class_="badge bad")
    return element(
        "label",
        element("input", type="checkbox", name="grant", value=value, checked=grant in typed.grants, class_="unseen"),
        element("span", role_label(session, grant), class_="words"),
        unknown,
        class_="chip pick",
        title=_description(grant, session),
    )


def _description(grant: Grant, session: Session) -> str | None:
    places = [one.id for one in session.workspace.datasets if grant.data_set in (EVERY_DATA_SET, one.id)]
    cards = [card for name in places for card in session.office.roles(name) if card.name == grant.role]
    return (cards[0].description.in_(session.language) or None) if cards else None


def render_reset(dialog: ResetDialog, language: Language) -> Html:
    title = say(language, "reset_title", who=dialog.name or dialog.login)
    note = element("p", say(language, "reset_note"))
    return frame("reset", title, note, say(language, "reset_password"), dialog.fault, language)


def render_keys(dialog: KeysDialog, session: Session) -> Html:
    """The keys of somebody else, for an administrator."""
    language = session.language
    keys = session.access.keys(dialog.login, by=session.account)
    body = key_table(keys, session) if keys else element("p", say(language, "no_keys"), class_="quiet")
    return element(
        "dialog",
        element("h2", say(language, "keys_of", who=dialog.login), id="dialog-title"),
        element("div", body, class_="scroller" if keys else "nothing"),
        element("div", button(say(language, "close"), "dialog-close"), class_="row buttons"),
        aria_labelledby="dialog-title",
        data_key="keys",
        class_="wide",
    )


def render_issue(dialog: IssueDialog, language: Language) -> Html:
    scopes = [
        element(
            "label",
            element("input", type="checkbox", name="scope", value=scope.value, checked=scope.value in dialog.scopes),
            say(language, f"scope_{scope.value}"),
            class_="check",
        )
        for scope in Scope
    ]
    ends = [
        element(
            "option",
            say(language, "key_expires_in", n=days) if days else say(language, "key_expires_never"),
            value=days,
            selected=days == dialog.days,
        )
        for days in LIFETIMES
    ]
    body: list[Child] = [
        _line("label", "key_label", dialog.label, language, hint="key_label_hint", focus=True),
        element("fieldset", element("legend", say(language, "key_scopes")), element("div", scopes, class_="stack")),
        element("label", say(language, "key_expires"), element("select", ends, name="days")),
    ]
    return frame("key-issue", say(language, "issue_title"), body, say(language, "issue"), dialog.fault, language)


def render_revoke(dialog: RevokeDialog, language: Language) -> Html:
    title = say(language, "revoke_title", label=dialog.key.label)
    note = element("p", say(language, "revoke_note"))
    return frame("key-revoke", title, note, say(language, "revoke"), dialog.fault, language)


def render_secret(dialog: SecretDialog, language: Language) -> Html:
    """A password or key, once, with a button that copies it."""
    return element(
        "dialog",
        element("h2", say(language, dialog.title, who=dialog.who), id="dialog-title"),
        element("p", say(language, dialog.note)),
        render_code(dialog.secret, language),
        element("div", button(say(language, "done"), "dialog-close", kind="primary"), class_="row buttons"),
        aria_labelledby="dialog-title",
        data_key="secret",
        class_="secret",
    )
