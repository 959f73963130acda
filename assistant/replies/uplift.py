"""Replies to "whom does a campaign move": who to turn to and who not, or that there is nobody to be picked."""

from __future__ import annotations

from assistant.answer import FollowUp, Headline, Section
from assistant.replies.draft import Draft
from assistant.resources import Asked, Resources
from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Unit
from semantic_layer.query.acts import Measure, Predict, Recommend, StartCampaign
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import And
from semantic_layer.query.types import Audience
from semantic_layer.table import Cell, ResultColumn, Table
from tools import numbers
from tools.chart.effects import Whisker, effect_chart
from tools.effect.groups import AllGroups, DataGroups
from tools.effect.naming import the_campaign
from tools.models.types import Ints, Task
from tools.models.uplift import END, Effect
from tools.models.uplift_data import Moved, Picked, whom_it_moved, worth_turning_to

SEED = 0
_LEANS = 0.3  # correlation from which a trait is said to go with the effect
_TOLD = 3


def uplift(step: Predict, asked: Asked, resources: Resources) -> Draft:
    """Whom the campaign moved, and whom to turn to now."""
    task = Task(layer=resources.layer, user=asked.user, seed=SEED, cancel=asked.cancel)
    moved = _learnt(step, asked, resources, task)
    language = asked.language
    picked = worth_turning_to(moved, step.where, task, top=step.top)
    return Draft(
        text=_sentence(moved, picked).in_(language),
        plan=asked.plan,
        headline=_headline(moved, len(picked.keys), language),
        table=_table(moved, language),
        chart=effect_chart(
            [_whisker(name, effect) for name, effect in _parts(moved, language)],
            language,
            title=_title(moved).in_(language),
            subtitle=Text(
                "按模型预计的增益分成五份，各份实际的增益（个百分点）与 95% 区间",
                "people in fifths by the effect the model expects: what it was (points), with 95 % intervals",
            ).in_(language),
        ),
        sections=_sections(moved, language),
        follow_ups=_next(moved, picked, step, asked, resources),
        uses=tuple(trait.metric for trait, _ in moved.leaning if trait.metric),
        remarks=_remarks(moved),
    )


def keys_of_uplift(step: Predict, asked: Asked, resources: Resources) -> Ints:
    """Who is to be turned to, in ascending order of keys: for whoever saves them. Nobody where picking is not advised."""
    task = Task(layer=resources.layer, user=asked.user, seed=SEED, cancel=asked.cancel)
    moved = _learnt(step, asked, resources, task)
    return worth_turning_to(moved, step.where, task, top=step.top).keys


def groups_of(asked: Asked, resources: Resources) -> AllGroups:
    """All campaigns there are for this person."""
    if resources.effects is not None:
        return resources.effects.groups(asked.user, cancel=asked.cancel)
    return AllGroups(None, DataGroups(resources.layer, asked.user, cancel=asked.cancel))


def _learnt(step: Predict, asked: Asked, resources: Resources, task: Task) -> Moved:
    groups = groups_of(asked, resources)
    name = the_campaign(step.campaign, groups, asked.language) if step.campaign else ""
    return whom_it_moved(name, groups, task)


# ---- words


def points(effect: Effect) -> Text:
    """An effect in percentage points with its interval."""
    value, low, high = (f"{100 * one:+.1f}" for one in (effect.value, effect.low, effect.high))
    return Text(f"{value} 个百分点（{low} 至 {high}）", f"{value} points ({low} to {high})")


def _sentence(moved: Moved, picked: Picked) -> Text:
    name, overall = moved.groups.name, points(moved.found.overall)
    apart = points(moved.found.apart)
    match moved.advice:
        case "pick":
            share, top, bottom = f"{moved.share:.0%}", points(moved.found.top), points(moved.found.bottom)
            now, rule = len(picked.keys), _rule(picked)
            return Text(
                f"「{name}」对不同的人作用不同：排在前 {END:.0%} 的人 {top.zh}，排在后 {END:.0%} 的人 {bottom.zh}，相差 {apart.zh}。"
                f"值得挑人：发给前 {share}，现在有 {now:,} 人{rule.zh}。",
                f"{name!r} moves some people more than others: {top.en} among the first {END:.0%}, {bottom.en} among the last, "
                f"{apart.en} apart. Picking pays: send to the first {share}, {now:,} people now{rule.en}.",
            )
        case "all":
            return Text(
                f"「{name}」有用（{overall.zh}），但看不出对谁更有用：模型排在前 {END:.0%} 和后 {END:.0%} 的人相差 {apart.zh}，可能只是偶然。"
                "不要按增益挑人；要发就都发。",
                f"{name!r} works ({overall.en}), but not certainly better on some than on others: the first and the last {END:.0%} are "
                f"{apart.en} apart, which may be chance. Do not target by uplift; mail all of them or none.",
            )
        case "nobody":
            return Text(
                f"「{name}」反而让人少买（{overall.zh}），也挑不出有用的人：谁都不要发。",
                f"{name!r} did harm ({overall.en}), and nobody can be picked whom it helps: send it to nobody.",
            )
        case "unproven":
            return Text(
                f"没有证据说明「{name}」有用（{overall.zh}），也挑不出它更能打动的人（前后 {END:.0%} 相差 {apart.zh}）。不要按增益挑人。",
                f"It is not proven that {name!r} works ({overall.en}), nor that it moves some more than others (the first and the last "
                f"{END:.0%} are {apart.en} apart). Do not target by uplift.",
            )


