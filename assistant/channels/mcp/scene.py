"""What a tool needs beside its arguments: who calls, which data they may open, and how to tell them how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from assistant.accounts.types import Account
from assistant.channels.mcp.taken import TakenFiles
from assistant.channels.workspace import AssistantPort, Dataset, Workspace
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Language, NotAllowedError, Text, UnknownNameError
from semantic_layer.model.nearest import nearest
from semantic_layer.policy.types import User

VIA: Final = "mcp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A data set that was opened for a call."""

    id: str
    port: AssistantPort
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One call. `language` is for what the tool itself says; `report` takes a line of progress and never blocks."""

    workspace: Workspace
    account: Account
    language: Language
    cancel: Cancel
    report: Callable[[str], None]
    taken: TakenFiles
    new_id: Callable[[], str]

    def data_sets(self) -> tuple[Dataset, ...]:
        """Those in which the caller has a role."""
        return tuple(one for one in self.workspace.datasets if self.account.roles_in(one.id))

    def open(self, name: str) -> Open:
        """A data set by its id, the first that the caller may use when empty. One without a role is as if it were not there."""
        ids = [one.id for one in self.data_sets()]
        if not ids:
            raise NotAllowedError(
                Text(
                    "您在任何数据集里都没有角色，请管理员分配。",
                    "You have no role in any data set. Ask an administrator for one.",
                )
            )
        chosen = name or ids[0]
        if chosen not in ids:
            raise UnknownNameError(Text("数据集", "data set"), chosen, nearest(chosen, ids) or ids)
        return Open(id=chosen, port=self.workspace.assistant(chosen), user=self.account.user_in(chosen, via=VIA))
