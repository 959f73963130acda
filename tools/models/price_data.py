"""Purchases with a coupon among all of each customer, and the distribution behind the shares of all customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Aggregation, ColumnType, Metric, RuleBody, Tag, TagCategory
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Compare
from semantic_layer.query.types import Audience
from tools.models.history import first_measure, goal_metrics
from tools.models.measuring import Z
from tools.models.types import (
    Bin,
    Floats,
    Ints,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaning:
    """Beta distribution of the share over all customers: what is believed of one of whom nothing is known."""

    a: float
    b: float

    def mean(self, hits: Floats, count: Floats) -> Floats:
        return (self.a + hits) / (self.a + self.b + count)

    def range(self, hits: Floats, count: Floats) -> tuple[Floats, Floats]:
        """The ends of the 95 % interval of each customer's share."""
        from scipy.special import betaincinv  # noqa: PLC0415  # slow to import

        a, b = self.a + hits, self.b + count - hits
        return np.asarray(betaincinv(a, b, 0.025)), np.asarray(betaincinv(a, b, 0.975))

    def above(self, hits: Floats, count: Floats, share: float) -> Floats:
        """The chance that the share of each customer lies above `share`."""
        from scipy.special import betaincc  # noqa: PLC0415  # slow to import

        return np.asarray(betaincc(self.a + hits, self.b + count - hits, share))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """Purchases of each customer in a span, and how many of them by price; keys are ascending."""

    keys: Ints
    hits: Floats
    count: Floats

    def of(self, keys: Ints) -> tuple[Floats, Floats]:
        """The same for other keys; 0 for who has none."""
        if not len(self.keys):
            return np.zeros(len(keys)), np.zeros(len(keys))
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        known = self.keys[at] == keys
        return np.where(known, self.hits[at], 0.0), np.where(known, self.count[at], 0.0)


def price_metrics(index: ModelIndex) -> tuple[Metric, Metric, Tag]:
    """All purchases, those of them that went by price, and the rule tag that says so in the definitions: a tag about
    preferences that sets a part of the goal's rows against all of them.

    Raises `InvalidPlanError` where the definitions have none.
    """
    goal = goal_metrics(index)[0]
    whole = first_measure(index, goal)
    for tag in index.model.tags:
        if not isinstance(tag.body, RuleBody) or tag.category is not TagCategory.PREFERENCE or whole is None:
            continue
        named = [one.metric for one in tag.body.inputs]
        for name in named if goal in named else ():
            part = first_measure(index, name)
            if (
                name != goal
                and part is not None
                and part.entity == whole.entity
                and part.where
                and part.agg is Aggregation.COUNT
            ):
                return index.metric(goal), index.metric(name), tag
    raise InvalidPlanError(
        Text(
            f"定义里没有说怎样算看重价格。请定义一个偏好类的规则标签，用「{goal}」和其中用券（或促销）的次数来算。",
            "The definitions do not say what it means to go by price. Define a rule tag of the category preference that sets the "
            f"purchases with a coupon against all of them ({goal!r}).",
        )
    )


def fit_leaning(hits: Floats, count: Floats) -> Leaning:
    """The most likely beta distribution behind `hits` of `count`, customer by customer (beta-binomial)."""
    from scipy.optimize import minimize  # noqa: PLC0415  # slow to import
    from scipy.special import betaln  # noqa: PLC0415

    rows, weight = np.unique(np.column_stack([hits, count]), axis=0, return_counts=True)
    some, many = rows.T
    share = float(np.clip(hits.sum() / max(count.sum(), 1), 0.001, 0.999))

    def cost(logs: Floats) -> float:
        a, b = np.exp(logs)
        return -float(weight @ (betaln(a + some, b + many - some) - betaln(a, b))) / float(weight.sum())

    begun = np.log([2 * share, 2 * (1 - share)])
    found = minimize(cost, begun, method="L-BFGS-B", bounds=[(-9.0, 9.0)] * 2)
    a, b = np.exp(found.x)
    return Leaning(a=float(a), b=float(b))


def share_bins(expected: Floats, hits: Floats, count: Floats, bins: int = 10) -> tuple[Bin, ...]:
    """People in groups of about one size by their expected share: expected, and what their later purchases showed."""
    found = []
    for part in np.array_split(np.argsort(expected, kind="stable"), bins):
        if part.size:
            whole = float(count[part].sum())
            share = float(hits[part].sum()) / whole
            # Purchases of one person are alike, so people are what is drawn, not purchases.
            error = float(np.sqrt(((hits[part] - share * count[part]) ** 2).sum())) / whole
            weighted = float((expected[part] * count[part]).sum()) / whole
            found.append(
                Bin(
                    predicted=weighted,
                    observed=share,
                    low=max(share - Z * error, 0.0),
                    high=min(share + Z * error, 1.0),
                    people=len(part),
                )
            )
    return tuple(found)


def holders(layer: SemanticLayer, user: User, tag: Tag, day: date) -> Ints:
    """Who had the rule tag on a day."""
    value = True if tag.type is ColumnType.BOOLEAN else (tag.positive or (tag.values[0].value,))[0]
    where = Compare(tag.qualified, "=", value)
    return layer.key_array(Audience(where=where, entity=tag.entity, as_of=day), user)
