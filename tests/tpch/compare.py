"""Whether two results say the same: row by row in their order, numbers up to what adding in another order may change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal


def first_difference(found: Sequence[Sequence[object]], wanted: Sequence[Sequence[object]]) -> str | None:
    """In words; `None` when there is none."""
    for at, (left, right) in enumerate(zip(found, wanted, strict=False)):
        if len(left) != len(right) or not all(_same(one, other) for one, other in zip(left, right, strict=True)):
            return f"row {at + 1}: {tuple(left)} instead of {tuple(right)}"
    return None if len(found) == len(wanted) else f"{len(found)} rows instead of {len(wanted)}"


def _same(left: object, right: object) -> bool:
    if isinstance(left, int | float | Decimal) and isinstance(right, int | float | Decimal):
        return math.isclose(float(left), float(right), rel_tol=1e-9, abs_tol=1e-6)
    return left == right
