"""What happened to a segment, told in words: who came, who went, and what it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from semantic_layer.errors import Text
from semantic_layer.query.predicate import Predicate
from tools.segments.causes import added
from tools.segments.membership import Cause, Side
from tools.segments.past import Movements

Said = Callable[[Predicate], Text]
"""A condition in both languages."""

_SIDES: dict[Side, Text] = {"entered": Text("新增", "came in"), "left": Text("离开", "left")}
_CAUSES = {
    Cause.MERGED: Text("因为客户合并", "because customers were merged"),
    Cause.SPLIT: Text("因为客户拆分", "because a customer was split"),
    Cause.NEW: Text("是新客户", "are new customers"),
    Cause.GONE: Text("已不在数据里", "are not in the data any more"),
    Cause.EDITED: Text("因为规则修改", "because the rule was edited"),
    Cause.LISTED: Text("因为名单被人改动", "because the list was changed by hand"),
    Cause.CHANGED: Text("因为资料变更或数据更正", "because a record was changed or corrected"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """People of one side with one cause. `people` is `None` for so few that the number would point at persons."""

    side: Side
    cause: Cause
    conditions: tuple[Predicate, ...]
    people: int | None
    why: Text


def lines_of(found: Movements, said: Said) -> tuple[Line, ...]:
    """One line for each cause and set of conditions, most people first, those who came before those who went."""
    lines: list[Line] = []
    for side in _SIDES:
        groups = added(found.moved, side)
        counts = found.sight.counts(list(groups.values()))
        own = [
            Line(side=side, cause=cause, conditions=parts, people=count, why=cause_text(side, cause, parts, said))
            for ((cause, parts), _), count in zip(groups.items(), counts, strict=True)
        ]
        lines += sorted(own, key=lambda line: -(line.people or 0))
    return tuple(lines)


def story(found: Movements, lines: Sequence[Line], *, sides: Iterable[Side] = ("entered", "left")) -> Text:
    """The change in a few sentences; `sides` are those that were asked for."""
    span, least = found.span, found.sight.least
    entered, left = (found.sight.count(found.people(side)) for side in _SIDES)
    head = Text(
        zh=f"「{found.segment.name}」{span.start} 到 {span.end}：期初 {_people(found.before, least).zh}，"
        f"新增 {_people(entered, least).zh}，离开 {_people(left, least).zh}，期末 {_people(found.after, least).zh}。",
        en=f"“{found.segment.name}”, {span.start} to {span.end}: {_people(found.before, least).en} before, "
        f"{_people(entered, least).en} came in, {_people(left, least).en} left, {_people(found.after, least).en} at the end.",
    )
    told = [head]
    for side in sides:
        own = [line for line in lines if line.side == side]
        if own:
            name = _SIDES[side]
            zh = "；".join(f"{_people(line.people, least).zh}{line.why.zh}" for line in own)
            en = "; ".join(f"{_people(line.people, least).en} {line.why.en}" for line in own)
            told.append(Text(zh=f"{name.zh}的人里：{zh}。", en=f" Of those who {name.en}: {en}."))
    return Text("".join(one.zh for one in told), "".join(one.en for one in told))


def cause_text(side: Side, cause: Cause, conditions: Sequence[Predicate], said: Said) -> Text:
    """Why people moved, as the end of a sentence about them."""
    if cause in _CAUSES:
        return _with_conditions(_CAUSES[cause], conditions, said)
    words = [said(part) for part in conditions]
    zh, en = "、".join(f"「{one.zh}」" for one in words), " and ".join(f"“{one.en}”" for one in words)
    begun = side == "entered"
    if not words:
        return (
            Text("因为他们做了什么", "because of what they did")
            if cause is Cause.BEHAVIOUR
            else Text("因为时间过去", "as days went by")
        )
    if cause is Cause.TIME:
        return Text(
            zh=f"没有新的动作，随着日子过去{'满足了' if begun else '不再满足'}{zh}",
            en=f"did nothing new: as days went by they {'came to meet' if begun else 'ceased to meet'} {en}",
        )
    return Text(
        zh=f"因为新的动作{'满足了' if begun else '不再满足'}{zh}",
        en=f"{'came to meet' if begun else 'ceased to meet'} {en} by what they did",
    )


def _with_conditions(cause: Text, conditions: Sequence[Predicate], said: Said) -> Text:
    if not conditions:
        return cause
    words = [said(part) for part in conditions]
    return Text(
        f"{cause.zh}（{'、'.join(one.zh for one in words)}）", f"{cause.en} ({', '.join(one.en for one in words)})"
    )


def _people(count: int | None, least: int) -> Text:
    if count is None:
        return Text(f"不足 {least} 人", f"fewer than {least} people")
    return Text(f"{count:,} 人", f"{count:,} {'person' if count == 1 else 'people'}")
