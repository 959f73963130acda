"""The meaning of every metric, dimension and tag as a form: what it is computed from, whatever it and its inputs are called."""

from __future__ import annotations

import hashlib
from typing import assert_never

from sqlglot import exp

from semantic_layer.compiler.canonical import Names, conditions_of, form_of, plain_name, truth_of
from semantic_layer.compiler.text_tags import text_settings
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import (
    Aggregation,
    AttributeBody,
    ColumnType,
    Conversion,
    Cumulative,
    Derived,
    Entity,
    Having,
    Input,
    Measure,
    Metric,
    ModelBody,
    PreferenceBody,
    QuantileBody,
    Ratio,
    RuleBody,
    SemanticModel,
    Simple,
    Tag,
    TextBody,
)

_LONGEST = 400


class Meanings:
    """Forms of the definitions of one model without faults. Equal forms mean the same number, field or tag."""

    def __init__(self, model: SemanticModel) -> None:
        self._index = ModelIndex(model)
        self._model = model
        self._forms: dict[tuple[str, frozenset[str]], str] = {}

    def dimension(self, qualified: str) -> str:
        """What a dimension's values are computed from."""
        found = self._index.dimension(qualified.rpartition(">")[2])
        return self._dimension(found.entity, found.expr)

    def metric(self, name: str, conditions: frozenset[str] = frozenset()) -> str:
        """What a metric is computed from, through all its inputs, over rows for which `conditions` hold too."""
        known = self._forms.get((name, conditions))
        if known is None:
            known = self._forms[name, conditions] = self._metric(name, conditions)
        return known

    def _metric(self, name: str, conditions: frozenset[str]) -> str:
        metric = self._index.metric(name)
        held = conditions | conditions_of(metric.where, self._qualified)
        match metric.body:
            case Simple():
                return _short(f"any({'|'.join(sorted(self._measures(metric.body, held)))})")
            case Ratio(numerator=top, denominator=bottom):
                return _short(f"Div(expression={self._input(bottom, held)},this={self._input(top, held)})")
            case Derived(expr=sql, inputs=inputs):
                forms = {part.name.casefold(): self._input(part, held) for part in inputs}
                return _short(form_of(sql, lambda column: forms.get(plain_name(column), plain_name(column))))
            case Cumulative(input=running, window=window, grain_to_date=to_date, period_choice=choice):
                return _short(f"running({self.metric(running, held)};{window};{to_date};{choice})")
            case Conversion():
                return self._conversion(metric.body, held)
            case _:
                assert_never(metric.body)

    def measures(self, name: str) -> frozenset[str]:
        """The meaning of a metric at each of its grains: two metrics that share one are the same number."""
        metric = self._index.metric(name)
        whole = frozenset({self.metric(name)})
        if not isinstance(metric.body, Simple):
            return whole
        return whole | self._measures(metric.body, conditions_of(metric.where, self._qualified))

    def tag(self, qualified: str) -> str:
        """What a tag is computed from, through the metrics that it uses."""
        tag = self._index.tag(qualified)
        entity = self._index.entity(tag.entity)
        match tag.body:
            case AttributeBody(expr=sql):
                body = form_of(sql, self._inside(entity))
            case RuleBody():
                body = self._rule(tag.body, entity)
            case QuantileBody(metric=metric, window=window, share=share, require=require):
                bounds = ",".join(sorted(self._having(one) for one in require))
                body = f"top({self.metric(metric)};{window};{share};{bounds})"
            case PreferenceBody(dimension=dimension, metric=metric, window=window):
                body = f"most({self.dimension(dimension)};{self.metric(metric)};{window})"
            case TextBody(text=text, window=window):
                body = (
                    f"said({self.dimension(text)};{window};{tag.type is ColumnType.BOOLEAN};{text_settings(tag.body)})"
                )
            case ModelBody(model=model, version=version):
                body = f"scored({model};{version})"
            case _:
                assert_never(tag.body)
        return _short(f"{_rows(entity)}:{body}")

    # -- parts -------------------------------------------------------------------------------------------------------

    def _input(self, part: Input, held: frozenset[str]) -> str:
        form = self.metric(part.metric, held | conditions_of(part.where, self._qualified))
        if part.offset is None:
            return form
        return f"before({part.offset.unit};{part.offset.count};{part.offset.to_start};{form})"

    def _measures(self, body: Simple, held: frozenset[str]) -> frozenset[str]:
        ending = f";{body.fill};{body.every_period}"
        return frozenset(self._measure(measure, held) + ending for measure in body.measures)

    def _measure(self, measure: Measure, held: frozenset[str]) -> str:
        entity = self._index.entity(measure.entity)
        names = self._inside(entity)
        conditions = held | conditions_of(measure.where, names)
        agg, value = measure.agg.value, self._value(measure, names)
        if measure.agg is Aggregation.SUM_BOOLEAN and measure.per is None:
            conditions |= {truth_of(measure.expr, names)}
            agg, value = "count", ""
        if measure.per is None and _counts_rows(measure, entity):
            agg, value = "count", ""
        if measure.agg is Aggregation.MEDIAN:
            agg, share = "percentile", "0.5"
        else:
            share = f"{measure.percentile.value}" if measure.percentile else ""
            share += "d" if measure.percentile and measure.percentile.discrete else ""
        parts = (
            _rows(entity),
            agg,
            value,
            share,
            " AND ".join(sorted(conditions)),
            self._time(measure),
            measure.per or "",
            self._having(measure.having) if measure.having else "",
            repr(measure.non_additive or ""),
        )
        return _short(f"measure({';'.join(parts)})")

    def _value(self, measure: Measure, names: Names) -> str:
        if measure.per is not None and self._index.has_metric(measure.expr):
            return self.metric(measure.expr)  # of each group
        return form_of(measure.expr, names) if measure.expr else ""

    def _time(self, measure: Measure) -> str:
        name = measure.time
        if name is None and measure.entity != self._model.customer_entity:
            name = self._index.entity(measure.entity).time
        if name is None:
            return "now"
        qualified = name if "." in name else f"{measure.entity}.{name}"
        return self.dimension(qualified) if self._index.has_field(qualified) else qualified

    def _conversion(self, body: Conversion, held: frozenset[str]) -> str:
        parts = (
            body.entity,
            self.metric(body.base, held),
            self.metric(body.target),
            body.window,
            repr(sorted(body.constant)),
            body.calculation,
            body.counting,
        )
        return _short(f"conversion({';'.join(parts)})")

    def _having(self, bound: Having) -> str:
        return f"{self.metric(bound.metric)} {bound.op} {bound.value:g}"

    def _rule(self, body: RuleBody, entity: Entity) -> str:
        inputs: dict[str, str] = {}
        for item in body.inputs:
            metric = self._index.metric(item.metric)
            conditions = self._where_of_input(item.where, metric)
            inputs[item.name.casefold()] = f"{self.metric(item.metric, conditions)}@{item.window}"
        own = self._inside(entity)

        def names(column: exp.Column) -> str:
            return inputs.get(plain_name(column)) or own(column)

        levels = [f"{level.value.value!r}:{form_of(level.when, names)}" for level in body.levels]
        other = repr(body.otherwise.value) if body.otherwise else ""
        return f"levels({'|'.join(levels)};{other})"

    def _where_of_input(self, where: str, metric: Metric) -> frozenset[str]:
        if not where or not isinstance(metric.body, Simple):
            return conditions_of(where, self._qualified)
        return conditions_of(where, self._inside(self._index.entity(metric.body.measures[0].entity)))

    # -- names -------------------------------------------------------------------------------------------------------

    def _inside(self, entity: Entity) -> Names:
        """Names in a fragment over one entity: its columns, its dimensions, and fields as `entity.name`."""

        def form(column: exp.Column) -> str:
            if column.table:
                return self._qualified(column)
            if entity.column(column.name) is None and self._index.has_field(f"{entity.name}.{column.name}"):
                return self._field(f"{entity.name}.{column.name}")
            return f"{entity.table}.{column.name}".casefold()

        return form

    def _qualified(self, column: exp.Column) -> str:
        steps, _, owner = column.table.rpartition(">")
        qualified = f"{owner}.{column.name}"
        if not self._index.has_field(qualified):
            return plain_name(column)
        return f"{steps}>{self._field(qualified)}" if steps else self._field(qualified)

    def _field(self, qualified: str) -> str:
        return self.tag(qualified) if isinstance(self._index.field(qualified), Tag) else self.dimension(qualified)

    def _dimension(self, entity: str, sql: str) -> str:
        table = self._index.entity(entity).table
        return _short(form_of(sql, lambda column: f"{table}.{column.name}".casefold()))


def _counts_rows(measure: Measure, entity: Entity) -> bool:
    """Whether every row counts once, however that is written."""
    is_key = entity.primary_key == (measure.expr,) and entity.validity is None
    match measure.agg:
        case Aggregation.COUNT:
            return not measure.expr or is_key
        case Aggregation.COUNT_DISTINCT:
            return is_key
        case Aggregation.SUM:
            return measure.expr.strip() == "1"
        case _:
            return False


def _rows(entity: Entity) -> str:
    return f"{entity.table}[{','.join(entity.primary_key)}]{entity.validity or ''}{entity.partition or ''}".casefold()


def _short(form: str) -> str:
    """Long forms by their digest, so that metrics of metrics of metrics do not grow without end."""
    if len(form) <= _LONGEST:
        return form
    return f"#{hashlib.sha256(form.encode()).hexdigest()[:24]}"
