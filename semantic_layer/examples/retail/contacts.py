"""Names, phones, e-mails and addresses. Everything is invented; phone numbers are unique but for families that share one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from semantic_layer.examples.retail.company import Bools, Company, Floats, Ints, Stream, Texts, pick
from semantic_layer.examples.retail.people import People
from semantic_layer.examples.retail.places import CITIES

_SURNAMES = tuple(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_WOMEN = (
    "芳", "娜", "敏", "静", "丽", "艳", "娟", "霞", "秀英", "婷", "雪", "慧", "佳怡", "欣怡", "梓涵", "雨桐", "诗涵", "思琪", "晓燕", "丹",
    "玉兰", "红梅", "莉", "倩", "琳", "颖", "洁", "梦瑶", "可欣", "子萱", "若曦", "嘉怡", "雅琴", "美玲", "海燕", "玲", "萍", "月", "悦", "璐",
)  # fmt: skip
_MEN = (
    "伟", "炜", "强", "磊", "军", "洋", "勇", "杰", "涛", "超", "明", "刚", "平", "辉", "鹏", "浩", "宇轩", "浩然", "子轩", "博文",
    "俊杰", "建国", "志强", "文博", "天宇", "一鸣", "泽宇", "峰", "斌", "波", "凯", "健", "晨", "昊", "睿", "志远", "家豪", "国栋", "海涛", "新华",
)  # fmt: skip
HOMOPHONES = str.maketrans("伟炜杰洁婷亭芳方静敬丽莉", "炜伟洁杰亭婷方芳敬静莉丽")
_PREFIXES = ("134", "135", "136", "137", "138", "139", "150", "151", "152", "157", "158", "159", "176", "177", "180", "182", "186", "187", "188", "189", "191", "199")  # fmt: skip
_MAILS = ("qq.com", "163.com", "126.com", "sina.com", "outlook.com", "foxmail.com", "gmail.com")
_ROADS = (
    "人民路",
    "中山路",
    "解放路",
    "建设路",
    "和平路",
    "新华路",
    "文化路",
    "长江路",
    "滨河路",
    "学府路",
    "科技路",
    "青年路",
)
_DISTRICTS = ("城东区", "城西区", "城南区", "城北区", "高新区", "新城区", "老城区", "滨江区")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """How each person of the block can be reached. `None` where the company does not know."""

    name: Texts
    phone: Texts
    email: Texts
    address: Texts
    fake_phone: Bools  # the person gave a number that is none: the clean phone is None
    fake_email: Bools


def make_contacts(company: Company, block: int, people: People) -> Contacts:
    """Contacts of one block."""
    rng = company.rng(Stream.CONTACTS, block)
    size = len(people)
    surname = np.array(_SURNAMES, dtype=object)[pick(rng, _common(len(_SURNAMES)), size)]
    woman = np.where(people.gender == -1, rng.random(size) < 0.5, people.gender == 0)
    given = np.where(
        woman,
        np.array(_WOMEN, dtype=object)[rng.integers(0, len(_WOMEN), size)],
        np.array(_MEN, dtype=object)[rng.integers(0, len(_MEN), size)],
    )
    fake_phone = rng.random(size) < 0.03
    no_phone = rng.random(size) < 0.02
    phone = _phones(rng, people.key)
    phone[fake_phone | no_phone] = None
    with_mail = rng.random(size) < 0.58
    fake_email = ~with_mail & (rng.random(size) < 0.25)
    return Contacts(
        name=surname + given,
        phone=phone,
        email=_emails(rng, people.key, with_mail),
        address=_addresses(rng, people.home),
        fake_phone=fake_phone,
        fake_email=fake_email,
    )


def _common(size: int) -> Floats:
    """Weights of surnames, the first the most common."""
    return np.asarray(1.0 / np.arange(1, size + 1) ** 0.7, dtype=np.float64)


def _phones(rng: np.random.Generator, key: Ints) -> Texts:
    """Different keys give different numbers: multiplication by a number prime to 10^8 is a permutation."""
    tail = (key * 48_271_393 + 11_400_714) % 100_000_000
    prefix = np.array(_PREFIXES, dtype=object)[(key * 7) % len(_PREFIXES)]
    phone: Texts = prefix + np.char.zfill(tail.astype(str), 8).astype(object)
    follows = np.flatnonzero(rng.random(len(key)) < 0.012)
    follows = follows[follows > 0]
    phone[follows] = phone[follows - 1]
    return phone


def _emails(rng: np.random.Generator, key: Ints, known: Bools) -> Texts:
    words = np.array(["sunny", "river", "happy", "blue", "leaf", "run", "sky", "stone", "cloud", "moon"], dtype=object)
    size = len(key)
    domain = np.array(_MAILS, dtype=object)[pick(rng, np.array([40.0, 22, 9, 5, 6, 8, 10]), size)]
    email: Texts = words[rng.integers(0, len(words), size)] + key.astype(str).astype(object) + "@" + domain
    email[~known] = None
    return email


def _addresses(rng: np.random.Generator, home: Ints) -> Texts:
    size = len(home)
    place = np.array(
        [f"{c.province}{c.name}市" if c.province != c.name else f"{c.name}市" for c in CITIES], dtype=object
    )
    number = rng.integers(1, 999, size).astype(str).astype(object)
    room = rng.integers(101, 3000, size).astype(str).astype(object)
    district = np.array(_DISTRICTS, dtype=object)[rng.integers(0, len(_DISTRICTS), size)]
    road = np.array(_ROADS, dtype=object)[rng.integers(0, len(_ROADS), size)]
    address: Texts = place[home] + district + road + number + "号" + room + "室"
    return address
