"""Sentences with numbers, by template, in both languages. No number is written anywhere else in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Unit
from semantic_layer.query.time import Against, Aligned, CompareTo, Comparison
from semantic_layer.table import Cell, ResultColumn, Table
from tools import numbers
from tools.numbers import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a sentence is about: the conditions and the period in words, and how numbers are written."""

    language: Language
    currency: str
    conditions: str = ""
    period: str = ""


def number(value: Cell, unit: Unit | None, scene: Scene) -> str:
    """A value as sentences write it."""
    if isinstance(value, bool) or not isinstance(value, Number):
        return numbers.cell(value, unit, scene.language, scene.currency)
    return numbers.compact(value, unit, scene.language, scene.currency)


def comparison_name(compare: CompareTo, language: Language, described: str) -> str:
    """What the comparison period is called, with its days."""
    match compare:
        case Comparison.PERIOD_BEFORE:
            name = Text("上期", "the period before")
        case Comparison.YEAR_BEFORE:
            name = Text("去年同期", "the same period last year")
        case Comparison.YEAR_BEFORE_WEEKDAY:
            name = Text("去年同期，按星期对齐", "last year, aligned by weekday")
        case Aligned():
            name = Text("去年同期，按节日对齐", "last year, aligned by festival")
        case Against():
            return described
    return f"{name.in_(language)}（{described}）" if language == "zh" else f"{name.en} ({described})"


def single(table: Table, metric: ResultColumn, scene: Scene, against: str = "") -> str:
    """One number: what, when, for whom, how much, and the change when it was compared."""
    value = table.rows[0][table.index(metric.name)]
    label, written = metric.label.in_(scene.language), number(value, metric.unit, scene)
    if value is None:
        return _nothing(label, scene)
    tail = change_clause(table, 0, metric, scene, against)
    if scene.language == "zh":
        return f"{_lead(scene)}{label}为 {written}{tail}。"
    return _opened(f"{_lead(scene)}{label} {written}{tail}.")


