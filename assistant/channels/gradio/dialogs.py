"""What opens above the page: saving a segment, renaming it, exporting, reviewing; and the short notices at its foot."""

from __future__ import annotations

from typing import assert_never

from assistant.channels.gradio.account_dialogs import render_about_accounts
from assistant.channels.gradio.boards_dialogs import render_about_boards
from assistant.channels.gradio.boards_state import (
    BoardNameDialog,
    LinkDialog,
    PinDialog,
    ShareDialog,
    SubscribeDialog,
    TileDialog,
)
from assistant.channels.gradio.frames import frame
from assistant.channels.gradio.markup import Child, Html, button, element
from assistant.channels.gradio.office_state import (
    AccountDialog,
    IssueDialog,
    KeysDialog,
    ResetDialog,
    RevokeDialog,
    SecretDialog,
)
from assistant.channels.gradio.review_dialogs import render_approve, render_correct, render_reject, render_withdraw
from assistant.channels.gradio.review_state import ApproveDialog, CorrectDialog, RejectDialog, WithdrawDialog
from assistant.channels.gradio.session import ExportDialog, RenameDialog, SaveDialog, Session
from assistant.channels.gradio.words import say
from assistant.channels.workspace import ExportColumn, ExportPart
from semantic_layer.errors import Language
from semantic_layer.model.types import Sensitivity


def render_dialog(session: Session) -> Html:  # noqa: C901  # one arm for each kind of dialog
    """The open dialog, or nothing."""
    match session.dialog:
        case None:
            return Html("")
        case SaveDialog() as save:
            return _named("save", "save_segment", save.name, save.fault, session.language)
        case RenameDialog() as rename:
            return _named("rename", "rename", rename.name, rename.fault, session.language)
        case ExportDialog() as export:
            return _export(export, session)
        case CorrectDialog() as correct:
            return render_correct(correct, session)
        case ApproveDialog() as approve:
            return render_approve(approve, session)
        case RejectDialog() as reject:
            return render_reject(reject, session.language)
        case WithdrawDialog() as withdraw:
            return render_withdraw(withdraw, session.language)
        case (
            AccountDialog() | ResetDialog() | KeysDialog() | IssueDialog() | RevokeDialog() | SecretDialog()
        ) as other:
            return render_about_accounts(other, session)
        case (
            PinDialog() | BoardNameDialog() | TileDialog() | ShareDialog() | LinkDialog() | SubscribeDialog()
        ) as about_boards:
            return render_about_boards(about_boards, session)
        case unreachable:
            assert_never(unreachable)


def _named(form: str, title: str, name: str, fault: str, language: Language) -> Html:
    field = element(
        "label",
        say(language, "segment_name"),
        element("input", name="name", type="text", value=name, maxlength="80", autocomplete="off", autofocus=True),
    )
    return frame(form, say(language, title), field, say(language, "save"), fault, language)


def export_parts(session: Session, dialog: ExportDialog) -> tuple[ExportPart, ...]:
    """What of the dialog's answer can be written to a file; a segment is always a list of people."""
    turn = session.turn(dialog.turn)
    answer = turn.answer if turn is not None else None
    if answer is None:
        return ("people",)
    people: tuple[ExportPart, ...] = ("people",) if answer.people is not None else ()
    table: tuple[ExportPart, ...] = ("table",) if answer.table is not None else ()
    return people + table


def export_columns(session: Session, dialog: ExportDialog, part: ExportPart) -> tuple[ExportColumn, ...]:
    """The columns that this person may take of one part."""
    if dialog.segment:
        return session.assistant.segment_columns(dialog.segment, user=session.user)
    turn = session.turn(dialog.turn)
    if turn is None or turn.answer is None:
        return ()
    return session.assistant.export_columns(turn.answer, part, user=session.user)


def _export(dialog: ExportDialog, session: Session) -> Html:
    language = session.language
    parts = export_parts(session, dialog)
    turn = session.turn(dialog.turn)
    what = dialog.segment or (turn.asked.in_(language) if turn is not None else "")
    purposes = [("", say(language, "purpose_none"))]
    purposes += [(p.id, p.label.in_(language)) for p in session.assistant.export_purposes(user=session.user)]
    kinds = [("xlsx", say(language, "format_xlsx")), ("csv", say(language, "format_csv"))]
    body: list[Child] = [
        _choice("format", say(language, "format"), kinds),
        element(
            "label",
            element("input", type="checkbox", name="bom", value="yes", checked=True),
            say(language, "bom"),
            class_="check",
            data_when="format=csv",
            hidden=True,
        ),
    ]
    if len(parts) > 1:
        body.append(_choice("part", say(language, "export_what"), [(p, say(language, f"export_{p}")) for p in parts]))
    else:
        body.append(element("input", type="hidden", name="part", value=parts[0]))
    body.append(
        element(
            "label",
            say(language, "purpose"),
            element("select", [element("option", text, value=value) for value, text in purposes], name="purpose"),
        )
    )
    for part in parts:
        when = f"part={part}" if len(parts) > 1 else None
        body.append(_columns(part, export_columns(session, dialog, part), language, when, hidden=part != parts[0]))
    body.append(element("p", say(language, "export_note"), class_="quiet"))
    title = say(language, "export_title", what=what)
    return frame("export", title, body, say(language, "download"), dialog.fault, language, busy=dialog.busy)


def _choice(name: str, legend: str, choices: list[tuple[str, str]]) -> Html:
    radios = [
        element(
            "label",
            element("input", type="radio", name=name, value=value, checked=index == 0),
            text,
            class_="check",
        )
        for index, (value, text) in enumerate(choices)
    ]
    return element("fieldset", element("legend", legend), element("div", radios, class_="row"))


def _columns(
    part: ExportPart, columns: tuple[ExportColumn, ...], language: Language, when: str | None, *, hidden: bool
) -> Html | None:
    if not columns:
        return None
    boxes = [
        element(
            "label",
            element(
                "input",
                type="checkbox",
                name=f"column-{part}",
                value=column.name,
                checked=column.sensitivity is Sensitivity.NONE,
            ),
            column.label.in_(language),
            _sensitivity(column.sensitivity, language),
            class_="check",
        )
        for column in columns
    ]
    return element(
        "fieldset",
        element("legend", say(language, "columns")),
        element("div", boxes, class_="columns"),
        data_when=when,
        hidden=hidden,
    )


def _sensitivity(sensitivity: Sensitivity, language: Language) -> Html | None:
    match sensitivity:
        case Sensitivity.NONE:
            return None
        case Sensitivity.PERSONAL:
            return element("span", say(language, "column_personal"), class_="badge")
        case Sensitivity.CONTACT:
            return element("span", say(language, "column_contact"), class_="badge")
        case unreachable:
            assert_never(unreachable)


def render_notice(session: Session) -> Html:
    """The last thing that was done, with its undo where there is one."""
    notice = session.notice
    if notice is None:
        return Html("")
    undo = button(notice.label, notice.act, kind="link", data_ref=notice.ref) if notice.act else None
    return element(
        "div",
        element("span", notice.text),
        undo,
        class_="notice bad" if notice.bad else "notice",
        data_notice=notice.number,
        role="alert" if notice.bad else "status",
    )