def _rule(picked: Picked) -> Text:
    """The people to pick by their traits, which is nearly the same."""
    if picked.where is None:
        return Text("", "")
    agreed = numbers.percent(picked.agreed)
    return Text(f"，大致是：{picked.rule.zh}（{agreed} 一致）", f", roughly: {picked.rule.en} ({agreed} alike)")


def _headline(moved: Moved, now: int, language: Language) -> Headline:
    if moved.advice == "pick":
        label = Text("人值得发", "people worth a message").in_(language)
        return Headline(value=numbers.compact(now, None, language), exact=f"{now:,}", label=label)
    value = f"{100 * moved.found.overall.value:+.1f}"
    label = Text("个百分点，总体增益", "points, the effect on everybody").in_(language)
    good = {"all": True, "nobody": False}.get(moved.advice)
    return Headline(value=value, exact=points(moved.found.overall).in_(language), label=label, good=good)


def _title(moved: Moved) -> Text:
    if moved.advice == "pick":
        return Text("排在前面的人受影响更大", "People put first are moved more")
    return Text("看不出谁受影响更大", "Nobody is certainly moved more than others")


def _parts(moved: Moved, language: Language) -> list[tuple[str, Effect]]:
    size = 100 // len(moved.found.parts)
    named = [
        (Text(f"{at * size}–{(at + 1) * size}%", f"{at * size}–{(at + 1) * size} %").in_(language), part)
        for at, part in enumerate(moved.found.parts)
    ]
    return [*named, (Text("所有人", "everybody").in_(language), moved.found.overall)]


def _whisker(name: str, effect: Effect) -> Whisker:
    low, high = (f"{100 * one:+.1f}" for one in (effect.low, effect.high))
    return Whisker(
        name=name,
        value=effect.value,
        low=effect.low,
        high=effect.high,
        text=f"{100 * effect.value:+.1f} [{low}, {high}]",
        tone="told" if effect.certain else "quiet",
    )


def _table(moved: Moved, language: Language) -> Table:
    columns = (
        ResultColumn(name="who", label=Text("人群（按预计增益）", "People (by the expected effect)"), role="group"),
        ResultColumn(name="people", label=Text("人数", "People"), role="metric", unit=Unit.COUNT),
        ResultColumn(
            name="effect", label=Text("增益（百分点）", "Effect (points)"), role="attribute", unit=Unit.NUMBER
        ),
        ResultColumn(name="low", label=Text("区间下端", "Interval from"), role="attribute", unit=Unit.NUMBER),
        ResultColumn(name="high", label=Text("区间上端", "Interval to"), role="attribute", unit=Unit.NUMBER),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, part.people, *(round(100 * one, 2) for one in (part.value, part.low, part.high)))
        for name, part in _parts(moved, language)
    )
    return Table(columns, rows)


def _sections(moved: Moved, language: Language) -> tuple[Section, ...]:
    return (_leaning(moved, language), _by_tag(moved, language), _so_many(moved, language), _made(moved, language))


def _leaning(moved: Moved, language: Language) -> Section:
    """Which traits go with the expected effect; only a hint where picking is not advised."""
    lines = tuple(
        (
            trait.label.in_(language),
            Text(
                "越高，预计越受影响" if slope > 0 else "越低，预计越受影响",
                "the higher, the more effect is expected" if slope > 0 else "the lower, the more effect is expected",
            ).in_(language),
        )
        for trait, slope in moved.leaning
        if abs(slope) >= _LEANS
    )
    hint = Text("（未证实，只是倾向）", " (not proven, a leaning only)") if moved.advice != "pick" else Text("", "")
    title = Text(f"什么样的人{hint.zh}", f"What kind of people{hint.en}").in_(language)
    none = ((Text("特点", "Traits").in_(language), Text("没有明显的", "none stands out").in_(language)),)
    return Section(title=title, lines=lines or none)


