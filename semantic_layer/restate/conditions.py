"""A condition as a chip shows it: "上海", "流失风险：高、中", "average order value > ¥500 (last 3 months)". For people, not to be read back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from semantic_layer.compiler.timed import is_timed
from semantic_layer.errors import Language
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, Festival, Scalar
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
    Or,
    Predicate,
    Ranked,
)
from semantic_layer.query.time import TimeRange
from semantic_layer.restate.amounts import SIGNS, amount, percent
from semantic_layer.restate.behaviour import BehaviourWords
from semantic_layer.restate.labels import Labels
from semantic_layer.restate.moments import MomentWords
from semantic_layer.restate.periods import PeriodNames, default_window
from semantic_layer.restate.windows import active_word


class ConditionLabels:
    """Words for conditions of one model in one language."""

    def __init__(
        self, index: ModelIndex, festivals: Sequence[Festival], language: Language, currency: str = ""
    ) -> None:
        self.labels = Labels(index, language)
        self.periods = PeriodNames(festivals, language)
        self.moments = MomentWords(index.model, language, self.labels.field)
        self._behaviour = BehaviourWords(self.labels, self.periods)
        self._currency = currency or index.model.conventions.currency

    def say(self, predicate: Predicate) -> str:
        match predicate:
            case Compare() | Among() | Between() | IsNull() | Contains():
                return self._of_a_field(predicate)
            case Moment():
                return self.moments.condition(predicate)
            case Did():
                return self._behaviour.did(predicate, self.say, negated=False)
            case HasMetric():
                return self._metric(predicate)
            case Ranked():
                window = self._window(predicate.metric, predicate.time)
                return self._windowed(self._ranked(predicate), window, None)
            case InSegment(name=name):
                return self._text(f"人群「{name}」", f"segment “{name}”")
            case And() | Or():
                return self._several(predicate)
            case Not(item=item):
                return self._negated(item)
            case _:
                assert_never(predicate)

    def _of_a_field(self, predicate: Compare | Among | Between | IsNull | Contains) -> str:
        name = self.labels.field(predicate.field)
        match predicate:
            case Compare():
                return self._compare(predicate)
            case Among():
                return self._of_field(predicate.field, self.values(predicate), bare=self.is_place(predicate))
            case Between(field=field, low=low, high=high):
                return f"{name} {self._number(field, low)}–{self._number(field, high)}"
            case IsNull():
                return self._text(f"{name}未知", f"{name} unknown")
            case Contains(text=text):
                return self._text(f"{name}包含「{text}」", f"{name} contains “{text}”")
            case _:
                assert_never(predicate)

    def clause(self, predicate: Among | Compare) -> str:
        """The field and its values inside a sentence: "流失风险为高或中", "churn risk high or medium"."""
        name, values = self.labels.field(predicate.field), self.values(predicate, "或")
        return self._text(f"{name}为{values}", f"{name} {values}")

    def values(self, predicate: Among | Compare, joiner: str = "、") -> str:
        """Only the values: "高、中", "金卡及以上", "Shanghai or Beijing"."""
        if isinstance(predicate, Compare):
            return self.labels.value(predicate.field, predicate.value)
        if predicate.group is not None:
            return self.labels.group(predicate.field, predicate.group)
        level = self._from_level(predicate)
        words = tuple(self.labels.value(predicate.field, value) for value in predicate.values)
        return level or self.labels.listed(words, joiner)

    def occurrence(self, entity: str, where: Predicate | None) -> str:
        """Something that happens, in a word or two: 加购, order."""
        return self._behaviour.occurrence(entity, where, self.say)

    # ---- values

    def _compare(self, predicate: Compare) -> str:
        field, op, value = predicate.field, predicate.op, predicate.value
        name = self.labels.field(field)
        if self.labels.is_flag(field) and op in ("=", "!="):
            return self._flag(field, holds=(op == "=") == (value is True))
        if self.labels.is_number(field):
            return f"{name} {SIGNS[op]} {self._number(field, value)}"
        if op == "=":
            return self._of_field(field, self.values(predicate), bare=self.is_place(predicate))
        if op == "!=":
            return self._not_values(Compare(field, "=", value))
        if op in (">=", "<=") and self._ordered(field):
            return self._of_field(field, self._edge(self.values(predicate), upwards=op == ">="), bare=False)
        return f"{name} {SIGNS[op]} {self.labels.value(field, value)}"

    def _flag(self, field: str, *, holds: bool) -> str:
        name = self.labels.flag(field)
        return name if holds else self._text(f"非{name}", f"not {name}")

    def _of_field(self, field: str, values: str, *, bare: bool) -> str:
        return (
            values
            if bare
            else self._text(f"{self.labels.field(field)}：{values}", f"{self.labels.field(field)}: {values}")
        )

    def is_place(self, predicate: Compare | Among) -> bool:
        """Values that need no name of their field before them."""
        values = (predicate.value,) if isinstance(predicate, Compare) else predicate.values
        if isinstance(predicate, Among) and predicate.group is not None:
            found = self.labels.index.field(predicate.field)
            return isinstance(found, Dimension) and found.kind == "geographic"
        return all(self.labels.speaks_for_itself(predicate.field, value) for value in values)

    def _ordered(self, field: str) -> bool:
        return self.labels.index.field(field).ordered

    def _from_level(self, predicate: Among) -> str:
        """The values as one end of an ordered scale, when they are one."""
        scale = tuple(v.value for v in self.labels.index.field(predicate.field).values)
        count = len(predicate.values)
        if not self._ordered(predicate.field) or not 1 < count < len(scale):
            return ""
        chosen = frozenset(predicate.values)
        if chosen == frozenset(scale[-count:]):
            return self._edge(self.labels.value(predicate.field, scale[-count]), upwards=True)
        if chosen == frozenset(scale[:count]):
            return self._edge(self.labels.value(predicate.field, scale[count - 1]), upwards=False)
        return ""

    def _edge(self, level: str, *, upwards: bool) -> str:
        zh, en = ("及以上", "and above") if upwards else ("及以下", "and below")
        return self._text(f"{level}{zh}", f"{level} {en}")

    def _number(self, field: str, value: Scalar) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self.labels.value(field, value)
        found = self.labels.index.field(field)
        unit = found.unit if isinstance(found, Dimension) else None
        return amount(value, unit, self.labels.language, self._currency)

    # ---- metrics

    def is_activity(self, predicate: HasMetric) -> bool:
        """Said with a word for it ("active") and not as a number."""
        return predicate.time is not None and bool(active_word(self.labels.index, predicate, self.labels.language))

    def _metric(self, predicate: HasMetric) -> str:
        active = active_word(self.labels.index, predicate, self.labels.language)
        if active and predicate.time is not None:
            period = self.periods.phrase(predicate.time)
            return self._text(f"{period}{active}", f"{active} {period}")
        said = self.bound(predicate.metric, predicate.op, predicate.value, predicate.high)
        return self._windowed(said, self._window(predicate.metric, predicate.time), predicate.where)

    def _window(self, metric: str, time: TimeRange | None) -> TimeRange | None:
        """The window that is meant: an open one is the company's default, which must be seen, not guessed."""
        if time is not None or not is_timed(self.labels.index, metric):
            return time
        return default_window(self.labels.index.model.conventions)

    def bound(self, metric: str, op: str, value: float, high: float | None) -> str:
        """A metric against a number: "客单价 > ¥500", "repurchase rate 20%–30%"."""
        name, unit = self.labels.metric(metric), self.labels.index.metric(metric).unit
        low = amount(value, unit, self.labels.language, self._currency)
        if high is not None:
            return f"{name} {low}–{amount(high, unit, self.labels.language, self._currency)}"
        sign = next(sign for known, sign in SIGNS.items() if known == op)
        return f"{name} {sign} {low}"

    def _ranked(self, predicate: Ranked) -> str:
        name, top = self.labels.metric(predicate.metric), predicate.direction == "top"
        size = percent(predicate.share) if predicate.share is not None else f"{predicate.count:,}"
        zh = f"{name}{'前' if top else '后'} {size}" + ("" if predicate.share is not None else " 名")
        return self._text(zh, f"{'top' if top else 'bottom'} {size} by {name}")

    def _windowed(self, said: str, time: TimeRange | None, where: Predicate | None) -> str:
        inside = [self.say(where)] if where is not None else []
        inside += [self.periods.name(time)] if time is not None else []
        if not inside:
            return said
        return self._text(f"{said}（{'，'.join(inside)}）", f"{said} ({', '.join(inside)})")

    # ---- joining and turning round

    def _several(self, predicate: And | Or) -> str:
        moments = tuple(item for item in predicate.items if isinstance(item, Moment))
        if isinstance(predicate, And) and len(moments) == len(predicate.items):
            together = self.moments.together(moments)
            if together is not None:
                return together
        zh, en = ("且", "and") if isinstance(predicate, And) else ("或", "or")
        return self._joined(tuple(self._nested(item, predicate) for item in predicate.items), zh, en)

    def _joined(self, said: tuple[str, ...], zh: str, en: str) -> str:
        if self.labels.language == "zh":
            return zh.join(said)
        comma = "," if any(", " in part for part in said) else ""  # "Jiangsu, Zhejiang and Shanghai, or Beijing"
        return f"{comma} {en} ".join(said)

    def _nested(self, item: Predicate, outer: Predicate) -> str:
        said = self.say(item)
        if isinstance(item, And | Or) and type(item) is not type(outer):
            return self._text(f"（{said}）", f"({said})")
        return said

    def _negated(self, item: Predicate) -> str:
        match item:
            case Compare(field=field, op="=", value=value) if self.labels.is_flag(field):
                return self._flag(field, holds=value is not True)
            case Compare(op="=") | Among() if not (isinstance(item, Compare) and self.labels.is_number(item.field)):
                return self._not_values(item)
            case Did():
                return self._behaviour.did(item, self.say, negated=True)
            case IsNull(field=field):
                return self._text(f"{self.labels.field(field)}已知", f"{self.labels.field(field)} known")
            case InSegment():
                return self._text(f"不在{self.say(item)}", f"not in {self.say(item)}")
            case Ranked():
                return self._text(f"不在{self.say(item)}", f"not in the {self.say(item)}")
            case _:
                return self._text(f"不是（{self.say(item)}）", f"not ({self.say(item)})")

    def _not_values(self, item: Compare | Among) -> str:
        values = self.values(item, "或")
        return self._of_field(item.field, self._text(f"不是{values}", f"not {values}"), bare=self.is_place(item))

    def _text(self, zh: str, en: str) -> str:
        return self.labels.text(zh, en)
