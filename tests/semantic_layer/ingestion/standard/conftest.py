"""What the tests of cleaning share: the table of places, and a step or chain over one value."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from semantic_layer.errors import Text
from semantic_layer.ingestion.standard.gazetteer import read_gazetteer
from semantic_layer.ingestion.standard.step import StepContext
from semantic_layer.ingestion.standard.steps import all_steps, step_named
from semantic_layer.ingestion.standard.types import StandardField
from semantic_layer.model.types import ColumnType, Words

AS_OF = date(2026, 10, 31)
STEPS = all_steps()


def a_field(name="note", kind=ColumnType.STRING, **more):
    return StandardField(name=name, words=Words(label=Text(name, name)), type=kind, **more)


@pytest.fixture(scope="session")
def places():
    return read_gazetteer()


@pytest.fixture(scope="session")
def context(places):
    return StepContext(field=a_field(), as_of=AS_OF, gazetteer=places)


@pytest.fixture(scope="session")
def read(context):
    """`read("phone", value)`: what the step makes of the value."""

    def run(written, value, **more):
        step, argument = step_named(written, STEPS)
        return step.read(value, replace(context, argument=argument, **more))

    return run
