"""Timing in one run: percentiles of milliseconds, and ratios of two things taken in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence


def milliseconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile (nearest rank)."""
    ranked = sorted(values)
    return {
        "p50": round(statistics.median(ranked), 2),
        "p95": round(ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))], 2),
    }


def paired_ratio(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> float:
    """The median of ours / theirs over pairs taken in turn, after one unmeasured pair."""
    ours()
    theirs()
    ratios = []
    for number in range(rounds):
        first, second = (ours, theirs) if number % 2 == 0 else (theirs, ours)
        one, two = milliseconds(first), milliseconds(second)
        ratios.append(one / two if first is ours else two / one)
    return round(statistics.median(ratios), 3)
