"""The ports of data owners over the open data sets: wired here, drawn by the pages, used by the command line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from assistant.answer import Answer, Clarification, Refusal
from assistant.boards.looking import Directory
from assistant.boards.post import Postman
from assistant.bootstrap import Shared
from assistant.channels.acting_ports import ActingPorts, acting_jobs, read_token
from assistant.channels.around import Around
from assistant.channels.chores import Chores, OpeningTags
from assistant.channels.live import LiveWorkspace
from assistant.channels.workspace import Dataset
from assistant.datasets import source_of
from assistant.missing.desk import TagDesk
from assistant.opening_readers import new_id, now
from assistant.scheduling import At, Every, Job
from assistant.settings import Settings
from assistant.sourced import SourcedData
from assistant.stewardship.live_drafts import LAST, DraftPlaces, LiveDrafts
from assistant.stewardship.live_people import LivePeople
from assistant.stewardship.live_quality import CHECK_DAY
from assistant.stewardship.live_sources import LiveSources
from assistant.stewardship.port import Stewardship
from assistant.stewardship.published import LayerCustomers
from assistant.stewardship.sources import DraftReply
from assistant.stewardship.task_board import Progress, TaskBoard, TaskBoards
from assistant.stewardship.types import rights_under
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text
from semantic_layer.ingestion.landing.intake import EventIntake
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import User
from tools.campaigns.sql_store import SqlCampaignStore
from tools.effect.hearing import Taken
from tools.effect.intake import from_webhook

OWN: Final = "own"
"""Below `home`: the data sets that were drafted here."""
FIXED: Final = Text(
    "这个数据集的表由程序生成，不能接入来源。请上传自己的文件并起草一个新的数据集。",
    "The tables of this data set are made by the program; no source can fill them. Upload your own files and draft a new data set.",
)

WATCH_MINUTES: Final = 1.0


class Stewards:
    """Gives each data set its ports, made when they are first asked for and kept."""

    def __init__(
        self,
        workspace: LiveWorkspace,
        settings: Settings,
        shared: Shared,
        *,
        directory: Directory | None = None,
        postmen: Sequence[Postman] = (),
    ) -> None:
        self._directory = directory
        self._postmen = postmen
        self._acting: dict[str, ActingPorts] = {}
        self._workspace = workspace
        self._settings = settings
        self._shared = shared
        self._lock = threading.Lock()
        self._made: dict[str, Stewardship] = {}
        self._board_of: dict[str, TaskBoard] = {}
        for folder in own_folders(settings.home):
            workspace.add(dataset_of(folder))

    def __call__(self, dataset: str) -> Stewardship:
        with self._lock:
            if dataset not in self._made:
                self._made[dataset] = self._ports(dataset)
            return self._made[dataset]

    def sourced(self, dataset: str) -> SourcedData:
        """The data set as its owners work on it."""
        return self._shared.sourced_of(source_of(dataset, self._settings.people), self._settings)

    def intake(self, dataset: str) -> EventIntake:
        """Where events of a data set are sent; they are shown from then on. Raises `DataError` for one that takes none."""
        sourced = self.sourced(dataset)
        intake = sourced.intake()
        sourced.start_stream()
        return intake

    def may_write_events(self, dataset: str, user: User) -> bool:
        """Whether somebody may send events to a data set."""
        try:
            return rights_of(user, self._workspace.assistant(dataset).resources.layer.policy).may_write_events
        except NotAllowedError:
            return False

    def jobs(self) -> tuple[Job, ...]:
        """What is done at set times, for every data set that sources fill."""
        return (
            *acting_jobs(self.opened),
            Job(name="watched folders", when=Every(WATCH_MINUTES), run=lambda: self._each(Chores.look)),
            Job(name="tags", when=At(hour=2, minute=30), run=lambda: self._each(Chores.refresh)),
            Job(name="quality and retention", when=At(hour=4, day=CHECK_DAY), run=lambda: self._each(Chores.check)),
        )

    def look(self, dataset: str) -> None:
        """Load the watched sources of one data set of which something is new and settled."""
        self(dataset)
        Chores(self.sourced(dataset), self._board_of[dataset]).look()

    def _each(self, chore: Callable[[Chores], None]) -> None:
        for dataset in self._workspace.datasets:
            source = source_of(dataset.id, self._settings.people)
            home = self._settings.home / source.id
            if (
                source.company(home) is not None and home in self._shared.sets.opened()
            ):  # others are looked at when opened
                self(dataset.id)
                chore(Chores(self.sourced(dataset.id), self._board_of[dataset.id]))

    def close(self) -> None:
        """Stop what runs where nothing is lost."""
        for acting in self._acting.values():
            acting.close()
        for board in self._board_of.values():
            board.close()

    def _ports(self, dataset: str) -> Stewardship:
        source, home = source_of(dataset, self._settings.people), self._settings.home
        sourced, filled = self.sourced(dataset), source.company(home / source.id) is not None
        one = Around(dataset, source.definitions, sourced, self._workspace, self._shared)
        sourced.on_published(lambda: self._workspace.reopen(dataset))
        board = TaskBoard(now=now, seconds=time.monotonic, new_id=new_id, may_manage=one.may_manage)
        self._board_of[dataset] = board
        drafts = LiveDrafts(
            DraftPlaces(
                files=sourced.house.folder,
                drafts=home / OWN,
                kept=home / source.id / LAST,
            ),
            board,
            now=now,
            ask=self._asked,
            adopt=self._adopted,
        )
        sources = LiveSources(
            sourced.house,
            board,
            drafts,
            rights=rights_under(one.policy),
            now=now,
            note=one.note,
            fixed=None if filled else FIXED,
        )
        tags = OpeningTags(
            lambda: TagDesk(one.resources, source.definitions, home / source.id),
            lambda by: self._reopened(dataset, board, by),
        )
        acting = self.acting(dataset)
        return Stewardship(
            sources=sources,
            people=self._people(one, board) if filled else None,
            tasks=TaskBoards((board, acting.board)),
            tags=tags,
            boards=acting.boards,
            campaigns=acting.campaigns,
            models=acting.models,
            living=acting.living,
        )

    def _people(self, one: Around, board: TaskBoard) -> LivePeople:
        return LivePeople(
            one.sourced.house,
            board,
            LayerCustomers(lambda: one.resources.layer, one.levels),
            one,
            touched=one,
            rights=rights_under(one.policy),
            now=now,
            note=one.note,
        )

    def acting(self, dataset: str) -> ActingPorts:
        """What follows from answers of a data set."""
        if dataset not in self._acting:
            self._acting[dataset] = ActingPorts(
                dataset,
                lambda: self._workspace.assistant(dataset).resources,
                lambda by: self._reopened(dataset, self._board_of[dataset], by),
                self._settings,
                self._shared,
                directory=self._directory,
                postmen=self._postmen,
            )
        return self._acting[dataset]

    def hear(self, dataset: str, body: bytes) -> Taken:
        """Responses to campaigns of a data set, as JSON. Raises `InvalidPlanError` for what is no such JSON."""
        self(dataset)
        acting = self.acting(dataset)
        return acting.hear(from_webhook(body, acting.campaigns.zone))

    def check_no(self, token: str) -> None:
        """Raises `InvalidPlanError` for an address to unsubscribe that was not made here, or leads nowhere any more."""
        self._refused_of(token)

    def say_no(self, token: str) -> None:
        """Write the no of a customer down: they get nothing more on the channel. Raises as `check_no` does."""
        self._refused_of(token).unsubscribing.confirm(token)

    def _refused_of(self, token: str) -> ActingPorts:
        refusal = read_token(self._settings, token)
        campaign = SqlCampaignStore(self._shared.storage).get(refusal.campaign)
        for dataset in self._workspace.datasets:
            if campaign is not None and source_of(dataset.id, self._settings.people).id == campaign.data_set:
                self(dataset.id)
                return self.acting(dataset.id)
        raise InvalidPlanError(
            Text("这条消息所属的活动已经不在了。", "The campaign of this message is not there any more.")
        )

    def opened(self) -> tuple[ActingPorts, ...]:
        """What follows from answers, of the data sets that are open; others are looked at when they are opened."""
        for dataset in self._workspace.opened():
            self(dataset)
        return tuple(self._acting.values())

    def _reopened(self, dataset: str, board: TaskBoard, by: str) -> None:
        def work(_: Progress, __: Cancel) -> Text:
            self._workspace.reopen(dataset)
            return Text("新的定义已生效。", "The new definitions hold.")

        board.start(Text("启用新的定义", "Put the new definitions to use"), work, by=by, cancellable=False)

    def _asked(self, folder: Path, question: str, user: User) -> DraftReply:
        """A question to a drafted model, answered as any other and marked as what it is."""
        dataset = dataset_of(folder)
        self._workspace.add(dataset)
        reply = self._workspace.assistant(dataset.id).ask_once(question, user)
        if isinstance(reply, Answer):
            read = "、".join(chip.label for chip in reply.chips)
            return DraftReply(
                question=question, text=Text(reply.text, reply.text), read_as=Text(read, read), sql="\n".join(reply.sql)
            )
        said = reply.question if isinstance(reply, Clarification) else reply.reason
        assert isinstance(reply, Clarification | Refusal)
        return DraftReply(question=question, text=Text(said, said), read_as=Text("", ""))

    def _adopted(self, folder: Path) -> None:
        dataset = dataset_of(folder)
        self._workspace.add(dataset)
        self._workspace.reopen(dataset.id)


def own_folders(home: Path) -> tuple[Path, ...]:
    """Data sets that were drafted here and adopted or asked."""
    return tuple(sorted(path.parent for path in (home / OWN).glob("*/model") if path.is_dir()))


def dataset_of(folder: Path) -> Dataset:
    """A folder as a data set that can be opened."""
    return Dataset(str(folder), Text(folder.name, folder.name))
