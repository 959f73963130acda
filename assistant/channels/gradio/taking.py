"""What a person takes away: pictures, tables and lists of people as files, each with its purpose and a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from assistant.channels.gradio.asking import Action, GoneError, answered, at
from assistant.channels.gradio.dialogs import export_columns, export_parts
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import ExportDialog, Session
from assistant.channels.gradio.words import WORDS
from assistant.channels.workspace import ExportPart, ExportRequest, FileFormat, PictureFormat
from semantic_layer.errors import UserError

FORMATS: Mapping[str, FileFormat] = MappingProxyType({"csv": "csv", "xlsx": "xlsx"})
PICTURES: Mapping[str, PictureFormat] = MappingProxyType({"png": "png", "svg": "svg"})


def picture(session: Session, payload: Payload) -> Iterator[None]:
    _, answer = answered(session, payload)
    kind = PICTURES.get(payload.text("ref"))
    if kind is None:
        raise GoneError
    send(session, session.assistant.chart_file(answer, kind, user=session.user))
    yield


def file(session: Session, payload: Payload) -> Iterator[None]:
    """Fetch a file that an answer wrote."""
    _, answer = answered(session, payload)
    send(session, at(answer.files, payload.number("index")))
    yield


def open_export(session: Session, payload: Payload) -> Iterator[None]:
    turn, _ = answered(session, payload)
    session.dialog = ExportDialog(turn=turn.id)
    yield


def open_segment_export(session: Session, payload: Payload) -> Iterator[None]:
    session.dialog = ExportDialog(segment=payload.text("ref"))
    yield


def export(session: Session, payload: Payload) -> Iterator[None]:
    dialog = session.dialog
    if not isinstance(dialog, ExportDialog):
        raise GoneError
    session.dialog = replace(dialog, busy=True, fault="")
    yield
    try:
        path = _exported(session, dialog, payload)
    except UserError as error:
        fault = error.message.in_(session.language)
        session.dialog = ExportDialog(turn=dialog.turn, segment=dialog.segment, fault=fault)
    else:
        if isinstance(session.dialog, ExportDialog) and session.dialog.busy:  # else it was closed: nobody waits
            session.dialog = None
            send(session, path)
    yield


def _exported(session: Session, dialog: ExportDialog, payload: Payload) -> Path:
    parts = export_parts(session, dialog)
    part: ExportPart | None = next((p for p in parts if p == payload.text("part")), None)
    form = FORMATS.get(payload.text("format"))
    if part is None or form is None:
        raise GoneError
    chosen = frozenset(payload.texts(f"column-{part}"))
    offered = export_columns(session, dialog, part)
    columns = tuple(column.name for column in offered if column.name in chosen)
    if offered and not columns:
        raise UserError(WORDS["column_needed"])
    request = ExportRequest(
        format=form,
        bom=payload.text("bom") == "yes",
        purpose=payload.text("purpose"),
        columns=columns,
    )
    if dialog.segment:
        return session.assistant.export_segment(dialog.segment, request, user=session.user)
    turn = session.turn(dialog.turn)
    if turn is None or turn.answer is None:
        raise GoneError
    return session.assistant.export_answer(turn.answer, part, request, user=session.user)


def send(session: Session, path: Path) -> None:
    """Leave a file for the browser to fetch."""
    session.outbox.append(path)


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "picture": picture,
        "file": file,
        "segment-export": open_segment_export,
        "export-open": open_export,
        "export": export,
    }
)
