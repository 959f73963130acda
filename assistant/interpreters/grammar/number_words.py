"""The words of numbers, as data: digits, places, units and the traps around them. No logic."""

from __future__ import annotations

ZH_DIGITS = {
    "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
ZH_PLACES = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
ZH_SCALES = {"万": 10_000, "亿": 100_000_000}
ZH_FORMAL = frozenset("壹贰叁肆伍陆柒捌玖拾佰仟")
"""Numerals of cheques: alone they are parts of words (大陆, 队伍), so that one by itself is no number."""
ZH_NUMERALS = frozenset(ZH_DIGITS) | frozenset(ZH_PLACES) | frozenset(ZH_SCALES)

MULTIPLIERS = {
    "十": 10, "百": 100, "千": 1000, "万": 10_000, "十万": 100_000, "百万": 1_000_000, "千万": 10_000_000, "亿": 100_000_000,
    "百亿": 10_000_000_000, "千亿": 100_000_000_000, "万亿": 1_000_000_000_000,
    "k": 1000, "w": 10_000, "m": 1_000_000, "mm": 1_000_000, "mn": 1_000_000, "mio": 1_000_000, "b": 1_000_000_000,
    "bn": 1_000_000_000, "hundred": 100, "thousand": 1000, "million": 1_000_000, "millions": 1_000_000,
    "billion": 1_000_000_000, "trillion": 1_000_000_000_000, "dozen": 12, "dozens": 12, "mil": 1_000_000, "lakh": 100_000, "crore": 10_000_000,
}  # fmt: skip

EN_SMALL = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
EN_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
EN_SCALES = {
    "hundred": 100, "dozen": 12, "dozens": 12, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000,
    "trillion": 1_000_000_000_000,
}  # fmt: skip
EN_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30, "fortieth": 40,
    "fiftieth": 50, "sixtieth": 60, "seventieth": 70, "eightieth": 80, "ninetieth": 90,
}  # fmt: skip
EN_ORDINAL_SCALES = {"hundredth": 100, "thousandth": 1000, "millionth": 1_000_000, "billionth": 1_000_000_000}
EN_FRACTIONS = {"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5, "fifths": 5,
                "tenth": 10, "tenths": 10, "sixth": 6, "sixths": 6, "seventh": 7, "sevenths": 7,
                "eighth": 8, "eighths": 8, "ninth": 9, "ninths": 9}  # fmt: skip

PERCENT_WORDS = (
    "%",
    "percentage points",
    "percentage point",
    "percents",
    "percent",
    "per cent",
    "个百分点",
    "百分点",
    "pct",
    "pp",
)
HALF_WORDS = ("一半", "半数", "half of", "half")
NOT_TENTHS = "都功长为员交本立品人分份年语就绩像套果效"
"""Characters after 成 that make another word of it: 成都, 成功, 成长, 成员, 成交."""

CURRENCIES = {
    "元": "CNY", "块钱": "CNY", "块": "CNY", "人民币": "CNY", "元人民币": "CNY", "圆": "CNY", "yuan": "CNY", "rmb": "CNY",
    "cny": "CNY", "kuai": "CNY", "¥": "CNY", "美元": "USD", "美金": "USD", "usd": "USD", "us$": "USD", "dollars": "USD",
    "dollar": "USD", "bucks": "USD", "$": "USD", "欧元": "EUR", "eur": "EUR", "euros": "EUR", "euro": "EUR", "€": "EUR",
    "英镑": "GBP", "gbp": "GBP", "pounds": "GBP", "£": "GBP", "港币": "HKD", "港元": "HKD", "hkd": "HKD", "日元": "JPY",
}  # fmt: skip
CURRENCY_BEFORE = ("us$", "¥", "$", "€", "£", "rmb", "cny", "usd", "eur", "gbp", "hkd")

UNITS = {
    "天": "day", "日": "day", "days": "day", "day": "day", "周岁": "age", "周": "week", "个星期": "week", "星期": "week",
    "个礼拜": "week", "礼拜": "week", "weeks": "week", "week": "week", "个月": "month", "months": "month", "month": "month",
    "个季度": "quarter", "quarters": "quarter", "quarter": "quarter", "年": "year", "years old": "age", "year old": "age",
    "years of age": "age", "years": "year", "year": "year", "个小时": "hour", "小时": "hour", "hours": "hour", "hour": "hour",
    "分钟": "minute", "minutes": "minute", "minute": "minute", "次": "times", "回": "times", "趟": "times", "times": "times",
    "time": "times", "倍": "multiple", "x": "multiple", "单": "orders", "笔": "orders", "件": "items", "双": "items", "瓶": "items",
    "条": "items", "pieces": "items", "piece": "items", "岁": "age", "人": "people", "名": "people", "位": "people",
    "个人": "people", "个": "count", "家": "count", "种": "count", "类": "count", "款": "count", "分": "points", "积分": "points",
    "points": "points", "折": "discount",
}  # fmt: skip
"""Words that attach to a number and tell what is counted. Names of defined things (orders, customers) are not here."""

NOT_AFTER_UNIT = {
    "年": "龄轻级", "分": "之类布析别组成群层", "单": "价位个", "次": "日月年数", "日": "用化", "家": "居庭电", "类": "目型别",
    "双": "十1", "条": "件", "名": "字称", "位": "置", "周": "期", "天": "猫气", "件": "单", "人": "群均口数民", "折": "扣",
    "个": "性体人",
}  # fmt: skip
"""Characters after a unit that make another word of it: 年龄, 分布, 单价, 次日."""

NUMERAL_TRAPS = (
    "一共", "一下", "一些", "一样", "一直", "一起", "一定", "一般", "一切", "一致", "一律", "一旦", "一方面", "一线", "二线", "三线",
    "四线", "五线", "统一", "唯一", "万一", "之一", "同一", "一带", "一路", "一并", "百货", "百度", "万达", "万科", "千万别", "三亚",
    "四川", "七夕", "五粮液", "九江", "六安", "千家", "百事", "一口气", "一键", "一一", "一会", "一点", "进一步", "一系列", "一年四季", "十足", "第一时间",
    "百分比", "百分点", "十分", "万分", "两者", "一旁", "一边", "一面", "一则", "一时", "一向", "三方", "一体", "单一", "逐一", "其一",
    "二手", "二维码", "二次元", "三围", "四季", "五金", "六神", "八卦", "九宫", "百合", "百万别", "一手",
)  # fmt: skip
"""Words that are written with numerals and mean no number."""

LETTERS_BEFORE = (
    "top",
    "bottom",
    "last",
    "past",
    "first",
    "over",
    "under",
    "rmb",
    "cny",
    "usd",
    "us$",
    "next",
    "nearly",
)
"""Words that people type without a space before a number: top10."""

BARE_SCALE_LEADS = ("过", "上", "破", "满", "超")
"""A scale word without a digit is a number only after one of these or before money: 过万, 百元."""

VAGUE_BEFORE = frozenset("几数")
VAGUE = frozenset("多余来几")
"""After a number these make it a range without ends (30多天): such numbers are not read at all."""
