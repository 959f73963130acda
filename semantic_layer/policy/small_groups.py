"""Keeps groups of few people from a role that may not see them. It blanks cells of a result; it does not count people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.policy.rights import Rights
from semantic_layer.table import Role, Table

T = TypeVar("T")

_FIGURES: frozenset[Role] = frozenset({"metric", "previous", "change", "change_rate", "share", "rank"})


def least_people(rights: Rights, minimum_group: int) -> int:
    """The fewest people a group must have to be shown; 0 when all may be seen."""
    return 0 if rights.see_small_groups else minimum_group


def withhold_small_groups(table: Table, people: Sequence[int], least: int) -> tuple[Table, int]:
    """Blank the figures of rows with fewer than `least` people; the second value says how many rows were blanked.

    `people` holds, row by row, how many people stand behind the row. A group of nobody is shown. When one row alone would
    be blanked, its figures follow from the total, so the next smallest row is blanked with it.
    """
    if least <= 0:
        return table, 0
    small = small_rows(people, least)
    figures = {place for place, column in enumerate(table.columns) if column.role in _FIGURES}
    rows = tuple(
        tuple(None if place in figures else cell for place, cell in enumerate(row)) if number in small else row
        for number, row in enumerate(table.rows)
    )
    return replace(table, rows=rows), len(small)


def small_rows(people: Sequence[int], least: int) -> frozenset[int]:
    """Positions with fewer than `least` people; one alone takes the next smallest with it."""
    small = {row for row, count in enumerate(people) if 0 < count < least}
    others = sorted((row for row, count in enumerate(people) if count >= least), key=lambda row: (people[row], row))
    if len(small) == 1 and others:
        small.add(others[0])
    return frozenset(small)


def without_small(items: Sequence[T], people: Sequence[int], least: int) -> tuple[T, ...]:
    """The items with enough people behind them."""
    small = small_rows(people, least) if least > 0 else frozenset()
    return tuple(item for place, item in enumerate(items) if place not in small)


def behind(counts: Sequence[int]) -> int:
    """What one row counts as when several counts stand behind it: the fewest people, leaving aside where there are none."""
    return min((count for count in counts if count > 0), default=0)


def withheld_note(groups: int, least: int) -> Text:
    """Says that groups were kept back."""
    plural = "group is" if groups == 1 else "groups are"
    return Text(
        zh=f"为保护隐私，{groups} 个分组的数字未显示：其中有不足 {least} 人的分组。",
        en=f"To protect people, the figures of {groups} {plural} not shown: some have fewer than {least} people.",
    )


def refuse_small_audience(people: int, least: int) -> None:
    """Raise `NotAllowedError` for an audience of so few that counting or listing them would point at persons."""
    if 0 < people < least:
        raise NotAllowedError(
            Text(
                zh=f"符合条件的不足 {least} 人。为保护隐私，您的角色看不到这么小的群体；请放宽条件。",
                en=f"Fewer than {least} people meet this. To protect them, your role does not see groups this small; "
                "widen the conditions.",
            )
        )
