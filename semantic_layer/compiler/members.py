"""A list of people as a condition on their key: one literal of bits, however many people, instead of one literal a person."""

from __future__ import annotations

from base64 import b64encode

from sqlglot import exp

from semantic_layer.compiler.literals import all_of, number
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.model.types import ColumnType, Entity
from semantic_layer.segments import Members

_UNKNOWN_TYPE = ColumnType.INTEGER


def is_listed(key: exp.Expr, members: Members) -> exp.Expr:
    """True for the keys in the list; false or NULL for all others.

    The place of the bit is held inside the literal, so that no key, whatever the order of evaluation, reads beyond it.
    """
    bits = exp.Cast(
        this=exp.FromBase64(this=exp.Literal.string(b64encode(members.bits).decode("ascii"))),
        to=exp.DataType(this=exp.DType.BIT),
    )
    offset = exp.Sub(this=key.copy(), expression=number(members.low))
    inside = exp.Least(this=offset, expressions=[number(members.high - members.low)], ignore_nulls=True)
    place = exp.Greatest(this=number(0), expressions=[inside], ignore_nulls=True)
    whole = exp.Cast(this=place, to=exp.DataType(this=exp.DType.INT))
    bit = exp.Getbit(this=bits, expression=whole, zero_is_msb=True)
    found = all_of(
        [
            exp.GTE(this=key.copy(), expression=number(members.low)),
            exp.LTE(this=key.copy(), expression=number(members.high)),
            exp.EQ(this=bit, expression=number(1)),
        ]
    )
    assert found is not None
    return found


def check_listable(person: Entity, name: str) -> None:
    """Raises `InvalidPlanError` where people are not told apart by whole numbers, by which lists are kept."""
    (key, *more) = person.primary_key
    column = person.column(key)
    if more or (column.type if column is not None else _UNKNOWN_TYPE) is not ColumnType.INTEGER:
        raise InvalidPlanError(
            Text(
                zh=f"人群「{name}」是一份名单，而「{person.words.label.zh}」的主键不是单独一列整数，不能按名单筛选。",
                en=f"The segment {name!r} is a list, and the key of {person.words.label.en!r} is not one whole number, "
                "so people cannot be looked up in it.",
            )
        )
