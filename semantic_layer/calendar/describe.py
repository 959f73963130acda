"""Times in words, Chinese and English. The words are ones that the interpreters read back as the same time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import assert_never

from semantic_layer.calendar.arithmetic import DateSpan, whole_months
from semantic_layer.errors import Language, Text
from semantic_layer.query.time import Across, Beside, Calendar, Grain, Holiday, Rolling, Span, TimeRange

MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
QUARTER_NAMES = ("第一季度", "第二季度", "第三季度", "第四季度")

_COUNTED = {
    Grain.MILLISECOND: Text("毫秒", "millisecond"),
    Grain.SECOND: Text("秒", "second"),
    Grain.MINUTE: Text("分钟", "minute"),
    Grain.HOUR: Text("小时", "hour"),
    Grain.DAY: Text("天", "day"),
    Grain.WEEK: Text("周", "week"),
    Grain.MONTH: Text("个月", "month"),
    Grain.QUARTER: Text("个季度", "quarter"),
    Grain.YEAR: Text("年", "year"),
}
_COUNTED_FISCAL = {
    (Grain.MONTH, 0): Text("本财月", "this fiscal month"),
    (Grain.MONTH, -1): Text("上财月", "last fiscal month"),
    Grain.MONTH: Text("个财月", "fiscal month"),
    Grain.QUARTER: Text("个财季", "fiscal quarter"),
    Grain.YEAR: Text("个财年", "fiscal year"),
}
_NAMED = {
    (Grain.DAY, 0): Text("今天", "today"),
    (Grain.DAY, -1): Text("昨天", "yesterday"),
    (Grain.DAY, -2): Text("前天", "the day before yesterday"),
    (Grain.WEEK, 0): Text("本周", "this week"),
    (Grain.WEEK, -1): Text("上周", "last week"),
    (Grain.MONTH, 0): Text("本月", "this month"),
    (Grain.MONTH, -1): Text("上个月", "last month"),
    (Grain.QUARTER, 0): Text("本季度", "this quarter"),
    (Grain.QUARTER, -1): Text("上季度", "last quarter"),
    (Grain.YEAR, 0): Text("今年", "this year"),
    (Grain.YEAR, -1): Text("去年", "last year"),
    (Grain.YEAR, -2): Text("前年", "the year before last"),
}
_FISCAL = {
    (Grain.MONTH, 0): Text("本财月", "this fiscal month"),
    (Grain.MONTH, -1): Text("上财月", "last fiscal month"),
    (Grain.QUARTER, 0): Text("本财季", "this fiscal quarter"),
    (Grain.QUARTER, -1): Text("上财季", "last fiscal quarter"),
    (Grain.YEAR, 0): Text("本财年", "this fiscal year"),
    (Grain.YEAR, -1): Text("上财年", "last fiscal year"),
}
_PARTS = {
    (Grain.MONTH, "early"): Text("上旬", "first ten days of"),
    (Grain.MONTH, "middle"): Text("中旬", "middle ten days of"),
    (Grain.MONTH, "late"): Text("下旬", "last ten days of"),
    (Grain.YEAR, "early"): Text("上半年", "first half of"),
    (Grain.YEAR, "late"): Text("下半年", "second half of"),
}


def describe_span(span: DateSpan, language: Language) -> str:
    """The shortest exact name of the days: a year, a quarter, a month, a day, or first and last day."""
    if span.open_start:
        return Text(f"截至 {span.end}", f"up to {span.end}").in_(language)
    if span.start == span.end:
        return span.start.isoformat()
    named = _whole_period(span.start, whole_months(span))
    if named is not None:
        return named.in_(language)
    return Text(f"{span.start} 至 {span.end}", f"{span.start} to {span.end}").in_(language)


def _whole_period(start: date, months: int) -> Text | None:
    if months == 1:
        return Text(f"{start.year}年{start.month}月", f"{MONTH_NAMES[start.month - 1]} {start.year}")
    if months == 3 and start.month % 3 == 1:
        quarter = start.month // 3
        return Text(f"{start.year}年{QUARTER_NAMES[quarter]}", f"Q{quarter + 1} {start.year}")
    if months == 12 and start.month == 1:
        return Text(f"{start.year}年", f"{start.year}")
    return None


def name_of(time: TimeRange, festival_label: Callable[[str], Text], language: Language) -> str | None:
    """What was said, without days; `None` for fixed days, whose days say all."""
    match time:
        case Span():
            return None
        case Rolling(count=count, unit=unit):
            plural = "" if count == 1 else "s"
            counted = _COUNTED[unit]
            return Text(f"最近 {count} {counted.zh}", f"last {count} {counted.en}{plural}").in_(language)
        case Calendar():
            return _calendar_name(time).in_(language)
        case Holiday():
            return _festival_name(time, festival_label(time.name)).in_(language)
        case Beside():
            return _beside_name(time, _festival_name(time.festival, festival_label(time.festival.name))).in_(language)
        case Across(first=first, last=last):
            begin, end = _end_name(first, festival_label, language), _end_name(last, festival_label, language)
            return (
                None
                if begin is None or end is None
                else Text(f"从{begin}到{end}", f"from {begin} to {end}").in_(language)
            )
        case _:
            assert_never(time)


def _end_name(time: TimeRange, festival_label: Callable[[str], Text], language: Language) -> str | None:
    if isinstance(time, Span):
        return describe_span(DateSpan(time.start, time.end), language) if time.start and time.end else None
    return name_of(time, festival_label, language)


def _calendar_name(time: Calendar) -> Text:
    whole = _whole_name(time)
    if time.part == "whole" or (time.unit, time.part) not in _PARTS:
        return whole
    part = _PARTS[time.unit, time.part]
    return Text(f"{whole.zh}{part.zh}", f"{part.en} {whole.en}")


def _whole_name(time: Calendar) -> Text:
    known = (_FISCAL if time.fiscal else _NAMED).get((time.unit, time.offset))
    if known is not None:
        return known
    counted, count = _COUNTED[time.unit], abs(time.offset)
    counted = _COUNTED_FISCAL.get(time.unit, counted) if time.fiscal else counted
    plural = "" if count == 1 else "s"
    zh, en = f"{count} {counted.zh}", f"{count} {counted.en}{plural}"
    return Text(f"{zh}前", f"{en} ago") if time.offset < 0 else Text(f"{zh}后", f"{en} from now")


def _festival_name(time: Holiday, label: Text) -> Text:
    zh, en = label.zh or label.en, label.en or label.zh
    if time.nth is not None:
        zh, en = f"{zh}第{time.nth}波", f"{en} wave {time.nth}"
    if time.phase == "presale":
        zh, en = f"{zh}预售期", f"{en} presale"
    elif time.day_only:
        zh, en = f"{zh}当天", f"{en} day"
    if time.year is not None:
        return Text(f"{time.year}年{zh}", f"{en} {time.year}")
    year = _NAMED.get((Grain.YEAR, time.offset)) if time.offset is not None else None
    if year is None:
        return Text(zh, en)
    return Text(f"{year.zh}{zh}", f"{en} {year.en}")


def _beside_name(time: Beside, festival: Text) -> Text:
    counted = _COUNTED[time.unit]
    plural = "" if time.count == 1 else "s"
    side = Text("前", "before") if time.side == "before" else Text("后", "after")
    return Text(
        f"{festival.zh}{side.zh} {time.count} {counted.zh}",
        f"the {time.count} {counted.en}{plural} {side.en} {festival.en}",
    )
