"""Timing in one run: percentiles of milliseconds, and ratios of two things taken in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


def milliseconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def cpu_milliseconds(work: Callable[[], object]) -> float:
    """The processor's time for one call, which other programs on the machine do not lengthen."""
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1000


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile (nearest rank)."""
    ranked = sorted(values)
    return {
        "p50": round(statistics.median(ranked), 2),
        "p95": round(ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))], 2),
    }


@dataclass(frozen=True, slots=True)
class Paired:
    """Median milliseconds of two things taken in turn, and the median of the ratios of the pairs."""

    ours: float
    theirs: float
    ratio: float


def paired(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    rounds: int,
    clock: Callable[[Callable[[], object]], float] = milliseconds,
) -> Paired:
    """Pairs taken in turn, each first as often as the other, after one unmeasured pair. `clock` times one call."""
    ours()
    theirs()
    pairs = []
    for number in range(rounds):
        first, second = (ours, theirs) if number % 2 == 0 else (theirs, ours)
        one, two = clock(first), clock(second)
        pairs.append((one, two) if first is ours else (two, one))
    return Paired(
        ours=round(statistics.median(mine for mine, _ in pairs), 3),
        theirs=round(statistics.median(other for _, other in pairs), 3),
        ratio=round(statistics.median(mine / other for mine, other in pairs), 3),
    )


def paired_ratio(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> float:
    """The median of ours / theirs over pairs taken in turn."""
    return paired(ours, theirs, rounds).ratio
