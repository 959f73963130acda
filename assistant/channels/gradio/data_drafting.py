"""What a person can do with the draft of a model: begin one, settle its rows, ask it, adopt what is accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from assistant.channels.gradio.asking import Action, GoneError
from assistant.channels.gradio.data_actions import calm, needed, owned, sources_of, wrong
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say
from assistant.stewardship.sources import DraftChange, DraftState
from semantic_layer.errors import Text, UserError

SETTLED: Final[Mapping[str, DraftState]] = MappingProxyType(
    {"accepted": "accepted", "rejected": "rejected", "open": "open"}
)


def start_draft(session: Session, payload: Payload) -> Iterator[None]:
    port = owned(session)
    calm(session)
    try:
        port.start_draft(payload.text("address").strip(), user=session.user)
    except UserError as error:
        wrong(session, "draft", error)
    else:
        session.notify(say(session.language, "task_begun"))
    yield


def settle(session: Session, payload: Payload) -> Iterator[None]:
    state = SETTLED.get(payload.text("text"))
    if state is None:
        raise GoneError
    calm(session).renaming = ""
    owned(session).settle(DraftChange(row=payload.text("ref"), state=state), user=session.user)
    yield


def open_rename(session: Session, payload: Payload) -> Iterator[None]:
    owned(session)
    calm(session).renaming = payload.text("ref")
    yield


def rename(session: Session, payload: Payload) -> Iterator[None]:
    port, view, row = owned(session), calm(session), payload.text("ref")
    label = Text(payload.text("zh").strip(), payload.text("en").strip())
    try:
        needed(label.zh or label.en, "name_in_one")
        port.settle(DraftChange(row=row, state="changed", label=label), user=session.user)
    except UserError as error:
        wrong(session, row, error)
    else:
        view.renaming = ""
    yield


def ask_draft(session: Session, payload: Payload) -> Iterator[None]:
    port, view = sources_of(session), calm(session)
    question = payload.text("question").strip()
    try:
        needed(question, "question_needed")
        view.reply = port.ask_draft(question, user=session.user)
    except UserError as error:
        view.reply = None
        wrong(session, "ask", error)
    yield


def adopt(session: Session, _: Payload) -> Iterator[None]:
    port = owned(session)
    calm(session)
    try:
        said = port.adopt_draft(user=session.user)
    except UserError as error:
        wrong(session, "adopt", error)
    else:
        session.notify(said.in_(session.language))
    yield


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "draft-start": start_draft,
        "draft-settle": settle,
        "draft-rename": open_rename,
        "draft-named": rename,
        "draft-ask": ask_draft,
        "draft-adopt": adopt,
    }
)
