"""Whom a campaign moves: the effect on each person, learnt from its groups, and a test of whether effects differ at all.

Works on arrays. Where effects do not differ for certain, nobody is to be picked by them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from tools.models.types import Floats, Ints, Yes

FOLDS: Final = 5
REPEATS: Final = 5
END: Final = 0.3  # share of people at either end of the order whose effects are compared
PARTS: Final = 5
FEWEST_GROUP: Final = 300  # people in each group
FEWEST_EVENTS: Final = 30  # of them with the outcome
_RIDGE: Final = 0.05  # a person of a group: both models are drawn in alike, however large their groups are
_ROUNDS: Final = 25
_Z: Final = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """By how much a campaign raises the share with the outcome among `people`, with its 95 % interval."""

    value: float
    low: float
    high: float
    people: int

    @property
    def certain(self) -> bool:
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Uplift:
    """`predicted` effects for each person (row), each from models that never saw the person.

    `score` is each person's own part in the effect on any group: its mean over people is their effect. `overall` is the effect
    on everybody; `parts` on fifths of people in the order of `predicted`, the highest first; `top` and `bottom` on the outer
    thirty per cent, `apart` their difference. `qini` is the area between the qini curve and chance, `curve` its points: share of
    people, incremental outcomes per person of everybody.
    """

    predicted: Floats
    score: Floats
    overall: Effect
    parts: tuple[Effect, ...]
    top: Effect
    bottom: Effect
    apart: Effect
    qini: float
    curve: tuple[tuple[float, float], ...]

    @property
    def usable(self) -> bool:
        """Whether the people put first are certainly moved more than those put last."""
        return self.apart.low > 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoModels:
    """Weights of a logistic model of each group, the constant first."""

    with_it: Floats
    without: Floats

    @staticmethod
    def of(values: Floats, treated: Yes, outcome: Yes) -> TwoModels:
        return TwoModels(
            with_it=_logistic(values[treated], outcome[treated]), without=_logistic(values[~treated], outcome[~treated])
        )

    def effects(self, values: Floats) -> Floats:
        """The effect expected for each row."""
        return _chances(values, self.with_it) - _chances(values, self.without)


def uplift_of(values: Floats, treated: Yes, outcome: Yes, *, seed: int) -> Uplift:
    """Learn the effect from groups drawn by chance. `values` is people x features on one scale, known before the campaign.

    Two logistic models, one for each group (Kuenzel et al. 2019, the T-learner), on every fifth left out in turn; repeated
    with other fifths, and the mean is taken. Whether effects differ is judged as in sorted group effects (Chernozhukov et al.
    2018): the effect among those put first against that among those put last, of people whom no model had seen.

    Raises `ValueError` where a group or its outcomes are too few.
    """
    for held in (treated, ~treated):
        if held.sum() < FEWEST_GROUP or min(outcome[held].sum(), (~outcome[held]).sum()) < FEWEST_EVENTS:
            raise ValueError("a group or its outcomes are too few")
    rng = np.random.default_rng(seed)
    rounds = [_left_out(values, treated, outcome, rng) for _ in range(REPEATS)]
    ends = []
    for found, score in rounds:
        rank = _ranked(found)
        ends.append((effect_of(score[rank < END]), effect_of(score[rank >= 1 - END])))
    top, bottom = _mean([one for one, _ in ends]), _mean([two for _, two in ends])
    predicted = np.mean([found for found, _ in rounds], axis=0)
    score = np.mean([score for _, score in rounds], axis=0)
    place = np.minimum((_ranked(predicted) * PARTS).astype(np.int64), PARTS - 1)
    return Uplift(
        predicted=predicted,
        score=score,
        overall=effect_of(score),
        parts=tuple(effect_of(score[place == part]) for part in range(PARTS)),
        top=top,
        bottom=bottom,
        apart=difference(top, bottom),
        qini=qini_of(predicted, treated, outcome),
        curve=curve_of(predicted, treated, outcome),
    )


def effect_of(score: Floats) -> Effect:
    """The effect among the people whose scores these are."""
    if len(score) < 2:
        return Effect(value=float("nan"), low=-math.inf, high=math.inf, people=len(score))
    value, error = float(score.mean()), float(score.std(ddof=1)) / math.sqrt(len(score))
    return Effect(value=value, low=value - _Z * error, high=value + _Z * error, people=len(score))


def difference(one: Effect, other: Effect) -> Effect:
    """How much greater the effect is than among other people; the two must not share anybody."""
    half = math.hypot((one.high - one.low) / 2, (other.high - other.low) / 2)
    value = one.value - other.value
    return Effect(value=value, low=value - half, high=value + half, people=one.people + other.people)


def p_value(effect: Effect) -> float:
    """Two-sided, from the interval."""
    error = (effect.high - effect.low) / (2 * _Z)
    return math.erfc(abs(effect.value) / error / math.sqrt(2)) if 0 < error < math.inf else 1.0


def curve_of(predicted: Floats, treated: Yes, outcome: Yes, *, points: int = 20) -> tuple[tuple[float, float], ...]:
    """Incremental outcomes per person of everybody when the first so many, in the order of `predicted`, are treated.

    Radcliffe (2007), Using control groups to target on predicted lift: treated outcomes minus those of the control, scaled
    to as many people.
    """
    gained = _gained(predicted, treated, outcome)
    at = np.linspace(0, len(gained) - 1, points + 1).round().astype(np.int64)
    return tuple((float(one) / (len(gained) - 1), float(gained[one])) for one in at)


def qini_of(predicted: Floats, treated: Yes, outcome: Yes) -> float:
    """Area between the qini curve and the straight line to its end; per person of everybody."""
    gained = _gained(predicted, treated, outcome)
    line = np.linspace(0.0, gained[-1], len(gained))
    return float((gained - line).mean())


def _gained(predicted: Floats, treated: Yes, outcome: Yes) -> Floats:
    order = np.argsort(-predicted, kind="stable")
    treated, outcome = treated[order], outcome[order]
    n1, n0 = np.cumsum(treated), np.cumsum(~treated)
    y1, y0 = np.cumsum(treated & outcome), np.cumsum(~treated & outcome)
    both = (n1 > 0) & (n0 > 0)
    effect = np.where(both, y1 / np.maximum(n1, 1) - y0 / np.maximum(n0, 1), 0.0)
    return np.concatenate([[0.0], effect * np.arange(1, len(order) + 1) / len(order)])


def _left_out(values: Floats, treated: Yes, outcome: Yes, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Effects predicted for each fifth by models of the other four, and the scores with these predictions.

    The score is that of Robins, Rotnitzky and Zhao (1994): the predicted effect, and what the person's own outcome adds to it,
    weighted by the share of the person's group. Its mean is the effect whatever the models are like; good ones make it
    surer.
    """
    fold = np.empty(len(values), dtype=np.int64)
    for held in _strata(treated, outcome):
        fold[held] = rng.permutation(np.arange(len(held)) % FOLDS)
    with_it, without = np.empty(len(values)), np.empty(len(values))
    for one in range(FOLDS):
        learnt, left = fold != one, fold == one
        with_it[left] = _chances(values[left], _logistic(values[learnt & treated], outcome[learnt & treated]))
        without[left] = _chances(values[left], _logistic(values[learnt & ~treated], outcome[learnt & ~treated]))
    share = float(treated.mean())
    beyond = np.where(treated, (outcome - with_it) / share, -(outcome - without) / (1 - share))
    return with_it - without, with_it - without + beyond


