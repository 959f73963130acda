"""What this door keeps back: whatever is about single people. Counts, tables of groups and definitions pass; lists do not.

A model reads what comes out of here, so a sample of people never does, masked or not.
"""

from __future__ import annotations

from typing import Final

from assistant.answer import Answer
from assistant.channels.workspace import AssistantPort
from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.model.types import Sensitivity
from semantic_layer.query.acts import Predict, StartCampaign
from semantic_layer.query.plan import Became, Card, Export, Pin, Plan, SaveSegment, WhyMember
from semantic_layer.table import ResultColumn

WITHHELD: Final = Text(
    "这个回答说的是单个客户，不经 MCP 给出。请在页面上看，或问人数和分组；名单可以经同意后用 export_segment 取走。",
    "This answer is about single customers and is not given through MCP. See it on the page, or ask for counts and groups; "
    "a list can leave by export_segment, once a person agrees.",
)
_NOT_HERE: Final = Text(
    "保存人群请用 save_segment，导出请用 export_segment：它们会先请一个人同意。",
    "To save people use save_segment, to export them export_segment: those ask a person to agree first.",
)
_BY_A_PERSON: Final = Text(
    "发起活动和固定到看板要由人在页面或对话里做，不经 MCP。",
    "Campaigns are started and answers pinned by a person, on the page or in the chat, not through MCP.",
)


def refuse_here(plan: Plan) -> None:
    """Raises `NotAllowedError` for a plan that does something, or that is about one person: neither is for `run_plan`."""
    for step in plan.steps:
        if isinstance(step, SaveSegment | Export):
            raise NotAllowedError(_NOT_HERE, suggestions=("save_segment", "export_segment"))
        if isinstance(step, StartCampaign | Pin):
            raise NotAllowedError(_BY_A_PERSON)
        if isinstance(step, Card | WhyMember) or (isinstance(step, Became) and step.key is not None):
            raise NotAllowedError(WITHHELD)


def about_single_people(answer: Answer, port: AssistantPort) -> bool:
    """Whether the words or the numbers of an answer tell of single people. A masked sample beside counts does not make it so."""
    if any(isinstance(step, Card | WhyMember | Export | Predict) for step in answer.plan.steps):
        return True
    if any(isinstance(step, Became) and step.key is not None for step in answer.plan.steps):
        return True
    return answer.table is not None and any(_names_people(column, port) for column in answer.table.columns)


def _names_people(column: ResultColumn, port: AssistantPort) -> bool:
    if column.role == "key" or column.sensitivity is not Sensitivity.NONE:
        return True
    return bool(column.source) and port.identifies(column.source)
