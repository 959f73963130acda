"""What a business means: entities, their dimensions and tags, the metrics over them, and how they relate.

All are frozen values. SQL fragments inside (`expr`, `where`) are text over the columns of one entity's table; the only
placeholder is `:as_of`, the day on which the question is asked. They are parsed once by the compiler.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from semantic_layer.errors import Language, Text
from semantic_layer.model.grain import FiscalWeeks, Grain, Offset, TimeSpine
from semantic_layer.model.outreach import Outreach

Scalar = str | int | float | bool


class ColumnType(StrEnum):
    """The types that definitions may give a column."""

    STRING = "string"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"


class Sensitivity(StrEnum):
    """How closely a column points at a person."""

    NONE = "none"
    PERSONAL = "personal"  # a name, a birthday: masked unless the role may see people
    CONTACT = "contact"  # a phone number, an address: leaves the house only with a purpose


class DimensionKind(StrEnum):
    CATEGORICAL = "categorical"
    TIME = "time"
    NUMERIC = "numeric"
    GEOGRAPHIC = "geographic"
    IDENTIFIER = "identifier"


class Aggregation(StrEnum):
    SUM = "sum"
    COUNT = "count"
    COUNT_DISTINCT = "count_distinct"
    AVERAGE = "average"
    MIN = "min"
    MAX = "max"
    MEDIAN = "median"
    PERCENTILE = "percentile"
    SUM_BOOLEAN = "sum_boolean"  # how many rows are true


class Unit(StrEnum):
    CURRENCY = "currency"
    PERCENT = "percent"  # stored as a fraction: 0.25 is shown as 25.0 %
    COUNT = "count"
    NUMBER = "number"
    DAYS = "days"
    DATE = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How a thing is called: its label in both languages, other names, and what it means in one or two sentences."""

    label: Text
    synonyms: tuple[str, ...] = ()  # both languages mixed; the vocabulary normalises them
    description: Text = Text("", "")  # frozen
    instructions: str = ""  # advice for whoever reads a question with a model: when to use it, when not
    examples: tuple[str, ...] = ()

    def name_in(self, language: Language) -> str:
        return self.label.in_(language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a definition stands and who answers for it."""

    file: str = ""
    line: int = 0
    owner: str = ""
    version: int = 1
    deprecated: str = ""  # since when and why it should not be used any more; empty for what is in use
    replaced_by: str = ""  # the definition to use instead


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One stored value of a dimension or one level of a tag, with the names people use for it."""

    value: Scalar
    label: Text
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueGroup:
    """A named set of values (江浙沪) or, for numbers, a named range with both ends inside (18–30)."""

    name: str
    words: Words
    members: tuple[Scalar, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A physical column of an entity's table."""

    name: str
    type: ColumnType
    sensitivity: Sensitivity = Sensitivity.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """Something to filter or group by. `qualified` is `entity.name`, unique in a model."""

    name: str
    entity: str
    words: Words
    kind: DimensionKind
    type: ColumnType
    expr: str
    values: tuple[Value, ...] = ()
    groups: tuple[ValueGroup, ...] = ()
    ordered: bool = False  # `values` stand from lowest to highest, so that "gold and above" has a meaning
    index_values: bool = False  # distinct values of the data join the vocabulary when definitions list none
    value_suffixes: tuple[str, ...] = ()  # endings people leave out or add: 市, 省, 店
    sensitivity: Sensitivity = Sensitivity.NONE
    unit: Unit | None = None
    grain: Grain | None = None  # of a time dimension: the finest that its data has
    origin: Origin = Origin()

    @property
    def qualified(self) -> str:
        return f"{self.entity}.{self.name}"


@dataclass(frozen=True, slots=True)
class Validity:
    """Columns that say from when until when (NULL is open) a row of a history holds.

    The start is inside. The end is outside, or with `end_inside` the last day on which the row holds.
    """

    start: str
    end: str
    end_inside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A kind of thing with one row each: customer, order, order line, event."""

    name: str
    words: Words
    table: str
    primary_key: tuple[str, ...]
    columns: tuple[Column, ...]
    time: str | None = None  # name of the time dimension that "when" means for this entity
    label_column: str | None = None  # the dimension shown first when single rows are listed
    verbs: tuple[str, ...] = ()  # words for having one: 下单, 购买, bought, ordered
    validity: Validity | None = None  # a history: several rows a key, one of them at any moment
    partition: str | None = None  # the day of the snapshot that a row belongs to; joined rows are of the same snapshot
    origin: Origin = Origin()

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """Many `from_entity` rows point at one `to_entity` row. `name` tells apart several paths between the same two."""

    name: str
    from_entity: str
    to_entity: str
    from_columns: tuple[str, ...]
    to_columns: tuple[str, ...]
    label: Text = Text("", "")  # frozen; how the way is called: 收货地, "ships to"

    def said(self, language: Language) -> str:
        return self.label.in_(language) or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Having:
    """A bound on a metric of the inner group of a two-level measure, e.g. at least 2 orders per customer."""

    metric: str
    op: Literal[">=", ">", "<=", "<", "="]
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentile:
    """Which percentile (0..1), whether a stored value or one between two, and whether an estimate will do."""

    value: float
    discrete: bool = False
    approximate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NonAdditive:
    """A balance must not be summed over time: only rows of the first or last moment of `dimension` are counted.

    That moment is looked for in each period asked for and, with `groupings`, for each of these fields' values.
    """

    dimension: str
    choice: Literal["first", "last"] = "last"
    groupings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """An aggregation over the rows of one entity.

    With `per`, rows are first grouped by that entity (besides the question's own groups), groups failing `having` are
    left out, and the aggregation runs over the groups: "buyers with at least two orders in the period".
    """

    entity: str
    agg: Aggregation
    expr: str = ""  # empty for a count of rows
    where: str = ""
    time: str | None = None  # time dimension; the entity's own when absent
    per: str | None = None
    having: Having | None = None
    percentile: Percentile | None = None
    non_additive: NonAdditive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Simple:
    """`measures` say the same thing at different grains, coarsest first; the first that reaches all fields is used.

    `fill` is what a group or period without rows has; `every_period` shows all periods, also those without rows. When
    neither is set, the company's conventions decide.
    """

    measures: tuple[Measure, ...]
    fill: float | None = None
    every_period: bool = False


@dataclass(frozen=True, slots=True)
class Input:
    """A metric as part of another: under a name, over the rows where `where` holds, as of a time before."""

    metric: str
    alias: str = ""
    where: str = ""  # SQL over fields, like the `where` of a metric
    offset: Offset | None = None

    @property
    def name(self) -> str:
        return self.alias or self.metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    numerator: Input
    denominator: Input


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """Arithmetic over other metrics: `expr` is SQL over the names of the inputs."""

    expr: str
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cumulative:
    """A metric added up over a trailing `window` ("7 days"), or since the start of a period, or over all time.

    At a coarser grain than the rows' own, a period shows the `period_choice` of the running values inside it.
    """

    input: str
    window: str | None = None
    grain_to_date: str | None = None
    period_choice: Literal["first", "last", "average"] = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """Of what happened (`base`), the part that was followed by `target` of the same `entity` inside `window`.

    `counting` says what is converted: the entities with base rows ("people"), or the target rows, each credited to the
    latest base row before it ("events"). Without `window` any time after will do. `constant` are pairs of fields, of
    the base's rows and of the target's, that must be equal (the same session, the same product).
    """

    entity: str
    base: str
    target: str
    window: str = ""
    constant: tuple[tuple[str, str], ...] = ()
    calculation: Literal["rate", "count"] = "rate"
    counting: Literal["people", "events"] = "people"


MetricBody = Simple | Ratio | Derived | Cumulative | Conversion


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A number with one definition. `counts` names the entity when the metric counts distinct rows of it (people)."""

    name: str
    words: Words
    body: MetricBody
    unit: Unit
    good: Literal["up", "down", "neutral"] = "neutral"
    counts: str | None = None
    where: str = ""  # SQL over fields (`entity.field`), kept by all rows that the metric is made of
    grain: Grain | None = None  # the grain it is shown at over time when none is asked for
    hidden: bool = False  # only a part of other metrics: nobody asks for it by name
    origin: Origin = Origin()


class TagKind(StrEnum):
    ATTRIBUTE = "attribute"
    RULE = "rule"
    QUANTILE = "quantile"
    PREFERENCE = "preference"
    TEXT = "text"
    MODEL = "model"  # published by a model, never written by hand


class TagCategory(StrEnum):
    BASIC = "basic"  # 基础
    BEHAVIOUR = "behaviour"  # 行为
    PREFERENCE = "preference"  # 偏好
    LIFECYCLE = "lifecycle"  # 生命周期
    SOCIAL = "social"  # 社交


@dataclass(frozen=True, slots=True, kw_only=True)
class TagInput:
    """A metric of one customer inside a window ending on the as-of day. `window`: "12 months", or empty for all time."""

    name: str
    metric: str
    window: str = ""
    where: str = ""  # predicate in SQL over the dimensions of the measure's entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A value that a rule tag gives when `when` (SQL over inputs and the entity's columns) holds; the first wins."""

    value: Value
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeBody:
    expr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBody:
    inputs: tuple[TagInput, ...]
    levels: tuple[Level, ...]
    otherwise: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileBody:
    """The top `share` (0..1) of customers by `metric` inside `window`, of those for whom `require` holds.

    Ranked by the metric, then by the entity's key, so that ties never change between runs.
    """

    metric: str
    window: str
    share: float
    require: tuple[Having, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceBody:
    """The value of `dimension` (qualified) with the largest `metric` inside `window`; ties by the value itself."""

    dimension: str
    metric: str
    window: str


class TextMethod(StrEnum):
    DICTIONARY = "dictionary"
    CLASSIFIER = "classifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLabel:
    """A value that a text can have. `words` of either language say it; `unless` are words that take it back."""

    value: Value
    words: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueText:
    """A text, or a line of one, whose label somebody wrote by hand: `value`, or nothing. `{…}` stands for anything."""

    said: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBody:
    """What a customer's texts (`text`, a qualified dimension that is a column) say inside `window`.

    The first of `labels` that is found is the label of a text; of a customer's labels the most frequent is the value, ties
    by the value itself. A tag of the type boolean says whether any was found. `speaker` begins the lines that count (客户：);
    empty for all lines. Where `truth` is given, only labels are published whose precision over texts held out in time is at
    least `bar`, and that were found in `fewest` of them.
    """

    text: str
    window: str
    labels: tuple[TextLabel, ...]
    speaker: str = ""
    method: TextMethod = TextMethod.DICTIONARY
    bar: float = 0.8
    fewest: int = 5
    truth: tuple[TrueText, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The customers to whom a model gives `value`, as bits: bit `n`, the highest of each byte first, is the key `low + n`."""

    value: Value
    low: int
    bits: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelBody:
    """The bands of the scores that `version` of a model gave on `scored_on`; no customer is in two of them.

    `made_from` are the metrics and qualified fields that the scores rest on: whoever may not use one may not use the tag.
    """

    model: str
    version: int
    scored_on: date
    scored: tuple[Scored, ...]
    made_from: tuple[str, ...] = ()


TagBody = AttributeBody | RuleBody | QuantileBody | PreferenceBody | TextBody | ModelBody


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A named fact about one customer, with a definition in words, an owner and a version.

    A tag without `values` is boolean. `positive` are the values meant when a person only says the tag's name
    ("有流失风险" means 高 or 中); empty means that the name alone groups or asks, but does not filter.
    """

    name: str
    entity: str
    words: Words
    kind: TagKind
    category: TagCategory
    body: TagBody
    type: ColumnType = ColumnType.BOOLEAN
    values: tuple[Value, ...] = ()
    positive: tuple[Scalar, ...] = ()
    ordered: bool = False
    refresh: str = "daily"
    sensitivity: Sensitivity = Sensitivity.NONE
    origin: Origin = Origin()

    @property
    def qualified(self) -> str:
        return f"{self.entity}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguity:
    """A word that must not be guessed: each meaning is the name of a metric, tag or qualified dimension.

    With `default`, that meaning is taken and shown on the chip; without it the person is asked, with counts.
    """

    word: str
    meanings: tuple[str, ...]
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A word for something that is not defined, and what is nearest to it (星座 → birthday month)."""

    words: tuple[str, ...]
    offer: tuple[str, ...]
    why: Text = Text("", "")  # frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """Settings of one company: how time is read and what is meant when nothing is said."""

    time_zone: str = "Asia/Shanghai"
    week_start: Literal["monday", "sunday"] = "monday"
    fiscal_year_start: int = 1
    fiscal_weeks: FiscalWeeks | None = None  # a fiscal year made of whole weeks; `fiscal_year_start` is then unused
    default_window: str = "12 months"  # empty: all time
    as_of: str | None = None  # ISO date; the data's latest day when absent
    as_of_from: str | None = None  # qualified time dimension whose latest day is "today"
    currency: str = "CNY"
    missing: Literal["zero", "unknown"] = "zero"  # what counts and sums are where nothing happened
    minimum_group: int = 0  # groups of fewer people are not shown to roles without `see_small_groups`


@dataclass(frozen=True, slots=True, kw_only=True)
class Festival:
    """Named spans of days, e.g. 618 or 春节, one or more a year; the day itself where it differs from the span."""

    name: str
    words: Words
    spans: tuple[tuple[str, str], ...]  # ISO dates, both inside; each stands for one year known, or one wave in it
    days: tuple[str, ...] = ()  # ISO date of the day itself, one per span, optional
    presales: tuple[tuple[str, str] | None, ...] = ()  # days on which orders are taken ahead, one per span, optional


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleQuestion:
    """A question known to be answerable, offered on an empty page."""

    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticModel:
    """All definitions of one data set. Look-ups are in `semantic_layer.model.lookup`."""

    name: str
    words: Words
    entities: tuple[Entity, ...]
    relationships: tuple[Relationship, ...]
    dimensions: tuple[Dimension, ...]
    metrics: tuple[Metric, ...]
    tags: tuple[Tag, ...] = ()
    ambiguities: tuple[Ambiguity, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    festivals: tuple[Festival, ...] = ()
    samples: tuple[SampleQuestion, ...] = ()
    time_spines: tuple[TimeSpine, ...] = ()
    conventions: Conventions = field(default_factory=Conventions)
    outreach: Outreach = field(default_factory=Outreach)
    customer_entity: str = "customer"
    version: str = ""  # hash of all definition files
