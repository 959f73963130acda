"""What a store of models keeps, in memory and in a database, also after it was opened again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from semantic_layer.errors import DataError, Text
from tools.models.codec import card_from_json, card_to_json, scores_from_bytes, scores_to_bytes
from tools.models.kept import ModelsOfMemory, ModelStore, Published, Rhythm
from tools.models.store import SqlModelStore
from tools.models.types import (
    Band,
    Bin,
    Candidate,
    Card,
    Feature,
    Figure,
    Scores,
    Slice,
    Spread,
    TagForm,
    Trained,
    Unit,
)
from tools.storage import open_storage

NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
TEXT = Text("话", "words")


def card(name: str = "churn", **more: object) -> Card:
    return Card(
        name=name,
        label=TEXT,
        answers=TEXT,
        as_of=date(2026, 10, 31),
        data_from=date(2025, 1, 1),
        data_to=date(2026, 10, 31),
        people=3,
        population=TEXT,
        trained_at=NOW,
        slices=(Slice(label=TEXT, until=date(2026, 9, 1), outcome=date(2026, 10, 1), people=9, judges=True),),
        features=(Feature(name="x", label=TEXT, meaning=TEXT, unit=Unit.PERCENT, sources=("orders",)),),
        metrics=(Figure(name="auc", label=TEXT, value=0.8, low=0.7, high=0.9),),
        candidates=(Candidate(name="a", label=TEXT, value=0.8, behind=(0.1, 0.0, 0.2), chosen=True),),
        calibration=(Bin(predicted=0.1, observed=0.2, low=0.1, high=0.3, people=5),),
        bands=(Band(value="高", label=TEXT, low=0.5), Band(value="低", label=TEXT, high=0.5)),
        spreads=(Spread(feature="x", edges=(1.0,), parts=(0.5, 0.5, 0.0)),),
        tag=TagForm(name="predicted", label=TEXT, positive=("高",)),
        **more,  # type: ignore[arg-type]
    )


def scores(*keys: int) -> Scores:
    count = len(keys)
    return Scores(
        keys=np.array(keys, dtype=np.int64),
        score=np.linspace(0.9, 0.1, count),
        band=np.array([0] + [1] * (count - 1), dtype=np.int16),
        why=np.zeros((count, 1), dtype=np.int16),
        seen=np.ones((count, 1)),
    )


def trained(name: str = "churn", *keys: int) -> Trained:
    return Trained(card=card(name), scores=scores(*(keys or (1, 5, 9))))


@pytest.fixture(params=["memory", "database"])
def store(request: pytest.FixtureRequest) -> Iterator[ModelStore]:
    if request.param == "memory":
        yield ModelsOfMemory()
        return
    engine = open_storage()
    yield SqlModelStore(engine)
    engine.dispose()


def test_versions_count_for_each_model_and_data_set(store) -> None:
    versions = [store.save("a", trained("churn")).card.version for _ in range(2)]
    assert versions == [1, 2]
    assert store.save("a", trained("value")).card.version == 1
    assert store.save("b", trained("churn")).card.version == 1


def test_what_was_kept_comes_back_whole(store) -> None:
    kept = store.save("a", trained())
    assert store.cards("a", "churn") == (kept.card,)
    found = store.scores("a", "churn", 1)
    assert found is not None
    assert found.keys.tolist() == [1, 5, 9]
    assert np.array_equal(found.score, kept.scores.score)
    assert np.array_equal(found.why, kept.scores.why)
    assert found.low is None
    assert store.scores("a", "churn", 2) is None


def test_the_newest_card_comes_first(store) -> None:
    for _ in range(3):
        store.save("a", trained())
    assert [one.version for one in store.cards("a", "churn")] == [3, 2, 1]


def published(version: int = 1) -> Published:
    return Published(
        data_set="a", tag="predicted", model="churn", version=version, horizon=30, published_at=NOW, published_by="Ana"
    )


def test_a_tag_moves_to_another_version_and_is_withdrawn(store) -> None:
    store.publish(published(1))
    store.publish(published(2))
    assert store.published("a") == (published(2),)
    assert store.published("b") == ()
    store.withdraw("a", "predicted")
    assert store.published("a") == ()


def test_rhythms_are_replaced_and_ended(store) -> None:
    weekly = Rhythm(data_set="a", model="churn", horizon=0, every_days=7, set_by="Ana")
    store.set_rhythm(weekly)
    store.set_rhythm(replace(weekly, every_days=30, trained_at=NOW))
    assert store.rhythms("a") == (replace(weekly, every_days=30, trained_at=NOW),)
    store.set_rhythm(replace(weekly, every_days=0))
    assert store.rhythms("a") == ()


def test_a_forgotten_customer_is_in_no_scores(store) -> None:
    store.save("a", trained("churn", 1, 5, 9))
    store.save("a", trained("value", 1, 7))
    store.save("b", trained("churn", 5))
    assert store.forget("a", 5) == 1
    left = store.scores("a", "churn", 1)
    assert left is not None
    assert left.keys.tolist() == [1, 9]
    assert left.why.shape == (2, 1)
    assert store.scores("b", "churn", 1) is not None
    assert store.forget("a", 5) == 0


def test_old_scores_go_but_cards_and_standing_tags_stay(store) -> None:
    for _ in range(4):
        store.save("a", trained())
    store.publish(published(1))
    store.prune("a", "churn", keep=2)
    kept = [version for version in range(1, 5) if store.scores("a", "churn", version) is not None]
    assert kept == [1, 3, 4]
    assert len(store.cards("a", "churn")) == 4


def test_all_of_it_is_there_after_opening_again(tmp_path) -> None:
    url = f"sqlite:///{tmp_path}/state.sqlite"
    engine = open_storage(url)
    kept = SqlModelStore(engine).save("a", trained())
    SqlModelStore(engine).publish(published())
    engine.dispose()
    again = open_storage(url)
    store = SqlModelStore(again)
    found = store.scores("a", "churn", 1)
    assert found is not None
    assert found.keys.tolist() == [1, 5, 9]
    assert (store.cards("a"), store.published("a")) == ((kept.card,), (published(),))
    again.dispose()


def test_cards_survive_their_form() -> None:
    assert card_from_json(card_to_json(card())) == card()


@pytest.mark.parametrize("text", ["", "{}", '{"name": 1}', "null"])
def test_a_damaged_card_is_told(text: str) -> None:
    with pytest.raises(DataError):
        card_from_json(text)


def test_damaged_scores_are_told() -> None:
    whole = scores_to_bytes(scores(1, 2, 3))
    for data in (b"", b"no zip", whole[: len(whole) // 2], whole.replace(b"keys", b"kays")):
        with pytest.raises(DataError):
            scores_from_bytes(data)


def test_places_and_tops() -> None:
    some = scores(1, 5, 9)
    assert (some.place(5), some.place(6), some.place(10)) == (1, None, None)
    assert some.top(2).tolist() == [0, 1]
    assert some.top(5, among=np.array([5, 9, 12])).tolist() == [1, 2]
    tied = replace(some, score=np.zeros(3))
    assert tied.top(2).tolist() == [0, 1]
