"""What a customer buys next: own preference, what follows what, and what everybody buys, in one mixture."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.types import Dimension, TagCategory, Unit
from tools.models.binary import chances_of, sigmoid_of
from tools.models.category_data import (
    ACTIVE,
    HALF_LIFE,
    Bought,
    Goods,
    Known,
    Next,
    asked_between,
    goods_of,
    hits_of,
    known_on,
    mixed,
    read_bought,
)
from tools.models.measuring import Estimate, calibration, mean
from tools.models.types import (
    Band,
    Candidate,
    Card,
    Feature,
    Figure,
    Floats,
    Ints,
    Scores,
    Slice,
    TagForm,
    Task,
    TooLittleDataError,
    Trained,
    Yes,
)

STRETCH: Final = 60
"""Days of each part that decides or judges."""
FEWEST: Final = 300
LABEL: Final = Text("下次购买品类模型", "next category model")


class NextCategoryModel:
    """`Model` of the next category. It is about the next purchase, whenever it comes; no horizon can be asked for."""

    name = "next_category"
    label = LABEL
    deciding = "top1"

    def train(self, task: Task) -> Trained:
        if task.horizon is not None:
            raise InvalidPlanError(
                Text(
                    "这个模型预测下一次购买买什么，不管在哪天，没有预测时长可选，请去掉时间。",
                    "This model says what the next purchase will be, whenever it comes; it has no horizon. Leave the time out.",
                )
            )
        goods = goods_of(task.layer.index)
        field = goods.field
        bought = read_bought(task.layer, task.user, goods, cancel=task.cancel)
        today = task.layer.as_of.toordinal()
        judge_from, decide_from = today - STRETCH, today - 2 * STRETCH
        deciding, judging = asked_between(bought, decide_from, judge_from), asked_between(bought, judge_from, today)
        _refuse_few(deciding, judging, bought)
        task.say(Text("正在比较几种方法…", "Comparing methods…"))
        before = known_on(bought, decide_from)
        weights = _best_weights(before, deciding)
        candidates = _compared(before, deciding, weights)
        taken = next(one for one in candidates if one.chosen)
        band, share = _likeliest(taken.name, before, weights, deciding.who)
        sigmoid = sigmoid_of(_logit(share), _came(band, deciding))
        then = known_on(bought, judge_from)
        band, share = _likeliest(taken.name, then, weights, judging.who)
        judged, came = chances_of(_logit(share), sigmoid), _came(band, judging)
        now = known_on(bought, today)
        at = np.flatnonzero(now.recent)
        band, share = _likeliest(taken.name, now, weights, at)
        score = chances_of(_logit(share), sigmoid)
        seen = np.column_stack([now.own[at, band], now.days[at, band]])
        why = np.broadcast_to(np.arange(2, dtype=np.int16), seen.shape).copy()
        card = replace(
            _card(task, goods, bought, weights),
            people=len(at),
            slices=_slices(task, deciding, judging, bought, decide_from, judge_from),
            metrics=_metrics(_way(taken.name, then, weights), then.own, judging),
            candidates=candidates,
            why=_why(taken),
            calibration=calibration(judged, came),
            bands=_bands(field, bought, band),
        )
        scores = Scores(keys=bought.keys[at], score=score, band=band.astype(np.int16), why=why, seen=seen)
        return Trained(card=card, scores=scores)


def _likeliest(name: str, known: Known, weights: tuple[float, float, float], who: Ints) -> tuple[Ints, Floats]:
    """The likeliest kind of each of `who`, and what the mixture gives it: a favourite alone is sure of itself too soon."""
    kinds = _way(name, known, weights)[who].argmax(axis=1).astype(np.int64)
    return kinds, mixed(known, weights)[who, kinds]


def _came(kinds: Ints, asked: Next) -> Yes:
    return np.asarray(asked.came[np.arange(len(kinds)), kinds])


def _best_weights(known: Known, asked: Next) -> tuple[float, float, float]:
    """The weights with the most hits among the first three, then the first; on a grid of tenths."""
    grid = [(a / 10, b / 10, (10 - a - b) / 10) for a in range(11) for b in range(11 - a)]

    def worth(weights: tuple[float, float, float]) -> float:
        shares = mixed(known, weights)
        return float(hits_of(shares, asked, 1).mean()) + 0.2 * float(hits_of(shares, asked, 3).mean())

    return max(grid, key=worth)


def _way(name: str, known: Known, weights: tuple[float, float, float]) -> Floats:
    if name == "mixture":
        return mixed(known, weights)
    return known.own if name == "own" else known.everybody


_NAMES: Final = {
    "own": Text("自己最爱的品类", "own favourite"),
    "everybody": Text("大家买得最多的品类", "what everybody buys most"),
    "mixture": Text(
        "自己的偏好 + 上次之后常买的 + 大家买的",
        "own preference + what follows the last purchase + what everybody buys",
    ),
}


def _compared(known: Known, asked: Next, weights: tuple[float, float, float]) -> tuple[Candidate, ...]:
    """Top-1 accuracy of each way; the simplest that is not clearly behind the best is taken."""
    hits = {
        name: hits_of(_way(name, known, weights), asked, 1).astype(np.float64)
        for name in ("own", "everybody", "mixture")
    }
    best = max(hits, key=lambda name: float(hits[name].mean()))
    behind: dict[str, Estimate | None] = {
        name: None if name == best else mean(hits[best] - own) for name, own in hits.items()
    }
    taken = next(name for name, gap in behind.items() if gap is None or gap.low <= 0)
    return tuple(
        Candidate(
            name=name,
            label=_NAMES[name],
            value=mean(own).value,
            low=mean(own).low,
            high=mean(own).high,
            behind=None if (gap := behind[name]) is None else (gap.value, gap.low, gap.high),
            chosen=name == taken,
        )
        for name, own in hits.items()
    )


def _why(taken: Candidate) -> Text:
    if taken.behind is not None:
        return Text(
            f"采用「{taken.label.zh}」：与最好的差别在误差以内，取最简单的。",
            f"{taken.label.en}: within noise of the best, and the simplest.",
        )
    return Text(f"采用「{taken.label.zh}」：超出误差地更准。", f"{taken.label.en}: better by more than noise.")


def _metrics(shares: Floats, own: Floats, asked: Next) -> tuple[Figure, ...]:
    def figure(name: str, label: Text, most: int) -> Figure:
        found = mean(hits_of(shares, asked, most).astype(np.float64))
        base = float(hits_of(own, asked, most).mean())
        return Figure(
            name=name, label=label, value=found.value, low=found.low, high=found.high, baseline=base, unit=Unit.PERCENT
        )

    return (
        figure("top1", Text("下次买的里有预测的第一个品类", "the likeliest category is among what is bought next"), 1),
        figure(
            "top3",
            Text("下次买的里有预测的前三个品类之一", "one of the three likeliest is among what is bought next"),
            3,
        ),
    )


def _slices(
    task: Task, deciding: Next, judging: Next, bought: Bought, decide_from: int, judge_from: int
) -> tuple[Slice, ...]:
    decide, judge = date.fromordinal(decide_from), date.fromordinal(judge_from)
    return (
        Slice(label=Text("学习", "learnt from"), until=decide, outcome=decide, people=len(bought.keys)),
        Slice(
            label=Text("选择方法并校准", "decided and calibrated on"),
            until=decide,
            outcome=judge,
            people=len(deciding.who),
        ),
        Slice(
            label=Text("检验", "judged on"), until=judge, outcome=task.layer.as_of, people=len(judging.who), judges=True
        ),
    )


def _bands(field: Dimension, bought: Bought, band: Ints) -> tuple[Band, ...]:
    """A level a kind. Its name says that it is a forecast: the kind alone is what was bought."""
    labels = {str(value.value): value.label for value in field.values}
    sizes = np.bincount(band, minlength=len(bought.kinds))
    return tuple(
        _band(labels.get(kind, Text(kind, kind)), int(size)) for kind, size in zip(bought.kinds, sizes, strict=True)
    )


def _band(kind: Text, people: int) -> Band:
    return Band(
        value=f"下次买{kind.zh}",
        label=Text(f"下次买{kind.zh}", f"next {kind.en}"),
        aliases=(
            f"下次最可能买{kind.zh}",
            f"下次最可能买的品类是{kind.zh}",
            f"下次可能买{kind.zh}",
            f"likely to buy {kind.en} next",
            f"buying {kind.en} next",
        ),
        people=people,
    )


def _card(task: Task, goods: Goods, bought: Bought, used: tuple[float, float, float]) -> Card:
    label = goods.field.words.label
    names = (
        Text("自己的偏好", "own preference"),
        Text("上次之后常买的", "what follows the last purchase"),
        Text("大家买的", "what everybody buys"),
    )
    return Card(
        name="next_category",
        label=LABEL,
        answers=Text(
            f"每位客户下一次购买最可能买的{label.zh}，以及猜中的概率。",
            f"The {label.en} that each customer most likely buys next, with the chance that it is among that purchase.",
        ),
        as_of=task.layer.as_of,
        data_from=date.fromordinal(int(bought.day.min())),
        data_to=task.layer.as_of,
        people=0,
        population=Text(f"近 {ACTIVE} 天买过的客户。", f"Customers who bought in the last {ACTIVE} days."),
        features=tuple(replace(one, sources=(goods.metric, goods.field.qualified)) for one in _FEATURES),
        baseline=Text("自己最爱的品类", "own favourite"),
        decided_by=Text("猜中率（第一个品类）", "hits of the likeliest"),
        estimates=tuple(
            Figure(name=f"weight_{at}", label=Text(f"权重：{name.zh}", f"weight of {name.en}"), value=weight, digits=1)
            for at, (name, weight) in enumerate(zip(names, used, strict=True))
        ),
        refuses=(
            Text(f"超过 {ACTIVE} 天没买过的人不打分。", f"Who has not bought for {ACTIVE} days gets no score."),
            Text("不预测什么时候买，只预测买什么。", "It says what, not when."),
        ),
        limits=(
            Text(
                f"只分辨最常买的 {len(bought.kinds)} 个{label.zh}。",
                f"Only the {len(bought.kinds)} most frequent values of {label.en} are told apart.",
            ),
        ),
        unit=Unit.PERCENT,
        tag=TagForm(
            name="predicted_next_category",
            label=Text("下次最可能买的品类", "likely next category"),
            synonyms=("下次购买品类", "下一次买的品类", "预测品类", "next category", "predicted category"),
            category=TagCategory.PREFERENCE,
        ),
    )


def _refuse_few(deciding: Next, judging: Next, bought: Bought) -> None:
    least = min(len(deciding.who), len(judging.who))
    if least < FEWEST or len(bought.kinds) < 2:
        raise TooLittleDataError(
            LABEL,
            Text(
                f"至少两个品类，并且最近两段（每段 {STRETCH} 天）各有 {FEWEST} 位以前买过的客户再次购买",
                f"at least two categories, and in each of the last two stretches of {STRETCH} days {FEWEST} customers who buy again",
            ),
            Text(
                f"有 {len(bought.kinds)} 个品类、{least} 位客户",
                f"are {len(bought.kinds)} categories and {least} customers",
            ),
        )


def _logit(shares: Floats) -> Floats:
    held = np.clip(shares, 1e-4, 1 - 1e-4)
    return np.log(held / (1 - held))


_FEATURES: Final = (
    Feature(
        name="own_share",
        label=Text("该品类占自己的购买", "its part of own purchases"),
        meaning=Text(
            f"自己的购买中该品类所占的部分，{HALF_LIFE:.0f} 天前的算一半。",
            f"Its part of the own purchases; those {HALF_LIFE:.0f} days old count half.",
        ),
        reason=Text("占自己购买的 {value}", "{value} of own purchases"),
        unit=Unit.PERCENT,
    ),
    Feature(
        name="own_days",
        label=Text("买过该品类的天数", "days on which it was bought"),
        meaning=Text("买过该品类的不同日子数。", "Different days on which it was bought."),
        reason=Text("在 {value} 天买过", "bought on {value} days"),
    ),
)
