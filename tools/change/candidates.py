"""Which fields a change is looked for in: categories and places that the metric's rows lead to, few values, nothing personal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from semantic_layer.compiler.fragments import columns_of, parse_fragment, placeholders_of
from semantic_layer.compiler.metrics import reaches
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import (
    AttributeBody,
    Dimension,
    DimensionKind,
    Measure,
    Metric,
    Sensitivity,
    Tag,
)
from semantic_layer.query.plan import Explain
from semantic_layer.query.predicate import Among, Compare, Predicate, conjuncts
from tools.change.makeup import keys_counted, measures_of

MOST_VALUES = 60  # a field with more describes single things, not groups


Mode = Literal["split", "having", "other"]
"""What the values of a field are for a metric: parts that share nothing; marks of the people (or orders) that it counts,
who may bear several; or neither, where some totals are split and others not.
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A field to look in."""

    field: str
    mode: Mode


def together(*modes: Mode) -> Mode:
    """The mode of several fields taken together: that of the least orderly one."""
    return max(modes, key=("split", "having", "other").index)


def candidates(
    index: ModelIndex, leaves: Sequence[Metric], step: Explain, *, counted: str | None = None
) -> tuple[Candidate, ...]:
    """The fields fit for a search, in the order of the definitions; exactly those that the step names, if it names any.
    `counted` is the entity that all `leaves` count rows of.

    Left out are fields that the conditions fix, and tags that say how people stand today: they follow from the change
    instead of explaining it. Raises `UnknownNameError` for a name that is
    not defined, `InvalidPlanError` for a field that the metric's rows do not lead to.
    """
    if step.by:
        return tuple(_asked(index, leaves, name, counted) for name in step.by)
    found = []
    fields: tuple[Dimension | Tag, ...] = (*index.model.dimensions, *index.model.tags)
    for field in fields:
        candidate = _candidate(index, leaves, field, counted) if _is_fit(index, field, leaves, step.where) else None
        if candidate is not None:
            found.append(candidate)
    return tuple(found)


def _asked(index: ModelIndex, leaves: Sequence[Metric], name: str, counted: str | None) -> Candidate:
    field = index.field(name)
    found = _candidate(index, leaves, field, counted)
    if found is None:
        label, metrics = field.words.label, [leaf.words.label for leaf in leaves]
        fit = [one for one in index.model.dimensions if _is_fit(index, one, leaves, None)]
        able = [one for one in fit if _candidate(index, leaves, one, counted) is not None][:8]
        raise InvalidPlanError(
            Text(
                zh=f"不能按「{label.zh}」来找原因：{'、'.join(one.zh for one in metrics)}的数据不对应唯一的{label.zh}。"
                f"可以用：{'、'.join(one.words.label.zh for one in able)}。",
                en=f"Reasons cannot be looked for by {label.en!r}: rows of {', '.join(one.en for one in metrics)} do not "
                f"lead to exactly one of it. These fit: {', '.join(one.words.label.en for one in able)}.",
            ),
            suggestions=[one.qualified for one in able],
        )
    return found


def _candidate(
    index: ModelIndex, leaves: Sequence[Metric], field: Dimension | Tag, counted: str | None
) -> Candidate | None:
    serving = _serving(index, leaves, field.entity)
    if serving is None:
        return None
    splits = all(_splits(index, metric, measure, field.entity) for metric, measure in serving)
    return Candidate(field.qualified, "split" if splits else "having" if counted else "other")


def families(index: ModelIndex, field: str) -> str:
    """What fields of one thing have in common: a city and its region say nearly the same, as do a product's category and brand.

    Fields of people stand for themselves, unless they point at such a thing.
    """
    found = index.field(field)
    customer = index.model.customer_entity
    for link in index.model.relationships:
        points = (
            link.from_entity == found.entity and isinstance(found, Dimension) and link.from_columns == (found.expr,)
        )
        if points and link.to_entity != customer:
            return link.to_entity
    return field if found.entity == customer else found.entity


def row_entity(index: ModelIndex, leaves: Sequence[Metric], fields: Sequence[str]) -> str | None:
    """The entity of the coarsest rows behind the metrics that lead to all of `fields` and to people; `None` for none."""
    wanted = (*(index.field(field).entity for field in fields), index.model.customer_entity)
    entities = dict.fromkeys(measure.entity for metric in leaves for measure in measures_of(metric))
    return next((one for one in entities if all(reaches(index, one, other) for other in wanted)), None)


def _is_fit(index: ModelIndex, field: Dimension | Tag, leaves: Sequence[Metric], where: Predicate | None) -> bool:
    if field.sensitivity is not Sensitivity.NONE or len(field.values) > MOST_VALUES or field.qualified in _fixed(where):
        return False
    if isinstance(field, Tag):
        return _lasts(field)
    if _columns(field.expr) & _columns_in_the_definition(index, field.entity, leaves):
        return False
    label = index.entity(field.entity).label_column
    names_single = label in (field.name, field.qualified)
    return field.kind in (DimensionKind.CATEGORICAL, DimensionKind.GEOGRAPHIC) and (
        bool(field.values) or not names_single
    )


def _columns_in_the_definition(index: ModelIndex, entity: str, leaves: Sequence[Metric]) -> frozenset[str]:
    """Columns that make nothing new known: those of the entity's time, as periods differ in their weekdays, and those that
    decide what the metric counts at all.
    """
    time = index.entity(entity).time
    of_time = _columns(index.dimension(time if "." in time else f"{entity}.{time}").expr) if time else frozenset()
    measures = (measure for metric in leaves for measure in measures_of(metric) if measure.entity == entity)
    keys = {column for link in index.model.relationships if link.from_entity == entity for column in link.from_columns}
    return of_time.union(*(_columns(measure.where) for measure in measures)) - keys


def _columns(sql: str) -> frozenset[str]:
    return frozenset(column.name for column in columns_of(parse_fragment(sql))) if sql else frozenset()


def _lasts(tag: Tag) -> bool:
    """Whether a tag says the same of a person on every day; others say how people stand today, after the change."""
    return isinstance(tag.body, AttributeBody) and "as_of" not in placeholders_of(parse_fragment(tag.body.expr))


def _fixed(where: Predicate | None) -> frozenset[str]:
    """Fields of which the conditions leave one value."""
    found = set()
    for part in conjuncts(where):
        match part:
            case Compare(field=field, op="="):
                found.add(field)
            case Among(field=field, values=(_,)):
                found.add(field)
            case _:
                pass
    return frozenset(found)


def _serving(index: ModelIndex, leaves: Sequence[Metric], entity: str) -> list[tuple[Metric, Measure]] | None:
    """For each metric the coarsest measure whose rows lead to `entity`; `None` when one has none."""
    found = []
    for metric in leaves:
        measure = next((m for m in measures_of(metric) if reaches(index, m.entity, entity)), None)
        if measure is None:
            return None
        found.append((metric, measure))
    return found


def _splits(index: ModelIndex, metric: Metric, measure: Measure, entity: str) -> bool:
    """Rows belong to one value each; things that are counted once do when the value is their own."""
    if measure.per is None and measure.agg.value in ("sum", "count", "sum_boolean"):
        return True
    key = keys_counted(index, metric)
    return key is not None and reaches(index, key, entity)
