"""Pieces of a restatement: words that stand for one part of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from semantic_layer.query.plan import ChartKind, Occurrence
from semantic_layer.query.predicate import Predicate
from semantic_layer.query.time import CompareTo, TimeRange
from semantic_layer.query.types import Bound, Grouping, Order

PieceKind = Literal["metric", "group", "condition", "time", "comparison", "order", "limit", "share", "subject", "chart"]
Part = Predicate | Grouping | TimeRange | CompareTo | Order | Bound | ChartKind | Occurrence | str | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Words for one part of a step. `part` is that part itself: the condition, the grouping, the name of the metric."""

    kind: PieceKind
    text: str
    part: Part = None
    step: int = 0
