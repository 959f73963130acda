"""Conditions in words, Chinese and English: the words of a chip, and ones that read back as the same condition."""

from __future__ import annotations

from collections.abc import Iterator

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, DimensionKind, Scalar, Tag, Unit
from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Contains,
    Did,
    HasMetric,
    InSegment,
    IsNull,
    Moment,
    Not,
    Op,
    Or,
    Predicate,
    Ranked,
)
from semantic_layer.query.time import TimeRange
from semantic_layer.restate.moments import MomentWords
from semantic_layer.restate.spoken_names import Names, length_words

_OPS: dict[Op, Text] = {
    "=": Text("等于", "exactly"),
    "!=": Text("不等于", "not equal to"),
    ">": Text("大于", "over"),
    ">=": Text("不低于", "at least"),
    "<": Text("低于", "under"),
    "<=": Text("不超过", "at most"),
}


class ConditionWords:
    """Words for conditions in one language. `windows` says whether other windows are named beside, so that an open one
    must be called the default.
    """

    def __init__(self, index: ModelIndex, calendar: CompanyCalendar, language: Language) -> None:
        self._index = index
        self._calendar = calendar
        self._language: Language = language
        self._names = Names(index, language)
        self._moments = MomentWords(index.model, language, self._names.field)

    def say(self, predicate: Predicate, *, windows: bool = False) -> str:
        match predicate:
            case Compare() | Among() | Between() | IsNull() | Contains():
                return self._of_a_field(predicate)
            case Moment():
                return self._moments.condition(predicate)
            case Did() | HasMetric() | Ranked():
                return self._behaviour(predicate, windows=windows)
            case InSegment(name=name):
                return self._text(f"“{name}”人群", f'"{name}" segment')
            case And() | Or():
                return self._several(predicate)
            case Not(item=item):
                return self._negated(item, windows=windows)

    def _of_a_field(self, predicate: Compare | Among | Between | IsNull | Contains) -> str:
        name = self._names.field(predicate.field)
        match predicate:
            case Compare():
                return self._compare(predicate)
            case Among():
                return self._is(predicate.field, self._listed(predicate))
            case Between(low=low, high=high):
                return self._join(name, self._between(_number(low), _number(high)))
            case IsNull():
                return self._text(f"{name}为空", f"{name} is empty")
            case Contains(text=text):
                return self._text(f"{name}包含“{text}”", f'{name} contains "{text}"')

    def _several(self, predicate: And | Or) -> str:
        moments = tuple(item for item in predicate.items if isinstance(item, Moment))
        if isinstance(predicate, And) and len(moments) == len(predicate.items):
            together = self._moments.together(moments)
            if together is not None:
                return together
        joiner = self._text("且", " and ") if isinstance(predicate, And) else self._text("或", " or ")
        return f"({joiner.join(self.say(item) for item in predicate.items)})"

    # ---- values

    def _compare(self, predicate: Compare) -> str:
        field = self._index.field(predicate.field)
        if isinstance(field, Tag) and not field.values:
            if predicate.value is True and predicate.op == "=":
                return self._names.tag(field)
            return self._text(f"不是{self._names.tag(field)}", f"not {self._names.tag(field)}")
        if isinstance(field, Dimension) and field.kind is DimensionKind.NUMERIC:
            return self._join(self._names.field(predicate.field), self._bound(predicate.op, _number(predicate.value)))
        if predicate.op == "=":
            return self._is(predicate.field, self._names.value(predicate.field, predicate.value))
        if predicate.op == "!=":
            return self._is_not(predicate.field, self._names.value(predicate.field, predicate.value))
        return self._join(self._names.field(predicate.field), self._bound(predicate.op, str(predicate.value)))

    def _listed(self, predicate: Compare | Among) -> str:
        if isinstance(predicate, Among):
            if predicate.group is not None:
                return self._names.group(predicate.field, predicate.group)
            return self._text("或", " or ").join(self._names.value(predicate.field, v) for v in predicate.values)
        return self._names.value(predicate.field, predicate.value)

    def _is(self, field: str, value: str) -> str:
        return self._text(f"{self._names.field(field)}为{value}", f"{self._names.field(field)} is {value}")

    def _is_not(self, field: str, value: str) -> str:
        return self._text(f"{self._names.field(field)}不是{value}", f"{self._names.field(field)} is not {value}")

    def _negated(self, item: Predicate, *, windows: bool) -> str:
        match item:
            case Did(time=time) if item.then is None and item.which == "any":
                said = self._did(item)
                return self._timed(time, self._text(f"没有{said}", f"not {said}"))
            case Compare(field=field, op="=") | Among(field=field) if not self._is_flag(field):
                return self._is_not(field, self._listed(item))
            case Compare() if self._is_flag(item.field) and item.value is True:
                return self._text(f"不是{self.say(item)}", f"not {self.say(item)}")
            case And() | Or():
                return self._text(f"不是{self.say(item)}", f"not {self.say(item)}")
            case _:
                return self._text(
                    f"不是({self.say(item, windows=windows)})", f"not ({self.say(item, windows=windows)})"
                )

    def _is_flag(self, field: str) -> bool:
        found = self._index.field(field)
        return (isinstance(found, Tag) and not found.values) or (
            isinstance(found, Dimension) and found.kind is DimensionKind.NUMERIC
        )

    # ---- behaviour

    def _behaviour(self, predicate: Did | HasMetric | Ranked, *, windows: bool) -> str:
        match predicate:
            case Did(time=time):
                return self._timed(time, self._did(predicate))
            case HasMetric(time=time):
                said = self._metric_bound(predicate.metric, predicate.op, predicate.value, predicate.high)
                if predicate.where is not None:
                    where = self.say(predicate.where)
                    where = where if isinstance(predicate.where, (And, Or)) else f"({where})"
                    said = self._text(f"{where}{said}", f"{where} {said}")
            case Ranked(time=time):
                said = self._ranked(predicate)
        if time is None and windows:
            return self._text(f"默认时段{said}", f"default period {said}")
        return self._timed(time, said)

    def _did(self, predicate: Did) -> str:
        if predicate.then is None:
            return self._edge(predicate, self._plain_did(predicate))
        then = predicate.then
        first = self._edge(predicate, self._plain_did(predicate))
        after = self._rows_of(then.entity, then.where)
        span = "" if then.count is None else length_words(then.count, then.unit).in_(self._language)
        negated = "" if then.happened else self._text("没有", "not ")
        within = self._text(f"{span}内", f" within {span}") if span else ""
        return self._text(f"{first}后{within}{negated}{after}", f"{first} and then {negated}{after}{within}")

    def _edge(self, predicate: Did, said: str) -> str:
        if predicate.which == "any":
            return said
        first = predicate.which == "first"
        return self._text(f"{'首次' if first else '最后一次'}{said}", f"{'first' if first else 'last'} {said}")

    def _plain_did(self, predicate: Did) -> str:
        said = self._rows_of(predicate.entity, predicate.where)
        if (predicate.op, predicate.count) == (">=", 1):
            return said
        bound = self._bound(predicate.op, str(predicate.count))
        return self._text(f"{said}{bound}次", f"{said} {bound} times")

    def _rows_of(self, entity: str, inner: Predicate | None) -> str:
        if entity == self._index.model.customer_entity and inner is None:
            return self._names.registration()
        verb = self._names.verb(entity, frozenset(_fields_of(inner)))
        if inner is None:
            return verb
        where = self.say(inner)
        where = where if isinstance(inner, (And, Or)) else f"({where})"
        return self._text(f"{verb}{where}", f"{verb} {where}")

    def is_about_people(self, predicate: Predicate) -> bool:
        """Does the condition say what people did, so that it must be said of people?"""
        match predicate:
            case Did() | HasMetric() | Ranked():
                return True
            case And(items=items) | Or(items=items):
                return any(self.is_about_people(item) for item in items)
            case Not(item=item):
                return self.is_about_people(item)
            case _:
                return False

    def metric_bound(self, metric: str, op: Op, value: float, high: float | None) -> str:
        return self._metric_bound(metric, op, value, high)

    def _metric_bound(self, metric: str, op: Op, value: float, high: float | None) -> str:
        name, unit = self._names.metric(metric), self._index.metric(metric).unit
        if high is not None:
            return self._join(name, self._between(_amount(value, unit), _amount(high, unit)))
        return self._join(name, self._bound(op, _amount(value, unit)))

    def _ranked(self, predicate: Ranked) -> str:
        name, top = self._names.metric(predicate.metric), predicate.direction == "top"
        if predicate.share is not None:
            size = _percent(predicate.share)
            return self._text(f"{name}{'前' if top else '后'}{size}", f"{name} {'top' if top else 'bottom'} {size}")
        size = str(predicate.count)
        return self._text(
            f"{name}{'前' if top else '后'}{size}名客户", f"{'top' if top else 'bottom'} {size} customers by {name}"
        )

    # ---- small words

    def _timed(self, time: TimeRange | None, said: str) -> str:
        if time is None:
            return said
        named = self._calendar.describe(time, self._language)
        named = spoken(named)
        return self._text(f"{named}{said}", f"{said} in {named}")

    def _between(self, low: str, high: str) -> str:
        return self._text(f"在{low}到{high}之间", f"between {low} and {high}")

    def _bound(self, op: Op, number: str) -> str:
        return self._join(_OPS[op].in_(self._language), number)

    def _join(self, left: str, right: str) -> str:
        return self._text(f"{left}{right}", f"{left} {right}")

    def _text(self, zh: str, en: str) -> str:
        return zh if self._language == "zh" else en


def _fields_of(predicate: Predicate | None) -> Iterator[str]:
    match predicate:
        case And(items=items) | Or(items=items):
            for item in items:
                yield from _fields_of(item)
        case Not(item=item):
            yield from _fields_of(item)
        case Moment(field=field):
            if field is not None:
                yield field
        case None | Did() | HasMetric() | Ranked() | InSegment():
            return
        case _:
            yield predicate.field


def spoken(described: str) -> str:
    """A time without the days that are added in brackets."""
    return described.split("（", maxsplit=1)[0].split(" (", maxsplit=1)[0].strip()


def _number(value: Scalar) -> str:
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


def _amount(value: float, unit: Unit) -> str:
    return _percent(value) if unit is Unit.PERCENT else _number(value)


def _percent(value: float) -> str:
    return f"{_number(round(value * 100, 8))}%"
