"""SQL of Cube's data models: names in braces are members of cubes, names outside of them are columns.

`{CUBE}.amount` is a column of the cube's own table, `{CUBE.amount}`, `{amount}` and `{orders.amount}` are members.
Templates that are filled in when a question is asked cannot be carried.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from semantic_layer.errors import Text
from semantic_layer.interchange.drafts import NotCarriedError
from semantic_layer.interchange.foreign_sql import COLUMN, FIELD

DIALECT: Final = ""  # Cube passes SQL on to whatever database there is; read as standard SQL
_TEMPLATE: Final = re.compile(r"\{\{|\{%|\{#")
_FILLED_IN: Final = re.compile(r"FILTER_PARAMS|FILTER_GROUP|SECURITY_CONTEXT|SQL_UTILS|COMPILE_CONTEXT|USER_CONTEXT")
_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_BRACES: Final = re.compile(rf"\$?\{{\s*({_NAME})((?:\.{_NAME})*)\s*\}}(?=(\.)?)")
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'")


def as_sql(text: str, cube: str, members: Callable[[str, str], bool]) -> str:
    """Plain SQL in which the schema of a name says what it is; `members(cube, name)` tells whether there is one.

    Raises `NotCarriedError` for templates, and for ways over several cubes.
    """
    outside = _LITERAL.sub("", text)
    if _TEMPLATE.search(outside) or _FILLED_IN.search(outside):
        raise NotCarriedError(
            Text(
                "SQL 里有模板，要到提问时才填（{{…}}、FILTER_PARAMS 等）。",
                "The SQL holds a template that is filled in when a question is asked ({{…}}, FILTER_PARAMS and such).",
            )
        )

    def replaced(match: re.Match[str]) -> str:
        first, rest = match[1], match[2].split(".")[1:]
        own = first in ("CUBE", "TABLE")
        if len(rest) > 1:
            raise NotCarriedError(Text(f"{match[0]} 走过多个 cube。", f"{match[0]} goes over several cubes."))
        if rest:
            return f'{FIELD}."{cube if own else first}"."{rest[0]}"'
        if match[3]:
            return f'{COLUMN}."{cube if own else first}"'
        if not own and members(cube, first):
            return f'{FIELD}."{cube}"."{first}"'
        raise NotCarriedError(Text(f"{match[0]} 不是这个 cube 的成员。", f"{match[0]} is not a member of this cube."))

    made = _BRACES.sub(replaced, text)
    if "{" in _LITERAL.sub("", made):
        raise NotCarriedError(Text("大括号里的内容读不懂。", "What stands in braces cannot be read."))
    return made


def filters_of(conditions: tuple[str, ...]) -> str:
    """Conditions that must all hold, as one."""
    return " AND ".join(f"({one})" for one in conditions) if len(conditions) > 1 else "".join(conditions)


def case_of(whens: tuple[tuple[str, str], ...], otherwise: str | None) -> str:
    """`case` of a dimension, with the labels as texts."""
    parts = [f"WHEN {condition} THEN {_text(label)}" for condition, label in whens]
    return f"CASE {' '.join(parts)}{'' if otherwise is None else f' ELSE {_text(otherwise)}'} END"


def _text(value: str) -> str:
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


LENGTHS: Final[Mapping[str, str]] = {
    unit + ending: unit
    for unit in ("second", "minute", "hour", "day", "week", "month", "quarter", "year")
    for ending in ("", "s")
}
_LENGTH: Final = re.compile(r"(\d+)\s+([a-z]+)")


def length_of(text: str) -> tuple[int, str]:
    """`7 days` as 7 and `day`. Raises `NotCarriedError` for anything else."""
    match = _LENGTH.fullmatch(text.strip().lower())
    if match is None or match[2] not in LENGTHS:
        raise NotCarriedError(Text(f"「{text}」不是一段时间。", f"{text!r} is not a length of time."))
    return int(match[1]), LENGTHS[match[2]]
