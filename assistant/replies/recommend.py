"""Replies to "what should these people get, and how": what groups drawn by chance have shown, and what was only observed."""

from __future__ import annotations

from assistant.answer import FollowUp, Section
from assistant.replies.draft import Draft
from assistant.replies.restated import who_text
from assistant.replies.uplift import groups_of
from assistant.resources import Asked, Resources
from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Unit
from semantic_layer.query.acts import Recommend, StartCampaign
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.table import Cell, ResultColumn, Table
from tools import numbers
from tools.chart import ChartSpec
from tools.chart.effects import Whisker, effect_chart
from tools.models.recommend import FEWEST, Advised, Estimate, OfKind, OnChannel, what_suits
from tools.models.types import Task

SEED = 0
_OBSERVED = Text(
    "渠道的反应只是观察：不同渠道发的是不同的活动、不同的人，不能保证换个渠道就会这样。要确证，请分两组各发一个渠道。",
    "How people answer on a channel was only observed: channels carried other campaigns to other people, so another channel need not "
    "bring it. To be certain, send by two channels to two groups drawn by chance.",
)
_TRIED = Text(
    "活动类型的效果来自随机对照组；人群按每次活动前一天的样子划定。",
    "Effects of kinds of campaign come from groups drawn by chance; people are taken as they were the day before each.",
)


def recommend(step: Recommend, asked: Asked, resources: Resources) -> Draft:
    """Content, channel, or both."""
    task = Task(layer=resources.layer, user=asked.user, seed=SEED, cancel=asked.cancel)
    found = what_suits(step.audience, groups_of(asked, resources), task)
    language = asked.language
    content, channel = step.advice != "channel", step.advice != "content"
    who = who_text(step.audience, resources.index, resources.calendar, language)
    said = []
    if content:
        said.append(_content(found).in_(language))
    if channel:
        said.append(_channel(found).in_(language))
    head = f"{who}（{found.people:,} 人）：" if language == "zh" else f"{who} ({found.people:,} people): "
    return Draft(
        text=head + ("" if language == "zh" else " ").join(said),
        plan=asked.plan,
        table=_kinds_table(found, language) if content else _channels_table(found, language),
        chart=_kinds_chart(found, language) if content else _channels_chart(found, language),
        sections=_sections(found, language, content=content, channel=channel),
        follow_ups=_next(step, found, asked),
        remarks=(
            *((_TRIED,) if content and any(kind.effect is not None for kind in found.kinds) else ()),
            *((_OBSERVED,) if channel and found.best_channel is not None else ()),
        ),
    )


# ---- content


def _points(effect: Estimate) -> Text:
    value, low, high = (f"{100 * one:+.1f}" for one in (effect.value, effect.low, effect.high))
    return Text(f"{value} 个百分点（{low} 至 {high}）", f"{value} points ({low} to {high})")


def _content(found: Advised) -> Text:
    best = found.best_kind
    if best is not None and best.effect is not None:
        effect = _points(best.effect)
        return Text(
            f"内容首选「{best.label.zh}」：这样的人收到后 {found.days} 天内转化 {effect.zh}，有对照组证明。",
            f"Content: “{best.label.en}” first. Such people convert {effect.en} more within {found.days} days, proven by a control.",
        )
    known = [kind for kind in found.kinds if kind.effect is not None and not kind.wider]
    if not known:
        seen = _most_used(found)
        return Text(
            f"哪种内容适合还不知道：这样的人在有对照组的活动里太少。{seen.zh}先带对照组试一次。",
            f"Which content suits is not known: too few such people were in campaigns with a control. {seen.en}Try one with a control.",
        )
    first = known[0]
    effect = _points(first.effect) if first.effect is not None else Text("", "")
    return Text(
        f"没有哪种内容对这样的人证明有用；看起来最好的是「{first.label.zh}」（{effect.zh}），可能只是偶然。先带对照组试。",
        f"No content is proven to move such people; “{first.label.en}” looks best ({effect.en}), which may be chance. Try it with a control.",
    )


