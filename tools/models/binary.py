"""Learning a yes or no from features: three methods from simple to rich, the simplest that is not clearly worse, calibrated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from semantic_layer.errors import Text
from tools.models.features import Matrix
from tools.models.measuring import auc, auc_behind
from tools.models.types import NONE, Candidate, Floats, Marks, Yes

if TYPE_CHECKING:
    import lightgbm

LEARNT_FROM: Final = 200_000
"""Rows that are learnt from at most, drawn with the seed."""
EXPLAINED: Final = 50_000
"""People with the highest scores for whom reasons are kept."""
REASONS: Final = 3
_TREES: Final = 150
_ROUNDS: Final = 100


class Scorer(Protocol):
    """What was learnt: a score on the scale of log odds, up to calibration, and what each feature adds to it."""

    def score(self, values: Floats) -> Floats: ...

    def parts(self, values: Floats) -> Floats:
        """(n, f): how much each feature moves the score of each row from the usual one."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ByOne:
    """The score is one feature, by its logarithm: the simple rule that everything else must beat."""

    column: int
    usual: float

    def score(self, values: Floats) -> Floats:
        return np.log1p(np.maximum(values[:, self.column], 0.0))

    def parts(self, values: Floats) -> Floats:
        found = np.zeros(values.shape)
        found[:, self.column] = self.score(values) - self.usual
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """Logistic regression over standardised logarithms, with an L2 penalty."""

    middle: Floats
    spread: Floats
    weights: Floats
    constant: float

    def score(self, values: Floats) -> Floats:
        return self._scaled(values) @ self.weights + self.constant

    def parts(self, values: Floats) -> Floats:
        return self._scaled(values) * self.weights

    def _scaled(self, values: Floats) -> Floats:
        return (_curbed(values) - self.middle) / self.spread


