"""Times of day, days of the week and company periods in words, as groupings and as conditions. They read back as the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, assert_never

from semantic_layer.errors import Language, Text
from semantic_layer.model.grain import GRAIN_NAMES, DatePart, Grain
from semantic_layer.model.types import SemanticModel
from semantic_layer.query.predicate import Moment, Op
from semantic_layer.query.types import ByField, ByTime, Grouping
from semantic_layer.restate.amounts import SIGNS

GRAINS: Final = {
    Grain.MILLISECOND: Text("逐毫秒", "millisecond by millisecond"),
    Grain.SECOND: Text("逐秒", "second by second"),
    Grain.MINUTE: Text("逐分钟", "minute by minute"),
    Grain.HOUR: Text("逐小时", "hour by hour"),
    Grain.DAY: Text("按天", "by day"),
    Grain.WEEK: Text("按周", "by week"),
    Grain.MONTH: Text("按月", "by month"),
    Grain.QUARTER: Text("按季度", "by quarter"),
    Grain.YEAR: Text("按年", "by year"),
}
"""Hours in a row are said otherwise than the hour of the day, which "by hour" means."""

PARTS: Final = {
    DatePart.YEAR: Text("年份", "year"),
    DatePart.QUARTER: Text("一年中的季度", "quarter of the year"),
    DatePart.MONTH: Text("一年中的月份", "month of the year"),
    DatePart.WEEK: Text("一年中的第几周", "week of the year"),
    DatePart.DAY: Text("一个月中的第几天", "day of the month"),
    DatePart.DAY_OF_WEEK: Text("一周中的星期几", "day of the week"),
    DatePart.DAY_OF_YEAR: Text("一年中的第几天", "day of the year"),
    DatePart.HOUR: Text("一天中的小时", "hour of the day"),
}
_WEEKDAYS_ZH: Final = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_WEEKDAYS_EN: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LAST_HOUR = 23

Named = Callable[[str], str]


class MomentWords:
    """Words in one language. `field` gives the name of a time dimension."""

    def __init__(self, model: SemanticModel, language: Language, field: Named) -> None:
        self._periods = {period.name: period for spine in model.time_spines for period in spine.periods}
        self._language: Language = language
        self._field = field

    # ---- groupings

    def grouping(self, group: Grouping) -> str:
        """按天, 按一周中的星期几, 按下单时间的月份; a plain field is 按城市."""
        unit = self._unit(group)
        match group:
            case ByTime(part=None, own=None, grain=grain):
                return GRAINS[grain].in_(self._language)
            case ByTime():
                return self._text(f"按{unit}", f"by {unit}")
            case ByField(field=field) if unit:
                return self._text(f"按{self._field(field)}的{unit}", f"by {unit} of {self._field(field)}")
            case ByField(field=field):
                return self._text(f"按{self._field(field)}", f"by {self._field(field)}")
            case _:
                assert_never(group)

    def _unit(self, group: Grouping) -> str:
        if group.own is not None:
            return self._own(group.own)
        if group.part is not None:
            return PARTS[group.part].in_(self._language)
        return GRAIN_NAMES[group.grain].in_(self._language) if group.grain is not None else ""

    def _own(self, name: str) -> str:
        known = self._periods.get(name)
        return (known.label.in_(self._language) if known else "") or name

    # ---- conditions

    def condition(self, moment: Moment) -> str:
        """下单时间在周末, order time on weekends; without a field just 时间在周末, on weekends."""
        bounds = _bounds(moment)
        if bounds is not None and moment.part is DatePart.DAY_OF_WEEK:
            return self._about(moment, self._weekdays(*bounds))
        if bounds is not None and moment.part is DatePart.HOUR:
            return self._about(moment, self._hours(*bounds))
        unit = self._own(moment.own) if moment.own else ""
        if moment.part is not None:
            unit = PARTS[moment.part].in_(self._language)
        elif moment.grain is not None:
            unit = GRAIN_NAMES[moment.grain].in_(self._language)
        what = unit
        if moment.field is not None:
            name = self._field(moment.field)
            what = self._text(f"{name}的{unit}", f"{unit} of {name}") if unit else name
        return f"{what or self._text('时间', 'time')} {SIGNS[moment.op]} {moment.value}"

    def together(self, moments: tuple[Moment, ...]) -> str | None:
        """Two bounds on the hour or the weekday as one range: "时间在 9 点到 18 点"; `None` for anything else."""
        first = moments[0]
        if len(moments) < 2 or first.part not in (DatePart.DAY_OF_WEEK, DatePart.HOUR):
            return None
        low, high = _limits(first)
        for moment in moments:
            bounds = _bounds(moment)
            if bounds is None or (moment.part, moment.field) != (first.part, first.field):
                return None
            low, high = max(low, bounds[0]), min(high, bounds[1])
        if low > high:
            return None
        said = self._weekdays(low, high) if first.part is DatePart.DAY_OF_WEEK else self._hours(low, high)
        return self._about(first, said)

    def _about(self, moment: Moment, said: str) -> str:
        if moment.field is None:
            return self._text(f"时间在{said}", said)
        return self._text(f"{self._field(moment.field)}在{said}", f"{self._field(moment.field)} {said}")

    def _weekdays(self, low: int, high: int) -> str:
        if (low, high) == (6, 7):
            return self._text("周末", "on weekends")
        if low == high:
            return self._text(f"每{_WEEKDAYS_ZH[low - 1]}", f"on {_WEEKDAYS_EN[low - 1]}s")
        zh = f"每{_WEEKDAYS_ZH[low - 1]}到{_WEEKDAYS_ZH[high - 1]}"
        return self._text(zh, f"on {_WEEKDAYS_EN[low - 1]}s to {_WEEKDAYS_EN[high - 1]}s")

    def _hours(self, low: int, high: int) -> str:
        if high == _LAST_HOUR:
            return self._text(f"{low} 点以后", f"after {low}:00")
        if low == 0:
            return self._text(f"{high + 1} 点以前", f"before {high + 1}:00")
        return self._text(f"{low} 点到 {high + 1} 点", f"between {low}:00 and {high + 1}:00")

    def _text(self, zh: str, en: str) -> str:
        return zh if self._language == "zh" else en


_ENDS: Final[dict[Op, tuple[int | None, int | None]]] = {
    "=": (0, 0),
    ">=": (0, None),
    ">": (1, None),
    "<=": (None, 0),
    "<": (None, -1),
}


def _bounds(moment: Moment) -> tuple[int, int] | None:
    """The hours or weekdays that a condition lets through, both inside; `None` when they are not one run of them."""
    ends, value = _ENDS.get(moment.op), moment.value
    if ends is None or isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        return None
    least, most = _limits(moment)
    low = least if ends[0] is None else int(value) + ends[0]
    high = most if ends[1] is None else int(value) + ends[1]
    return (low, high) if least <= low <= high <= most else None


def _limits(moment: Moment) -> tuple[int, int]:
    return (1, 7) if moment.part is DatePart.DAY_OF_WEEK else (0, _LAST_HOUR)
