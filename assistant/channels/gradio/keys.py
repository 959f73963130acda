"""What people can do with API keys: issue and revoke their own, and as an administrator revoke those of others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from assistant.accounts.types import ApiKey, Scope
from assistant.channels.gradio.asking import Action, GoneError
from assistant.channels.gradio.office_state import IssueDialog, KeysDialog, RevokeDialog, SecretDialog
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.watching import administrator
from assistant.channels.gradio.words import WORDS, say
from semantic_layer.errors import UserError

LIFETIMES: Final = (30, 90, 365, 0)  # days that are offered; 0 is never


def open_issue(session: Session, _: Payload) -> Iterator[None]:
    session.dialog = IssueDialog()
    yield


def issue(session: Session, payload: Payload) -> Iterator[None]:
    if not isinstance(session.dialog, IssueDialog):
        raise GoneError
    dialog = IssueDialog(
        label=payload.text("label").strip(), scopes=payload.texts("scope"), days=payload.number("days")
    )
    try:
        key, secret = _issued(session, dialog)
    except UserError as error:
        session.dialog = replace(dialog, fault=error.message.in_(session.language))
    else:
        session.dialog = SecretDialog(title="key_issued", note="key_once", who=key.label, secret=secret)
    yield


def _issued(session: Session, dialog: IssueDialog) -> tuple[ApiKey, str]:
    scopes = [scope for scope in Scope if scope.value in dialog.scopes]
    if not dialog.label:
        raise UserError(WORDS["label_needed"])
    if not scopes:
        raise UserError(WORDS["scope_needed"])
    if dialog.days not in LIFETIMES:
        raise GoneError
    ends = session.clock() + timedelta(days=dialog.days) if dialog.days else None
    account = session.account
    return session.access.issue_key(account.login, dialog.label, scopes, expires_at=ends, by=account)


def open_revoke(session: Session, payload: Payload) -> Iterator[None]:
    """Ask once more: a revoked key never comes back."""
    back = session.dialog.login if isinstance(session.dialog, KeysDialog) else ""
    key = _key(session, back, payload.text("ref"))
    session.dialog = RevokeDialog(key=key, back=back)
    yield


def revoke(session: Session, _: Payload) -> Iterator[None]:
    dialog = session.dialog
    if not isinstance(dialog, RevokeDialog):
        raise GoneError
    if dialog.back:
        administrator(session)
    try:
        session.access.revoke_key(dialog.key.id, by=session.account)
    except UserError as error:
        session.dialog = replace(dialog, fault=error.message.in_(session.language))
    else:
        session.dialog = KeysDialog(login=dialog.back) if dialog.back else None
        session.notify(say(session.language, "key_revoked", label=dialog.key.label))
    yield


def open_keys(session: Session, payload: Payload) -> Iterator[None]:
    """The keys of another person."""
    account = administrator(session)
    login = payload.text("ref")
    if login not in {one.login for one in session.access.accounts(by=account)}:
        raise GoneError
    session.dialog = KeysDialog(login=login)
    yield


def _key(session: Session, login: str, key_id: str) -> ApiKey:
    if login:
        administrator(session)
    keys = session.access.keys(login or session.account.login, by=session.account)
    found = next((one for one in keys if one.id == key_id and one.revoked_at is None), None)
    if found is None:
        raise GoneError
    return found


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "key-issue-open": open_issue,
        "key-issue": issue,
        "key-revoke-open": open_revoke,
        "key-revoke": revoke,
        "keys-open": open_keys,
    }
)
