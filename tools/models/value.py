"""What customers will bring in the time ahead: how often they come back (BG/NBD) times what they spend (Gamma-Gamma)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import numpy as np

from semantic_layer.errors import InvalidPlanError, Text
from tools.models.bgnbd import WEEK
from tools.models.drift import spreads_of
from tools.models.features import Matrix, buying_features
from tools.models.history import History, read_history
from tools.models.types import (
    Band,
    Floats,
    Ints,
    Marks,
    Scores,
    Slice,
    Task,
    TooLittleDataError,
    Trained,
    level,
)
from tools.models.value_fit import LABEL, OF, Fitted, brought, fitted, value_bins
from tools.models.value_words import (
    DRAWS,
    FEATURES,
    LIMITS,
    RANGED,
    compared,
    doubts_of,
    estimates_of,
    value_card,
    value_metrics,
    why_taken,
)

HORIZON: Final = 365
LEAST_HORIZON: Final = 28


class ValueModel:
    """`Model` of customer value over `horizon` days (a year unless asked, or as long as the data can vouch for)."""

    name = "value"
    label = LABEL
    deciding = "captured"
    usual = HORIZON

    def train(self, task: Task) -> Trained:
        history = read_history(task.layer, task.user, cancel=task.cancel)
        horizon, longest = self._horizon(task, history)
        cut = task.layer.as_of - timedelta(days=horizon)
        before = history.within(None, cut)
        task.say(
            Text("正在用较早的数据拟合，再用后来的数据检验…", "Fitting on earlier data, judging by what came later…")
        )
        tried = fitted(before, cut.toordinal(), seed=task.seed)
        later = brought(history.within(cut, task.layer.as_of), tried.keys)
        past = brought(history.within(cut - timedelta(days=horizon), cut), tried.keys)
        task.say(Text("正在给每位客户估算…", "Estimating each customer…"))
        final = fitted(history, task.layer.as_of.toordinal(), seed=task.seed)
        scores, bands = _scored(final, horizon, task.seed)
        candidates = compared(tried.expected(horizon), past[1], later[1], task.seed)
        slices = (
            Slice(label=Text("拟合", "fitted on"), until=cut, outcome=cut, people=len(tried.keys)),
            Slice(
                label=Text("检验", "judged on"),
                until=cut,
                outcome=task.layer.as_of,
                people=len(tried.keys),
                judges=True,
            ),
            Slice(
                label=Text("重新拟合并打分", "fitted again and scored on"),
                until=task.layer.as_of,
                outcome=task.layer.as_of + timedelta(days=horizon),
                people=len(final.keys),
            ),
        )
        card = replace(
            value_card(task, history, horizon, longest),
            people=len(final.keys),
            slices=slices,
            metrics=value_metrics(tried, horizon, later, candidates, task.seed),
            estimates=estimates_of(final, horizon),
            candidates=candidates,
            why=why_taken(candidates),
            calibration=value_bins(tried.expected(horizon), later[1]),
            bands=bands,
            limits=(*LIMITS, *doubts_of(final)),
            spreads=spreads_of(buying_features(history, task.layer.as_of)),
        )
        return Trained(card=card, scores=scores)

    def matrix(self, task: Task) -> Matrix:
        """What buying says today of everybody who bought."""
        return buying_features(read_history(task.layer, task.user, cancel=task.cancel), task.layer.as_of)

    def _horizon(self, task: Task, history: History) -> tuple[int, int]:
        days = task.layer.as_of.toordinal() - history.first.toordinal() + 1 if len(history.who) else 0
        longest = days // 2
        if longest < LEAST_HORIZON:
            raise TooLittleDataError(
                LABEL,
                Text(f"至少 {2 * LEAST_HORIZON} 天的购买记录", f"at least {2 * LEAST_HORIZON} days of purchases"),
                Text(f"只有 {days} 天", f"are {days} days"),
            )
        horizon = task.horizon or min(HORIZON, longest)
        if not LEAST_HORIZON <= horizon <= longest:
            raise InvalidPlanError(
                Text(
                    f"客户价值只能预测 {LEAST_HORIZON} 到 {longest} 天以内：现有 {days} 天数据，要留出同样长的一段来检验，不能预测 {horizon} 天。",
                    f"Customer value reaches {LEAST_HORIZON} to {longest} days ahead: of the {days} days of data, a stretch as long "
                    f"as the forecast is kept to judge it, so not {horizon} days.",
                ),
                suggestions=(str(longest),),
            )
        return horizon, longest


# ---- what is told


def _scored(final: Fitted, horizon: int, seed: int) -> tuple[Scores, tuple[Band, ...]]:
    score = final.expected(horizon)
    places = np.lexsort((final.keys, -score))
    ranged = places[:RANGED]
    low, high = np.full(len(score), np.nan), np.full(len(score), np.nan)
    low[ranged], high[ranged] = final.ranges(horizon, ranged, DRAWS, seed)
    bands, band = _banded(score, places)
    recency = final.visits.age * WEEK - final.visits.last * WEEK
    seen = np.column_stack([final.counts.alive(final.visits), final.visits.again + 1, recency, final.mean])
    why = np.broadcast_to(np.arange(len(FEATURES), dtype=np.int16), seen.shape).copy()
    scores = Scores(keys=final.keys, score=score, band=band, low=low, high=high, why=why, seen=seen)
    return scores, bands


def _banded(score: Floats, places: Ints) -> tuple[tuple[Band, ...], Marks]:
    """The top fifth, the next three tenths, the rest."""
    count = len(score)
    ends = (round(count * 0.2), round(count * 0.5))
    band = np.empty(count, dtype=np.int16)
    for at, part in enumerate(np.split(places, ends)):
        band[part] = at
    bounds = [float(score[places[end - 1]]) if end else 0.0 for end in ends]
    sizes = np.bincount(band, minlength=3)
    return (
        level("高", "high", OF, low=bounds[0], people=int(sizes[0])),
        level("中", "medium", OF, low=bounds[1], high=bounds[0], people=int(sizes[1])),
        level("低", "low", OF, high=bounds[1], people=int(sizes[2])),
    ), band
