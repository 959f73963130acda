"""What dbt's semantic layer says, as values, before it is turned into ours. Expressions and filters stay as written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from semantic_layer.model.grain import Grain, Offset, TimeSpine
from semantic_layer.model.section import Section
from semantic_layer.model.types import Aggregation, Percentile

EntityType = Literal["primary", "unique", "foreign", "natural"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DbtEntity:
    """A key by which rows of different models meet: a column, or an expression over columns."""

    name: str
    type: EntityType
    expr: str

    @property
    def names_rows(self) -> bool:
        """Whether it says which row is meant: at most one row has each value (for `natural`, one at a time)."""
        return self.type != "foreign"


@dataclass(frozen=True, slots=True, kw_only=True)
class DbtDimension:
    """`grain` is set for times, and for nothing else."""

    name: str
    expr: str
    label: str
    description: str
    grain: Grain | None = None
    is_partition: bool = False
    valid: Literal["start", "end"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DbtBalance:
    """`non_additive_dimension`: rows of the first or last moment only; groupings are names of entities."""

    dimension: str
    choice: Literal["first", "last"]
    groupings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DbtMeasure:
    name: str
    agg: Aggregation
    expr: str
    label: str
    description: str
    time: str = ""
    percentile: Percentile | None = None
    balance: DbtBalance | None = None
    create_metric: bool = False
    section: Section


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DbtModel:
    """One semantic model. `primary` names the entity that its rows are, with or without a column for it."""

    name: str
    table: str
    label: str
    description: str
    primary: str
    time: str
    entities: tuple[DbtEntity, ...]
    dimensions: tuple[DbtDimension, ...]
    measures: tuple[DbtMeasure, ...]
    section: Section

    def entity(self, name: str) -> DbtEntity | None:
        return next((entity for entity in self.entities if entity.name == name), None)

    def dimension(self, name: str) -> DbtDimension | None:
        return next((dimension for dimension in self.dimensions if dimension.name == name), None)

    @property
    def own_names(self) -> frozenset[str]:
        """The entities that a row of this model is one of: by these its dimensions are named (`listing__country`)."""
        named = {entity.name for entity in self.entities if entity.names_rows}
        return frozenset(named | {self.primary}) - {""}


@dataclass(frozen=True, slots=True, kw_only=True)
class DbtMeasureInput:
    """A measure, by name or in full, as it enters a metric."""

    name: str
    filters: tuple[str, ...] = ()
    fill: float | None = None
    every_period: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DbtMetricInput:
    name: str
    alias: str = ""
    filters: tuple[str, ...] = ()
    offset: Offset | None = None


@dataclass(frozen=True, slots=True)
class DbtSimple:
    measure: DbtMeasureInput


@dataclass(frozen=True, slots=True)
class DbtInline:
    """A simple metric that holds its aggregation itself, as newer versions write it; `model` is where it counts."""

    model: str
    measure: DbtMeasure
    input: DbtMeasureInput


@dataclass(frozen=True, slots=True)
class DbtRatio:
    numerator: DbtMetricInput
    denominator: DbtMetricInput


@dataclass(frozen=True, slots=True)
class DbtDerived:
    expr: str
    inputs: tuple[DbtMetricInput, ...]


Part = DbtMeasureInput | DbtMetricInput
"""What a running or conversion metric is made of: a measure, or in newer versions a metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DbtCumulative:
    input: Part
    window: str
    to_date: str
    choice: Literal["first", "last", "average"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DbtConversion:
    entity: str
    base: Part
    target: Part
    window: str
    calculation: Literal["rate", "count"]
    constant: tuple[tuple[str, str], ...]


DbtBody = DbtSimple | DbtInline | DbtRatio | DbtDerived | DbtCumulative | DbtConversion


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DbtMetric:
    name: str
    label: str
    description: str
    body: DbtBody
    filters: tuple[str, ...]
    grain: Grain | None
    section: Section


@dataclass(frozen=True, slots=True)
class DbtManifest:
    """All that was found at one place."""

    models: tuple[DbtModel, ...]
    metrics: tuple[DbtMetric, ...]
    spines: tuple[TimeSpine, ...]
