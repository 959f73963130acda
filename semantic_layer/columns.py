"""Figures of single people as arrays, for what is reckoned inside the house: memberships, scores, effects.

A question may group by the key of a person, "<customer entity>.<key column>", whether or not the definitions declare it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from semantic_layer.compiler.context import CompileContext, Compiled
from semantic_layer.engines.columns import Array, Columns
from semantic_layer.errors import DataError, InvalidPlanError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import ColumnType, Dimension, DimensionKind
from semantic_layer.policy.small_groups import small_rows
from semantic_layer.policy.types import Policy

MOST_ROWS: Final = 100_000_000
"""The row limit of reads whose rows nobody is shown, in place of the policy's limit on answers."""


def widened(policy: Policy) -> Policy:
    """The policy for reads that stay inside the house: everything the same but the number of rows."""
    return replace(policy, limits=replace(policy.limits, rows=MOST_ROWS))


def keyed(context: CompileContext) -> CompileContext:
    """The context with the key of a person as one more dimension, unless it has one by that name.

    Raises:
        InvalidPlanError: when the key has several columns, or the name belongs to another column.
    """
    model = context.index.model
    person = context.index.entity(model.customer_entity)
    if len(person.primary_key) != 1:
        raise InvalidPlanError(
            Text(
                zh=f"「{person.words.label.zh}」的主键不是单独一列，不能按人来算。",
                en=f"The key of {person.words.label.en!r} is not one column, so nothing can be reckoned by person.",
            )
        )
    (key,) = person.primary_key
    declared = next((one for one in model.dimensions if one.qualified == f"{person.name}.{key}"), None)
    if declared is not None and declared.expr.strip() == key:
        return context
    if declared is not None:
        raise InvalidPlanError(
            Text(
                zh=f"维度「{declared.qualified}」与主键列同名，却不是主键，不能按人来算；请给它换个名字。",
                en=f"The dimension {declared.qualified!r} has the name of the key column but is not the key; rename it.",
            )
        )
    column = person.column(key)
    own = Dimension(
        name=key,
        entity=person.name,
        words=person.words,
        kind=DimensionKind.IDENTIFIER,
        type=column.type if column is not None else ColumnType.INTEGER,
        expr=key,
    )
    return replace(context, index=ModelIndex(replace(model, dimensions=(*model.dimensions, own))))


def shown(found: Columns, compiled: Compiled, counting: Sequence[str], least: int) -> dict[str, Array]:
    """The columns of the answer by name, without the hidden counts and without figures of fewer than `least` people.

    `counting` are the columns whose numbers count people themselves.
    """
    arrays = list(found.values())
    own = arrays[: len(compiled.columns)]
    named = {column.name: array for column, array in zip(compiled.columns, own, strict=True)}
    if least <= 0 or not compiled.hidden:
        return named
    counts = [*arrays[len(compiled.columns) :], *(named[name] for name in counting)]
    small = sorted(small_rows(_behind(counts).tolist(), least))
    figures = [column.name for column in compiled.columns if column.role not in ("group", "key", "attribute")]
    return {name: _blanked(array, small) if name in figures else array for name, array in named.items()}


def of_persons(columns: Mapping[str, Array], key: str) -> dict[str, Array]:
    """The rows that have a person, with whole numbers in the column `key` where keys are such."""
    keys = columns[key]
    known = ~np.isnan(keys) if keys.dtype.kind == "f" else np.not_equal(keys, np.array(None, dtype=object)).astype(bool)
    kept = dict(columns) if bool(known.all()) else {name: array[known] for name, array in columns.items()}
    if keys.dtype.kind == "f":
        kept[key] = kept[key].astype(np.int64)
    return kept


def _behind(counts: Sequence[Array]) -> NDArray[np.int64]:
    """Row by row the fewest people behind a figure, leaving aside where there are none."""
    numbers = np.nan_to_num(np.stack([count.astype(np.float64) for count in counts]))
    fewest = np.where(numbers > 0, numbers, np.inf).min(axis=0)
    return np.where(np.isfinite(fewest), fewest, 0).astype(np.int64)


def _blanked(array: Array, rows: Sequence[int]) -> Array:
    if not rows:
        return array
    if array.dtype.kind in "iuf":
        numbers = array.astype(np.float64)
        numbers[list(rows)] = np.nan
        return numbers
    objects = array.astype(object)
    objects[list(rows)] = None
    return objects


def integer_keys(found: Columns) -> NDArray[np.int64]:
    """The keys of people in ascending order.

    Raises:
        DataError: when keys are no whole numbers from 0 to 2^32 - 1, which memberships are kept by.
    """
    keys = next(iter(found.values()))
    if keys.dtype.kind not in "iu" and keys.size:
        raise DataError(
            Text(
                zh="这个数据集的客户主键不是整数，不能保存人群成员。请在载入时给每位客户一个整数键。",
                en="The keys of people in this data set are no whole numbers, so memberships cannot be kept. "
                "Give each person a whole number when loading.",
            )
        )
    ordered = np.sort(keys.astype(np.int64))
    if ordered.size and (ordered[0] < 0 or ordered[-1] > np.iinfo(np.uint32).max):
        raise DataError(
            Text(
                zh="客户主键超出 0 到 4294967295 的范围，不能保存人群成员。",
                en="Keys of people are outside 0 to 4294967295, so memberships cannot be kept.",
            )
        )
    return ordered
