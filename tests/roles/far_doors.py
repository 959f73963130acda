"""The doors that stand farther away: programs over HTTP, agents over MCP, and Slack, each as its user reaches it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from assistant.accounts.types import Account
from assistant.channels.workspace import AssistantPort
from semantic_layer.policy.types import User
from tests.assistant.channels.http.scene import Keys
from tests.assistant.channels.http.scene import Scene as Programs
from tests.assistant.channels.mcp.scene import Clock, KeyedAccess, OneSet
from tests.assistant.channels.mcp.scene import House as Agents
from tests.assistant.channels.slack.conftest import Kit
from tests.assistant.channels.slack.conftest import account as in_slack
from tests.assistant.channels.slack.fake_slack import FakeSlack
from tests.roles.doors import Shown, account_of, shown


class HttpDoor:
    """`POST /v1/ask` with a key of the person."""

    def __init__(self, port: AssistantPort) -> None:
        self._scene = Programs(OneSet(port), Keys())

    def ask(self, question: str, user: User) -> Shown:
        replied = self._scene.client(account_of(user)).post("/ask", json={"question": question})
        assert replied.status_code == 200, replied.text
        return shown(replied.json())


class McpDoor:
    """The tool `ask` with a key of the person."""

    def __init__(self, port: AssistantPort) -> None:
        self._access = KeyedAccess()
        self._house = Agents(OneSet(port), self._access, Clock(), [])

    def ask(self, question: str, user: User) -> Shown:
        self._access.add(user.name, account_of(user))
        return shown(json.loads(asyncio.run(self._asked(question, user.name))))

    async def _asked(self, question: str, secret: str) -> str:
        async with self._house.client(secret=secret) as client:
            result = await client.call_tool("ask", {"question": question})
            return result.model_dump_json()


class SlackDoor:
    """A direct message, and what is posted and uploaded in reply."""

    def __init__(self, port: AssistantPort, slack: FakeSlack, folder: Path) -> None:
        self._slack = slack
        self._kit = Kit(slack, folder)
        self._kit.workspace = OneSet(port)  # type: ignore[assignment]
        self._kit.door = self._kit.new_door()
        self._kit.start()

    def ask(self, question: str, user: User) -> Shown:
        (role,) = user.roles
        person: Account = in_slack(user.name, slack="U1", roles=(role,))
        self._kit.book.people.clear()
        self._kit.book.add(person)
        before = len(self._slack.messages)
        self._kit.direct(question)
        self._kit.wait_idle(60)
        return shown([one.whole for one in self._slack.messages[before:]])

    def close(self) -> None:
        self._kit.door.stop()
