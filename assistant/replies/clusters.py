"""Replies to "what kinds of customers are there": groups by their names and rules, each with its people one step away."""

from __future__ import annotations

from assistant.answer import FollowUp, Headline, Section
from assistant.replies.draft import Draft
from assistant.replies.restated import condition_text
from assistant.resources import Asked, Resources
from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Unit
from semantic_layer.query.acts import Cluster, Recommend, StartCampaign
from semantic_layer.query.plan import ListPeople, Plan, SaveSegment, Step
from semantic_layer.query.types import Audience
from semantic_layer.table import Cell, ResultColumn, Table
from tools import numbers
from tools.chart.calibration import bands_chart
from tools.models.clusters import FAITHFUL
from tools.models.clusters_found import Beside, Group, Groups, find_groups
from tools.models.clusters_model import why
from tools.models.types import Task
from tools.profile import value_label

SEED = 0
_SAME = (0.65, 0.3)  # agreement from which two groupings say nearly the same, and below which they say different things
_RULES = Text(
    "每个人按规则归到一类，人数就是符合规则的人数；规则由一棵三层的决策树写出。",
    "Everybody is put where the rules say, so the numbers are those who meet them; the rules are a tree of three steps.",
)


def cluster(step: Cluster, asked: Asked, resources: Resources) -> Draft:
    """The groups, the largest first."""
    task = Task(layer=resources.layer, user=asked.user, seed=SEED, cancel=asked.cancel)
    found = find_groups(step.where, step.count, task)
    language = asked.language
    bands = [(group.name.in_(language), group.people) for group in found.groups]
    return Draft(
        text=_sentence(step, found, asked, resources),
        plan=asked.plan,
        headline=Headline(
            value=str(len(found.groups)), exact=str(len(found.groups)), label=Text("类客户", "groups").in_(language)
        ),
        table=_table(found, language),
        chart=bands_chart(bands, _title(found).in_(language), _under(found).in_(language), language),
        sections=_sections(found, asked, resources),
        follow_ups=_next(found, asked, resources),
        uses=_uses(found),
        remarks=_remarks(found),
    )


def _sentence(step: Cluster, found: Groups, asked: Asked, resources: Resources) -> str:
    who = condition_text(step.where, resources.index, resources.calendar, asked.language)
    total = f"{len(found.keys):,}"
    parts = [(group.name.in_(asked.language), group.people / len(found.keys)) for group in found.groups]
    if asked.language == "zh":
        named = "、".join(f"「{name}」{numbers.percent(share)}" for name, share in parts)
        whose = f"{who}中近一年买过的" if who else "近一年买过的"
        return f"{whose} {total} 位客户分成 {len(found.groups)} 类：{named}。"
    named = ", ".join(f"“{name}” {numbers.percent(share)}" for name, share in parts)
    whose = f" ({who})" if who else ""
    return f"The {total} customers with a purchase in a year{whose} fall into {len(found.groups)} groups: {named}."


def _title(found: Groups) -> Text:
    first = found.groups[0]
    share = numbers.percent(first.people / len(found.keys))
    return Text(f"最大的一类是「{first.name.zh}」，占 {share}", f"The largest group is “{first.name.en}”: {share}")


def _under(found: Groups) -> Text:
    return Text(f"各类客户人数，共 {len(found.keys):,} 人", f"Customers in each group, {len(found.keys):,} in all")


def _table(found: Groups, language: Language) -> Table:
    """One line a group and one for everybody: people, share, the mean of each trait."""
    traits = found.traits.traits
    columns = (
        ResultColumn(name="group", label=Text("客户类别", "Group"), role="group"),
        ResultColumn(name="people", label=Text("人数", "People"), role="metric", unit=Unit.COUNT),
        ResultColumn(name="share", label=Text("占比", "Share"), role="share", unit=Unit.PERCENT),
        *(
            ResultColumn(name=f"trait_{at}", label=trait.label, role="attribute", source=trait.metric, unit=trait.unit)
            for at, trait in enumerate(traits)
        ),
    )
    total = len(found.keys)
    rows: list[tuple[Cell, ...]] = [
        (group.name.in_(language), group.people, group.people / total, *_means(group.means, found))
        for group in found.groups
    ]
    rows.append((Text("全部", "everybody").in_(language), total, 1.0, *_means(found.means, found)))
    return Table(columns, tuple(rows))


def _means(means: tuple[float, ...], found: Groups) -> tuple[float, ...]:
    return tuple(
        round(mean, 4 if trait.unit is Unit.PERCENT else 1)
        for mean, trait in zip(means, found.traits.traits, strict=True)
    )


def _sections(found: Groups, asked: Asked, resources: Resources) -> tuple[Section, ...]:
    language, currency = asked.language, resources.currency
    groups = tuple(_of_group(group, found, language, currency) for group in found.groups)
    trials = Section(
        title=Text("分成几类合适", "How many groups").in_(language),
        lines=(
            (Text("结论", "Chosen").in_(language), why(found).in_(language)),
            *(
                (
                    Text(f"{trial.count} 类", f"{trial.count} groups").in_(language),
                    Text(
                        f"一致性 {trial.stability:.2f}，最小一类 {trial.smallest:.0%}",
                        f"stability {trial.stability:.2f}, smallest {trial.smallest:.0%}",
                    ).in_(language),
                )
                for trial in found.drawn.trials
            ),
        ),
    )
    beside = (_beside(found, found.beside, language),) if found.beside is not None else ()
    return (*groups, trials, *beside)


