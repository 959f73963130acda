"""The server: what the protocol asks for, answered from the registry, the pages and the sample questions."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.metadata import version
from typing import Final, TypeVar

import anyio
from mcp import MCPError
from mcp.server import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp_types import (
    INVALID_PARAMS,
    BlobResourceContents,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    Prompt,
    PromptArgument,
    PromptMessage,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextContent,
    TextResourceContents,
    ToolAnnotations,
)
from mcp_types import Tool as ListedTool
from pydantic import BaseModel, JsonValue
from pydantic.json_schema import JsonSchemaMode

from assistant.accounts.types import Scope
from assistant.channels.mcp import pages, prompts
from assistant.channels.mcp.approval import OpenQuestions
from assistant.channels.mcp.callers import language_in
from assistant.channels.mcp.calls import Callers, Calls, Context, headers_of
from assistant.channels.mcp.running import AT_ONCE, Doors, run
from assistant.channels.mcp.scene import Scene
from assistant.channels.mcp.taken import TakenFiles
from assistant.channels.mcp.tools import registry
from assistant.channels.streams import OpenStreams
from assistant.channels.workspace import Workspace
from semantic_layer.errors import Language, UserError
from tools.registry import Effect, Tool

NAME: Final = "qunxiang"
TITLE: Final = "群像 Qunxiang"
PATIENCE: Final = 300.0  # seconds that a person has to agree
INSTRUCTIONS: Final = (
    "Ask about the customers of a company in Chinese or English. Numbers come from defined metrics, tags and dimensions: ask "
    "gives them with the plan that was run. Lists of people are never shown here; export_segment takes one out once a person "
    "agrees. / 用中文或英文问一家公司的客户；数字来自定义好的指标、标签和维度。这里不显示客户名单，名单经人同意后用 export_segment 取走。"
)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a server is made with: a clock, ids that cannot be guessed, how many answers may be under way, and how many
    seconds a person has to agree.
    """

    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    streams: OpenStreams
    patience: float = PATIENCE


def server_over(workspace: Workspace, callers: Callers, means: Means) -> Server[dict[str, object]]:
    """A server for all who `callers` lets in."""
    patience = timedelta(seconds=means.patience)
    doors = Doors(
        workspace=workspace,
        taken=TakenFiles(clock=means.clock, new_id=means.new_id),
        questions=OpenQuestions(clock=means.clock, new_id=means.new_id, patience=patience),
        clock=means.clock,
        new_id=means.new_id,
        streams=means.streams,
        patience=means.patience,
        threads=anyio.CapacityLimiter(AT_ONCE),
    )
    tools = registry()
    lists = _Lists(doors, callers)
    server: Server[dict[str, object]] = Server(
        NAME,
        title=TITLE,
        version=version("qunxiang"),
        instructions=INSTRUCTIONS,
        on_list_tools=lists.tools,
        on_call_tool=Calls(tools, doors, callers),
        on_list_resources=lists.resources,
        on_list_resource_templates=lists.templates,
        on_read_resource=lists.read,
        on_list_prompts=lists.prompts,
        on_get_prompt=lists.prompt,
    )
    # The seal outlives our own patience, so that an answer that is late is told so in words.
    security = RequestStateSecurity.ephemeral(ttl=2 * means.patience)
    server.middleware.append(RequestStateBoundary(security, default_audience=NAME))
    return server


class _Lists:
    """Everything but the call of a tool."""

    def __init__(self, doors: Doors, callers: Callers) -> None:
        self._doors = doors
        self._callers = callers
        self._tools = registry()

    async def tools(self, context: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
        """The tools that the caller's key allows."""
        language = language_in(headers_of(context))
        try:
            caller = await anyio.to_thread.run_sync(self._callers, context)
        except UserError as error:
            raise told(error, language) from error
        allowed = caller.holder.key.scopes
        return ListToolsResult(tools=[listed(tool, language) for tool in self._tools if tool.permission in allowed])

    async def resources(self, context: Context, params: PaginatedRequestParams | None) -> ListResourcesResult:
        found = await self._looked_up(context, Scope.CATALOGUE, pages.listed)
        return ListResourcesResult(
            resources=[
                Resource(uri=one.uri, name=one.title, title=one.title, mime_type=pages.MARKDOWN) for one in found
            ]
        )

    async def templates(self, context: Context, params: PaginatedRequestParams | None) -> ListResourceTemplatesResult:
        language = language_in(headers_of(context))
        return ListResourceTemplatesResult(
            resource_templates=[
                ResourceTemplate(uri_template=uri, name=title.in_(language), mime_type=pages.MARKDOWN)
                for uri, title in pages.TEMPLATES
            ]
        )

    async def read(self, context: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        uri = str(params.uri)
        page = await self._looked_up(context, pages.scope_of(uri), lambda scene: pages.read(uri, scene))
        if isinstance(page.content, str):
            return ReadResourceResult(
                contents=[TextResourceContents(uri=uri, mime_type=page.mime_type, text=page.content)]
            )
        blob = base64.b64encode(page.content).decode("ascii")
        return ReadResourceResult(contents=[BlobResourceContents(uri=uri, mime_type=page.mime_type, blob=blob)])

    async def prompts(self, context: Context, params: PaginatedRequestParams | None) -> ListPromptsResult:
        found = await self._looked_up(context, Scope.CATALOGUE, prompts.samples)
        wanted = PromptArgument(name="language", description="zh / en", required=False)
        return ListPromptsResult(
            prompts=[
                Prompt(name=one.name, title=one.title, description=one.question, arguments=[wanted]) for one in found
            ]
        )

    async def prompt(self, context: Context, params: GetPromptRequestParams) -> GetPromptResult:
        said = (params.arguments or {}).get("language")
        language: Language | None = "zh" if said == "zh" else "en" if said == "en" else None
        found = await self._looked_up(
            context, Scope.CATALOGUE, lambda scene: prompts.sample(params.name, scene), language
        )
        words = prompts.wording(found).in_(language or language_in(headers_of(context)))
        message = PromptMessage(role="user", content=TextContent(text=words))
        return GetPromptResult(description=found.question, messages=[message])

    async def _looked_up(
        self, context: Context, scope: Scope, work: Callable[[Scene], Result], language: Language | None = None
    ) -> Result:
        """What `work` finds; what goes wrong is an error of the protocol, in words."""
        wanted = language or language_in(headers_of(context))
        try:
            caller = await anyio.to_thread.run_sync(self._callers, context)
            caller.holder.require(scope)
            return await run(work, self._doors, caller, wanted)
        except UserError as error:
            raise told(error, wanted) from error


def told(error: UserError, language: Language) -> MCPError:
    """What went wrong as an error of the protocol, in words."""
    return MCPError(INVALID_PARAMS, error.message.in_(language), {"suggestions": list(error.suggestions)})


def listed(tool: Tool[Scene], language: Language) -> ListedTool:
    """A tool as the protocol describes it."""
    writes = tool.effect is Effect.WRITE
    title = tool.title.in_(language)
    return ListedTool(
        name=tool.name,
        title=title,
        description=tool.description.in_(language),
        input_schema=_schema(tool.given, "validation"),
        output_schema=_schema(tool.result, "serialization"),
        annotations=ToolAnnotations(
            title=title,
            read_only_hint=not writes,
            destructive_hint=tool.destroys if writes else None,
            open_world_hint=False,
        ),
    )


@lru_cache
def _schema(model: type[BaseModel], mode: JsonSchemaMode) -> dict[str, JsonValue]:
    """The JSON schema of a model. Clients list the tools on every connection."""
    return model.model_json_schema(mode=mode)
