"""A picture as a typed spec: chosen by the shape of a table, drawn by one Vega-Lite theme everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from semantic_layer.errors import Language
from semantic_layer.query.plan import ChartKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSpec:
    """A drawable chart. `spec` is Vega-Lite JSON text with its data inside; `title` says the finding."""

    kind: ChartKind
    title: str
    subtitle: str
    spec: str
    language: Language
    choices: tuple[ChartKind, ...] = ()  # other kinds that fit this table
