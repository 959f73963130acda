"""A picture as a typed value. It knows nothing of tables or of drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from semantic_layer.errors import Language
from semantic_layer.query.plan import ChartKind

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSpec:
    """A drawable chart. `spec` is Vega-Lite JSON text with its data inside; `title` says the finding.

    A tile has an empty `spec`: the headline of the answer is the picture.
    """

    kind: ChartKind
    title: str
    subtitle: str
    spec: str
    language: Language
    choices: tuple[ChartKind, ...] = ()  # other kinds that fit this table
