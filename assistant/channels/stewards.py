"""The ports of data owners over the open data sets: wired here, drawn by the pages, used by the command line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from assistant.acting import forget_in_state
from assistant.answer import Answer, Clarification, Refusal
from assistant.boards.looking import Directory
from assistant.boards.post import Postman
from assistant.bootstrap import Shared
from assistant.channels.acting_ports import ActingPorts, acting_jobs, read_token
from assistant.channels.live import LiveWorkspace
from assistant.channels.workspace import Dataset
from assistant.datasets import source_of
from assistant.missing.desk import TagDesk
from assistant.missing.port import NewTag, TagsView
from assistant.opening_readers import new_id, now
from assistant.resources import Resources
from assistant.scheduling import At, Every, Job
from assistant.settings import Settings
from assistant.sourced import SourcedData
from assistant.stewardship.live_drafts import LAST, DraftPlaces, LiveDrafts
from assistant.stewardship.live_people import LivePeople
from assistant.stewardship.live_quality import CHECK_DAY
from assistant.stewardship.live_sources import LiveSources
from assistant.stewardship.people import LevelSpan
from assistant.stewardship.port import Stewardship
from assistant.stewardship.published import LayerCustomers
from assistant.stewardship.sources import DraftReply
from assistant.stewardship.task_board import Progress, TaskBoard, TaskBoards, Work
from assistant.stewardship.types import rights_under
from semantic_layer.definitions import load_definitions
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text, UserError
from semantic_layer.ingestion.identity.dry_run import TouchedUse
from semantic_layer.ingestion.landing.intake import EventIntake
from semantic_layer.ingestion.landing.parts import known_files
from semantic_layer.ingestion.sources.watching import changed_since
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import Policy, User
from semantic_layer.query.predicate import Among, conjoin
from semantic_layer.query.types import Audience
from tools.campaigns.sql_store import SqlCampaignStore
from tools.effect.hearing import Taken
from tools.effect.intake import from_webhook
from tools.export.proof import LedgerProofs, Proof
from tools.export.rosters import Key, SqlRosters
from tools.ledger import SqlLedger
from tools.tags.history import TagHistories

OWN: Final = "own"
"""Below `home`: the data sets that were drafted here."""
FIXED: Final = Text(
    "这个数据集的表由程序生成，不能接入来源。请上传自己的文件并起草一个新的数据集。",
    "The tables of this data set are made by the program; no source can fill them. Upload your own files and draft a new data set.",
)
BY: Final = "schedule"
WATCH_MINUTES: Final = 1.0
_KIND: Final = "stewardship"
_MOST_TOUCHED: Final = 200


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
        one = _One(dataset, source.definitions, sourced, self._workspace, self._shared)
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
        tasks = TaskBoards((board, acting.board))
        if not filled:
            return Stewardship(
                sources=sources,
                tasks=tasks,
                tags=tags,
                boards=acting.boards,
                campaigns=acting.campaigns,
                models=acting.models,
            )
        people = LivePeople(
            sourced.house,
            board,
            LayerCustomers(lambda: one.resources.layer, one.levels),
            one,
            touched=one,
            rights=rights_under(one.policy),
            now=now,
            note=one.note,
        )
        return Stewardship(
            sources=sources,
            people=people,
            tasks=tasks,
            tags=tags,
            boards=acting.boards,
            campaigns=acting.campaigns,
            models=acting.models,
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


@dataclass(frozen=True, slots=True)
class _One:
    """What the ports of one data set need of the rest of the house."""

    dataset: str
    definitions: Path
    sourced: SourcedData
    workspace: LiveWorkspace
    shared: Shared

    @property
    def resources(self) -> Resources:
        return self.workspace.assistant(self.dataset).resources

    @property
    def policy(self) -> Policy:
        """As the files say it: sources can be worked on before there is anything to ask."""
        return load_definitions(self.definitions)[1]

    def may_manage(self, user: User) -> bool:
        try:
            return rights_under(self.policy)(user).manage_data
        except NotAllowedError:
            return False

    def note(self, user: User, what: str) -> None:
        """Into the ledger, beside questions and exports."""
        SqlLedger(self.shared.storage).append(
            entry_id=new_id(), kind=_KIND, at=now(), who=user.name, body={"data_set": self.dataset, "what": what}
        )

    def levels(self, label: str, user: User) -> tuple[LevelSpan, ...]:
        tags = {tag.name: tag for tag in self.resources.index.model.tags}
        try:
            found = TagHistories(self.resources.layer).levels(label, user)
        except UserError:
            return ()
        return tuple(
            LevelSpan(
                tag=tags[one.tag].words.label,
                value=Text(str(one.value), str(one.value)),
                since=one.since,
                until=one.until,
            )
            for one in found
            if one.tag in tags
        )

    def holding(self, keys: Sequence[Key]) -> tuple[Proof, ...]:
        """Files that left with one of these people in them."""
        rosters = SqlRosters(self.shared.storage)
        ids = {proof for key in keys for proof in rosters.proofs_with(self.resources.source, key)}
        return tuple(one for one in LedgerProofs(SqlLedger(self.shared.storage)).proofs() if one.id in ids)

    def forget(self, customer: int) -> int:
        """Take a customer out of application state; how many entries held them."""
        return forget_in_state(self.shared.storage, self.resources.source, customer)

    def uses_of(self, customer_keys: Sequence[int]) -> tuple[TouchedUse, ...]:
        """Saved segments with some of these customers, counted over everybody; the first customers when there are many."""
        layer, index = self.resources.layer, self.resources.index
        entity = index.entity(index.model.customer_entity)
        key = f"{entity.name}.{entity.primary_key[0]}"
        reader = next(
            (r.name for r in layer.policy.roles if r.entities == "all" and not r.row_filters and r.see_small_groups),
            None,
        )
        if reader is None or not any(field.qualified == key for field in index.fields_of(entity.name)):
            return ()
        user = User(name="stewardship", roles=(reader,))
        mine = Among(key, tuple(customer_keys[:_MOST_TOUCHED]))
        found = []
        for segment in self.resources.segments.list():
            parts = tuple(part for part in (segment.people.where, mine) if part is not None)
            try:
                members = layer.count(Audience(where=conjoin(parts), entity=entity.name), user)
            except UserError:
                continue
            if members:
                found.append(TouchedUse(kind="segment", name=segment.name, members=members))
        return tuple(found)


def own_folders(home: Path) -> tuple[Path, ...]:
    """Data sets that were drafted here and adopted or asked."""
    return tuple(sorted(path.parent for path in (home / OWN).glob("*/model") if path.is_dir()))


def dataset_of(folder: Path) -> Dataset:
    """A folder as a data set that can be opened."""
    return Dataset(str(folder), Text(folder.name, folder.name))
