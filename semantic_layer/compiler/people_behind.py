"""How many people stand behind the figures of a row, as readings beside those of the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from semantic_layer.calendar.arithmetic import DateSpan
from semantic_layer.compiler.groups import Group
from semantic_layer.compiler.metrics import Leaf, reaches
from semantic_layer.compiler.readings import Reading, measure_for
from semantic_layer.compiler.rows import Scope
from semantic_layer.model.types import Aggregation, Measure
from semantic_layer.query.predicate import Predicate


def people_behind(
    scope: Scope, readings: Sequence[Reading], groups: Sequence[Group], where: Predicate | None
) -> list[Reading]:
    """One reading for each kind of rows, span and way in time: the people with such rows. Rows that lead to nobody have none.

    Behind a conversion stand the people of its base.
    """
    index, customer = scope.context.index, scope.customer
    found: dict[tuple[Measure, DateSpan | None, Leaf], Reading] = {}
    for reading in readings:
        measure = measure_for(scope, reading, groups, where)
        if not reaches(index, measure.entity, customer):
            continue
        per = None if measure.entity == customer else customer
        people = replace(
            measure, agg=Aggregation.COUNT, expr="", per=per, having=None, percentile=None, non_additive=None
        )
        leaf = replace(Leaf(reading.leaf.metric), offsets=reading.leaf.offsets, running=reading.leaf.running)
        leaf = replace(leaf, where=reading.leaf.where)
        column = f"{reading.column}__people"
        counted = replace(reading, column=column, measure=people, leaf=leaf)
        found.setdefault((people, reading.span, replace(leaf, metric="")), counted)
    return list(found.values())
