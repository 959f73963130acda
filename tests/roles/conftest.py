"""The demo company behind several doors, for people with different rights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from assistant.channels.live import LiveAssistant, LiveWorkspace
from assistant.channels.workspace import Dataset
from assistant.core import Assistant
from assistant.settings import Settings
from semantic_layer.errors import Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.policy.types import Policy, RolePolicy, User
from tests.roles.doors import CliDoor, CoreDoor, DeskDoor, Door
from tools.export.exporter import Exporter

ANALYST = User(name="ana", roles=("analyst",))
EAST = User(name="eva", roles=("region_east",))
GUARDED = User(name="gus", roles=("guarded",))
"""Sees who people are, but not when or where they were born, nor anything that is made of it."""

HIDDEN = ("customer.birthday", "customer.address", "customer.email")


@dataclass(frozen=True, slots=True)
class House:
    """The demo company under its own policy with one role more, and the doors to it."""

    assistant: Assistant
    port: LiveAssistant
    desk: DeskDoor


@pytest.fixture(scope="session")
def house(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> House:
    opened = under(
        assistant, RolePolicy(name="guarded", see_personal=True, hidden=HIDDEN), tmp_path_factory.mktemp("out")
    )
    port = LiveAssistant(opened, Text("青禾生活", "Qinghe Living"))
    workspace = LiveWorkspace((Dataset("retail", Text("青禾生活", "Qinghe Living")),), lambda _: opened)
    return House(opened, port, DeskDoor(workspace, tmp_path_factory.mktemp("outbox")))


def under(assistant: Assistant, role: RolePolicy, exports: Path) -> Assistant:
    """The same data and words under the same policy with one role more. Whoever started it has no role at all."""
    parts = assistant.resources
    policy = replace(parts.layer.policy, roles=(*parts.layer.policy.roles, role))

    def layer_under(other: Policy) -> SemanticLayer:
        return SemanticLayer(parts.index, other, parts.layer.engine, parts.as_of, parts.segments)

    exporter = Exporter(
        policy=policy, proofs=parts.audit, clock=parts.now, new_id=parts.new_id, layer_under=layer_under
    )
    parts = replace(parts, layer=layer_under(policy), exporter=exporter, exports=exports)
    return Assistant(parts, user=User(name="nobody", roles=()))


@pytest.fixture(params=["core", "page"])
def door(request: pytest.FixtureRequest, house: House) -> Door:
    return CoreDoor(house.assistant) if request.param == "core" else house.desk


@pytest.fixture
def command_line(settings: Settings) -> CliDoor:
    return CliDoor({"QUNXIANG_HOME": str(settings.home), "QUNXIANG_STATE_URL": settings.state_url})
