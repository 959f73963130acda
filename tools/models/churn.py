"""Who will not buy in the days ahead, of those whose own rhythm says that they should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.types import Unit
from tools.models.binary import Sample, chances_of, choose, learn, reasons_of, sigmoid_of, why_chosen
from tools.models.drift import spreads_of
from tools.models.features import Matrix, features_of
from tools.models.history import History, goal_metrics, read_history
from tools.models.measuring import Estimate, auc, brier, calibration, lift
from tools.models.types import (
    Band,
    Card,
    Figure,
    Floats,
    Marks,
    Scores,
    Slice,
    TagForm,
    Task,
    TooLittleDataError,
    Trained,
    Yes,
    level,
)

HORIZON: Final = 30
LEAST_HORIZON: Final = 7
WARM_UP: Final = 90
"""Days of data before the first features, so that there is something to know."""
MOST_SLICES: Final = 9
LEAST_SLICES: Final = 4  # learn, decide, calibrate, judge
FEWEST: Final = 100
"""People of either kind in each slice: those who bought and those who did not."""
LOST: Final = 3.0
"""Own gaps without a purchase after which somebody is lost already, not about to be."""
_UNWATCHED: Final = "rhythm"
"""Who bought once has the rhythm of everybody: one number for very many, whose every small move would look like a drift."""
BASELINE: Final = Text(
    "只看自己的节奏（距上次购买 ÷ 自己的购买间隔）", "own rhythm alone (days since the last purchase / own gap)"
)

LABEL: Final = Text("流失模型", "churn model")
OF: Final = Text("流失概率", "churn probability")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """Samples by what they are for, in the order of time."""

    learnt: Sample
    deciding: Sample
    calibrating: Sample
    judging: Sample
    slices: tuple[Slice, ...]


class ChurnModel:
    """`Model` of churn: the chance of no purchase within `horizon` days (30 unless asked), for customers who are due."""

    name = "churn"
    label = LABEL
    deciding = "auc"
    usual = HORIZON

    def train(self, task: Task) -> Trained:
        history = read_history(task.layer, task.user, cancel=task.cancel)
        horizon = self._horizon(task, history)
        parts = _parts(task, history, horizon)
        task.say(Text("正在比较三种方法…", "Comparing three methods…"))
        choice = choose(parts.learnt, parts.deciding, "overdue", BASELINE, seed=task.seed)
        both = _joined((parts.learnt, parts.deciding))
        scorer = learn(choice.name, both, "overdue", seed=task.seed)
        sigmoid = sigmoid_of(scorer.score(parts.calibrating.matrix.values), parts.calibrating.truth)
        judged = chances_of(scorer.score(parts.judging.matrix.values), sigmoid)
        now = due(task, history, horizon, task.layer.as_of)
        chances = chances_of(scorer.score(now.values), sigmoid)
        usual = float(parts.judging.truth.mean())
        why, seen = reasons_of(scorer, now, chances, usual)
        bands, band = banded(chances, usual)
        card = self._card(task, history, horizon, parts)
        card = replace(
            card,
            people=len(now.keys),
            metrics=_metrics(judged, parts.judging),
            candidates=choice.candidates,
            why=why_chosen(choice.candidates),
            calibration=calibration(judged, parts.judging.truth),
            bands=bands,
            features=now.features,
            spreads=tuple(one for one in spreads_of(now) if one.feature != _UNWATCHED),
        )
        return Trained(card=card, scores=Scores(keys=now.keys, score=chances, band=band, why=why, seen=seen))

    def matrix(self, task: Task) -> Matrix:
        """What is known today of those who are due."""
        history = read_history(task.layer, task.user, cancel=task.cancel)
        return due(task, history, task.horizon or HORIZON, task.layer.as_of)

    def _horizon(self, task: Task, history: History) -> int:
        if not len(history.who):
            raise TooLittleDataError(self.label, _needed(HORIZON), Text("没有任何购买记录", "is no purchase"))
        days = task.layer.as_of.toordinal() - history.first.toordinal() + 1
        longest = (days - WARM_UP) // LEAST_SLICES
        horizon = task.horizon or HORIZON
        if (task.horizon is None and longest < horizon) or longest < LEAST_HORIZON:
            raise TooLittleDataError(
                self.label, _needed(horizon), Text(f"只有 {days} 天的数据", f"are {days} days of data")
            )
        if not LEAST_HORIZON <= horizon <= longest:
            raise InvalidPlanError(
                Text(
                    f"流失模型可以预测 {LEAST_HORIZON} 到 {longest} 天以内（现有 {days} 天数据，要留出 {LEAST_SLICES} 段来训练、选择、校准和检验），"
                    f"不能预测 {horizon} 天。",
                    f"The churn model reaches {LEAST_HORIZON} to {longest} days ahead ({days} days of data, of which "
                    f"{LEAST_SLICES} stretches are needed to learn, decide, calibrate and judge), not {horizon}.",
                ),
                suggestions=(str(longest),),
            )
        return horizon

    def _card(self, task: Task, history: History, horizon: int, parts: _Parts) -> Card:
        converts, _ = goal_metrics(task.layer.index)
        what = task.layer.index.metric(converts).words.label
        return Card(
            name=self.name,
            label=self.label,
            answers=Text(
                f"未来 {horizon} 天内不再购买（{what.zh}为 0）的概率。",
                f"The chance of no purchase ({what.en}: 0) within the next {horizon} days.",
            ),
            as_of=task.layer.as_of,
            data_from=history.first,
            data_to=task.layer.as_of,
            people=0,
            population=Text(
                f"按自己的节奏、{horizon} 天内应当再买的客户；超过自己节奏 {LOST:g} 倍（节奏不足 {horizon} 天按 {horizon} 天）没有购买的视为已经流失，不在其中。",
                f"Customers whose own rhythm says that they buy within {horizon} days. Who has not bought for over {LOST:g} own "
                f"gaps (of at least {horizon} days) counts as lost already and is not among them.",
            ),
            horizon=horizon,
            slices=parts.slices,
            baseline=BASELINE,
            decided_by=Text("AUC（越高越能分清）", "AUC (the higher, the better told apart)"),
            refuses=(_refuses_short(horizon), _REFUSES_OTHERS),
            limits=(_LIMIT_AMOUNTS, _LIMIT_ATTRIBUTES),
            unit=Unit.PERCENT,
            tag=TagForm(
                name="predicted_churn",
                label=Text("流失预测", "predicted churn"),
                synonyms=(OF.zh, "预测流失", OF.en, "predicted churn risk", "churn forecast"),
                positive=(f"高{OF.zh}",),
            ),
        )


def due(task: Task, history: History, horizon: int, until: date) -> Matrix:
    """Everybody whose own rhythm says that they buy by the end of the horizon, and who is not lost yet, as of `until`."""
    matrix = features_of(task, history, until)
    recency, rhythm = matrix.column("recency"), matrix.column("rhythm")
    return matrix.only((recency + horizon >= rhythm) & (recency <= LOST * np.maximum(rhythm, horizon)))


def banded(chances: Floats, usual: float) -> tuple[tuple[Band, ...], Marks]:
    """Three levels by calibrated chance: high from halfway between the usual chance and 1 on, low up to two thirds of the
    usual one.
    """
    high, low = round((1 + usual) / 2, 2), round(usual * 2 / 3, 2)
    places = np.where(chances >= high, 0, np.where(chances >= low, 1, 2)).astype(np.int16)
    sizes = np.bincount(places, minlength=3)
    bands = (
        level("高", "high", OF, low=high, people=int(sizes[0])),
        level("中", "medium", OF, low=low, high=high, people=int(sizes[1])),
        level("低", "low", OF, high=low, people=int(sizes[2])),
    )
    return bands, places


def _parts(task: Task, history: History, horizon: int) -> _Parts:
    """Slices of one horizon each, going back from today: the last judges, the one before calibrates, and so on."""
    task.say(Text("正在按时间切分数据…", "Cutting the data by time…"))
    days = task.layer.as_of.toordinal() - history.first.toordinal() + 1
    count = min((days - WARM_UP) // horizon, MOST_SLICES)
    samples: list[Sample] = []
    slices: list[Slice] = []
    for back in range(1, count + 1):
        until = task.layer.as_of - timedelta(days=horizon * back)
        outcome = until + timedelta(days=horizon)
        matrix = due(task, history, horizon, until)
        truth: Yes = ~np.isin(matrix.keys, history.within(until, outcome).keys)
        samples.append(Sample(matrix=matrix, truth=truth))
        slices.append(
            Slice(label=_purpose(back), until=until, outcome=outcome, people=len(matrix.keys), judges=back == 1)
        )
    for sample in samples[:LEAST_SLICES]:
        stayed, left = int((~sample.truth).sum()), int(sample.truth.sum())
        if min(stayed, left) < FEWEST:
            raise TooLittleDataError(
                LABEL,
                _needed(horizon),
                Text(
                    f"有一段只有 {stayed} 人买了、{left} 人没买",
                    f"is a stretch in which {stayed} bought and {left} did not",
                ),
            )
    judging, calibrating, deciding, *learnt = samples
    return _Parts(
        learnt=_joined(learnt),
        deciding=deciding,
        calibrating=calibrating,
        judging=judging,
        slices=tuple(reversed(slices)),
    )


def _purpose(back: int) -> Text:
    named = (Text("检验", "judged on"), Text("校准", "calibrated on"), Text("选择方法", "decided on"))
    return named[back - 1] if back <= len(named) else Text("训练", "learnt from")


def _joined(samples: Sequence[Sample]) -> Sample:
    first = samples[0].matrix
    values = np.vstack([one.matrix.values for one in samples])
    keys = np.concatenate([one.matrix.keys for one in samples])
    return Sample(
        matrix=Matrix(keys=keys, values=values, features=first.features),
        truth=np.concatenate([one.truth for one in samples]),
    )


def _metrics(judged: Floats, sample: Sample) -> tuple[Figure, ...]:
    """What is told of the slice that judges, which took no part in anything else."""
    rhythm = sample.matrix.column("overdue")
    truth = sample.truth
    usual = np.full(len(truth), float(truth.mean()))
    figures: tuple[tuple[str, Text, Estimate, float], ...] = (
        (
            "auc",
            Text(
                "AUC（随机取一个流失的和一个没流失的，前者分数更高的机会）",
                "AUC (chance that one who left scores above one who stayed)",
            ),
            auc(judged, truth),
            auc(rhythm, truth).value,
        ),
        (
            "brier",
            Text(
                "Brier 分（概率与结果的平均平方差，越小越好）",
                "Brier score (mean squared distance to what came; smaller is better)",
            ),
            brier(judged, truth),
            brier(usual, truth).value,
        ),
        (
            "lift",
            Text("分数最高的 10% 里流失的比例是平均的几倍", "lift of the highest 10 % (share that left over the mean)"),
            lift(judged, truth),
            lift(rhythm, truth).value,
        ),
    )
    own = tuple(
        Figure(name=name, label=label, value=one.value, low=one.low, high=one.high, baseline=baseline)
        for name, label, one, baseline in figures
    )
    share = float(truth.mean())
    return (
        *own,
        Figure(
            name="rate",
            label=Text("检验段里没有再买的比例", "share that did not buy in the judged stretch"),
            value=share,
            unit=Unit.PERCENT,
        ),
    )


def _needed(horizon: int) -> Text:
    days = WARM_UP + LEAST_SLICES * horizon
    return Text(
        f"至少 {days} 天的购买记录，并且最近 {LEAST_SLICES} 段（每段 {horizon} 天）里再买和没买的各不少于 {FEWEST} 人",
        f"at least {days} days of purchases, and in each of the last {LEAST_SLICES} stretches of {horizon} days at least "
        f"{FEWEST} who bought and {FEWEST} who did not",
    )


def _refuses_short(horizon: int) -> Text:
    needed = _needed(horizon)
    return Text(f"数据不够时不训练：需要{needed.zh}。", f"It is not trained on too little: it needs {needed.en}.")


_REFUSES_OTHERS: Final = Text(
    "从没买过的、还没到自己节奏的、已经流失的客户不打分。",
    "Who never bought, who is not due yet and who is lost already get no score.",
)
_LIMIT_AMOUNTS: Final = Text(
    "金额按今天所知：之后登记的退款已经扣除。", "Amounts are as known today: refunds booked later are already off."
)
_LIMIT_ATTRIBUTES: Final = Text(
    "只用带日期的行为，不用性别、城市这类属性：它们只有现在的值，用来回看过去会泄漏后来的信息。",
    "Only dated behaviour is used, no attributes such as gender or city: they are kept as they are now, and looking back "
    "with them would leak what came later.",
)