def _of_group(group: Group, found: Groups, language: Language, currency: str) -> Section:
    """The rule, and each trait against everybody's."""
    lines = [(Text("规则", "Rule").in_(language), group.rule.in_(language))]
    for trait, mean, everybody in zip(found.traits.traits, group.means, found.means, strict=True):
        own, all_ = (trait.written(one, language, currency) for one in (mean, everybody))
        lines.append(
            (
                trait.label.in_(language),
                Text(f"平均 {own}（全部 {all_}）", f"{own} on average (everybody {all_})").in_(language),
            )
        )
    people = Text(f"{group.name.zh}（{group.people:,} 人）", f"{group.name.en} ({group.people:,} people)")
    return Section(title=people.in_(language), lines=tuple(lines))


def _beside(found: Groups, beside: Beside, language: Language) -> Section:
    """The groups against the classes of the tag, and how far they say the same."""
    label = beside.tag.words.label
    shown = [at for at in range(len(beside.values)) if any(row[at] for row in beside.counts)]
    columns = (
        ResultColumn(name="group", label=Text("客户类别", "Group"), role="group"),
        *(
            ResultColumn(name=f"class_{at}", label=value_label(beside.tag, beside.values[at]), role="metric")
            for at in shown
        ),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (group.name.in_(language), *(counts[at] for at in shown))
        for group, counts in zip(found.groups, beside.counts, strict=True)
    )
    same, other = _SAME
    verdict = (
        Text("两种分法大体一致", "the two nearly say the same")
        if beside.agreement >= same
        else Text(
            "两种分法有相通之处，但看的不是一回事", "they have something in common but do not look at the same things"
        )
        if beside.agreement >= other
        else Text("两种分法看的是不同的东西", "they look at different things")
    )
    line = (
        Text("一致性（调整兰德指数）", "Agreement (adjusted Rand index)").in_(language),
        f"{beside.agreement:.2f}" + Text(f"：{verdict.zh}", f": {verdict.en}").in_(language),
    )
    title = Text(f"和{label.zh}比较", f"Beside {label.en}").in_(language)
    return Section(title=title, lines=(line,), table=Table(columns, rows))


def _next(found: Groups, asked: Asked, resources: Resources) -> tuple[FollowUp, ...]:
    """Who is in each group, and what may be done with the largest."""
    entity = resources.index.model.customer_entity
    offered = [
        FollowUp(
            label=Text(f"看「{group.name.zh}」都有谁", f"who is in “{group.name.en}”").in_(asked.language),
            plan=Plan((ListPeople(Audience(where=group.where, entity=entity)),)),
        )
        for group in found.groups
    ]
    return (*offered, *_with_first(found.groups[0], asked, resources))


def _with_first(group: Group, asked: Asked, resources: Resources) -> tuple[FollowUp, ...]:
    """What may be done with a group: keep it, ask what suits it, begin a campaign to it."""
    outreach = resources.index.model.outreach
    audience = Audience(where=group.where, entity=resources.index.model.customer_entity)
    zh, en = f"「{group.name.zh}」", f"“{group.name.en}”"
    name = group.name.in_(asked.language)
    steps: list[tuple[Text, Step]] = [
        (Text(f"把{zh}保存成人群", f"save {en} as a segment"), SaveSegment(name=name, audience=audience))
    ]
    if outreach.history is not None:
        steps.append((Text(f"给{zh}发什么好", f"what suits {en}"), Recommend(audience=audience)))
    if outreach.channels:
        steps.append((Text(f"给{zh}发起活动", f"a campaign to {en}"), StartCampaign(audience=audience)))
    return tuple(FollowUp(label=label.in_(asked.language), plan=Plan((step,))) for label, step in steps)


def _uses(found: Groups) -> tuple[str, ...]:
    metrics = tuple(trait.metric for trait in found.traits.traits if trait.metric)
    return (*metrics, found.beside.tag.qualified) if found.beside is not None else metrics


def _remarks(found: Groups) -> tuple[Text, ...]:
    said = [why(found), _RULES]
    if found.drawn.fidelity < FAITHFUL:
        share = numbers.percent(found.drawn.fidelity)
        said.append(
            Text(
                f"规则只让 {share} 的人留在聚类给出的类里：这些类的界限不是几句话说得清的。",
                f"The rules leave only {share} of people where K-means put them: a few words do not say these groups well.",
            )
        )
    if found.quiet:
        said.append(
            Text(
                f"另有 {found.quiet:,} 位客户近 12 个月没有购买，不在任何一类里。",
                f"{found.quiet:,} more customers bought nothing in the last 12 months and are in no group.",
            )
        )
    return tuple(said)
