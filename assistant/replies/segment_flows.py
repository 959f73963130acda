"""Replies about segments over time: how their sizes went, and how people moved between them."""

from __future__ import annotations

from typing import Final

from assistant.answer import FollowUp, Headline
from assistant.replies.draft import Draft
from assistant.replies.segment_changes import living_of
from assistant.resources import Asked, Resources
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.query.acts import SegmentChange, SegmentFlow, SegmentTrend
from semantic_layer.query.plan import Plan
from semantic_layer.query.time import Grain, Rolling
from semantic_layer.table import Cell, ResultColumn, Table
from tools.chart.flows import Band, FlowWords, SizeLine, flow_chart, size_chart
from tools.numbers import NOTHING
from tools.segments.flows import NONE, Flow
from tools.segments.past import Trend

MONTH: Final = Rolling(30, Grain.DAY)
"""The period that is meant when none is said."""


def segment_trend(step: SegmentTrend, asked: Asked, resources: Resources) -> Draft:
    """The sizes of segments by day, with a line each."""
    span = resources.calendar.resolve(step.time) if step.time is not None else None
    found = living_of(resources).past.trend(step.segments, span, asked.user, cancel=asked.cancel)
    told = [_told(one) for one in found]
    lines = [
        SizeLine(
            name=one.segment.name,
            sizes=tuple((point.day, point.size) for point in one.points if point.size is not None),
            computed=frozenset(point.day for point in one.points if not point.recorded),
        )
        for one in found
    ]
    title = Text("人群人数走势", "Sizes of segments") if len(found) > 1 else Text("人数走势", "How its size went")
    text = Text(zh="".join(one.zh for one in told), en=" ".join(one.en for one in told))
    computed = any(not point.recorded for one in found for point in one.points)
    return Draft(
        text=text.in_(asked.language),
        plan=asked.plan,
        table=_trend_table(found, asked),
        chart=size_chart(lines, title.in_(asked.language), "、".join(one.name for one in lines), asked.language),
        follow_ups=tuple(
            FollowUp(
                label=Text("最近一周谁进谁出", "Who came and went in the last week").in_(asked.language),
                plan=Plan((SegmentChange(segment=one.segment.name),)),
            )
            for one in found[:1]
        ),
        remarks=(_COMPUTED,) if computed else (),
    )


_COMPUTED: Final = Text(
    "空心的点那天还没有成员记录，是用现在的规则按当时的数据算的；资料类条件按现在的取值。",
    "Hollow points were not recorded: today's rule was asked of the data for that day. What records say of people is as it is now.",
)


def _told(trend: Trend) -> Text:
    known = [point for point in trend.points if point.size is not None]
    name = trend.segment.name
    if not known:
        return Text(f"「{name}」的人数不能显示。", f"The size of “{name}” cannot be shown.")
    first, last = known[0], known[-1]
    since = trend.since.isoformat() if trend.since is not None else ""
    zh_since = f"（{since} 起有记录）" if since else ""
    en_since = f" (recorded since {since})" if since else ""
    change = (last.size or 0) - (first.size or 0)
    return Text(
        f"「{name}」{last.day} 有 {last.size:,} 人，比 {first.day} {'多' if change >= 0 else '少'} {abs(change):,} 人{zh_since}。",
        f"“{name}” has {last.size:,} people on {last.day}, {abs(change):,} {'more' if change >= 0 else 'fewer'} than on "
        f"{first.day}{en_since}.",
    )


def _trend_table(found: tuple[Trend, ...], asked: Asked) -> Table:
    columns = (
        ResultColumn(name="segment", label=Text("人群", "Segment"), role="group"),
        ResultColumn(name="day", label=Text("日期", "Day"), role="group"),
        ResultColumn(name="people", label=Text("人数", "People"), role="metric"),
        ResultColumn(name="how", label=Text("来源", "From"), role="attribute"),
    )
    recorded, computed = Text("记录", "records"), Text("事后计算", "computed afterwards")
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.segment.name,
            point.day.isoformat(),
            point.size,
            (recorded if point.recorded else computed).in_(asked.language),
        )
        for one in found
        for point in one.points
    )
    return Table(columns, rows)


