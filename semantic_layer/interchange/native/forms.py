"""A form is the mapping that a definition file holds for one definition. Keys at their default are left out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from semantic_layer.errors import Text
from semantic_layer.model.types import Having, Origin, Value, Words

FormValue: TypeAlias = "bool | int | float | str | Sequence[FormValue] | Mapping[str, FormValue]"
Form: TypeAlias = dict[str, FormValue]


def form(given: Mapping[str, FormValue | None]) -> Form:
    """The keys that say something."""
    return {key: value for key, value in given.items() if value is not None}


def unless(value: FormValue | None, default: FormValue | None = "") -> FormValue | None:
    """`None` where the value is the default, so that its key is left out."""
    return None if value == default else value


def some(values: Sequence[FormValue]) -> list[FormValue] | None:
    """A list, or `None` for an empty one."""
    return list(values) or None


def number(value: float) -> float | int:
    """Whole numbers without a point, as a person writes them."""
    return int(value) if float(value).is_integer() else value


def bilingual(text: Text) -> FormValue:
    """One text where both sides say the same."""
    return text.zh if text.zh == text.en else {"zh": text.zh, "en": text.en}


def perhaps(text: Text) -> FormValue | None:
    """A text that may be absent."""
    return bilingual(text) if text.zh or text.en else None


def words_form(words: Words) -> Form:
    context = form({"instructions": unless(words.instructions), "examples": some(words.examples)})
    return form(
        {
            "label": bilingual(words.label),
            "synonyms": some(words.synonyms),
            "description": perhaps(words.description),
            "ai_context": context or None,
        }
    )


def origin_form(origin: Origin) -> Form:
    """What an author says about a definition; where it stands is not said but seen."""
    return form(
        {
            "owner": unless(origin.owner),
            "version": unless(origin.version, 1),
            "deprecated": unless(origin.deprecated),
            "replaced_by": unless(origin.replaced_by),
        }
    )


def value_form(value: Value) -> Form:
    stored = str(value.value)
    return form(
        {
            "value": value.value,
            "zh": unless(value.label.zh, stored),
            "en": unless(value.label.en, stored),
            "aliases": some(value.aliases),
        }
    )


def bound_text(bound: Having) -> str:
    """`orders >= 2`; never in powers of ten, which the reader does not take."""
    return f"{bound.metric} {bound.op} {format(Decimal(repr(number(bound.value))), 'f')}"
