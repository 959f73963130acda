"""Replies about what a campaign did: the verdict first, then the lift with its interval, and everything it rests on."""

from __future__ import annotations

from typing import Literal

from assistant.answer import FollowUp, Headline
from assistant.replies.draft import Draft
from assistant.replies.effect_grounds import rests_on
from assistant.resources import Asked, Resources
from semantic_layer.errors import Language, NotYetError, Text
from semantic_layer.model.types import DimensionKind, Tag, TagKind, Unit
from semantic_layer.query.acts import Measure, Predict
from semantic_layer.query.plan import ListPeople, Plan, Step
from semantic_layer.table import Cell, ResultColumn, Table
from tools import numbers
from tools.chart import ChartSpec
from tools.chart.effects import Whisker, effect_chart
from tools.effect.groups import DataGroups
from tools.effect.next import suggestions
from tools.effect.sentences import (
    RATES,
    between,
    interval_name,
    points,
    slices_sentence,
    stand_out,
    verdict_sentence,
)
from tools.effect.types import Difference, ReadOut, Verdict

_PLANNED = Text(
    "按计划的分组比较：没有收到消息的人也算在触达组里，否则两组就不再可比。",
    "Compared as planned: people who were to get a message and did not are counted with those who did, or the groups would "
    "not be alike any more.",
)
_LOOKS = Text(
    "窗口还没有结束。区间已经放宽，随时看都成立；结束后会变窄，以那时的结论为准。",
    "The window is not over. The interval is wide enough to be looked at as often as you like; it narrows at the end, and "
    "that is the result that counts.",
)
_CUPED = Text(
    "CUPED 用活动前一年的购买习惯去掉噪声；结论以原始差别为准，两者并列供核对。",
    "CUPED takes out the noise that purchases of the year before explain; the verdict rests on the raw difference, and both "
    "stand side by side.",
)


def measure(step: Measure, asked: Asked, resources: Resources) -> Draft:
    """What a campaign did, in the outcome asked for."""
    if resources.effects is None:
        raise NotYetError(Text("活动效果", "the effect of campaigns"))
    name = resources.effects.find(step.campaign, asked.user, asked.language)
    exact = Measure(campaign=name, outcome=step.outcome, by=step.by, days=step.days)
    read = resources.effects.read(exact, asked.user, cancel=asked.cancel)
    said = [verdict_sentence(read).in_(asked.language)]
    if step.by is not None:
        said.append(slices_sentence(read).in_(asked.language) or _not_split(read).in_(asked.language))
    goal = resources.index.model.outreach.goal
    return Draft(
        text=("" if asked.language == "zh" else " ").join(said),
        plan=asked.plan,
        headline=_headline(read, asked.language),
        table=_table(read, asked.language),
        chart=_chart(read, asked.language),
        sections=rests_on(read, asked.language, resources),
        follow_ups=_next(exact, read, asked, resources),
        uses=tuple(one for one in (goal.converts if goal is not None else "", step.by or "") if one),
        remarks=_remarks(read),
    )


def _headline(read: ReadOut, language: Language) -> Headline | None:
    """The lift in points with its sign; a plain rate where there is nothing to hold it against; nothing where it misleads."""
    rate = RATES[read.outcome]
    if read.main is not None:
        label = Text(f"个百分点，{rate.zh}的差别", f"points of {rate.en}")
        if not read.final:
            label = Text(f"{label.zh}（还没有定论）", f"{label.en} (not final)")
        lift = points(read.main.difference)
        good = {Verdict.WORKS: True, Verdict.HARMS: False}.get(read.verdict)
        range_ = between(read.main.interval)
        whole = Text(f"{lift}（{range_.zh}）", f"{lift} ({range_.en})").in_(language)
        return Headline(value=lift, exact=whole, label=label.in_(language), good=good)
    if read.verdict is Verdict.MISSPLIT or read.unseen or not read.everybody.people:
        return None
    written = numbers.percent(read.everybody.mean)
    bare = Text(f"{rate.zh}，没有对照", f"{rate.en}, with nothing to hold it against")
    return Headline(value=written, exact=written, label=bare.in_(language))


# ---- figures


def _table(read: ReadOut, language: Language) -> Table:
    """One line a comparison: both groups, their rates, and how far apart. Without one, the groups alone."""
    if read.main is None:
        return _groups_table(read)
    columns = (
        ResultColumn(name="what", label=Text("比较", "Comparison"), role="group"),
        _column("treated", "触达组人数", "Treated", Unit.COUNT),
        _column("treated_rate", "触达组", "Rate, treated", Unit.PERCENT),
        _column("control", "对照组人数", "Held back", Unit.COUNT),
        _column("control_rate", "对照组", "Rate, held back", Unit.PERCENT),
        _column("lift", "相差（百分点）", "Lift (points)", Unit.NUMBER),
        _column("low", "区间下端", "Interval from", Unit.NUMBER),
        _column("high", "区间上端", "Interval to", Unit.NUMBER),
        ResultColumn(name="note", label=Text("说明", "Note"), role="attribute"),
    )
    rows = [_row(_all(read).in_(language), read.main)]
    if read.cuped is not None:
        rows.append(_row(Text("同上，CUPED", "the same, CUPED").in_(language), read.cuped))
    parts = read.slices.parts if read.slices is not None else ()
    rows += [_row(part.label.in_(language), part.difference, stand_out(part).in_(language)) for part in parts]
    return Table(columns, tuple(rows))


