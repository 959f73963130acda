"""A `Plan`: what both interpreters make of a question. A tuple of typed steps, plus how to draw the result."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from semantic_layer.query.acts import (
    Apart,
    Basket,
    CampaignState,
    Cluster,
    Measure,
    ModelCard,
    Predict,
    Recommend,
    SegmentChange,
    SegmentFlow,
    SegmentTrend,
    StartCampaign,
)
from semantic_layer.query.predicate import Predicate
from semantic_layer.query.time import CompareTo, Comparison, Grain, TimeRange
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
    kind: str | None = None  # "tag" | "metric" | "dimension" | "segment" | "campaign" | "model" | "board"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """Something that happens: rows of `entity` with `where`, at the entity's own time. For people: their registration."""

    entity: str
    where: Predicate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """A cohort table: people by the period of their first `start`, and how many of them `back` brings in later periods.

    `periods` is how many periods after the first are shown. A period that is not over is marked so.
    """

    start: Occurrence
    back: Occurrence
    grain: Grain = Grain.MONTH
    periods: int = 6
    where: Predicate | None = None
    time: TimeRange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """How many people do the first of `steps`, and how many of them then the next, each after the one before.

    All must happen at most `within` (count, unit) after the first. `by` splits people by a field of theirs.
    """

    steps: tuple[Occurrence, ...]
    within: tuple[int, Grain] = (30, Grain.DAY)
    where: Predicate | None = None
    time: TimeRange | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain:
    """Why a metric changed between `time` and what it is compared with: the few groups that make most of the change.

    `by` limits the fields that are searched; none means all that are fit for it.
    """

    metric: str
    time: TimeRange | None = None
    compare_to: CompareTo = Comparison.PERIOD_BEFORE
    where: Predicate | None = None
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Became:
    """When people came to have a tag: `what` is the tag with one of some values (`Compare` or `Among`).

    With `key`, since when that one customer has had it. Without, how many came to have it inside `time` (the last 30 days
    when absent), or with `lost` ceased to, of the people for whom `where` holds today.
    """

    what: Predicate
    key: str | None = None
    where: Predicate | None = None
    time: TimeRange | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """Keep `steps` (those of the answer before) on a board, and with `every` send it by that rhythm."""

    steps: tuple[Step, ...]
    board: str = ""  # the person's own when empty
    every: Literal["day", "week", "change"] | None = None


Step = (
    Query
    | ListPeople
    | Profile
    | Overlap
    | Card
    | WhyMember
    | Define
    | Catalogue
    | SaveSegment
    | Export
    | Retention
    | Funnel
    | Explain
    | Became
    | SegmentChange
    | SegmentTrend
    | SegmentFlow
    | Apart
    | Predict
    | ModelCard
    | Cluster
    | Basket
    | Recommend
    | StartCampaign
    | CampaignState
    | Measure
    | Pin
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in order. `chart` is set only when the person asked for a kind of picture."""

    steps: tuple[Step, ...]
    chart: ChartKind | None = None
