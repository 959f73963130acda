"""The seam to a language model: one request in, one structured text out. What it says is data to be checked, never run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text, UserError
from semantic_layer.query.codec import Json


class Profile(StrEnum):
    """How an endpoint can be made to give structured output."""

    TOOLS = "tools"  # native tool calls; the result is a call of a tool
    SCHEMA = "schema"  # no tools; the result is held to a JSON schema
    TEXT = "text"  # neither; the schema is told in words and the answer is searched for JSON


class FailureKind(StrEnum):
    NOT_CONFIGURED = "not_configured"
    UNREACHABLE = "unreachable"  # nobody listens, the name is unknown, the connection broke
    KEY = "key"  # missing or refused
    NO_SUCH_MODEL = "no_such_model"
    NOT_OPENAI_LIKE = "not_openai_like"  # something answers, but not in this protocol
    CERTIFICATE = "certificate"
    RATE_LIMITED = "rate_limited"
    SERVER = "server"  # 5xx after the retries
    TIMEOUT = "timeout"  # the time budget is used up
    CUT_OFF = "cut_off"  # the stream broke, or the answer is longer than allowed
    CONTEXT = "context"  # the prompt is longer than the model takes
    EMPTY = "empty"  # an answer without content
    REFUSED = "refused"  # the model, or a filter before it, will not answer
    OVER_BUDGET = "over_budget"  # the money set aside for models is used up
    CANCELLED = "cancelled"


class ModelError(UserError):
    """The model gave nothing usable. The message says what is wrong and what to do about it."""

    def __init__(self, kind: FailureKind, message: Text, *, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.usage = usage or Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a question took: requests that a model answered, tokens in and out, seconds, and money in `currency`."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    cost: float = 0.0
    currency: str = field(default="", compare=False)

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            calls=self.calls + other.calls,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            seconds=self.seconds + other.seconds,
            cost=self.cost + other.cost,
            currency=self.currency or other.currency,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Something the model may look up before it answers. `run` takes checked arguments, gives text, and never raises."""

    name: str
    description: str
    parameters: Mapping[str, Json]  # a JSON schema of an object
    run: Callable[[Mapping[str, Json]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """An earlier answer of the model and what was wrong with it."""

    answer: str
    issues: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question to a model. `calls` is how many requests it may take in all, `seconds` how long."""

    system: str  # the same for all questions of a data set and a language, so that endpoints can keep it
    user: str
    schema: Mapping[str, Json]  # of the answer: an object
    schema_name: str = "reading"
    tools: tuple[Tool, ...] = ()
    earlier: tuple[Exchange, ...] = ()
    calls: int = 2
    seconds: float = 20.0
    cancel: Cancel | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What the model said: JSON text by the schema when all went well, any text when not."""

    text: str
    usage: Usage = Usage()
    model: str = ""
    tools_used: tuple[str, ...] = ()  # names, in order


class ModelClient(Protocol):
    """One endpoint. Safe for several threads. Raises `ModelError` inside the time of the request, and nothing else."""

    @property
    def name(self) -> str:
        """Of the model, as people know it."""
        ...

    @property
    def profile(self) -> Profile: ...

    def complete(self, request: Request) -> Completion: ...


class ScriptedModel:
    """The fake: says what it was told to say, in order, and keeps the requests. An error in the script is raised."""

    def __init__(self, script: tuple[str | ModelError, ...], *, profile: Profile = Profile.SCHEMA) -> None:
        self.name = "scripted"
        self.profile = profile
        self.requests: list[Request] = []
        self._script = list(script)

    def complete(self, request: Request) -> Completion:
        self.requests.append(request)
        said = self._script.pop(0) if self._script else NOTHING_LEFT
        if isinstance(said, ModelError):
            raise said
        return Completion(text=said, usage=Usage(calls=1), model=self.name)


NOTHING_LEFT: Final = ModelError(FailureKind.EMPTY, Text("没有更多的回答。", "There is no further answer."))
