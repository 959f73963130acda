"""The four models on a shop whose truth is known: what they find, what they refuse, and that the future is never looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from semantic_layer.errors import InvalidPlanError
from semantic_layer.layer import SemanticLayer
from tests.semantic_layer.compiler import tiny
from tests.tools.models.world import ANA, KINDS, Truth, drawn, model_of, shop
from tools.models.category import NextCategoryModel
from tools.models.category_data import goods_of
from tools.models.churn import ChurnModel, banded
from tools.models.history import read_history
from tools.models.models import standard_models
from tools.models.price import PriceModel
from tools.models.price_data import fit_leaning, price_metrics
from tools.models.types import Card, Task, TooLittleDataError, Trained
from tools.models.value import ValueModel


@cache
def world() -> Truth:
    return drawn(people=2000)


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    with shop(tmp_path_factory.mktemp("world"), world().purchases) as found:
        yield found


@pytest.fixture(scope="module")
def value(layer: SemanticLayer) -> Trained:
    return ValueModel().train(Task(layer=layer, user=ANA, horizon=120))


@pytest.fixture(scope="module")
def price(layer: SemanticLayer) -> Trained:
    return PriceModel().train(Task(layer=layer, user=ANA))


@pytest.fixture(scope="module")
def category(layer: SemanticLayer) -> Trained:
    return NextCategoryModel().train(Task(layer=layer, user=ANA))


@pytest.fixture(scope="module")
def churn(layer: SemanticLayer) -> Trained:
    return ChurnModel().train(Task(layer=layer, user=ANA))


def known(card: Card, name: str) -> float:
    found = card.figure(name)
    assert found is not None
    return found.value


def truth_of(trained: Trained, of: np.ndarray) -> np.ndarray:
    return of[trained.scores.keys - 1]


# ---- value


@pytest.mark.slow
def test_value_foresees_the_held_out_stretch(value: Trained) -> None:
    card = value.card
    assert abs(known(card, "total_count")) < 0.15
    rmse, correlation = card.figure("rmse"), card.figure("correlation")
    assert rmse is not None
    assert correlation is not None
    assert rmse.value < rmse.baseline
    assert correlation.value > correlation.baseline
    assert 0.9 < known(card, "covered") <= 1.0


@pytest.mark.slow
def test_value_finds_the_parameters_of_the_world_in_weeks(value: Trained) -> None:
    """Rates are gamma(1.2, 25 days), leavings beta(0.8, 6): alpha in weeks is 25 / 7. Days with two purchases count once,
    which blurs the truth a little beyond chance.
    """
    assert known(value.card, "r") == pytest.approx(1.2, rel=0.25)
    assert known(value.card, "alpha") == pytest.approx(25 / 7, rel=0.25)


@pytest.mark.slow
def test_each_customer_has_a_range_around_the_expectation(value: Trained) -> None:
    scores = value.scores
    assert scores.low is not None
    assert scores.high is not None
    assert (scores.low >= 0).all()
    assert (scores.high >= scores.low).all()
    some = (
        scores.score > 20
    )  # whoever is almost surely gone is expected to bring a little, and most likely brings nothing
    assert (scores.high[some] > scores.score[some]).all()
    assert known(value.card, "total") == pytest.approx(scores.score.sum())


@pytest.mark.slow
def test_value_says_why_of_each(value: Trained) -> None:
    said = [one.en for one in value.scores.reasons(int(value.scores.top(1)[0]), value.card)]
    assert any("still a customer with a chance of" in one for one in said)
    assert any(one.startswith("spends") for one in said)


# ---- price


@pytest.mark.slow
def test_price_finds_the_true_shares(price: Trained) -> None:
    truth = truth_of(price, world().coupon_share)
    assert np.corrcoef(price.scores.score, truth)[0, 1] > 0.7
    assert price.scores.low is not None
    assert price.scores.high is not None
    inside = (price.scores.low <= truth) & (truth <= price.scores.high)
    assert 0.92 < inside.mean() < 0.98
    assert known(price.card, "mean") == pytest.approx(1 / 3, abs=0.04)  # beta(1, 2)


@pytest.mark.slow
def test_price_is_compared_with_the_rule_tag(price: Trained) -> None:
    assert {one.name for one in price.card.candidates} == {"rule", "share", "model"}
    later = price.card.figure("later_share")
    assert later is not None
    assert later.value > later.baseline  # whom the model calls high use more coupons later than whom the rule does


def test_the_distribution_behind_shares_is_found() -> None:
    source = np.random.default_rng(1)
    count = source.integers(1, 12, 20_000).astype(float)
    found = fit_leaning(source.binomial(count.astype(int), source.beta(2.0, 5.0, 20_000)).astype(float), count)
    assert (found.a, found.b) == pytest.approx((2.0, 5.0), rel=0.1)
    assert found.mean(np.array([0.0]), np.array([0.0]))[0] == pytest.approx(2 / 7, abs=0.01)
    low, high = found.range(np.array([3.0]), np.array([4.0]))
    assert low[0] < 5 / 11 < high[0]


# ---- category


@pytest.mark.slow
def test_the_favourite_is_found(category: Trained) -> None:
    """85 of 100 purchases are of the favourite kind, so that much can be hit and no more."""
    truth = np.array([f"下次买{kind}" for kind in KINDS])[truth_of(category, world().favourite)]
    said = np.array([category.card.bands[at].value for at in category.scores.band])
    assert (said == truth).mean() > 0.9
    assert known(category.card, "top1") == pytest.approx(0.85, abs=0.04)
    assert all(abs(one.predicted - one.observed) < 0.12 for one in category.card.calibration)


# ---- churn


@pytest.mark.slow
def test_churn_beats_the_own_rhythm_and_is_calibrated(churn: Trained) -> None:
    auc = churn.card.figure("auc")
    assert auc is not None
    assert auc.low > 0.6
    assert auc.low > auc.baseline
    hit = sum(one.low <= one.predicted <= one.high for one in churn.card.calibration)
    assert hit >= 7
    alive = truth_of(churn, world().alive)
    assert churn.scores.score[~alive].mean() > churn.scores.score[alive].mean()


@pytest.mark.slow
def test_churn_learns_decides_calibrates_and_judges_on_days_that_do_not_overlap(churn: Trained) -> None:
    slices = churn.card.slices
    for before, after in pairwise(slices):
        assert before.outcome <= after.until
    assert slices[-1].judges
    assert [one.label.en for one in slices[-3:]] == ["decided on", "calibrated on", "judged on"]


@pytest.mark.slow
def test_churn_of_a_past_day_does_not_know_what_came_after(tmp_path) -> None:
    """Training as of a day gives the same model whether or not the data hold what came later."""
    day = tiny.TODAY - timedelta(days=60)
    found = []
    for name, rows in (("whole", world().purchases), ("cut", world().purchases[world().purchases["day"] >= 60])):
        (tmp_path / name).mkdir()
        with shop(tmp_path / name, rows) as opened:
            then = SemanticLayer(opened.index, opened.policy, opened.engine, day, opened.segments)
            found.append(ChurnModel().train(Task(layer=then, user=ANA)))
    whole, cut = found
    assert whole.scores.keys.tolist() == cut.scores.keys.tolist()
    assert np.array_equal(whole.scores.score, cut.scores.score)
    assert whole.card.metrics == cut.card.metrics


@pytest.mark.slow
def test_churn_speaks_of_those_who_are_due_only(churn: Trained, layer: SemanticLayer) -> None:
    last = world().purchases.groupby("member_id")["day"].min()
    silent = set(last[last > 365].index)
    assert silent
    assert not silent & set(churn.scores.keys.tolist())


def test_bands_follow_the_calibrated_chance() -> None:
    bands, places = banded(np.array([0.95, 0.8, 0.5, 0.39, 0.1]), usual=0.6)
    assert [(one.value, one.low, one.high) for one in bands] == [
        ("高流失概率", 0.8, None),
        ("中流失概率", 0.4, 0.8),
        ("低流失概率", None, 0.4),
    ]
    assert places.tolist() == [0, 0, 1, 2, 2]
    assert [one.people for one in bands] == [2, 1, 2]


# ---- refusals


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    with shop(tmp_path_factory.mktemp("small"), drawn(people=60).purchases) as found:
        yield found


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SemanticLayer]:
    with shop(tmp_path_factory.mktemp("empty"), drawn(people=1).purchases.head(0)) as found:
        yield found


@pytest.mark.parametrize("model", standard_models(), ids=lambda one: one.name)
def test_too_little_data_is_refused_with_what_is_needed(model, small: SemanticLayer, empty: SemanticLayer) -> None:
    for shop_ in (small, empty):
        with pytest.raises(TooLittleDataError) as told:
            model.train(Task(layer=shop_, user=ANA))
        assert "at least" in told.value.message.en
        assert "至少" in told.value.message.zh


@pytest.mark.parametrize(
    ("model", "days"), [(ChurnModel(), 400), (ChurnModel(), 3), (ValueModel(), 300), (ValueModel(), 7)]
)
def test_a_horizon_out_of_reach_is_refused_with_what_is_possible(model, days: int, small: SemanticLayer) -> None:
    with pytest.raises(InvalidPlanError) as told:
        model.train(Task(layer=small, user=ANA, horizon=days))
    assert told.value.suggestions
    assert str(days) in told.value.message.en


@pytest.mark.parametrize("model", [PriceModel(), NextCategoryModel()], ids=lambda one: one.name)
def test_a_horizon_is_refused_where_time_does_not_matter(model, small: SemanticLayer) -> None:
    with pytest.raises(InvalidPlanError) as told:
        model.train(Task(layer=small, user=ANA, horizon=30))
    assert "no horizon" in told.value.message.en


def test_definitions_without_what_a_model_needs_are_refused(small: SemanticLayer) -> None:
    bare = replace(model_of(), tags=())
    index = type(small.index)(bare)
    with pytest.raises(InvalidPlanError):
        price_metrics(index)
    with pytest.raises(InvalidPlanError):
        goods_of(index)


def test_the_history_holds_each_day_of_a_customer_once(small: SemanticLayer) -> None:
    history = read_history(small, ANA)
    rows = drawn(people=60).purchases.groupby(["member_id", "day"])["amount"].agg(["count", "sum"])
    assert len(history.day) == len(rows)
    assert history.times.sum() == len(drawn(people=60).purchases)
    assert history.value.sum() == pytest.approx(rows["sum"].sum())