def _groups_table(read: ReadOut) -> Table:
    columns = (
        _column("treated", "触达组人数", "Treated", Unit.COUNT),
        _column("control", "对照组人数", "Held back", Unit.COUNT),
        ResultColumn(name="share", label=Text("对照组占比", "Share held back"), role="metric", unit=Unit.PERCENT),
    )
    ratio = read.ratio
    return Table(columns, ((ratio.treated, ratio.control, ratio.actual),))


def _column(name: str, zh: str, en: str, unit: Unit) -> ResultColumn:
    return ResultColumn(name=name, label=Text(zh, en), role="metric", unit=unit)


def _row(name: str, one: Difference, note: str = "") -> tuple[Cell, ...]:
    treated, control = one.treated, one.control
    lift = [round(share * 100, 2) for share in (one.difference, one.interval.low, one.interval.high)]
    return (name, treated.people, treated.mean, control.people, control.mean, *lift, note)


def _chart(read: ReadOut, language: Language) -> ChartSpec | None:
    if read.main is None:
        return None
    rows = [_whisker(_all(read).in_(language), read.main, language)]
    if read.cuped is not None:
        rows.append(_whisker(Text("同上，CUPED", "the same, CUPED").in_(language), read.cuped, language, "faint"))
    parts = read.slices.parts if read.slices is not None else ()
    for part in parts:
        tone: Literal["told", "quiet"] = "told" if part.stands_out else "quiet"
        rows.append(_whisker(part.label.in_(language), part.difference, language, tone))
    rate, kind = RATES[read.outcome], interval_name(read)
    title = Text(
        f"{rate.zh}相差 {points(read.main.difference)} 个百分点（{between(read.main.interval).zh}）",
        f"{points(read.main.difference)} points of {rate.en} ({between(read.main.interval).en})",
    )
    under = Text(
        f"触达组减对照组，单位百分点；线是{kind.zh}，虚线是没有差别",
        f"Treated less held back, in percentage points; lines are the {kind.en}, the dashed line is no difference",
    )
    return effect_chart(rows, language, title=title.in_(language), subtitle=under.in_(language))


def _whisker(
    name: str, one: Difference, language: Language, tone: Literal["told", "quiet", "faint"] = "told"
) -> Whisker:
    lift, range_ = points(one.difference), between(one.interval)
    text = Text(f"{lift}（{range_.zh}）", f"{lift} ({range_.en})")
    low, high = one.interval.low, one.interval.high
    return Whisker(name=name, value=one.difference, low=low, high=high, text=text.in_(language), tone=tone)


def _all(read: ReadOut) -> Text:
    return Text("全部", "everybody") if read.slices is not None else Text("触达组比对照组", "treated against held back")


# ---- what a person should know


def _remarks(read: ReadOut) -> tuple[Text, ...]:
    found: list[Text] = []
    if read.main is not None:
        found.append(_PLANNED)
        if not read.final:
            found.append(_LOOKS)
        if read.cuped is not None:
            found.append(_CUPED)
    if read.groups.no_holdout_reason:
        why = read.groups.no_holdout_reason
        found.append(Text(f"没有留对照组的理由：{why}", f"The reason given for holding nobody back: {why}"))
    if read.missing:
        found.append(
            Text(
                f"另有 {read.missing:,} 名计划内的客户已不在数据里，没有计入。",
                f"{read.missing:,} more people were planned and are not in the data any more; they are not counted.",
            )
        )
    if read.slices is not None and read.slices.small:
        found.append(
            Text(
                f"有 {read.slices.small:,} 人所在的组太小，没有单独列出；分组按活动开始前一天的取值。",
                f"{read.slices.small:,} people are in groups too small to be shown; groups are by the value on the day "
                "before the start.",
            )
        )
    return tuple(found)


def _not_split(read: ReadOut) -> Text:
    return (
        Text("因此也不按客户分开看。", "So it is not split by customers either.") if read.main is None else Text("", "")
    )


# ---- what next


def _next(step: Measure, read: ReadOut, asked: Asked, resources: Resources) -> tuple[FollowUp, ...]:
    found: list[tuple[Text, Step]] = []
    trusted = read.main is not None and read.final
    if trusted and step.by is None and (field := _splitting(resources)) is not None:
        label = resources.index.field(field).words.label
        by = Measure(campaign=step.campaign, outcome=step.outcome, by=field, days=step.days)
        found.append((Text(f"按{label.zh}看效果", f"the effect by {label.en}"), by))
    if trusted and read.verdict is not Verdict.HARMS:
        uplift = Predict(target="uplift", campaign=step.campaign)
        found.append((Text("谁最会因它而买", "whom it moves most"), uplift))
    if read.outcome == "conversion" and read.verdict is not Verdict.MISSPLIT:
        again = Measure(campaign=step.campaign, outcome="repurchase", days=step.days)
        found.append((Text("看复购", "repurchase"), again))
    past = DataGroups(resources.layer, asked.user, cancel=asked.cancel)
    if step.campaign in past.names():
        found += [(one.label, ListPeople(one.audience)) for one in suggestions(read, past, resources.layer)]
    return tuple(FollowUp(label=label.in_(asked.language), plan=Plan((one,))) for label, one in found[:4])


def _splitting(resources: Resources) -> str | None:
    """A tag of few values that says how customers buy; a field of few values where there is none."""
    entity = resources.index.model.customer_entity
    tags = [tag for tag in resources.index.model.tags if tag.entity == entity and tag.kind is TagKind.QUANTILE]
    fields = [
        one
        for one in resources.index.fields_of(entity)
        if not isinstance(one, Tag) and one.kind is DimensionKind.CATEGORICAL and 2 <= len(one.values) <= 12
    ]
    return next((one.qualified for one in tags), None) or next((one.qualified for one in fields), None)
