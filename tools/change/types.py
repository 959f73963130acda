"""What a search for the reasons of a change finds. Values only; words are made elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Text
from semantic_layer.layer import Result
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Metric, Scalar
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Predicate
from semantic_layer.query.types import Query
from tools.change.decompose import Pair

How = Literal["split", "having", "without"]
"""How a part was measured.

`split`: parts of its fields share nothing and add up. `having`: everybody (or every order) with such a row in the period,
against all others; who is in one part may be in another too. `without`: what the metric would be without these rows.
"""


class ChangeLayer(Protocol):
    """What the search needs of the semantic layer, which has this shape itself."""

    @property
    def index(self) -> ModelIndex: ...

    @property
    def calendar(self) -> CompanyCalendar: ...

    def run(
        self, query: Query, user: User, *, most_rows: int | None = None, cancel: Cancel | None = None
    ) -> Result: ...

    def with_metrics(self, metrics: Sequence[Metric]) -> ChangeLayer:
        """The same data under the same rights, with more metrics; defined ones stay as they are."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A group of rows or people, and what it adds to the change. Shares and weights are fractions.

    `before` and `after` are the metric inside the part, `rest_before` and `rest_after` outside it; `None` is no value.
    `share_of_change` is `None` where nothing changed. `mix` (the part's weight moved) and `rate` (the metric inside it
    moved) make up the contribution of a quotient. `strength` is how many standard errors the part moved beyond its weight's
    share of the change, `p_value` the chance of that, and `significant` that it is proven among all parts looked at; they
    are `None` where this cannot be told. `where` finds the part in the period asked about.
    """

    fields: tuple[str, ...]
    values: tuple[Scalar | None, ...]
    before: float | None
    after: float | None
    contribution: float
    share_of_change: float | None
    mix: float | None
    rate: float | None
    weight_before: float
    weight_after: float
    rest_before: float | None
    rest_after: float | None
    strength: float | None
    p_value: float | None
    significant: bool | None
    how: How
    where: Predicate
    inside: Pair

    @property
    def weight(self) -> float:
        return (self.weight_before + self.weight_after) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A quotient's change over the values of one field: the sum of their mix parts and of their rate parts.

    `opposed` says that the metric moved the other way inside every group that has it in both periods (Simpson's paradox).
    """

    field: str
    mix: float
    rate: float
    opposed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change and its parts. `parts` are worth telling, the first first; `others` are what else was looked at.

    `error` is the standard error of the change by chance, `significant` whether it is more than that; both `None` where
    this cannot be told. `rest` is what `parts` leave unexplained, and `rest_significant` whether that is more than chance.
    `searched` are the fields that were looked at, `tested` how many parts. `adds_up` says that it is a total, so that a
    longer period makes it larger by itself.
    """

    metric: str
    before: float | None
    after: float | None
    error: float | None = None
    significant: bool | None = None
    days: tuple[int, int] = (0, 0)
    adds_up: bool = False
    parts: tuple[Part, ...] = ()
    others: tuple[Part, ...] = ()
    rest: float | None = None
    rest_significant: bool | None = None
    structure: Structure | None = None
    searched: tuple[str, ...] = ()
    tested: int = 0
    queries: int = 0
    uses: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()
    sql: tuple[str, ...] = ()
    compile_ms: float = 0.0
    run_ms: float = 0.0

    @property
    def change(self) -> float | None:
        """After less before; `None` where one of them has no value."""
        return None if self.before is None or self.after is None else self.after - self.before
