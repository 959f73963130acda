"""The saved segments as an answer: how large each is, since when it is watched, and what needs a look."""

from __future__ import annotations

from typing import Final

from assistant.answer import Section
from assistant.replies.draft import Draft
from assistant.replies.segment_changes import living_of
from assistant.resources import Asked, Resources
from semantic_layer.errors import Text
from semantic_layer.query.plan import Catalogue
from semantic_layer.table import Cell, ResultColumn, Table
from tools.segments.drift import alert_text
from tools.segments.living import LivingState
from tools.segments.types import Rhythm, name_key

RHYTHMS: Final = {
    Rhythm.MANUAL: Text("手动", "by hand"),
    Rhythm.DAILY: Text("每天", "daily"),
    Rhythm.WEEKLY: Text("每周", "weekly"),
    Rhythm.ON_LOAD: Text("数据更新时", "with new data"),
}
_COLUMNS: Final = (
    ("name", Text("人群", "Segment")),
    ("folder", Text("文件夹", "Folder")),
    ("kind", Text("类型", "Kind")),
    ("owner", Text("所有者", "Owner")),
    ("rhythm", Text("更新", "Refreshed")),
    ("as_of", Text("截至", "As of")),
    ("since", Text("记录始于", "Recorded since")),
    ("state", Text("状态", "State")),
)
_SHOWN: Final = 8


def segment_list(step: Catalogue, asked: Asked, resources: Resources) -> Draft:
    """The segments that this person may use; with a topic those whose name or folder holds it."""
    topic = name_key(step.topic or "")
    states = [
        one
        for one in living_of(resources).states(asked.user)
        if topic in name_key(one.segment.name) or topic in name_key(one.segment.arrangement.folder)
    ]
    people = ResultColumn(name="people", label=Text("人数", "People"), role="metric")
    columns = (*(ResultColumn(name=name, label=label, role="attribute") for name, label in _COLUMNS), people)
    names = [
        f"「{one.segment.name}」" if asked.language == "zh" else f"“{one.segment.name}”" for one in states[:_SHOWN]
    ]
    if not states:
        text = Text("还没有保存过人群。", "No segment has been saved yet.")
    else:
        text = Text(
            f"共 {len(states)} 个人群：{'、'.join(names)}{' 等' if len(states) > _SHOWN else ''}。",
            f"{len(states)} segments: {', '.join(names)}{' and more' if len(states) > _SHOWN else ''}.",
        )
    told = [_worth_telling(one, asked) for one in states]
    section = Section(
        title=Text("需要看一看", "Worth a look").in_(asked.language),
        lines=tuple(line for line in told if line is not None),
    )
    return Draft(
        text=text.in_(asked.language),
        plan=asked.plan,
        table=Table(columns, tuple(_row(one, asked) for one in states)),
        sections=(section,) if section.lines else (),
    )


def _row(state: LivingState, asked: Asked) -> tuple[Cell, ...]:
    segment = state.segment
    kind = Text("名单", "list") if segment.frozen else Text("规则", "rule")
    return (
        segment.name,
        segment.arrangement.folder,
        kind.in_(asked.language),
        segment.owner,
        RHYTHMS[segment.arrangement.rhythm].in_(asked.language),
        state.as_of.isoformat() if state.as_of is not None else "",
        state.since.isoformat() if state.since is not None else "",
        _standing(state).in_(asked.language),
        state.size,
    )


def _standing(state: LivingState) -> Text:
    if state.failure is not None:
        return Text("更新失败", "refresh failed")
    if state.as_of is None:
        return Text("未计算", "not looked at")
    if state.stale is not None:
        return Text("待更新", "to be refreshed")
    return Text("有变动提醒", "unusual size") if state.alert is not None else Text("最新", "up to date")


def _worth_telling(state: LivingState, asked: Asked) -> tuple[str, str] | None:
    name = state.segment.name
    if state.failure is not None:
        return name, state.failure.why.in_(asked.language)
    if state.alert is not None:
        return name, alert_text(name, state.alert).in_(asked.language)
    if state.stale is not None:
        return name, state.stale.in_(asked.language)
    return None
