"""What to send to some people, and how: effects of past kinds of campaign on them, and how they answer on each channel.

What came from groups drawn by chance is told apart from what was only observed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import NormalDist
from typing import Final

import numpy as np

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.outreach import Channel, History
from semantic_layer.model.types import Aggregation, Scalar, Simple
from semantic_layer.query.predicate import Compare, Did, Predicate, conjoin
from semantic_layer.query.time import Grain, Rolling, Span
from semantic_layer.query.types import Audience, ByField, Query
from tools.campaigns.types import Groups, GroupsOf
from tools.effect.outcomes import Outcomes, goal_of
from tools.models.baskets import wilson
from tools.models.clusters_found import refuse_without_people
from tools.models.history import person_key, whole_keys
from tools.models.types import Floats, Ints, Task
from tools.models.uplift_data import MISSPLIT, split_chance
from tools.profile import value_label

YEAR: Final = Rolling(12, Grain.MONTH)
FEWEST: Final = 50  # people of a group, or with a message, below which nothing is said
_ALIKE: Final = 0.3  # how far groups of people usually are from everybody, as a part of everybody's rate
_Z: Final = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share or an effect with its 95 % interval, from so many people."""

    value: float
    low: float
    high: float
    people: int

    @property
    def certain(self) -> bool:
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OnChannel:
    """How these people answer on a channel. `reachable` of them have agreed to it (`None` where nothing says so).

    `everybody` is the share of messages to anybody that were clicked, `rate` that of these people, drawn in to everybody's where
    they had few messages; `None` where the channel was not used. `sent` counts messages to these people.
    """

    channel: Channel
    reachable: int | None
    sent: int
    everybody: float | None
    rate: Estimate | None

    @property
    def expected(self) -> float:
        """Clicks to be expected from one message to everybody who can be reached."""
        return (self.rate.value if self.rate is not None else 0.0) * (self.reachable or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfKind:
    """What campaigns of a kind did to people who were then as these are now: by how much the share that converts rose, against those held back.

    `wider` says that too few of these people were in such campaigns, so that it is the effect on all who were. `effect` is
    `None` where no campaign of the kind can say: `untold` is how many there were of those. `redeemed` is the share of these
    people planned into such campaigns who used a coupon of it, where the data tell: it was only observed.
    """

    kind: str
    label: Text
    effect: Estimate | None
    campaigns: tuple[str, ...]
    wider: bool = False
    untold: int = 0
    redeemed: Estimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """`kinds` and `channels` are in the order of what they promise; those that nothing is known of come last."""

    people: int
    kinds: tuple[OfKind, ...]
    channels: tuple[OnChannel, ...]
    by_clicks: bool  # whether `rate` is about clicks; otherwise about opening
    days: int

    @property
    def best_kind(self) -> OfKind | None:
        """The kind with the greatest effect on these people that is certainly above nothing."""
        return next((k for k in self.kinds if k.effect is not None and k.effect.low > 0 and not k.wider), None)

    @property
    def best_channel(self) -> OnChannel | None:
        return next((one for one in self.channels if one.rate is not None and one.reachable != 0), None)


def what_suits(audience: Audience, groups: GroupsOf, task: Task) -> Advised:
    """What past campaigns say of these people.

    Raises `InvalidPlanError` where the definitions have no past campaigns, and whatever the layer raises.
    """
    layer = task.layer
    refuse_without_people(layer, task.user)
    outreach = layer.index.model.outreach
    if outreach.history is None:
        raise InvalidPlanError(
            Text(
                "定义里没有历史活动（outreach.history），不知道什么适合这些人。",
                "The definitions have no past campaigns (`history` of `outreach`), so it is unknown what suits these people.",
            )
        )
    keys = layer.key_array(audience, task.user, cancel=task.cancel)
    task.say(Text("正在看这些人在各渠道的反应…", "Looking at how these people answer on each channel…"))
    channels = tuple(_on_channels(audience, keys, outreach.history, task))
    task.say(Text("正在看各类活动对这些人的效果…", "Looking at what kinds of campaign did to these people…"))
    days = goal_of(outreach.goal).days
    kinds = tuple(_of_kinds(audience, groups, outreach.history, days, task))
    return Advised(
        people=len(keys),
        kinds=tuple(sorted(kinds, key=_promise)),
        channels=tuple(sorted(channels, key=lambda one: (one.rate is None, -one.expected))),
        by_clicks=bool(outreach.history.clicked),
        days=days,
    )


def _promise(kind: OfKind) -> tuple[bool, bool, float]:
    return (kind.effect is None, kind.wider, -kind.effect.value if kind.effect is not None else 0.0)


# ---- channels


def _on_channels(audience: Audience, keys: Ints, history: History, task: Task) -> Iterator[OnChannel]:
    layer = task.layer
    answers = _answers(history, task)
    for channel in layer.index.model.outreach.channels:
        own = answers.get(channel.name)
        reachable = _reachable(audience, channel, task)
        if own is None:
            yield OnChannel(channel=channel, reachable=reachable, sent=0, everybody=None, rate=None)
            continue
        people, sent, answered = own
        inside = np.isin(people, keys, assume_unique=True)
        everybody = float(answered.sum() / sent.sum())
        rate = drawn_in(sent[inside], answered[inside], everybody)
        yield OnChannel(
            channel=channel, reachable=reachable, sent=int(sent[inside].sum()), everybody=everybody, rate=rate
        )


def drawn_in(sent: Floats, answered: Floats, everybody: float) -> Estimate:
    """The share of messages answered, of people with `sent` messages each of which `answered` were.

    The share of these people alone has the variance of a ratio between people (Cochran 1977, Sampling Techniques, 6.3). It is
    weighed against everybody's share by how sure each is (Efron and Morris 1975).
    """
    usual = (max(_ALIKE * everybody, 1e-4)) ** 2
    total, people = float(sent.sum()), len(sent)
    if people < 2 or not total:
        return _between(everybody, math.sqrt(usual), people)
    share = float(answered.sum()) / total
    least = everybody * (1 - everybody) / total  # nobody answered: that is not known for certain
    variance = max(float(((answered - share * sent) ** 2).sum()) * people / (people - 1) / total**2, least, 1e-12)
    weight = usual / (usual + variance)
    return _between(weight * share + (1 - weight) * everybody, math.sqrt(weight * variance), people)


def _between(value: float, error: float, people: int) -> Estimate:
    return Estimate(value=value, low=max(value - _Z * error, 0.0), high=min(value + _Z * error, 1.0), people=people)


def _answers(history: History, task: Task) -> dict[str, tuple[Ints, Floats, Floats]]:
    """By channel: people with messages in the last year (ascending), how many they had, how many they clicked or opened."""
    index = task.layer.index
    counted, answer = _messages(index, history), history.clicked or history.opened
    if not counted or not answer or not history.channel:
        return {}
    arrived = Compare(history.delivered, "=", value=True) if history.delivered else None
    by = (ByField(person_key(index)), ByField(history.channel), ByField(answer))
    query = Query(metrics=(counted,), by=by, where=arrived, time=YEAR)
    keys, channels, answers, counts = task.layer.columns(query, task.user, cancel=task.cancel).values()
    people, numbers = whole_keys(keys), np.nan_to_num(counts.astype(np.float64))
    yes = np.array([one is True or one == 1 for one in answers.tolist()], dtype=np.bool_)
    names = channels.astype(str)
    found: dict[str, tuple[Ints, Floats, Floats]] = {}
    for name in sorted(set(names.tolist())):
        held = names == name
        known, place = np.unique(people[held], return_inverse=True)
        sent = np.bincount(place, weights=numbers[held])
        answered = np.bincount(place, weights=numbers[held] * yes[held])
        if sent.sum():
            found[name] = (known.astype(np.int64), sent.astype(np.float64), answered.astype(np.float64))
    return found


def _messages(index: ModelIndex, history: History) -> str:
    """The metric that counts all messages; empty where there is none."""
    for metric in index.model.metrics:
        body = metric.body
        if isinstance(body, Simple) and not metric.where and not metric.hidden:
            measure = body.measures[0]
            if measure.entity == history.message and measure.agg is Aggregation.COUNT and not measure.where:
                return metric.name
    return ""


def _reachable(audience: Audience, channel: Channel, task: Task) -> int | None:
    if not channel.consent:
        return None
    agreed: Predicate = Compare(channel.consent, "=", value=True)
    where = conjoin(tuple(one for one in (audience.where, agreed) if one is not None))
    return task.layer.count(Audience(where=where, entity=audience.entity), task.user, cancel=task.cancel)


# ---- kinds of campaign


def _of_kinds(audience: Audience, groups: GroupsOf, history: History, days: int, task: Task) -> Iterator[OfKind]:
    if not history.kind or not history.member:
        return
    known = _kinds(history, task)
    by_kind: dict[str, list[Groups]] = {}
    for name in groups.names():
        if name in known:
            by_kind.setdefault(known[name][1], []).append(groups.groups(name))
    field = task.layer.index.field(history.kind)
    for kind, campaigns in by_kind.items():
        telling = [one for one in campaigns if tells(one, days, task.layer.as_of)]
        own = [(one, _effect(one, _then(audience, one.starts, task), days, task)) for one in telling]
        wider = not any(effect is not None for _, effect in own)
        if wider:
            own = [(one, _effect(one, None, days, task)) for one in telling]
        used = [(one, effect) for one, effect in own if effect is not None]
        yield OfKind(
            kind=kind,
            label=value_label(field, kind),
            effect=pooled([effect for _, effect in used]),
            campaigns=tuple(one.name for one, _ in used),
            wider=wider and bool(used),
            untold=len(campaigns) - len(used),
            redeemed=_redeemed(audience, [(one, known[one.name][0]) for one in campaigns], history, task),
        )


def tells(groups: Groups, days: int, as_of: date) -> bool:
    """Whether a campaign can say what it did: somebody was held back, as planned, and its time is over."""
    over = groups.starts + timedelta(days=days) <= as_of + timedelta(days=1)
    return bool(groups.control) and over and split_chance(groups) >= MISSPLIT


def pooled(effects: Sequence[Estimate]) -> Estimate | None:
    """One effect of several, each weighed by how sure it is (inverse variance)."""
    if not effects:
        return None
    weights = [1 / max((one.high - one.low) / (2 * _Z), 1e-9) ** 2 for one in effects]
    value = sum(weight * one.value for weight, one in zip(weights, effects, strict=True)) / sum(weights)
    half = _Z / math.sqrt(sum(weights))
    return Estimate(value=value, low=value - half, high=value + half, people=sum(one.people for one in effects))


def _then(audience: Audience, starts: date, task: Task) -> Ints:
    """Who was in the audience the day before a campaign: who is in it now may be so because of the campaign."""
    before = replace(audience, as_of=starts - timedelta(days=1))
    return task.layer.key_array(before, task.user, cancel=task.cancel)


def _kinds(history: History, task: Task) -> dict[str, tuple[Scalar, str]]:
    """Of each campaign by its name: the name as the data have it, and its kind."""
    query = Query(metrics=(), by=(ByField(history.name), ByField(history.kind)))
    table = task.layer.run(query, task.user, cancel=task.cancel).table
    return {
        str(name): (name, str(kind))
        for name, kind in table
        if isinstance(name, str | int | float | bool) and kind is not None
    }


def _redeemed(
    audience: Audience, campaigns: Sequence[tuple[Groups, Scalar]], history: History, task: Task
) -> Estimate | None:
    """The share who used a coupon, of these people and campaigns; `None` where no coupons are kept or too few were planned."""
    if not history.redeemed:
        return None
    hits = planned = 0
    for groups, name in campaigns:
        own = _among(groups.treated, _then(audience, groups.starts, task))
        used = Did(entity=history.redeemed, where=Compare(history.name, "=", name))
        keys = task.layer.key_array(Audience(where=used, entity=audience.entity), task.user, cancel=task.cancel)
        hits += int(np.isin(own, keys, assume_unique=True).sum())
        planned += len(own)
    if planned < FEWEST:
        return None
    low, high = wilson(hits, planned)
    return Estimate(value=hits / planned, low=low, high=high, people=planned)


def _effect(groups: Groups, keys: Ints | None, days: int, task: Task) -> Estimate | None:
    """The effect on those of the campaign who are among `keys`; `None` where a group has too few of them."""
    treated, control = (_among(people, keys) for people in (groups.treated, groups.control))
    if min(len(treated), len(control)) < FEWEST:
        return None
    goal = goal_of(task.layer.index.model.outreach.goal)
    span = Span(groups.starts, groups.starts + timedelta(days=days - 1))
    did = _among(Outcomes(task.layer, task.user, cancel=task.cancel).reached(goal, span), None)
    shares, error = [], 0.0
    for group in (treated, control):
        hits, people = int(np.isin(group, did, assume_unique=True).sum()), len(group)
        shares.append(hits / people)
        drawn = (hits + 1) / (people + 2)
        error += drawn * (1 - drawn) / (people + 2)
    value, half = shares[0] - shares[1], _Z * math.sqrt(error)
    return Estimate(value=value, low=value - half, high=value + half, people=len(treated) + len(control))


def _among(people: Iterable[int], keys: Ints | None) -> Ints:
    found = np.fromiter(people, dtype=np.int64)  # ascending: a bitmap is
    return found if keys is None else found[np.isin(found, keys, assume_unique=True)]
