"""Builders of sequences: what followed, or did not follow, something that people did; and the first or last time they did it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from assistant.interpreters.grammar import kinds
from assistant.interpreters.grammar.build_behaviour import did, did_object
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Amount, Condition, Number, Values
from semantic_layer.query.predicate import And, Did, Not, Then
from semantic_layer.query.time import Against, Calendar, CompareTo, Grain, Rolling, TimeRange

_UNITS = {grain.value: grain for grain in Grain}
_LONG_AGO = {
    True: -3,
    False: -2,
}  # days and other units: what lies further back has no name, and means "then or before"


@dataclass(frozen=True, slots=True)
class Length:
    """How long after: so many of a unit, or any time when `count` is `None`."""

    count: int | None = None
    unit: Grain = Grain.DAY


# ---- how long


def length(_: Meanings, number: Number) -> Length | None:
    """So many whole days, weeks, months; half a year is six months."""
    if number.unit == "year" and number.value != int(number.value):
        number = replace(number, value=number.value * 12, unit="month")
    if number.unit not in _UNITS or number.value != int(number.value) or number.value < 1:
        return None
    return Length(int(number.value), _UNITS[number.unit])


def named_length(m: Meanings, said: str) -> Length | None:
    """A length written as one word of the lexicon: "1 week"."""
    count, _, unit = said.partition(" ")
    return length(m, Number(value=float(count), unit=unit))


def later(_: Meanings, __: str) -> Length:
    return Length()


def later_within(_: Meanings, __: str, found: Length) -> Length:
    return found


# ---- what is done first


def act(m: Meanings, found: Condition) -> Condition | None:
    """Something done, at times of its own: not so and so often, not a mark that a row got later."""
    done = found.predicate
    if not isinstance(done, Did) or (done.op, done.count) != (">=", 1) or done.then is not None:
        return None
    return replace(found, implied=False) if kinds.is_act(m, done.entity, done.where) else None


def registered(m: Meanings, field: str) -> Condition | None:
    """Registering is what every person did once."""
    return Condition(Did(entity=m.person), behaviour=True) if kinds.is_registration(m, field) else None


def edge(m: Meanings, which: str, found: Condition) -> Condition | None:
    """The first order, the last purchase of running shoes."""
    first = act(m, found)
    if first is None or not isinstance(first.predicate, Did) or first.predicate.which != "any":
        return None
    made = Condition(replace(first.predicate, which=_side(which), time=None), behaviour=True)
    return made if first.predicate.time is None else edge_in(m, made, first.predicate.time)


def edge_rows(m: Meanings, which: str, entity: str) -> Condition | None:
    made = did(m, entity) if entity in m.behaviours else None
    return None if made is None else edge(m, which, made)


def edge_main(m: Meanings, which: str) -> Condition | None:
    """The first order, in a word of its own."""
    entity = kinds.main_behaviour(m)
    return None if entity is None else edge_rows(m, which, entity)


def edge_date(m: Meanings, metric: str) -> Condition | None:
    """A metric that is the date of the first or last row."""
    found = kinds.dated_by(m, metric)
    return None if found is None else edge_rows(m, found[1], found[0])


def _side(which: str) -> Literal["first", "last"]:
    return "first" if which == "first" else "last"


def edge_in(_: Meanings, found: Condition, time: TimeRange) -> Condition | None:
    done = found.predicate
    if not isinstance(done, Did) or done.time is not None:
        return None
    if isinstance(time, Calendar) and time.part == "whole" and time.offset < _LONG_AGO[time.unit is Grain.DAY]:
        return _not_since(done, Rolling(-time.offset, time.unit))
    return Condition(replace(done, time=time), behaviour=True)


def long_ago(m: Meanings, found: Condition, amount: Amount) -> Condition | None:
    """The last order was more than 90 days ago, or less."""
    done, unit = found.predicate, _UNITS.get(amount.unit or "")
    days = length(m, Number(value=amount.value, unit=amount.unit))
    if not isinstance(done, Did) or unit is None or days is None or days.count is None or amount.high is not None:
        return None
    if amount.op in (">", ">="):
        return _not_since(done, Rolling(days.count + (amount.op == ">"), days.unit))
    plain = done.which == "last" and done.time is None and amount.op in ("<", "<=")
    within = Rolling(days.count + (amount.op == "<="), days.unit)
    return Condition(replace(done, which="any", time=within), behaviour=True) if plain else None


def older(_: Meanings, found: Condition, op: str, time: TimeRange) -> Condition | None:
    """The last order was at least 90 days ago."""
    done, sign = found.predicate, op.split(" ", maxsplit=1)[0]
    if not isinstance(done, Did) or sign not in (">", ">=") or not isinstance(time, Calendar) or time.offset >= 0:
        return None
    return _not_since(done, Rolling(-time.offset + (sign == ">"), time.unit))


def older_than(m: Meanings, found: Condition, word: str, compared: CompareTo) -> Condition | None:
    """More than 90 days ago, whose "than 90 days ago" looks like a comparison."""
    return older(m, found, word, compared.time) if isinstance(compared, Against) else None


def _not_since(done: Did, window: Rolling) -> Condition | None:
    """For the last time: it was done, and not in the window."""
    if done.which != "last" or done.time is not None or done.then is not None:
        return None
    plain = replace(done, which="any")
    return Condition(And((plain, Not(replace(plain, time=window)))), behaviour=True)


def edge_in_before(m: Meanings, time: TimeRange, found: Condition) -> Condition | None:
    return edge_in(m, found, time)


def registered_in(m: Meanings, field: str, time: TimeRange) -> Condition | None:
    """Registered in March, as what comes first."""
    found = registered(m, field)
    done = None if found is None else found.predicate
    return Condition(replace(done, time=time), behaviour=True) if isinstance(done, Did) else None


def edge_timed(_: Meanings, found: Condition) -> Condition | None:
    """First ordered in September: a first time says nothing without when it was."""
    return found if isinstance(found.predicate, Did) and found.predicate.time is not None else None


# ---- what follows


def followed(m: Meanings, first: Condition, after: Length, second: Condition) -> Condition | None:
    return _sequence(m, first, second, after, happened=True)


def not_followed(m: Meanings, first: Condition, after: Length, second: Condition) -> Condition | None:
    return _sequence(m, first, second, after, happened=False)


def followed_by_same(m: Meanings, first: Condition, after: Length, values: Values) -> Condition | None:
    """Bought running shoes and then sportswear: the verb is said once."""
    done = first.predicate
    second = did_object(m, done.entity, values) if isinstance(done, Did) and done.entity != m.person else None
    return None if second is None or values.joined == "and" else followed(m, first, after, second)


def _sequence(m: Meanings, first: Condition, second: Condition, after: Length, *, happened: bool) -> Condition | None:
    done, next_ = first.predicate, second.predicate
    if not isinstance(done, Did) or not isinstance(next_, Did) or done.then is not None:
        return None
    if next_.entity == m.person or next_ != Did(entity=next_.entity, where=next_.where):
        return None  # a number or a time of its own cannot be told of what follows
    if not kinds.is_act(m, next_.entity, next_.where):
        return None
    then = Then(entity=next_.entity, where=next_.where, count=after.count, unit=after.unit, happened=happened)
    return Condition(replace(done, then=then), behaviour=True)


def chain_not(m: Meanings, found: Condition, after: Length, third: Condition) -> Condition | None:
    """First viewed, then added to cart, but did not buy after that.

    As two conditions: viewed before a cart; and a cart without an order after it. Together they say the same, for if the
    second cart is the earlier one, no order follows the first either. With lengths of time they would not.
    """
    done = found.predicate
    if not isinstance(done, Did) or done.then is None or done.then.count is not None or after.count is not None:
        return None
    if not done.then.happened:
        return None
    middle = Condition(Did(entity=done.then.entity, where=done.then.where), behaviour=True)
    last = not_followed(m, middle, after, third)
    return None if last is None else Condition(And((done, last.predicate)), behaviour=True)


def firstly(_: Meanings, word: str, found: Condition) -> Condition | None:
    """First viewed, then ordered. With a length of time, "first ordered" is the first order instead."""
    done = found.predicate
    timed = isinstance(done, Did) and done.then is not None and done.then.count is not None
    return None if word == "ordinal" and timed else found


def flipped(_: Meanings, __: str, found: Condition) -> Condition | None:
    """Did not order within a week of adding to cart: they did add to cart."""
    done = found.predicate
    if not isinstance(done, Did) or done.then is None or not done.then.happened:
        return None
    return Condition(replace(done, then=replace(done.then, happened=False)), behaviour=True)


# ---- the part of people whom it happens to


def rate(m: Meanings, found: Condition) -> str | None:
    """The share of those who added to cart that order within 7 days: a metric, if one is defined so."""
    done = found.predicate
    if not isinstance(done, Did) or done.then is None or not done.then.happened:
        return None
    start, target = kinds.occurrence_of(replace(done, then=None)), kinds.occurrence_of(_second(done.then))
    window = None if done.then.count is None else (done.then.count, done.then.unit)
    if start is None or target is None:
        return None
    return kinds.conversion_from(m, start, target, window)


def _second(then: Then) -> Did:
    return Did(entity=then.entity, where=then.where)
