"""What is wrong with the arguments of a tool, in words: where, what is allowed there, and what is nearest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ValidationError

from semantic_layer.errors import Text
from semantic_layer.model.nearest import nearest

_KINDS: Final[Mapping[str, Text]] = {
    "string_type": Text("要写成文字", "must be text"),
    "int_type": Text("要写成整数", "must be a whole number"),
    "int_parsing": Text("要写成整数", "must be a whole number"),
    "bool_type": Text("只能是 true 或 false", "must be true or false"),
    "dict_type": Text("要写成 JSON 对象", "must be a JSON object"),
    "list_type": Text("要写成列表", "must be a list"),
    "tuple_type": Text("要写成列表", "must be a list"),
}


def faults_of(error: ValidationError, given: type[BaseModel]) -> tuple[Text, tuple[str, ...]]:
    """All faults as one text, and the nearest valid choices. What was given is never repeated, only the names of fields."""
    said: list[Text] = []
    near: list[str] = []
    for fault in error.errors(include_url=False):
        place = ".".join(str(part) for part in fault["loc"])
        said.append(_said(place, fault["type"], fault.get("ctx") or {}, given))
        if fault["type"] == "extra_forbidden":
            near.extend(nearest(place, given.model_fields))
    return Text("；".join(one.zh for one in said) + "。", "; ".join(one.en for one in said) + "."), tuple(near)


def _said(place: str, kind: str, details: Mapping[str, object], given: type[BaseModel]) -> Text:
    match kind:
        case "missing":
            return Text(f"缺少 {place}", f"{place} is missing")
        case "extra_forbidden":
            known = tuple(given.model_fields)
            near = nearest(place, known)
            zh = f"您是不是指 {'、'.join(near)}" if near else f"可以用 {'、'.join(known) or '（没有参数）'}"
            en = f"did you mean {' or '.join(near)}" if near else f"there are {', '.join(known) or 'no arguments'}"
            return Text(f"没有 {place} 这个参数，{zh}", f"there is no argument {place}; {en}")
        case "literal_error" | "enum":
            allowed = str(details.get("expected", ""))
            return Text(f"{place} 只能是 {allowed.replace(' or ', ' 或 ')}", f"{place} must be {allowed}")
        case "string_too_short":
            return Text(f"{place} 不能为空", f"{place} must not be empty")
        case "string_too_long":
            most = details.get("max_length")
            return Text(f"{place} 最多 {most} 个字", f"{place} may have at most {most} characters")
        case "string_pattern_mismatch":
            allowed = str(details.get("pattern", ""))
            return Text(f"{place} 的写法要符合 {allowed}", f"{place} must be written as {allowed}")
        case "greater_than_equal" | "less_than_equal":
            least, most = details.get("ge"), details.get("le")
            zh, en = (f"至少是 {least}", f"at least {least}") if most is None else (f"最多是 {most}", f"at most {most}")
            return Text(f"{place} {zh}", f"{place} must be {en}")
        case _:
            words = _KINDS.get(kind, Text("不对", "is not valid"))
            return Text(f"{place} {words.zh}", f"{place} {words.en}")