def _kinds_table(found: Advised, language: Language) -> Table:
    columns = (
        ResultColumn(name="kind", label=Text("活动类型", "Kind of campaign"), role="group"),
        ResultColumn(
            name="effect", label=Text("效果（百分点）", "Effect (points)"), role="attribute", unit=Unit.NUMBER
        ),
        ResultColumn(name="low", label=Text("区间下端", "Interval from"), role="attribute", unit=Unit.NUMBER),
        ResultColumn(name="high", label=Text("区间上端", "Interval to"), role="attribute", unit=Unit.NUMBER),
        ResultColumn(name="people", label=Text("两组人数", "People in groups"), role="metric", unit=Unit.COUNT),
        ResultColumn(name="grounds", label=Text("依据", "Grounds"), role="attribute"),
    )
    rows: list[tuple[Cell, ...]] = []
    for kind in found.kinds:
        effect = kind.effect
        figures: tuple[Cell, ...] = (None, None, None, None)
        if effect is not None:
            figures = (*(round(100 * one, 2) for one in (effect.value, effect.low, effect.high)), effect.people)
        rows.append((kind.label.in_(language), *figures, _grounds(kind).in_(language)))
    return Table(columns, tuple(rows))


def _grounds(kind: OfKind) -> Text:
    if kind.effect is None:
        used = _used(kind)
        return Text(
            f"没有能说明的活动（{kind.untold} 个没有对照组、分组不符或还没结束）{used.zh}",
            f"no campaign can say ({kind.untold} without a control, split wrongly, or not over){used.en}",
        )
    number = len(kind.campaigns)
    several = "campaigns" if number > 1 else "campaign"
    if kind.wider:
        return Text(
            f"这样的人不足每组 {FEWEST}；这是 {number} 个活动里所有人的效果",
            f"fewer than {FEWEST} such people a group; this is the effect on everybody of {number} {several}",
        )
    return Text(f"{number} 个活动的对照组，这样的人", f"controls of {number} {several}, such people")


def _most_used(found: Advised) -> Text:
    """The kind whose coupons were used most, said to be seen only."""
    seen = [(kind, kind.redeemed) for kind in found.kinds if kind.redeemed is not None]
    if not seen:
        return Text("", "")
    kind, share = max(seen, key=lambda one: one[1].value)
    used = numbers.percent(share.value)
    return Text(
        f"只看观察，「{kind.label.zh}」的券用得最多（{used}），但这说明不了效果。",
        f"Seen only: coupons of “{kind.label.en}” were used most ({used}), which says nothing of an effect. ",
    )


def _used(kind: OfKind) -> Text:
    """How many used a coupon: seen, and no effect."""
    if kind.redeemed is None:
        return Text("", "")
    share, low, high = (numbers.percent(one) for one in (kind.redeemed.value, kind.redeemed.low, kind.redeemed.high))
    return Text(
        f"；只观察到收到的人里 {share}（{low} 至 {high}）用了券，不知道没收到会怎样",
        f"; only seen: {share} ({low} to {high}) of those who got it used a coupon, and not what they had done without it",
    )


def _kinds_chart(found: Advised, language: Language) -> ChartSpec | None:
    rows = [
        Whisker(
            name=kind.label.in_(language) + (Text("（所有人）", " (everybody)").in_(language) if kind.wider else ""),
            value=kind.effect.value,
            low=kind.effect.low,
            high=kind.effect.high,
            text=_points(kind.effect).in_(language),
            tone="faint" if kind.wider else "told" if kind.effect.certain else "quiet",
        )
        for kind in found.kinds
        if kind.effect is not None
    ]
    best = found.best_kind
    title = (
        Text(f"「{best.label.zh}」最能打动这些人", f"“{best.label.en}” moves these people most")
        if best is not None
        else Text("还没有证明哪种活动能打动这些人", "No kind of campaign is proven to move these people")
    )
    under = Text(
        f"{found.days} 天转化率的提升与 95% 区间", f"rise of the {found.days}-day conversion, with 95 % intervals"
    )
    return effect_chart(rows, language, title=title.in_(language), subtitle=under.in_(language))


# ---- channel


def _answered(found: Advised) -> Text:
    return Text("点击率", "click rate") if found.by_clicks else Text("打开率", "open rate")


def _channel(found: Advised) -> Text:
    known = [one for one in found.channels if one.rate is not None and one.reachable != 0]
    if not known:
        return Text("没有这些人能用的渠道的记录。", "Nothing is known of channels that reach these people.")
    first, rate = known[0], _answered(found)
    best = max(known, key=lambda one: one.rate.value if one.rate is not None else 0.0)
    reach = f"{first.reachable:,}" if first.reachable is not None else "?"
    share = _range(first)
    zh = f"渠道首选{first.channel.label.zh}：{reach} 人同意接收，{rate.zh} {share.zh}，发一次预计点击人数最多。"
    en = f"Channel: {first.channel.label.en} first. {reach} have agreed, {rate.en} {share.en}; one message brings the most answers."
    if best is not first:
        top = _range(best)
        zh += f"{best.channel.label.zh}的{rate.zh}更高（{top.zh}），但触达的人少。"
        en += f" {best.channel.label.en} has a higher {rate.en} ({top.en}) but reaches fewer."
    return Text(zh, en)


