"""Drafts of whole models from files: made in the background, reviewed row by row, asked at once, adopted as a data set."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, cast

from assistant.stewardship.sources import DraftChange, DraftKind, DraftReply, DraftRow, DraftView
from assistant.stewardship.task_board import Progress, TaskBoard
from assistant.stewardship.types import Shown, StewardRights, Task
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, DataError, InvalidPlanError, Text, UnknownNameError
from semantic_layer.ingestion.draft.placing import draft_folder
from semantic_layer.ingestion.draft.review import MASKED, DraftReview, Row
from semantic_layer.model.nearest import nearest
from semantic_layer.policy.types import User

LAST: Final = "draft.json"
_NONE: Final = Text(
    "还没有起草。先写出文件夹或文件的地址。", "Nothing is drafted yet. Give the address of a folder or file first."
)
_KINDS: Final = {"customer": "entity"}  # which table holds the customers is a question about a table


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPlaces:
    """`files` is the folder that may be drafted from; drafts are written below `drafts`; `kept` remembers the last one."""

    files: Path
    drafts: Path
    kept: Path


class LiveDrafts:
    """Drafts of one data set's owners. `ask` answers a question over a drafted folder; `adopt` opens it for everybody."""

    def __init__(
        self,
        places: DraftPlaces,
        board: TaskBoard,
        *,
        now: Callable[[], datetime],
        ask: Callable[[Path, str, User], DraftReply],
        adopt: Callable[[Path], None],
    ) -> None:
        self._places = places
        self._board = board
        self._now = now
        self._ask = ask
        self._adopt = adopt

    def start(self, address: str, *, by: str) -> Task:
        """Draft what is at an address below the files of the data set. Raises `UnknownNameError` with what is there."""
        place = self._place(address)

        def work(progress: Progress, cancel: Cancel) -> Text:
            if cancel.pressed:
                raise CancelledError(Text("已停止，没有留下草稿。", "Stopped; no draft was left."))
            target = self._free(place.stem or "draft")
            draft_folder(place, target, today=self._now().date(), progress=progress)
            self._remember(target, address)
            rows = len(DraftReview(target).proposals)
            return Text(
                f"起草了 {rows} 项定义，可以逐项核对，也可以马上提问。",
                f"{rows} definitions were drafted: look at them one by one, or ask at once.",
            )

        return self._board.start(Text(f"起草「{address}」", f"Draft {address}"), work, by=by, about=f"draft {address}")

    def view(self, rights: StewardRights) -> DraftView | None:
        """The last draft, `None` when there is none."""
        last = self._last()
        if last is None:
            return None
        folder, address = last
        review = DraftReview(folder)
        return DraftView(
            address=address,
            rows=tuple(_row(row) for row in review.rows()),
            notes=(Text(f"还有 {review.open} 项没有核对。", f"{review.open} rows were not looked at yet."),)
            if review.open and not review.finished
            else (),
            adopted=review.finished,
        )

    def settle(self, change: DraftChange, by: str = "") -> None:
        """A decision on one row."""
        review = DraftReview(self._folder())
        match change.state:
            case "accepted":
                review.accept(change.row, by=by)
            case "changed":
                if change.label is None:
                    raise InvalidPlanError(Text("请写出新的名称。", "Write the new name."))
                review.relabel(change.row, change.label, by=by)
            case "rejected":
                review.reject(change.row, by=by)
            case "open":
                raise InvalidPlanError(
                    Text("已决定的项可以再改，不能退回未定。", "A row that was decided can be changed, not reopened.")
                )

    def ask(self, question: str, user: User) -> DraftReply:
        """An answer of the draft."""
        return self._ask(self._folder(), question, user)

    def adopt(self, user: User) -> Text:
        """End the review, and open the draft as a data set."""
        folder = self._folder()
        review = DraftReview(folder)
        if all(one.state.value in ("open", "rejected") for one in review.proposals):
            raise InvalidPlanError(
                Text("还没有接受任何一项。先逐项看过再采用。", "Nothing is accepted yet. Look at the rows first.")
            )
        review.finish(by=user.name)
        self._adopt(folder)
        return Text(
            f"已采用。数据集「{folder.name}」可以在页面顶部选择。",
            f"Adopted. Choose the data set {folder.name!r} at the top of the page.",
        )

    def _folder(self) -> Path:
        last = self._last()
        if last is None:
            raise InvalidPlanError(_NONE)
        return last[0]

    def _last(self) -> tuple[Path, str] | None:
        if not self._places.kept.exists():
            return None
        told = json.loads(self._places.kept.read_text(encoding="utf-8"))
        folder = self._places.drafts / told["folder"]
        return (folder, str(told["address"])) if folder.exists() else None

    def _remember(self, folder: Path, address: str) -> None:
        self._places.kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._places.kept.with_name(f".{LAST}.unfinished")
        unfinished.write_text(
            json.dumps({"folder": folder.name, "address": address}, ensure_ascii=False), encoding="utf-8"
        )
        unfinished.replace(self._places.kept)

    def _free(self, name: str) -> Path:
        stem, number = re.sub(r"\W+", "_", name).strip("_") or "draft", 1
        target = self._places.drafts / stem
        while target.exists():
            number += 1
            target = self._places.drafts / f"{stem}_{number}"
        return target

    def _place(self, address: str) -> Path:
        if not address.strip():
            raise InvalidPlanError(Text("请写出文件夹或文件的地址。", "Give the address of a folder or a file."))
        files = self._places.files.resolve()
        place = (files / address.strip()).resolve()
        if not place.is_relative_to(files):
            raise DataError(
                Text(
                    f"「{address}」不在数据集的文件夹里，不能读取。请上传文件，或把它放进该文件夹。",
                    f"{address!r} lies outside the data set's folder and is not read. Upload it, or put it into that folder.",
                )
            )
        if not place.exists():
            here = [str(each.relative_to(files)) for each in files.rglob("*")] if files.exists() else []
            raise UnknownNameError(Text("文件夹或文件", "folder or file"), address, nearest(address, here))
        return place


def _row(row: Row) -> DraftRow:
    one = row.proposal
    return DraftRow(
        id=one.id,
        kind=cast("DraftKind", _KINDS.get(one.kind.value, one.kind.value)),
        label=one.label,
        details=one.source,
        why=Text(one.evidence, one.evidence),
        state=one.state.value,
        examples=tuple(Shown(example, masked=MASKED in example) for example in row.examples),
    )
