"""Replies about the people of a saved segment: who came and went and why, and who is in one audience but not in another."""

from __future__ import annotations

from typing import Final

from assistant.answer import FollowUp, Headline, WaterfallStep
from assistant.replies.draft import Draft
from assistant.replies.restated import predicate_text, who_text
from assistant.resources import Asked, Resources
from semantic_layer.errors import DataError, Text
from semantic_layer.query.acts import Apart, SegmentChange, SegmentTrend
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import InSegment, Predicate
from semantic_layer.query.time import Grain, Rolling
from semantic_layer.query.types import Audience
from semantic_layer.table import Cell, ResultColumn, Table
from tools.numbers import NOTHING
from tools.segments.living import LivingSegments
from tools.segments.membership import Side
from tools.segments.past import Movements
from tools.segments.stories import Line, Said, lines_of, story

LATELY: Final = Rolling(7, Grain.DAY)
"""The period that is meant when none is said."""

_SIDES: Final[tuple[Side, ...]] = ("entered", "left")
_SIDE_NAMES: Final = {"entered": Text("新增", "came in"), "left": Text("离开", "left")}


def living_of(resources: Resources) -> LivingSegments:
    """What watches the segments of this data set; raises `DataError` where nothing does."""
    if resources.living is None:
        raise DataError(
            Text(
                "这里没有开启人群的持续观察，不能回答成员的变化。",
                "Segments are not watched here, so their changes are not known.",
            )
        )
    return resources.living


def segment_change(step: SegmentChange, asked: Asked, resources: Resources) -> Draft:
    """Who came into a segment and who left inside the period, by cause."""
    span = resources.calendar.resolve(step.time or LATELY)
    found = living_of(resources).past.movements(step.segment, span, asked.user, cancel=asked.cancel)
    sides = _SIDES if step.side is None else (step.side,)
    lines = [line for line in lines_of(found, _said(resources)) if line.side in sides]
    side: Side = step.side or "entered"
    count = found.sight.count(found.people(side))
    value = NOTHING if count is None else f"{count:,}"
    name = found.segment.name
    return Draft(
        text=story(found, lines, sides=sides).in_(asked.language),
        plan=asked.plan,
        headline=Headline(value=value, exact=value, label=_SIDE_NAMES[side].in_(asked.language)),
        table=_table(lines, asked),
        follow_ups=_next(name, asked),
        remarks=changes_remarks(found),
    )


def changes_remarks(found: Movements) -> tuple[Text, ...]:
    """How the movements were found, and what may be wrong with them."""
    remarks = [
        Text(
            "期初没有、期末有的人算新增；中间来过又走的人不算。",
            "Who was not in before and is in at the end came in; who came and went between is not counted.",
        )
    ]
    if not found.recorded:
        since = found.since.isoformat() if found.since is not None else ""
        remarks.append(
            Text(
                f"{f'这个人群从 {since} 起才有成员记录；' if since else ''}这里是用现在的规则按两天当时的数据重新计算的，资料类条件按现在的取值。",
                f"{f'Members are recorded since {since}; ' if since else ''}this was computed afterwards: today's rule, asked of the "
                "data for the two days. What records say of people is as it is now.",
            )
        )
    if found.sight.people is not None:
        remarks.append(Text("只包括您能看到的客户。", "Only customers whom you may see are counted."))
    if found.failure is not None:
        remarks.append(
            Text(
                f"最近一次更新没有成功（{found.failure.at:%Y-%m-%d %H:%M}）：{found.failure.why.zh}",
                f"The last look did not succeed ({found.failure.at:%Y-%m-%d %H:%M}): {found.failure.why.en}",
            )
        )
    return tuple(remarks)


def apart(step: Apart, asked: Asked, resources: Resources) -> Draft:
    """Who is in the first audience but not in the second, and which conditions of the second keep them out."""
    found = living_of(resources).apart(step.first, step.second, asked.user, cancel=asked.cancel)
    first, second = (
        who_text(one, resources.index, resources.calendar, asked.language) for one in (step.first, step.second)
    )
    only = NOTHING if found.only is None else f"{found.only:,}"
    zh = f"在「{first}」里、但不在「{second}」里的有 {only} 人。"
    en = f"{only} people are in “{first}” but not in “{second}”."
    if found.obstacles:
        most = found.obstacles[0]
        words = _said(resources)(most.condition)
        zh += (
            f"最主要的原因是不满足「{words.zh}」：{_number(most.people)} 人，其中 {_number(most.alone)} 人只差这一条。"
        )
        en += f" Most of them do not meet “{words.en}”: {_number(most.people)}, {_number(most.alone)} of whom lack nothing else."
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (_said(resources)(one.condition).in_(asked.language), one.people, one.alone) for one in found.obstacles
    )
    columns = (
        ResultColumn(name="condition", label=Text("不满足的条件", "Condition not met"), role="group"),
        ResultColumn(name="people", label=Text("人数", "People"), role="metric"),
        ResultColumn(name="alone", label=Text("只差这一条", "Lack nothing else"), role="metric"),
    )
    listed = tuple(
        WaterfallStep(
            label=_said(resources)(one.condition).in_(asked.language),
            count=one.people or 0,
            plan=Plan((ListPeople(one.audience),)),
        )
        for one in found.obstacles
        if one.people
    )
    return Draft(
        text=Text(zh, en).in_(asked.language),
        plan=asked.plan,
        headline=Headline(value=only, exact=only, label=Text("人", "people").in_(asked.language)),
        table=Table(columns, rows),
        waterfall=listed,
        follow_ups=(
            FollowUp(
                label=Text("列出这些人", "List these people").in_(asked.language),
                plan=Plan((ListPeople(found.audience),)),
            ),
        )
        if found.only
        else (),
        remarks=(
            Text(
                "一个人可以同时不满足几个条件，所以各行之和可能大于总数。",
                "One person may fail several conditions, so the rows can add up to more than the total.",
            ),
        ),
    )


def _said(resources: Resources) -> Said:
    def both(part: Predicate) -> Text:
        return Text(*(predicate_text(part, resources.index, resources.calendar, one) for one in ("zh", "en")))

    return both


def _table(lines: list[Line], asked: Asked) -> Table:
    columns = (
        ResultColumn(name="side", label=Text("方向", "Side"), role="group"),
        ResultColumn(name="why", label=Text("原因", "Why"), role="group"),
        ResultColumn(name="people", label=Text("人数", "People"), role="metric"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (_SIDE_NAMES[line.side].in_(asked.language), line.why.in_(asked.language), line.people) for line in lines
    )
    return Table(columns, rows)


def _next(name: str, asked: Asked) -> tuple[FollowUp, ...]:
    who = Audience(where=InSegment(name))
    return (
        FollowUp(
            label=Text("人数走势", "How its size went").in_(asked.language),
            plan=Plan((SegmentTrend(segments=(name,)),)),
        ),
        FollowUp(label=Text("列出现在的人", "Who is in it now").in_(asked.language), plan=Plan((ListPeople(who),))),
    )


def _number(count: int | None) -> str:
    return NOTHING if count is None else f"{count:,}"