def _range(one: OnChannel) -> Text:
    if one.rate is None:
        return Text("未知", "unknown")
    value, low, high = (numbers.percent(part) for part in (one.rate.value, one.rate.low, one.rate.high))
    return Text(f"{value}（{low} 至 {high}）", f"{value} ({low} to {high})")


def _channels_table(found: Advised, language: Language) -> Table:
    rate = _answered(found)
    columns = (
        ResultColumn(name="channel", label=Text("渠道", "Channel"), role="group"),
        ResultColumn(name="reachable", label=Text("同意接收", "Agreed"), role="metric", unit=Unit.COUNT),
        ResultColumn(name="rate", label=rate, role="attribute", unit=Unit.PERCENT),
        ResultColumn(name="range", label=Text("95% 区间", "95 % interval"), role="attribute"),
        ResultColumn(
            name="everybody",
            label=Text(f"所有人的{rate.zh}", f"{rate.en}, everybody"),
            role="attribute",
            unit=Unit.PERCENT,
        ),
        ResultColumn(
            name="sent", label=Text("近一年发给这些人", "Sent to them in a year"), role="attribute", unit=Unit.COUNT
        ),
        ResultColumn(
            name="expected", label=Text("发一次预计点击", "Expected answers"), role="attribute", unit=Unit.COUNT
        ),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.channel.label.in_(language),
            one.reachable,
            one.rate.value if one.rate is not None else None,
            f"{numbers.percent(one.rate.low)} – {numbers.percent(one.rate.high)}" if one.rate is not None else "",
            one.everybody,
            one.sent,
            round(one.expected) if one.rate is not None and one.reachable is not None else None,
        )
        for one in found.channels
    )
    return Table(columns, rows)


def _channels_chart(found: Advised, language: Language) -> ChartSpec | None:
    rate = _answered(found)
    rows = [
        Whisker(
            name=one.channel.label.in_(language),
            value=one.rate.value,
            low=one.rate.low,
            high=one.rate.high,
            text=_range(one).in_(language),
        )
        for one in sorted(found.channels, key=lambda each: -(each.rate.value if each.rate is not None else 0.0))
        if one.rate is not None
    ]
    if not rows:
        return None
    title = Text(f"{rows[0].name}的{rate.zh}最高", f"{rows[0].name} has the highest {rate.en}").in_(language)
    under = Text(f"{rate.zh}与 95% 区间，近 12 个月", f"{rate.en} with 95 % intervals, last 12 months").in_(language)
    return effect_chart(rows, language, title=title, subtitle=under)


# ---- around


def _sections(found: Advised, language: Language, *, content: bool, channel: bool) -> tuple[Section, ...]:
    sections = []
    if content and channel and found.channels:
        sections.append(Section(title=Text("渠道", "Channels").in_(language), table=_channels_table(found, language)))
    if content:
        lines = tuple(
            (kind.label.in_(language), ("、" if language == "zh" else ", ").join(kind.campaigns))
            for kind in found.kinds
            if kind.campaigns
        )
        if lines:
            sections.append(Section(title=Text("用了哪些活动", "Campaigns used").in_(language), lines=lines))
    return tuple(sections)


def _next(step: Recommend, found: Advised, asked: Asked) -> tuple[FollowUp, ...]:
    """A campaign as advised, and who these people are."""
    channel, kind = found.best_channel, found.best_kind
    offered = []
    if channel is not None:
        what = kind.label if kind is not None else Text("", "")
        label = Text(
            f"用{channel.channel.label.zh}{f'发{what.zh}' if what.zh else '发起'}活动，留对照组",
            f"a {f'{what.en} ' if what.en else ''}campaign by {channel.channel.label.en}, with a control",
        )
        start = StartCampaign(audience=step.audience, channel=channel.channel.name)
        offered.append(FollowUp(label=label.in_(asked.language), plan=Plan((start,))))
    everybody = Text("看看都有谁", "who they are").in_(asked.language)
    offered.append(FollowUp(label=everybody, plan=Plan((ListPeople(step.audience),))))
    return tuple(offered)
