"""What a model may look up before it answers: names, the values of a field, how many people a condition leaves, the person.

Only definitions, declared values and counts are told. A count is held to the rights of whoever asks, and withheld for
small groups, as it would be on the page.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from assistant.interpreters.llm.client import Tool
from assistant.interpreters.llm.material import Material
from assistant.interpreters.names import Names
from semantic_layer.errors import Language, UserError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Sensitivity
from semantic_layer.policy.types import User
from semantic_layer.query.codec import Json, decode_audience
from semantic_layer.query.types import Audience
from semantic_layer.vocabulary.terms import EntityTerm, FieldTerm, GroupTerm, MetricTerm, Term, ValueTerm

Counts = Callable[[Audience, User], int]

_FOUND: Final = 8
_VALUES: Final = 40


class LookUps:
    """The tools for the questions of one data set. `counts` raises `UserError` where a count may not be told."""

    def __init__(self, index: ModelIndex, names: Names, counts: Counts) -> None:
        self._index = index
        self._names = names
        self._counts = counts

    def __call__(self, material: Material, user: User | None) -> tuple[Tool, ...]:
        language = material.language
        return (
            Tool(
                name="search_vocabulary",
                description="Defined names near a word of the question, best first.",
                parameters=_object(words={"type": "string"}),
                run=lambda given: self._search(str(given["words"]), language),
            ),
            Tool(
                name="sample_values",
                description="The declared values of a field.",
                parameters=_object(field={"type": "string"}),
                run=lambda given: self._values(str(given["field"])),
            ),
            Tool(
                name="count_audience",
                description="How many people an audience holds, in the JSON form of plans.",
                parameters=_object(audience={"type": "object"}),
                run=lambda given: self._count(given["audience"], user),
            ),
            Tool(
                name="ask_user",
                description="When only the person can tell. The question goes into a clarification.",
                parameters=_object(question={"type": "string"}),
                run=lambda _: "Answer now with kind `clarification`, this question, and the plans it may be.",
            ),
        )

    def _search(self, words: str, language: Language) -> str:
        found = (near.entry.term for near in self._names.near(words, _FOUND))
        lines = [f"{_name_of(term)}: {self._names.said(term, language)[1].in_(language)}" for term in found]
        return "\n".join(lines) or "Nothing is near."

    def _values(self, field: str) -> str:
        if not self._index.has_field(field):
            return f"There is no field {field!r}."
        found = self._index.field(field)
        if found.sensitivity is not Sensitivity.NONE or not found.values:
            return f"{field} has no declared values."
        return ", ".join(str(value.value) for value in found.values[:_VALUES])

    def _count(self, audience: Json, user: User | None) -> str:
        if user is None:
            return "Counts are not told here."
        try:
            return f"{self._counts(decode_audience(audience), user):,}"
        except UserError as error:
            return error.message.en


def _name_of(term: Term) -> str:
    match term:
        case MetricTerm(name=name) | EntityTerm(name=name):
            return name
        case FieldTerm(field=field):
            return field
        case ValueTerm(field=field, value=value):
            return f"{field} = {json.dumps(value, ensure_ascii=False)}"
        case GroupTerm(field=field, group=group):
            return f"{field} in {group}"
        case _:
            return ""


def _object(**properties: Mapping[str, Json]) -> Mapping[str, Json]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
