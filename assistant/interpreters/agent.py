"""A language model behind an OpenAI-compatible endpoint, asked through LangChain. The one home of LangChain and OpenAI.

An agent loop of `create_agent` lets the model look things up before it gives its result; the last request that a question
may take offers nothing but the result. Importing this takes seconds, so whoever wires the product imports it when needed.
"""

from __future__ import annotations

import asyncio
import json
import os
import random as chance
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal, cast

import numpy as np
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, InputAgentState, ModelCallLimitMiddleware, hook_config
from langchain.agents.middleware.types import ModelRequest, ModelResponse, ToolCallRequest
from langchain.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langsmith import tracing_context
from numpy.typing import NDArray
from pydantic import BaseModel

from assistant.interpreters.llm.answers import check, kept_of, last_result, result_of, said_with
from assistant.interpreters.llm.asking import Asking
from assistant.interpreters.llm.client import Completion, ModelError, Profile, Request, Usage
from assistant.interpreters.llm.endpoint import Endpoint, read_endpoint, read_key
from assistant.interpreters.llm.failures import (
    cancelled,
    no_embedding,
    no_name,
    out_of_time,
    unexpected,
)
from assistant.interpreters.llm.fields import body_of, function_of, system_of
from assistant.interpreters.llm.http import Wire, listed_models, open_client, trust_of
from assistant.interpreters.llm.jsontext import is_object
from assistant.interpreters.llm.lookups import look_up
from assistant.interpreters.llm.retrying import Patience
from assistant.interpreters.llm.running import OutOfTimeError, StoppedError, run_within
from assistant.interpreters.llm.spending import Spending, SpendingInMemory, estimated_tokens
from assistant.settings import Settings
from semantic_layer.query.codec import Json

Clock = Callable[[], float]  # seconds since 1970
Sleep = Callable[[float], Awaitable[None]]

_BATCH: Final = 256  # texts in one request for vectors
_OFF: Final = (
    "LANGCHAIN_TRACING",
    "LANGCHAIN_HANDLER",
)  # of LangChain before tracing could be off by a call; they raise


def open_agent(
    settings: Settings,
    *,
    profile: Profile,
    spending: Spending | None = None,
    clock: Clock = time.time,
    sleep: Sleep = asyncio.sleep,
    random: Callable[[], float] = chance.random,
) -> OpenAIAgent:
    """A client of the endpoint in the settings. Nothing is sent yet. `spending` is shared by all that ask on one account.

    Raises:
        ModelError: NOT_CONFIGURED or CERTIFICATE, naming the setting.
    """
    for name in _OFF:
        os.environ.pop(name, None)
    return OpenAIAgent(settings, profile, spending or SpendingInMemory(), clock, sleep, random)


class OpenAIAgent:
    """A `ModelClient`."""

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        spending: Spending,
        clock: Clock,
        sleep: Sleep,
        random: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._endpoint = read_endpoint(settings)
        if not self._endpoint.name:
            raise no_name()
        self._trust = trust_of(self._endpoint)
        self._profile = profile
        self._patience = Patience(retries=self._endpoint.retries, random=random)
        self._spending = spending
        self._clock = clock
        self._sleep = sleep

    @property
    def name(self) -> str:
        return self._endpoint.name

    @property
    def profile(self) -> Profile:
        return self._profile

    def complete(self, request: Request) -> Completion:
        began = self._clock()
        asking = Asking(
            endpoint=self._endpoint,
            key=read_key(self._settings),
            until=began + request.seconds,
            patience=self._patience,
            spending=self._spending,
            clock=self._clock,
            wire=Wire(),
        )
        try:
            completion = run_within(
                lambda: self._answer(request, asking), seconds=request.seconds, cancel=request.cancel
            )
        except Exception as error:
            failure = _failure(error, request, asking)
            raise ModelError(failure.kind, failure.message, usage=self._usage(asking, began)) from error
        return replace(completion, usage=self._usage(asking, began))

    def _usage(self, asking: Asking, began: float) -> Usage:
        return asking.usage + Usage(seconds=max(0.0, self._clock() - began))

    async def _answer(self, request: Request, asking: Asking) -> Completion:
        async with open_client(
            self._endpoint, asking.wire, key=asking.key, trust=self._trust, seconds=request.seconds
        ) as client:
            chat = _chat(self._endpoint, asking.key, client, body_of(self._endpoint, request, self._profile))
            talk = _Talk(
                request, self._profile, asking, self._sleep, lambda: listed_models(client, self._endpoint, asking.key)
            )
            limit = ModelCallLimitMiddleware(run_limit=max(1, request.calls))
            steps = cast("list[AgentMiddleware[Any, Any, Any]]", [limit, talk])  # each has a state of its own type
            agent = create_agent(chat, system_prompt=system_of(request, self._profile), middleware=steps)
            with tracing_context(enabled=False):
                await agent.ainvoke(InputAgentState(messages=_messages(request)))
        return Completion(text=talk.text, model=talk.model or self.name, tools_used=tuple(talk.used))


