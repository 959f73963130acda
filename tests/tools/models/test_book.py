"""Who may do what with models, when they are trained again, and when a tag moves on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text, UnknownNameError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience, ByField, Query
from semantic_layer.segments import SegmentsInMemory
from tests.semantic_layer.compiler import tiny
from tests.tools.models.world import ANA, BEA, GUS, MAX, POLICY, drawn, model_of, shop
from tools.models.book import KEEP, ModelBook
from tools.models.features import Matrix
from tools.models.kept import ModelsOfMemory
from tools.models.tags import bits_of, with_scores
from tools.models.types import Band, Card, Feature, Figure, Scores, Spread, TagForm, Task, TooLittleDataError, Trained

TEXT = Text("话", "words")
LABEL = Text("试验模型", "trial model")


@dataclass
class Trial:
    """Scores everybody by their key; how good it says it is, and whether it fails, is set from outside."""

    name: str = "trial"
    label: Text = LABEL
    deciding: str = "quality"
    usual: int = 30
    quality: float = 0.8
    too_little: bool = False
    trainings: list[int | None] = field(default_factory=list)

    def train(self, task: Task) -> Trained:
        if self.too_little:
            raise TooLittleDataError(LABEL, Text("更多", "more"), Text("太少", "is too little"))
        self.trainings.append(task.horizon)
        keys = task.layer.key_array(Audience(entity="member"), task.user)
        return Trained(card=self._card(task), scores=self._scores(keys))

    def matrix(self, task: Task) -> Matrix:
        keys = task.layer.key_array(Audience(entity="member"), task.user)
        return Matrix(keys=keys, values=keys[:, None] * 1.0, features=self._card(task).features)

    def _scores(self, keys: np.ndarray) -> Scores:
        return Scores(keys=keys, score=keys / keys.max(), band=np.where(keys % 2 == 0, 0, 1).astype(np.int16))

    def _card(self, task: Task) -> Card:
        return Card(
            name=self.name,
            label=LABEL,
            answers=TEXT,
            as_of=task.layer.as_of,
            data_from=date(2025, 1, 1),
            data_to=task.layer.as_of,
            people=1,
            population=TEXT,
            horizon=task.horizon or 30,
            features=(Feature(name="key", label=TEXT, meaning=TEXT, sources=("coupon_purchases",)),),
            metrics=(
                Figure(
                    name="quality", label=TEXT, value=self.quality, low=self.quality - 0.02, high=self.quality + 0.02
                ),
            ),
            bands=(Band(value="even", label=Text("双", "even")), Band(value="odd", label=Text("单", "odd"))),
            spreads=(Spread(feature="key", edges=(10.0,), parts=(0.5, 0.5, 0.0)),),
            tag=TagForm(name="trial_score", label=Text("试验分", "trial score"), positive=("even",)),
        )


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    with shop(tmp_path_factory.mktemp("shop"), drawn(people=20).purchases) as found:
        yield found


@pytest.fixture
def trial() -> Trial:
    return Trial()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> ModelsOfMemory:
    return ModelsOfMemory()


@pytest.fixture
def book(store: ModelsOfMemory, trial: Trial, clock: Clock) -> ModelBook:
    ticks = iter(range(10_000))
    return ModelBook(store, [trial], "shop", clock=clock, seconds=lambda: float(next(ticks)))


def test_training_happens_once_for_the_same_data(book: ModelBook, trial: Trial, layer: SemanticLayer) -> None:
    one, other = book.get("trial", layer, ANA), book.get("trial", layer, ANA)
    assert trial.trainings == [None]
    assert one.card == other.card
    assert (one.card.version, one.card.trained_by, one.card.seconds) == (1, "Ana", 1.0)


def test_the_usual_horizon_is_the_one_taken_when_none_is_said(
    book: ModelBook, trial: Trial, layer: SemanticLayer
) -> None:
    book.get("trial", layer, ANA, horizon=30)
    book.get("trial", layer, ANA)
    assert trial.trainings == [30]
    book.get("trial", layer, ANA, horizon=60)
    book.get("trial", layer, ANA)
    assert trial.trainings == [30, 60]


def test_other_definitions_or_data_are_trained_anew(book: ModelBook, trial: Trial, layer: SemanticLayer) -> None:
    book.get("trial", layer, ANA)
    for model, day in (
        (replace(layer.index.model, version="next"), layer.as_of),
        (layer.index.model, layer.as_of + timedelta(days=1)),
    ):
        other = SemanticLayer(ModelIndex(model), POLICY, layer.engine, day, SegmentsInMemory())
        assert book.ready("trial", other, ANA) is None


def test_people_with_the_same_rights_share_a_model_and_others_do_not(book: ModelBook, layer: SemanticLayer) -> None:
    book.get("trial", layer, ANA)
    assert book.ready("trial", layer, MAX) is not None  # reads the same
    assert book.ready("trial", layer, BEA) is None  # does not see everything
    assert book.cards(layer, BEA) == ()


def test_who_may_not_see_few_people_may_not_use_models(tmp_path, book: ModelBook) -> None:
    with shop(tmp_path, drawn(people=20).purchases, model=model_of(least=5)) as careful:
        with pytest.raises(NotAllowedError):
            book.get("trial", careful, GUS)
        book.get("trial", careful, ANA)


def test_publishing_and_schedules_are_for_managers(book: ModelBook, layer: SemanticLayer) -> None:
    version = book.get("trial", layer, MAX).card.version
    for act in (
        lambda: book.publish("trial", version, layer, MAX),
        lambda: book.withdraw("trial_score", layer, MAX),
        lambda: book.schedule("trial", 7, layer, MAX),
        lambda: book.refresh(layer, MAX),
    ):
        with pytest.raises(NotAllowedError) as told:
            act()
        assert "manage_models" in told.value.message.en
    assert book.publish("trial", version, layer, ANA).tag == "trial_score"


def test_wrong_names_get_the_nearest(book: ModelBook, layer: SemanticLayer) -> None:
    with pytest.raises(UnknownNameError) as told:
        book.get("trail", layer, ANA)
    assert told.value.suggestions == ("trial",)
    with pytest.raises(InvalidPlanError):
        book.publish("trial", 9, layer, ANA)
    with pytest.raises(InvalidPlanError):
        book.schedule("trial", -1, layer, ANA)


def test_a_failed_training_keeps_what_there_was(book: ModelBook, trial: Trial, layer: SemanticLayer, store) -> None:
    book.get("trial", layer, ANA)
    trial.too_little = True
    with pytest.raises(TooLittleDataError) as told:
        book.train("trial", layer, ANA)
    assert "too little data for trial model" in told.value.message.en
    assert [one.version for one in store.cards("shop")] == [1]


def test_refresh_trains_what_is_due_and_lets_the_tag_move_on(
    book: ModelBook, trial: Trial, layer: SemanticLayer, clock: Clock
) -> None:
    book.publish("trial", book.get("trial", layer, ANA).card.version, layer, ANA)
    book.schedule("trial", 7, layer, ANA)
    (first,) = book.refresh(layer, ANA)
    assert (first.before, first.after, first.published) == (1, 2, True)
    clock.now += timedelta(days=6)
    assert book.refresh(layer, ANA) == ()
    clock.now += timedelta(days=1)
    trial.quality = 0.79  # within noise
    assert [one.published for one in book.refresh(layer, ANA)] == [True]
    assert book.published()[0].version == 3


def test_a_clearly_worse_version_does_not_take_the_tag(book: ModelBook, trial: Trial, layer: SemanticLayer) -> None:
    book.publish("trial", book.get("trial", layer, ANA).card.version, layer, ANA)
    book.schedule("trial", 7, layer, ANA)
    trial.quality = 0.6
    (found,) = book.refresh(layer, ANA)
    assert found.kept is not None
    assert book.published()[0].version == 1


def test_one_failing_model_is_told_and_its_tag_stays(book: ModelBook, trial: Trial, layer: SemanticLayer) -> None:
    book.publish("trial", book.get("trial", layer, ANA).card.version, layer, ANA)
    book.schedule("trial", 7, layer, ANA)
    trial.too_little = True
    (found,) = book.refresh(layer, ANA)
    assert found.kept is not None
    assert "too little" in found.kept.en
    assert book.published()[0].version == 1


def test_old_scores_are_let_go(book: ModelBook, layer: SemanticLayer, store: ModelsOfMemory) -> None:
    for _ in range(KEEP + 2):
        book.train("trial", layer, ANA)
    kept = [version for version in range(1, KEEP + 3) if store.scores("shop", "trial", version) is not None]
    assert kept == list(range(3, KEEP + 3))


def test_drift_is_measured_on_todays_customers(book: ModelBook, layer: SemanticLayer) -> None:
    found = book.drift(book.get("trial", layer, ANA).card, layer, ANA)
    assert found is not None
    assert found.furthest == pytest.approx(0)  # 20 members, 10 of them up to key 10


# ---- scores as a tag


def reopened(layer: SemanticLayer, store: ModelsOfMemory) -> SemanticLayer:
    index = ModelIndex(with_scores(layer.index.model, store, "shop"))
    return SemanticLayer(index, POLICY, layer.engine, layer.as_of, SegmentsInMemory())


def test_a_published_score_can_be_asked_for_and_counted(book: ModelBook, layer: SemanticLayer, store) -> None:
    book.publish("trial", book.get("trial", layer, ANA).card.version, layer, ANA)
    again = reopened(layer, store)
    even = Audience(where=Compare("member.trial_score", "=", "even"), entity="member")
    assert again.key_array(even, MAX).tolist() == list(range(2, 21, 2))
    counted = again.run(Query(metrics=("members",), by=(ByField("member.trial_score"),)), MAX).table.rows
    assert dict(counted) == {"even": 10, "odd": 10}
    tag = again.index.tag("member.trial_score")
    assert (tag.origin.version, tag.origin.owner, tag.positive) == (1, "Ana", ("even",))


def test_without_a_score_the_tag_is_unknown(book: ModelBook, layer: SemanticLayer, store) -> None:
    book.publish("trial", book.get("trial", layer, ANA).card.version, layer, ANA)
    book.forget(4)
    again = reopened(layer, store)
    rows = again.run(Query(metrics=("members",), by=(ByField("member.trial_score"),)), ANA).table.rows
    assert dict(rows) == {"even": 9, "odd": 10, None: 1}


def test_scores_say_nothing_of_earlier_days(book: ModelBook, layer: SemanticLayer, store) -> None:
    book.publish("trial", book.get("trial", layer, ANA).card.version, layer, ANA)
    again = reopened(layer, store)
    before = Audience(
        where=Compare("member.trial_score", "=", "even"), entity="member", as_of=layer.as_of - timedelta(days=1)
    )
    with pytest.raises(InvalidPlanError) as told:
        again.count(before, ANA)
    assert str(tiny.TODAY) in told.value.message.en


def test_who_may_not_use_what_it_is_made_from_may_not_use_the_tag(book: ModelBook, layer: SemanticLayer, store) -> None:
    book.publish("trial", book.get("trial", layer, ANA).card.version, layer, ANA)
    again = reopened(layer, store)
    assert again.may_use("member.trial_score", MAX)
    assert not again.may_use("member.trial_score", BEA)
    with pytest.raises(NotAllowedError):
        again.count(Audience(where=Compare("member.trial_score", "=", "even"), entity="member"), BEA)


def test_a_name_of_the_definitions_stays_theirs(book: ModelBook, layer: SemanticLayer, store) -> None:
    book.publish("trial", book.get("trial", layer, ANA).card.version, layer, ANA)
    once = with_scores(layer.index.model, store, "shop")
    assert with_scores(once, store, "shop") == once
    assert with_scores(layer.index.model, store, "another") == layer.index.model


@pytest.mark.parametrize("keys", [[7], [7, 8], [3, 11, 12, 40]])
def test_bits_stand_for_the_keys(keys: list[int]) -> None:
    low, bits = bits_of(np.array(keys))
    found = [low + at for at, bit in enumerate("".join(f"{byte:08b}" for byte in bits)) if bit == "1"]
    assert found == keys
