"""What a model means, without where its definitions stand; and small models made at random that our rules accept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

from hypothesis import strategies as st

from semantic_layer.errors import Text
from semantic_layer.interchange.losses import Imported
from semantic_layer.model.grain import FiscalWeeks, Grain, Offset, OwnPeriod, TimeSpine
from semantic_layer.model.types import (
    Aggregation,
    Ambiguity,
    AttributeBody,
    Column,
    ColumnType,
    Conventions,
    Conversion,
    Cumulative,
    Derived,
    Dimension,
    DimensionKind,
    Entity,
    Festival,
    Having,
    Input,
    Level,
    Measure,
    Metric,
    NearMiss,
    NonAdditive,
    Origin,
    Percentile,
    PreferenceBody,
    QuantileBody,
    Ratio,
    Relationship,
    RuleBody,
    SampleQuestion,
    SemanticModel,
    Sensitivity,
    Simple,
    Tag,
    TagCategory,
    TagInput,
    TagKind,
    TextBody,
    TextLabel,
    TextMethod,
    TrueText,
    Unit,
    Validity,
    Value,
    ValueGroup,
    Words,
)

T = TypeVar("T")


def meaning(model: SemanticModel) -> SemanticModel:
    """The model without the places of its definitions and the hash of its files: what must survive a journey."""
    return _without_places(replace(model, version=""))


def _without_places(value: T) -> T:
    if isinstance(value, Origin):
        return replace(value, file="", line=0)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _without_places(getattr(value, each.name)) for each in fields(value)})
    if isinstance(value, tuple):
        return tuple(_without_places(item) for item in value)  # type: ignore[return-value]
    return value


def losses(imported: Imported) -> dict[str, tuple[str, str, str]]:
    """What was lost, by name: where, and why in Chinese and in English."""
    return {one.what: (one.place, one.why.zh, one.why.en) for one in imported.losses}


# -- models made at random -----------------------------------------------------------------------------------------------

WORD = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8)
LINE = st.lists(WORD, max_size=3).map(" ".join)
LABEL = st.builds(Text, WORD, WORD)
SAID = st.one_of(st.just(Text("", "")), st.builds(Text, LINE, LINE))
FLAG = st.booleans()


def maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.one_of(st.none(), strategy)


def several(strategy: st.SearchStrategy[T], most: int = 3) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(strategy, max_size=most).map(tuple)


def once_each(strategy: st.SearchStrategy[T], by: Callable[[T], object]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(strategy, max_size=3, unique_by=by).map(tuple)


ORIGIN = st.builds(Origin, owner=LINE, version=st.integers(1, 5), deprecated=LINE, replaced_by=LINE)
WORDS = st.builds(
    Words,
    label=LABEL,
    synonyms=st.lists(WORD, max_size=3, unique=True).map(tuple),
    description=SAID,
    instructions=LINE,
    examples=several(WORD),
)
SCALAR = st.one_of(WORD, st.integers(-9, 9), st.sampled_from([0.5, -2.25, 1e20, 1e-7]), st.booleans())
VALUE = st.builds(Value, value=SCALAR, label=LABEL, aliases=several(WORD))
NUMBER = st.one_of(st.integers(-1000, 1000).map(float), st.sampled_from([0.25, -1.5, 1e-7, 12345678.9]))
BOUND = st.builds(
    Having, metric=st.sampled_from(["sales", "orders"]), op=st.sampled_from([">=", "<", "="]), value=NUMBER
)
GROUP = st.builds(
    ValueGroup, name=WORD, words=WORDS, members=several(SCALAR), low=maybe(NUMBER), high=maybe(NUMBER)
).filter(lambda one: bool(one.members) or one.low is not None or one.high is not None)
KIND = st.sampled_from(ColumnType)
FIELD_NAMES = ("amount", "bought_at", "town", "net", "is_big", "order", "select")


def dimension(entity: str) -> st.SearchStrategy[Dimension]:
    return st.builds(
        Dimension,
        name=st.sampled_from(FIELD_NAMES),
        entity=st.just(entity),
        words=WORDS,
        kind=st.sampled_from(DimensionKind),
        type=KIND,
        expr=st.sampled_from(["amount", "bought_at", "amount - 1", "YEAR(:as_of) - YEAR(bought_at)", "town || 'x'"]),
        values=several(VALUE),
        groups=several(GROUP),
        ordered=FLAG,
        index_values=FLAG,
        value_suffixes=several(WORD),
        sensitivity=st.sampled_from(Sensitivity),
        unit=maybe(st.sampled_from(Unit)),
        grain=maybe(st.sampled_from(Grain)),
        origin=ORIGIN,
    )


def entity(name: str) -> st.SearchStrategy[Entity]:
    column = st.builds(
        Column,
        name=st.sampled_from(["id", "amount", "bought_at", "town", "order", "a b", "城市"]),
        type=KIND,
        sensitivity=st.sampled_from(Sensitivity),
    )
    return st.builds(
        Entity,
        name=st.just(name),
        words=WORDS,
        table=st.sampled_from(["t", "some.schema.t"]),
        primary_key=st.sampled_from([("id",), ("id", "town"), ()]),
        columns=once_each(column, lambda one: one.name),
        time=maybe(st.sampled_from(FIELD_NAMES)),
        label_column=maybe(st.sampled_from(FIELD_NAMES)),
        verbs=several(WORD),
        validity=maybe(st.builds(Validity, WORD, WORD, FLAG)),
        partition=maybe(WORD),
        origin=ORIGIN,
    )


CONDITION = st.sampled_from(["", "amount > 10", "customer.town = 'x''y'", "town IN ('a', 'b')"])
WINDOW = st.sampled_from(["7 days", "1 month", "12 months"])
MEASURE = st.builds(
    Measure,
    entity=st.sampled_from(["customer", "order"]),
    agg=st.sampled_from(Aggregation),
    expr=st.sampled_from(["amount", "amount * 2", "CASE WHEN town = 'x' THEN amount END", "id"]),
    where=CONDITION,
    time=maybe(st.just("bought_at")),
    per=st.none(),
    having=st.none(),
    percentile=maybe(st.builds(Percentile, value=st.sampled_from([0.5, 0.9, 0.333]), discrete=FLAG, approximate=FLAG)),
    non_additive=maybe(
        st.builds(
            NonAdditive,
            dimension=st.just("bought_at"),
            choice=st.sampled_from(["first", "last"]),
            groupings=several(WORD),
        )
    ),
).map(lambda one: replace(one, percentile=one.percentile or Percentile(value=0.9)) if one.agg == "percentile" else one)
GROUPED = st.builds(
    lambda measure, bound: replace(measure, per="customer", having=bound, non_additive=None), MEASURE, maybe(BOUND)
)
OFFSET = st.one_of(
    st.builds(Offset, st.sampled_from(["month", "year", "season", "class"]), count=st.integers(0, 14)),
    st.builds(lambda unit: Offset(unit, to_start=True), st.sampled_from(["month", "class"])),
)
INPUT = st.builds(
    Input,
    metric=st.sampled_from(["sales", "orders"]),
    alias=st.sampled_from(["", "before"]),
    where=CONDITION,
    offset=maybe(OFFSET),
)
PLAIN_INPUT = st.builds(Input, metric=st.sampled_from(["sales", "orders"]))
BODY = st.one_of(
    st.builds(
        Simple,
        measures=st.lists(st.one_of(MEASURE, GROUPED), min_size=1, max_size=2).map(tuple),
        fill=maybe(NUMBER),
        every_period=FLAG,
    ),
    st.builds(Ratio, numerator=st.one_of(INPUT, PLAIN_INPUT), denominator=st.one_of(INPUT, PLAIN_INPUT)),
    st.builds(
        Derived,
        expr=st.sampled_from(["sales * 0.87", "before - sales", "sales / orders"]),
        inputs=st.lists(st.one_of(INPUT, PLAIN_INPUT), min_size=1, max_size=3).map(tuple),
    ),
    st.builds(
        Cumulative,
        input=st.just("sales"),
        window=WINDOW,
        grain_to_date=st.none(),
        period_choice=st.sampled_from(["first", "last", "average"]),
    ),
    st.builds(Cumulative, input=st.just("sales"), grain_to_date=st.just("month")),
    st.builds(
        Conversion,
        entity=st.just("customer"),
        base=st.just("orders"),
        target=st.just("sales"),
        window=st.one_of(st.just(""), WINDOW),
        constant=several(st.tuples(WORD, WORD)),
        calculation=st.sampled_from(["rate", "count"]),
        counting=st.sampled_from(["people", "events"]),
    ),
)
METRIC = st.builds(
    Metric,
    name=st.sampled_from(["sales", "orders", "share", "order", "net_sales"]),
    words=WORDS,
    body=BODY,
    unit=st.sampled_from(Unit),
    good=st.sampled_from(["up", "down", "neutral"]),
    counts=maybe(st.just("customer")),
    where=CONDITION,
    grain=maybe(st.sampled_from(Grain)),
    hidden=FLAG,
    origin=ORIGIN,
)
RULE = st.builds(
    RuleBody,
    inputs=once_each(
        st.builds(TagInput, name=WORD, metric=st.just("sales"), window=st.one_of(st.just(""), WINDOW), where=CONDITION),
        lambda one: one.name,
    ),
    levels=st.lists(st.builds(Level, value=VALUE, when=st.just("a > 1")), min_size=1, max_size=3).map(tuple),
    otherwise=maybe(VALUE),
)
QUANTILE = st.builds(
    QuantileBody,
    metric=st.just("sales"),
    window=st.one_of(st.just(""), WINDOW),
    share=st.sampled_from([0.2, 0.05]),
    require=several(BOUND),
)
PREFERENCE = st.builds(
    PreferenceBody, dimension=st.just("order.town"), metric=st.just("sales"), window=st.one_of(st.just(""), WINDOW)
)


STORED = VALUE.map(lambda one: replace(one, value=str(one.value)))
TEXT = st.builds(
    TextBody,
    text=st.just("order.town"),
    window=st.one_of(st.just(""), WINDOW),
    labels=st.lists(
        st.builds(
            TextLabel, value=STORED, words=st.lists(WORD, min_size=1, max_size=2).map(tuple), unless=several(WORD)
        ),
        min_size=1,
        max_size=2,
        unique_by=lambda one: one.value.value,
    ).map(tuple),
    speaker=WORD,
    method=st.just(TextMethod.DICTIONARY),
    bar=st.sampled_from([0.8, 0.5]),
    fewest=st.integers(1, 9),
    truth=several(st.builds(TrueText, said=WORD)),
)


def tag(
    kind: TagKind, body: st.SearchStrategy[object], values: st.SearchStrategy[tuple[Value, ...]]
) -> st.SearchStrategy[Tag]:
    return st.builds(
        Tag,
        name=st.sampled_from(["a_tag", "b_tag", "c_tag"]),
        entity=st.sampled_from(["customer", "order"]),
        words=WORDS,
        kind=st.just(kind),
        category=st.sampled_from(TagCategory),
        body=body,
        type=KIND,
        values=values,
        positive=several(SCALAR),
        ordered=FLAG,
        refresh=WORD,
        sensitivity=st.sampled_from(Sensitivity),
        origin=ORIGIN,
    )


# A preference without values of its own has those of its dimension, and a rule those of its levels.
TAG = st.one_of(
    tag(TagKind.ATTRIBUTE, st.builds(AttributeBody, expr=st.just("town = 'x'")), several(VALUE)),
    tag(TagKind.QUANTILE, QUANTILE, several(VALUE)),
    tag(TagKind.RULE, RULE, st.lists(VALUE, min_size=1, max_size=3).map(tuple)),
    tag(TagKind.TEXT, RULE, st.lists(VALUE, min_size=1, max_size=3).map(tuple)),
    tag(TagKind.TEXT, TEXT, st.lists(VALUE, min_size=1, max_size=3).map(tuple)),
    tag(TagKind.PREFERENCE, PREFERENCE, st.lists(VALUE, min_size=1, max_size=3).map(tuple)),
)
SPAN = st.sampled_from([("2026-06-01", "2026-06-18"), ("2027-06-01", "2027-06-18"), ("2026-11-01", "2026-11-11")])
PRESALE = maybe(st.just(("2026-05-13", "2026-05-31")))
FESTIVAL = st.builds(
    lambda name, words, rows: Festival(
        name=name,
        words=words,
        spans=tuple(span for span, _, _ in rows),
        days=tuple(span[0] if at_start else span[1] for span, at_start, _ in rows),
        presales=tuple(presale for *_, presale in rows) if any(presale for *_, presale in rows) else (),
    ),
    st.sampled_from(["spring", "midyear"]),
    WORDS,
    st.lists(st.tuples(SPAN, FLAG, PRESALE), min_size=1, max_size=3),
)
FISCAL = st.builds(
    FiscalWeeks,
    pattern=st.sampled_from([(4, 4, 5), (4, 5, 4), (5, 4, 4)]),
    weekday=st.integers(1, 7),
    month=st.integers(1, 12),
    rule=st.sampled_from(["last", "nearest"]),
    named_by=st.sampled_from(["end", "start"]),
)
CONVENTIONS = st.builds(
    Conventions,
    time_zone=st.sampled_from(["Asia/Shanghai", "UTC"]),
    week_start=st.sampled_from(["monday", "sunday"]),
    fiscal_year_start=st.integers(1, 12),
    fiscal_weeks=st.none(),
    default_window=st.sampled_from(["12 months", "", "30 days"]),
    as_of=maybe(st.just("2026-10-31")),
    as_of_from=maybe(st.just("order.bought_at")),
    currency=st.sampled_from(["CNY", "EUR"]),
    missing=st.sampled_from(["zero", "unknown"]),
    minimum_group=st.integers(0, 9),
) | st.builds(lambda weeks: Conventions(fiscal_weeks=weeks), FISCAL)
SPINE = st.builds(
    TimeSpine,
    table=st.sampled_from(["days", "hours"]),
    column=WORD,
    grain=st.sampled_from(Grain),
    periods=once_each(
        st.builds(
            OwnPeriod,
            name=st.sampled_from(["season", "half"]),
            column=WORD,
            label=LABEL,
            synonyms=st.lists(WORD, max_size=2, unique=True).map(tuple),
        ),
        lambda one: one.name,
    ),
)
RELATION = st.builds(
    Relationship,
    name=st.sampled_from(["order_customer", "buyer"]),
    from_entity=st.just("order"),
    to_entity=st.just("customer"),
    from_columns=st.just(("id",)),
    to_columns=st.just(("id",)),
    label=SAID,
)
MODEL = st.builds(
    lambda *parts: SemanticModel(
        name=parts[0],
        words=parts[1],
        entities=(parts[2], parts[3]),
        dimensions=(*parts[4], *parts[5]),
        relationships=parts[6],
        metrics=parts[7],
        tags=parts[8],
        ambiguities=parts[9],
        near_misses=parts[10],
        festivals=parts[11],
        samples=parts[12],
        time_spines=parts[13],
        conventions=parts[14],
        customer_entity=parts[15],
    ),
    WORD,
    WORDS,
    entity("customer"),
    entity("order"),
    once_each(dimension("customer"), lambda one: one.name),
    once_each(dimension("order"), lambda one: one.name),
    once_each(RELATION, lambda one: one.name),
    once_each(METRIC, lambda one: one.name),
    once_each(TAG, lambda one: one.qualified),
    several(st.builds(Ambiguity, word=WORD, meanings=st.just(("sales", "orders")), default=maybe(st.just("sales")))),
    several(
        st.builds(NearMiss, words=st.lists(WORD, min_size=1, max_size=2).map(tuple), offer=several(WORD), why=SAID)
    ),
    once_each(FESTIVAL, lambda one: one.name),
    several(st.builds(SampleQuestion, text=LABEL)),
    once_each(SPINE, lambda one: one.table),
    CONVENTIONS,
    st.sampled_from(["customer", "order"]),
)
