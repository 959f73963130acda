"""What a word of a question can stand for in one model: a closed union of terms, and the surfaces that name them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from semantic_layer.errors import Text
from semantic_layer.model.types import Scalar


@dataclass(frozen=True, slots=True)
class MetricTerm:
    name: str


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """A dimension or a tag, named `entity.name`."""

    field: str


@dataclass(frozen=True, slots=True)
class ValueTerm:
    """One stored value of a field. A `weak` one ("高", "yes") only counts next to the name of its field."""

    field: str
    value: Scalar
    weak: bool = False


@dataclass(frozen=True, slots=True)
class GroupTerm:
    """A named set or range of values of a field."""

    field: str
    group: str


@dataclass(frozen=True, slots=True)
class EntityTerm:
    name: str


@dataclass(frozen=True, slots=True)
class VerbTerm:
    """A word for having rows of an entity: ordered, 下单."""

    entity: str


@dataclass(frozen=True, slots=True)
class AmbiguityTerm:
    """A word with several declared meanings; `word` is as declared."""

    word: str


@dataclass(frozen=True, slots=True)
class NearMissTerm:
    """A word for something that is known not to be defined."""

    word: str


@dataclass(frozen=True, slots=True)
class CategoryTerm:
    """A category of tags."""

    category: str


Term = (
    MetricTerm | FieldTerm | ValueTerm | GroupTerm | EntityTerm | VerbTerm | AmbiguityTerm | NearMissTerm | CategoryTerm
)


class Source(StrEnum):
    LABEL = "label"
    SYNONYM = "synonym"
    VALUE = "value"
    VARIANT = "variant"  # a suffix left out, another inflection


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One surface of a term. `key` is folded; `text` is as defined; `frequency` counts rows for values of the data."""

    text: str
    key: str
    term: Term
    label: Text
    source: Source
    frequency: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A stretch `[start, end)` of a text that an entry names exactly."""

    start: int
    end: int
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """An entry near a word, with how near (0..1) and why."""

    entry: Entry
    similarity: float
    how: str  # "spelling" | "sound"