def change_clause(table: Table, row: int, metric: ResultColumn, scene: Scene, against: str) -> str:
    """The change: "，比去年同期 +5.2%" or nothing where there is no comparison."""
    previous = next((c for c in table.columns if c.role == "previous" and c.source == metric.source), None)
    if previous is None or not against:
        return ""
    now, before = table.rows[row][table.index(metric.name)], table.rows[row][table.index(previous.name)]
    if not isinstance(now, Number) or not isinstance(before, Number):
        return f"，{against}没有数据" if scene.language == "zh" else f", with no data for {against}"
    moved = numbers.change(now, before, metric.unit, scene.language, scene.currency)
    rate = "" if metric.unit is Unit.PERCENT else numbers.change_rate(now, before)
    was = numbers.compact(before, metric.unit, scene.language, scene.currency)
    if scene.language == "zh":
        return f"，{against}为 {was}，变化 {moved}" + (f"（{rate}）" if rate else "")
    return f", against {was} for {against}: {moved}" + (f" ({rate})" if rate else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """How the groups of a table stand: `whole` when none was cut off, `against` names the comparison, if there is one."""

    groups: Sequence[ResultColumn]
    ascending: bool = False
    whole: bool = True
    against: str = ""


def ranked(table: Table, metric: ResultColumn, ranking: Ranking, scene: Scene) -> str:
    """Groups: which stands first, which last when all are there, how many there are, and how the first one moved."""
    at = table.index(metric.name)
    rows = [number for number, row in enumerate(table.rows) if isinstance(row[at], Number)]
    if not rows:
        return _nothing(metric.label.in_(scene.language), scene) if table.rows else _nobody(scene)
    order = sorted(rows, key=lambda n: _size(table.rows[n][at]), reverse=not ranking.ascending)
    zh = scene.language == "zh"
    label = metric.label.in_(scene.language)
    best, worst = ("最低", "最高") if ranking.ascending else ("最高", "最低")
    if not zh:
        best, worst = ("lowest", "highest") if ranking.ascending else ("highest", "lowest")
    first = _standing(table, order[0], metric, ranking, scene)
    moved = change_clause(table, order[0], metric, scene, ranking.against)
    more = ""
    if ranking.whole and len(order) > 2:
        last = _standing(table, order[-1], metric, ranking, scene)
        more = f"；{worst}的是{last}" if zh else f"; it is {worst} for {last}"
    if zh:
        count = f"共 {len(table):,} 组。" if len(table) > 1 else ""
        return f"{_lead(scene)}{label}{best}的是{first}{moved}{more}。{count}"
    count = f" {len(table):,} groups in all." if len(table) > 1 else ""
    return _opened(f"{_lead(scene)}{label} is {best} for {first}{moved}{more}.{count}")


def _standing(table: Table, row: int, metric: ResultColumn, ranking: Ranking, scene: Scene) -> str:
    """The name of a group with its value and share."""
    cells = table.rows[row]
    share = _share(table, cells, metric)
    value = number(cells[table.index(metric.name)], metric.unit, scene)
    name = _group_name(table, cells, ranking.groups, scene)
    if scene.language == "zh":
        return f"{name}（{value}{f'，占 {share}' if share else ''}）"
    return f"{name} ({value}{f', {share} of the total' if share else ''})"


def trend(table: Table, metric: ResultColumn, time: ResultColumn, scene: Scene) -> str:
    """A line over time: where it began, where it ended, and its highest point."""
    at, when = table.index(metric.name), table.index(time.name)
    rows = [row for row in table.rows if isinstance(row[at], Number)]
    if not rows:
        return _nothing(metric.label.in_(scene.language), scene)
    peak = max(rows, key=lambda r: _size(r[at]))
    first, last = rows[0], rows[-1]
    label = metric.label.in_(scene.language)
    start, end, most = (number(r[at], metric.unit, scene) for r in (first, last, peak))
    if scene.language == "zh":
        return f"{_lead(scene)}{label}从 {first[when]} 的 {start} 到 {last[when]} 的 {end}，最高在 {peak[when]}（{most}）。"
    course = (
        f"{label} went from {start} ({first[when]}) to {end} ({last[when]}), with its highest in {peak[when]} ({most})."
    )
    return _opened(f"{_lead(scene)}{course}")


def people(count: int, base: int, who: str, base_name: str, scene: Scene) -> str:
    """How many people, and what part of whom they are."""
    part = numbers.percent(count / base) if base else numbers.NOTHING
    if scene.language == "zh":
        pause = "，" if "，" in who else ""  # after several clauses the count needs one of its own
        return f"{who}{pause}共 {count:,} 人，占{base_name}的 {part}。"
    return f"{count:,} {'person' if count == 1 else 'people'}: {who}; {part} of {base_name}."


def nobody(who: str, emptied_by: str, scene: Scene) -> str:
    """No one is left: which condition did it."""
    if scene.language == "zh":
        return f"没有符合的人：{who}。" + (f"条件「{emptied_by}」之后一个人也不剩。" if emptied_by else "")
    return f"Nobody fits: {who}." + (f" The condition “{emptied_by}” leaves no one." if emptied_by else "")


def _lead(scene: Scene) -> str:
    if scene.language == "zh":
        parts = "，".join(part for part in (scene.period, scene.conditions) if part)
        return f"{parts}，" if parts else ""
    parts = ", ".join(part for part in (scene.period, scene.conditions) if part)
    return f"{parts}: " if parts else ""


def _opened(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _nothing(label: str, scene: Scene) -> str:
    if scene.language == "zh":
        return f"{_lead(scene)}没有可计算{label}的数据。"
    return _opened(f"{_lead(scene)}there is nothing to compute {label} from.")


def _nobody(scene: Scene) -> str:
    return (
        f"{_lead(scene)}没有符合条件的组。"
        if scene.language == "zh"
        else _opened(f"{_lead(scene)}no group meets the conditions.")
    )


def _size(value: Cell) -> float:
    return float(value) if isinstance(value, Number) else float("-inf")


def _group_name(table: Table, row: tuple[Cell, ...], groups: Sequence[ResultColumn], scene: Scene) -> str:
    unknown = "未知" if scene.language == "zh" else "unknown"
    names = [unknown if row[table.index(c.name)] is None else str(row[table.index(c.name)]) for c in groups]
    return " · ".join(names)


def _share(table: Table, row: tuple[Cell, ...], metric: ResultColumn) -> str:
    column = next((c for c in table.columns if c.role == "share" and c.source == metric.source), None)
    value = row[table.index(column.name)] if column else None
    return numbers.percent(value) if isinstance(value, Number) else ""