def _failure(error: Exception, request: Request, asking: Asking) -> ModelError:
    match error:
        case ModelError():
            return error
        case OutOfTimeError():
            return out_of_time(request.seconds)
        case StoppedError():
            return cancelled()
        case _:
            return unexpected(error, asking.key)


class _Talk(AgentMiddleware):
    """The exchange about one question: asks, tries again, hands out look-ups while requests are left, ends at the result."""

    def __init__(
        self,
        request: Request,
        profile: Profile,
        asking: Asking,
        sleep: Sleep,
        listed: Callable[[], Awaitable[tuple[str, ...]]],
    ) -> None:
        super().__init__()
        self._asked = request
        self._tools = {tool.name: tool for tool in request.tools} if profile is Profile.TOOLS else {}
        self._profile = profile
        self._asking = asking
        self._sleep = sleep
        self._listed = listed
        self.text = ""
        self.model = ""
        self.used: list[str] = []
        self.ended = False

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> ModelResponse[Any]:
        self._asking.afford()
        lookups = () if self._is_last else self._tools.values()
        offered = [function_of(tool.name, tool.description, tool.parameters) for tool in lookups]
        if self._profile is Profile.TOOLS:
            result = function_of(self._asked.schema_name, "Give the result.", self._asked.schema)
            request = request.override(tools=[*offered, result], tool_choice="required")
        response = await self._asking.persist(lambda: handler(request), sleep=self._sleep, listed=self._listed)
        self._hear(cast("AIMessage", response.result[0]), request)
        return response

    def _hear(self, message: AIMessage, request: ModelRequest[Any]) -> None:
        said = said_with(message.text, message.additional_kwargs, message.response_metadata.get("finish_reason"))
        told, result, last = message.usage_metadata, self._asked.schema_name, self._is_last
        self.model = str(message.response_metadata.get("model_name") or self.model)
        self._asking.count(
            told["input_tokens"] if told else estimated_tokens(_sent(request)),
            told["output_tokens"] if told else estimated_tokens(said.written),
        )
        check(said, streamed=self._asking.endpoint.stream)
        found = last_result(said, result, frozenset(self._tools)) if last else result_of(said, result)
        self.ended = found is not None
        self.text = found or ""

    @property
    def _is_last(self) -> bool:
        """Whether nothing but the result can follow."""
        return not self._tools or self._asking.usage.calls + 1 >= self._asked.calls

    @hook_config(can_jump_to=["end"])
    async def aafter_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        return {"jump_to": "end"} if self.ended else None

    async def awrap_tool_call(self, request: ToolCallRequest, handler: object) -> ToolMessage:
        call = request.tool_call
        self.used.append(call["name"])
        found = await asyncio.to_thread(look_up, self._tools, self._asked.schema_name, call["name"], call["args"])
        status: Literal["success", "error"] = "success" if found.worked else "error"
        return ToolMessage(found.text, tool_call_id=call["id"] or "", name=call["name"], status=status)


class _Chat(ChatOpenAI):
    """Keeps what LangChain drops of an answer: refusals, and arguments of calls as they were written.

    LangChain completes broken JSON of streamed arguments by guessing. A plan that lost its last condition would look whole.
    """

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        made = super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)
        if made is None:
            return None
        for choice in (chunk.get("choices") or ())[:1]:
            made.message.additional_kwargs |= kept_of(choice.get("delta") or {})
        return made

    def _create_chat_result(self, response: Any, generation_info: dict[str, Any] | None = None) -> ChatResult:
        if not isinstance(response, BaseModel):
            return super()._create_chat_result(response, generation_info)
        plain = response.model_dump(warnings=False)
        messages = [choice.get("message") or {} for choice in plain.get("choices") or ()]
        kept = [kept_of(message) for message in messages]
        for call in (call for message in messages for call in message.get("tool_calls") or ()):
            if not is_object(call["function"]["arguments"] or ""):
                call["function"]["arguments"] = "{}"  # LangChain fails on lists; what was written is kept beside
        result = super()._create_chat_result(plain, generation_info)
        for generation, more in zip(result.generations, kept, strict=True):
            generation.message.additional_kwargs |= more
        return result


