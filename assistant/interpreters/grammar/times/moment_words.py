"""The words for parts of a week and of a day in Chinese and English, as data and as the patterns made of them."""

from __future__ import annotations

import re

from semantic_layer.model.grain import DatePart

DAYS_ZH = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7, "天": 7}
DAYS_EN = {"mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7}

DAYPARTS: dict[str, tuple[int, int]] = {
    "凌晨": (0, 5), "上午": (6, 11), "中午": (11, 12), "下午": (12, 17), "晚上": (18, 23), "晚间": (18, 23), "深夜": (22, 23),
    "in the morning": (6, 11), "in the mornings": (6, 11), "mornings": (6, 11), "in the afternoon": (12, 17),
    "in the afternoons": (12, 17), "afternoons": (12, 17), "in the evening": (18, 23), "in the evenings": (18, 23),
    "evenings": (18, 23), "at noon": (12, 12), "at midnight": (0, 0), "after midnight": (0, 5),
}  # fmt: skip
"""First and last hour, both inside. A company whose definitions have one of these words means its own by it."""

WEEKENDS = (
    "周末", "每周末", "每个周末", "各周末", "双休日", "周六日", "周六周日", "周六和周日", "周六、周日", "周六及周日", "周六到周日", "星期六和星期日",
    "星期六和星期天", "周六至周日", "礼拜六和礼拜天", "weekends", "weekend", "saturdays and sundays", "saturday and sunday",
    "saturday or sunday", "saturdays or sundays", "every weekend", "each weekend",
)  # fmt: skip
WORKDAYS = (
    "工作日", "平日", "非周末", "weekdays", "workdays", "working days", "work days", "business days", "weekdays only",
)  # fmt: skip
"""Monday to Friday; public holidays and the days worked in exchange for them are not looked at."""

GROUPINGS: dict[str, DatePart] = {
    **dict.fromkeys(
        (
            "按小时", "分小时", "各小时", "每小时", "每个小时", "按每小时", "按时段", "分时段", "各时段", "每个时段", "按钟点", "按一天中的小时",
            "按小时段", "by hour", "per hour", "by the hour", "each hour", "every hour", "hourly", "by hour of day", "by hour of the day",
            "by time of day", "per hour of day", "for each hour", "across hours", "by hours",
        ),
        DatePart.HOUR,
    ),
    **dict.fromkeys(
        (
            "按星期几", "按周几", "按礼拜几", "分星期几", "每个星期几", "各星期几", "分周几", "各周几", "每个周几", "按一周中的星期几",
            "by weekday", "by day of week", "by day of the week", "per weekday", "each weekday", "for each weekday",
            "per day of the week", "by weekdays", "each day of the week", "every day of the week",
        ),
        DatePart.DAY_OF_WEEK,
    ),
    **dict.fromkeys(
        ("按一年中的月份", "按月份不分年", "不分年份按月", "by month of the year", "by month of year", "by calendar month of the year"),
        DatePart.MONTH,
    ),
    **dict.fromkeys(("按一年中的季度", "by quarter of the year", "by quarter of year"), DatePart.QUARTER),
    **dict.fromkeys(("按一个月中的第几天", "按几号", "by day of the month", "by day of month"), DatePart.DAY),
    **dict.fromkeys(
        ("按一年中的第几周", "按周数", "by week of the year", "by week number", "by iso week"), DatePart.WEEK
    ),
    **dict.fromkeys(("按一年中的第几天", "by day of the year", "by day of year"), DatePart.DAY_OF_YEAR),
}  # fmt: skip

ASKED: dict[str, DatePart] = {
    **dict.fromkeys(("小时", "时段", "钟头", "钟点", "hour", "hours", "hour of the day", "time of day"), DatePart.HOUR),
    **dict.fromkeys(("星期几", "周几", "礼拜几", "day of the week", "weekday"), DatePart.DAY_OF_WEEK),
}
"""Behind "which": which hour has most orders."""
ASKED_ALONE: dict[str, DatePart] = {
    **dict.fromkeys(
        ("几点", "几点钟", "什么时段", "什么时间段", "what time of day", "what time of the day"), DatePart.HOUR
    )
}
"""With the asking in them."""
OWN_ZH = ("按", "每", "每个", "各", "各个", "分", "按照", "逐")
OWN_EN = ("by", "per", "each", "every", "for each", "grouped by")

_DAY = "(?:周|星期|礼拜)"
_TO = "(?:到|至|-|~|—)"
WEEKDAY_RANGE = re.compile(
    f"(?<![上下本这个])(?:从|每)?{_DAY}([一二三四五六日天]) ?{_TO} ?{_DAY}?([一二三四五六日天])(?![共些样月年个天])"
)
EVERY_WEEKDAY = re.compile(f"(?:每逢|逢|每个|每|各个|各){_DAY}([一二三四五六日天])(?![共些样])")
BARE_WEEKDAY = re.compile(
    f"(?<![上下本这个每逢各到至~-]){_DAY}([一二三四五六日天])(?![共些样直起定般切致律旦百千万十个次年月到至~-])"
)

_EN_DAY = "(mon|tues|wednes|thurs|fri|satur|sun)day"
WEEKDAY_RANGE_EN = re.compile(
    f"(?<![a-z])(?:on |from |between )?{_EN_DAY}s? ?(?:to|through|thru|-|until|and)(?: | ?){_EN_DAY}s?(?![a-z])"
)
EVERY_WEEKDAY_EN = re.compile(f"(?<![a-z])(?:(?:every|each|on a|any) {_EN_DAY}|(?:on )?{_EN_DAY}s)(?![a-z])")

_HOUR_ZH = "(?:\\d{1,2}|十[一二]?|二十[一二三四]?|[零一二三四五六七八九两])"
_PART_ZH = "(凌晨|清晨|早上|早晨|早|上午|中午|下午|傍晚|晚上|晚间|晚|夜里|深夜|夜间)?"
_ALONE = "(?<![\\d.:零一二三四五六七八九十百千万两])"
_CLOCK_ZH = f"{_PART_ZH}({_HOUR_ZH})(?::(\\d\\d)| ?(?:点钟|点整|点|时(?!间|候|段|尚|刻))(半|一刻|三刻|\\d{{1,2}}分)?)"
AFTER_ZH = re.compile(f"{_ALONE}{_CLOCK_ZH}(?:及|或)?(?:以后|之后|过后|后(?!天|续)|起|开始)")
BEFORE_ZH = re.compile(f"{_ALONE}{_CLOCK_ZH}(?:以前|之前|前(?![\\d十]))")
BETWEEN_ZH = re.compile(f"{_ALONE}(?:从|在)?{_CLOCK_ZH} ?{_TO} ?{_CLOCK_ZH}(?:之间|间)?")
BETWEEN_SHORT_ZH = re.compile(f"{_ALONE}{_PART_ZH}({_HOUR_ZH}) ?{_TO} ?{_CLOCK_ZH}(?:之间|间)?")
AT_ZH = re.compile(f"{_ALONE}{_CLOCK_ZH}(?!以|之|后|前|到|至|起|开始|[-~])")
LATE_PARTS = frozenset({"下午", "傍晚", "晚上", "晚间", "晚", "夜里", "深夜", "夜间", "中午"})

_CLOCK_EN = r"(\d{1,2})(?::(\d\d))? ?(a\.?m\.?|p\.?m\.?|o'?clock)?"
_END_EN = r"(?![\d%.,:]*\d|[a-z])"
AFTER_EN = re.compile(
    rf"(?<![a-z])(?:after|from|since|past|starting at) {_CLOCK_EN}(?: onwards?| on| or later)?{_END_EN}"
)
BEFORE_EN = re.compile(rf"(?<![a-z])(?:before|until|till|by|up to) {_CLOCK_EN}{_END_EN}")
BETWEEN_EN = re.compile(rf"(?<![a-z])(?:between |from )?{_CLOCK_EN} ?(?:and|to|until|till|-) ?{_CLOCK_EN}{_END_EN}")
AT_EN = re.compile(rf"(?<![a-z])at {_CLOCK_EN}{_END_EN}")
