"""Programs, agents and Slack: the same question has the part of the answer that the asker may see, as through the near doors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.assistant.channels.slack.fake_slack import FakeSlack, running
from tests.roles.conftest import House
from tests.roles.doors import Door
from tests.roles.far_doors import HttpDoor, McpDoor, SlackDoor
from tests.roles.test_only_their_part import FIGURES, Expected, check_figures, expected

__all__ = ["expected"]  # a fixture


@pytest.fixture(params=["http", "mcp", "slack"])
def far(request: pytest.FixtureRequest, house: House, tmp_path: Path) -> Iterator[Door]:
    if request.param != "slack":
        yield HttpDoor(house.port) if request.param == "http" else McpDoor(house.port)
        return
    with running(FakeSlack()) as slack:
        door = SlackDoor(house.port, slack, tmp_path)
        yield door
        door.close()


@pytest.mark.parametrize(
    ("name", "place"),
    [("customers", 0), ("orders", 1), *(pytest.param("by level", n, marks=pytest.mark.slow) for n in (0, 1))],
)
def test_a_far_door_tells_their_figure_and_never_that_of_everybody(
    name: str, place: int, far: Door, expected: Expected
) -> None:
    check_figures(FIGURES[name][place], name, far, expected)
