"""The simplest method within noise: on worlds where it is known which one that is, and calibrated chances."""

from __future__ import annotations

import numpy as np
import pytest

from semantic_layer.errors import Text
from tools.models.binary import (
    METHODS,
    Sample,
    chances_of,
    choose,
    learn,
    reasons_of,
    sigmoid_of,
    why_chosen,
)
from tools.models.features import Matrix
from tools.models.measuring import auc, calibration
from tools.models.types import NONE, Candidate, Feature

NAMES = ("charges", "tenure", "contract", "calls", "noise")
FEATURES = tuple(Feature(name=name, label=Text(name, name), meaning=Text("", "")) for name in NAMES)
RULE = Text("一条规则", "one rule")


def subscribers(count: int, seed: int, *, kind: str) -> Sample:
    """People with a contract: what they pay, for how long they have been there, which contract, and how often they called.

    `linear`: who leaves follows a logistic law of all of them, as in public data sets of telephone companies. `one`: of the
    charges alone. `crossed`: of charges and calls only where exactly one of both is high, which no sum can say.
    """
    source = np.random.default_rng(seed)
    charges, tenure = source.gamma(4.0, 15.0, count), source.exponential(30.0, count)
    contract, calls = source.integers(0, 3, count).astype(float), source.poisson(1.5, count).astype(float)
    values = np.column_stack([charges, tenure, contract, calls, source.normal(size=count)])
    if kind == "one":
        log_odds = 3.0 * (np.log1p(charges) - 4.0)
    elif kind == "crossed":
        log_odds = np.where((charges > 55) != (calls > 1), 1.5, -1.5)
    else:
        log_odds = (
            1.0 + 0.8 * (np.log1p(charges) - 4.0) - 0.7 * np.log1p(tenure) - 0.9 * contract + 0.8 * np.log1p(calls)
        )
    truth = source.random(count) < 1 / (1 + np.exp(-log_odds))
    return Sample(matrix=Matrix(keys=np.arange(count), values=values, features=FEATURES), truth=truth)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "taken"), [("one", "simple"), ("linear", "logistic"), ("crossed", "boosted")])
def test_the_simplest_within_noise_is_taken(kind: str, taken: str) -> None:
    found = choose(subscribers(6000, 1, kind=kind), subscribers(4000, 2, kind=kind), "charges", RULE, seed=0)
    assert found.name == taken
    assert [one.name for one in found.candidates if one.chosen] == [taken]
    best = max(found.candidates, key=lambda one: one.value)
    chosen = next(one for one in found.candidates if one.chosen)
    assert best.behind is None
    assert chosen.behind is None or chosen.behind[1] <= 0
    for simpler in found.candidates[: found.candidates.index(chosen)]:
        assert simpler.behind is not None
        assert simpler.behind[1] > 0


@pytest.mark.slow
def test_like_a_telephone_company_the_chosen_is_within_noise_of_the_best_and_calibrated() -> None:
    """The law is linear: nothing can be better than it, and the chosen method comes as near as chance allows."""
    train, decide = subscribers(6000, 3, kind="linear"), subscribers(3000, 4, kind="linear")
    found = choose(train, decide, "charges", RULE, seed=0)
    judged = subscribers(8000, 6, kind="linear")
    sigmoid = sigmoid_of(found.scorer.score((held := subscribers(3000, 5, kind="linear")).matrix.values), held.truth)
    chances = chances_of(found.scorer.score(judged.matrix.values), sigmoid)
    rivals = [auc(learn(name, train, "charges", seed=0).score(judged.matrix.values), judged.truth) for name in METHODS]
    own = auc(chances, judged.truth)
    assert own.value >= max(one.value for one in rivals) - (own.high - own.value)
    assert sum(one.low <= one.predicted <= one.high for one in calibration(chances, judged.truth)) >= 7


@pytest.mark.slow
def test_without_any_pattern_the_simple_rule_stays() -> None:
    train, decide = subscribers(2000, 7, kind="linear"), subscribers(1000, 8, kind="linear")
    source = np.random.default_rng(9)
    blind = [Sample(matrix=one.matrix, truth=source.random(len(one.truth)) < 0.4) for one in (train, decide)]
    assert choose(blind[0], blind[1], "charges", RULE, seed=0).name == "simple"


@pytest.mark.slow
def test_the_same_seed_gives_the_same_scores() -> None:
    sample = subscribers(1500, 1, kind="crossed")
    one, other = (learn("boosted", sample, "charges", seed=4).score(sample.matrix.values) for _ in range(2))
    assert np.array_equal(one, other)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["logistic", "boosted"])
def test_parts_of_a_score_add_up(name: str) -> None:
    """What each feature adds, summed, differs from the score by one number that is the same for everybody."""
    sample = subscribers(1500, 2, kind="linear")
    scorer = learn(name, sample, "charges", seed=0)
    rest = scorer.score(sample.matrix.values) - scorer.parts(sample.matrix.values).sum(axis=1)
    assert rest == pytest.approx(np.full(1500, rest[0]), abs=1e-6)


@pytest.mark.slow
def test_reasons_push_the_way_the_chance_went() -> None:
    sample = subscribers(1500, 2, kind="linear")
    scorer = learn("logistic", sample, "charges", seed=0)
    chances = chances_of(scorer.score(sample.matrix.values), (1.0, 0.0))
    usual = float(sample.truth.mean())
    why, seen = reasons_of(scorer, sample.matrix, chances, usual)
    parts = scorer.parts(sample.matrix.values)
    for at in range(0, 1500, 97):
        places = [place for place in why[at].tolist() if place != NONE]
        sign = 1 if chances[at] >= usual else -1
        assert all(parts[at, place] * sign > 0 for place in places)
        assert [parts[at, place] * sign for place in places] == sorted(
            (parts[at] * sign)[parts[at] * sign > 0], reverse=True
        )[:3]
        assert seen[at, : len(places)].tolist() == sample.matrix.values[at, places].tolist()


def test_platt_finds_slope_and_constant() -> None:
    source = np.random.default_rng(0)
    scores = source.normal(size=40_000)
    truth = source.random(40_000) < 1 / (1 + np.exp(-(1.7 * scores - 0.4)))
    assert sigmoid_of(scores, truth) == pytest.approx((1.7, -0.4), abs=0.05)


def test_why_says_both_what_won_and_by_how_much() -> None:
    def candidate(name: str, behind: tuple[float, float, float] | None, *, chosen: bool = False) -> Candidate:
        return Candidate(name=name, label=Text(name, name), value=0.8, behind=behind, chosen=chosen)

    simple = (candidate("rule", (0.01, -0.01, 0.03), chosen=True), candidate("rich", None))
    assert "within noise" in why_chosen(simple).en
    rich = (candidate("rule", (0.1, 0.05, 0.15)), candidate("rich", None, chosen=True))
    assert "0.100 [0.050, 0.150] above rule" in why_chosen(rich).en
    assert "simplest and the best" in why_chosen((candidate("rule", None, chosen=True),)).en