def _chat(endpoint: Endpoint, key: str, client: object, body: Mapping[str, Json]) -> _Chat:
    return _Chat(
        model=endpoint.name,
        base_url=endpoint.url,
        api_key=_secret(key),
        http_async_client=client,
        max_retries=0,
        streaming=endpoint.stream,
        stream_usage=endpoint.stream,
        use_responses_api=False,
        output_version="v0",
        openai_proxy="",
        extra_body=body,
    )


def _messages(request: Request) -> list[AnyMessage | dict[str, Any]]:
    messages: list[AnyMessage | dict[str, Any]] = [HumanMessage(request.user)]
    for exchange in request.earlier:
        messages += [AIMessage(exchange.answer), HumanMessage(exchange.issues)]
    return messages


def _sent(request: ModelRequest[Any]) -> str:
    system = request.system_message.text if request.system_message else ""
    return (
        system + "".join(message.text for message in request.messages) + json.dumps(request.tools, ensure_ascii=False)
    )


def _secret(key: str) -> Callable[[], Awaitable[str]]:
    """The key as a coroutine, so that LangChain makes no second, synchronous client."""

    async def secret() -> str:
        return key or "none"

    return secret


class EndpointEncoder:
    """An `Encoder` by the embedding model of the endpoint. `seconds` is for a batch of texts; tokens are not counted."""

    def __init__(
        self,
        settings: Settings,
        *,
        seconds: float = 30.0,
        clock: Clock = time.time,
        sleep: Sleep = asyncio.sleep,
        random: Callable[[], float] = chance.random,
    ) -> None:
        self._settings = settings
        endpoint = read_endpoint(settings)
        if not endpoint.embedding:
            raise no_embedding()
        self._endpoint = replace(endpoint, name=endpoint.embedding, name_setting="QUNXIANG_EMBEDDING_NAME")
        self._trust = trust_of(endpoint)
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._patience = Patience(retries=endpoint.retries, random=random)
        self._dimensions = 0

    @property
    def name(self) -> str:
        return f"{self._endpoint.name} @ {self._endpoint.url}"

    @property
    def dimensions(self) -> int:
        """Asks the endpoint once; raises `ModelError` when it does not tell."""
        if not self._dimensions:
            self._dimensions = self._vectors(["1"]).shape[1]
        return self._dimensions

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """An array `(len(texts), dimensions)`.

        Raises:
            ModelError: the endpoint gives none.
        """
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        batches = (list(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH))
        found: NDArray[np.float32] = np.concatenate([self._vectors(batch) for batch in batches])
        self._dimensions = found.shape[1]
        return found

    def _vectors(self, texts: list[str]) -> NDArray[np.float32]:
        asking = Asking(
            endpoint=self._endpoint,
            key=read_key(self._settings),
            until=self._clock() + self._seconds,
            patience=self._patience,
            spending=SpendingInMemory(),
            clock=self._clock,
            wire=Wire(),
        )
        try:
            found = run_within(lambda: self._embed(texts, asking), seconds=self._seconds, cancel=None)
            return _rectangle(found, len(texts))
        except OutOfTimeError as error:
            raise out_of_time(self._seconds) from error
        except Exception as error:
            raise asking.failure(error) from error

    async def _embed(self, texts: list[str], asking: Asking) -> list[list[float]]:
        async with open_client(
            self._endpoint, asking.wire, key=asking.key, trust=self._trust, seconds=self._seconds
        ) as client:
            embeddings = OpenAIEmbeddings(
                model=self._endpoint.name,
                openai_api_base=self._endpoint.url,
                openai_api_key=_secret(asking.key),
                openai_proxy="",
                http_async_client=client,
                max_retries=0,
                check_embedding_ctx_length=False,  # counting would fetch a table of tokens from the network
                model_kwargs={"encoding_format": "float"},
            )
            with tracing_context(enabled=False):
                return await asking.persist(
                    lambda: embeddings.aembed_documents(texts),
                    sleep=self._sleep,
                    listed=lambda: listed_models(client, self._endpoint, asking.key),
                )


def _rectangle(found: list[list[float]], rows: int) -> NDArray[np.float32]:
    vectors = np.asarray(found, dtype=np.float32)
    if vectors.ndim != 2 or len(vectors) != rows or not vectors.shape[1]:
        raise ValueError("not one vector for each text")
    return vectors
