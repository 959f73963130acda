"""The words of time in Chinese and English, as data: each word with the kind of piece it makes. No logic but joining.

A kind is a category of the time grammar (`rules`). Both languages share the categories, so that mixed phrases
("last month的") need no rules of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from semantic_layer.query.time import Calendar, Comparison, Grain


@dataclass(frozen=True, slots=True)
class YearRef:
    """A year by its number, or counted from the as-of year."""

    year: int | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Contrast:
    """A comparison as said, with the unit its words name (环比 names none, MoM names the month)."""

    kind: Comparison
    unit: Grain | None = None


WordValue = str | int | Grain | Calendar | YearRef | Contrast
Entry = tuple[str, WordValue]

D, W, M, Q, Y = Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR
H, MINUTE = Grain.HOUR, Grain.MINUTE

_ZH_LEADS = {
    "本": 0, "这": 0, "这个": 0, "这一": 0, "这一个": 0, "上": -1, "上个": -1, "上一": -1, "上一个": -1, "上上": -2, "上上个": -2,
    "下": 1, "下个": 1, "下一": 1, "下一个": 1,
}  # fmt: skip
_ZH_UNITS = {"周": W, "星期": W, "礼拜": W, "月": M, "月份": M, "季度": Q, "季": Q}
_EN_LEADS = {
    "this": 0, "current": 0, "the current": 0, "last": -1, "previous": -1, "the previous": -1, "prior": -1,
    "the prior": -1, "next": 1, "the next": 1, "the coming": 1, "the following": 1,
}  # fmt: skip
_EN_UNITS = {"week": W, "month": M, "quarter": Q}

_RELATIVE: dict[str, Calendar] = {
    **{lead + unit: Calendar(grain, offset) for (lead, offset), (unit, grain) in product(_ZH_LEADS.items(), _ZH_UNITS.items())},
    **{f"{lead} {unit}": Calendar(grain, off) for (lead, off), (unit, grain) in product(_EN_LEADS.items(), _EN_UNITS.items())},
    "今天": Calendar(D, 0), "今日": Calendar(D, 0), "本日": Calendar(D, 0), "today": Calendar(D, 0),
    "昨天": Calendar(D, -1), "昨日": Calendar(D, -1), "yesterday": Calendar(D, -1),
    "前天": Calendar(D, -2), "前日": Calendar(D, -2), "the day before yesterday": Calendar(D, -2),
    "day before yesterday": Calendar(D, -2), "大前天": Calendar(D, -3),
    "明天": Calendar(D, 1), "明日": Calendar(D, 1), "tomorrow": Calendar(D, 1), "后天": Calendar(D, 2),
    "the day after tomorrow": Calendar(D, 2), "the week before last": Calendar(W, -2), "the month before last": Calendar(M, -2),
    "the quarter before last": Calendar(Q, -2), "当前月": Calendar(M, 0), "前一天": Calendar(D, -1),
    "本月至今": Calendar(M, 0), "月初至今": Calendar(M, 0), "月初以来": Calendar(M, 0), "month to date": Calendar(M, 0),
    "month-to-date": Calendar(M, 0), "mtd": Calendar(M, 0), "so far this month": Calendar(M, 0), "this month so far": Calendar(M, 0),
    "本周至今": Calendar(W, 0), "week to date": Calendar(W, 0), "week-to-date": Calendar(W, 0), "wtd": Calendar(W, 0),
    "so far this week": Calendar(W, 0), "this week so far": Calendar(W, 0),
    "本季度至今": Calendar(Q, 0), "本季至今": Calendar(Q, 0), "季初至今": Calendar(Q, 0), "quarter to date": Calendar(Q, 0),
    "quarter-to-date": Calendar(Q, 0), "qtd": Calendar(Q, 0), "so far this quarter": Calendar(Q, 0),
    "this quarter so far": Calendar(Q, 0), "年初至今": Calendar(Y, 0), "年初以来": Calendar(Y, 0), "年初到现在": Calendar(Y, 0),
    "年初到今天": Calendar(Y, 0), "年初到目前": Calendar(Y, 0), "今年年初至今": Calendar(Y, 0), "今年年初以来": Calendar(Y, 0),
    "今年以来": Calendar(Y, 0), "今年至今": Calendar(Y, 0), "今年到现在": Calendar(Y, 0), "今年到目前": Calendar(Y, 0),
    "从年初到现在": Calendar(Y, 0), "从年初到今天": Calendar(Y, 0), "year to date": Calendar(Y, 0), "year-to-date": Calendar(Y, 0),
    "ytd": Calendar(Y, 0), "so far this year": Calendar(Y, 0), "this year so far": Calendar(Y, 0), "this year to date": Calendar(Y, 0),
    "since the beginning of the year": Calendar(Y, 0), "since the start of the year": Calendar(Y, 0),
    "since the beginning of this year": Calendar(Y, 0), "since the start of this year": Calendar(Y, 0),
    "本财年": Calendar(Y, 0, fiscal=True), "这个财年": Calendar(Y, 0, fiscal=True), "今年财年": Calendar(Y, 0, fiscal=True),
    "上财年": Calendar(Y, -1, fiscal=True), "上个财年": Calendar(Y, -1, fiscal=True), "上一财年": Calendar(Y, -1, fiscal=True),
    "本财季": Calendar(Q, 0, fiscal=True), "上财季": Calendar(Q, -1, fiscal=True), "上个财季": Calendar(Q, -1, fiscal=True),
    "本财月": Calendar(M, 0, fiscal=True), "上财月": Calendar(M, -1, fiscal=True), "上个财月": Calendar(M, -1, fiscal=True),
    "这个财月": Calendar(M, 0, fiscal=True), "这个财季": Calendar(Q, 0, fiscal=True), "上一财季": Calendar(Q, -1, fiscal=True),
    "this fiscal month": Calendar(M, 0, fiscal=True), "last fiscal month": Calendar(M, -1, fiscal=True),
    "this fiscal year": Calendar(Y, 0, fiscal=True), "last fiscal year": Calendar(Y, -1, fiscal=True),
    "this fiscal quarter": Calendar(Q, 0, fiscal=True), "last fiscal quarter": Calendar(Q, -1, fiscal=True),
}  # fmt: skip

_YEARS = {
    "今年": 0, "本年": 0, "本年度": 0, "今年度": 0, "这一年": 0, "this year": 0, "the current year": 0, "current year": 0,
    "去年": -1, "上年": -1, "上年度": -1, "去年度": -1, "上一年": -1, "上一年度": -1, "last year": -1,
    "previous year": -1, "the previous year": -1, "prior year": -1, "the prior year": -1, "前年": -2, "the year before last": -2,
    "大前年": -3, "明年": 1, "下一年": 1, "next year": 1, "后年": 2,
}  # fmt: skip

_MONTHS = {
    "january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4, "may": 5, "june": 6, "jun": 6,
    "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9, "sept": 9, "sep": 9, "october": 10, "oct": 10, "november": 11,
    "nov": 11, "december": 12, "dec": 12,
}  # fmt: skip
MONTH_NAMES = tuple(_MONTHS)
VERB_MONTHS = frozenset({"may", "march", "mar"})
"""Month names that are other words too: taken for a month only next to a number, a year or a preposition."""

_QUARTERS = {
    **{f"q{n}": n for n in range(1, 10)}, **{f"{n}q": n for n in range(1, 5)}, **{f"quarter {n}": n for n in range(1, 5)},
    **{f"{word} quarter": n for n, word in enumerate(("first", "second", "third", "fourth"), 1)},
    **{f"{n}{end} quarter": n for n, end in ((1, "st"), (2, "nd"), (3, "rd"), (4, "th"))}, "首季度": 1, "首季": 1,
    "fifth quarter": 5,
}  # fmt: skip

_PARTS: dict[str, Entry] = {
    "上半年": ("half", "early"), "下半年": ("half", "late"), "前半年": ("half", "early"), "后半年": ("half", "late"),
    "first half": ("half", "early"), "1st half": ("half", "early"), "second half": ("half", "late"), "2nd half": ("half", "late"),
    "h1": ("half", "early"), "h2": ("half", "late"), "1h": ("shorthalf", "early"), "2h": ("shorthalf", "late"),
    "上旬": ("third", "early"), "中旬": ("third", "middle"), "下旬": ("third", "late"),
    "first ten days": ("third", "early"), "middle ten days": ("third", "middle"), "last ten days": ("third", "late"),
    "first 10 days": ("third", "early"), "middle 10 days": ("third", "middle"),
}  # fmt: skip

_UNITS: dict[str, Grain] = {
    "天": D, "日": D, "day": D, "days": D, "周": W, "星期": W, "个星期": W, "礼拜": W, "个礼拜": W, "个周": W, "week": W, "weeks": W,
    "个月": M, "month": M, "months": M, "个季度": Q, "quarter": Q, "quarters": Q, "年": Y, "个年度": Y,
    "year": Y, "years": Y,
}  # fmt: skip

_HOUR_UNITS: dict[str, Grain] = {
    "小时": H, "个小时": H, "钟头": H, "个钟头": H, "hour": H, "hours": H, "分钟": MINUTE, "minute": MINUTE, "minutes": MINUTE,
}  # fmt: skip
"""No time range is that short; the words are known so that the answer can say so."""

_WAVES = {
    **{f"第{n}{unit}": n for n in range(1, 5) for unit in ("波", "轮")},
    **{f"第{word}{unit}": n for n, word in enumerate("一二三四", 1) for unit in ("波", "轮")},
    **{f"wave {n}": n for n in range(1, 5)},
    **{
        f"{lead}{word} wave": n
        for n, word in enumerate(("first", "second", "third", "fourth"), 1)
        for lead in ("", "the ")
    },
}

_BARE_UNITS: dict[str, Grain] = {"月": M, "季度": Q, "季": Q}
"""After a number these name a month or a quarter; only 最近 and 前 make a length of them."""

_KINDS: dict[str, tuple[str, ...]] = {
    "lately": (
        "最近", "近", "过去", "最近的", "过去的", "过去这", "最近这", "近这", "这", "in the last", "in the past", "last", "past", "the last",
        "the past", "the latest", "latest", "previous", "the previous", "prior", "the prior", "trailing", "the trailing", "recent",
        "the most recent", "most recent", "preceding", "the preceding", "rolling",
    ),
    "lead": ("前", "首"),
    "firstn": ("first", "the first"),
    "halfyear": ("半年", "half a year", "half year", "half-year"),
    "halfmonth": ("半个月", "half a month", "half month"),
    "pastone": ("the last", "past", "the past", "this past", "in the last", "in the past", "trailing"),
    "lastword": ("last", "上个", "上次", "上一个", "上一次", "previous", "the last", "the previous", "最近一次", "最近一个", "the most recent"),
    "thisword": ("this", "这次", "这个", "本次"),
    "from": ("从", "自", "自从", "由", "from", "starting", "starting from", "beginning"),
    "between": ("between", "介于"),
    "at": ("在",),
    "and": ("and", "和", "与", "到", "至", "-", "&"),
    "to": ("到", "至", "~", "-", "直到", "一直到", "to", "through", "thru", "until", "till", "up to", "to the end of", "until the end of", "till the end of", "through the end of", "--", "—"),
    "since": ("不早于", "since", "ever since", "自从", "starting from", "starting", "starting in", "as from"),
    "sincetail": (
        "以来", "至今", "起", "开始", "到现在", "到目前", "到今天", "迄今", "到目前为止", "到现在为止", "到今天为止", "到今日为止", "到此刻为止", "至现在", "以来到现在", "起至今", "至今为止",
        "或之后", "及之后", "或以后", "及以后", "当天及之后", "当日及之后", "onwards", "onward", "and after", "or after", "or later", "on", "to date", "to now", "until now", "till now", "to today", "up to now", "until today", "and later",
    ),
    "durationtail": ("以来", "来"),
    "before": ("早于", "before", "prior to", "earlier than", "ahead of"),
    "beforetail": ("之前", "以前", "前"),
    "until": ("不晚于", "不迟于", "截至", "截止", "截止到", "截至到", "until", "till", "up to", "as of", "through", "by the end of", "until the end of", "till the end of", "up to the end of", "no later than"),
    "upto": ("up to",),
    "untiltail": ("为止", "及以前", "及之前", "或之前", "或以前", "当天及之前", "and before", "or before", "and earlier", "or earlier"),
    "after": ("晚于", "after", "later than", "following"),
    "aftertail": ("之后", "以后", "过后", "后"),
    "ago": ("前", "之前", "以前", "ago"),
    "within": ("within", "in the", "within the"),
    "withintail": ("内", "以内", "之内", "里"),
    "itself": ("当天", "当日", "那天", "那一天", "这天", "正日", "正日子", "day", "day itself", "itself", "on the day", "on the day itself"),
    "presale": (
        "预售", "预售期", "预售阶段", "预售时段", "presale", "pre-sale", "pre sale", "presales", "presale period", "pre-sale period",
    ),
    "presaleof": (
        "presale of", "pre-sale of", "the presale of", "the pre-sale of", "presale period of", "pre-sale period of", "presale for",
        "pre-sale for",
    ),
    "around": ("前后", "前后各", "before and after", "around"),
    "lp": ("(",),
    "rp": (")",),
    "align": (
        "按星期对齐", "按周对齐", "按星期几对齐", "按周几对齐", "按照星期对齐", "星期对齐", "周对齐", "aligned by weekday", "aligned by weekdays",
        "aligned on weekdays", "aligned by day of the week", "aligned by day of week", "weekday aligned", "weekday-aligned",
        "matched by weekday", "matching weekdays", "same weekdays", "aligned by week",
    ),
    "alignbare": ("按星期", "按周", "按星期几", "按周几", "同星期", "by weekday", "by week", "weekdays"),
    "alignby": ("按", "按照", "以", "用"),
    "alignto": ("aligned by", "aligned on", "aligned to", "aligned with", "aligned at"),
    "aligntail": ("对齐", "来对齐", "对齐后"),
    "dayof": ("the day of", "day of", "on the day of"),
    "duringtail": ("期间", "的时候", "那段时间", "假期", "period", "全年", "整年", "全月", "整月", "整个月"),
    "samebefore": (
        "去年同期", "上年同期", "去年同月", "上年同月", "去年同一时期", "去年同季", "去年同季度", "去年的同期", "上一年同期", "去年这个时候",
        "同期", "the same period last year", "same period last year", "the same time last year", "same time last year",
        "the same month last year", "same month last year", "the same quarter last year", "same quarter last year",
        "the same week last year", "same week last year", "the same period of last year", "same period of last year",
        "the same month of last year", "same month of last year", "the same period a year ago", "same period a year ago",
        "the same month a year ago", "same month a year ago", "the same period of the previous year", "same period in the previous year",
        "same period previous year", "the same period the year before", "same period the year before", "the same period one year ago",
        "the same period a year earlier", "a year earlier", "a year ago", "one year ago", "the year before", "a year before", "last year's",
        "the same month the year before", "same month the year before", "same period in last year", "the same days last year",
    ),
    "periodbefore": (
        "上期", "上一期", "前一期", "上个周期", "上一个周期", "前一周期", "上一周期", "前期", "上一时期", "上一个时期", "the previous period",
        "previous period", "the period before", "period before", "the prior period", "prior period", "the preceding period",
        "the last period", "last period", "the one before",
    ),
    "with": ("跟", "和", "与", "同", "相对于", "相对"),
    "versus": (
        "比", "较", "相比", "对比", "相较", "相较于", "比较", "相比于", "对照", "比起", "与", "vs", "vs.", "versus", "against", "compared with",
        "compared to", "compare with", "compare to", "compare against", "compared against", "in comparison with", "in comparison to",
        "comparing with", "comparing to", "relative to", "than", "than in", "as against",
    ),
    "dash": ("-",),
    "withword": ("with", "to"),
    "betweentail": ("之间", "间"),
    "overword": ("over", "on"),
    "now": ("now", "现在", "目前", "今", "today", "the present", "present"),
    "lunar": (
        "农历", "阴历", "旧历", "正月", "腊月", "冬月", "民国", "康熙", "乾隆", "雍正", "光绪", "道光", "贞观", "lunar calendar",
    ),
    "endword": ("底", "末", "月底", "为止"),
    "compared": ("比", "相比", "对比", "比较", "相比较", "做对比", "作对比", "做比较", "作比较", "比一下", "对比一下", "比一比", "比起来", "相较"),
}  # fmt: skip

_MONTH_BEFORE = {"the week before": W, "the month before": M, "the quarter before": Q, "the day before": D, "前一周": W,
                 "前一个月": M, "前一月": M, "前一季度": Q, "前一个季度": Q, "前一日": D}  # fmt: skip

_SAME_TIME = {
    **{f"{lead}{unit}{same}": grain
       for lead in ("上", "上个", "上一个") for unit, grain in (("月", M), ("周", W), ("星期", W), ("礼拜", W), ("季度", Q))
       for same in ("同期", "的同期", "同一天", "的同一天", "同一时间", "的同一时间")},
    "上月同日": M, "上周同日": W, "昨日同期": D, "昨天同期": D, "昨天同一时间": D,
    **{f"{the}same {what} {of}last {unit}": grain
       for the in ("the ", "") for what in ("day", "weekday", "period", "time", "days") for of in ("", "of ", "in ")
       for unit, grain in (("week", W), ("month", M), ("quarter", Q))},
    **{f"{the}same {what} a {unit} {ago}": grain
       for the in ("the ", "") for what in ("day", "weekday", "period", "time") for ago in ("ago", "earlier", "before")
       for unit, grain in (("week", W), ("month", M), ("quarter", Q))},
    **{f"{the}same {what} the {unit} before": grain
       for the in ("the ", "") for what in ("day", "weekday", "period", "time")
       for unit, grain in (("week", W), ("month", M), ("quarter", Q))},
    "this time last week": W, "this time last month": M, "a week ago": W, "a week earlier": W,
}  # fmt: skip
"""The same days a unit earlier: for yesterday, the same weekday of last week."""

_SAME_WEEKDAYS = (
    "按星期同比", "按周同比", "按星期几同比", "按周几同比", "星期对齐同比", "周对齐同比", "去年同星期", "去年同周几", "去年同一星期几", "去年相同星期",
    "按星期对齐", "按周对齐", "按星期几对齐", "按周几对齐", "按照星期对齐", "星期对齐", "same weekdays last year", "the same weekdays last year",
    "same weekdays of last year", "the same weekdays of last year", "same days of the week last year", "the same days of the week last year",
    "same weekday last year", "the same weekday last year", "aligned by weekday", "aligned by weekdays", "aligned by day of the week",
    "aligned by day of week", "weekday-aligned", "weekday aligned", "matched by weekday", "52 weeks before", "52 weeks earlier",
)  # fmt: skip
_CONTRASTS: dict[str, Contrast] = {
    **dict.fromkeys(("同比", "同比增长", "同比变化", "yoy", "y/y", "y-o-y", "year over year", "year-over-year", "year on year",
                     "year-on-year"), Contrast(Comparison.YEAR_BEFORE, Y)),
    **dict.fromkeys(("环比", "环比增长", "环比变化", "period over period", "period-over-period", "period on period"),
                    Contrast(Comparison.PERIOD_BEFORE)),
    **dict.fromkeys(("月环比", "mom", "m/m", "month over month", "month-over-month", "month on month", "month-on-month"),
                    Contrast(Comparison.PERIOD_BEFORE, M)),
    **dict.fromkeys(("周环比", "wow", "w/w", "week over week", "week-over-week", "week on week", "week-on-week"),
                    Contrast(Comparison.PERIOD_BEFORE, W)),
    **dict.fromkeys(("季环比", "季度环比", "qoq", "q/q", "quarter over quarter", "quarter-over-quarter", "quarter on quarter",
                     "quarter-on-quarter"), Contrast(Comparison.PERIOD_BEFORE, Q)),
    **dict.fromkeys(_SAME_WEEKDAYS, Contrast(Comparison.YEAR_BEFORE_WEEKDAY, Y)),
    **dict.fromkeys(("日环比", "dod", "day over day", "day-over-day", "day on day"), Contrast(Comparison.PERIOD_BEFORE, D)),
}  # fmt: skip

_EACH_ZH = ("每", "每个", "每一", "每一个", "各", "各个", "按", "分", "逐", "按每", "按照", "以")
_EACH_UNITS = {
    D: ("天", "日"),
    W: ("周", "星期", "礼拜"),
    M: ("月", "月份"),
    Q: ("季度", "季"),
    Y: ("年", "年份", "年度"),
}
_EACH_EN = ("each", "every", "per", "by", "by the", "for each", "for every", "in each", "of each", "grouped by")
_GRAIN_WORDS = {
    "daily": D, "weekly": W, "monthly": M, "quarterly": Q, "yearly": Y, "annually": Y, "annual": Y, "day by day": D,
    "week by week": W, "month by month": M, "quarter by quarter": Q, "year by year": Y, "日度": D, "周度": W, "月度": M, "季度": Q,
    "年度": Y, "a day": D, "a week": W, "a month": M, "on a daily basis": D, "on a weekly basis": W, "on a monthly basis": M,
    "逐小时": H, "hour by hour": H, "逐分钟": MINUTE, "每分钟": MINUTE, "minute by minute": MINUTE, "by minute": MINUTE, "per minute": MINUTE,
    "on a quarterly basis": Q, "历年": Y, "日均": D, "月均": M, "per calendar month": M, "历月": M,
}  # fmt: skip
_NOT_GRAINS = frozenset({"a day", "a week", "a month", "日均", "月均", "以天", "以日", "以季", "以年份", "季度"})
"""Averages per day and the like are no grouping; 季度 alone belongs to a number before it."""

NOT_BEFORE = {
    "比": "占同环分性相对", "较": "比相", "近": "附接亲最邻靠", "前": "以之目日提此空", "后": "以之然最落售前今", "自": "来各", "起": "一对",
    "同": "不相共", "来": "近以", "季": "四换", "由": "理自", "从": "服",
    "月环比": "个上本这下", "周环比": "上本这下", "季环比": "上本这下", "季度环比": "个上本这下", "日环比": "每节", "过去": "超",
}  # fmt: skip
"""A one-character word is not read after these: 占比, 附近, 以前."""

NOT_AFTER = {
    "今": "年天日后晚早",
    "年": "龄轻货终", "周": "期转边大杰末刊岁", "日": "用化常志程期历子", "天": "猫气然", "月": "饼亮薪嫂", "季": "节", "前": "端台往提后景十百",
    "后": "台续来面端", "近": "视似", "起": "来", "来": "自源了过", "同": "比样时类城", "和": "平谐", "比": "例率如较重赛", "较": "高低多少大",
    "自": "动营有提己然", "由": "于", "这": "个些样里批类种群", "首": "页单次购",  "内": "容部", "里": "面程",
}  # fmt: skip
"""A word ending in the first character is not read when one of these follows: 年龄, 周期, 天猫."""


def lexicon() -> dict[str, tuple[Entry, ...]]:
    """Every word with all the pieces it can make."""
    table: dict[str, list[Entry]] = {}
    for word, entry in _entries():
        table.setdefault(word, []).append(entry)
    return {word: tuple(entries) for word, entries in table.items()}


def _entries() -> Iterator[tuple[str, Entry]]:
    of_one_kind: tuple[tuple[str, Mapping[str, WordValue]], ...] = (
        ("rel", _RELATIVE),
        ("year", {word: YearRef(offset=offset) for word, offset in _YEARS.items()}),
        ("theyear", {"year": YearRef(offset=0)}),
        ("monthname", _months()),
        ("quarter", _QUARTERS),
        ("unit", _UNITS),
        ("bareunit", _BARE_UNITS),
        ("hourunit", _HOUR_UNITS),
        ("wave", _WAVES),
        ("unitbefore", _MONTH_BEFORE),
        ("sametime", _SAME_TIME),
        ("contrast", _CONTRASTS),
        ("grain", _grains()),
    )
    for kind, meanings in of_one_kind:
        yield from ((word, (kind, value)) for word, value in meanings.items())
    yield from _PARTS.items()
    for kind, members in _KINDS.items():
        yield from ((word, (kind, word)) for word in members)


def _months() -> dict[str, int]:
    """Month names; the short ones also with a full stop."""
    dotted = {f"{word}.": month for word, month in _MONTHS.items() if len(word) <= 4 and word not in VERB_MONTHS}
    return _MONTHS | dotted


def _grains() -> dict[str, Grain]:
    """Every way of saying "per month"."""
    table = dict(_GRAIN_WORDS)
    for grain, units in _EACH_UNITS.items():
        table.update({each + unit: grain for each, unit in product(_EACH_ZH, units)})
        english = grain.value
        table.update({f"{each} {english}": grain for each in _EACH_EN})
        table.update({f"{each} {english}s": grain for each in ("by", "over", "across")})
    return {word: grain for word, grain in table.items() if word not in _NOT_GRAINS}
