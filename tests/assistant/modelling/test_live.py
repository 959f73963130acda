"""Models as the page looks after them: training in the background, publishing, withdrawing, drift, and who may."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count

import numpy as np
import pytest

from assistant.modelling.live import LiveModels
from assistant.modelling.port import State
from assistant.stewardship.task_board import TaskBoard
from assistant.stewardship.types import TaskState
from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text, UnknownNameError
from semantic_layer.policy.types import User
from tools.models.book import ModelBook
from tools.models.drift import spreads_of
from tools.models.features import Matrix
from tools.models.kept import ModelsOfMemory
from tools.models.types import Band, Card, Feature, Scores, TagForm, Task, TooLittleDataError, Trained

NOW = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
ANA, EAST = User(name="ana", roles=("admin",)), User(name="east", roles=("region_east",))
MIA = User(name="mia", roles=("marketer",))
LIKING = Feature(name="liking", label=Text("喜好", "liking"), meaning=Text("喜好", "liking"))


@dataclass
class Coins:
    """A model that knows two people, and refuses when `empty`."""

    empty: bool = False
    values: list[float] = field(default_factory=lambda: [0.0, 1.0] * 50)

    @property
    def name(self) -> str:
        return "coins"

    @property
    def label(self) -> Text:
        return Text("硬币模型", "coin model")

    @property
    def deciding(self) -> str:
        return ""

    def train(self, task: Task) -> Trained:
        if self.empty:
            raise TooLittleDataError(self.label, Text("两个人", "two people"), Text("没有人", "is nobody"))
        task.say(Text("正在抛硬币…", "Tossing…"))
        band = Band(value="正", label=Text("正", "heads"), people=2)
        card = Card(
            name=self.name,
            label=self.label,
            answers=Text("正反", "heads or tails"),
            as_of=date(2026, 10, 31),
            data_from=date(2026, 1, 1),
            data_to=date(2026, 10, 31),
            people=2,
            population=Text("两人", "two people"),
            bands=(band,),
            features=(LIKING,),
            spreads=spreads_of(self.matrix(task)),
            tag=TagForm(name="coin", label=Text("硬币", "coin")),
        )
        scores = Scores(keys=np.array([1, 2]), score=np.array([0.0, 1.0]), band=np.zeros(2, dtype=np.int16))
        return Trained(card=card, scores=scores)

    def matrix(self, task: Task) -> Matrix:
        values = np.array(self.values)[:, None]
        return Matrix(keys=np.arange(len(values)), values=values, features=(LIKING,))


class AtOnce(Executor):
    """Work that is done when it is handed over."""

    def submit(self, fn, /, *args, **kwargs):
        done: Future = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@dataclass
class House:
    models: LiveModels
    board: TaskBoard
    coins: Coins
    reopened: list[str]


@pytest.fixture
def house(assistant) -> Iterator[House]:
    ids, ticks, coins, reopened = count(1), count(), Coins(), []
    book = ModelBook(ModelsOfMemory(), (coins,), "demo", clock=lambda: NOW, seconds=lambda: float(next(ticks)))
    board = TaskBoard(
        now=lambda: NOW,
        seconds=lambda: float(next(ticks)),
        new_id=lambda: f"t{next(ids)}",
        may_manage=lambda user: "admin" in user.roles,
        executor=AtOnce(),
    )
    models = LiveModels(opened=lambda: (book, assistant.resources.layer), board=board, reopen=reopened.append)
    yield House(models, board, coins, reopened)
    board.close()


def test_a_model_that_was_never_trained_says_so(house: House) -> None:
    (row,) = house.models.rows(user=ANA)
    assert (row.state, row.card, row.tag, row.publishable) == (State.NONE, None, "", False)


def test_training_goes_on_in_the_background_and_gives_a_card(house: House) -> None:
    task = house.models.train("coins", user=ANA)
    assert task.about == "model:coins"
    (done,) = house.board.tasks(user=ANA)
    assert done.state is TaskState.DONE
    assert "第 1 版" in done.message.zh
    (row,) = house.models.rows(user=ANA)
    assert row.card is not None
    assert (row.state, row.card.version, row.card.trained_by) == (State.FRESH, 1, "ana")


def test_a_model_that_refuses_ends_its_task_with_the_reason(house: House) -> None:
    house.coins.empty = True
    house.models.train("coins", user=ANA)
    (task,) = house.board.tasks(user=ANA)
    assert task.state is TaskState.FAILED
    assert "数据太少" in task.message.zh
    assert house.models.rows(user=ANA)[0].card is None


def test_a_version_is_published_opened_anew_and_taken_back(house: House) -> None:
    house.models.train("coins", user=ANA)
    assert house.models.rows(user=ANA)[0].publishable
    assert "coin" in house.models.publish("coins", user=ANA).en
    (row,) = house.models.rows(user=ANA)
    assert (row.tag, row.tag_version, row.publishable) == ("coin", 1, False)
    house.models.train("coins", user=ANA)
    assert house.models.rows(user=ANA)[0].publishable  # a newer version than the tag
    house.models.withdraw("coins", user=ANA)
    assert house.models.rows(user=ANA)[0].tag == ""
    assert house.reopened == ["ana", "ana"]


def test_drift_is_looked_at_when_asked(house: House) -> None:
    house.models.train("coins", user=ANA)
    assert house.models.rows(user=ANA)[0].drift is None
    house.models.check("coins", user=ANA)
    steady = house.models.rows(user=ANA)[0].drift
    assert steady is not None
    assert steady.state == "steady"
    house.coins.values = [1.0] * 100
    house.models.check("coins", user=ANA)
    moved = house.models.rows(user=ANA)[0].drift
    assert moved is not None
    assert moved.state == "moved"


def test_what_cannot_be_done_is_refused_with_the_next_step(house: House) -> None:
    for act in (house.models.publish, house.models.check):
        with pytest.raises(InvalidPlanError, match="train it first"):
            act("coins", user=ANA)
    with pytest.raises(InvalidPlanError, match="nothing to withdraw"):
        house.models.withdraw("coins", user=ANA)
    with pytest.raises(UnknownNameError):
        house.models.train("coin", user=ANA)


def test_who_may_not_manage_may_train_but_not_publish(house: House) -> None:
    assert house.models.may_manage(ANA)
    assert not house.models.may_manage(MIA)
    house.models.train("coins", user=MIA)
    with pytest.raises(NotAllowedError, match="manage_models"):
        house.models.publish("coins", user=MIA)
    with pytest.raises(NotAllowedError, match="manage_models"):
        house.models.schedule("coins", 7, user=MIA)


def test_who_may_not_see_single_people_sees_no_models(house: House) -> None:
    assert house.models.may_see(ANA)
    assert not house.models.may_see(EAST)
    assert not house.models.may_see(User(name="nobody", roles=()))
    with pytest.raises(NotAllowedError):
        house.models.rows(user=EAST)


def test_a_rhythm_is_kept_and_ended(house: House) -> None:
    assert "7" in house.models.schedule("coins", 7, user=ANA).en
    assert house.models.rows(user=ANA)[0].every_days == 7
    house.models.schedule("coins", 0, user=ANA)
    assert house.models.rows(user=ANA)[0].every_days == 0
