"""The OpenAPI description: what the framework tells of the routes, completed by what it cannot know."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from assistant.accounts.types import Scope
from assistant.channels.http.problems import ProblemBody
from semantic_layer.query.codec import KIND
from semantic_layer.query.plan import Plan
from semantic_layer.query.schema import json_schema

TITLE: Final = "Qunxiang 群像"
VERSION: Final = "1"
ABOUT: Final = (
    "Ask about your customers and get the right number. Every request carries an API key and sees what the roles of its "
    "owner allow. Errors are `application/problem+json`, in Chinese or English by `Accept-Language`.\n\n"
    "用中文或英文提问，得到准确的数字。每个请求带 API 密钥，看到的以密钥主人的角色为限。"
    "错误为 `application/problem+json`，按 `Accept-Language` 用中文或英文说明。"
)
_PLAN: Final = "Plan"
_SCHEMAS: Final = "#/components/schemas/"


def describer(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """What `app.openapi` shall be: the description, made once."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    description=app.description,
                    routes=app.routes,
                    tags=app.openapi_tags,
                    separate_input_output_schemas=False,
                )
            )
        return app.openapi_schema

    return describe


def _complete(described: dict[str, Any]) -> dict[str, Any]:
    components = described.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = ProblemBody.model_json_schema(ref_template=f"{_SCHEMAS}{{model}}", mode="serialization")
    schemas |= {name: schema for name, schema in problem.pop("$defs", {}).items() if name not in schemas}
    schemas["ProblemBody"] = problem
    schemas |= _plans()
    scopes = ", ".join(scope.value for scope in Scope)
    components["securitySchemes"] = {
        "key": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "qx_…",
            "description": f"An API key of an account, with scopes out of: {scopes} · 账号的 API 密钥及其权限",
        }
    }
    described["security"] = [{"key": []}]
    return described


def _plans() -> dict[str, Any]:
    """The language of plans, as its codec reads it."""
    root, definitions = json_schema((Plan,), {})
    text = json.dumps({**definitions, "root": root}).replace("#/$defs/", f"{_SCHEMAS}{_PLAN}.")
    written: dict[str, Any] = json.loads(text)
    told_apart = {ref for schema in written.values() for ref in _choices(schema)}
    for name, schema in written.items():
        # Where only one kind can stand, the codec does not need to be told which it is.
        if KIND in schema.get("required", ()) and f"{_SCHEMAS}{_PLAN}.{name}" not in told_apart:
            schema["required"].remove(KIND)
    named = {f"{_PLAN}.{name}": schema for name, schema in written.items() if name != "root"}
    named[f"{_PLAN}.plan"]["properties"]["steps"]["minItems"] = 1
    return {**named, "PlanBody": written["root"]}


def _choices(schema: Any) -> Iterator[str]:
    """The kinds that stand in one place with other kinds."""
    if isinstance(schema, dict):
        refs = [one["$ref"] for one in schema.get("anyOf", ()) if "$ref" in one]
        yield from refs if len(refs) > 1 else ()
        for part in schema.values():
            yield from _choices(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _choices(part)
