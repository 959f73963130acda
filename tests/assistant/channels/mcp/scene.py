"""What the tests of this door stand on: a scripted workspace, an access with keys in memory, a clock and ids in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mcp import Client
from mcp_types import ElicitRequestParams, ElicitResult

from assistant.accounts.open_access import OpenAccess
from assistant.accounts.types import Account, ApiKey, Grant, KeyHolder, KeyRefusedError, Scope
from assistant.channels.mcp.callers import KeyCaller
from assistant.channels.mcp.server import Means, server_over
from assistant.channels.scripted import ScriptedWorkspace
from assistant.channels.streams import OpenStreams
from assistant.channels.workspace import AssistantPort, Dataset, Workspace
from semantic_layer.errors import Text

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
GONE = Text("密钥已作废。", "This key was revoked.")


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


@dataclass
class Ids:
    """id-1, id-2 …"""

    made: int = 0

    def __call__(self) -> str:
        self.made += 1
        return f"id-{self.made}"


def account(login: str, *roles: str, data_set: str = "*") -> Account:
    grants = tuple(Grant(role, data_set) for role in roles)
    return Account(login=login, name=login.title(), grants=grants, created_at=NOW, updated_at=NOW)


class KeyedAccess(OpenAccess):
    """Accounts whose keys are their secrets in a dictionary."""

    def __init__(self, *, local: Account | None = None) -> None:
        super().__init__(local or account("nobody"))
        self._open = local is not None
        self.holders: dict[str, KeyHolder] = {}

    @property
    def local(self) -> Account | None:
        return super().local if self._open else None

    def add(self, secret: str, owner: Account, scopes: Sequence[Scope] = tuple(Scope)) -> None:
        key = ApiKey(id=f"key of {secret}", login=owner.login, label="", hint="", scopes=tuple(scopes), created_at=NOW)
        self.holders[secret] = KeyHolder(account=owner, key=key)

    def narrow(self, secret: str, scopes: Sequence[Scope]) -> None:
        holder = self.holders[secret]
        self.holders[secret] = replace(holder, key=replace(holder.key, scopes=tuple(scopes)))

    def revoke(self, secret: str) -> None:
        del self.holders[secret]

    def key(self, secret: str) -> KeyHolder:
        if secret not in self.holders:
            raise KeyRefusedError(GONE)
        return self.holders[secret]


@dataclass
class Person:
    """Who is asked for approval. `answer` is what they do; `before` happens while they think."""

    answer: ElicitResult = field(default_factory=lambda: ElicitResult(action="accept", content={"approve": True}))
    before: Callable[[], None] = lambda: None
    asked: list[str] = field(default_factory=list)

    async def __call__(self, context: object, params: ElicitRequestParams) -> ElicitResult:
        self.asked.append(params.message)
        self.before()
        return self.answer


@dataclass
class OneSet:
    """A workspace of one data set."""

    port: AssistantPort

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        return (Dataset("retail", Text("青禾生活", "Qinghe Living")),)

    def assistant(self, dataset: str) -> AssistantPort:
        return self.port


@dataclass
class House:
    """A workspace with a door, and the key "ana" to it."""

    workspace: Workspace
    access: KeyedAccess
    clock: Clock
    told: list[str]
    patience: float = 300.0

    def client(
        self,
        person: Person | None = None,
        *,
        secret: str = "ana",
        mode: str = "auto",
        streams: OpenStreams | None = None,
    ) -> Client:
        first = KeyCaller(self.access, secret, self.access.key(secret))
        means = Means(clock=self.clock, new_id=Ids(), streams=streams or OpenStreams(50), patience=self.patience)
        server = server_over(self.workspace, lambda _: first.renewed(), means)
        return Client(server, mode=mode, elicitation_callback=person)


def house(folder: Path) -> House:
    told: list[str] = []
    access = KeyedAccess()
    access.add("ana", account("ana", "analyst"))
    workspace = ScriptedWorkspace(folder, picture=lambda chart, dark: "<svg/>", note=told.append)
    return House(workspace, access, Clock(), told)
