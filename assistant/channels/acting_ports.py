"""The ports of what follows from answers, over the open data sets: campaigns with their sending, boards, models, segments.

Wired here, drawn by the pages, kept going by the schedule.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

from assistant.acting import board_room, keeper_of, sender_over
from assistant.boards.delivering import Deliveries as Letters
from assistant.boards.delivering import board_jobs
from assistant.boards.desk import BoardDesk
from assistant.boards.looking import Directory, Lookout
from assistant.boards.numbers import LiveNumbers
from assistant.boards.post import MailPostman, Postman, reach_over
from assistant.boards.stories import EffectStories, SegmentStories
from assistant.boards.working import Works
from assistant.bootstrap import Shared
from assistant.living.live import LiveLiving
from assistant.modelling.live import LiveModels
from assistant.opening_readers import new_id, now
from assistant.outreach.office import CampaignOffice
from assistant.resources import Resources
from assistant.scheduling import At, Every, Job
from assistant.settings import Settings
from assistant.stewardship.task_board import Progress, TaskBoard
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import DataError, NotAllowedError, Text, UserError
from semantic_layer.layer import SemanticLayer
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import Policy, User
from semantic_layer.query.codec import Json
from tools.campaigns.desk import CampaignDesk
from tools.campaigns.reading import Reader
from tools.campaigns.sending import DeskGate
from tools.destinations.answering import SentByDeliveries
from tools.destinations.mail import SmtpMail
from tools.destinations.sql_deliveries import SqlDeliveries
from tools.destinations.unsubscribing import Refusal, Unsubscribing
from tools.effect.hearing import Hearing, Taken
from tools.effect.intake import Parsed
from tools.effect.ours import LedgerOptouts
from tools.effect.response_store import SqlResponses
from tools.ledger import SqlLedger
from tools.models.book import ModelBook
from tools.models.kept import Rhythm
from tools.segments.membership_store import SqlMembershipStore

SENDING_MINUTES: Final = 1.0
_AT_ONCE: Final = 3  # campaigns that are sent at the same time
_BOARDS: Final = "board"  # the kind of entries of the ledger
_SECRET: Final = "unsubscribe.key"  # noqa: S105  # the name of a file
_NOBODY: Final = "schedule"


def address_of(settings: Settings) -> str:
    """The address at which people reach the page, without a slash at its end."""
    return (settings.base_url or f"http://{settings.host}:{settings.port}").rstrip("/")


@dataclass(frozen=True)
class ActingPorts:
    """The ports of one data set. `resources` gives it as it is open now, `reopen` opens it anew in the background."""

    dataset: str
    resources: Callable[[], Resources]
    reopen: Callable[[str], None]
    settings: Settings
    shared: Shared
    directory: Directory | None = None
    postmen: Sequence[Postman] = ()

    @cached_property
    def board(self) -> TaskBoard:
        """Where sending and training run, so that loads of data need not wait for them."""
        return TaskBoard(
            now=now,
            seconds=time.monotonic,
            new_id=new_id,
            may_manage=self._may_manage,
            executor=ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="acting"),
        )

    @cached_property
    def campaigns(self) -> CampaignOffice:
        return CampaignOffice(
            self.resources,
            self.board,
            SqlDeliveries(self.shared.storage),
            sender_of=lambda desk: sender_over(desk, self.shared.storage, link=self.unsubscribing.link),
            hearing_of=self._hearing,
            now=now,
        )

    @cached_property
    def models(self) -> LiveModels:
        return LiveModels(opened=self._opened_models, board=self.board, reopen=self.reopen)

    @cached_property
    def living(self) -> LiveLiving:
        return LiveLiving(
            resources=self.resources,
            looks=lambda: SqlMembershipStore(self.shared.storage, self.resources().source),
            board=self.board,
        )

    @cached_property
    def lookout(self) -> Lookout | None:
        """Made without opening the data: sources can be worked on before there is anything to ask."""
        if self.directory is None:
            return None
        room = board_room(self.shared.storage, self.dataset, self.shared.roles_now)
        return Lookout(room=room, numbers=LiveNumbers(self.resources), directory=self.directory, clock=_here)

    @cached_property
    def boards(self) -> BoardDesk | None:
        if self.lookout is None:
            return None
        works = Works(self.lookout, now=now, seconds=time.monotonic, new_id=new_id)
        reach = reach_over(self._all_postmen, self.lookout.directory.account)
        return BoardDesk(self.lookout, works, base=address_of(self.settings), note=self._noted, reach=reach)

    @cached_property
    def unsubscribing(self) -> Unsubscribing:
        return Unsubscribing(
            _secret_in(self.settings.home),
            base_url=address_of(self.settings),
            optouts=DeskGate(self._desk()),
            clock=now,
        )

    def hear(self, parsed: Parsed) -> Taken:
        """What customers did, from a program that was let in."""
        return self._hearing(self.resources()).take(parsed)

    def letters(self) -> tuple[Letters, ...]:
        """The subscriptions of boards of this data set."""
        if self.lookout is None:
            return ()
        stories = (SegmentStories(self.resources), EffectStories(self.resources))
        return (
            Letters(
                lookout=self.lookout,
                postmen=self._all_postmen,
                base=address_of(self.settings),
                note=self._noted,
                clock=_here,
                stories=stories,
            ),
        )

    # ---- at set times

    def keep_sending(self) -> None:
        """Begin what is due and go on with what was interrupted."""
        with suppress(UserError):  # a data set without campaigns
            self.campaigns.keep_sending()

    def refresh_segments(self) -> None:
        """Look at the segments that are due, as a task that people see."""
        living = self.resources().living
        if living is None or not living.due():
            return

        def work(progress: Progress, cancel: Cancel) -> Text:
            done = living.refresh_due(progress=progress, cancel=cancel)
            return Text(f"看过 {len(done.looks)} 个人群。", f"{len(done.looks)} segments were looked at.")

        with suppress(UserError):  # the same is under way
            self.board.start(Text("刷新人群", "Refresh segments"), work, by=_NOBODY, about="segments")

    def train_due(self) -> None:
        """Train the models that are due again, and look whether those that stand as tags still know their customers."""
        with suppress(UserError):  # a data set without models
            book, layer = self._opened_models()
            who = _trainer_of(layer.policy)
            if who is None:
                return
            if any(_is_due(one, now()) for one in book.rhythms()):
                self._train(who)
            for one in book.published():
                with suppress(UserError):  # this person's rights know no card of it, or the same is under way
                    self.models.check(one.model, user=who)

    def close(self) -> None:
        """Stop what runs where nothing is lost."""
        if "board" in self.__dict__:
            self.board.close()
        if (desk := self.__dict__.get("boards")) is not None:
            desk.close()

    # ---- parts

    @cached_property
    def _all_postmen(self) -> tuple[Postman, ...]:
        """The first mail server among the destinations, and what else carries letters."""
        mail = [MailPostman(one) for one in self.shared.destinations if isinstance(one, SmtpMail)]
        return (*mail[:1], *self.postmen)

    def _train(self, who: User) -> None:
        def work(_: Progress, cancel: Cancel) -> Text:
            book, layer = self._opened_models()
            renewed = book.refresh(layer, who, cancel=cancel)
            if any(one.published for one in renewed):
                self.reopen(_NOBODY)
            kept = [one.kept for one in renewed if one.kept is not None]
            return Text(
                "".join((f"重新训练了 {len(renewed)} 个模型。", *(one.zh for one in kept))),
                " ".join((f"{len(renewed)} models were trained again.", *(one.en for one in kept))),
            )

        with suppress(UserError):  # the same is under way
            self.board.start(Text("重新训练模型", "Train models again"), work, by=_NOBODY, about="models")

    def _opened_models(self) -> tuple[ModelBook, SemanticLayer]:
        resources = self.resources()
        if resources.models is None:
            raise DataError(Text("这个数据集没有模型。", "This data set has no models."))
        return resources.models, resources.layer

    def _desk(self) -> CampaignDesk:
        found = self.resources().campaigns
        if found is None:
            raise DataError(Text("这个数据集没有活动。", "This data set has no campaigns."))
        return found

    def _hearing(self, resources: Resources) -> Hearing:
        desk, keeper = self._desk(), keeper_of(resources.layer.policy)
        if keeper is None:
            raise NotAllowedError(
                Text(
                    "没有能看到全部客户的角色，不能接收反馈。",
                    "No role of this data set sees all customers, so responses cannot be taken in.",
                )
            )
        layer = resources.layer
        reader = Reader(layer=layer, layer_under=lambda _: layer, user=keeper)
        return Hearing(
            SqlResponses(self.shared.storage),
            SentByDeliveries(SqlDeliveries(self.shared.storage), desk.records.get),
            LedgerOptouts(desk.consents, by="responses"),
            data_set=resources.source,
            everybody=lambda: reader.matched(reader.everybody),
            clock=now,
        )

    def _may_manage(self, user: User) -> bool:
        try:
            rights = rights_of(user, self.resources().layer.policy)
        except NotAllowedError:
            return False
        return rights.may_send or rights.may_approve

    def _noted(self, user: User, what: str, about: Mapping[str, Json]) -> None:
        """Into the ledger, beside questions and exports."""
        body: dict[str, Json] = {"data_set": self.dataset, "what": what, **about}
        SqlLedger(self.shared.storage).append(entry_id=new_id(), kind=_BOARDS, at=now(), who=user.name, body=body)


def read_token(settings: Settings, token: str) -> Refusal:
    """Who says no, to which campaign. Raises `InvalidPlanError` for a token that was not made here."""
    return Unsubscribing(_secret_in(settings.home), base_url="", optouts=_OnlyRead(), clock=now).read(token)


class _OnlyRead:
    """`Optouts` of whoever only reads tokens."""

    def note_unsubscribed(self, campaign_id: str, keys: object, at: datetime, source: str) -> None:
        raise AssertionError("tokens are only read here")


def acting_jobs(ports: Callable[[], Sequence[ActingPorts]]) -> tuple[Job, ...]:
    """What the schedule does for every data set that is open."""

    def each(do: Callable[[ActingPorts], None]) -> Callable[[], None]:
        def run() -> None:
            for one in ports():
                do(one)

        return run

    return (
        Job(name="campaigns", when=Every(SENDING_MINUTES), run=each(ActingPorts.keep_sending)),
        Job(name="segments", when=At(hour=3), run=each(ActingPorts.refresh_segments)),
        Job(name="models", when=At(hour=3, minute=30), run=each(ActingPorts.train_due)),
        *board_jobs(lambda: [letter for one in ports() for letter in one.letters()]),
    )


def _here() -> datetime:
    """Now by the clock of this machine: letters leave at an hour of its day."""
    return now().astimezone()


def _is_due(rhythm: Rhythm, at: datetime) -> bool:
    return rhythm.trained_at is None or at - rhythm.trained_at >= timedelta(days=rhythm.every_days)


def _trainer_of(policy: Policy) -> User | None:
    """In whose name models are trained by schedule; `None` where no role sees everybody and manages models."""
    for role in policy.roles:
        if role.entities == "all" and not role.row_filters and role.see_small_groups and role.manage_models:
            return User(name=_NOBODY, roles=(role.name,))
    return None


def _secret_in(home: Path) -> bytes:
    """What addresses to unsubscribe are signed with: made once for an installation, readable by its owner only."""
    file = home / _SECRET
    try:
        if not file.exists():
            home.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_text(secrets.token_hex(32), encoding="ascii")
        return file.read_text(encoding="ascii").strip().encode()
    except OSError as error:
        raise DataError(
            Text(
                f"退订链接的密钥文件「{file.name}」读不到：{error.strerror}。",
                f"The key of the addresses to unsubscribe, {file.name!r}, cannot be read: {error.strerror}.",
            )
        ) from error