def segment_flow(step: SegmentFlow, asked: Asked, resources: Resources) -> Draft:
    """Where the people of each segment were on the first and on the last day of the period."""
    if not step.segments:
        raise InvalidPlanError(
            Text("请说明看哪几个人群之间的流动。", "Say between which segments the movement is meant."),
            suggestions=resources.segments.seen_by(asked.user.name, manages=False).names()[:5],
        )
    span = resources.calendar.resolve(step.time or MONTH)
    found = living_of(resources).past.flow(step.segments, span, asked.user, cancel=asked.cancel)
    nowhere = Text("都不在", "in none").in_(asked.language)
    moved = [one for one in found.streams if one.before != one.after]
    most = max(moved, key=lambda one: one.people or 0, default=None)
    stayed = sum(one.people or 0 for one in found.streams if one.before == one.after)
    total = sum(one.people or 0 for one in moved)
    text = _flow_text(found, total, stayed, asked)
    if most is not None and most.people:
        before, after = (place or nowhere for place in (most.before, most.after))
        text += Text(
            f"最多的是从「{before}」到「{after}」：{most.people:,} 人。",
            f" Most went from “{before}” to “{after}”: {most.people:,}.",
        ).in_(asked.language)
    bands = [
        Band(before=one.before or nowhere, after=one.after or nowhere, people=one.people or 0) for one in found.streams
    ]
    said = FlowWords(
        title=Text("人群之间的流动", "Movement between segments").in_(asked.language),
        start=found.start.isoformat(),
        end=found.end.isoformat(),
        nowhere=nowhere,
    )
    return Draft(
        text=text,
        plan=asked.plan,
        headline=Headline(value=f"{total:,}", exact=f"{total:,}", label=Text("人移动", "moved").in_(asked.language)),
        table=_flow_table(found, nowhere),
        chart=flow_chart(bands, (*found.names, nowhere), said, asked.language),
        remarks=_flow_remarks(found),
    )


def _flow_text(found: Flow, total: int, stayed: int, asked: Asked) -> str:
    return Text(
        f"{found.start} 到 {found.end}：{total:,} 人换了人群（包括进来和离开），{stayed:,} 人没有变。",
        f"{found.start} to {found.end}: {total:,} people changed segments (coming and leaving too), {stayed:,} stayed.",
    ).in_(asked.language)


def _flow_table(found: Flow, nowhere: str) -> Table:
    columns = (
        ResultColumn(name="before", label=Text("期初", "Before"), role="group"),
        ResultColumn(name="after", label=Text("期末", "After"), role="group"),
        ResultColumn(name="people", label=Text("人数", "People"), role="metric"),
    )
    ordered = sorted(found.streams, key=lambda one: -(one.people or 0))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (one.before or nowhere, one.after or nowhere, one.people if one.people is not None else NOTHING)
        for one in ordered
    )
    return Table(columns, rows)


def _flow_remarks(found: Flow) -> tuple[Text, ...]:
    remarks = []
    if found.several:
        remarks.append(
            Text(
                f"{found.several:,} 人同时在几个人群里，各算在写在最前面的那个里。",
                f"{found.several:,} people are in several of the segments; each counts in the one named first.",
            )
        )
    if not found.recorded:
        remarks.append(
            Text(
                "有的日子没有成员记录，是用现在的规则按当时的数据算的；资料类条件按现在的取值。",
                "Some days were not recorded: today's rule was asked of the data for them. What records say of people is as it is now.",
            )
        )
    if NONE in {place for one in found.streams for place in (one.before, one.after)}:
        remarks.append(
            Text(
                "两天都不在这些人群里的客户不算在内。",
                "Customers who are in none of them on either day are no part of this.",
            )
        )
    return tuple(remarks)
