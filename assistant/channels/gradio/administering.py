"""What an administrator can do with accounts. Every action looks at the right again; nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import cast

from assistant.accounts.types import EVERY_DATA_SET, Account, ChangedMeanwhileError, Grant
from assistant.channels.gradio.asking import Action, GoneError
from assistant.channels.gradio.office_state import (
    ADMIN_TABS,
    AccountDialog,
    AdminTab,
    ResetDialog,
    SecretDialog,
    Typed,
)
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.watching import administrator
from assistant.channels.gradio.words import WORDS, say
from semantic_layer.errors import Language, UserError


def open_tab(session: Session, payload: Payload) -> Iterator[None]:
    administrator(session)
    if payload.text("ref") not in ADMIN_TABS:
        raise GoneError
    session.admin.tab = cast("AdminTab", payload.text("ref"))
    yield


def search(session: Session, payload: Payload) -> Iterator[None]:
    administrator(session)
    session.admin.search = payload.text("text").strip()
    yield


def clear_search(session: Session, _: Payload) -> Iterator[None]:
    administrator(session)
    session.admin.search = ""
    yield


def open_new(session: Session, _: Payload) -> Iterator[None]:
    administrator(session)
    session.dialog = AccountDialog(typed=Typed())
    yield


def open_edit(session: Session, payload: Payload) -> Iterator[None]:
    base = found(session, payload.text("ref"))
    session.dialog = AccountDialog(typed=typed_of(base), base=base)
    yield


def save(session: Session, payload: Payload) -> Iterator[None]:
    by, dialog = administrator(session), session.dialog
    if not isinstance(dialog, AccountDialog):
        raise GoneError
    dialog = AccountDialog(typed=_typed(payload, dialog), base=dialog.base)
    try:
        if dialog.base is None:
            _create(session, dialog.typed, by)
        else:
            _update(session, dialog.typed, dialog.base, by)
    except ChangedMeanwhileError as error:
        session.dialog = _beside(session, dialog, error)
    except UserError as error:
        session.dialog = replace(dialog, fault=error.message.in_(session.language))
    yield


def _create(session: Session, typed: Typed, by: Account) -> None:
    account, password = session.access.create(
        typed.login,
        name=typed.name,
        grants=typed.grants,
        by=by,
        email=typed.email,
        identities=_lines(typed.identities),
        administrator=typed.administrator,
    )
    session.admin.search = ""
    session.dialog = SecretDialog(title="account_made", note="password_once", who=account.login, secret=password)


def _update(session: Session, typed: Typed, base: Account, by: Account) -> None:
    changed = session.access.update(
        replace(
            base,
            name=typed.name,
            email=typed.email,
            identities=_lines(typed.identities),
            grants=typed.grants,
            administrator=typed.administrator,
            active=typed.active,
        ),
        by=by,
    )
    session.dialog = None
    session.notify(say(session.language, "account_saved", name=changed.name or changed.login))


def _beside(session: Session, dialog: AccountDialog, error: ChangedMeanwhileError) -> AccountDialog:
    """The form over the account as it is now: what was typed stays, what was not touched follows the other change."""
    base = dialog.base
    if base is None:
        raise GoneError
    stored = found(session, base.login)
    before, now, typed = typed_of(base), typed_of(stored), dialog.typed
    merged = Typed(
        login=now.login,
        name=now.name if typed.name == before.name else typed.name,
        email=now.email if typed.email == before.email else typed.email,
        identities=now.identities if typed.identities == before.identities else typed.identities,
        grants=now.grants if set(typed.grants) == set(before.grants) else typed.grants,
        administrator=now.administrator if typed.administrator == before.administrator else typed.administrator,
        active=now.active if typed.active == before.active else typed.active,
    )
    said = error.message.in_(session.language)
    return AccountDialog(typed=merged, base=stored, meanwhile=_changes(before, now, session), fault=said)


def _changes(before: Typed, now: Typed, session: Session) -> tuple[str, ...]:
    """One line for each thing that is no longer as it was."""
    language = session.language
    shown = [
        ("account_name", before.name, now.name),
        ("email", before.email, now.email),
        ("identities", before.identities, now.identities),
        ("roles", grants_in_words(before.grants, session), grants_in_words(now.grants, session)),
        ("is_administrator", _yes(before.administrator, language), _yes(now.administrator, language)),
        ("is_active", _yes(before.active, language), _yes(now.active, language)),
    ]
    return tuple(
        say(language, "changed_from", what=say(language, key), old=old or "–", new=new or "–")
        for key, old, new in shown
        if old != new
    )


def grants_in_words(grants: tuple[Grant, ...], session: Session) -> str:
    """Roles with the data set they are for."""
    return say(session.language, "list_comma").join(grant_in_words(one, session) for one in grants)


def grant_in_words(grant: Grant, session: Session) -> str:
    where = data_set_title(session, grant.data_set)
    return say(session.language, "role_in", role=role_label(session, grant), where=where)


def role_label(session: Session, grant: Grant) -> str:
    """What a role is called; a role that no policy defines by its name."""
    sets = [one.id for one in session.workspace.datasets if grant.data_set in (EVERY_DATA_SET, one.id)]
    cards = [card for name in sets for card in session.office.roles(name) if card.name == grant.role]
    return cards[0].label.in_(session.language) if cards else grant.role


def data_set_title(session: Session, data_set: str) -> str:
    if data_set == EVERY_DATA_SET:
        return say(session.language, "every_data_set")
    titles = {one.id: one.title.in_(session.language) for one in session.workspace.datasets}
    return titles.get(data_set, data_set)


def _yes(value: bool, language: Language) -> str:  # noqa: FBT001  # the value itself is what is said
    return say(language, "yes" if value else "no")


def open_reset(session: Session, payload: Payload) -> Iterator[None]:
    account = found(session, payload.text("ref"))
    session.dialog = ResetDialog(login=account.login, name=account.name)
    yield


def reset(session: Session, _: Payload) -> Iterator[None]:
    by, dialog = administrator(session), session.dialog
    if not isinstance(dialog, ResetDialog):
        raise GoneError
    try:
        password = session.access.reset_password(dialog.login, by=by)
    except UserError as error:
        session.dialog = replace(dialog, fault=error.message.in_(session.language))
    else:
        session.dialog = SecretDialog(title="password_reset", note="password_once", who=dialog.login, secret=password)
    yield


def found(session: Session, login: str) -> Account:
    """An account, active or closed, for an administrator."""
    accounts = session.access.accounts(by=administrator(session))
    account = next((one for one in accounts if one.login == login), None)
    if account is None:
        raise UserError(WORDS["account_gone"])
    return account


def typed_of(account: Account) -> Typed:
    """The form as it stands for an account that nobody has changed yet."""
    return Typed(
        login=account.login,
        name=account.name,
        email=account.email,
        identities="\n".join(account.identities),
        grants=account.grants,
        administrator=account.administrator,
        active=account.active,
    )


def _typed(payload: Payload, dialog: AccountDialog) -> Typed:
    chosen = (value.partition(" ") for value in payload.texts("grant"))
    return Typed(
        login=dialog.base.login if dialog.base is not None else payload.text("login").strip(),
        name=payload.text("name").strip(),
        email=payload.text("email").strip(),
        identities="\n".join(_lines(payload.text("identities"))),
        grants=tuple(Grant(role=role, data_set=data_set) for data_set, _, role in chosen if data_set and role),
        administrator=payload.text("administrator") == "yes",
        active=payload.text("active") == "yes" or dialog.base is None,
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "admin-tab": open_tab,
        "admin-search": search,
        "admin-clear": clear_search,
        "account-new": open_new,
        "account-edit": open_edit,
        "account-save": save,
        "reset-open": open_reset,
        "reset": reset,
    }
)
