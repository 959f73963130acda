"""The steps over days and moments, in every usual spelling."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from semantic_layer.errors import Text
from semantic_layer.ingestion.standard.step import DayOrder, Reading, Refusal, Step, StepContext, kept, refused
from semantic_layer.ingestion.standard.texts import half_width

_TIME: Final = (
    r"(?P<early>上午|下午|晚上|早上|凌晨|中午)?\s*(?P<hour>\d{1,2})(?:[:时点](?P<minute>\d{1,2})分?(?:[:]?(?P<second>\d{1,2})"
    r"(?:[.,](?P<part>\d{1,9}))?秒?)?|[时点])\s*(?P<late>[ap]\.?m\.?)?\s*(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?"
)
_WHOLE: Final = re.compile(rf"(?P<day>.+?)(?:(?:[ t]+|(?<=[日号]))\s*{_TIME})?", re.IGNORECASE | re.ASCII)
_YEAR_FIRST: Final = re.compile(r"([12]\d{3})[-/.年]\s*(\d{1,2})[-/.月]\s*(\d{1,2})[日号]?", re.ASCII)
_COMPACT: Final = re.compile(r"([12]\d{3})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?", re.ASCII)
_YEAR_LAST: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]([12]\d{3})", re.ASCII)
_MONTH_NAMED: Final = re.compile(r"(?:([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,?|(\d{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})\.?,?)[ -]([12]\d{3})", re.ASCII)  # fmt: skip
_TWO_DIGITS: Final = re.compile(r"\d{1,2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?", re.ASCII)
_SERIAL: Final = re.compile(r"[1-7]\d{4}(?:\.\d+)?", re.ASCII)
_UNIX: Final = re.compile(r"(\d{10})(\d{3})?(?:\.0)?", re.ASCII)
_HAN_DAY: Final = re.compile(
    r"([一二三四五六七八九〇零○]{4})年([一二三四五六七八九十〇零]{1,3})月([一二三四五六七八九十廿卅〇零]{1,3})[日号]?(.*)"
)
_DIGITS: Final = {digit: str(number) for number, digit in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SERIAL_START: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's days have no zone
_LAST_SERIAL: Final = 73_050  # the year 2099
_EARLIEST: Final = date(1900, 1, 1)

Moment = tuple[datetime, bool]
"""A moment of the company's clock, and whether a time of day was written."""


def day_order(*, first_beyond_12: bool, second_beyond_12: bool) -> DayOrder | None:
    """What the dates d/m/y of one column say together: 25/3 can only be the 25th of March. None when they say nothing,
    or contradict each other.
    """
    if first_beyond_12 == second_beyond_12:
        return None
    return DayOrder.DAY_FIRST if first_beyond_12 else DayOrder.MONTH_FIRST


def day(value: str, context: StepContext) -> Reading:
    found = _moment(value, context)
    return Reading(refusal=found) if isinstance(found, Refusal) else kept(found[0].date().isoformat())


def moment(value: str, context: StepContext) -> Reading:
    found = _moment(value, context)
    if isinstance(found, Refusal):
        return Reading(refusal=found)
    text = found[0].isoformat(sep=" ")
    return kept(text.rstrip("0") if "." in text else text)


def past(value: str, context: StepContext) -> Reading:
    """Days written as `day` and `moment` write them."""
    if not _EARLIEST.isoformat() <= value[:10] <= context.as_of.isoformat():
        return refused(
            Text("日期在 1900 年以前，或在数据截止日之后", "The day is before 1900, or after the last day of the data"),
            Text("请在来源系统里更正", "Mend it in the source system"),
        )
    return kept(value)


def _moment(value: str, context: StepContext) -> Moment | Refusal:
    text = _latin_digits(half_width(value).strip().lower())
    match = _WHOLE.fullmatch(text)
    if match is None:
        return _no_day()
    try:
        found = _start(match["day"].strip(), context)
        if isinstance(found, Refusal) or match["hour"] is None:
            return found
        return _at(found[0], match, context)
    except (ValueError, OverflowError):
        return _impossible()


