"""Small changes to a plan, as values: what a chip, a follow-up or a relaxation does when it is chosen."""

from __future__ import annotations

from dataclasses import replace

from semantic_layer.query.acts import Basket, Cluster, Predict, Recommend, StartCampaign
from semantic_layer.query.plan import (
    Became,
    Explain,
    Export,
    Funnel,
    ListPeople,
    Plan,
    Profile,
    Retention,
    SaveSegment,
    Step,
    WhyMember,
)
from semantic_layer.query.predicate import Predicate, conjoin, conjuncts
from semantic_layer.query.types import Query


def with_step(plan: Plan, step: Step) -> Plan:
    """The plan with its first step replaced; a picture asked for is kept only while the step stays of its kind."""
    chart = plan.chart if type(step) is type(plan.steps[0]) else None
    return Plan((step, *plan.steps[1:]), chart)


def where_of(step: Step) -> Predicate | None:
    """The conditions of a step; `None` where it has none."""
    match step:
        case Query() | Retention() | Funnel() | Explain() | Became() | Predict() | Cluster() | Basket():
            return step.where
        case ListPeople() | Profile() | WhyMember() | SaveSegment() | Recommend() | StartCampaign():
            return step.audience.where
        case _:
            return None


def with_where(step: Step, where: Predicate | None) -> Step:
    """The step with other conditions; steps without conditions are returned as they are."""
    match step:
        case Query() | Retention() | Funnel() | Explain() | Became() | Predict() | Cluster() | Basket():
            return replace(step, where=where)
        case ListPeople() | Profile() | WhyMember() | SaveSegment() | Recommend() | StartCampaign():
            return replace(step, audience=replace(step.audience, where=where))
        case Export(audience=audience) if audience is not None:
            return replace(step, audience=replace(audience, where=where))
        case _:
            return step


def replace_condition(step: Step, position: int, condition: Predicate | None) -> Step:
    """The step with the condition at `position` (among those that must all hold) replaced, or left out for `None`."""
    parts = list(conjuncts(where_of(step)))
    parts[position : position + 1] = [] if condition is None else [condition]
    return with_where(step, conjoin(tuple(parts)))
