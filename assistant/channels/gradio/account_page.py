"""The page about oneself: who one is here, which roles one has, and one's API keys."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.accounts.types import ApiKey
from assistant.channels.gradio.administering import grant_in_words, role_label
from assistant.channels.gradio.markup import Child, Html, button, element, join
from assistant.channels.gradio.review_page import when
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say


def render_account(session: Session) -> Html:
    """Facts about the account, then its keys."""
    return join(element("h1", say(session.language, "account")), _facts(session), _keys(session))


def _facts(session: Session) -> Html:
    language, account = session.language, session.account
    single = len(session.workspace.datasets) == 1
    roles = [role_label(session, one) if single else grant_in_words(one, session) for one in account.grants]
    lines = [
        ("login", account.login),
        ("account_name", account.name),
        ("email", account.email or "–"),
        ("roles", say(language, "list_comma").join(roles) or say(language, "role_none")),
    ]
    if account.administrator:
        lines.append(("is_administrator", say(language, "yes")))
    pairs = [(element("dt", say(language, key)), element("dd", value)) for key, value in lines]
    return element("dl", pairs, class_="facts")


def _keys(session: Session) -> Html:
    language = session.language
    head = element("h2", say(language, "keys_title"))
    if session.access.local is not None:
        return element(
            "section", head, element("p", say(language, "keys_need_accounts"), class_="quiet"), class_="keys"
        )
    keys = session.access.keys(session.account.login, by=session.account)
    new = button(say(language, "new_key"), "key-issue-open", kind="primary")
    return element(
        "section",
        element("div", head, new, class_="row spread"),
        element("p", say(language, "keys_lead"), class_="quiet"),
        element("div", key_table(keys, session), class_="scroller")
        if keys
        else element("p", say(language, "no_keys"), class_="nothing"),
        class_="keys",
    )


def key_table(keys: Sequence[ApiKey], session: Session) -> Html:
    """Keys, newest first, those in use with a button that revokes."""
    language = session.language
    names = ("key_label", "key_scopes", "key_expires", "key_last_used", "status")
    heads: list[Child] = [element("th", say(language, key), scope="col") for key in names]
    heads.append(element("th", element("span", say(language, "actions"), class_="unseen"), scope="col"))
    rows = [_row(key, session) for key in sorted(keys, key=lambda one: one.created_at, reverse=True)]
    return element(
        "table",
        element("caption", say(language, "keys_title"), class_="unseen"),
        element("thead", element("tr", heads)),
        element("tbody", rows),
        class_="list api-keys",
    )


def _row(key: ApiKey, session: Session) -> Html:
    language = session.language
    scopes = say(language, "list_comma").join(say(language, f"scope_{scope.value}") for scope in key.scopes)
    ends = key.expires_at.date().isoformat() if key.expires_at is not None else say(language, "key_expires_never")
    used = when(key.last_used_at) if key.last_used_at is not None else say(language, "never_used")
    state = _state(key, session)
    revoke = None
    if key.revoked_at is None:
        revoke = button(say(language, "revoke"), "key-revoke-open", kind="link", data_ref=key.id)
    return element(
        "tr",
        element("th", key.label, element("span", f"{key.hint}…", class_="quiet under mono"), scope="row"),
        element("td", scopes, class_="words"),
        element("td", ends, class_="date"),
        element("td", used, class_="date"),
        element("td", say(language, state), class_="state" if state == "key_active" else "state quiet"),
        element("td", element("div", revoke, class_="row") if revoke is not None else None),
        data_key=f"key-{key.id}",
    )


def _state(key: ApiKey, session: Session) -> str:
    if key.revoked_at is not None:
        return "key_is_revoked"
    over = key.expires_at is not None and key.expires_at <= session.clock()
    return "key_expired" if over else "key_active"
