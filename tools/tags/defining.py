"""Turns a condition on people into the definition of a tag: what was chosen in words becomes a rule or a top share.

Only conditions that a tag can hold exactly are turned: metrics of a person against bounds in windows that end today, what
people did or did not do, their own fields, and the top share by one metric.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.read_tags import NO, YES
from semantic_layer.model.types import (
    Aggregation,
    Dimension,
    Level,
    Origin,
    QuantileBody,
    RuleBody,
    Scalar,
    Simple,
    Tag,
    TagBody,
    TagCategory,
    TagInput,
    TagKind,
    Words,
)
from semantic_layer.query.predicate import (
    Among,
    And,
    Between,
    Compare,
    Did,
    HasMetric,
    Not,
    Or,
    Predicate,
    Ranked,
)
from semantic_layer.query.time import Rolling, Span, TimeRange


def tag_of(
    where: Predicate,
    index: ModelIndex,
    *,
    name: str,
    words: Words,
    owner: str,
    category: TagCategory = TagCategory.BEHAVIOUR,
) -> Tag:
    """A yes-or-no tag of the customer, version 1, that holds for exactly the people of `where`.

    Raises `InvalidPlanError` with the part that no tag can hold.
    """
    body = body_of(where, index)
    return Tag(
        name=name,
        entity=index.model.customer_entity,
        words=words,
        kind=TagKind.QUANTILE if isinstance(body, QuantileBody) else TagKind.RULE,
        category=category,
        body=body,
        positive=(True,),
        origin=Origin(owner=owner, version=1),
    )


def body_of(where: Predicate, index: ModelIndex) -> TagBody:
    """The body of such a tag; raises as `tag_of` does."""
    if isinstance(where, Ranked):
        if where.direction != "top" or where.share is None:
            raise _cannot("只能取排名最前的一部分人", "only the top share of people can be a tag")
        return QuantileBody(metric=where.metric, window=_window(where.time, index), share=where.share)
    rule = _Rule(index)
    when = rule.condition(where)
    return RuleBody(inputs=tuple(rule.inputs), levels=(Level(value=YES, when=when),), otherwise=NO)


@dataclass(slots=True)
class _Rule:
    """Collects the inputs that a condition needs while it is written down."""

    index: ModelIndex
    inputs: list[TagInput] = field(default_factory=list)

    def condition(self, where: Predicate) -> str:
        match where:
            case And(items=items):
                return " AND ".join(self._inner(item) for item in items)
            case Or(items=items):
                return " OR ".join(self._inner(item) for item in items)
            case Not(item=item):
                return f"NOT {self._inner(item)}"
            case HasMetric(where=None, entity=None):
                return self._bound(where)
            case Did(where=None, which="any", then=None):
                named = self._input(_counting(where.entity, self.index), where.time, all_time=where.time is None)
                return f"{named} {where.op} {where.count}"
            case Compare() | Among() | Between():
                return self._own(where)
            case _:
                raise _cannot("这类条件不能写成标签", "a condition of this kind cannot be a tag")

    def _inner(self, where: Predicate) -> str:
        said = self.condition(where)
        return f"({said})" if isinstance(where, And | Or | Not) else said

    def _bound(self, where: HasMetric) -> str:
        named = self._input(where.metric, where.time)
        if where.high is not None:
            return f"{named} BETWEEN {_number(where.value)} AND {_number(where.high)}"
        return f"{named} {where.op} {_number(where.value)}"

    def _own(self, where: Compare | Among | Between) -> str:
        """A condition on a field of the customer itself; tags are not fields that a rule can read."""
        found = self.index.field(where.field)
        if not isinstance(found, Dimension) or found.entity != self.index.model.customer_entity or ">" in where.field:
            label = found.words.label
            raise _cannot(f"标签不能建立在「{label.zh}」上", f"a tag cannot rest on {label.en!r}")
        match where:
            case Compare(op=op, value=value):
                return f"{found.name} {'<>' if op == '!=' else op} {_literal(value)}"
            case Among(values=values):
                return f"{found.name} IN ({', '.join(_literal(value) for value in values)})"
            case Between(low=low, high=high):
                return f"{found.name} BETWEEN {_literal(low)} AND {_literal(high)}"

    def _input(self, metric: str, time: TimeRange | None, *, all_time: bool = False) -> str:
        window = "" if all_time else _window(time, self.index)
        known = next((one for one in self.inputs if (one.metric, one.window) == (metric, window)), None)
        if known is not None:
            return known.name
        name = "_".join((metric, *window.split())) if window else metric
        taken = {one.name for one in self.index.fields_of(self.index.model.customer_entity)}
        named = f"{name}_counted" if name in taken else name
        self.inputs.append(TagInput(name=named, metric=metric, window=window))
        return named


def _window(time: TimeRange | None, index: ModelIndex) -> str:
    """A time as the window of a tag: it ends today."""
    match time:
        case None:
            return index.model.conventions.default_window
        case Rolling(count=count, unit=unit):
            return f"{count} {unit.value}{'' if count == 1 else 's'}"
        case Span(start=None, end=None):
            return ""
        case _:
            raise _cannot(
                "标签的时间要随日期移动，如“最近 90 天”",
                "the time of a tag moves with the day, as in “the last 90 days”",
            )


def _counting(entity: str, index: ModelIndex) -> str:
    """The metric that counts all rows of an entity."""
    keys = index.entity(entity).primary_key
    for metric in index.model.metrics:
        first = metric.body.measures[0] if isinstance(metric.body, Simple) else None
        if first is None or first.entity != entity or first.where or first.per or metric.where:
            continue
        if first.agg in (Aggregation.COUNT, Aggregation.COUNT_DISTINCT) and (not first.expr or first.expr in keys):
            return metric.name
    label = index.entity(entity).words.label
    raise _cannot(f"没有数「{label.zh}」个数的指标", f"no metric counts every {label.en!r}")


def _number(value: float) -> str:
    return format(Decimal(repr(int(value) if float(value).is_integer() else value)), "f")


def _literal(value: Scalar) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        quoted = value.replace("'", "''")
        return f"'{quoted}'"
    return _number(value)


def _cannot(zh: str, en: str) -> InvalidPlanError:
    return InvalidPlanError(Text(f"不能发布成标签：{zh}。", f"This cannot be published as a tag: {en}."))
