"""One call of a tool: who calls and may they, are the arguments right, did a person agree, and what comes back."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import anyio
from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ContentBlock,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    ResourceLink,
    TextContent,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel
from starlette.requests import Request

from assistant.accounts.types import Scope
from assistant.channels.mcp.approval import (
    CHANGED,
    REFUSED,
    TOO_LATE,
    UNSUPPORTED,
    Asking,
    Said,
    agreed,
    form,
    question,
)
from assistant.channels.mcp.callers import Caller, language_in
from assistant.channels.mcp.results import ExportDone, ReplyTold
from assistant.channels.mcp.running import Doors, run
from assistant.channels.mcp.scene import Scene
from assistant.channels.mcp.told import as_text
from assistant.interpreters.language import language_of
from semantic_layer.errors import Language, NotAllowedError, Text, UserError
from tools.registry import Effect, Registry, Tool

Context: TypeAlias = "ServerRequestContext[dict[str, object], Request]"
Callers: TypeAlias = "Callable[[Context], Caller]"
APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came: its context, its parameters, and who made it."""

    context: Context
    params: CallToolRequestParams
    caller: Caller
    language: Language


class Calls:
    """Answers `tools/call`. What goes wrong comes back as a tool error in words; only what nobody foresaw as an id."""

    def __init__(self, registry: Registry[Scene], doors: Doors, callers: Callers) -> None:
        self._registry = registry
        self._doors = doors
        self._callers = callers

    async def __call__(self, context: Context, params: CallToolRequestParams) -> CallToolResult | InputRequiredResult:
        language = _language_asked(context, params)
        try:
            caller = await anyio.to_thread.run_sync(self._callers, context)
            tool = self._registry.tool(params.name)
            caller.holder.require(Scope(tool.permission))
            values = tool.read(params.arguments or {})
            return await self._done(tool, values, Call(context, params, caller, language))
        except UserError as error:
            return failed(error, language)
        except MCPError:
            raise
        except Exception:
            number = self._doors.new_id()
            logging.getLogger(__name__).exception("MCP call %s of %s failed", number, params.name)
            return failed(UserError(_unforeseen(number)), language)

    async def _done(self, tool: Tool[Scene], values: BaseModel, call: Call) -> CallToolResult | InputRequiredResult:
        caller = call.caller
        if tool.effect is Effect.WRITE:
            asked = await self._agreed(tool, values, call)
            if asked is not None:
                return asked
            caller = await anyio.to_thread.run_sync(caller.renewed)
            caller.holder.require(Scope(tool.permission))

        async def tell(done: int, line: str) -> None:
            await call.context.session.report_progress(done, None, line)

        result = await run(lambda scene: tool.run(values, scene), self._doors, caller, call.language, tell)
        return succeeded(result)

    async def _agreed(self, tool: Tool[Scene], values: BaseModel, call: Call) -> InputRequiredResult | None:
        """Nothing once a person said yes; the question where the client has to call again; raises `NotAllowedError` else."""
        if not _can_ask(call.context):
            raise NotAllowedError(UNSUPPORTED)
        asking, preview = await self._asking(tool, values, call)
        message, wanted = question(preview, call.language), form(call.language)
        elicitation = ElicitRequestFormParams(message=message, requested_schema=wanted)
        if call.context.protocol_version in MODERN_PROTOCOL_VERSIONS:
            answered = (call.params.input_responses or {}).get(APPROVAL)
            number = call.params.request_state
            if number is None or not isinstance(answered, ElicitResult):
                requests = {APPROVAL: ElicitRequest(params=elicitation)}
                return InputRequiredResult(input_requests=requests, request_state=self._doors.questions.put(asking))
            self._doors.questions.take(number, asking)
            agreed(_said(answered))
            return None
        agreed(_said(await self._elicited(elicitation, call.context)))
        again, _ = await self._asking(tool, values, call)
        if again != asking:
            raise NotAllowedError(CHANGED)
        return None

    async def _asking(self, tool: Tool[Scene], values: BaseModel, call: Call) -> tuple[Asking, Text]:
        announce = tool.announce
        if announce is None:
            raise AssertionError(f"{tool.name} does not say what it does")
        preview = await run(lambda scene: announce(values, scene), self._doors, call.caller, call.language)
        holder = call.caller.holder
        asking = Asking(
            login=holder.account.login,
            key=holder.key.id,
            tool=tool.name,
            arguments=values.model_dump_json(),
            preview=f"{preview.zh}\n{preview.en}",
        )
        return asking, preview

    async def _elicited(self, params: ElicitRequestFormParams, context: Context) -> ElicitResult:
        try:
            with anyio.fail_after(self._doors.patience):
                return await context.session.elicit_form(
                    params.message, params.requested_schema, related_request_id=context.request_id
                )
        except TimeoutError as error:
            raise NotAllowedError(TOO_LATE) from error
        except MCPError as error:
            raise NotAllowedError(REFUSED) from error


def _said(result: ElicitResult) -> Said:
    return Said(action=result.action, content=result.content or {})


def _can_ask(context: Context) -> bool:
    """Whether the client says that it can show a person a form."""
    capabilities = context.session.client_capabilities
    elicitation = None if capabilities is None else capabilities.elicitation
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def headers_of(context: Context) -> Mapping[str, str] | None:
    """The headers of the request that brought a message; none on stdio."""
    return None if context.request is None else context.request.headers


def _language_asked(context: Context, params: CallToolRequestParams) -> Language:
    """As the argument says, else the header, else as the question is written, else English."""
    arguments, headers = params.arguments or {}, headers_of(context)
    match arguments.get("language"):
        case "zh":
            return "zh"
        case "en":
            return "en"
    words = arguments.get("question")
    if isinstance(words, str) and not (headers or {}).get("accept-language"):
        return language_of(words)
    return language_in(headers)


def _unforeseen(number: str) -> Text:
    return Text(
        f"出了意料之外的错误，编号 {number}。请把编号告诉管理员。",
        f"Something unforeseen went wrong, number {number}. Tell the administrator this number.",
    )


def failed(error: UserError, language: Language) -> CallToolResult:
    """A tool error in words, with what may be tried instead."""
    said = error.message.in_(language)
    offers = [offer for offer in error.suggestions if offer not in said]
    if offers:
        said += ("\n可以试：" if language == "zh" else "\nTry: ") + ("、" if language == "zh" else ", ").join(offers)
    return CallToolResult(content=[TextContent(text=said)], is_error=True)


def succeeded(result: BaseModel) -> CallToolResult:
    """The result as data, and as text for clients that read no data."""
    data = result.model_dump(mode="json")
    content: list[ContentBlock] = []
    match result:
        case ReplyTold():
            content.append(TextContent(text=as_text(result)))
        case ExportDone():
            content.append(TextContent(text=result.text))
            content.append(
                ResourceLink(name=result.file, uri=result.uri, mime_type=result.mime_type, size=result.bytes)
            )
        case _:
            content.append(TextContent(text=json.dumps(data, ensure_ascii=False)))
    return CallToolResult(content=content, structured_content=data, is_error=_is_error(result))


def _is_error(result: BaseModel) -> bool:
    return isinstance(result, ReplyTold) and result.kind == "refusal" and result.why == "error"
