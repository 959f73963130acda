"""What a person can do outside a question: change page, language or data set, keep segments, read the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from assistant.channels.gradio import boards_actions
from assistant.channels.gradio.asking import Action, GoneError, answered
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import RenameDialog, SaveDialog, Session
from assistant.channels.gradio.tables import whole
from assistant.channels.gradio.topbar import pages_of
from assistant.channels.gradio.watching import look
from assistant.channels.gradio.words import WORDS, say
from assistant.channels.workspace import (
    DefinitionKind,
    SetOperation,
)
from semantic_layer.errors import UserError

LONGEST_NAME = 48  # characters of a name that is proposed
KINDS: Mapping[str, DefinitionKind] = MappingProxyType({"tag": "tag", "metric": "metric", "dimension": "dimension"})
OPERATIONS: Mapping[str, SetOperation] = MappingProxyType(
    {"union": "union", "intersection": "intersection", "difference": "difference"}
)


def page(session: Session, payload: Payload) -> Iterator[None]:
    """Turn to a page that this person may open."""
    wanted = payload.text("ref")
    session.page = next((one for one in pages_of(session) if one == wanted), session.page)
    if session.page == wanted == "insights":
        look(session)
    if session.page == wanted == "boards":
        boards_actions.come(session)
    yield


def language(session: Session, payload: Payload) -> Iterator[None]:
    session.language = "en" if payload.text("ref") == "en" else "zh"
    session.notice = None
    yield


def ground(session: Session, payload: Payload) -> Iterator[None]:
    """The system went dark or light: pictures follow."""
    session.dark = payload.text("ref") == "dark"
    yield


def dataset(session: Session, payload: Payload) -> Iterator[None]:
    wanted = payload.text("ref")
    title = next((d.title for d in session.datasets if d.id == wanted), None)
    if title is not None and wanted != session.dataset:
        session.notify(say(session.language, "opening", what=title.in_(session.language)))
        yield
        session.open_dataset(wanted)
        if session.page not in pages_of(session):
            session.page = "ask"
        session.notice = None
    yield


def sync(session: Session, _: Payload) -> Iterator[None]:
    """The browser missed something while it was cut off: everything is sent anew."""
    session.drawn.clear()
    yield


def close_dialog(session: Session, _: Payload) -> Iterator[None]:
    session.dialog = None
    yield


# --- segments


def open_save(session: Session, payload: Payload) -> Iterator[None]:
    turn, _ = answered(session, payload)
    session.dialog = SaveDialog(turn=turn.id, name=name_for(turn.asked.in_(session.language)))
    yield


def name_for(question: str) -> str:
    """A name to begin with: the question without its mark, cut between words where it is long."""
    words = question.strip().rstrip("?？。.!！")
    if len(words) <= LONGEST_NAME:
        return words
    cut = words[:LONGEST_NAME]
    return cut.rpartition(" ")[0] if " " in cut and not words[LONGEST_NAME].isspace() else cut.strip()


def save(session: Session, payload: Payload) -> Iterator[None]:
    dialog = session.dialog
    if not isinstance(dialog, SaveDialog):
        raise GoneError
    name = payload.text("name").strip()
    turn = session.turn(dialog.turn)
    answer = turn.answer if turn is not None else None
    if answer is None or not session.assistant.names_people(answer):
        raise GoneError
    try:
        kept = session.assistant.save_people(answer, needed(name), user=session.user)
    except UserError as error:
        session.dialog = SaveDialog(turn=dialog.turn, name=name, fault=error.message.in_(session.language))
    else:
        session.dialog = None
        saved = say(session.language, "saved", name=kept)
        session.notify(saved, act="page", ref="segments", label=say(session.language, "open_segments"))
    yield


def open_rename(session: Session, payload: Payload) -> Iterator[None]:
    name = payload.text("ref")
    session.dialog = RenameDialog(segment=name, name=name)
    yield


def rename(session: Session, payload: Payload) -> Iterator[None]:
    dialog = session.dialog
    if not isinstance(dialog, RenameDialog):
        raise GoneError
    name = payload.text("name").strip()
    try:
        entry = session.assistant.segments.rename(dialog.segment, needed(name), user=session.user)
    except UserError as error:
        session.dialog = RenameDialog(segment=dialog.segment, name=name, fault=error.message.in_(session.language))
    else:
        session.dialog = None
        session.notify(say(session.language, "renamed", name=entry.name))
    yield


def recount(session: Session, payload: Payload) -> Iterator[None]:
    entry = session.assistant.segments.recount(payload.text("ref"), user=session.user)
    count = entry.count or 0
    key = "recounted_one" if count == 1 else "recounted"
    session.notify(say(session.language, key, name=entry.name, n=whole(count)))
    yield


def delete(session: Session, payload: Payload) -> Iterator[None]:
    name = payload.text("ref")
    session.assistant.segments.delete(name, user=session.user)
    words = session.language
    session.notify(say(words, "deleted", name=name), act="segment-restore", ref=name, label=say(words, "undo"))
    yield


def restore(session: Session, payload: Payload) -> Iterator[None]:
    entry = session.assistant.segments.restore(payload.text("ref"), user=session.user)
    session.notify(say(session.language, "restored", name=entry.name))
    yield


def combine(session: Session, payload: Payload) -> Iterator[None]:
    view = session.combine
    view.first, view.second = payload.text("first"), payload.text("second")
    view.operation, view.name, view.fault = payload.text("operation"), payload.text("name").strip(), ""
    operation = OPERATIONS.get(view.operation)
    if operation is None:
        raise GoneError
    segments = session.assistant.segments
    try:
        entry = segments.combine(view.first, operation, view.second, needed(view.name), user=session.user)
    except UserError as error:
        view.fault = error.message.in_(session.language)
    else:
        view.name = ""
        session.notify(say(session.language, "saved", name=entry.name))
    yield


def needed(name: str) -> str:
    """The name, if there is one."""
    if not name:
        raise UserError(WORDS["name_needed"])
    return name


# --- catalogue


def define(session: Session, payload: Payload) -> Iterator[None]:
    session.page = "catalogue"
    session.catalogue.search, session.catalogue.kind, session.catalogue.category = "", None, None
    session.catalogue.chosen = payload.text("ref")
    yield


def open_entry(session: Session, payload: Payload) -> Iterator[None]:
    session.catalogue.chosen = payload.text("ref")
    yield


def search(session: Session, payload: Payload) -> Iterator[None]:
    session.catalogue.search = payload.text("text").strip()
    yield


def filter_kind(session: Session, payload: Payload) -> Iterator[None]:
    session.catalogue.kind = KINDS.get(payload.text("ref"))
    session.catalogue.category = None
    yield


def filter_category(session: Session, payload: Payload) -> Iterator[None]:
    session.catalogue.category = payload.text("ref") or None
    yield


def clear_search(session: Session, _: Payload) -> Iterator[None]:
    session.catalogue.search, session.catalogue.kind, session.catalogue.category = "", None, None
    yield


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "page": page,
        "language": language,
        "dataset": dataset,
        "ground": ground,
        "sync": sync,
        "dialog-close": close_dialog,
        "save-open": open_save,
        "save": save,
        "rename-open": open_rename,
        "rename": rename,
        "segment-recount": recount,
        "segment-delete": delete,
        "segment-restore": restore,
        "combine": combine,
        "define": define,
        "catalogue-open": open_entry,
        "catalogue-search": search,
        "catalogue-kind": filter_kind,
        "catalogue-category": filter_category,
        "catalogue-clear": clear_search,
    }
)
