"""A shop written out by hand, its layer without data, and the parts of a memory over it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assistant.memory.folders import ReviewedFolders
from assistant.memory.holds import AnyPlan
from assistant.memory.review import ReviewQueue
from assistant.memory.reviewed import ReviewedStore
from assistant.memory.sql_store import SqlFeedbackStore
from assistant.memory.store import FeedbackInMemory, FeedbackStore
from assistant.memory.types import Feedback, FeedbackKind, ReviewedQuestion
from semantic_layer.engines.memory import MemoryEngine
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.load import load_model
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import Policy, RolePolicy, User
from semantic_layer.query.codec import plan_to_json
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience, Query
from semantic_layer.segments import SegmentsInMemory
from tests.semantic_layer.model.small_model import write_model
from tools.storage import open_storage

AT = datetime(2026, 11, 1, 8, tzinfo=UTC)
TODAY = date(2026, 10, 31)
POLICY = Policy(
    roles=(
        RolePolicy(name="admin", review=True),
        RolePolicy(name="analyst"),
        RolePolicy(name="data_owner", review=True),
    )
)
OWNER = User(name="olga", roles=("data_owner",))
ADMIN = User(name="adam", roles=("admin",))
ANALYST = User(name="ana", roles=("analyst",))
SALES = Plan((Query(metrics=("sales",)),))
ORDERS = Plan((Query(metrics=("orders",)),))
SHANGHAI = Plan((ListPeople(Audience(where=Compare("customer.city", "=", "上海"))),))


def pair(
    pair_id: str = "p1", plan: Plan = SALES, zh: tuple[str, ...] = ("销售额是多少？",), **more: object
) -> ReviewedQuestion:
    given = {"approved_by": "olga", "approved_on": date(2026, 11, 1), **more}
    return ReviewedQuestion(id=pair_id, plan=plan, zh=zh, **given)  # type: ignore[arg-type]


def layer_of(folder: Path) -> SemanticLayer:
    index = ModelIndex(load_model(folder))
    return SemanticLayer(index, POLICY, MemoryEngine({}), TODAY, SegmentsInMemory({}))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The folder of the definitions."""
    folder = tmp_path / "shop" / "model"
    folder.mkdir(parents=True)
    write_model(folder)
    return folder


@pytest.fixture
def folders(tmp_path: Path) -> ReviewedFolders:
    (tmp_path / "shop" / "model").mkdir(parents=True, exist_ok=True)
    return ReviewedFolders.of(tmp_path / "shop" / "model", tmp_path / "home", "shop")


@dataclass
class Scene:
    """A queue with everything behind it; ids are q1, q2 … and the clock moves a minute each time."""

    folders: ReviewedFolders
    store: FeedbackStore
    check: AnyPlan = field(default_factory=AnyPlan)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.reviewed = ReviewedStore(self.folders, self.check)
        self.queue = self.another(self.reviewed)

    def another(self, reviewed: ReviewedStore) -> ReviewQueue:
        """A queue as another process would open it."""
        return ReviewQueue(
            self.store,
            reviewed,
            POLICY,
            data_set="shop",
            clock=lambda: AT + timedelta(minutes=next(self.numbers)),
            new_id=lambda: f"{next(self.numbers)}",
        )

    def say(self, question: str = "销售额是多少？", **more: object) -> Feedback:
        number = next(self.numbers)
        given = {
            "id": f"f{number}",
            "at": AT + timedelta(minutes=number),
            "who": "ana",
            "data_set": "shop",
            "kind": FeedbackKind.THUMB,
            "answer": f"a{number}",
            "language": "zh",
            "plan": plan_to_json(SALES),
            "good": True,
            "understood_by": "model: small",
            **more,
        }
        said = Feedback(question=question, **given)  # type: ignore[arg-type]
        self.queue.propose(said)
        return said


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FeedbackStore]:
    if request.param == "memory":
        yield FeedbackInMemory()
        return
    engine = open_storage(f"sqlite:///{tmp_path / 'state' / 'app.db'}")
    yield SqlFeedbackStore(engine)
    engine.dispose()


@pytest.fixture
def scene(folders: ReviewedFolders, store: FeedbackStore) -> Scene:
    return Scene(folders, store)
