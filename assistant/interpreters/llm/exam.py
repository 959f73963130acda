"""Three questions that tell whether a model can fill in nested structures: arrays in arrays, told apart by `is`.

They are about nobody's data. A model that fails one is asked for the short form of a plan.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from assistant.interpreters.llm.client import Request
from semantic_layer.query.codec import Json

_COUNT: Final[Mapping[str, Json]] = {"type": "integer", "minimum": 1}
_COLOUR: Final[Mapping[str, Json]] = {"type": "string", "enum": ["red", "green", "blue"]}


def _thing(kind: str) -> Json:
    return {
        "type": "object",
        "properties": {"is": {"type": "string", "enum": [kind]}, "colour": _COLOUR, "count": _COUNT},
        "required": ["is", "colour", "count"],
        "additionalProperties": False,
    }


def _tray(kind: str) -> Json:
    return {
        "type": "object",
        "properties": {
            "is": {"type": "string", "enum": [kind]},
            "things": {"type": "array", "items": {"anyOf": [_thing("ball"), _thing("cube")]}},
        },
        "required": ["is", "things"],
        "additionalProperties": False,
    }


SCHEMA: Final[Mapping[str, Json]] = {
    "type": "object",
    "properties": {
        "is": {"type": "string", "enum": ["box"]},
        "trays": {"type": "array", "items": {"anyOf": [_tray("wooden"), _tray("metal")]}},
    },
    "required": ["is", "trays"],
    "additionalProperties": False,
}

SYSTEM: Final = (
    "Describe the box exactly as told, as one JSON object. Trays stand in the order told, and so do the things in a tray. "
    'Every object has "is", which names its kind. A tray without things has an empty list. Add nothing.'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    told: str
    right: Json


def _things(*things: tuple[str, str, int]) -> list[Json]:
    return [{"is": kind, "colour": colour, "count": count} for kind, colour, count in things]


QUESTIONS: Final = (
    Question(
        told="The box has two trays. The first is wooden and holds one red ball and three green cubes. "
        "The second is made of metal and is empty.",
        right={
            "is": "box",
            "trays": [
                {"is": "wooden", "things": _things(("ball", "red", 1), ("cube", "green", 3))},
                {"is": "metal", "things": []},
            ],
        },
    ),
    Question(
        told="盒子里有三个托盘。第一个是金属的，放着五个蓝色方块。第二个是木头的，放着一个绿球和两个红球。第三个也是木头的，放着四个红色方块。",
        right={
            "is": "box",
            "trays": [
                {"is": "metal", "things": _things(("cube", "blue", 5))},
                {"is": "wooden", "things": _things(("ball", "green", 1), ("ball", "red", 2))},
                {"is": "wooden", "things": _things(("cube", "red", 4))},
            ],
        },
    ),
    Question(
        told="There is a single metal tray in the box. In it lie twelve blue balls, then seven red cubes, then one green ball.",
        right={
            "is": "box",
            "trays": [
                {"is": "metal", "things": _things(("ball", "blue", 12), ("cube", "red", 7), ("ball", "green", 1))}
            ],
        },
    ),
)


def request_of(question: Question, *, seconds: float) -> Request:
    return Request(system=SYSTEM, user=question.told, schema=SCHEMA, schema_name="box", calls=1, seconds=seconds)


def is_right(question: Question, said: str) -> bool:
    """Whether `said` is what was asked for, whatever the order of keys."""
    try:
        return bool(json.loads(said) == question.right)
    except (ValueError, RecursionError):
        return False
