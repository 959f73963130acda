"""A request put into the fields of the protocol, for each way in which an endpoint gives structured output."""

from __future__ import annotations

import json
from collections.abc import Mapping

from assistant.interpreters.llm.client import Profile, Request
from assistant.interpreters.llm.endpoint import Endpoint
from semantic_layer.query.codec import Json


def body_of(endpoint: Endpoint, request: Request, profile: Profile) -> dict[str, Json]:
    """What goes into the body beside messages and tools."""
    body = fields_of(endpoint, output=endpoint.output)
    if profile is Profile.SCHEMA:
        named: dict[str, Json] = {"name": request.schema_name, "schema": dict(request.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    return body


def fields_of(endpoint: Endpoint, *, output: int) -> dict[str, Json]:
    """The same in every request. A field that `QUNXIANG_MODEL_BODY` sets to null is left out."""
    body: dict[str, Json] = {"max_tokens": output, "temperature": 0, **endpoint.body}
    if "max_completion_tokens" in body:  # the newer name of the same; endpoints refuse both together
        del body["max_tokens"]
    return {name: value for name, value in body.items() if value is not None}


def system_of(request: Request, profile: Profile) -> str:
    if profile is not Profile.TEXT:
        return request.system
    schema = json.dumps(request.schema, ensure_ascii=False)
    return f"{request.system}\n\nAnswer with one JSON object and nothing else. It follows this JSON schema:\n{schema}"


def function_of(name: str, description: str, parameters: Mapping[str, Json]) -> dict[str, Json]:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": dict(parameters)}}
