"""The title of a picture: what it shows, in one sentence by template. Only what the table holds is said."""

from __future__ import annotations

from collections.abc import Sequence

from semantic_layer.model.types import Unit
from semantic_layer.query.plan import ChartKind
from semantic_layer.table import Cell
from tools import numbers
from tools.chart.bars import names_of
from tools.chart.shape import Measured, Shape


def finding(shape: Shape, kind: ChartKind) -> str:
    """What a person should see first; plain names of the metrics where nothing stands out."""
    said = _said(shape, kind)
    return said[:1].upper() + said[1:]


def _said(shape: Shape, kind: ChartKind) -> str:
    if kind is ChartKind.TILE or len(shape.table) < 2:
        return _single(shape)
    if kind is ChartKind.SCATTER:
        return _pair(shape)
    if shape.groups and shape.time is not None:
        return _latest(shape)
    if shape.first.previous:
        return _moved(shape)
    if shape.time is not None:
        return _peak(shape)
    return _leader(shape)


def _single(shape: Shape) -> str:
    row = shape.table.rows[0]
    value = shape.compact(shape.number(row, shape.first.column), shape.first.unit)
    name = shape.title(shape.first.column)
    where = names_of(shape)(row) if shape.groups or shape.time is not None else ""
    of = where or name
    return shape.say(f"{where}{name} {value}", f"{name}{f', {of}' if where else ''}: {value}")


def _pair(shape: Shape) -> str:
    one, two = (shape.title(measure.column) for measure in shape.measures[:2])
    groups = shape.title(shape.groups[0])
    return shape.say(f"{one}与{two}，按{groups}", f"{one} and {two} by {_lower(groups)}")


def _leader(shape: Shape) -> str:
    """Who is highest, or lowest when the question asked for the lowest."""
    lowest = bool(shape.query.order) and not shape.query.order[0].descending
    rows = _named(shape, [row for row in shape.table if shape.number(row, shape.first.column) is not None])
    best = (min if lowest else max)(_value(shape, row, shape.first) for row in rows)
    leaders = [row for row in rows if _value(shape, row, shape.first) == best]
    name, written = shape.title(shape.first.column), shape.compact(best, shape.first.unit)
    if len(leaders) > 3:
        return shape.say(
            f"{len(leaders)} 项{name}同为 {written}", f"{len(leaders)} groups share {_lower(name)} of {written}"
        )
    who = shape.say("、", ", ").join(names_of(shape)(row) for row in leaders)
    extreme = shape.say("最低" if lowest else "最高", "lowest" if lowest else "highest")
    share = _share(shape, leaders[0]) if len(leaders) == 1 else ""
    even = shape.say("并列" if len(leaders) > 1 else "", "have" if len(leaders) > 1 else "has")
    zh = f"{who}{name}{even}{extreme}，为 {written}{f'，占 {share}' if share else ''}"
    return shape.say(
        zh, f"{who} {even} the {extreme} {_lower(name)}: {written}{f' ({share} of the total)' if share else ''}"
    )


def _share(shape: Shape, row: tuple[Cell, ...]) -> str:
    column = shape.first.share
    return numbers.percent(shape.number(row, column)) if column else ""


def _moved(shape: Shape) -> str:
    """What changed most against the comparison period."""
    measure, before = shape.first, shape.first.previous[0]
    pairs = [
        (row, now - then)
        for row in _named(shape, shape.table.rows)
        if (now := shape.number(row, measure.column)) is not None and (then := shape.number(row, before)) is not None
    ]
    name, against = shape.title(measure.column), shape.against(before)
    if not pairs or all(moved == 0 for _, moved in pairs):
        return shape.say(f"{name}与{against}相同", f"{name} is the same as {against}")
    row, moved = max(pairs, key=lambda pair: abs(pair[1]))
    by = numbers.change(
        shape.number(row, measure.column), shape.number(row, before), measure.unit, shape.language, shape.currency
    )
    verb = shape.say("上升" if moved > 0 else "下降", "up" if moved > 0 else "down")
    size = by.lstrip("+-")
    if measure.unit is not Unit.PERCENT:
        rate = numbers.change_rate(shape.number(row, measure.column), shape.number(row, before))
        size += "" if rate == numbers.NOTHING else shape.say(f"（{rate}）", f" ({rate})")
    who = names_of(shape)(row)
    return shape.say(
        f"{who}{name}比{against}{verb}最多：{size}", f"{who} moved most against {against}: {_lower(name)} {verb} {size}"
    )


def _named(shape: Shape, rows: Sequence[tuple[Cell, ...]]) -> list[tuple[Cell, ...]]:
    """Rows of groups that have a name: that the unknown are many tells nothing, unless nobody else is there."""
    places = [shape.table.index(group.name) for group in shape.groups]
    named = [row for row in rows if all(row[place] not in (None, "") for place in places)]
    return named or list(rows)


def _peak(shape: Shape) -> str:
    rows = [row for row in shape.table if shape.number(row, shape.first.column) is not None]
    top = max(rows, key=lambda row: _value(shape, row, shape.first))
    low = min(rows, key=lambda row: _value(shape, row, shape.first))
    name, when = shape.title(shape.first.column), names_of(shape)
    high, least = (shape.compact(_value(shape, row, shape.first), shape.first.unit) for row in (top, low))
    if high == least:
        return shape.say(f"{name}一直是 {high}", f"{name} stays at {high}")
    zh = f"{name}最高 {high}（{when(top)}），最低 {least}（{when(low)}）"
    return shape.say(zh, f"{name}: highest {high} ({when(top)}), lowest {least} ({when(low)})")


def _latest(shape: Shape) -> str:
    """Of several lines: which is highest in the last period."""
    if shape.time is None:
        return _leader(shape)
    where = shape.table.index(shape.time.name)
    rows = [row for row in shape.table if shape.number(row, shape.first.column) is not None]
    last = max((row[where] for row in rows), key=str)
    top = max((row for row in rows if row[where] == last), key=lambda row: _value(shape, row, shape.first))
    who, name, when = shape.name(top, shape.groups[0]), shape.title(shape.first.column), shape.when(last)
    written = shape.compact(_value(shape, top, shape.first), shape.first.unit)
    return shape.say(
        f"{when}{who}{name}最高，为 {written}", f"{who} has the highest {_lower(name)} in {when}: {written}"
    )


def _value(shape: Shape, row: tuple[Cell, ...], measure: Measured) -> float:
    return shape.number(row, measure.column) or 0.0


def _lower(name: str) -> str:
    """A label inside an English sentence; names that are abbreviations keep their capitals."""
    return name if len(name) < 2 or name[1].isupper() else name[0].lower() + name[1:]
