"""The page for administrators: accounts with their roles, and what each role may see."""

from __future__ import annotations

from typing import assert_never

from assistant.accounts.types import EVERY_DATA_SET, Account, Grant
from assistant.channels.gradio.administering import data_set_title, role_label
from assistant.channels.gradio.markup import Html, button, element, join
from assistant.channels.gradio.office_state import ADMIN_TABS
from assistant.channels.gradio.review_page import when
from assistant.channels.gradio.roles_page import render_roles
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.tables import SHOWN_ROWS
from assistant.channels.gradio.words import say, say_count
from semantic_layer.errors import Language


def render_admin(session: Session) -> Html:
    """The open tab, for administrators."""
    language = session.language
    if not session.account.administrator:
        return element("p", say(language, "administrators_only"), class_="quiet")
    match session.admin.tab:
        case "accounts":
            body = _accounts(session)
        case "roles":
            body = render_roles(session)
        case unreachable:
            assert_never(unreachable)
    return join(element("h1", say(language, "admin")), _tabs(session), body)


def _tabs(session: Session) -> Html:
    language = session.language
    tabs = [
        element(
            "button",
            say(language, f"tab_{tab}"),
            type="button",
            data_act="admin-tab",
            data_ref=tab,
            aria_current="true" if session.admin.tab == tab else None,
        )
        for tab in ADMIN_TABS
    ]
    return element("nav", tabs, class_="tabs", aria_label=say(language, "admin_tabs"))


def _accounts(session: Session) -> Html:
    language, words = session.language, session.admin.search
    accounts = session.access.accounts(by=session.account)
    if not accounts:
        return element(
            "div",
            element("h2", say(language, "no_accounts")),
            element("p", say(language, "open_mode_hint"), class_="quiet"),
            class_="empty",
        )
    kept = [one for one in accounts if _fits(one, words.casefold(), session)]
    bar = element(
        "div",
        element(
            "input",
            type="search",
            value=words,
            placeholder=say(language, "search_accounts"),
            aria_label=say(language, "search_label"),
            data_input="admin-search",
            autocomplete="off",
        ),
        button(say(language, "new_account"), "account-new", kind="primary"),
        class_="row spread",
    )
    if not kept:
        nothing = element(
            "div",
            element("h2", say(language, "no_such_account", search=words)),
            button(say(language, "clear_search"), "admin-clear"),
            class_="empty",
        )
        return join(bar, nothing)
    said = say_count(language, "found_accounts", len(kept))
    if len(kept) > SHOWN_ROWS:
        said = say(language, "rows_shown", shown=SHOWN_ROWS, total=f"{len(kept):,}")
    count = element("p", said, class_="quiet count-line", role="status")
    return join(bar, count, element("div", _table(kept[:SHOWN_ROWS], session), class_="scroller"))


def _fits(account: Account, words: str, session: Session) -> bool:
    roles = (f"{grant.role} {role_label(session, grant)}" for grant in account.grants)
    return words in " ".join((account.login, account.name, account.email, *account.identities, *roles)).casefold()


def _table(accounts: list[Account], session: Session) -> Html:
    language = session.language
    heads = [element("th", say(language, key), scope="col") for key in ("person", "roles", "status", "seen_last")]
    heads.append(element("th", element("span", say(language, "actions"), class_="unseen"), scope="col"))
    return element(
        "table",
        element("caption", say(language, "tab_accounts"), class_="unseen"),
        element("thead", element("tr", heads)),
        element("tbody", [_row(one, session) for one in accounts]),
        class_="list accounts",
    )


def _row(account: Account, session: Session) -> Html:
    language = session.language
    seen = when(account.last_seen_at) if account.last_seen_at is not None else say(language, "never_seen")
    actions = [
        button(say(language, key), act, kind="link", data_ref=account.login)
        for key, act in (("edit", "account-edit"), ("reset_password", "reset-open"), ("person_keys", "keys-open"))
        if act != "reset-open" or account.active
    ]
    name = button(account.name or account.login, "account-edit", kind="link strong", data_ref=account.login)
    under = " · ".join(part for part in (account.login, account.email) if part)
    return element(
        "tr",
        element("th", name, element("span", under, class_="quiet under"), scope="row"),
        element("td", _roles(account, session), class_="words"),
        element("td", _state(account, language), class_="state"),
        element("td", seen, class_="date"),
        element(
            "td",
            element(
                "div", actions, class_="row", role="group", aria_label=say(language, "actions_of", name=account.name)
            ),
        ),
        class_="closed" if not account.active else None,
        data_key=f"account-{account.login}",
    )


def _roles(account: Account, session: Session) -> Html:
    """Roles in each data set; the data set is named where there is more than one."""
    language = session.language
    if not account.grants:
        return element("span", say(language, "role_none"), class_="quiet")
    single = len(session.workspace.datasets) == 1
    chips = [
        element("span", _label(grant, session), None if single else _where(grant, session), class_="badge role")
        for grant in account.grants
    ]
    return element("div", chips, class_="chips")


def _label(grant: Grant, session: Session) -> str:
    return role_label(session, grant)


def _where(grant: Grant, session: Session) -> Html | None:
    if grant.data_set == EVERY_DATA_SET:
        return None
    return element("span", f" · {data_set_title(session, grant.data_set)}", class_="where")


def _state(account: Account, language: Language) -> Html:
    state = "state_active" if account.active else "state_closed"
    marks = [element("span", say(language, "administrator"), class_="badge")] if account.administrator else []
    if account.active and account.must_change_password:
        marks.append(element("span", say(language, "state_first_password"), class_="badge"))
    return join(element("span", say(language, state), class_="what" if account.active else "quiet"), marks)
