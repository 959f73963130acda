"""What is special about some people: distribution and target group index (TGI) of their tags against a base."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text
from semantic_layer.layer import ValueCount
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Dimension, DimensionKind, Scalar, Sensitivity, Tag
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import conjoin
from semantic_layer.query.types import Audience
from semantic_layer.table import Cell
from tools import numbers
from tools.layer import PeopleLayer
from tools.predicates import fields_in, metrics_behind, metrics_of

_MOST_VALUES: Final = 60  # a field with more values describes single people, not a group
_SHOWN_VALUES: Final = 10
_FIELDS_AT_ONCE: Final = 6
_FALSE_DISCOVERY: Final = 0.05
_LEAST_EXPECTED: Final = 5.0
_NOTABLE: Final = (120.0, 80.0)
_MOST_TGI: Final = 1000
_MOST_FINDINGS: Final = 5
_EVERYBODY: Final = Text("全部客户", "all customers")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRow:
    """One value of one field. `share` and `base_share` are fractions; `tgi` is 100 * share / base_share.

    Where nobody of the base has the value, half a person is put there, so that the index stays a number.
    """

    field: str
    field_label: Text
    value_label: Text
    count: int
    share: float
    base_share: float
    tgi: float
    significant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileResult:
    """Rows grouped by field in the order of the model; `findings` are sentences about the most over-indexed values."""

    size: int
    base_size: int
    rows: tuple[ProfileRow, ...]
    findings: tuple[Text, ...]
    against: Text = _EVERYBODY


def profile(
    layer: PeopleLayer,
    audience: Audience,
    base: Audience | None,
    user: User,
    *,
    against: Text | None = None,
    fields: Sequence[str] | None = None,
    cancel: Cancel | None = None,
) -> ProfileResult:
    """How the people of `audience` differ from `base` (`None`: everybody of the same entity).

    A row is significant when a two-proportion z-test (pooled; Fleiss, Statistical Methods for Rates and Proportions)
    rejects equality after the Benjamini-Hochberg correction over all rows at 5 %, and every expected count is at least
    five (Cochran 1954). Where the audience is part of the base, it is tested against the rest of the base, as the two
    must be independent; for groups that overlap otherwise the test errs towards "not proven".
    """
    held_against = base or replace(audience, where=None)
    asked = tuple(fields) if fields is not None else key_fields(layer.index, audience.entity)
    size = layer.count(audience, user, cancel=cancel)
    base_size = layer.count(held_against, user, cancel=cancel)
    named = against or (_EVERYBODY if base is None else Text("对照人群", "the other group"))
    if not size or not base_size or not asked:
        none = Text("这里没有人，所以没有画像。", "Nobody is here, so there is no profile.")
        return ProfileResult(size=size, base_size=base_size, rows=(), findings=(none,), against=named)
    inside = size if base is None else _shared(layer, audience, base, user, cancel)
    spread: dict[str, tuple[ValueCount, ...]] = {}
    for batch in _batches(asked, audience):
        spread.update(layer.distribution(audience, batch, user, base=base, cancel=cancel))
    tested = _Sizes(size=size, base=base_size, nested=inside == size)
    rows = tuple(
        row
        for name in asked
        if len(spread.get(name, ())) <= _MOST_VALUES
        for row in _field_rows(layer.index.field(name), spread.get(name, ()), tested)
    )
    judged = _judged(rows, tested)
    found = _findings(judged, _Known.of((audience, held_against), layer.index), named)
    return ProfileResult(size=size, base_size=base_size, rows=judged, findings=found, against=named)


def key_fields(index: ModelIndex, entity: str) -> tuple[str, ...]:
    """The fields a profile looks at: categories and places of the entity and of what it belongs to, and its tags."""
    fields: list[str] = []
    for name in sorted(index.reachable(entity), key=lambda found: found != entity):
        fields += [field.qualified for field in index.fields_of(name) if _describes(field, entity)]
    return tuple(fields)


def shown_tgi(tgi: float) -> str:
    """A TGI for reading. Beyond a thousand the base is so rare that the figure itself says nothing."""
    return f"{tgi:.0f}" if tgi <= _MOST_TGI else f"> {_MOST_TGI:,}"


def value_label(field: Dimension | Tag, value: Cell) -> Text:
    """A value in both languages, by its definition where it has one."""
    if value is None or value == "":
        return Text("未知", "unknown")
    for defined in field.values:
        if defined.value == value and isinstance(defined.value, bool) == isinstance(value, bool):
            return defined.label
    unit = field.unit if isinstance(field, Dimension) else None
    return Text(numbers.cell(value, unit, "zh"), numbers.cell(value, unit, "en"))


def _describes(field: Dimension | Tag, entity: str) -> bool:
    if field.sensitivity is not Sensitivity.NONE:
        return False
    if isinstance(field, Tag):
        return field.entity == entity
    return field.kind in (DimensionKind.CATEGORICAL, DimensionKind.GEOGRAPHIC)


@dataclass(frozen=True, slots=True)
class _Sizes:
    size: int
    base: int
    nested: bool  # the audience is part of the base

    def p_value(self, count: int, base_count: int) -> float:
        """Two-sided; 1.0 where too few people are involved to say anything."""
        other = self.base - self.size if self.nested else self.base
        other_count = base_count - count if self.nested else base_count
        if other <= 0 or not 0 <= other_count <= other:
            return 1.0
        pooled = (count + other_count) / (self.size + other)
        if min(self.size, other) * min(pooled, 1 - pooled) < _LEAST_EXPECTED:
            return 1.0
        error = math.sqrt(pooled * (1 - pooled) * (1 / self.size + 1 / other))
        distance = abs(count / self.size - other_count / other) / error
        return math.erfc(distance / math.sqrt(2))


def _batches(fields: tuple[str, ...], audience: Audience) -> list[tuple[str, ...]]:
    """One statement for all fields; several for another day, for which every tag is computed anew."""
    size = len(fields) if audience.as_of is None else _FIELDS_AT_ONCE
    return [fields[start : start + size] for start in range(0, len(fields), size)]


def _shared(layer: PeopleLayer, one: Audience, two: Audience, user: User, cancel: Cancel | None) -> int:
    parts = tuple(where for where in (one.where, two.where) if where is not None)
    return layer.count(replace(one, where=conjoin(parts)), user, cancel=cancel)


def _field_rows(field: Dimension | Tag, spread: Sequence[ValueCount], sizes: _Sizes) -> list[ProfileRow]:
    return [
        ProfileRow(
            field=field.qualified,
            field_label=field.words.label,
            value_label=value_label(field, found.value),
            count=found.count,
            share=found.count / sizes.size,
            base_share=found.base_count / sizes.base,
            tgi=100 * (found.count / sizes.size) / (max(found.base_count, 0.5) / sizes.base),
            significant=False,
        )
        for found in _in_order(field, spread)
    ]


def _in_order(field: Dimension | Tag, spread: Sequence[ValueCount]) -> list[ValueCount]:
    listed: list[Scalar | None] = [defined.value for defined in field.values]
    if field.ordered and listed:
        return sorted(spread, key=lambda found: listed.index(found.value) if found.value in listed else len(listed))
    ranked = sorted(spread, key=lambda found: (-found.count, -found.base_count, str(found.value)))
    return ranked[:_SHOWN_VALUES]


def _judged(rows: tuple[ProfileRow, ...], sizes: _Sizes) -> tuple[ProfileRow, ...]:
    """Benjamini and Hochberg 1995: the largest k with p(k) <= k/m * q; the k smallest p-values are significant."""
    p_values = [sizes.p_value(row.count, round(row.base_share * sizes.base)) for row in rows]
    ranked = sorted(p_values)
    passing = [p for rank, p in enumerate(ranked, start=1) if p <= rank / len(ranked) * _FALSE_DISCOVERY]
    bound = max(passing, default=-1.0)
    return tuple(replace(row, significant=p <= bound) for row, p in zip(rows, p_values, strict=True))


@dataclass(frozen=True, slots=True)
class _Known:
    """What follows from how the audiences are defined, and is therefore no news."""

    fields: frozenset[str]
    metrics: frozenset[str]
    index: ModelIndex

    @staticmethod
    def of(audiences: Sequence[Audience], index: ModelIndex) -> _Known:
        fields = frozenset[str]().union(*(fields_in(audience.where) for audience in audiences))
        metrics = frozenset[str]().union(*(metrics_behind(audience.where, index) for audience in audiences))
        return _Known(fields | _determined(fields, index), metrics, index)

    def nearly(self, name: str) -> bool:
        """A tag made of the same metrics differs almost by definition."""
        field = self.index.field(name)
        return isinstance(field, Tag) and bool(metrics_of(field, self.index) & self.metrics)


def _determined(fields: frozenset[str], index: ModelIndex) -> frozenset[str]:
    """Fields that follow from others: who lives in one city lives in its region."""
    found: set[str] = set()
    for link in index.model.relationships:
        if all(f"{link.from_entity}.{column}" in fields for column in link.from_columns):
            found.update(field.qualified for field in index.fields_of(link.to_entity))
    return frozenset(found)


def _findings(rows: tuple[ProfileRow, ...], known: _Known, against: Text) -> tuple[Text, ...]:
    """The strongest difference of each field, what is news first, then over-indexed before under-indexed."""
    over, under = _NOTABLE
    telling = [
        row
        for row in rows
        if row.significant
        and row.field not in known.fields
        and (row.tgi >= over or row.tgi <= under)
        and _worth_saying(row, known.index)
    ]
    telling.sort(key=lambda row: (known.nearly(row.field), row.tgi < 100, -abs(row.share - row.base_share)))
    chosen: dict[str, ProfileRow] = {}
    for row in telling:
        chosen.setdefault(row.field, row)
    if not chosen:
        return (Text(f"与{against.zh}相比，没有可靠的差别。", f"No reliable difference from {against.en}."),)
    return tuple(_sentence(row, against) for row in list(chosen.values())[:_MOST_FINDINGS])


def _worth_saying(row: ProfileRow, index: ModelIndex) -> bool:
    """Whether a row tells something: no to X is said by X, and unknown says nothing of a person."""
    field = index.field(row.field)
    negative = isinstance(field, Tag) and not field.values and row.value_label.en == "no"
    return not negative and row.value_label.en != "unknown"


def _sentence(row: ProfileRow, against: Text) -> Text:
    share, base = numbers.percent(row.share), numbers.percent(row.base_share)
    yes = row.value_label.en == "yes"
    zh = row.field_label.zh if yes else f"{row.field_label.zh}为{row.value_label.zh}的"
    en = row.field_label.en if yes else f"{row.field_label.en}: {row.value_label.en}"
    return Text(
        zh=f"{zh}占 {share}，{against.zh}为 {base}（TGI {shown_tgi(row.tgi)}）。",
        en=f"{en}, {share} against {base} of {against.en} (TGI {shown_tgi(row.tgi)}).",
    )
