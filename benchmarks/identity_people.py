"""Invented people and their records in three systems, as arrays, with the person behind every record. For benchmarks only.

The rates of dirt stand here and nowhere in the product: no phone 22 %, a phone that is none 3 %, one wrong digit 2 %, a name
written with another character of the same sound 3 %, a phone shared in the family 1 %.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

NO_PHONE, FAKE_PHONE, WRONG_DIGIT, HOMOPHONE, SHARED_PHONE, SWAPPED_DAY = 0.22, 0.03, 0.02, 0.03, 0.01, 0.01
SYSTEMS = {"crm": 0.72, "mall": 0.5, "desk": 0.38}  # share of people that each knows
EMAIL, KNOWS_EMAIL, KNOWS_DAY, KNOWS_CITY, KNOWS_ADDRESS = 0.55, 0.5, 0.6, 0.7, 0.4

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂文辉玲鹏华红斌波兵梅云建国志海燕玉兰英莉萍飞春雪琴晨宇浩轩博子涵雨欣怡佳思琪梦瑶俊豪凯健峰昊睿远家栋新天泽一鸣嘉雅美彤诗若可萱月悦璐倩洁颖琳慧婷丹"
_SOUNDS = (
    "伟炜芳方静敬丽莉强蔷杰洁涛韬明鸣平萍辉晖鹏朋华桦玲铃建健志智燕艳宇雨婷亭飞菲云芸文雯军君"  # pairs of one sound
)
_CITIES = "上海 北京 广州 深圳 成都 杭州 武汉 重庆 西安 苏州 南京 天津 郑州 长沙 东莞 宁波 佛山 合肥 青岛 沈阳 昆明 济南 厦门 福州 无锡 哈尔滨 温州 石家庄 南宁 长春 泉州 贵阳 常州 南昌 金华 嘉兴 太原 徐州 南通 惠州"
_ROADS = (
    "人民路 中山路 解放路 建设路 和平路 新华路 文化路 长江路 滨河路 学府路 科技路 青年路 朝阳街 胜利街 光明街 南京路"
)
_MAILS = "qq.com 163.com 126.com sina.com outlook.com gmail.com"
_PREFIXES = "134 135 136 137 138 139 150 151 152 157 158 159 176 177 180 182 186 187 188 189 191 199"
_FAKES = "1234567890 13800138000 13888888888 00000000000"


@dataclass(frozen=True, slots=True)
class Records:
    """Rows for `identity.records`, and the person behind each."""

    table: pa.Table
    person: np.ndarray


def make_records(people: int, seed: int = 7) -> Records:
    """About 1.6 records a person."""
    rng = np.random.default_rng(seed)
    known = np.stack([rng.random(people) < share for share in SYSTEMS.values()])
    known[0, ~known.any(axis=0)] = True
    system, person = np.nonzero(known)
    size = len(person)
    surname, first, second = _names(rng, people)
    first, second = _misheard(rng, first[person]), second[person]
    address = np.where(rng.random(size) < KNOWS_ADDRESS, _addresses(rng, people)[person], None)
    city = _words(_CITIES)[_skewed(rng, len(_CITIES.split()), people)]
    columns = {
        "source": np.array(list(SYSTEMS), dtype=object)[system],
        "record": person_ids(rng, size),
        "name": surname[person] + first + second,
        "phone": _phones(rng, people, person),
        "email": _emails(rng, people, person),
        "address": address,
        "city": np.where(rng.random(size) < KNOWS_CITY, city[person], None),
    }
    arrays = {name: pa.array(values, pa.string(), from_pandas=True) for name, values in columns.items()}
    return Records(pa.table({**arrays, "birthday": _birthdays(rng, people, person)}), person)


def person_ids(rng: np.random.Generator, size: int) -> np.ndarray:
    """Record ids that say nothing about the person: a shuffle of numbers."""
    return np.char.mod("%08d", rng.permutation(size)).astype(object)


def _words(text: str) -> np.ndarray:
    return np.array(text.split(), dtype=object)


def _skewed(rng: np.random.Generator, size: int, count: int) -> np.ndarray:
    weights = 1 / np.arange(1, size + 1) ** 0.7
    return rng.choice(size, count, p=weights / weights.sum())


def _names(rng: np.random.Generator, people: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    given = np.array(list(_GIVEN), dtype=object)
    second = np.where(rng.random(people) < 0.6, given[_skewed(rng, len(given), people)], "")
    return (
        np.array(list(_SURNAMES), dtype=object)[_skewed(rng, len(_SURNAMES), people)],
        given[_skewed(rng, len(given), people)],
        second,
    )


def _misheard(rng: np.random.Generator, first: np.ndarray) -> np.ndarray:
    pairs = np.array(list(_SOUNDS), dtype=object).reshape(-1, 2)
    other = dict([*pairs.tolist(), *pairs[:, ::-1].tolist()])
    heard = np.flatnonzero(rng.random(len(first)) < HOMOPHONE)
    result = first.copy()
    result[heard] = [other.get(each, each) for each in first[heard]]
    return result


def _phones(rng: np.random.Generator, people: int, person: np.ndarray) -> np.ndarray:
    size = len(person)
    tail = (np.arange(people) * 48_271_393 + 11_400_714) % 100_000_000
    shares = np.flatnonzero(rng.random(people) < SHARED_PHONE)
    owner = np.arange(people)
    owner[shares] = np.maximum(shares - 1, 0)
    digits = tail[owner][person]
    wrong = rng.random(size) < WRONG_DIGIT
    place = 10 ** rng.integers(0, 8, size)
    moved = digits + np.where(digits // place % 10 == 9, -9, 1) * place
    prefix = _words(_PREFIXES)[(owner * 7) % len(_PREFIXES.split())][person]
    phone = prefix + np.char.mod("%08d", np.where(wrong, moved, digits)).astype(object)
    kind = rng.random(size)
    fakes = _words(_FAKES)[rng.integers(0, len(_FAKES.split()), size)]
    phone = np.where(kind < FAKE_PHONE, fakes, phone)
    return np.where(kind > 1 - NO_PHONE, None, phone)


def _emails(rng: np.random.Generator, people: int, person: np.ndarray) -> np.ndarray:
    words = np.array(["sunny", "river", "happy", "blue", "leaf", "run", "sky", "stone", "cloud", "moon"], dtype=object)
    email = words[rng.integers(0, len(words), people)] + np.arange(people).astype(str).astype(object)
    email = email + "@" + _words(_MAILS)[rng.integers(0, len(_MAILS.split()), people)]
    email[rng.random(people) >= EMAIL] = None
    return np.where(rng.random(len(person)) < KNOWS_EMAIL, email[person], None)


def _addresses(rng: np.random.Generator, people: int) -> np.ndarray:
    road = _words(_ROADS)[rng.integers(0, len(_ROADS.split()), people)]
    number = rng.integers(1, 999, people).astype(str).astype(object)
    room = rng.integers(101, 3000, people).astype(str).astype(object)
    return road + number + "号" + room + "室"


def _birthdays(rng: np.random.Generator, people: int, person: np.ndarray) -> pa.Array:
    days = np.datetime64("1950-01-01") + rng.integers(0, 21_900, people)
    day = days[person]
    month = day.astype("datetime64[M]")
    ordinal = (day - month.astype("datetime64[D]")).astype(int) + 1
    swaps = (ordinal <= 12) & (rng.random(len(person)) < SWAPPED_DAY)
    year = day.astype("datetime64[Y]")
    number = month.astype(int) % 12 + 1
    swapped = (year.astype("datetime64[M]") + (ordinal - 1)).astype("datetime64[D]") + (number - 1)
    return pa.array(np.where(swaps, swapped, day), pa.date32(), mask=rng.random(len(person)) >= KNOWS_DAY)