def _strata(treated: Yes, outcome: Yes) -> Iterator[Ints]:
    for group in (treated, ~treated):
        for kind in (outcome, ~outcome):
            yield np.flatnonzero(group & kind).astype(np.int64)


def _logistic(values: Floats, outcome: Yes) -> Floats:
    """Weights (the constant first) of a logistic regression with a ridge on all but the constant, by Newton's method."""
    design = np.column_stack([np.ones(len(values)), values])
    ridge = np.full(design.shape[1], _RIDGE * len(values))
    ridge[0] = 0.0
    weights = np.zeros(design.shape[1])
    share = float(np.clip(outcome.mean(), 1e-6, 1 - 1e-6))
    weights[0] = math.log(share / (1 - share))
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (outcome - chance) - ridge * weights
        bend = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(ridge + 1e-9)
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-7:
            break
    return weights


def _chances(values: Floats, weights: Floats) -> Floats:
    logit = weights[0] + values @ weights[1:]
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))))


def _ranked(predicted: Floats) -> Floats:
    """Place of each person from 0 (the highest) to just under 1."""
    rank = np.empty(len(predicted), dtype=np.float64)
    rank[np.argsort(-predicted, kind="stable")] = np.arange(len(predicted)) / len(predicted)
    return rank


def _mean(effects: list[Effect]) -> Effect:
    """The mean of the same effect over repeats. Their errors go together, so the interval is not made narrower."""
    value = sum(one.value for one in effects) / len(effects)
    half = sum(one.high - one.low for one in effects) / len(effects) / 2
    return Effect(value=value, low=value - half, high=value + half, people=effects[0].people)
