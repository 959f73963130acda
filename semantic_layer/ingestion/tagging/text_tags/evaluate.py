"""How well a method finds each label in texts whose truth is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Final

from semantic_layer.ingestion.tagging.text_tags.types import UNLABELLED, LabelQuality

_NORMAL_95: Final = 1.959964


def quality(given: Sequence[str], truth: Sequence[str], times: Sequence[int] = ()) -> tuple[LabelQuality, ...]:
    """One entry for each label that was given or true, sorted by value; texts with none are not a label.

    `times` says how often each text occurs, once when left out. Raises `ValueError` when lengths differ.
    """
    pairs: Counter[tuple[str, str]] = Counter()
    for one, other, count in zip(given, truth, times or [1] * len(given), strict=True):
        pairs[one, other] += count
    values = sorted({value for pair in pairs for value in pair} - {UNLABELLED})
    return tuple(_of(value, pairs) for value in values)


def _of(value: str, pairs: Mapping[tuple[str, str], int]) -> LabelQuality:
    count = sum(times for (one, _), times in pairs.items() if one == value)
    true = sum(times for (_, other), times in pairs.items() if other == value)
    right = pairs.get((value, value), 0)
    low, high = wilson(right, count)
    return LabelQuality(
        value=value,
        given=count,
        right=right,
        true=true,
        precision=right / count if count else None,
        low=low,
        high=high,
        recall=right / true if true else None,
    )


def wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a part (Wilson 1927); the whole range for no trial."""
    if of == 0:
        return 0.0, 1.0
    part, square = right / of, _NORMAL_95**2
    middle = (part + square / (2 * of)) / (1 + square / of)
    reach = _NORMAL_95 * sqrt(part * (1 - part) / of + square / (4 * of * of)) / (1 + square / of)
    return max(middle - reach, 0.0), min(middle + reach, 1.0)
