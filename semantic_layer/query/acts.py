"""Steps about what follows from an answer: segments over time, models, campaigns and what they achieved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from semantic_layer.query.predicate import Predicate
from semantic_layer.query.time import Grain, TimeRange
from semantic_layer.query.types import Audience

ModelTarget = Literal["churn", "value", "next_category", "price_sensitivity", "uplift"]
Outcome = Literal["conversion", "click", "retention", "repurchase"]
Advice = Literal["content", "channel", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentChange:
    """Who came into a saved segment inside `time` (the last 7 days when absent), who left, and why. `side` asks for one."""

    segment: str
    time: TimeRange | None = None
    side: Literal["entered", "left"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentTrend:
    """How the size of saved segments went over `time` (all that is kept when absent)."""

    segments: tuple[str, ...]
    time: TimeRange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFlow:
    """How people moved between saved segments from the first to the last day of `time`."""

    segments: tuple[str, ...]
    time: TimeRange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Who is in `first` but not in `second`, and which condition of `second` keeps them out."""

    first: Audience
    second: Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class Predict:
    """What a model says of customers: those it warns of, or the `top` of them by its score.

    `where` limits who is asked about; `horizon` is how far ahead, and only what the model was trained for is answered.
    `campaign` names the one whose effect an uplift is learnt from.
    """

    target: ModelTarget
    where: Predicate | None = None
    top: int | None = None
    horizon: tuple[int, Grain] | None = None
    campaign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a model was made from, how good it is, and when it refuses."""

    target: ModelTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """People of an audience in a few groups that are alike. Without `count` as many as stay the same when drawn again."""

    where: Predicate | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """What is bought together: by those who bought what `where` says (a condition on lines), or in general.

    `field` is what is bought (a category, a brand, a product); the most telling one when absent.
    """

    where: Predicate | None = None
    field: str | None = None
    time: TimeRange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommend:
    """Which content, and which channel, suits these people."""

    audience: Audience
    advice: Advice = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCampaign:
    """A campaign as a person describes it; everything left out is decided by the policies and shown. Nothing is sent.

    `channel` is a name of the outreach of the definitions. `holdout` is the share kept back, 0 to 1. `spare_days` leaves out
    whoever was contacted in so many days. `goal` is a metric; `budget` is in the currency of the company. `destination` is
    where it goes when that was said: "file" for people to be taken away with a control held back.
    """

    audience: Audience
    channel: str = ""
    name: str = ""
    holdout: float | None = None
    spare_days: int | None = None
    goal: str = ""
    content: str = ""
    budget: float | None = None
    destination: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignState:
    """How far a campaign is: its people, who was left out and why, what was sent. All campaigns without a name."""

    campaign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a campaign did: an outcome of those it was meant for against those held back, within `days` of its start.

    `by` is a field of customers by whose values the effect is split.
    """

    campaign: str
    outcome: Outcome = "conversion"
    by: str | None = None
    days: int | None = None


Act = (
    SegmentChange
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
)
"""All of them."""
