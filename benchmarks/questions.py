"""Questions that people would ask of a made-up company (`benchmarks.company`), drawn at random."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.company import LEADS_TO
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Conversion, Derived, Dimension
from semantic_layer.query.predicate import Among, And, Compare, Did, HasMetric, Not, Predicate
from semantic_layer.query.time import Calendar, Comparison, Grain, Rolling, TimeRange
from semantic_layer.query.types import ByField, ByTime, Grouping, Order, Query

TIMES: Sequence[TimeRange | None] = (None, Calendar(Grain.MONTH, -1), Calendar(Grain.YEAR), Rolling(90, Grain.DAY))
GRAINS = (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER)


@dataclass(frozen=True, slots=True)
class Topic:
    """One event: its metrics, the fields that all of them reach, and those that only its own rows reach."""

    entity: str
    metrics: tuple[str, ...]
    shared: tuple[Dimension, ...]
    own: tuple[Dimension, ...]


def questions(index: ModelIndex, count: int, seed: int) -> Iterator[Query]:
    """Of one to three metrics, by up to two groupings, with up to two filters, a time and a comparison."""
    chance = random.Random(seed)
    topics = list(topics_of(index))
    for _ in range(count):
        yield _question(chance, chance.choice(topics), index)


def topics_of(index: ModelIndex) -> Iterator[Topic]:
    model = index.model
    for entity in model.entities:
        if entity.time is None:
            continue
        number = entity.name.removeprefix("event_")
        yield Topic(
            entity.name,
            tuple(one.name for one in model.metrics if one.name.startswith(f"m_{number}_")),
            tuple(one for one in model.dimensions if one.values and one.entity in LEADS_TO),
            tuple(one for one in model.dimensions if one.values and one.entity in (entity.name, f"kind_{number}")),
        )


def _question(chance: random.Random, topic: Topic, index: ModelIndex) -> Query:
    wanted = chance.choices((1, 2, 3), (6, 3, 1))[0]
    metrics = tuple(chance.sample(topic.metrics, k=min(len(topic.metrics), wanted)))
    several = any(isinstance(index.metric(name).body, Derived | Conversion) for name in metrics)
    fields = topic.shared if several else (*topic.shared, *topic.own)
    by = _by(chance, fields)
    time = chance.choice(TIMES)
    compared = time is not None and chance.random() < 0.3
    ranked = bool(by) and not isinstance(by[0], ByTime) and chance.random() < 0.5
    return Query(
        metrics=metrics,
        by=by,
        where=_where(chance, topic, fields),
        time=time,
        compare_to=(Comparison.YEAR_BEFORE,) if compared else (),
        order=(Order(metrics[0]),) if ranked else (),
        limit=10 if ranked else None,
    )


def _by(chance: random.Random, fields: Sequence[Dimension]) -> tuple[Grouping, ...]:
    count = chance.choices((0, 1, 2), (2, 5, 3))[0]
    times: list[Grouping] = [ByTime(chance.choice(GRAINS))] if count and chance.random() < 0.5 else []
    chosen = chance.sample(fields, k=count - len(times))
    return (*times, *(ByField(one.qualified) for one in chosen))


def _where(chance: random.Random, topic: Topic, fields: Sequence[Dimension]) -> Predicate | None:
    """Two filters in three are on fields, the others on what people did or on a number of theirs."""
    count = chance.choices((0, 1, 2), (4, 4, 2))[0]
    parts = tuple(_condition(chance, topic, one) for one in chance.sample(fields, k=count))
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else And(parts)


def _condition(chance: random.Random, topic: Topic, field: Dimension) -> Predicate:
    values = tuple(one.value for one in field.values)
    match chance.choices(("compare", "among", "did", "did not", "metric"), (4, 3, 1, 1, 1))[0]:
        case "compare":
            return Compare(field.qualified, "=", chance.choice(values))
        case "among":
            return Among(field.qualified, tuple(chance.sample(values, k=3)))
        case "did":
            return Did(entity=topic.entity, time=Rolling(30, Grain.DAY), count=2)
        case "did not":
            return Not(Did(entity=topic.entity, time=Rolling(30, Grain.DAY)))
        case _:
            return HasMetric(metric=topic.metrics[0], op=">=", value=3.0)
