"""How much a customer goes by price: the share of purchases with a coupon, drawn to that of all where little is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import numpy as np

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.types import Metric, Tag, TagCategory, Unit
from semantic_layer.query.time import Span
from semantic_layer.query.types import ByField, Query
from tools.models.history import goal_metrics, person_key, whole_keys
from tools.models.measuring import Estimate, auc, auc_behind
from tools.models.price_data import Counts, Leaning, fit_leaning, holders, price_metrics, share_bins
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
    level,
)

WINDOW: Final = 365
LATER: Final = 90
FEWEST: Final = 300
"""Customers with a purchase in both parts, of whom some used a coupon and some did not."""
SURE: Final = 0.8
"""Chance from which somebody is counted as going by price, or as not."""
LABEL: Final = Text("价格敏感模型", "price sensitivity model")
OF: Final = Text("价格敏感度", "price sensitivity")


class PriceModel:
    """`Model` of price sensitivity. It looks at a year; time ahead plays no part, so no horizon can be asked for."""

    name = "price_sensitivity"
    label = LABEL
    deciding = "auc"

    def train(self, task: Task) -> Trained:
        if task.horizon is not None:
            raise InvalidPlanError(
                Text(
                    "价格敏感看的是过去一年用券的比例，没有预测时长可选，请去掉时间。",
                    "Price sensitivity is the share of coupons over the past year; it has no horizon. Leave the time out.",
                )
            )
        every, priced, rule = price_metrics(task.layer.index)
        cut = task.layer.as_of - timedelta(days=LATER)
        task.say(Text("正在数用券的订单…", "Counting purchases with coupons…"))
        before = self._counts(task, every, priced, cut - timedelta(days=WINDOW), cut)
        later = self._counts(task, every, priced, cut, task.layer.as_of)
        hits, count = later.of(before.keys)
        judged = count > 0
        _refuse_few(hits, judged)
        tried = fit_leaning(before.hits, before.count)
        now = self._counts(task, every, priced, task.layer.as_of - timedelta(days=WINDOW), task.layer.as_of)
        final = fit_leaning(now.hits, now.count)
        score = final.mean(now.hits, now.count)
        low, high = final.range(now.hits, now.count)
        middle = final.a / (final.a + final.b)
        threshold = min(max(2 * middle, 0.1), 0.5)
        sure = final.above(now.hits, now.count, threshold)
        band = np.where(sure >= SURE, 0, np.where(sure <= 1 - SURE, 2, 1)).astype(np.int16)
        sizes = np.bincount(band, minlength=3)
        seen = np.column_stack([now.hits, now.count])
        why = np.broadcast_to(np.arange(2, dtype=np.int16), seen.shape).copy()
        with_rule = holders(task.layer, task.user, rule, cut)
        truth = hits[judged] * 2 >= count[judged]
        shown = _ways(tried, before, judged, with_rule)
        candidates = _compared(shown, truth)
        taken = next(one for one in candidates if one.chosen)
        own = auc(shown["model"], truth)
        card = replace(
            _card(task, priced, rule, threshold, final),
            people=len(now.keys),
            slices=(
                Slice(label=Text("拟合", "fitted on"), until=cut, outcome=cut, people=len(before.keys)),
                Slice(
                    label=Text("检验", "judged on"),
                    until=cut,
                    outcome=task.layer.as_of,
                    people=int(judged.sum()),
                    judges=True,
                ),
            ),
            metrics=(
                Figure(
                    name="auc",
                    label=Text(
                        "AUC（后来多半用券的人排在前面的机会）",
                        "AUC (whether those who later mostly used coupons rank higher)",
                    ),
                    value=own.value,
                    low=own.low,
                    high=own.high,
                    baseline=auc(shown["rule"], truth).value,
                ),
                *_beside_rule(tried, before, with_rule, (hits, count), threshold),
            ),
            candidates=candidates,
            why=_why(taken),
            calibration=share_bins(tried.mean(before.hits, before.count)[judged], hits[judged], count[judged]),
            bands=tuple(replace(one, people=int(size)) for one, size in zip(_bands(threshold), sizes, strict=True)),
        )
        return Trained(
            card=card,
            scores=Scores(keys=now.keys, score=score, band=band, low=low, high=high, why=why, seen=seen),
        )

    def _counts(self, task: Task, every: Metric, priced: Metric, after: date, until: date) -> Counts:
        """Rows after `after` up to `until`, which is inside."""
        query = Query(
            metrics=(every.name, priced.name),
            by=(ByField(person_key(task.layer.index)),),
            time=Span(after + timedelta(days=1), until),
        )
        keys, count, hits = task.layer.columns(query, task.user, cancel=task.cancel).values()
        found, many, some = whole_keys(keys), np.nan_to_num(count.astype(float)), np.nan_to_num(hits.astype(float))
        order = np.argsort(found, kind="stable")
        order = order[many[order] > 0]
        return Counts(keys=found[order], hits=np.minimum(some, many)[order], count=many[order])


def _ways(tried: Leaning, before: Counts, judged: Yes, with_rule: Ints) -> dict[str, Floats]:
    """What each way says of those who are judged, the simplest first."""
    share = before.hits / before.count
    return {
        "rule": np.isin(before.keys, with_rule)[judged].astype(np.float64),
        "share": share[judged],
        "model": tried.mean(before.hits, before.count)[judged],
    }


def _compared(shown: dict[str, Floats], truth: Yes) -> tuple[Candidate, ...]:
    """How well each way tells who later mostly used coupons; the simplest that is not clearly behind the best is taken."""
    values = {name: auc(by, truth) for name, by in shown.items()}
    best = max(values, key=lambda name: values[name].value)
    behind: dict[str, Estimate | None] = {
        name: None if name == best else auc_behind(shown[best], by, truth) for name, by in shown.items()
    }
    taken = next(name for name, gap in behind.items() if gap is None or gap.low <= 0)
    return tuple(
        Candidate(
            name=name,
            label=_NAMES[name],
            value=values[name].value,
            low=values[name].low,
            high=values[name].high,
            behind=None if gap is None else (gap.value, gap.low, gap.high),
            chosen=name == taken,
        )
        for name, gap in behind.items()
    )


def _why(taken: Candidate) -> Text:
    """What ranks best, and that only the shrunken share comes with an interval."""
    if taken.name == "model":
        return Text(
            "采用向整体靠拢的比例：它最会排序，并给出每个人的区间。",
            "The share drawn to that of all: it ranks best, and gives an interval for each person.",
        )
    return Text(
        f"只为排序，{taken.label.zh}就够了（与最好的差别在误差以内）；分数仍用向整体靠拢的比例，因为只有它给出每个人的区间，单数少时不会走极端。",
        f"For ranking alone {taken.label.en} would do (within noise of the best); scores still are the share drawn to that of all, "
        "for it alone gives an interval and does not go to extremes on few purchases.",
    )


def _beside_rule(
    tried: Leaning, before: Counts, with_rule: Ints, later: tuple[Floats, Floats], threshold: float
) -> tuple[Figure, ...]:
    """What the people whom model and rule each call sensitive did later, and how far the two agree."""
    hits, count = later
    model = tried.above(before.hits, before.count, threshold) >= SURE
    rule = np.isin(before.keys, with_rule)

    def later_share(who: Yes) -> float:
        whole = float(count[who].sum())
        return float(hits[who].sum()) / whole if whole else float("nan")

    def agreed() -> float:
        both, either = int((model & rule).sum()), int((model | rule).sum())
        return both / either if either else 1.0

    return (
        Figure(
            name="later_share",
            label=Text(
                "判为高的人后来用券的比例（基线：规则标签判为是的人）",
                "later share of coupons of those called high (baseline: of those with the rule tag)",
            ),
            value=later_share(model),
            baseline=later_share(rule),
            unit=Unit.PERCENT,
        ),
        Figure(
            name="called",
            label=Text("判为高的人占比（基线：规则标签）", "share of people called high (baseline: with the rule tag)"),
            value=float(model.mean()),
            baseline=float(rule.mean()),
            unit=Unit.PERCENT,
        ),
        Figure(
            name="agreed",
            label=Text("两者都判为是的人 ÷ 任一判为是的人", "people whom both call so / people whom either does"),
            value=agreed(),
            unit=Unit.PERCENT,
        ),
    )


def _refuse_few(hits: Floats, judged: Yes) -> None:
    some = int((hits[judged] > 0).sum())
    if int(judged.sum()) < FEWEST or some < FEWEST // 10 or some == int(judged.sum()):
        raise TooLittleDataError(
            LABEL,
            Text(
                f"至少 {FEWEST} 位客户在最近 {LATER} 天和之前都买过，其中有人用券、有人不用",
                f"at least {FEWEST} customers who bought both in the last {LATER} days and before, some with coupons, some without",
            ),
            Text(
                f"有 {int(judged.sum())} 位，其中 {some} 位用过券",
                f"are {int(judged.sum())}, {some} of them with a coupon",
            ),
        )


def _bands(threshold: float) -> tuple[Band, ...]:
    return (
        level("高", "high", OF, low=threshold),
        Band(value=f"{OF.zh}不确定", label=Text(f"{OF.zh}不确定", f"uncertain {OF.en}")),
        level("低", "low", OF, high=threshold),
    )


def _card(task: Task, priced: Metric, rule: Tag, threshold: float, final: Leaning) -> Card:
    label = priced.words.label
    converts, _ = goal_metrics(task.layer.index)
    return Card(
        name="price_sensitivity",
        label=LABEL,
        answers=Text(
            f"每位客户的购买中{label.zh}所占的比例，附 95% 区间；有 {SURE:.0%} 把握高于 {threshold:.0%} 的算高，有 {SURE:.0%} 把握不高于的算低。",
            f"The share of {label.en} among each customer's purchases, with a 95 % interval; high where it lies above "
            f"{threshold:.0%} with a chance of {SURE:.0%}, low where it does not with the same chance.",
        ),
        as_of=task.layer.as_of,
        data_from=task.layer.as_of - timedelta(days=WINDOW + LATER - 1),
        data_to=task.layer.as_of,
        people=0,
        population=Text(f"近 {WINDOW} 天买过的客户。", f"Customers who bought in the last {WINDOW} days."),
        features=tuple(replace(one, sources=(priced.name, converts)) for one in _FEATURES),
        baseline=Text(f"规则标签「{rule.words.label.zh}」", f"the rule tag {rule.words.label.en!r}"),
        decided_by=Text("AUC（越高越能分清）", "AUC (the higher, the better told apart)"),
        estimates=(
            Figure(name="a", label=Text("全体分布参数 a", "a of the distribution of all"), value=final.a),
            Figure(name="b", label=Text("全体分布参数 b", "b of the distribution of all"), value=final.b),
            Figure(
                name="mean",
                label=Text("全体的平均比例", "mean share of all"),
                value=final.a / (final.a + final.b),
                unit=Unit.PERCENT,
            ),
        ),
        refuses=(
            Text("近一年没买过的人不打分。", "Who has not bought in a year gets no score."),
            Text(
                "没有预测时长：它描述的是习惯，不是未来某一天。",
                "It has no horizon: it describes a habit, not a day to come.",
            ),
        ),
        limits=(
            Text(
                "用券多不等于没有券就不买：要知道这一点，需要有对照组的实验（增量模型）。",
                "Using coupons often does not mean not buying without one: only an experiment with a control shows that (uplift).",
            ),
        ),
        unit=Unit.PERCENT,
        tag=TagForm(
            name="predicted_price_sensitivity",
            label=Text("价格敏感预测", "predicted price sensitivity"),
            synonyms=(OF.zh, "价格敏感程度", "price sensitivity level"),
            category=TagCategory.PREFERENCE,
            positive=(f"高{OF.zh}",),
        ),
    )


_NAMES: Final = {
    "rule": Text("规则标签", "the rule tag"),
    "share": Text("自己用券的比例", "the own share of coupons"),
    "model": Text("向整体靠拢的比例（beta-二项）", "the share drawn to that of all (beta-binomial)"),
}
_FEATURES: Final = (
    Feature(
        name="hits",
        label=Text("用券次数", "purchases with a coupon"),
        meaning=Text(f"近 {WINDOW} 天用券的购买次数。", f"Purchases with a coupon in the last {WINDOW} days."),
        reason=Text("近一年用券 {value} 次", "{value} purchases with a coupon in a year"),
    ),
    Feature(
        name="count",
        label=Text("购买次数", "purchases"),
        meaning=Text(f"近 {WINDOW} 天的购买次数。", f"Purchases in the last {WINDOW} days."),
        reason=Text("近一年共买 {value} 次", "{value} purchases in a year"),
    ),
)