@dataclass(frozen=True, slots=True, eq=False)
class Boosted:
    """Gradient boosted trees (LightGBM); parts are exact Shapley values of the trees (Lundberg and others, 2020)."""

    booster: lightgbm.Booster

    def score(self, values: Floats) -> Floats:
        return np.asarray(self.booster.predict(values, raw_score=True, num_threads=1), dtype=np.float64)

    def parts(self, values: Floats) -> Floats:
        found = np.asarray(self.booster.predict(values, pred_contrib=True, num_threads=1), dtype=np.float64)
        return found[:, :-1]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Rows of features with what came true for each."""

    matrix: Matrix
    truth: Yes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choice:
    """The methods as tried on the people who decide, and the one taken."""

    candidates: tuple[Candidate, ...]
    name: str
    scorer: Scorer


METHODS: Final[Mapping[str, Text]] = {
    "simple": Text("简单规则", "simple rule"),
    "logistic": Text("逻辑回归", "logistic regression"),
    "boosted": Text("梯度提升树（LightGBM）", "gradient boosted trees (LightGBM)"),
}


def learn(name: str, sample: Sample, simple: str, *, seed: int) -> Scorer:
    """One of `METHODS` learnt from a sample. `simple` is the feature that the simple rule goes by, higher meaning yes."""
    values, truth = sample.matrix.values, sample.truth
    if len(values) > LEARNT_FROM:
        drawn = np.sort(np.random.default_rng(seed).choice(len(values), LEARNT_FROM, replace=False))
        values, truth = values[drawn], truth[drawn]
    if name == "logistic":
        return _linear(values, truth)
    if name == "boosted":
        return _boosted(values, truth, seed)
    column = [one.name for one in sample.matrix.features].index(simple)
    rule = ByOne(column, 0.0)
    return ByOne(column, float(rule.score(values).mean()))


def choose(train: Sample, deciding: Sample, simple: str, label: Text, *, seed: int) -> Choice:
    """Learn each method, and take the simplest that is not clearly behind the best on the people who decide.

    Clearly behind: the 95 % interval of the difference of the AUCs (DeLong) lies above 0.
    """
    scorers = {name: learn(name, train, simple, seed=seed) for name in METHODS}
    scored = {name: scorer.score(deciding.matrix.values) for name, scorer in scorers.items()}
    found = {name: auc(scores, deciding.truth) for name, scores in scored.items()}
    best = max(found, key=lambda name: found[name].value)
    behind = {name: auc_behind(scored[best], scored[name], deciding.truth) for name in METHODS}
    taken = next(name for name in METHODS if name == best or behind[name].low <= 0)
    candidates = tuple(
        Candidate(
            name=name,
            label=label if name == "simple" else METHODS[name],
            value=found[name].value,
            low=found[name].low,
            high=found[name].high,
            behind=None if name == best else (behind[name].value, behind[name].low, behind[name].high),
            chosen=name == taken,
        )
        for name in METHODS
    )
    return Choice(candidates=candidates, name=taken, scorer=scorers[taken])


def why_chosen(candidates: Sequence[Candidate]) -> Text:
    """One sentence: which method, and why neither a simpler nor a richer one."""
    taken = next(one for one in candidates if one.chosen)
    if taken.behind is not None:
        gap, low, high = taken.behind
        return Text(
            f"采用{taken.label.zh}：比最好的只低 {gap:.3f}（95% 区间 {low:.3f} 至 {high:.3f}，含 0），差别在误差以内，取最简单的。",
            f"{_capital(taken.label.en)}: only {gap:.3f} behind the best (95 % interval {low:.3f} to {high:.3f}, which has 0 in it), "
            "so within noise; the simplest is taken.",
        )
    simpler = [one for one in candidates[: candidates.index(taken)] if one.behind is not None]
    if not simpler:
        return Text(
            f"采用{taken.label.zh}：它最简单，也最准。", f"{_capital(taken.label.en)}: it is the simplest and the best."
        )
    said_zh = "，".join(f"比{one.label.zh}高 {_gap(one)}" for one in simpler)
    said_en = ", ".join(f"{_gap(one)} above {one.label.en}" for one in simpler)
    return Text(
        f"采用{taken.label.zh}：{said_zh}，都超出误差。",
        f"{_capital(taken.label.en)}: {said_en}; both more than noise."
        if len(simpler) > 1
        else f"{_capital(taken.label.en)}: {said_en}, more than noise.",
    )


def sigmoid_of(scores: Floats, truth: Yes) -> tuple[float, float]:
    """Slope and constant that make chances of scores (J. Platt, 1999), by Newton steps on the likelihood.

    Targets are drawn in a little as Platt does, so that a sample without errors does not give chances of 0 and 1.
    """
    yes, no = int(truth.sum()), int((~truth).sum())
    target = np.where(truth, (yes + 1) / (yes + 2), 1 / (no + 2))
    design = np.column_stack([scores, np.ones(len(scores))])
    found = np.array([0.0, float(np.log((yes + 1) / (no + 1)))])
    for _ in range(_ROUNDS):
        chances = chances_of(scores, (float(found[0]), float(found[1])))
        slope = design.T @ (target - chances)
        weight = np.maximum(chances * (1 - chances), 1e-12)
        step = np.linalg.solve(design.T @ (design * weight[:, None]) + 1e-9 * np.eye(2), slope)
        found = found + np.clip(step, -5, 5)
        if float(np.abs(step).max()) < 1e-10:
            break
    return float(found[0]), float(found[1])


def chances_of(scores: Floats, sigmoid: tuple[float, float]) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(sigmoid[0] * scores + sigmoid[1], -40, 40))))


def reasons_of(scorer: Scorer, matrix: Matrix, chances: Floats, usual: float) -> tuple[Marks, Floats]:
    """The features that push each person's chance the most the way it went: up above the `usual` chance, else down.

    Places of features (n, k), `NONE` where there are fewer, and their values. For the highest chances only, where there are
    many people.
    """
    count = len(matrix.keys)
    why = np.full((count, REASONS), NONE, dtype=np.int16)
    seen = np.full((count, REASONS), np.nan)
    at = np.lexsort((matrix.keys, -chances))[:EXPLAINED]
    if not at.size:
        return why, seen
    values = matrix.values[at]
    towards = np.where(chances[at] >= usual, 1.0, -1.0)
    parts = scorer.parts(values) * towards[:, None]
    first = np.argsort(-parts, axis=1, kind="stable")[:, :REASONS]
    rows = np.arange(len(at))[:, None]
    pushing = parts[rows, first] > 0
    width = first.shape[1]
    why[at, :width] = np.where(pushing, first, NONE)
    seen[at, :width] = np.where(pushing, values[rows, first], np.nan)
    return why, seen


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _gap(one: Candidate) -> str:
    assert one.behind is not None
    gap, low, high = one.behind
    return f"{gap:.3f} [{low:.3f}, {high:.3f}]"


def _linear(values: Floats, truth: Yes) -> Linear:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # seconds to import

    curbed = _curbed(values)
    middle, spread = curbed.mean(axis=0), curbed.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    model = LogisticRegression(C=0.1, max_iter=500).fit((curbed - middle) / spread, truth)
    return Linear(middle, spread, np.asarray(model.coef_[0]), float(model.intercept_[0]))


def _boosted(values: Floats, truth: Yes, seed: int) -> Boosted:
    import lightgbm  # noqa: PLC0415  # seconds to import

    settings = {
        "objective": "binary",
        "num_leaves": 15,
        "learning_rate": 0.05,
        "min_data_in_leaf": 50,
        "lambda_l2": 1.0,
        "verbose": -1,
        "num_threads": 1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
    }
    return Boosted(lightgbm.train(settings, lightgbm.Dataset(values, label=truth.astype(np.float64)), _TREES))


def _curbed(values: Floats) -> Floats:
    """Long tails drawn in; unknown is taken for none."""
    known = np.nan_to_num(values)
    return np.asarray(np.sign(known) * np.log1p(np.abs(known)))
