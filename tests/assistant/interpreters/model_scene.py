"""A client of the scripted server, a clock and a sleep that take no time, and a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from assistant.interpreters.agent import OpenAIAgent, open_agent
from assistant.interpreters.llm.client import Profile, Request, Tool
from assistant.interpreters.llm.spending import Spending
from assistant.settings import Settings
from tests.assistant.interpreters.openai_server import OpenAIServer

SCHEMA = {
    "type": "object",
    "properties": {"metric": {"type": "string", "enum": ["sales", "orders"]}, "top": {"type": "integer"}},
    "required": ["metric"],
}
ANSWER = '{"metric": "sales", "top": 3}'
KEY = "sk-0123456789abcdef"


@dataclass
class Time:
    """Seconds since 1970, which pass only in sleep."""

    now: float = 1_800_000_000.0
    naps: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


def settings_of(server: OpenAIServer, **changes: Any) -> Settings:
    return Settings(**{"model_url": server.url, "model_name": "small-model", "model_key": KEY, **changes})


def agent_of(
    server: OpenAIServer,
    profile: Profile = Profile.SCHEMA,
    *,
    time: Time | None = None,
    spending: Spending | None = None,
    chance: Callable[[], float] = lambda: 0.5,
    **changes: Any,
) -> OpenAIAgent:
    settings = settings_of(server, **changes)
    if time is None:
        return open_agent(settings, profile=profile, spending=spending, random=chance)
    return open_agent(settings, profile=profile, spending=spending, random=chance, clock=time.clock, sleep=time.sleep)


def request(**changes: Any) -> Request:
    return Request(**{"system": "You read questions.", "user": "sales?", "schema": SCHEMA, "seconds": 20.0, **changes})


def lookup(run: Callable[..., str] = lambda arguments: f"found {arguments['words']}", name: str = "search") -> Tool:
    parameters = {
        "type": "object",
        "properties": {"words": {"type": "string"}, "limit": {"type": "integer"}},
        "required": ["words"],
        "additionalProperties": False,
    }
    return Tool(name=name, description="Search the vocabulary.", parameters=parameters, run=run)
