"""Whether a campaign did more for some customers than for others, by what they were before it started."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from pyroaring import BitMap

from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.types import Scalar, Tag
from semantic_layer.policy.small_groups import behind, small_rows
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Compare
from tools.effect.compare import compare_rates, same_everywhere
from tools.effect.intervals import ALPHA, holm
from tools.effect.outcomes import Outcomes
from tools.effect.types import Arm, Difference, Slice, Slices

MOST_SLICES: Final = 12
MOST_VALUES: Final = 60
LEAST_PEOPLE: Final = 20
"""Fewer in either group say nothing about a rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    """How a reading is cut: intervals reach `z` standard errors; nothing is said to differ before it is `final`.

    `least` is the fewest people that the person may see figures of.
    """

    layer: SemanticLayer
    user: User
    outcomes: Outcomes
    z: float
    final: bool
    least: int = 0

    def by(self, field: str, groups: tuple[BitMap, BitMap], done: BitMap, start: date) -> Slices:
        """The effect in each slice of (treated, control), by the value on the day before the start: a value of today may be
        what the campaign itself changed. The most frequent values first.

        Raises `UnknownNameError`, and `InvalidPlanError` for a field with too many values.
        """
        words = self.layer.index.field(field).words.label
        values = self._values(field)
        eve = start - timedelta(days=1)
        found: list[tuple[Text, Difference]] = []
        for value in values[:MOST_SLICES]:
            people = self.outcomes.people(Compare(field, "=", value), as_of=eve)
            one, two = (group & people for group in groups)
            rates = compare_rates((len(one & done), len(one)), (len(two & done), len(two)), self.z)
            found.append((self._label(field, value), rates))
        few = small_rows([fewest(one) for _, one in found], self.least)
        large = [at for at, (_, one) in enumerate(found) if min(_sizes(one)) >= LEAST_PEOPLE and at not in few]
        small = sum(sum(_sizes(one)) for at, (_, one) in enumerate(found) if at not in large)
        return self._tested(field, words, [found[at] for at in large], small)

    def _tested(self, field: str, words: Text, found: list[tuple[Text, Difference]], small: int) -> Slices:
        """Slices may be said to differ when all of them together do, and then those far from the others after Holm."""
        if len(found) < 2:
            parts = tuple(Slice(label=label, difference=one, adjusted=1.0, stands_out=False) for label, one in found)
            return Slices(field=field, label=words, parts=parts, pvalue=None, small=small)
        together, alone = same_everywhere([(_counts(one.treated), _counts(one.control)) for _, one in found])
        adjusted = holm(alone)
        holds = self.final and together < ALPHA
        parts = tuple(
            Slice(label=label, difference=one, adjusted=p, stands_out=holds and p < ALPHA)
            for (label, one), p in zip(found, adjusted, strict=True)
        )
        return Slices(field=field, label=words, parts=parts, pvalue=together, small=small)

    def _values(self, field: str) -> list[Scalar]:
        values = [value for value, _ in self.layer.value_counts(field, self.user) if value is not None]
        if len(values) > MOST_VALUES:
            fields = [one for one in self.layer.index.fields_of(self.layer.index.model.customer_entity) if one.values]
            near = tuple(one.qualified for one in fields[:3])
            label = self.layer.index.field(field).words.label
            raise InvalidPlanError(
                Text(
                    f"「{label.zh}」有 {len(values)} 个取值，分不成可比较的组。可以用：{'、'.join(one.words.label.zh for one in fields[:3])}。",
                    f"{label.en!r} has {len(values)} values, too many to compare. Try {', '.join(one.words.label.en for one in fields[:3])}.",
                ),
                suggestions=near,
            )
        return values

    def _label(self, field: str, value: Scalar) -> Text:
        one = self.layer.index.field(field)
        if isinstance(value, bool) and isinstance(one, Tag):
            label = one.words.label
            return Text(label.zh, label.en) if value else Text(f"不是{label.zh}", f"not {label.en}")
        return next((known.label for known in one.values if known.value == value), Text(str(value), str(value)))


def fewest(one: Difference) -> int:
    """The fewest people behind the figures of a comparison, leaving aside where there are none."""
    return behind([*_sizes(one), one.treated.hits or 0, one.control.hits or 0])


def _sizes(one: Difference) -> tuple[int, int]:
    return one.treated.people, one.control.people


def _counts(arm: Arm) -> tuple[int, int]:
    return arm.hits or 0, arm.people
