"""What a person can do on the Customers page. A change is carried out only as it was shown in its dry run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from assistant.channels.gradio.asking import Action, GoneError
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.people_state import CUSTOMERS_TABS, CustomersView
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import WORDS, say
from assistant.stewardship.people import Merge, PersonChange, RuleSwitch, Split, Undo, Verdict
from assistant.stewardship.port import PeoplePort
from assistant.stewardship.types import StewardRights, require_manage_people
from semantic_layer.errors import UserError

VERDICTS: Final[Mapping[str, Verdict]] = MappingProxyType({"same": "same", "different": "different", "later": "later"})
LONGEST_SEARCH: Final = 200


def people_of(session: Session) -> PeoplePort:
    """The people of the open data set. Raises `GoneError` where it has none to show."""
    port = session.stewardship.people
    if port is None:
        raise GoneError
    return port


def _owned(session: Session) -> PeoplePort:
    """The people, for somebody who may change who is one customer."""
    port = people_of(session)
    require_manage_people(StewardRights(manage_people=port.may_manage(session.user)))
    return port


def _calm(session: Session) -> CustomersView:
    """The view without what belonged to the last step."""
    view = session.customers
    view.change = view.run = view.shown_to = None
    view.fault = view.fault_at = ""
    return view


def open_tab(session: Session, payload: Payload) -> Iterator[None]:
    people_of(session)
    view = _calm(session)
    view.tab = next((tab for tab in CUSTOMERS_TABS if tab == payload.text("ref")), view.tab)
    view.part, view.search, view.chosen = "card", "", 0
    yield


def search(session: Session, payload: Payload) -> Iterator[None]:
    view = _calm(session)
    view.search, view.chosen = payload.text("text").strip()[:LONGEST_SEARCH], 0
    yield


def open_customer(session: Session, payload: Payload) -> Iterator[None]:
    """Show a card; a number that was merged away leads to who it became."""
    port, view = people_of(session), _calm(session)
    view.chosen = port.card(payload.number("ref"), user=session.user).customer
    session.page, view.tab, view.part = "customers", "find", "card"
    yield


def open_part(session: Session, payload: Payload) -> Iterator[None]:
    view, wanted = _calm(session), payload.text("ref")
    if not view.chosen:
        raise GoneError
    if wanted == "delete":
        _owned(session)
        view.part = "delete"
    else:
        view.part = "why" if wanted == "why" else "card"
    yield


# --- changes


def look_at_split(session: Session, payload: Payload) -> Iterator[None]:
    chosen = session.customers.chosen
    return _look(session, "split", Split(customer=chosen, records=payload.texts("record")))


def look_at_merge(session: Session, payload: Payload) -> Iterator[None]:
    other = payload.number("other")
    if other < 0:
        return _refused(session, "merge", UserError(WORDS["number_needed"]))
    return _look(session, "merge", Merge(customer=session.customers.chosen, other=other))


def look_at_undo(session: Session, payload: Payload) -> Iterator[None]:
    return _look(session, "undo", Undo(entry=payload.number("ref")))


def _look(session: Session, at: str, change: PersonChange) -> Iterator[None]:
    """Show what a change would do."""
    port, view = _owned(session), _calm(session)
    try:
        run = port.preview(change, user=session.user)
    except UserError as error:
        return _refused(session, at, error)
    view.change, view.run, view.shown_to = change, run, session.user
    return iter((None,))


def _refused(session: Session, at: str, error: UserError) -> Iterator[None]:
    """Say what is wrong beside the form that it is about; an undo has none."""
    view, words = _calm(session), error.message.in_(session.language)
    if at == "undo":
        session.notify(words, bad=True)
    else:
        view.fault, view.fault_at = words, at
    yield


def cancel_change(session: Session, _: Payload) -> Iterator[None]:
    _calm(session)
    yield


def do_change(session: Session, _: Payload) -> Iterator[None]:
    """Carry out what the last dry run showed, and nothing else."""
    port, change = _owned(session), session.customers.change
    if change is None:
        raise GoneError
    view = _calm(session)
    done = port.carry_out(change, user=session.user)
    view.chosen, view.part = done.customer, "why"
    _tell(session, done.said.in_(session.language), None if isinstance(change, Undo) else done.entry)
    yield


def undo(session: Session, payload: Payload) -> Iterator[None]:
    """Take back the change that was just made: its effect is that of the dry run turned round."""
    port = _owned(session)
    done = port.carry_out(Undo(entry=payload.number("ref")), user=session.user)
    view = _calm(session)
    if view.chosen:
        view.chosen = done.customer
    session.notify(done.said.in_(session.language))
    yield


def _tell(session: Session, said: str, entry: int | None) -> None:
    if entry is None:
        session.notify(said)
    else:
        session.notify(said, act="change-undo", ref=str(entry), label=say(session.language, "undo"))


# --- pairs and rules


def decide(session: Session, payload: Payload) -> Iterator[None]:
    port, verdict = _owned(session), VERDICTS.get(payload.text("text"))
    if verdict is None:
        raise GoneError
    _calm(session)
    done = port.decide(payload.text("ref"), verdict, user=session.user)
    _tell(session, done.said.in_(session.language), done.entry)
    yield


def try_rule(session: Session, payload: Payload) -> Iterator[None]:
    """Find out what a rule would do when it is turned on or off."""
    port = _owned(session)
    _calm(session)
    switch = RuleSwitch(rule=payload.text("ref"), on=payload.text("text") == "on")
    try:
        port.try_rule(switch, user=session.user)
    except UserError as error:
        return _refused(session, "switch", error)
    return iter((None,))


def forget_trial(session: Session, _: Payload) -> Iterator[None]:
    _owned(session).forget_trial(user=session.user)
    yield


def apply_rule(session: Session, _: Payload) -> Iterator[None]:
    """Turn the rule as the trial that is shown had it."""
    port = _owned(session)
    trial = port.tried(user=session.user)
    if trial is None:
        raise GoneError
    _calm(session)
    try:
        port.apply_rule(trial.switch, user=session.user)
    except UserError as error:
        return _refused(session, "switch", error)
    session.notify(say(session.language, "task_begun"))
    return iter((None,))


# --- deletion


def delete(session: Session, payload: Payload) -> Iterator[None]:
    port, view = _owned(session), _calm(session)
    try:
        said = port.delete(view.chosen, payload.text("code"), user=session.user)
    except UserError as error:
        return _refused(session, "delete", error)
    view.chosen, view.part, view.search = 0, "card", ""
    session.notify(said.in_(session.language))
    return iter((None,))


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "customers-tab": open_tab,
        "people-search": search,
        "customer-open": open_customer,
        "customer-part": open_part,
        "split-look": look_at_split,
        "merge-look": look_at_merge,
        "undo-look": look_at_undo,
        "change-cancel": cancel_change,
        "change-do": do_change,
        "change-undo": undo,
        "pair-decide": decide,
        "rule-try": try_rule,
        "rule-forget": forget_trial,
        "rule-apply": apply_rule,
        "delete-person": delete,
    }
)
