"""Conditions by which a statement goes on after a row, in the order of its columns. Names are quoted, values parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Scalar = str | int | float | None


@dataclass(slots=True)
class Parameters:
    """Values of a statement in the order in which `place` marks them."""

    mark: Callable[[int], str]
    values: list[object] = field(default_factory=list)

    def place(self, value: object) -> str:
        """The mark of one more value."""
        self.values.append(value)
        return self.mark(len(self.values))


@dataclass(frozen=True, slots=True)
class Order:
    """Columns, quoted, that a statement is ordered by. `nulls_last` is how its database orders what is missing."""

    columns: tuple[str, ...]
    nulls_last: bool

    def clause(self) -> str:
        """` ORDER BY …`, or nothing."""
        return f" ORDER BY {', '.join(self.columns)}" if self.columns else ""

    def from_row(self, values: Sequence[object], parameters: Parameters, at: int = 0) -> str:
        """What holds for the row with these values and for all after it."""
        if at == len(self.columns):
            return "1 = 1"
        column, value = self.columns[at], values[at]
        if value is None:
            rest = self.from_row(values, parameters, at + 1)
            same = f"({column} IS NULL AND {rest})"
            return same if self.nulls_last else f"({column} IS NOT NULL OR {same})"
        after = f"{column} > {parameters.place(value)}"
        same = f"({column} = {parameters.place(value)} AND {self.from_row(values, parameters, at + 1)})"
        missing = f" OR {column} IS NULL" if self.nulls_last else ""
        return f"({after} OR {same}{missing})"

    def since(self, value: object, parameters: Parameters) -> str:
        """What holds for rows whose first column is not below a value, or missing: those could be of any time."""
        return f"({self.columns[0]} >= {parameters.place(value)} OR {self.columns[0]} IS NULL)"
