"""Who is in one audience but not in another, and which of the other's conditions keep them out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.query.predicate import Not, Predicate, conjoin, conjuncts
from semantic_layer.query.types import Audience
from tools.segments.evaluation import Evaluation
from tools.segments.views import Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A condition of the second audience that people of the first do not meet: how many, and for how many it is the only one.

    `audience` lists them.
    """

    condition: Predicate
    people: int | None
    alone: int | None
    audience: Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """`first` and `second` people in each, `only` in the first and not in the second, with what keeps them out, most first."""

    first: int | None
    second: int | None
    only: int | None
    obstacles: tuple[Obstacle, ...]
    audience: Audience


def apart(first: Audience, second: Audience, rule: Audience, now: Evaluation, sight: Sight) -> Apart:
    """`rule` is what the second means condition by condition: that of its segment, where it names one.

    Raises `InvalidPlanError` for audiences of different things or days, which cannot be held side by side.
    """
    if (first.entity, first.as_of) != (second.entity, second.as_of):
        raise InvalidPlanError(
            Text(
                "这两群人不是同一类对象，或者日期不同，不能比较。",
                "These two are not of the same kind, or not of the same day.",
            )
        )
    one, two = now.rule(first), now.rule(rule)
    only = one.keys - two.keys
    failing = {part: only - met for part, met in two.parts}
    obstacles = []
    for part, people in failing.items():
        if not people:
            continue
        alone = people.copy()
        for other, others in failing.items():
            if other != part:
                alone -= others
        who = replace(first, where=conjoin((*conjuncts(first.where), opposite(part))))
        obstacles.append(Obstacle(condition=part, people=sight.count(people), alone=sight.count(alone), audience=who))
    second_out = () if second.where is None else (opposite(second.where),)
    return Apart(
        first=sight.count(one.keys),
        second=sight.count(two.keys),
        only=sight.count(only),
        obstacles=tuple(sorted(obstacles, key=lambda one: -(one.people or 0))),
        audience=replace(first, where=conjoin((*conjuncts(first.where), *second_out))),
    )


def opposite(where: Predicate) -> Predicate:
    """The condition that holds where this one does not."""
    return where.item if isinstance(where, Not) else Not(where)
