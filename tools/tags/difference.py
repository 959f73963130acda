"""How two definitions of people differ: how many only the one means, how many only the other, and how many both."""

from __future__ import annotations

from dataclasses import dataclass, replace

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import conjoin
from semantic_layer.query.types import Audience
from tools.layer import PeopleLayer


@dataclass(frozen=True, slots=True)
class Difference:
    """People of two audiences on one day."""

    first: int
    second: int
    both: int

    @property
    def first_only(self) -> int:
        return self.first - self.both

    @property
    def second_only(self) -> int:
        return self.second - self.both

    @property
    def differ(self) -> int:
        """How many people are in one of the two and not in the other."""
        return self.first_only + self.second_only

    @property
    def alike(self) -> float:
        """The part of all people of either that is in both (Jaccard 1901); 1 for two empty groups."""
        either = self.first + self.second - self.both
        return self.both / either if either else 1.0

    def said(self, one: Text, other: Text) -> Text:
        """A sentence with the three numbers."""
        return Text(
            f"「{one.zh}」和「{other.zh}」有 {self.differ:,} 人不一致：只符合前者 {self.first_only:,} 人，只符合后者 {self.second_only:,} 人，两者都符合 {self.both:,} 人。",
            f"“{one.en}” and “{other.en}” disagree about {self.differ:,} people: {self.first_only:,} are only in the first, {self.second_only:,} only in the second, {self.both:,} in both.",
        )


def difference(
    layer: PeopleLayer, one: Audience, other: Audience, user: User, *, cancel: Cancel | None = None
) -> Difference:
    """Count two audiences of one entity and day, and those in both: three statements.

    Raises `ValueError` for audiences of different entities or days, and whatever counting raises.
    """
    if (one.entity, one.as_of) != (other.entity, other.as_of):
        raise ValueError("two audiences are held against each other for one entity and one day")
    both = replace(one, where=conjoin(tuple(where for where in (one.where, other.where) if where is not None)))
    first, second, common = (layer.count(each, user, cancel=cancel) for each in (one, other, both))
    return Difference(first, second, common)
