"""What the tools need of the semantic layer: counting and describing people. The layer itself has this shape.

The fake is `tools.people_in_memory.PeopleInMemory`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from semantic_layer.engines.base import Cancel
from semantic_layer.layer import ValueCount
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Predicate
from semantic_layer.query.types import Audience, Order, Query
from semantic_layer.table import Table


class HasTable(Protocol):
    @property
    def table(self) -> Table: ...


class PeopleLayer(Protocol):
    """Answers about people under a user's rights; every call may raise a `UserError`."""

    @property
    def index(self) -> ModelIndex: ...

    def run(self, query: Query, user: User, *, cancel: Cancel | None = None) -> HasTable: ...

    def count(self, audience: Audience, user: User, *, cancel: Cancel | None = None) -> int: ...

    def waterfall(
        self, audience: Audience, user: User, *, cancel: Cancel | None = None
    ) -> tuple[tuple[Predicate | None, int], ...]:
        """How many are left after each condition, the base (no condition) first."""
        ...

    def distribution(
        self,
        audience: Audience,
        fields: Sequence[str],
        user: User,
        *,
        base: Audience | None = None,
        cancel: Cancel | None = None,
    ) -> Mapping[str, tuple[ValueCount, ...]]:
        """For each field, how many of the audience and of the base (everybody when `None`) have each value."""
        ...

    def people(
        self,
        audience: Audience,
        user: User,
        *,
        fields: tuple[str, ...] | None = None,
        order: Sequence[Order] = (),
        limit: int | None = None,
        offset: int = 0,
        cancel: Cancel | None = None,
    ) -> HasTable:
        """One row each, with masked columns masked; `fields` are qualified names."""
        ...
