"""Both ports and their tasks over made-up data, by role: what tests and a first look at the pages run on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

from assistant.stewardship.port import Stewards, Stewardship
from assistant.stewardship.scripted_people import ScriptedPeople
from assistant.stewardship.scripted_sources import ScriptedSources
from assistant.stewardship.scripted_tasks import ScriptedTasks
from assistant.stewardship.types import RightsOf, StewardRights
from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.policy.types import User


def rights_by_role(owners: Collection[str], readers: Collection[str]) -> RightsOf:
    """Owners may do everything; readers look and see contacts masked; others may not even look."""

    def rights(user: User) -> StewardRights:
        if any(role in owners for role in user.roles):
            return StewardRights(manage_data=True, manage_people=True, see_personal=True, see_contact=True)
        if any(role in readers for role in user.roles):
            return StewardRights()
        raise NotAllowedError(Text("您在这份数据里没有角色。", "You have no role in this data."))

    return rights


def scripted_stewards(
    folder: Path,
    *,
    clock: Callable[[], datetime],
    note: Callable[[str], None] = lambda _: None,
    rights: RightsOf | None = None,
    seconds: float = 3.0,
    dataset: str = "retail",
) -> Stewards:
    """Ports of `dataset`; other data sets have none. Files are read below `folder`; every task takes `seconds`."""
    may = rights or rights_by_role(("analyst",), ("region_east",))
    tasks = ScriptedTasks(clock=clock, seconds=seconds)
    ports = Stewardship(
        sources=ScriptedSources(folder=folder, rights=may, tasks=tasks, clock=clock, note=note),
        people=ScriptedPeople(rights=may, tasks=tasks, clock=clock, note=note),
        tasks=tasks,
    )
    return lambda wanted: ports if wanted == dataset else Stewardship()
