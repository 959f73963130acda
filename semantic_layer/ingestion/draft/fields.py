"""From a column to a field: its kind, unit, values, and whether it is personal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from semantic_layer.ingestion.draft.lexicon import Lexicon
from semantic_layer.ingestion.draft.naming import Named, name_values
from semantic_layer.ingestion.draft.types import ColumnProfile, Personal
from semantic_layer.model.types import ColumnType, DimensionKind, Sensitivity, Unit, Value

MOST_LISTED: Final = 50  # values of an enumeration
MOST_INDEXED: Final = 20_000  # values that join the vocabulary
LONGEST: Final = 60  # characters of a value that somebody says, on average
TIMES: Final = frozenset({ColumnType.DATE, ColumnType.TIMESTAMP})
NUMBERS: Final = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.FLOAT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of an entity that is being drafted."""

    profile: ColumnProfile
    named: Named
    kind: DimensionKind
    sensitivity: Sensitivity
    unit: Unit | None
    values: tuple[Value, ...]
    index_values: bool
    evidence: str
    confidence: float


def draft_field(column: ColumnProfile, named: Named, lexicon: Lexicon, *, is_key: bool) -> Field:
    """`is_key`: it tells rows apart or points at others, so that nobody computes with it."""
    kind = _kind(column, lexicon, is_key=is_key)
    sensitivity = _sensitivity(column.personal)
    listed = _is_enumeration(column, kind, lexicon) and sensitivity is Sensitivity.NONE
    values = name_values(column, lexicon) if listed else ()
    spoken = column.reading.type is ColumnType.STRING and not is_key
    indexed = (
        spoken
        and not listed
        and sensitivity is Sensitivity.NONE
        and 0 < column.distinct <= MOST_INDEXED
        and column.length <= LONGEST
    )
    return Field(
        profile=column,
        named=named,
        kind=kind,
        sensitivity=sensitivity,
        unit=unit_of(column, lexicon) if kind is DimensionKind.NUMERIC else None,
        values=values,
        index_values=indexed,
        evidence="; ".join(_evidence(column, listed=listed)),
        confidence=_confidence(column, lexicon),
    )


def _kind(column: ColumnProfile, lexicon: Lexicon, *, is_key: bool) -> DimensionKind:
    kind = column.reading.type
    if kind in TIMES:
        return DimensionKind.TIME
    if kind is ColumnType.BOOLEAN:
        return DimensionKind.CATEGORICAL
    if lexicon.ends_with("geographic", column.name) and kind is ColumnType.STRING:
        return DimensionKind.GEOGRAPHIC
    if is_key or (lexicon.pieces(column.name)[-1:] in (("id",), ("uuid",))):
        return DimensionKind.IDENTIFIER
    if kind is ColumnType.STRING:
        return DimensionKind.IDENTIFIER if _names_several(column, lexicon) else DimensionKind.CATEGORICAL
    if kind is ColumnType.INTEGER and _is_coded(column, lexicon):
        return DimensionKind.CATEGORICAL
    return DimensionKind.NUMERIC


def _names_several(column: ColumnProfile, lexicon: Lexicon) -> bool:
    """Names of rows that a few of them share: who is grouped by such a name counts two people as one."""
    named = lexicon.pieces(column.name)[-1:] == ("name",)
    return named and column.rows - column.nulls > column.distinct > 0.5 * column.rows


def _is_coded(column: ColumnProfile, lexicon: Lexicon) -> bool:
    """Whole numbers that stand for kinds of things: few of them, under a name of kinds."""
    named = lexicon.ends_with("enumeration", column.name) and not lexicon.says("never_sum", column.name)
    flag = lexicon.pieces(column.name)[-1:] == ("flag",) or lexicon.says("enumeration", column.name)
    return column.distinct <= MOST_LISTED and (named or (flag and {v for v, _ in column.top} <= {"0", "1"}))


def _is_enumeration(column: ColumnProfile, kind: DimensionKind, lexicon: Lexicon) -> bool:
    if (
        kind not in (DimensionKind.CATEGORICAL, DimensionKind.GEOGRAPHIC)
        or column.reading.type is not ColumnType.STRING
    ):
        return False
    if not 0 < column.distinct <= MOST_LISTED or column.length > LONGEST or len(column.top) < column.distinct:
        return False
    if any(value != value.strip() or not value for value, _ in column.top):
        return False
    return lexicon.says("enumeration", column.name) or column.distinct * 5 <= column.rows - column.nulls


def _sensitivity(personal: Personal | None) -> Sensitivity:
    if personal is None:
        return Sensitivity.NONE
    return Sensitivity.CONTACT if personal.is_contact else Sensitivity.PERSONAL


def unit_of(column: ColumnProfile, lexicon: Lexicon) -> Unit:
    """What a number is of: what its values are written with, else what its name says."""
    if column.reading.unit is not None:
        return column.reading.unit
    pieces = lexicon.pieces(column.name)
    if pieces[:2] == ("number", "of") or lexicon.ends_with("count", column.name):
        return Unit.COUNT
    if lexicon.ends_with("days", column.name):
        return Unit.DAYS
    if lexicon.says("percent", column.name) and _is_fraction(column):
        return Unit.PERCENT
    if lexicon.says("percent", column.name) or lexicon.ends_with("count", column.name):
        return Unit.NUMBER
    return Unit.CURRENCY if lexicon.says("currency", column.name) else Unit.NUMBER


def _is_fraction(column: ColumnProfile) -> bool:
    try:
        return 0.0 <= float(column.low) <= float(column.high) <= 1.0 and column.reading.type is not ColumnType.INTEGER
    except ValueError:
        return False


def is_measure(field: Field) -> bool:
    """Does somebody compute with it?"""
    return field.kind is DimensionKind.NUMERIC and field.profile.reading.type in NUMBERS


def _evidence(column: ColumnProfile, *, listed: bool) -> Iterator[str]:
    reading = column.reading
    yield f"{reading.type.value}, written as {reading.form}" if reading.form else reading.type.value
    yield f"{column.rows} rows, {column.distinct} different values, {column.nulls} empty"
    if column.personal is not None:
        yield f"personal: {column.personal.value}"
    elif column.low and column.reading.type is not ColumnType.STRING:
        yield f"from {column.low} to {column.high}"
    if listed:
        yield "few values that come again: an enumeration"


def _confidence(column: ColumnProfile, lexicon: Lexicon) -> float:
    """How well the name is understood, less for what is read from text or is empty throughout."""
    pieces = lexicon.pieces(column.name) or (column.name,)
    known = sum(piece in lexicon.words or piece in lexicon.pinyin for piece in pieces) / len(pieces)
    score = 0.6 + 0.35 * known
    if column.reading.form:
        score -= 0.05
    return round(0.3 if column.distinct == 0 else score, 2)
