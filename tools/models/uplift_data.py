"""Whom a past campaign moved and whom to turn to now: its groups, what was known of them before, what they did after."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

import numpy as np

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.types import Scalar, Tag, TagKind
from semantic_layer.query.predicate import Compare, Predicate, conjoin
from semantic_layer.query.time import Span
from semantic_layer.query.types import Audience
from tools.campaigns.types import Groups, GroupsOf
from tools.effect.intervals import holm
from tools.effect.outcomes import Outcomes, goal_of
from tools.models.clusters_found import refuse_without_people, rule_condition, rule_words
from tools.models.clusters_scale import Scale
from tools.models.clusters_traits import Trait, traits_on
from tools.models.clusters_tree import grown, leaves_of, placed
from tools.models.types import Floats, Ints, Task, TooLittleDataError, Yes
from tools.models.uplift import (
    END,
    FEWEST_EVENTS,
    FEWEST_GROUP,
    PARTS,
    Effect,
    TwoModels,
    Uplift,
    difference,
    effect_of,
    p_value,
    uplift_of,
)
from tools.profile import value_label

LABEL: Final = Text("增益模型", "an uplift model")
MISSPLIT: Final = 0.001  # p-value of the split from which a campaign tells nothing of effects
_FEWEST_TAGGED: Final = 200
_ERROR: Final = 0.05

Advice = Literal["pick", "all", "nobody", "unproven"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ByTag:
    """The effect among people with a value of a tag (as it was before the campaign) against all others.

    `chance` is the p-value of the difference, corrected for all tags that were tried (Holm).
    """

    tag: Tag
    value: Scalar
    label: Text
    inside: Effect
    outside: Effect
    apart: Effect
    chance: float

    @property
    def certain(self) -> bool:
        return self.chance <= _ERROR

    @property
    def where(self) -> Predicate:
        """Who has the value now."""
        return Compare(self.tag.qualified, "=", self.value)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moved:
    """What a campaign's groups say of whom it moves.

    `rate` is the share of the control with the outcome. `share` is the part of people worth turning to when they are picked.
    `leaning` are the traits by which the predicted effect goes up or down: the correlation, the strongest first.
    """

    groups: Groups
    days: int
    found: Uplift
    rate: float
    advice: Advice
    share: float
    by_tag: tuple[ByTag, ...]
    leaning: tuple[tuple[Trait, float], ...]
    learnt: Learnt


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learnt:
    """The models of all people of the campaign, and the predicted effect from which somebody is among the `share` picked."""

    models: TwoModels
    scale: Scale
    least: float

    def predicted(self, values: Floats) -> Floats:
        """The effect expected for each row of traits."""
        return self.models.effects(self.scale.of_values(values))


def whom_it_moved(campaign: str, groups: GroupsOf, task: Task) -> Moved:
    """Learn from one campaign: without a name from the newest that can be learnt from.

    Raises `InvalidPlanError` for a campaign without a control, split wrongly, or not over; `TooLittleDataError` for one too
    small; `UnknownNameError`; `NotAllowedError` for somebody who may not see single people.
    """
    refuse_without_people(task.layer, task.user)
    chosen = groups.groups(campaign) if campaign else newest(groups, task)
    days = goal_of(task.layer.index.model.outreach.goal).days
    _refuse(chosen, days, task)
    task.say(Text(f"正在读取「{chosen.name}」的两组…", f"Reading the groups of {chosen.name!r}…"))
    keys = np.array(sorted((*chosen.treated, *chosen.control)), dtype=np.int64)
    treated = np.isin(keys, np.array(chosen.treated.to_array(), dtype=np.int64))
    before = chosen.starts - timedelta(days=1)
    goal = goal_of(task.layer.index.model.outreach.goal)
    did = Outcomes(task.layer, task.user, cancel=task.cancel).reached(
        goal, Span(chosen.starts, before + timedelta(days=days))
    )
    outcome = np.isin(keys, np.array(did.to_array(), dtype=np.int64))
    traits = traits_on(before, keys, task)
    scale = Scale.of(traits.values, [trait.skewed for trait in traits.traits])
    values = scale.of_values(traits.values)
    task.say(Text("正在比较两组，看谁受影响…", "Comparing the groups: who is moved…"))
    try:
        found = uplift_of(values, treated, outcome, seed=task.seed)
    except ValueError:
        raise _too_little(chosen, treated, outcome) from None
    advice, share = _advised(found)
    models = TwoModels.of(values, treated, outcome)
    effects = models.effects(values)
    return Moved(
        groups=chosen,
        days=days,
        found=found,
        rate=float(outcome[~treated].mean()),
        advice=advice,
        share=share,
        by_tag=_by_tag(keys, found.score, chosen, task),
        leaning=_leaning(found.predicted, values, traits.traits),
        learnt=Learnt(models=models, scale=scale, least=float(np.quantile(effects, 1 - share)) if share else math.inf),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picked:
    """Whom to turn to now: `keys` ascending with their expected `effects`. `rule` and `where` say nearly the same people by their
    traits; `agreed` is the share of everybody asked about whom both put alike.
    """

    keys: Ints
    effects: Floats
    rule: Text = Text("", "")  # frozen
    where: Predicate | None = None
    agreed: float = 1.0


def worth_turning_to(moved: Moved, where: Predicate | None, task: Task, *, top: int | None = None) -> Picked:
    """Those for whom `where` holds today who are among the people to pick, or the `top` of them by the effect expected.

    Nobody where picking is not advised.
    """
    if moved.advice != "pick":
        return Picked(keys=np.empty(0, dtype=np.int64), effects=np.empty(0))
    layer = task.layer
    audience = Audience(where=where, entity=layer.index.model.customer_entity)
    keys = layer.key_array(audience, task.user, cancel=task.cancel)
    traits = traits_on(layer.as_of, keys, task)
    effects = moved.learnt.predicted(traits.values)
    held = effects >= moved.learnt.least
    if top is not None and held.sum() > top:
        held = np.zeros(len(keys), dtype=np.bool_)
        held[np.lexsort((keys, -effects))[:top]] = True
    steps = [trait.step for trait in traits.traits]
    leaves = leaves_of(grown(traits.values, held.astype(np.int64), steps, seed=task.seed)) if held.any() else ()
    chosen = [leaf for leaf in leaves if leaf.group == 1]
    currency = layer.index.model.conventions.currency
    rule = rule_condition(chosen, traits.traits)
    parts = tuple(part for part in (where, rule) if part is not None)
    return Picked(
        keys=keys[held],
        effects=effects[held],
        rule=rule_words(chosen, traits.traits, currency),
        where=conjoin(parts) if rule is not None else None,
        agreed=float((placed(traits.values, leaves) == held).mean()) if leaves else 1.0,
    )


def newest(groups: GroupsOf, task: Task) -> Groups:
    """The newest campaign that is over, has a control and was split as planned."""
    days = goal_of(task.layer.index.model.outreach.goal).days
    for name in groups.names():
        found = groups.groups(name)
        if _fault(found, days, task.layer) is None and min(len(found.treated), len(found.control)) >= FEWEST_GROUP:
            return found
    raise TooLittleDataError(
        LABEL,
        Text(
            "一个已结束、有对照组、分组正确的活动", "a campaign that is over, has a control, and was split as planned"
        ),
        Text("没有这样的活动", "is none"),
    )


def _refuse(groups: Groups, days: int, task: Task) -> None:
    fault = _fault(groups, days, task.layer)
    if fault is not None:
        raise InvalidPlanError(fault)


def _fault(groups: Groups, days: int, layer: SemanticLayer) -> Text | None:
    if not groups.control:
        return Text(
            f"「{groups.name}」没有对照组，不知道没有它时人们会怎样，学不出对谁有用。",
            f"{groups.name!r} held nobody back, so it is unknown what people had done without it and whom it moved.",
        )
    over = groups.starts + timedelta(days=days)
    if over > layer.as_of + timedelta(days=1):
        return Text(
            f"「{groups.name}」的观察期（{days} 天）到 {over - timedelta(days=1)} 才结束，之后再看。",
            f"The {days} days after {groups.name!r} end on {over - timedelta(days=1)}; ask again then.",
        )
    if split_chance(groups) < MISSPLIT:
        return Text(
            f"「{groups.name}」的分组和计划不符（对照组 {len(groups.control):,} 人，计划占 {groups.planned_control:.0%}），两组不可比，学不出对谁有用。",
            f"The groups of {groups.name!r} are not as planned ({len(groups.control):,} in the control, planned {groups.planned_control:.0%}), "
            "so they cannot be compared and say nothing of whom it moved.",
        )
    return None


def split_chance(groups: Groups) -> float:
    """How likely so different a split is by chance, given the planned share; 1 where nobody planned one."""
    people = len(groups.treated) + len(groups.control)
    planned = groups.planned_control
    if planned is None or not 0 < planned < 1 or not people:
        return 1.0
    away = abs(len(groups.control) - planned * people) / math.sqrt(people * planned * (1 - planned))
    return math.erfc(away / math.sqrt(2))


def _too_little(groups: Groups, treated: Yes, outcome: Yes) -> TooLittleDataError:
    least = min(int(outcome[treated].sum()), int(outcome[~treated].sum()))
    return TooLittleDataError(
        LABEL,
        Text(
            f"两组各至少 {FEWEST_GROUP} 人、各至少 {FEWEST_EVENTS} 人转化",
            f"at least {FEWEST_GROUP} people and {FEWEST_EVENTS} conversions in each group",
        ),
        Text(
            f"「{groups.name}」只有 {len(groups.treated):,} 与 {len(groups.control):,} 人，较少的一组转化 {least} 人",
            f"are {len(groups.treated):,} and {len(groups.control):,} people in {groups.name!r}, with {least} conversions in the smaller",
        ),
    )


def _advised(found: Uplift) -> tuple[Advice, float]:
    """What follows, and which part of people to pick: the fifths from the top whose effect is certainly above nothing."""
    if found.usable:
        parts = 0
        while parts < PARTS and found.parts[parts].low > 0:
            parts += 1
        return "pick", parts / PARTS if parts else END
    if found.overall.low > 0:
        return "all", 0.0
    return ("nobody" if found.overall.high < 0 else "unproven"), 0.0


def _leaning(predicted: Floats, values: Floats, traits: tuple[Trait, ...]) -> tuple[tuple[Trait, float], ...]:
    away = predicted - predicted.mean()
    spread = float(away.std()) or 1.0
    found = [(trait, float((values[:, at] * away).mean() / spread)) for at, trait in enumerate(traits)]
    return tuple(sorted(found, key=lambda one: -abs(one[1])))


def _by_tag(keys: Ints, score: Floats, groups: Groups, task: Task) -> tuple[ByTag, ...]:
    """Differences by the tags that people had before, the surest first."""
    found: list[tuple[Tag, Scalar, Effect, Effect]] = []
    for tag, value in _tried(task):
        audience = Audience(
            where=Compare(tag.qualified, "=", value),
            entity=task.layer.index.model.customer_entity,
            as_of=groups.starts - timedelta(days=1),
        )
        held = np.isin(keys, task.layer.key_array(audience, task.user, cancel=task.cancel), assume_unique=True)
        if min(held.sum(), (~held).sum()) >= _FEWEST_TAGGED:
            found.append((tag, value, effect_of(score[held]), effect_of(score[~held])))
    apart = [difference(inside, outside) for _, _, inside, outside in found]
    chances = holm([p_value(one) for one in apart]) if apart else ()
    told = [
        ByTag(tag=tag, value=value, label=_said(tag, value), inside=inside, outside=outside, apart=gap, chance=chance)
        for (tag, value, inside, outside), gap, chance in zip(found, apart, chances, strict=True)
    ]
    return tuple(sorted(told, key=lambda one: (one.chance, p_value(one.apart))))


def _tried(task: Task) -> Iterator[tuple[Tag, Scalar]]:
    """Tags that are made of what people did: yes-or-no ones, and the first value of those in levels."""
    for tag in task.layer.index.model.tags:
        made = tag.kind in (TagKind.RULE, TagKind.QUANTILE) and tag.entity == task.layer.index.model.customer_entity
        if not made or not task.layer.may_use(tag.qualified, task.user):
            continue
        if not tag.values:
            yield tag, True
        elif tag.ordered or tag.positive:
            yield tag, (tag.positive or tuple(one.value for one in tag.values))[0]


def _said(tag: Tag, value: Scalar) -> Text:
    label = tag.words.label
    if value is True:
        return label
    said = value_label(tag, value)
    return Text(f"{label.zh}：{said.zh}", f"{label.en}: {said.en}")
