"""A `Plan`: what both interpreters make of a question. A tuple of typed steps, plus how to draw the result."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from semantic_layer.query.types import Audience, Query


class ChartKind(StrEnum):
    TILE = "tile"
    LINE = "line"
    AREA = "area"
    BAR = "bar"
    COLUMN = "column"
    PIE = "pie"
    STACKED = "stacked"
    SCATTER = "scatter"
    HEATMAP = "heatmap"
    WATERFALL = "waterfall"
    VENN = "venn"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ListPeople:
    """Show who is in the audience: count, waterfall, profile, masked sample."""

    audience: Audience


@dataclass(frozen=True, slots=True)
class Profile:
    """Distribution and TGI of an audience against a base (`None`: all customers)."""

    audience: Audience
    base: Audience | None = None


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many people are in each, in both, in all."""

    audiences: tuple[Audience, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One customer: masked attributes, tags with reasons, what happened when. `key` is the value of the label dimension."""

    key: str


@dataclass(frozen=True, slots=True)
class WhyMember:
    """Condition by condition: is this customer in the audience?"""

    key: str
    audience: Audience


@dataclass(frozen=True, slots=True)
class Define:
    """The definition of a metric, a tag or a dimension (name or `entity.name`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is defined: all, or what fits `topic` (a tag category, a word, or a kind: tags, metrics, dimensions)."""

    topic: str | None = None
    kind: str | None = None  # "tag" | "metric" | "dimension"


@dataclass(frozen=True, slots=True)
class SaveSegment:
    """Save the people of the answer before as a segment."""

    name: str
    audience: Audience


@dataclass(frozen=True, slots=True)
class Export:
    """Take the table or the people of the answer before as a file. Purpose and columns are asked for, never guessed."""

    audience: Audience | None = None
    query: Query | None = None
    purpose: str | None = None


Step = Query | ListPeople | Profile | Overlap | Card | WhyMember | Define | Catalogue | SaveSegment | Export


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in order. `chart` is set only when the person asked for a kind of picture."""

    steps: tuple[Step, ...]
    chart: ChartKind | None = None
