"""Who the customers are: place, age, tastes, rhythm, and when they come and go. One block at a time, no orders yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from semantic_layer.examples.retail.catalogue import AGE_TASTE, CHANNELS, GENDER_TASTE, STORE
from semantic_layer.examples.retail.company import (
    DAY,
    EPOCH,
    Bools,
    Company,
    Floats,
    Ints,
    Stream,
    edges_of,
    pick,
    pick_rows,
)
from semantic_layer.examples.retail.places import CITIES, stores_by_city

PLAIN_MEMBER = 12_345
"""This member orders now and then, and is never among the best spenders: the "why not" example."""

UNKNOWN = -1
LEGACY_DAYS = 730
_FLEETING_BY_TIER = {"一线": 0.47, "新一线": 0.55, "二线": 0.65, "三线及以下": 0.78}
_PRICE_BY_TIER = {"一线": 1.14, "新一线": 1.02, "二线": 0.92, "三线及以下": 0.8}


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """One block of customers, one entry a person. Days count from the company's start, seconds from 1970."""

    key: Ints
    gender: Ints  # 0 女, 1 男, UNKNOWN
    birth: Ints  # days since 1970
    birth_known: Bools
    age: Ints  # whole years at the end
    city: Ints  # index of CITIES or UNKNOWN
    home: Ints  # index of CITIES, always known
    registered: Ints  # seconds
    first_day: Ints  # first day in the data on which an order can be
    last_day: Ints  # last such day
    registration_channel: Ints
    rate: Floats  # orders per unit of season weight
    coupon_love: Floats  # 0 … 1
    price_level: Floats
    taste: Floats  # (n, 8) cumulative
    channel: Floats  # (n, 6) cumulative
    hour: Floats  # the hour of the day that this person prefers
    app_user: Bools
    burnt_out: Bools  # very active until 双11 2025, silent soon after

    def __len__(self) -> int:
        return len(self.key)


def _age(rng: np.random.Generator, size: int) -> Ints:
    young = rng.normal(27, 5.0, size)
    older = rng.gamma(9.0, 4.6, size)
    age = np.where(rng.random(size) < 0.56, young, older)
    return np.clip(np.rint(age), 15, 74).astype(np.int64)


def _tastes(rng: np.random.Generator, gender: Ints, age: Ints) -> Floats:
    band = np.digitize(age, (25, 35, 45))
    base = GENDER_TASTE[np.maximum(gender, 0)] * AGE_TASTE[band]
    return edges_of(base * rng.gamma(0.75, 1.0, base.shape) + 0.35)


def _channels(rng: np.random.Generator, age: Ints, home: Ints) -> Floats:
    base = np.tile(np.array([30.0, 17.0, 19.0, 15.0, 5.0, 14.0]), (len(age), 1))
    base[:, CHANNELS.index("小程序")] *= np.where(age < 35, 1.3, 0.8)
    base[:, STORE] *= np.where(age < 35, 0.8, 1.5)
    with_store = np.zeros(len(CITIES))
    with_store[list(stores_by_city())] = 1.0
    base[:, STORE] *= with_store[home]
    weights: Floats = base * rng.gamma(0.6, 1.0, base.shape) + 0.02
    weights[:, STORE] *= with_store[home]
    return edges_of(weights)


def _comings(company: Company, rng: np.random.Generator, weights: Floats, size: int) -> tuple[Ints, Ints, Ints]:
    """Registration second, first and last day on which the person may order."""
    legacy = rng.random(size) < 0.27
    reg_day = np.where(legacy, -rng.integers(1, LEGACY_DAYS, size), pick(rng, weights**0.8, size))
    second = np.clip(rng.normal(15.5, 4.0, size), 7.0, 23.9) * 3600
    registered = company.seconds(reg_day) + second.astype(np.int64)
    first = np.maximum(reg_day, 0)
    stays = rng.random(size) < 0.38
    life = rng.exponential(330.0, size).astype(np.int64) + 1
    last = np.where(stays, company.days - 1, np.minimum(first + life, company.days - 1))
    return registered, first, last


def make_people(company: Company, block: int, weights: Floats) -> People:
    """The people of one block; `weights` are the season's daily weights."""
    rng = company.rng(Stream.PEOPLE, block)
    key = company.keys(block)
    size = len(key)
    gender = pick(rng, np.array([62.0, 34.0, 4.0]), size)
    gender[gender == 2] = UNKNOWN
    age = _age(rng, size)
    birth = (company.end - EPOCH).days - age * 365 - age // 4 - rng.integers(0, 365, size)
    home = pick(rng, np.array([city.weight for city in CITIES]), size)
    city = np.where(rng.random(size) < 0.035, UNKNOWN, home)
    registered, first, last = _comings(company, rng, weights, size)
    channel = _channels(rng, age, home)
    fleeting = rng.random(size) < _fleeting(company)[home]
    rate = np.exp(rng.normal(0.0, 1.0, size)) * np.where(fleeting, 0.07, 1.0)
    coupon_love = rng.beta(0.7, 1.5, size)
    price_level = np.exp(rng.normal(0.0, 0.42, size)) * (1.12 - 0.3 * coupon_love)
    price_level *= np.array([_PRICE_BY_TIER[place.tier] for place in CITIES])[home]
    hour = np.array([8.5, 12.5, 16.0, 20.5, 22.6])[pick(rng, np.array([12.0, 20.0, 14.0, 38.0, 16.0]), size)]
    burnt = _burnt_out(company, rng, rate, first, last)
    last = np.where(burnt, company.day(date(2025, 11, 11)) + rng.integers(0, 4, size), last)
    plain = key == PLAIN_MEMBER
    home[plain], city[plain], gender[plain], age[plain] = 0, 0, 0, 34
    birth[plain] = (date(1992, 4, 18) - EPOCH).days
    registered[plain] = company.seconds(np.array([40]))[0] + 20 * 3600
    first[plain], last[plain], burnt[plain] = 40, company.days - 1, False
    rate[plain], price_level[plain], coupon_love[plain] = 0.0, 0.5, 0.4
    return People(
        key=key,
        gender=gender,
        birth=birth,
        birth_known=(rng.random(size) >= 0.18) | plain,
        age=age,
        city=city,
        home=home,
        registered=registered,
        first_day=first,
        last_day=last,
        registration_channel=pick_rows(rng, channel, np.arange(size)),
        rate=rate,
        coupon_love=coupon_love,
        price_level=price_level,
        taste=_tastes(rng, gender, age),
        channel=channel,
        hour=hour,
        app_user=rng.random(size) < np.where(age < 45, 0.72, 0.48),
        burnt_out=burnt,
    )


def _fleeting(company: Company) -> Floats:
    """For each city, the share of people who buy once and hardly ever again: more in small cities, and every city its own."""
    rng = company.rng(Stream.CITIES)
    tier = np.array([_FLEETING_BY_TIER[city.tier] for city in CITIES])
    return np.clip(tier + rng.normal(0.0, 0.1, len(CITIES)), 0.3, 0.93)


def _burnt_out(company: Company, rng: np.random.Generator, rate: Floats, first: Ints, last: Ints) -> Bools:
    eve, after = company.day(date(2025, 8, 1)), company.day(date(2025, 12, 31))
    if after >= company.days:
        return np.zeros(len(rate), dtype=np.bool_)
    return (first < eve) & (last > after) & (rate > 0.9) & (rng.random(len(rate)) < 0.16)


def registration_day(company: Company, people: People) -> Ints:
    """The day of registration, counted from the company's start; negative before it."""
    return people.registered // DAY - (company.start - EPOCH).days
