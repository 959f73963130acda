"""The OpenAPI description is complete and true: schemathesis reads it and calls everything with good and bad data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from starlette.types import Receive, Scope, Send

from assistant.channels.scripted import ScriptedAssistant
from tests.assistant.channels.http.scene import ANA, Keys, Scene, scripted

MANY = int(os.environ.get("QUNXIANG_TEST_EXAMPLES", "30"))
Described = tuple[Any, dict[str, str]]
OPERATIONS = {
    "POST /events",
    "POST /responses",
    "POST /ask",
    "POST /plans",
    "GET /segments",
    "POST /segments",
    "GET /segments/{name}",
    "PATCH /segments/{name}",
    "DELETE /segments/{name}",
    "POST /segments/{name}/recount",
    "POST /segments/{name}/restore",
    "POST /exports",
    "GET /purposes",
    "GET /catalogue",
    "GET /catalogue/{name}",
    "GET /data-sets",
    "GET /me",
}


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Described:
    """The description of the interface over scripted answers that need no time."""
    write = ScriptedAssistant._write
    monkeypatch.setattr(ScriptedAssistant, "_wait", lambda *_: None)
    monkeypatch.setattr(
        ScriptedAssistant, "_write", lambda self, name, rows, bom: write(self, name.replace("/", "_"), rows, bom=bom)
    )
    access = Keys()
    scene = Scene(scripted(tmp_path, []), access)
    # 422 is a right reply to data that fits its form but not the meaning: a table wanted as a picture.
    config = SchemathesisConfig.from_dict(
        {
            "generation": {"with-security-parameters": False},  # test_door.py has what is wrong with keys
            "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "422"]}},
        }
    )

    async def below(given: Scope, receive: Receive, send: Send) -> None:
        # A `Mount` answers some odd paths itself, and what is around it is not described here.
        await scene.api({**given, "root_path": "/v1"}, receive, send)

    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", below, config=config)
    return schema, {"Authorization": f"Bearer {access.issue(ANA)}"}


@pytest.mark.parametrize("mode", [GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_every_route_does_as_described(described: Described, mode: GenerationMode) -> None:
    call_all(described, mode, examples=2)


@pytest.mark.slow
@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
def test_every_route_does_as_described_at_length(described: Described, mode: GenerationMode) -> None:
    call_all(described, mode, examples=MANY)


def call_all(described: Described, mode: GenerationMode, *, examples: int) -> None:
    """Call every operation with generated data and hold each response to all checks of schemathesis."""
    schema, key = described
    called = set()
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy(generation_mode=mode))
        def call(case: schemathesis.Case) -> None:
            case.call_and_validate(headers=key)

        try:
            call()
        except Unsatisfiable:
            assert mode.is_negative  # nothing can be wrong with it
        called.add(operation.label)
    assert called == OPERATIONS
