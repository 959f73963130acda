"""What is done for one data set at set times, and publications that are put to use in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from assistant.missing.desk import TagDesk
from assistant.missing.port import NewTag, TagsView
from assistant.sourced import SourcedData
from assistant.stewardship.task_board import Progress, TaskBoard, Work
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text, UserError
from semantic_layer.ingestion.landing.parts import known_files
from semantic_layer.ingestion.sources.watching import changed_since
from semantic_layer.policy.types import User

BY: Final = "schedule"


@dataclass(frozen=True, slots=True)
class OpeningTags:
    """A `TagsPort` whose publications are put to use in the background."""

    desk: Callable[[], TagDesk]
    reopen: Callable[[str], None]

    def may_define(self, user: User) -> bool:
        return self.desk().may_define(user)

    def view(self, user: User) -> TagsView:
        return self.desk().view(user)

    def publish(self, item: str, number: int, new: NewTag, user: User) -> str:
        """The tag's qualified name."""
        name = self.desk().publish(item, number, new, user)
        self.reopen(user.name)
        return name

    def withdraw(self, name: str, user: User) -> None:
        self.desk().withdraw(name, user)
        self.reopen(user.name)


@dataclass(frozen=True, slots=True)
class Chores:
    """What is done for one data set at set times. Each is a task that its owners see."""

    sourced: SourcedData
    board: TaskBoard

    def look(self) -> None:
        """Load watched sources of which something is new and settled."""
        house = self.sourced.house
        for spec in house.blueprint().specs:
            if not spec.watch:
                continue
            with house.warehouse.reading() as connection:
                known = known_files(connection, spec.name)
            if changed_since(house.folder, spec, known):
                self._start(
                    Text(f"导入「{spec.label.zh}」的新文件", f"Load new files of {spec.label.en}"),
                    partial(self._load, spec.name),
                    spec.name,
                )

    def _load(self, name: str, progress: Progress, cancel: Cancel) -> Text:
        return self.sourced.house.load((name,), by=BY, progress=progress, cancel=cancel)

    def refresh(self) -> None:
        """Compute tags that are due."""
        if not self.sourced.tags_due():
            return

        def work(progress: Progress, _: Cancel) -> Text:
            self.sourced.refresh_tags(progress=progress)
            return Text("标签已更新。", "Tags are up to date.")

        self._start(Text("刷新标签", "Refresh tags"), work, "tags")

    def check(self) -> None:
        """Check the quality of everything and remove rows whose time is over."""

        def work(_: Progress, __: Cancel) -> Text:
            return self.sourced.house.check()

        self._start(Text("每月检查数据质量", "Monthly check of quality"), work, "quality")

    def _start(self, label: Text, work: Work, about: str) -> None:
        try:
            self.board.start(label, work, by=BY, about=about)
        except UserError:  # the same is under way
            return