def _start(text: str, context: StepContext) -> Moment | Refusal:
    """The beginning of the day, or the moment where one number says it all."""
    if (found := _YEAR_FIRST.fullmatch(text)) is not None:
        return _naive(found[1], found[2], found[3]), False
    if (found := _COMPACT.fullmatch(text)) is not None:
        if found[4] is None:
            return _naive(found[1], found[2], found[3]), False
        clock = timedelta(hours=int(found[4]), minutes=int(found[5]), seconds=int(found[6]))
        return (_home(_naive(*found.group(1, 2, 3)) + clock, context), True) if clock.days == 0 else _impossible()
    if (found := _YEAR_LAST.fullmatch(text)) is not None:
        return _year_last(int(found[1]), int(found[2]), found[3], context)
    if (found := _MONTH_NAMED.fullmatch(text)) is not None:
        month = (found[1] or found[4])[:3]
        if month in _MONTHS:
            return _naive(found[5], str(_MONTHS.index(month) + 1), found[2] or found[3]), False
    return _numbered(text, context)


def _year_last(first: int, second: int, year: str, context: StepContext) -> Moment | Refusal:
    order = {"dmy": DayOrder.DAY_FIRST, "mdy": DayOrder.MONTH_FIRST}.get(context.argument, context.day_order)
    if first > 12 or first == second:
        order = DayOrder.DAY_FIRST
    elif second > 12:
        order = DayOrder.MONTH_FIRST
    if order is None:
        return Refusal(
            Text(
                "分不清哪个是日、哪个是月，整列也判断不出",
                "Which is the day and which the month is not clear, nor does the column tell",
            ),
            Text(
                "请在该列的 steps 里写明 date:dmy（日在前）或 date:mdy（月在前）；时间列用 timestamp:dmy 等",
                "Write date:dmy (day first) or date:mdy (month first) into the steps of the column; timestamp:dmy for times",
            ),
        )
    day_, month = (first, second) if order is DayOrder.DAY_FIRST else (second, first)
    return _naive(year, str(month), str(day_)), False


def _numbered(text: str, context: StepContext) -> Moment | Refusal:
    if _SERIAL.fullmatch(text) and float(text) <= _LAST_SERIAL:
        found = _SERIAL_START + timedelta(seconds=round(float(text) * 86_400))
        return found, "." in text
    if (unix := _UNIX.fullmatch(text)) is not None:
        seconds = timedelta(seconds=int(unix[1]), milliseconds=int(unix[2] or 0))
        return (datetime(1970, 1, 1, tzinfo=UTC) + seconds).astimezone(ZoneInfo(context.home)).replace(
            tzinfo=None
        ), True
    if _TWO_DIGITS.fullmatch(text):
        return Refusal(
            Text("年份只有两位，不知道是哪个世纪", "The year has two digits; the century is not known"),
            Text("请导出四位年份", "Export years with four digits"),
        )
    return _no_day()


def _at(start: datetime, match: re.Match[str], context: StepContext) -> Moment | Refusal:
    hour, early, late = int(match["hour"]), match["early"], (match["late"] or "").replace(".", "")
    afternoon = early in {"下午", "晚上"} or late == "pm" or (early == "中午" and hour < 11)
    if hour < 12 and afternoon:
        hour += 12
    elif hour == 12 and (early in {"上午", "凌晨"} or late == "am"):
        hour = 0
    found = start.replace(
        hour=hour,
        minute=int(match["minute"] or 0),
        second=int(match["second"] or 0),
        microsecond=int((match["part"] or "0")[:6].ljust(6, "0")),
    )
    zone = match["zone"]
    if zone is None:
        return _home(found, context), True
    return found.replace(tzinfo=_zone(zone)).astimezone(ZoneInfo(context.home)).replace(tzinfo=None), True


def _zone(text: str) -> timezone:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(ahead if text[0] == "+" else -ahead)


def _home(found: datetime, context: StepContext) -> datetime:
    if context.zone == context.home:
        return found
    return found.replace(tzinfo=ZoneInfo(context.zone)).astimezone(ZoneInfo(context.home)).replace(tzinfo=None)


