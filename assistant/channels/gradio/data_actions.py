"""What a person can do on the Data page. The ports look at the right again for every one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from assistant.channels.gradio.asking import Action, GoneError
from assistant.channels.gradio.data_state import DATA_TABS, SOURCE_PARTS, Connecting, DataView
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import WORDS, say
from assistant.stewardship.port import SourcesPort
from assistant.stewardship.sources import Reading, SourceForm
from assistant.stewardship.types import StewardRights, require_manage_data
from semantic_layer.errors import Text, UserError


def sources_of(session: Session) -> SourcesPort:
    """The sources of the open data set. Raises `GoneError` where it has none to show."""
    port = session.stewardship.sources
    if port is None:
        raise GoneError
    return port


def owned(session: Session) -> SourcesPort:
    """The sources, for somebody who may change them."""
    port = sources_of(session)
    require_manage_data(StewardRights(manage_data=port.may_manage(session.user)))
    return port


def wrong(session: Session, at: str, error: UserError) -> None:
    session.data.fault, session.data.fault_at = error.message.in_(session.language), at


def needed(typed: object, key: str) -> None:
    """Raises a `UserError` with the words for `key` when nothing was typed or chosen."""
    if not typed:
        raise UserError(WORDS[key])


def calm(session: Session) -> DataView:
    session.data.fault = session.data.fault_at = ""
    return session.data


def open_tab(session: Session, payload: Payload) -> Iterator[None]:
    sources_of(session)
    view = calm(session)
    view.tab = next((tab for tab in DATA_TABS if tab == payload.text("ref")), view.tab)
    view.source, view.connecting, view.search = "", None, ""
    yield


def leave(session: Session, _: Payload) -> Iterator[None]:
    """Back to the list."""
    view = calm(session)
    view.source, view.connecting = "", None
    yield


# --- connecting


def connect(session: Session, _: Payload) -> Iterator[None]:
    owned(session)
    calm(session).connecting = Connecting()
    yield


def step_back(session: Session, payload: Payload) -> Iterator[None]:
    connecting = _connecting(session)
    connecting.fault = ""
    if payload.text("ref") == "found" and connecting.found is not None:
        connecting.step = "found"
    else:
        connecting.step = "choose"
    yield


def inspect(session: Session, payload: Payload) -> Iterator[None]:
    """Look at an address, or at a file that was sent, as it stands."""
    connecting = _connecting(session)
    connecting.reading = Reading(address=payload.text("address").strip())
    return _look(session, connecting, payload.text("upload"))


def reread(session: Session, payload: Payload) -> Iterator[None]:
    """Look again, with another encoding, delimiter, header or sheet."""
    connecting = _connecting(session)
    header = payload.number("header")
    connecting.reading = Reading(
        address=connecting.reading.address,
        part=payload.text("part"),
        encoding=payload.text("encoding"),
        delimiter=payload.text("delimiter"),
        header=header if header >= 0 else None,
    )
    return _look(session, connecting, "")


def _look(session: Session, connecting: Connecting, upload: str) -> Iterator[None]:
    port = owned(session)
    connecting.fault, connecting.busy = "", True
    yield
    try:
        if upload:
            name, path = session.uploads.whole(session.account.login, upload)
            connecting.reading = Reading(address=port.keep(name, path, user=session.user))
            session.uploads.forget(session.account.login, upload)
        needed(connecting.reading.address, "connect_needed")
        found = port.inspect(connecting.reading, user=session.user)
    except UserError as error:
        connecting.fault = error.message.in_(session.language)
    else:
        connecting.found, connecting.step = found, "found"
        connecting.proposals, connecting.mapping = (), {}
        connecting.name, connecting.key = found.name, next(iter(found.key), "")
    finally:
        connecting.busy = False
    yield


def forget_upload(session: Session, payload: Payload) -> Iterator[None]:
    """A file that was not sent to its end leaves nothing behind."""
    session.uploads.forget(session.account.login, payload.text("ref"))
    yield


def to_mapping(session: Session, _: Payload) -> Iterator[None]:
    connecting, port = _connecting(session), owned(session)
    if connecting.found is None:
        raise GoneError
    connecting.fault = ""
    if not connecting.proposals:
        connecting.proposals = port.propose(connecting.found, user=session.user)
    connecting.step = "map"
    yield


def save(session: Session, payload: Payload) -> Iterator[None]:
    """Save the source as it was mapped, and load it."""
    connecting, port = _connecting(session), owned(session)
    connecting.mapping = {
        proposal.column: payload.text(f"field-{position}") for position, proposal in enumerate(connecting.proposals)
    }
    connecting.name, connecting.key = payload.text("name").strip(), payload.text("key")
    connecting.fault = ""
    try:
        row = port.save(_form(connecting), user=session.user)
    except UserError as error:
        connecting.fault = error.message.in_(session.language)
        yield
        return
    session.data.connecting, session.data.source, session.data.part = None, row.name, "loads"
    yield from _load(session, port, row.name, "saved_source", row.label)


def _form(connecting: Connecting) -> SourceForm:
    mapping = tuple((column, field) for column, field in connecting.mapping.items() if field)
    needed(connecting.name, "form_name_needed")
    needed(mapping, "map_needed")
    key = (connecting.key,) if connecting.key else ()
    return SourceForm(name=connecting.name, reading=connecting.reading, mapping=mapping, key=key)


def _connecting(session: Session) -> Connecting:
    if session.data.connecting is None:
        raise GoneError
    return session.data.connecting


# --- one source


def open_source(session: Session, payload: Payload) -> Iterator[None]:
    port, view = sources_of(session), calm(session)
    row = next((each for each in port.sources(user=session.user) if each.name == payload.text("ref")), None)
    if row is None:
        raise GoneError
    session.page, view.tab, view.connecting = "data", "sources", None
    view.source, view.offset, view.rule = row.name, 0, ""
    view.part = "quarantine" if row.quarantined else "quality" if row.score is not None else "loads"
    yield


def open_part(session: Session, payload: Payload) -> Iterator[None]:
    view = calm(session)
    view.part = next((part for part in SOURCE_PARTS if part == payload.text("ref")), view.part)
    view.offset, view.rule = 0, ""
    yield


def load(session: Session, payload: Payload) -> Iterator[None]:
    port = owned(session)
    calm(session).part = "loads"
    return _load(session, port, payload.text("ref"), "task_begun", Text("", ""))


def _load(session: Session, port: SourcesPort, source: str, key: str, label: Text) -> Iterator[None]:
    try:
        port.load(source, user=session.user)
    except UserError as error:
        wrong(session, "source", error)
    else:
        session.notify(say(session.language, key, what=label.in_(session.language)))
    yield


def answer_drift(session: Session, payload: Payload) -> Iterator[None]:
    port, view = owned(session), calm(session)
    try:
        effect = port.answer(view.source, payload.text("ref"), payload.text("text"), user=session.user)
    except UserError as error:
        wrong(session, "source", error)
    else:
        left = port.drift(view.source, user=session.user)
        session.notify(effect.in_(session.language) if left else say(session.language, "drift_done"))
    yield


def filter_rule(session: Session, payload: Payload) -> Iterator[None]:
    view = calm(session)
    view.rule, view.offset = payload.text("ref"), 0
    yield


def turn_page(session: Session, payload: Payload) -> Iterator[None]:
    calm(session).offset = max(0, payload.number("ref"))
    yield


def correct(session: Session, payload: Payload) -> Iterator[None]:
    port, view, row = owned(session), calm(session), payload.text("ref")
    typed = payload.text("value").strip()
    try:
        needed(typed, "value_needed")
        said = port.correct(view.source, row, typed, user=session.user)
    except UserError as error:
        wrong(session, row, error)
    else:
        _settled(session, port, said)
    yield


def dismiss(session: Session, payload: Payload) -> Iterator[None]:
    port, view = owned(session), calm(session)
    _settled(session, port, port.dismiss(view.source, payload.text("ref"), user=session.user))
    yield


def _settled(session: Session, port: SourcesPort, said: Text) -> None:
    """Say what became of a row; the page before when this one is empty now, all rules when this one has no more."""
    view = session.data
    session.notify(said.in_(session.language))
    page = port.quarantine(view.source, offset=view.offset, rule=view.rule, user=session.user)
    if not page.total:
        view.rule, view.offset = "", 0
    elif not page.rows:
        view.offset = 0


# --- the standard


def search_book(session: Session, payload: Payload) -> Iterator[None]:
    session.data.search = payload.text("text").strip()[:200]
    yield


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "data-tab": open_tab,
        "data-leave": leave,
        "data-connect": connect,
        "data-step": step_back,
        "data-inspect": inspect,
        "data-reread": reread,
        "data-map": to_mapping,
        "upload-forget": forget_upload,
        "data-save": save,
        "source-open": open_source,
        "source-part": open_part,
        "source-load": load,
        "drift-answer": answer_drift,
        "quarantine-rule": filter_rule,
        "quarantine-page": turn_page,
        "quarantine-correct": correct,
        "quarantine-dismiss": dismiss,
        "book-search": search_book,
    }
)
