"""The card of customer value: what it is judged by and what it says of itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from semantic_layer.errors import Text
from semantic_layer.model.types import TagCategory, Unit
from tools.models.bgnbd import NOBODY_LEAVES, WEEK
from tools.models.gamma_gamma import BARELY
from tools.models.history import History, goal_metrics
from tools.models.types import (
    Candidate,
    Card,
    Feature,
    Figure,
    Floats,
    TagForm,
    Task,
)
from tools.models.value_fit import FEWEST, LABEL, OF, Fitted, captured, some_of

RANGED: Final = 20_000
"""People with the highest expectations who get a range of their own."""
DRAWS: Final = 200
TIED: Final = 0.3
"""Correlation of how often and how much from which the product of the two is named as doubtful."""


def value_metrics(
    tried: Fitted, horizon: int, later: tuple[Floats, Floats], candidates: tuple[Candidate, ...], seed: int
) -> tuple[Figure, ...]:
    times, value = later
    weeks = horizon / WEEK
    count, expected = tried.counts.expected(tried.visits, weeks), tried.expected(horizon)
    naive = tried.visits.again / np.maximum(tried.visits.age, 1 / WEEK) * weeks
    spent = naive * tried.mean
    among = np.sort(np.random.default_rng(seed).permutation(len(value))[:_LOOKED_AT])
    low, high = tried.ranges(horizon, among, DRAWS, seed)
    inside = (value[among] >= low - 1e-9) & (value[among] <= high + 1e-9)
    model = next(one for one in candidates if one.name == "model")
    past = next(one for one in candidates if one.name == "past")

    def figure(name: str, zh: str, en: str, own: float, base: float, unit: Unit | None = None) -> Figure:
        return Figure(name=name, label=Text(zh, en), value=own, baseline=base, unit=unit)

    return (
        Figure(
            name="captured",
            label=Text(
                "预测最高的 10% 客户带来的实际金额占比", "share of what came that the 10 % ranked highest brought"
            ),
            value=model.value,
            low=model.low,
            high=model.high,
            baseline=past.value,
            unit=Unit.PERCENT,
        ),
        figure(
            "correlation",
            "购买次数：预测与实际的相关",
            "purchases: correlation of expected and real",
            _tie(count, times),
            _tie(naive, times),
        ),
        figure(
            "rmse",
            "购买次数：均方根误差",
            "purchases: root mean squared error",
            _rmse(count, times),
            _rmse(naive, times),
        ),
        figure(
            "total_count",
            "购买次数：总数误差",
            "purchases: error of the total",
            _off(count, times),
            _off(naive, times),
            Unit.PERCENT,
        ),
        figure(
            "total_value",
            "金额：总数误差",
            "amount: error of the total",
            _off(expected, value),
            _off(spent, value),
            Unit.PERCENT,
        ),
        Figure(
            name="covered",
            label=Text("实际金额落在 95% 范围内的客户", "customers whose real amount lies in the 95 % range"),
            value=float(inside.mean()),
            unit=Unit.PERCENT,
        ),
    )


def compared(expected: Floats, past: Floats, came: Floats, seed: int) -> tuple[Candidate, ...]:
    """The simple rule and the model by what their top tenth brought, with intervals from drawing customers again."""
    ways = {"past": past, "model": expected}
    some = some_of(len(came), seed)
    source = np.random.default_rng(seed)
    drawn = []
    for _ in range(_REDRAWS):
        again = some[source.integers(0, len(some), len(some))]
        drawn.append([captured(by[again], came[again]) for by in ways.values()])
    spread = np.array(drawn)
    values = [captured(by, came) for by in ways.values()]
    best = int(np.argmax(values))
    found = []
    for at, name in enumerate(ways):
        gaps = spread[:, best] - spread[:, at]
        low, high = np.quantile(spread[:, at], [0.025, 0.975])
        gap_low, gap_high = np.quantile(gaps, [0.025, 0.975])
        behind = None if at == best else (values[best] - values[at], float(gap_low), float(gap_high))
        found.append(
            Candidate(
                name=name,
                label=_WAYS[name],
                value=values[at],
                low=float(low),
                high=float(high),
                behind=behind,
                chosen=name == "model",
            )
        )
    return tuple(found)


def why_taken(candidates: tuple[Candidate, ...]) -> Text:
    """Only the model gives a horizon of choice, a chance and a range; whether it also ranks better is said as it is."""
    past, model = candidates
    if model.behind is not None and model.behind[1] > 0:
        ranks = Text(
            "单看排序，过去同样长一段的消费额更准", "for ranking alone, what was spent in the stretch before is better"
        )
    elif past.behind is not None and past.behind[1] > 0:
        ranks = Text("排序也更准", "it also ranks better")
    else:
        ranks = Text("排序上两者的差别在误差以内", "as a ranking, the two differ by no more than noise")
    return Text(
        f"采用 BG/NBD + Gamma-Gamma：只有它给出每位客户的范围，并且扣除了可能已经离开的人；{ranks.zh}。",
        f"BG/NBD + Gamma-Gamma: it alone gives a range for each customer and allows for those who may have left; {ranks.en}.",
    )


def estimates_of(final: Fitted, horizon: int) -> tuple[Figure, ...]:
    counts, amounts = final.counts, final.amounts
    names = ("r", "alpha", "a", "b")
    values = (counts.r, counts.alpha, counts.a, counts.b)
    shown = zip(names, values, counts.low, counts.high, strict=True)
    return (
        Figure(
            name="total",
            label=Text(
                f"现有客户未来 {horizon} 天预计带来", f"expected of today's customers in the next {horizon} days"
            ),
            value=float(final.expected(horizon).sum()),
            unit=Unit.CURRENCY,
            digits=0,
        ),
        *(
            Figure(
                name=name,
                label=Text(f"BG/NBD 参数 {name}（周）", f"BG/NBD {name} (weeks)"),
                value=value,
                low=low,
                high=high,
                digits=4,
            )
            for name, value, low, high in shown
        ),
        *(
            Figure(name=name, label=Text(f"Gamma-Gamma 参数 {name}", f"Gamma-Gamma {name}"), value=value, digits=4)
            for name, value in (("p", amounts.p), ("q", amounts.q), ("gamma", amounts.gamma))
        ),
        Figure(
            name="tied",
            label=Text("买得多少次与每次买多少的相关", "correlation of how often and how much each time"),
            value=final.tied,
            digits=2,
        ),
    )


def doubts_of(final: Fitted) -> tuple[Text, ...]:
    """What in these data goes against the assumptions of the model."""
    found = []
    if abs(final.tied) > TIED:
        found.append(
            Text(
                f"买得多少次与每次买多少相关（{final.tied:.2f}），模型假设两者无关，常客的估计会偏。",
                f"How often and how much are correlated ({final.tied:.2f}), which the model takes for unrelated: "
                "estimates of frequent buyers are off.",
            )
        )
    if final.counts.a <= NOBODY_LEAVES:
        found.append(
            Text(
                "数据里看不出有人离开，因此没有扣除可能离开的人。",
                "Nobody seems to leave in these data, so nothing is taken off for those who may have left.",
            )
        )
    if final.amounts.q < BARELY:
        found.append(
            Text(
                "每次消费的金额差别极大（q 接近 1），人均金额几乎没有定义，总额请谨慎使用。",
                "Amounts are extremely unequal (q near 1), so their mean is hardly defined: use totals with care.",
            )
        )
    return tuple(found)


def value_card(task: Task, history: History, horizon: int, longest: int) -> Card:
    converts, value = goal_metrics(task.layer.index)
    often, much = (task.layer.index.metric(name).words.label for name in (converts, value))
    sources = tuple(dict.fromkeys((converts, value)))
    return Card(
        name="value",
        label=LABEL,
        answers=Text(
            f"每位客户未来 {horizon} 天预计带来的{much.zh}，附 95% 范围。",
            f"The {much.en} that each customer is expected to bring in the next {horizon} days, with a 95 % range.",
        ),
        as_of=task.layer.as_of,
        data_from=history.first,
        data_to=task.layer.as_of,
        people=0,
        population=Text(
            f"到今天为止买过（{often.zh}不为 0）的全部客户；还没买过的不在其中。",
            f"All customers who have bought ({often.en} above 0); those who have not bought yet are not among them.",
        ),
        horizon=horizon,
        features=tuple(replace(one, sources=sources) for one in FEATURES),
        baseline=Text(
            "自己至今的购买频率一直不变 × 平均每次消费", "the own rate so far kept up for ever x mean amount"
        ),
        decided_by=Text(
            "预测最高的 10% 客户带来的实际金额占比", "share of what came that the 10 % ranked highest brought"
        ),
        refuses=(
            Text(
                f"不预测超过 {longest} 天：没有那么长的数据来检验。",
                f"Not further than {longest} days ahead: there are no data that long to judge it by.",
            ),
            Text(
                f"重复购买的客户不到 {FEWEST} 位时不训练。",
                f"It is not trained where fewer than {FEWEST} customers bought again.",
            ),
        ),
        unit=Unit.CURRENCY,
        tag=TagForm(
            name="predicted_value",
            label=Text("价值预测", "predicted value"),
            synonyms=(
                OF.zh,
                "预计价值",
                "未来价值",
                "预测客户价值",
                OF.en,
                "predicted customer value",
                "future value",
                "CLV",
            ),
            category=TagCategory.LIFECYCLE,
            positive=(f"高{OF.zh}",),
        ),
    )


def _tie(one: Floats, other: Floats) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def _rmse(one: Floats, other: Floats) -> float:
    return float(np.sqrt(((one - other) ** 2).mean()))


def _off(one: Floats, other: Floats) -> float:
    whole = float(other.sum())
    return float(one.sum()) / whole - 1 if whole else 0.0


_REDRAWS: Final = 200
_LOOKED_AT: Final = 4_000
_WAYS: Final = {
    "past": Text("过去同样长一段的消费额", "what was spent in the stretch of the same length before"),
    "model": Text("BG/NBD + Gamma-Gamma", "BG/NBD + Gamma-Gamma"),
}
FEATURES: Final = (
    Feature(
        name="alive",
        label=Text("仍是客户的可能", "chance of still being a customer"),
        meaning=Text(
            "由购买次数、间隔和最近一次购买算出。", "From how often, how far apart and how long ago somebody bought."
        ),
        reason=Text("仍是客户的可能 {value}", "still a customer with a chance of {value}"),
        unit=Unit.PERCENT,
    ),
    Feature(
        name="days_bought",
        label=Text("购买天数", "days with a purchase"),
        meaning=Text("有过购买的不同日子数。", "Different days with a purchase."),
        reason=Text("一共在 {value} 天买过", "bought on {value} days in all"),
    ),
    Feature(
        name="recency",
        label=Text("距上次购买天数", "days since the last purchase"),
        meaning=Text("与最近一次购买相隔的天数。", "Days since the latest purchase."),
        reason=Text("已 {value} 天没有购买", "no purchase for {value} days"),
    ),
    Feature(
        name="mean",
        label=Text("平均每天消费", "amount a day of purchase"),
        meaning=Text(
            "有购买的日子平均带来的金额，按今天所知。", "Mean amount of the days with a purchase, as known today."
        ),
        reason=Text("平均每次消费 {value}", "spends {value} each time"),
    ),
)
LIMITS: Final = (
    Text(
        "范围只含客户自己的偶然，不含参数的误差和今后促销、断货的影响。",
        "A range holds the customer's own chance, not the error of the parameters, nor promotions or shortages to come.",
    ),
    Text(
        "没有季节：一年中忙闲不同的生意，请用整年的时长。",
        "It knows no seasons: where months differ, ask for whole years.",
    ),
    Text(
        "金额按今天所知：之后登记的退款已经扣除。", "Amounts are as known today: refunds booked later are already off."
    ),
)
