"""The values that definitions list are those that the data has."""

from __future__ import annotations

from collections.abc import Mapping

from semantic_layer.compiler.fragments import names_in
from semantic_layer.compiler.probes import value_counts
from semantic_layer.errors import Text
from semantic_layer.model.nearest import nearest
from semantic_layer.model.types import ColumnType, Dimension, Scalar, Sensitivity
from semantic_layer.review.data import Data
from semantic_layer.review.findings import Findings, Place, listed, share_in_words
from semantic_layer.table import Cell

MOST_VALUES = 5_000
_SHOWN = 5


def check_values(data: Data, findings: Findings) -> None:
    """Every dimension that lists values or sets of them; of personal ones only the counts are told."""
    for dimension in data.index.model.dimensions:
        entity = data.index.entity(dimension.entity)
        members = [member for group in dimension.groups for member in group.members]
        if (dimension.values or members) and data.has(entity, names_in(dimension.expr)):
            rows = data.rows(value_counts(dimension, entity, data.as_of, most=MOST_VALUES))
            counts = {_scalar(value, dimension): int(str(count)) for value, count in rows if value is not None}
            if counts:
                _check(dimension, counts, data, findings, whole=len(rows) < MOST_VALUES)


def _check(dimension: Dimension, counts: Mapping[Scalar, int], data: Data, findings: Findings, *, whole: bool) -> None:
    known = {value.value for value in dimension.values}
    place = Place(kind="dimension", name=dimension.qualified, path=("values",))
    unlisted = {value: count for value, count in counts.items() if value not in known}
    if known and unlisted and not dimension.index_values:
        _unlisted(dimension, unlisted, sum(counts.values()), data, findings)
    if not whole:
        return  # rare values were not read, so that none can be said to be absent
    absent = [str(value.value) for value in dimension.values if value.value not in counts]
    if absent:
        names = listed(absent)
        findings.add(
            "info",
            place,
            Text(
                f"「{dimension.qualified}」列出的 {len(absent)} 个取值在数据里从未出现：{names.zh}。",
                f"Listed values of {dimension.qualified} that never occur in the data: {names.en}.",
            ),
            Text(
                "若是写法不同，请改正；若不再使用，请删除。", "Correct the spelling, or remove what is no longer used."
            ),
            count=len(absent),
            total=len(known),
        )
    for position, group in enumerate(dimension.groups):
        if group.members and not any(member in counts for member in group.members):
            findings.add(
                "warning",
                Place(kind="dimension", name=dimension.qualified, path=("groups", position)),
                Text(
                    f"「{dimension.qualified}」的分组「{group.name}」在数据里一行也没有。",
                    f"No row of the data is in the group {group.name!r} of {dimension.qualified}.",
                ),
                Text("请检查 members 的写法。", "Check how its members are spelled."),
                count=0,
            )


def _unlisted(dimension: Dimension, unlisted: Mapping[Scalar, int], rows: int, data: Data, findings: Findings) -> None:
    count = sum(unlisted.values())
    # What few rows have may be a slip of the pen with somebody's name in it; it is counted, not shown.
    least = max(2, data.index.model.conventions.minimum_group)
    common = [value for value, times in unlisted.items() if times >= least][:_SHOWN]
    if dimension.sensitivity is not Sensitivity.NONE:
        common = []
    named = listed(f"{value} ({unlisted[value]:,})" for value in common)
    rest = len(unlisted) - len(common)
    more = Text(
        f"{'，另有 ' if common else ''}{rest} 个少见或不便显示的值",
        f"{', and ' if common else ''}{rest} rare or protected ones",
    )
    ending = more if rest else Text("", "")
    near = [f"{value} → {close[0]}" for value in common if (close := _near(value, dimension))]
    hint = listed(near)
    findings.add(
        "warning",
        Place(kind="dimension", name=dimension.qualified, path=("values",)),
        Text(
            f"「{dimension.qualified}」有 {len(unlisted):,} 个取值没有列出，涉及 {count:,} 行（{share_in_words(count, rows)}）："
            f"{named.zh}{ending.zh}。",
            f"Values of {dimension.qualified} that are not listed: {len(unlisted):,}, on {count:,} of {rows:,} rows "
            f"({share_in_words(count, rows)}): {named.en}{ending.en}.",
        ),
        Text(
            f"请列入 values，或在载入时归并{f'（{hint.zh}）' if near else ''}；没列出的值问不到。",
            f"List them under values:, or unify them when loading{f' ({hint.en})' if near else ''}; "
            "nobody can ask for what is not listed.",
        ),
        count=count,
        total=rows,
    )


def _near(value: Scalar, dimension: Dimension) -> tuple[str, ...]:
    return nearest(str(value), [str(one.value) for one in dimension.values], limit=1)


def _scalar(cell: Cell, dimension: Dimension) -> Scalar:
    """A stored value as definitions write it."""
    if isinstance(cell, bool | str):
        return cell
    if dimension.type is ColumnType.INTEGER:
        return int(str(cell))
    if dimension.type in (ColumnType.DECIMAL, ColumnType.FLOAT):
        number = float(str(cell))
        return int(number) if number.is_integer() else number
    return str(cell)
