"""What an administrator can do on the insights page. Every action looks at the right again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from assistant.accounts.types import Account
from assistant.channels.gradio.asking import Action, GoneError
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import WORDS
from assistant.observability.insights import PERIODS, first_moment, insights
from semantic_layer.errors import NotAllowedError


def administrator(session: Session) -> Account:
    """The person, if they may administer."""
    if not session.account.administrator:
        raise NotAllowedError(WORDS["administrators_only"])
    return session.account


def look(session: Session) -> None:
    """Count what was asked in the chosen period."""
    administrator(session)
    view, office, now = session.insights, session.office, session.clock()
    since = first_moment(view.days, now, office.zone)
    entries = office.usage.entries(since, now)
    if view.data_set:
        entries = tuple(one for one in entries if one.data_set == view.data_set)
    view.found = insights(entries, since=since, now=now, zone=office.zone)
    view.pictures = {}


def choose_days(session: Session, payload: Payload) -> Iterator[None]:
    administrator(session)
    days = payload.number("ref")
    if days not in PERIODS:
        raise GoneError
    session.insights.days = days
    look(session)
    yield


def choose_data_set(session: Session, payload: Payload) -> Iterator[None]:
    """Questions of one data set, or of all of them."""
    administrator(session)
    wanted = payload.text("ref")
    if wanted and wanted not in {one.id for one in session.workspace.datasets}:
        raise GoneError
    session.insights.data_set = wanted
    look(session)
    yield


ACTIONS: Mapping[str, Action] = MappingProxyType({"insights-days": choose_days, "insights-data": choose_data_set})
