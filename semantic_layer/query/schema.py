"""The JSON form of plans as a JSON schema, for whoever writes plans outside: it says the same as the codec reads."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, Literal, Union, cast

from semantic_layer.query.codec import KIND, Json, hints_of, kind_name

_SCALARS: Final[Mapping[object, str]] = types.MappingProxyType(
    {str: "string", int: "integer", float: "number", bool: "boolean"}
)
_MANY: Final = 4


def json_schema(kinds: Sequence[type], allowed: Mapping[str, Sequence[str]]) -> tuple[Json, dict[str, Json]]:
    """A schema for one of the data classes `kinds`, and the definitions that it refers to.

    `allowed` limits text properties by their name (`metric`, `field`), whatever class they stand in.
    """
    writer = _Writer(allowed)
    return writer.one_of(kinds), writer.definitions


class _Writer:
    def __init__(self, allowed: Mapping[str, Sequence[str]]) -> None:
        self._allowed = allowed
        self.definitions: dict[str, Json] = {}

    def one_of(self, kinds: Sequence[type]) -> Json:
        written = [self._reference(kind) for kind in kinds]
        return written[0] if len(written) == 1 else {"anyOf": written}

    def _reference(self, kind: type) -> Json:
        name = kind_name(kind)
        if name not in self.definitions:
            self.definitions[name] = {}  # stands here first, for kinds that hold themselves
            self.definitions[name] = self._object(kind, name)
        return {"$ref": f"#/$defs/{name}"}

    def _object(self, kind: type, name: str) -> Json:
        hints = hints_of(kind)
        properties: dict[str, Json] = {KIND: {"const": name}}
        needed = [KIND]
        for field in dataclasses.fields(kind):
            properties[field.name] = self._of(hints[field.name], field.name)
            if field.default is dataclasses.MISSING:
                needed.append(field.name)
        return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}

    def _of(self, hint: object, name: str) -> Json:
        origin = typing.get_origin(hint)
        if origin is Union or origin is types.UnionType:
            return self._union(typing.get_args(hint), name)
        if origin is tuple:
            return self._tuple(typing.get_args(hint), name)
        if origin is Literal:
            return {"enum": list(typing.get_args(hint))}
        if isinstance(hint, type) and issubclass(hint, StrEnum):
            return {"enum": [member.value for member in hint]}
        if dataclasses.is_dataclass(hint):
            return self._reference(cast("type", hint))
        if hint is date:
            return {"type": "string", "format": "date"}
        if hint is str and name in self._allowed:
            return {"enum": list(self._allowed[name])}
        return {"type": _SCALARS[hint]}

    def _union(self, options: tuple[object, ...], name: str) -> Json:
        kinds = tuple(option for option in options if dataclasses.is_dataclass(option))
        rest = [option for option in options if option not in kinds]
        written: list[Json] = [self._shared(cast("tuple[type, ...]", kinds))] if len(kinds) >= _MANY else []
        rest = rest if written else list(options)
        for option in rest:
            one: Json = {"type": "null"} if option is type(None) else self._of(option, name)
            if one not in written:
                written.append(one)
        return written[0] if len(written) == 1 else {"anyOf": written}

    def _shared(self, kinds: tuple[type, ...]) -> Json:
        """A union of many kinds is written once: named by its first and how many they are."""
        name = f"any_{kind_name(kinds[0])}_of_{len(kinds)}"
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self.one_of(kinds)
        return {"$ref": f"#/$defs/{name}"}

    def _tuple(self, items: tuple[object, ...], name: str) -> Json:
        if items[-1] is Ellipsis:
            return {"type": "array", "items": self._of(items[0], name)}
        return {
            "type": "array",
            "prefixItems": [self._of(item, name) for item in items],
            "minItems": len(items),
            "maxItems": len(items),
        }
