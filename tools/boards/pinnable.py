"""Which answers may stand on a board: those that can be asked again by anybody, and name no single person."""

from __future__ import annotations

from typing import Final

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Sensitivity
from semantic_layer.query.acts import StartCampaign
from semantic_layer.query.plan import Became, Card, Export, Pin, Plan, SaveSegment, WhyMember
from semantic_layer.query.types import ByField, Query

_ACTS: Final = (SaveSegment, Export, StartCampaign, Pin)
_PERSONS: Final = (Card, WhyMember)


def is_pinnable(plan: Plan) -> bool:
    """Whether the answer to this plan may stand on a board."""
    return _objection(plan) is None


def refuse_unpinnable(plan: Plan) -> None:
    """Raises `InvalidPlanError` with what may be pinned instead."""
    objection = _objection(plan)
    if objection is not None:
        raise InvalidPlanError(objection)


def refuse_persons(plan: Plan, index: ModelIndex) -> None:
    """Raises `InvalidPlanError` for figures that are listed person by person: a picture or table of them names customers."""
    for step in plan.steps:
        fields = [one.field for one in step.by if isinstance(one, ByField)] if isinstance(step, Query) else []
        if any(_tells_persons(field, index) for field in fields):
            raise InvalidPlanError(
                Text(
                    "这个回答按单个客户列出，不能放在看板上。可以按等级、城市这类字段分组后再固定。",
                    "This answer is listed customer by customer, so it cannot stand on a board. "
                    "Group it by a field such as level or city, then pin it.",
                )
            )


def _tells_persons(field: str, index: ModelIndex) -> bool:
    if index.names_people(field):
        return True
    return index.has_field(field) and index.field(field).sensitivity is not Sensitivity.NONE


def _objection(plan: Plan) -> Text | None:
    if not plan.steps:
        return Text(
            "还没有可以固定的回答。请先问一个问题，再固定它的回答。",
            "There is no answer to pin yet. Ask something first, then pin its answer.",
        )
    if any(isinstance(step, _ACTS) for step in plan.steps):
        return Text(
            "保存、导出、发起活动这类操作不能固定到看板；可以固定指标、人群、走势等回答。",
            "Saving, exporting and starting a campaign cannot be pinned. Pin figures, groups of people or trends.",
        )
    if any(isinstance(step, _PERSONS) or (isinstance(step, Became) and step.key is not None) for step in plan.steps):
        return Text(
            "关于单个客户的回答不能固定到看板；可以固定一群人的人数和构成。",
            "Answers about one customer cannot be pinned. Pin how many people a group has, or what they are like.",
        )
    return None