def _naive(year: str, month: str, day_: str) -> datetime:
    return datetime(int(year), int(month), int(day_))  # noqa: DTZ001 - the clock of the source; `_home` moves it


def _latin_digits(text: str) -> str:
    """二〇二六年三月五日 as 2026年3月5日; all else as it is."""
    found = _HAN_DAY.fullmatch(text)
    if found is None:
        return text
    year = "".join(_DIGITS[digit] for digit in found[1])
    return f"{year}年{_number(found[2])}月{_number(found[3])}日{found[4]}"


def _number(text: str) -> str:
    text = text.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.partition("十")
    if not ten:
        return "".join(_DIGITS.get(digit, "x") for digit in text)
    return f"{_DIGITS.get(tens, '1')}{_DIGITS.get(ones, '0')}"


def _impossible() -> Refusal:
    return Refusal(
        Text("没有这一天或这个时刻（如 2 月 31 日）", "There is no such day or time (such as 31 February)"),
        Text("请在来源系统里更正", "Mend it in the source system"),
    )


def _no_day() -> Refusal:
    return Refusal(
        Text("不是能认出的日期", "Not a date in any known spelling"),
        Text("请写成 2026-03-05，或 2026-03-05 14:30:00", "Write 2026-03-05, or 2026-03-05 14:30:00"),
    )


def _plain_day(value: str, _: StepContext) -> str:
    same = f"regexp_replace({value}, '^([12][0-9]{{3}})[-/.年]([0-9]{{1,2}})[-/.月]([0-9]{{1,2}})日?$', '\\1-\\2-\\3')"
    only = f"regexp_extract({same}, '^[12][0-9]{{3}}-[0-9]{{1,2}}-[0-9]{{1,2}}$')"
    return f"CAST(TRY_CAST({only} AS DATE) AS VARCHAR)"


def _plain_moment(value: str, context: StepContext) -> str:
    clock = r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}[ T](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
    naive = f"TRY_CAST(regexp_extract({value}, '^{clock}$') AS TIMESTAMP)"
    if context.zone != context.home:
        naive = f"timezone($home, timezone($zone, {naive}))"
    zoned = (
        f"timezone($home, TRY_CAST(regexp_extract({value}, '^{clock}(?:Z|[+-][01][0-9]:[0-5][0-9])$') AS TIMESTAMPTZ))"
    )
    unix = f"rpad(nullif(regexp_extract({value}, '^(?:[0-9]{{10}}|[0-9]{{13}})$'), ''), 16, '0')"  # microseconds
    counted = f"timezone($home, timezone('UTC', make_timestamp(TRY_CAST({unix} AS BIGINT))))"
    return f"CAST(coalesce({naive}, {zoned}, {counted}) AS VARCHAR)"


def time_steps() -> tuple[Step, ...]:
    """The steps of this module."""
    needs = Text(
        "日期：2026/3/5、20260305、2026年3月5日、二〇二六年三月五日、表格序号、Unix 秒或毫秒",
        "a date: 2026/3/5, 20260305, 2026年3月5日, 二〇二六年三月五日, a spreadsheet's number, Unix seconds or milliseconds",
    )
    orders = tuple(order.value for order in DayOrder)
    return (
        Step(
            name="date",
            words=Text(
                "日期，写成 2026-03-05；日月先后由整列判断",
                "days as 2026-03-05; day or month first is told by the whole column",
            ),
            needs=needs,
            read=day,
            shortcut=_plain_day,
            arguments=orders,
        ),
        Step(
            name="timestamp",
            words=Text(
                "时间，写成公司时区的 2026-03-05 14:30:00", "moments as 2026-03-05 14:30:00 of the company's time zone"
            ),
            needs=needs,
            read=moment,
            shortcut=_plain_moment,
            arguments=orders,
        ),
        Step(
            name="past",
            words=Text("1900 年以后、数据截止日以前的日子", "days from 1900 up to the last day of the data"),
            needs=Text("date 或 timestamp 之后", "after date or timestamp"),
            read=past,
            shortcut=lambda v, _: f"CASE WHEN substr({v}, 1, 10) BETWEEN '{_EARLIEST}' AND $as_of THEN {v} END",
        ),
    )
