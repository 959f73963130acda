"""The parts of a plan in words, as chips and sentences show them. Thin: the words are made in `semantic_layer.restate`."""

from __future__ import annotations

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.compiler.timed import is_timed
from semantic_layer.errors import Language
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.plan import Occurrence, Plan
from semantic_layer.query.predicate import Did, Predicate
from semantic_layer.query.time import CompareTo, TimeRange
from semantic_layer.query.types import Audience, Bound, Grouping, Query
from semantic_layer.restate import parts
from semantic_layer.restate.conditions import ConditionLabels
from semantic_layer.restate.display import Display
from semantic_layer.restate.labels import Labels
from semantic_layer.restate.spoken import restate
from semantic_layer.restate.spoken_names import Names


def predicate_text(predicate: Predicate, index: ModelIndex, calendar: CompanyCalendar, language: Language) -> str:
    """One condition: "流失风险：高、中"."""
    return Display(index, calendar, language).predicate(predicate)


def who_text(audience: Audience, index: ModelIndex, calendar: CompanyCalendar, language: Language) -> str:
    """The people as a noun phrase: "high-value customers in Shanghai"."""
    return Display(index, calendar, language).who(audience)


def occurrence_text(occurrence: Occurrence, index: ModelIndex, calendar: CompanyCalendar, language: Language) -> str:
    """What happens to people, as a verb: "浏览过", "ordered"; for people themselves how they became one: "注册"."""
    registered = Names(index, language).registration()
    if occurrence.entity != index.model.customer_entity or not registered:
        return predicate_text(Did(entity=occurrence.entity, where=occurrence.where), index, calendar, language)
    conditions = condition_text(occurrence.where, index, calendar, language)
    return (
        f"{registered}（{conditions}）"
        if conditions and language == "zh"
        else (f"{registered} ({conditions})" if conditions else registered)
    )


def condition_text(where: Predicate | None, index: ModelIndex, calendar: CompanyCalendar, language: Language) -> str:
    """All conditions in a row; empty for none."""
    return Display(index, calendar, language).condition(where)


def period_text(query: Query, index: ModelIndex, calendar: CompanyCalendar, language: Language) -> str:
    """The period with its days; the default window where events are counted; empty for how things stand now."""
    if query.time is None and not any(is_timed(index, metric) for metric in query.metrics):
        return ""
    return Display(index, calendar, language).time(query.time)


def bound_text(bound: Bound, index: ModelIndex, language: Language, currency: str) -> str:
    """A bound on a metric of the groups: "复购率 > 30%". The currency is the company's own."""
    return ConditionLabels(index, index.model.festivals, language, currency).bound(
        bound.metric, bound.op, bound.value, bound.high
    )


def compare_text(compare: CompareTo, calendar: CompanyCalendar, language: Language) -> str:
    """What the numbers are held against: "对比去年同期"."""
    return parts.comparison(compare, language, calendar.festivals)


def group_text(group: Grouping, index: ModelIndex, language: Language) -> str:
    return parts.grouping(group, Labels(index, language))


def order_text(query: Query, index: ModelIndex, language: Language) -> str:
    """Order and limit together: "销售额最高的 10 个"."""
    return parts.order(query, Labels(index, language))


def time_text(time: TimeRange | None, index: ModelIndex, calendar: CompanyCalendar, language: Language) -> str:
    """The name of the time and its days; the default window for `None`."""
    return Display(index, calendar, language).time(time)


def plan_text(plan: Plan, index: ModelIndex, calendar: CompanyCalendar, language: Language) -> str:
    """A whole plan as one sentence that could be asked."""
    return restate(plan, index, calendar, language).text
