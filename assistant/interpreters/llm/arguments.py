"""Whether the arguments of a look-up fit its JSON schema, said so that a model can mend them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from semantic_layer.query.codec import Json

_IS: Final[Mapping[str, Callable[[object], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def argument_faults(schema: Mapping[str, Json], arguments: Mapping[str, Json]) -> tuple[str, ...]:
    """What is wrong with `arguments`; nothing when they fit. Types, required and unknown names, enums and items are looked at."""
    return tuple(_faults(schema, dict(arguments), "arguments"))


def _faults(schema: Mapping[str, Json], value: Json, place: str) -> list[str]:
    kind = schema.get("type")
    kinds = [kind] if isinstance(kind, str) else list(kind) if isinstance(kind, Sequence) else []
    if kinds and not any(_IS[name](value) for name in kinds if isinstance(name, str) and name in _IS):
        return [f"{place} must be of type {' or '.join(map(str, kinds))}."]
    allowed = schema.get("enum")
    if isinstance(allowed, Sequence) and value not in allowed:
        return [f"{place} must be one of {', '.join(map(str, allowed))}."]
    found: list[str] = []
    items = schema.get("items")
    if isinstance(value, list) and isinstance(items, Mapping):
        for number, item in enumerate(value):
            found += _faults(items, item, f"{place}[{number}]")
    if isinstance(value, Mapping):
        found += _faults_of_members(schema, value, place)
    return found


def _faults_of_members(schema: Mapping[str, Json], value: Mapping[str, Json], place: str) -> list[str]:
    known, required = schema.get("properties"), schema.get("required")
    properties = known if isinstance(known, Mapping) else {}
    missing = [name for name in required if name not in value] if isinstance(required, Sequence) else []
    found = [f"{place} lacks {name}." for name in missing]
    for name, member in value.items():
        part = properties.get(name)
        if isinstance(part, Mapping):
            found += _faults(part, member, f"{place}.{name}")
        elif schema.get("additionalProperties") is False or properties:
            found.append(f"{place} has no {name}; known are {', '.join(properties)}.")
    return found
