"""Replies about who comes back: a cohort table in words, as a heat map, and as a table."""

from __future__ import annotations

from dataclasses import replace

from assistant.answer import Headline
from assistant.replies.draft import Draft
from assistant.replies.localise import period_name
from assistant.replies.pictures import wants_picture
from assistant.replies.restated import condition_text, occurrence_text, time_text
from assistant.resources import Asked, Resources
from semantic_layer.errors import Language, Text
from semantic_layer.model.grain import Grain
from semantic_layer.model.types import Unit
from semantic_layer.query.plan import ChartKind, Funnel, Retention
from semantic_layer.table import Cell, ResultColumn, Table
from tools import numbers
from tools.chart import Wording, cohort_chart
from tools.cohorts import Cohort, CohortTable, cohorts_of

_OWN_PERIOD = {
    Grain.DAY: Text("当天", "day 0"),
    Grain.WEEK: Text("当周", "week 0"),
    Grain.MONTH: Text("当月", "month 0"),
    Grain.QUARTER: Text("当季", "quarter 0"),
    Grain.YEAR: Text("当年", "year 0"),
}
_NEXT_PERIOD = {
    Grain.DAY: "次日",
    Grain.WEEK: "次周",
    Grain.MONTH: "次月",
    Grain.QUARTER: "次季",
    Grain.YEAR: "次年",
}
_LATER = {Grain.DAY: "天", Grain.WEEK: "周", Grain.MONTH: "月", Grain.QUARTER: "季", Grain.YEAR: "年"}
_SPANS = {
    Grain.MILLISECOND: "毫秒",
    Grain.SECOND: "秒",
    Grain.MINUTE: "分钟",
    Grain.HOUR: "小时",
    Grain.DAY: "天",
    Grain.WEEK: "周",
    Grain.MONTH: "个月",
    Grain.QUARTER: "个季度",
    Grain.YEAR: "年",
}


def retention(step: Retention, asked: Asked, resources: Resources) -> Draft:
    """A cohort table in words, as a heat map, and as a table with one column a period."""
    drawn = wants_picture(asked, ChartKind.HEATMAP)
    result = resources.layer.retention(step, asked.user, cancel=asked.cancel)
    table = cohorts_of(result.table)
    language = asked.language
    text = _retention_text(table, step, asked, resources)
    names = [str(period_name(cohort.start, step.grain, language)) for cohort in table.cohorts]
    columns = [offset_name(offset, step.grain, language) for offset in table.offsets]
    back = occurrence_text(step.back, resources.index, resources.calendar, language)
    said = Wording(
        title=_first_sentence(_finding(table, step, language, back) or text, language),
        subtitle=scene_text(step, asked, resources),
        rows=names,
        columns=columns,
    )
    return Draft(
        text=text,
        plan=asked.plan,
        headline=_next_period(table, step, language),
        table=_wide(table, result.table, names, columns),
        chart=cohort_chart(table, said, language) if drawn else None,
        uses=result.uses,
        sql=(result.sql,),
        remarks=(*result.notes, *_open_remark(table)),
        compile_ms=result.compile_ms,
        run_ms=result.run_ms,
    )


def offset_name(offset: int, grain: Grain, language: Language) -> str:
    """What a later period is called: 当月, 次月, 第2月; month 0, month 1, month 2."""
    if offset == 0:
        return _OWN_PERIOD[grain].in_(language)
    if language == "zh":
        return _NEXT_PERIOD[grain] if offset == 1 else f"第{offset}{_LATER[grain]}"
    return f"{grain.value} {offset}"


def length_text(count: int, unit: Grain, language: Language) -> str:
    """A length of time: 30 天, 6 个月; 30 days, 1 month."""
    return f"{count} {_SPANS[unit]}" if language == "zh" else f"{count} {unit.value}{'' if count == 1 else 's'}"


# -- words -----------------------------------------------------------------------------------------------------------


