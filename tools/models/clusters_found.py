"""Groups of customers as they are told: who is in each, by which rule, what is high and low in it, beside the RFM classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from semantic_layer.errors import InvalidPlanError, NotAllowedError, Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Tag
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Or, Predicate, conjoin
from semantic_layer.query.types import Audience, ByField, Query
from tools.models.clusters import COUNTS, FEWEST_PEOPLE, Clustering, agreement, clustered
from tools.models.clusters_scale import on_one_scale
from tools.models.clusters_traits import YEAR, Trait, Traits, bought_in_year, read_traits
from tools.models.clusters_tree import Leaf
from tools.models.history import goal_metrics, person_key, whole_keys
from tools.models.types import Ints, Task, TooLittleDataError

LABEL: Final = Text("客户分群", "customer groups")
TELLING: Final = 0.35  # deviations from the mean of everybody from which a trait is high or low in a group
MOST_NAMED: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some customers. `where` is the rule as a condition on people, whose words `rule` are.

    `means` are those of its traits; `standing` how many deviations they are above everybody's.
    """

    name: Text
    rule: Text
    where: Predicate
    people: int
    means: tuple[float, ...]
    standing: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The groups beside a tag that people were told apart by before: `counts[g][v]` people of group g have value v.

    `agreement` is the adjusted Rand index: 1 for the same groups, about 0 for groups that have nothing to do with it.
    """

    tag: Tag
    values: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    agreement: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """What was found. `keys` ascending, `group_of` beside them; `means` are those of everybody grouped.

    `quiet` is how many were asked about but bought nothing in the last year: they are in no group.
    """

    keys: Ints
    group_of: Ints
    traits: Traits
    groups: tuple[Group, ...]
    means: tuple[float, ...]
    drawn: Clustering
    quiet: int
    beside: Beside | None = None


def find_groups(where: Predicate | None, count: int | None, task: Task) -> Groups:
    """The customers for whom `where` holds in `count` groups, or in as many as are stable.

    Raises `TooLittleDataError` for too few customers, `InvalidPlanError` for a number of groups outside 2 to 8, and
    `NotAllowedError` for somebody who may not see single people.
    """
    if count is not None and count not in COUNTS:
        raise InvalidPlanError(
            Text(
                f"客户可以分成 {COUNTS[0]} 到 {COUNTS[-1]} 类，不能是 {count} 类。不说几类时，按稳定性自动选择。",
                f"Customers can be put into {COUNTS[0]} to {COUNTS[-1]} groups, not {count}. "
                "Without a number as many are taken as are stable.",
            )
        )
    layer = task.layer
    refuse_without_people(layer, task.user)
    task.say(Text("正在读取客户的消费与行为…", "Reading what customers buy and do…"))
    traits = read_traits(layer, where, task)
    if len(traits.keys) < FEWEST_PEOPLE or not traits.traits:
        raise TooLittleDataError(
            LABEL,
            Text(
                f"至少 {FEWEST_PEOPLE} 位近一年买过的客户",
                f"at least {FEWEST_PEOPLE} customers with a purchase in a year",
            ),
            Text(f"有 {len(traits.keys)} 位", f"are {len(traits.keys)}"),
        )
    task.say(
        Text(
            "正在试 2 到 8 类，看哪一种重抽后不变…",
            "Trying 2 to 8 groups for those that stay the same when drawn again…",
        )
    )
    drawn = clustered(
        traits.values,
        [trait.skewed for trait in traits.traits],
        seed=task.seed,
        steps=[trait.step for trait in traits.traits],
        count=count,
        cancel=task.cancel,
    )
    everybody = layer.count(
        Audience(where=where, entity=layer.index.model.customer_entity), task.user, cancel=task.cancel
    )
    return Groups(
        keys=traits.keys,
        group_of=drawn.groups,
        traits=traits,
        groups=_told(traits, drawn, where, layer.index),
        means=tuple(float(mean) for mean in traits.values.mean(axis=0)),
        drawn=drawn,
        quiet=max(everybody - len(traits.keys), 0),
        beside=_beside(traits.keys, drawn.groups, where, task),
    )


def refuse_without_people(layer: SemanticLayer, user: User) -> None:
    """Raise `NotAllowedError` for somebody who may not see single people."""
    if not rights_of(user, layer.policy).see_small_groups and layer.index.model.conventions.minimum_group > 1:
        raise NotAllowedError(
            Text(
                "这个问题要逐个客户计算，您的角色不能看到很小的人群。请让有 see_small_groups 权限的同事来做。",
                "This is reckoned one customer at a time, and your role may not see very small groups. "
                "Ask a colleague whose role has `see_small_groups`.",
            )
        )


def _told(traits: Traits, drawn: Clustering, where: Predicate | None, index: ModelIndex) -> tuple[Group, ...]:
    scaled = on_one_scale(traits.values, [trait.skewed for trait in traits.traits])
    inside = [drawn.groups == number for number in range(drawn.count)]
    standing = [scaled[held].mean(axis=0) for held in inside]
    currency = index.model.conventions.currency
    names = _names([tuple(float(one) for one in row) for row in standing], traits.traits)
    told = []
    for number, held in enumerate(inside):
        own = [leaf for leaf in drawn.leaves if leaf.group == number]
        own.sort(key=lambda leaf: -int(leaf.holds(traits.values).sum()))
        told.append(
            Group(
                name=names[number],
                rule=rule_words(own, traits.traits, currency),
                where=_condition(own, traits.traits, where, index),
                people=int(held.sum()),
                means=tuple(float(mean) for mean in traits.values[held].mean(axis=0)),
                standing=tuple(float(one) for one in standing[number]),
            )
        )
    return tuple(told)


def _names(standing: Sequence[tuple[float, ...]], traits: Sequence[Trait]) -> list[Text]:
    """The one or two traits that stand out most, more of them where two groups would be called the same."""
    names: list[Text] = []
    for most in range(MOST_NAMED, len(traits) + 1):
        names = [_name(row, traits, most) for row in standing]
        if len(set(names)) == len(names):
            return names
    return [Text(f"{name.zh}（{at}）", f"{name.en} ({at})") for at, name in enumerate(names, start=1)]


def _name(standing: Sequence[float], traits: Sequence[Trait], most: int) -> Text:
    order = sorted(range(len(traits)), key=lambda at: -abs(standing[at]))
    said = [traits[at].standing(standing[at] > 0) for at in order[:most] if abs(standing[at]) >= TELLING]
    if not said:
        return Text("各项居中", "in the middle")
    en = " · ".join(one.en for one in said)
    return Text(" · ".join(one.zh for one in said), en[:1].upper() + en[1:])


def rule_words(leaves: Sequence[Leaf], traits: Sequence[Trait], currency: str) -> Text:
    """The rule in words; several ways into one group are put side by side, in the order given."""
    ways = [[traits[bound.trait].said(bound, currency) for bound in leaf.bounds] for leaf in leaves]
    zh = "；或 ".join(" · ".join(one.zh for one in way) for way in ways)
    en = "; or ".join(" · ".join(one.en for one in way) for way in ways)
    return Text(zh, en)


def rule_condition(leaves: Sequence[Leaf], traits: Sequence[Trait]) -> Predicate | None:
    """The rule as a condition on people; `None` where it holds for everybody."""
    ways = [conjoin(tuple(traits[bound.trait].condition(bound) for bound in leaf.bounds)) for leaf in leaves]
    known = tuple(way for way in ways if way is not None)
    if len(known) < len(ways) or not known:
        return None
    return known[0] if len(known) == 1 else Or(known)


def _condition(
    leaves: Sequence[Leaf], traits: Sequence[Trait], where: Predicate | None, index: ModelIndex
) -> Predicate:
    base = bought_in_year(index)
    parts = tuple(part for part in (where, base, rule_condition(leaves, traits)) if part is not None)
    return conjoin(parts) or base


def rfm_tag(index: ModelIndex) -> Tag | None:
    """The tag that classes customers by recency, frequency and money, if the definitions have one."""
    return next((tag for tag in index.model.tags if tag.values and _is_rfm(tag)), None)


def _is_rfm(tag: Tag) -> bool:
    words = (tag.name, tag.words.label.zh, tag.words.label.en, *tag.words.synonyms)
    return any("rfm" in word.casefold() for word in words)


def _beside(keys: Ints, groups: Ints, where: Predicate | None, task: Task) -> Beside | None:
    layer = task.layer
    tag = rfm_tag(layer.index)
    if tag is None or not layer.may_use(tag.qualified, task.user):
        return None
    by = (ByField(person_key(layer.index)), ByField(tag.qualified))
    query = Query(metrics=goal_metrics(layer.index)[:1], by=by, where=where, time=YEAR)
    people, classes, _ = layer.columns(query, task.user, cancel=task.cancel).values()
    at = np.searchsorted(keys, whole_keys(people))
    at = np.minimum(at, len(keys) - 1)
    known = keys[at] == whole_keys(people)
    values = tuple(str(one.value) for one in tag.values)
    place = {value: number for number, value in enumerate(values)}
    rows = [
        (int(groups[i]), place[str(name)])
        for i, name in zip(at[known], classes[known], strict=True)
        if str(name) in place
    ]
    if not rows:
        return None
    table = np.zeros((int(groups.max()) + 1, len(values)), dtype=np.int64)
    pairs = np.asarray(rows, dtype=np.int64)
    np.add.at(table, (pairs[:, 0], pairs[:, 1]), 1)
    return Beside(
        tag=tag,
        values=values,
        counts=tuple(tuple(int(count) for count in row) for row in table),
        agreement=agreement(pairs[:, 0], pairs[:, 1]),
    )
