"""All words that a screen shows for the parts of a plan, in one language. What must read back is worded elsewhere."""

from __future__ import annotations

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import InvalidPlanError, Language
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.plan import Occurrence
from semantic_layer.query.predicate import Predicate, conjuncts
from semantic_layer.query.time import CompareTo, Grain, TimeRange
from semantic_layer.query.types import Audience, Bound, Grouping, Query
from semantic_layer.restate import parts
from semantic_layer.restate.conditions import ConditionLabels
from semantic_layer.restate.periods import default_window
from semantic_layer.restate.spoken_names import spaced_length
from semantic_layer.restate.who import who


class Display:
    """Made for a model, a calendar and a language; cheap to make, keeps nothing."""

    def __init__(self, index: ModelIndex, calendar: CompanyCalendar, language: Language) -> None:
        self._calendar = calendar
        self._language: Language = language
        self._conditions = ConditionLabels(index, calendar.festivals, language)
        self._labels = self._conditions.labels

    def predicate(self, predicate: Predicate) -> str:
        return self._conditions.say(predicate)

    def condition(self, where: Predicate | None) -> str:
        """All conditions in a row; empty for none."""
        return self._labels.text("，", ", ").join(self._conditions.say(part) for part in conjuncts(where))

    def who(self, audience: Audience) -> str:
        return who(audience, self._conditions)

    def time(self, time: TimeRange | None) -> str:
        """The name and the days; the company's default window for `None`."""
        asked = default_window(self._calendar.conventions) if time is None else time
        try:
            described = self._calendar.describe(asked, self._language)
        except InvalidPlanError:  # in the future, or outside the table of festivals: the name is still known
            return self._conditions.periods.name(asked)
        if self._language == "zh" and described.endswith(")"):
            name, _, days = described[:-1].rpartition(" (")
            return f"{name}（{days}）"
        return described

    def grouping(self, group: Grouping) -> str:
        return parts.grouping(group, self._labels)

    def bound(self, bound: Bound) -> str:
        return self._conditions.bound(bound.metric, bound.op, bound.value, bound.high)

    def occurrence(self, happened: Occurrence) -> str:
        """What happens, in a word or two: 加购, 下单, 注册."""
        return self._conditions.occurrence(happened.entity, happened.where)

    def length(self, count: int, unit: Grain) -> str:
        """A length of time: 7 天, 7 days."""
        return spaced_length(count, unit, self._language)

    def comparison(self, compare: CompareTo) -> str:
        return parts.comparison(compare, self._language, self._calendar.festivals)

    def order(self, query: Query) -> str:
        return parts.order(query, self._labels)