def _retention_text(table: CohortTable, step: Retention, asked: Asked, resources: Resources) -> str:
    language = asked.language
    scene = scene_text(step, asked, resources)
    start, back = (
        occurrence_text(one, resources.index, resources.calendar, language) for one in (step.start, step.back)
    )
    if not table.cohorts:
        return f"{scene}：没有人{start}。" if language == "zh" else f"{scene}: nobody {start}."
    found = _finding(table, step, language, back)
    count = len(table.cohorts)
    if language == "zh":
        return f"{scene}，{start}的共 {table.people:,} 人，按{_LATER[step.grain]}分成 {count} 批。{found}"
    plural = "" if count == 1 else "s"
    return f"{scene}: {table.people:,} people {start}, in {count} cohort{plural} by {step.grain.value}. {found}".strip()


def _finding(table: CohortTable, step: Retention, language: Language, back: str) -> str:
    """The mean of the next period and of the last, and which cohorts were best and worst; only periods that are over."""
    known = [offset for offset in table.offsets if offset > 0 and table.average(offset) is not None]
    if not known:
        return ""
    shown = dict.fromkeys((known[0], known[-1]))
    means = [(offset_name(offset, step.grain, language), numbers.percent(table.average(offset))) for offset in shown]
    ranked = table.ranked(known[0])
    extremes = _extremes(ranked, known[0], step.grain, language) if len(ranked) > 1 else ""
    if language == "zh":
        return f"之后{back}的比例：{'，'.join(f'{name}平均 {value}' for name, value in means)}。{extremes}"
    return f"Then {back}: {', '.join(f'{value} in {name}' for name, value in means)} on average. {extremes}".strip()


def _extremes(ranked: list[Cohort], offset: int, grain: Grain, language: Language) -> str:
    best, worst = ranked[0], ranked[-1]
    (high, at), (low, where) = (
        (numbers.percent(one.rate(offset)), period_name(one.start, grain, language)) for one in (best, worst)
    )
    name = offset_name(offset, grain, language)
    if language == "zh":
        return f"{name}最高的是 {at} 那批（{high}），最低的是 {where} 那批（{low}）。"
    return f"{name[:1].upper()}{name[1:]} was highest for {at} ({high}) and lowest for {where} ({low})."


def _next_period(table: CohortTable, step: Retention, language: Language) -> Headline | None:
    average = table.average(1)
    if average is None:
        return None
    written = numbers.percent(average)
    name = offset_name(1, step.grain, language)
    label = f"{name}平均留存" if language == "zh" else f"mean retention in {name}"
    return Headline(value=written, exact=written, label=label)


def _wide(table: CohortTable, rows: Table, names: list[str], columns: list[str]) -> Table:
    """One row a cohort: its name, its size and its parts; empty where the period has not begun or may not be seen."""
    heads = [replace(column, name=column.name) for column in rows.columns[:2]]
    parts = [
        ResultColumn(name=f"period_{offset}", label=Text(name, name), role="metric", unit=Unit.PERCENT)
        for offset, name in enumerate(columns)
    ]
    found: list[tuple[Cell, ...]] = []
    for name, cohort in zip(names, table.cohorts, strict=True):
        rates = [one.rate for one in cohort.returns]
        found.append((name, cohort.size, *rates, *([None] * (len(columns) - len(rates)))))
    return Table((*heads, *parts), tuple(found))


def _open_remark(table: CohortTable) -> tuple[Text, ...]:
    if not table.open_periods:
        return ()
    return (
        Text(
            zh="颜色较浅的最近一期还没过完，数字还会增加，没有算进平均。",
            en="The latest periods, drawn lighter, are not over yet: they can still grow and are not in the means.",
        ),
    )


def scene_text(step: Retention | Funnel, asked: Asked, resources: Resources) -> str:
    """The period and the conditions."""
    period = time_text(step.time, resources.index, resources.calendar, asked.language)
    conditions = condition_text(step.where, resources.index, resources.calendar, asked.language)
    return ("，" if asked.language == "zh" else ", ").join(part for part in (period, conditions) if part)


def _first_sentence(text: str, language: Language) -> str:
    return text.split("。" if language == "zh" else ". ", 1)[0].rstrip(".")
