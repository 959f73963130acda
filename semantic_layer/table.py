"""A result: typed, labelled columns and rows. The one form in which numbers travel above the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Sensitivity, Unit

if TYPE_CHECKING:
    import pandas as pd

Cell = str | int | float | bool | date | datetime | Decimal | None
Role = Literal["group", "time", "metric", "previous", "change", "change_rate", "share", "rank", "key", "attribute"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultColumn:
    """One column: its name in the SQL, its label, and what it is in the question.

    `source` is the metric, field or tag it comes from; `of` the index of the comparison it belongs to.
    `masked` says that the values are hidden from this user.
    """

    name: str
    label: Text
    role: Role
    source: str = ""
    unit: Unit | None = None
    sensitivity: Sensitivity = Sensitivity.NONE
    masked: bool = False
    of: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in their final order; every row is as long as `columns`."""

    columns: tuple[ResultColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total_rows: int | None = None  # how many there are when `rows` is cut

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        return iter(self.rows)

    def index(self, name: str) -> int:
        """Position of a column by name; raises `KeyError` with the names there are."""
        for position, column in enumerate(self.columns):
            if column.name == name:
                return position
        raise KeyError(f"{name!r} is not one of {[c.name for c in self.columns]}")

    def values(self, name: str) -> tuple[Cell, ...]:
        position = self.index(name)
        return tuple(row[position] for row in self.rows)

    def with_role(self, role: Role) -> tuple[ResultColumn, ...]:
        return tuple(column for column in self.columns if column.role == role)

    def to_pandas(self, language: Language | None = None) -> pd.DataFrame:
        """A data frame; column names are the SQL names, or the labels when a language is given."""
        import pandas as pd  # noqa: PLC0415  # heavy, and needed at the edges only

        names = [c.label.in_(language) if language else c.name for c in self.columns]
        return pd.DataFrame(list(self.rows), columns=names)
