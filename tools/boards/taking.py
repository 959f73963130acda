"""A board as a file that leaves the house: the right is checked, the file is written whole or not at all, and proven."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, DataError, InvalidPlanError, Text
from semantic_layer.policy.types import Policy, User
from semantic_layer.query.codec import plan_to_json
from semantic_layer.query.plan import Plan
from tools.boards.paper import Paper
from tools.boards.pdf import Tick, write_pdf
from tools.boards.slides import write_pptx
from tools.export.proof import Format, Proof, What
from tools.export.rights import check_export


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Who takes a board out, why, and of which data; `plan` holds what all its tiles ask. `prove` keeps the proof, before the
    file is there to be fetched.
    """

    user: User
    policy: Policy
    data_set: str
    definitions: str
    data_date: date | None
    plan: Plan
    at: datetime
    new_id: Callable[[], str]
    prove: Callable[[Proof], None]
    purpose: str = ""


def refuse_export(policy: Policy, user: User, purpose: str = "") -> None:
    """Raises `NotAllowedError` for a role that may not take anything out, or not for this purpose."""
    check_export(policy, user, purpose, purpose_needed=False)


def take_board(paper: Paper, target: Path, taking: Taking, *, tick: Tick, cancel: Cancel) -> Path:
    """Write a board as PDF or PPTX, by the ending of `target`. A stop leaves no file behind.

    Raises:
        NotAllowedError: the role may not export, or not for this purpose.
        InvalidPlanError: nothing stands on the board, or the ending is another.
        DataError: a picture cannot be drawn, or the file cannot be written.
    """
    refuse_export(taking.policy, taking.user, taking.purpose)
    if not paper.sheets:
        raise InvalidPlanError(
            Text("这个看板上没有卡片可以导出。请先固定一个回答。", "Nothing stands on this board. Pin an answer first.")
        )

    def watched(done: int, of: int) -> None:
        if cancel.pressed:
            raise CancelledError(Text("已停止导出，没有留下文件。", "The export was stopped; no file was left behind."))
        tick(done, of)

    file_format = _format(target)
    content = write_pdf(paper, watched) if file_format is Format.PDF else write_pptx(paper, watched)
    part = target.with_name(f".{target.name}.part")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        taking.prove(_proof(paper, target, taking, file_format, hashlib.sha256(content).hexdigest()))
        part.replace(target)
    except OSError as error:
        raise DataError(
            Text(
                f"文件「{target.name}」没有写成：{error.strerror}。没有留下不完整的文件；请检查磁盘空间和文件夹权限后重试。",
                f"{target.name!r} was not written: {error.strerror}. Nothing was left behind; check disk space and permissions, then retry.",
            )
        ) from error
    finally:
        with contextlib.suppress(OSError):  # the folder may not be one
            part.unlink(missing_ok=True)
    return target


def _format(target: Path) -> Format:
    ending = target.suffix.lstrip(".").lower()
    if ending not in (Format.PDF.value, Format.PPTX.value):
        raise InvalidPlanError(
            Text("看板可以导出为 PDF 或 PPTX。", "A board leaves as PDF or PPTX."), suggestions=("pdf", "pptx")
        )
    return Format(ending)


def _proof(paper: Paper, target: Path, taking: Taking, file_format: Format, sha256: str) -> Proof:
    tables = [sheet.table for sheet in paper.sheets if sheet.table is not None]
    columns = dict.fromkeys(column.source or column.name for table in tables for column in table.columns)
    return Proof(
        id=taking.new_id(),
        who=taking.user.name,
        at=taking.at,
        purpose=taking.purpose,
        what=What.BOARD,
        format=file_format,
        file_name=target.name,
        data_set=taking.data_set,
        plan=plan_to_json(taking.plan),
        definitions=taking.definitions,
        data_date=taking.data_date,
        rows=sum(len(table) for table in tables),
        columns=tuple(columns),
        masked_columns=(),
        sha256=sha256,
    )
