"""The tools of this door, in the order in which they are listed."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.accounts.types import Scope
from assistant.channels.mcp.asking import ask, run_plan
from assistant.channels.mcp.browsing import describe, list_data_sets, search_catalogue
from assistant.channels.mcp.exporting import announce_export, export_segment
from assistant.channels.mcp.given import (
    Arguments,
    Definition,
    InDataSet,
    NewName,
    NewSegment,
    PlanGiven,
    Question,
    Search,
    Segment,
    Taking,
)
from assistant.channels.mcp.results import (
    DataSetsTold,
    DefinitionTold,
    EntriesTold,
    ExportDone,
    ReplyTold,
    SegmentCount,
    SegmentDone,
    SegmentsTold,
)
from assistant.channels.mcp.scene import Scene
from assistant.channels.mcp.segments import (
    announce_delete,
    announce_rename,
    announce_save,
    count_segment,
    delete_segment,
    list_segments,
    rename_segment,
    save_segment,
)
from semantic_layer.errors import Text
from tools.registry import Registry, Tool, reading, writing


def registry() -> Registry[Scene]:
    """All tools. `permission` is a `Scope`."""
    return Registry((*_answers(), *_look_ups(), *_segments(), *_changes()))


def _answers() -> Sequence[Tool[Scene]]:
    return (
        reading(
            "ask",
            title=Text("提问", "Ask a question"),
            description=Text(
                "用中文或英文问客户、订单和活动：多少、按什么分、怎么变化、谁符合条件。给出数字、分组表和读懂问题的方式；"
                "不含任何客户名单。问法有歧义时给出选项：用 run_plan 运行选项的 plan，或在同一 conversation 里再问。",
                "Ask about customers, orders and campaigns in Chinese or English: how many, by what, what changed, who fits. "
                "Gives numbers, tables of groups and how the question was read, never a list of people. An unclear question is "
                "answered by options: run the plan of one with run_plan, or ask on in the same conversation.",
            ),
            permission=Scope.ASK,
            given=Question,
            result=ReplyTold,
            run=ask,
        ),
        reading(
            "run_plan",
            title=Text("运行计划", "Run a plan"),
            description=Text(
                "运行之前的回答给出的 plan：回答本身、选项或后续问题。",
                "Run a plan that an earlier reply gave: its own, that of an option, or of a follow-up.",
            ),
            permission=Scope.ASK,
            given=PlanGiven,
            result=ReplyTold,
            run=run_plan,
        ),
    )


def _look_ups() -> Sequence[Tool[Scene]]:
    return (
        reading(
            "list_data_sets",
            title=Text("列出数据集", "List data sets"),
            description=Text("您可以使用的数据集。", "The data sets that you may use."),
            permission=Scope.CATALOGUE,
            given=Arguments,
            result=DataSetsTold,
            run=list_data_sets,
        ),
        reading(
            "search_catalogue",
            title=Text("搜索目录", "Search the catalogue"),
            description=Text("按词查找指标、标签和维度。", "Find metrics, tags and dimensions by a word."),
            permission=Scope.CATALOGUE,
            given=Search,
            result=EntriesTold,
            run=search_catalogue,
        ),
        reading(
            "describe",
            title=Text("查看定义", "Describe a definition"),
            description=Text(
                "一个指标、标签或维度的定义：含义、负责人、取值、SQL，和一个用到它的问题。",
                "The definition of a metric, tag or dimension: meaning, owner, values, SQL, and a question that uses it.",
            ),
            permission=Scope.CATALOGUE,
            given=Definition,
            result=DefinitionTold,
            run=describe,
        ),
    )


def _segments() -> Sequence[Tool[Scene]]:
    return (
        reading(
            "list_segments",
            title=Text("列出人群", "List segments"),
            description=Text("已保存的人群：名称、条件、人数。", "The saved segments: name, who is in it, how many."),
            permission=Scope.SEGMENTS_READ,
            given=InDataSet,
            result=SegmentsTold,
            run=list_segments,
        ),
        reading(
            "count_segment",
            title=Text("人群人数", "Count a segment"),
            description=Text(
                "一个人群现在有多少人（您看得到的）。", "How many people are in a segment now, of those you may see."
            ),
            permission=Scope.SEGMENTS_READ,
            given=Segment,
            result=SegmentCount,
            run=count_segment,
        ),
    )


def _changes() -> Sequence[Tool[Scene]]:
    return (
        writing(
            "save_segment",
            title=Text("保存人群", "Save a segment"),
            description=Text(
                "把一个回答的人保存为人群。先请一个人同意。",
                "Save the people of an answer as a segment. A person is asked to agree first.",
            ),
            permission=Scope.SEGMENTS_WRITE,
            given=NewSegment,
            result=SegmentDone,
            run=save_segment,
            announce=announce_save,
        ),
        writing(
            "rename_segment",
            title=Text("人群改名", "Rename a segment"),
            description=Text("给人群改名。先请一个人同意。", "Rename a segment. A person is asked to agree first."),
            permission=Scope.SEGMENTS_WRITE,
            given=NewName,
            result=SegmentDone,
            run=rename_segment,
            announce=announce_rename,
        ),
        writing(
            "delete_segment",
            title=Text("删除人群", "Delete a segment"),
            description=Text(
                "删除人群，可以在页面上恢复。先请一个人同意。",
                "Delete a segment; it can be restored on the page. A person is asked to agree first.",
            ),
            permission=Scope.SEGMENTS_WRITE,
            given=Segment,
            result=SegmentDone,
            run=delete_segment,
            announce=announce_delete,
            destroys=True,
        ),
        writing(
            "export_segment",
            title=Text("导出人群", "Export a segment"),
            description=Text(
                "为一个用途把人群名单写成文件，作为资源取走。先请一个人同意；联系方式按权限策略脱敏。",
                "Write the people of a segment to a file for a purpose, to be fetched as a resource. A person is asked to agree "
                "first; contacts are masked as the policy says.",
            ),
            permission=Scope.EXPORT,
            given=Taking,
            result=ExportDone,
            run=export_segment,
            announce=announce_export,
        ),
    )
