"""Programs start no campaigns and pin nothing by words."""

from __future__ import annotations

import pytest

from assistant.channels.mcp.withheld import refuse_here
from semantic_layer.errors import NotAllowedError
from semantic_layer.query.acts import Measure, StartCampaign
from semantic_layer.query.plan import Pin, Plan, Step
from semantic_layer.query.types import Audience, Query


@pytest.mark.parametrize("step", [StartCampaign(audience=Audience()), Pin(steps=(Query(metrics=("sales",)),))])
def test_what_does_something_is_left_to_people(step: Step) -> None:
    with pytest.raises(NotAllowedError):
        refuse_here(Plan((step,)))


def test_what_only_reads_passes() -> None:
    refuse_here(Plan((Measure(campaign="A"),)))
