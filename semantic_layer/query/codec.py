"""Plans, audiences and their parts as JSON and back: exact, versioned and closed. It reads shape only; names are checked later.

A dataclass becomes an object whose `is` names it in snake case; fields at their default are left out. What is read back
equals what was written. Data that fits no known form is refused with the place, what is allowed there, and what is nearest.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final, Literal, TypeAlias, TypeVar, Union, cast

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.query import acts as acts_module
from semantic_layer.query import plan as plan_module
from semantic_layer.query import predicate as predicate_module
from semantic_layer.query import time as time_module
from semantic_layer.query import types as query_module
from semantic_layer.query.plan import Plan, Step
from semantic_layer.query.predicate import Predicate
from semantic_layer.query.time import TimeRange
from semantic_layer.query.types import Audience, Query

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Encodable = Plan | Step | Audience | Query | Predicate | TimeRange

VERSION: Final = 1
MAX_DEPTH: Final = 60
KIND: Final = "is"
_T = TypeVar("_T")
_Hint: TypeAlias = object  # a type, a union or a generic alias; the typing module has no better common name


def encode(value: Encodable) -> dict[str, Json]:
    """`value` as JSON data; raises `InvalidPlanError` for a number that JSON cannot hold (NaN, infinity)."""
    return cast("dict[str, Json]", _encode(value, "$"))


def decode_plan(data: Json) -> Plan:
    return _read(Plan, data)


def decode_step(data: Json) -> Step:
    return cast("Step", _decode(Step, data, "$", 0))


def decode_audience(data: Json) -> Audience:
    return _read(Audience, data)


def decode_query(data: Json) -> Query:
    return _read(Query, data)


def decode_predicate(data: Json) -> Predicate:
    return cast("Predicate", _decode(Predicate, data, "$", 0))


def decode_time(data: Json) -> TimeRange:
    return cast("TimeRange", _decode(TimeRange, data, "$", 0))


def plan_to_json(plan: Plan) -> str:
    """The plan as text with its format version; equal plans give equal text."""
    return _pack(plan)


def plan_from_json(text: str) -> Plan:
    return decode_plan(_unpack(text))


def audience_to_json(audience: Audience) -> str:
    return _pack(audience)


def audience_from_json(text: str) -> Audience:
    return decode_audience(_unpack(text))


def _pack(value: Encodable) -> str:
    packed = {"version": VERSION, "value": encode(value)}
    return json.dumps(packed, ensure_ascii=False, sort_keys=True, allow_nan=False, separators=(",", ":"))


def _unpack(text: str) -> Json:
    try:
        packed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken("$", f"不是有效的 JSON（{error}）", f"not valid JSON ({error})") from error
    if not isinstance(packed, dict) or "version" not in packed or "value" not in packed:
        raise _broken("$", "缺少 version 或 value", "`version` and `value` are needed")
    if packed["version"] != VERSION:
        found = packed["version"]
        raise _broken(
            "$.version", f"版本 {found!r} 不支持，支持的版本是 {VERSION}", f"version {found!r} is not {VERSION}"
        )
    return cast("Json", packed["value"])


def _read(kind: type[_T], data: Json) -> _T:
    return cast("_T", _decode(kind, data, "$", 0))


# ---- writing


def _encode(value: object, path: str) -> Json:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        raise _broken(path, f"数值 {value} 不能保存", f"the number {value} cannot be stored")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, tuple):
        return [_encode(item, f"{path}[{position}]") for position, item in enumerate(value)]
    return _encode_object(value, path)


def _encode_object(value: object, path: str) -> dict[str, Json]:
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        raise _broken(path, f"{type(value).__name__} 不能保存", f"a {type(value).__name__} cannot be stored")
    written: dict[str, Json] = {KIND: kind_name(type(value))}
    for field in dataclasses.fields(value):
        content = getattr(value, field.name)
        # 1 == True == 1.0 in Python, so a default is left out only when its type is the same too.
        if type(content) is type(field.default) and content == field.default:
            continue
        written[field.name] = _encode(content, f"{path}.{field.name}")
    return written


# ---- reading


def _decode(hint: _Hint, data: Json, path: str, depth: int) -> object:
    if depth > MAX_DEPTH:
        raise _broken(path, f"嵌套超过 {MAX_DEPTH} 层", f"nested deeper than {MAX_DEPTH} levels")
    origin = typing.get_origin(hint)
    if origin is Union or origin is types.UnionType:
        return _decode_union(typing.get_args(hint), data, path, depth)
    if origin is tuple:
        return _decode_tuple(typing.get_args(hint), data, path, depth)
    if origin is Literal:
        return _decode_choice(typing.get_args(hint), data, path)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(str(_decode_choice(tuple(member.value for member in hint), data, path)))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _decode_object((hint,), data, path, depth)
    return _decode_scalar(cast("type", hint), data, path)


def _decode_union(options: tuple[_Hint, ...], data: Json, path: str, depth: int) -> object:
    if data is None and type(None) in options:
        return None
    classes = tuple(option for option in options if dataclasses.is_dataclass(option))
    if isinstance(data, Mapping) and classes:
        return _decode_object(cast("tuple[type, ...]", classes), data, path, depth)
    plain = tuple(option for option in options if option not in classes and option is not type(None))
    if not plain:
        allowed = "、".join(kind_name(cast("type", c)) for c in classes)
        raise _broken(path, f"应为以下之一：{allowed}", f"expected one of: {allowed.replace('、', ', ')}")
    exact = next((option for option in plain if type(data) is option), None)
    return _decode(exact or (float if float in plain and type(data) is int else plain[0]), data, path, depth)


def _decode_tuple(items: tuple[_Hint, ...], data: Json, path: str, depth: int) -> tuple[object, ...]:
    """As many as there are of one kind, or exactly one of each kind."""
    if not isinstance(data, (list, tuple)):
        raise _broken(path, "应为列表", "expected a list")
    kinds = items[:1] * len(data) if items[-1] is Ellipsis else items
    if len(kinds) != len(data):
        raise _broken(
            path, f"应有 {len(kinds)} 项，而不是 {len(data)} 项", f"expected {len(kinds)} items, not {len(data)}"
        )
    return tuple(
        _decode(kind, part, f"{path}[{position}]", depth + 1)
        for position, (kind, part) in enumerate(zip(kinds, data, strict=True))
    )


def _decode_choice(allowed: tuple[object, ...], data: Json, path: str) -> object:
    if any(data == choice and type(data) is type(choice) for choice in allowed):
        return data
    raise _unknown(path, data, tuple(str(choice) for choice in allowed))


def _decode_object(classes: tuple[type, ...], data: Json, path: str, depth: int) -> object:
    if not isinstance(data, Mapping):
        raise _broken(path, "应为对象", "expected an object")
    by_name = {kind_name(c): c for c in classes}
    kind = data.get(KIND, next(iter(by_name)) if len(classes) == 1 else None)
    if not isinstance(kind, str) or kind not in by_name:
        raise _unknown(f"{path}.{KIND}", kind, tuple(by_name))
    return _build(by_name[kind], data, path, depth)


def _build(kind: type, data: Mapping[str, Json], path: str, depth: int) -> object:
    fields = {field.name: field for field in dataclasses.fields(kind)}
    hints = hints_of(kind)
    for name in data:
        if name != KIND and name not in fields:
            raise _unknown(f"{path}.{name}", name, tuple(fields))
    given: dict[str, object] = {}
    for name, field in fields.items():
        if name in data:
            given[name] = _decode(hints[name], data[name], f"{path}.{name}", depth + 1)
        elif field.default is dataclasses.MISSING:
            raise _broken(f"{path}.{name}", "缺少此项", "is missing")
    return cast("Callable[..., object]", kind)(**given)


def _decode_scalar(hint: type, data: Json, path: str) -> object:
    if hint is date:
        return _decode_date(data, path)
    if hint is float and type(data) in (int, float):
        return data
    if type(data) is not hint:
        wanted = hint.__name__
        raise _broken(path, f"应为 {wanted}，而不是 {data!r}", f"expected {wanted}, not {data!r}")
    if isinstance(data, float) and not math.isfinite(data):
        raise _broken(path, f"数值 {data} 无效", f"{data} is not a usable number")
    return data


def _decode_date(data: Json, path: str) -> date:
    try:
        return date.fromisoformat(data if isinstance(data, str) else "")
    except ValueError as error:
        raise _broken(
            path, f"应为日期，如 2026-10-31，而不是 {data!r}", f"expected a date like 2026-10-31, not {data!r}"
        ) from error


@lru_cache(maxsize=256)
def hints_of(kind: type) -> dict[str, _Hint]:
    """The types of the fields of a class of the language of questions."""
    names: dict[str, object] = {}
    for module in (time_module, predicate_module, query_module, acts_module, plan_module):
        names.update(vars(module))
    return cast("dict[str, _Hint]", typing.get_type_hints(kind, globalns={**names, **vars(typing)}))


def kind_name(kind: type) -> str:
    """What `is` says for a class: its name in snake case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()


def _broken(path: str, zh: str, en: str) -> InvalidPlanError:
    return InvalidPlanError(Text(zh=f"{path}：{zh}。", en=f"{path}: {en}."))


def _unknown(path: str, found: object, allowed: tuple[str, ...]) -> InvalidPlanError:
    near = tuple(difflib.get_close_matches(str(found), allowed, n=3))
    zh = f"{path}：不认识 {found!r}，可用的有 {'、'.join(allowed)}。"
    en = f"{path}: {found!r} is not known; allowed: {', '.join(allowed)}."
    return InvalidPlanError(Text(zh=zh, en=en), suggestions=near)
