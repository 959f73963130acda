"""What both ports of data owners share: values as one person may see them, rights, and work that goes on by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.model.types import Sensitivity
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import Policy, User


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as one person may see it. With `masked`, `text` already is the masked form, never the value."""

    text: str
    masked: bool = False


class TaskState(StrEnum):
    WAITING = "waiting"  # for its turn
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"  # by a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Work that goes on without a tab. `of` is 0 while the whole is not known; `seconds_left` is `None` then too.

    `message` is what it does now, or what came of it and what it left behind. `about` is the source that it works on.
    """

    id: str
    label: Text
    state: TaskState
    done: int = 0
    of: int = 0
    seconds_left: float | None = None
    message: Text = Text("", "")  # frozen
    cancellable: bool = True
    about: str = ""
    by: str = ""
    started_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.state in (TaskState.WAITING, TaskState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class StewardRights:
    """What one person may do beyond reading: `manage_data` changes sources, `manage_people` changes who is one customer."""

    manage_data: bool = False
    manage_people: bool = False
    see_personal: bool = False
    see_contact: bool = False


RightsOf = Callable[[User], StewardRights]
"""What a user may do; raises `NotAllowedError` for somebody without a known role."""


def rights_under(policy: Policy) -> RightsOf:
    """What users may do under a policy."""

    def rights(user: User) -> StewardRights:
        found = rights_of(user, policy)
        return StewardRights(
            manage_data=found.may_manage_data,
            manage_people=found.may_manage_people,
            see_personal=found.may_see(Sensitivity.PERSONAL),
            see_contact=found.may_see(Sensitivity.CONTACT),
        )

    return rights


def require_manage_data(rights: StewardRights) -> None:
    """Raises `NotAllowedError` for who may not change sources."""
    if not rights.manage_data:
        raise NotAllowedError(
            Text(
                "更改数据来源需要数据负责人的权限（manage_data）。您可以查看；需要更改时请联系数据负责人。",
                "Changing sources is for data owners (manage_data). You may look; ask a data owner for changes.",
            )
        )


def require_manage_people(rights: StewardRights) -> None:
    """Raises `NotAllowedError` for who may not merge, split or delete."""
    if not rights.manage_people:
        raise NotAllowedError(
            Text(
                "合并、拆分和删除客户需要客户数据负责人的权限（manage_people）。您可以查看；需要更改时请联系他们。",
                "Merging, splitting and deleting customers is for owners of customer data (manage_people). You may look; "
                "ask one of them for changes.",
            )
        )
