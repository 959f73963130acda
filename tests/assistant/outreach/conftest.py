"""The campaigns of a small company behind their page, with deliveries and responses in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from assistant.outreach.office import CampaignOffice
from assistant.stewardship.task_board import TaskBoard
from semantic_layer.calendar.resolve import CompanyCalendar
from tests.tools.campaigns.care import DAN, MIA, TODAY, Office, Remembered, company
from tests.tools.destinations.posts import Clock, Post
from tools.campaigns import DeskGate
from tools.destinations.answering import SentByDeliveries
from tools.destinations.deliveries import DeliveriesInMemory
from tools.destinations.pace import Pace, Retry
from tools.destinations.sender import Sender
from tools.effect.hearing import Hearing
from tools.effect.ours import LedgerOptouts
from tools.effect.responses import ResponsesInMemory


class AtOnce:
    """Does work where it is given, unless it is to be kept for `go`."""

    def __init__(self) -> None:
        self.keep = False
        self.kept: list[tuple] = []

    def submit(self, work, *args) -> None:
        if self.keep:
            self.kept.append((work, args))
        else:
            work(*args)

    def go(self) -> None:
        waiting, self.kept = self.kept, []
        for work, args in waiting:
            work(*args)

    def shutdown(self, **_) -> None:
        self.kept = []


@dataclass
class House:
    """The office, and what stands around it."""

    care: Office
    office: CampaignOffice
    post: Post
    deliveries: DeliveriesInMemory
    worker: AtOnce
    clock: Clock

    def waiting(self, **more):
        campaign = self.care.draft(**more)
        return self.office.do(campaign.id, "submit", MIA)

    def approved(self, **more):
        campaign = self.waiting(**more)
        return self.office.do(campaign.id, "approve", DAN, revision=campaign.revision)

    def found(self, campaign):
        return self.care.desk.find(campaign.id, DAN)


@pytest.fixture(scope="session")
def care_layer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remembered]:
    with company(tmp_path_factory.mktemp("care")) as layer:
        yield layer


@pytest.fixture
def house(care_layer: Remembered) -> House:
    care = Office(care_layer)
    clock = Clock()
    clock.now = care.now
    post = Post(clock)
    post.name = "file"
    care.desk.destinations["file"] = post
    deliveries, worker = DeliveriesInMemory(), AtOnce()
    resources = SimpleNamespace(
        campaigns=care.desk,
        index=care_layer.index,
        calendar=CompanyCalendar(care_layer.index.model.conventions, (), TODAY),
    )
    ids = iter(range(1, 10_000))

    def sender(desk) -> Sender:
        return Sender(
            gate=DeskGate(desk),
            deliveries=deliveries,
            clock=lambda: care.now,
            new_id=lambda: f"run{next(ids)}",
            chance=lambda: 0.0,
            sleep=clock.sleep,
            pace=Pace(round=20, retry=Retry(first=1, factor=2, most=60, jitter=0, attempts=4)),
        )

    def hearing(_) -> Hearing:
        reader = care.desk.weighing.reader(MIA, None)
        return Hearing(
            ResponsesInMemory(),
            SentByDeliveries(deliveries, care.desk.records.get),
            LedgerOptouts(care.desk.consents, by="responses"),
            data_set="care",
            everybody=lambda: reader.matched(reader.everybody),
            clock=lambda: care.now,
        )

    board = TaskBoard(
        now=lambda: care.now,
        seconds=lambda: 0.0,
        new_id=lambda: f"t{next(ids)}",
        may_manage=lambda _: False,
        executor=worker,
    )
    office = CampaignOffice(
        lambda: resources, board, deliveries, sender_of=sender, hearing_of=hearing, now=lambda: care.now
    )
    return House(care=care, office=office, post=post, deliveries=deliveries, worker=worker, clock=clock)
