"""Groups of all customers as a model: kept with a card, published as a tag with a version, watched for drift."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import numpy as np

from semantic_layer.errors import Text
from semantic_layer.model.types import TagCategory, Unit
from tools.models.clusters import COUNTS, LEAST_SHARE, STABLE, Trial
from tools.models.clusters_found import LABEL, Groups, find_groups, refuse_without_people
from tools.models.clusters_traits import Trait, Traits, read_traits
from tools.models.drift import spreads_of
from tools.models.features import Matrix
from tools.models.types import Band, Candidate, Card, Feature, Figure, Scores, TagForm, Task, Trained

NAME: Final = "clusters"
STABILITY: Final = "stability"
TAG: Final = "customer_group"


class ClusterModel:
    """Everybody who bought in the last year, in as many groups as are stable."""

    @property
    def name(self) -> str:
        return NAME

    @property
    def label(self) -> Text:
        return LABEL

    @property
    def deciding(self) -> str:
        return STABILITY

    def train(self, task: Task) -> Trained:
        """Raises as `find_groups` does."""
        return trained_of(find_groups(None, None, task), task.layer.as_of)

    def matrix(self, task: Task) -> Matrix:
        """The traits of those who would be grouped today."""
        refuse_without_people(task.layer, task.user)
        return _matrix(read_traits(task.layer, None, task))


def trained_of(found: Groups, as_of: date) -> Trained:
    """The groups as a card and a score for each customer; a customer's score is the number of the group."""
    traits = found.traits.traits
    chosen = found.drawn.chosen
    matrix = _matrix(found.traits)
    bands = tuple(Band(value=group.name.zh, label=group.name, people=group.people) for group in found.groups)
    card = Card(
        name=NAME,
        label=LABEL,
        answers=Text(
            "买过东西的客户有哪几类，各有什么特点。",
            "Which kinds of buying customers there are, and what each is like.",
        ),
        as_of=as_of,
        data_from=as_of - timedelta(days=365),
        data_to=as_of,
        people=len(found.keys),
        population=Text("近 12 个月买过东西的客户", "Customers with a purchase in the last 12 months"),
        features=tuple(_feature(trait) for trait in traits),
        metrics=(
            Figure(
                name=STABILITY,
                label=Text("重抽后的一致性（调整兰德指数）", "Stability when drawn again (adjusted Rand index)"),
                value=chosen.stability,
            ),
            Figure(
                name="fidelity",
                label=Text("规则与聚类一致的客户", "Customers whom the rules put where K-means did"),
                value=found.drawn.fidelity,
                unit=Unit.PERCENT,
            ),
        ),
        candidates=tuple(_candidate(trial, chosen) for trial in found.drawn.trials),
        decided_by=Text("重抽后的一致性", "Stability when drawn again"),
        why=_with_rules(found),
        bands=bands,
        refuses=(
            Text(
                "近 12 个月没有购买的客户不分群。",
                "Customers without a purchase in the last 12 months are in no group.",
            ),
            Text("客户太少时不分群。", "Too few customers are not grouped."),
        ),
        limits=(
            Text("分群描述现状，不预测将来。", "Groups say how customers are, not what they will do."),
            Text(
                "每个人按规则归群；规则是决策树，与聚类略有出入。",
                "Everybody is grouped by the rules of a small tree, which differ a little from K-means.",
            ),
        ),
        spreads=spreads_of(matrix),
        tag=TagForm(
            name=TAG,
            label=Text("客户分群", "customer group"),
            synonyms=("聚类分群", "客群", "customer cluster", "cluster"),
            category=TagCategory.BEHAVIOUR,
        ),
    )
    return Trained(
        card=card,
        scores=Scores(keys=found.keys, score=found.group_of.astype(np.float64), band=found.group_of.astype(np.int16)),
    )


def why(found: Groups) -> Text:
    """Why so many groups."""
    chosen, drawn = found.drawn.chosen, found.drawn
    stability = f"{chosen.stability:.2f}"
    if drawn.asked is not None:
        return _as_asked(found, drawn.asked)
    if not chosen.good:
        return Text(
            f"{COUNTS[0]} 到 {COUNTS[-1]} 类都不够稳定（最好的是 {chosen.count} 类，一致性 {stability}，要求 {STABLE}）：客户之间没有明显的界限，这些类只是切分。",
            f"No number of groups from {COUNTS[0]} to {COUNTS[-1]} is steady (best: {chosen.count}, stability {stability}, asked for {STABLE}): "
            "there are no clear borders between customers, and these groups are only cuts.",
        )
    larger = [trial.count for trial in drawn.trials if trial.good and trial.count > chosen.count]
    zh = f"{'、'.join(map(str, larger))} 类也稳定，但三层规则说不清楚，故不取。" if larger else ""
    en = (
        f" {' and '.join(map(str, larger))} groups are steady too, but three-step rules cannot tell them apart."
        if larger
        else ""
    )
    return Text(
        f"重抽后仍一致（{stability} ≥ {STABLE}）、最小一类不少于 {LEAST_SHARE:.0%} 的分法中，{chosen.count} 类最细。{zh}",
        f"The most groups that stay the same when drawn again ({stability}, at least {STABLE}) "
        f"and of which none is below {LEAST_SHARE:.0%}.{en}",
    )


def _with_rules(found: Groups) -> Text:
    """Why so many, and the rule of each group."""
    said = why(found)
    zh = "".join(f"「{group.name.zh}」：{group.rule.zh}。" for group in found.groups)
    en = "".join(f" “{group.name.en}”: {group.rule.en}." for group in found.groups)
    return Text(f"{said.zh}{zh}", f"{said.en}{en}")


def _as_asked(found: Groups, asked: int) -> Text:
    chosen, told = found.drawn.chosen, len(found.groups)
    steady = Text("稳定", "steady")
    if not chosen.good:
        steady = Text(
            f"不够稳定（要求 {STABLE}，最小一类不少于 {LEAST_SHARE:.0%}），换一批客户分法会变",
            f"not steady (asked for {STABLE} and none below {LEAST_SHARE:.0%}), so other customers would give other groups",
        )
    zh = f"其中只有 {told} 类能用三层规则说清楚。" if told < asked else ""
    en = f" Only {told} of them can be told by three-step rules." if told < asked else ""
    return Text(
        f"按您要求分成 {asked} 类；重抽后的一致性 {chosen.stability:.2f}，{steady.zh}。{zh}",
        f"{asked} groups, as asked; stability when drawn again {chosen.stability:.2f}: {steady.en}.{en}",
    )


def _candidate(trial: Trial, chosen: Trial) -> Candidate:
    return Candidate(
        name=str(trial.count),
        label=Text(f"{trial.count} 类", f"{trial.count} groups"),
        value=trial.stability,
        chosen=trial is chosen,
    )


def _matrix(traits: Traits) -> Matrix:
    return Matrix(keys=traits.keys, values=traits.values, features=tuple(_feature(one) for one in traits.traits))


def _meaning(trait: Trait) -> Text:
    if not trait.metric:
        return Text("截止日与最近一次购买相隔的天数。", "Days from the latest purchase to the day of the data.")
    return Text(f"近 12 个月的{trait.label.zh}。", f"{trait.label.en} over the last 12 months.")


def _feature(trait: Trait) -> Feature:
    return Feature(
        name=trait.metric or "recency",
        label=trait.label,
        meaning=_meaning(trait),
        unit=trait.unit,
        sources=(trait.metric or trait.what,),
    )
