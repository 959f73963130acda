"""What a model's answer was read as: a plan, a question back, a no, or what is wrong with it. Nothing here is trusted yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from assistant.interpreters.llm.jsontext import json_text
from assistant.interpreters.llm.material import Material
from assistant.interpreters.names import Gloss
from semantic_layer.query.codec import Json
from semantic_layer.query.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A plan, what unknown words were taken for, and how sure that is: `backed` when a second witness says the same."""

    plan: Plan
    glosses: tuple[Gloss, ...]
    backed: bool = True
    instead: tuple[Plan, ...] = ()  # other readings to offer beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class AskBack:
    """The model finds several meanings."""

    question: str
    plans: tuple[Plan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaysNo:
    """The model finds that this data cannot answer it; without a reason that nothing it was offered fits."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulty:
    """The answer cannot be used; `issues` are told to the model."""

    issues: tuple[str, ...]


Draft = Drafted | AskBack | SaysNo | Faulty


class Form(Protocol):
    """One way to have a model fill in a meaning."""

    def system(self, material: Material) -> str: ...

    def user(self, text: str, material: Material) -> str: ...

    def schema(self, material: Material) -> Mapping[str, Json]: ...

    def read(self, answer: str, text: str, material: Material) -> Draft: ...


def object_in(answer: str) -> dict[str, Json] | Faulty:
    """The JSON object of an answer, fenced or bare."""
    try:
        data = json.loads(json_text(answer))
    except (ValueError, RecursionError):
        return Faulty(issues=("There is no JSON object in the answer.",))
    return data if isinstance(data, dict) else Faulty(issues=("The answer must be one JSON object.",))