def _by_tag(moved: Moved, language: Language) -> Section:
    """Differences by tag; certain ones are said to be."""
    lines = []
    for one in moved.by_tag[: max(_TOLD, sum(each.certain for each in moved.by_tag))]:
        inside, outside = points(one.inside), points(one.outside)
        sure = Text("确有差别", "certainly different") if one.certain else Text("可能是偶然", "may be chance")
        told = Text(f"{inside.zh}，其他人 {outside.zh}：{sure.zh}", f"{inside.en}, others {outside.en}: {sure.en}")
        lines.append((one.label.in_(language), told.in_(language)))
    number = len(moved.by_tag)
    title = Text(f"按活动前的标签（共比较 {number} 个，已校正）", f"By tags from before ({number} compared, corrected)")
    return Section(title=title.in_(language), lines=tuple(lines))


def _so_many(moved: Moved, language: Language) -> Section:
    """What sending to the first so many would have brought: the qini curve at each fifth."""
    curve = moved.found.curve
    step = (len(curve) - 1) // len(moved.found.parts)
    lines = tuple(
        (
            Text(f"前 {share:.0%}", f"the first {share:.0%}").in_(language),
            Text(
                f"每百人多转化 {100 * gained:+.2f}；不挑人发给这么多是 {100 * share * curve[-1][1]:+.2f}",
                f"{100 * gained:+.2f} more conversions a hundred people; {100 * share * curve[-1][1]:+.2f} if as many were sent at random",
            ).in_(language),
        )
        for share, gained in curve[step::step]
    )
    title = Text("按预计增益发给前多少人", "Sending to the first so many by the expected effect").in_(language)
    return Section(title=title, lines=lines)


def _made(moved: Moved, language: Language) -> Section:
    groups = moved.groups
    lines = (
        (
            Text("活动", "Campaign"),
            Text(f"{groups.name}（{groups.starts} 起）", f"{groups.name} (from {groups.starts})"),
        ),
        (
            Text("两组", "Groups"),
            Text(
                f"触达 {len(groups.treated):,} 人，对照 {len(groups.control):,} 人（{moved.days} 天内转化 {numbers.percent(moved.rate)}）",
                f"{len(groups.treated):,} treated, {len(groups.control):,} held back ({numbers.percent(moved.rate)} converted in {moved.days} days)",
            ),
        ),
        (
            Text("方法", "Method"),
            Text(
                "两组各一个逻辑回归，五折交叉；每个人的增益由没见过他的模型给出。",
                "A logistic regression for each group, crossed in fifths; each person's effect comes from models that never saw them.",
            ),
        ),
        (
            Text("Qini（每百人多转化）", "Qini (more conversions a hundred people)"),
            Text(f"{100 * moved.found.qini:+.2f}", f"{100 * moved.found.qini:+.2f}"),
        ),
    )
    title = Text("怎么算的", "How it was reckoned").in_(language)
    return Section(title=title, lines=tuple((name.in_(language), said.in_(language)) for name, said in lines))


def _next(moved: Moved, picked: Picked, step: Predict, asked: Asked, resources: Resources) -> tuple[FollowUp, ...]:
    """The people to pick and the tags that certainly matter; what the campaign did; what suits these people otherwise."""
    entity = resources.index.model.customer_entity
    offered = []
    if picked.where is not None:
        label = Text("看看值得发的人（按规则）", "who is worth a message, by the rule").in_(asked.language)
        audience = Audience(where=picked.where, entity=entity)
        offered.append(FollowUp(label=label, plan=Plan((ListPeople(audience),))))
        if resources.index.model.outreach.channels:
            label = Text("给他们发起活动，留对照组", "a campaign to them, with a control").in_(asked.language)
            offered.append(FollowUp(label=label, plan=Plan((StartCampaign(audience=audience),))))
    for one in moved.by_tag:
        if one.certain and one.apart.value > 0 and resources.layer.may_use(one.tag.qualified, asked.user):
            where = one.where if step.where is None else And((step.where, one.where))
            label = Text(f"看看「{one.label.zh}」的人", f"who is “{one.label.en}”").in_(asked.language)
            offered.append(FollowUp(label=label, plan=Plan((ListPeople(Audience(where=where, entity=entity)),))))
    if resources.effects is not None:
        label = Text(f"「{moved.groups.name}」效果怎么样", f"how {moved.groups.name!r} did").in_(asked.language)
        offered.append(FollowUp(label=label, plan=Plan((Measure(campaign=moved.groups.name),))))
    if step.where is not None:
        label = Text("给这些人发什么好", "what suits these people").in_(asked.language)
        offered.append(
            FollowUp(label=label, plan=Plan((Recommend(audience=Audience(where=step.where, entity=entity)),)))
        )
    return tuple(offered)


def _remarks(moved: Moved) -> tuple[Text, ...]:
    return (
        Text(
            f"增益是触达组比对照组多转化的部分；只用活动开始前的数据来分人。从「{moved.groups.name}」学到的，对同类活动才有参考。",
            f"The effect is what those treated did more than those held back; people are told apart by what was known before. "
            f"What {moved.groups.name!r} taught holds for campaigns like it.",
        ),
    )
