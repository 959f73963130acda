"""Values of JSON as texts: numbers as they are written, nested objects as names with dots, lists as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, TypeAlias

from semantic_layer.errors import Text

NO_OBJECT: Final = Text(zh="不是对象", en="it is not an object")

Json: TypeAlias = "dict[str, Json] | list[Json] | str | bool | None"


class Number(str):
    """A number exactly as it is written."""

    __slots__ = ()


DECODER: Final = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=Number, strict=False)


def flat(value: Mapping[str, Json], before: str = "") -> dict[str, str | None]:
    """The values of an object by name; `{"a": {"b": 1}}` is `a.b`."""
    found: dict[str, str | None] = {}
    for key, each in value.items():
        name = before + key
        if each is None or isinstance(each, str):
            found[name] = each
        elif isinstance(each, dict) and each:
            found.update(flat(each, f"{name}."))
        else:
            found[name] = written(each)
    return found


def written(value: Json) -> str:
    """JSON text; numbers as they were."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(written(each) for each in value)}]"
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {written(each)}" for key, each in value.items())
            + "}"
        )
    return json.dumps(value, ensure_ascii=False)


def inside(value: Json, path: str) -> Json:
    """What lies at a path with dots; `None` where nothing does."""
    for step in filter(None, path.split(".")):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def why_broken(error: Exception) -> Text:
    """What a parser of JSON found wrong."""
    if isinstance(error, json.JSONDecodeError):
        return Text(zh=f"第 {error.pos + 1} 个字符处格式不对", en=f"{error.msg} at character {error.pos + 1}")
    return Text(zh="嵌套太深", en="it is nested too deeply")
