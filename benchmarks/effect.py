"""Read-outs of campaigns against a known truth: groups that are alike, groups that differ, and groups that were split wrongly.

Every run goes through the functions that answer a question. Seeds are fixed, so the figures are the same every time.
"""

from __future__ import annotations

from importlib.metadata import version

import numpy as np

from tools.effect.compare import compare_rates, sample_ratio
from tools.effect.intervals import any_look, one_look
from tools.effect.power import detectable

RUNS = 1_000
DAYS = 30
BASE = 0.05
PEOPLE = 10_000
CDNOW = ("r", "alpha", "a", "b", "holdout_error")


def measure() -> dict[str, object]:
    """The figures of benchmarks/results/effect.json; those of CDNOW where its data is installed."""
    found: dict[str, object] = _cdnow()
    found["aa_false_positive"] = false_positives(0.5)
    found["aa_false_positive_small_control"] = false_positives(0.1)
    found["aa_any_of_30_looks"] = false_positives_over_looks(0.1)
    found["ab_power"] = power(0.5)
    found["ab_power_small_control"] = power(0.1)
    found["srm_caught"] = mismatches_caught(0.52, 20_000)
    found["srm_false_alarms"] = mismatches_caught(0.5, 20_000)
    found["runs"] = RUNS
    found["versions"] = {name: version(name) for name in ("numpy", "scipy", "tea-tasting")}
    return found


def false_positives(control: float) -> float:
    """The share of runs with no effect whose 95 % interval excludes it."""
    rng = np.random.default_rng(1)
    return _told(rng, control, 0.0)


def power(control: float) -> dict[str, float]:
    """The power that `detectable` states for a lift, and the share of runs with that lift that find it."""
    treated, held = _sizes(control)
    lift = detectable(BASE, treated, held)
    return {"stated": 0.8, "found": _told(np.random.default_rng(2), control, lift)}


def false_positives_over_looks(control: float, runs: int = RUNS) -> float:
    """The share of runs with no effect of which one of 30 daily readings, each with the interval of that day, excludes it."""
    rng = np.random.default_rng(3)
    treated, held = _sizes(control)
    wrong = 0
    for _ in range(runs):
        one, two = (np.cumsum(_by_day(rng, people)) for people in (treated, held))
        looks = (
            compare_rates((int(one[day]), treated), (int(two[day]), held), any_look((day + 1) / DAYS))
            for day in range(DAYS)
        )
        wrong += any(look.interval.excludes_zero for look in looks)
    return wrong / runs


def mismatches_caught(treated: float, people: int) -> float:
    """The share of runs planned as 50:50 and split otherwise that are refused."""
    rng = np.random.default_rng(4)
    sizes = rng.binomial(people, treated, RUNS)
    return float(np.mean([not sample_ratio(int(one), people - int(one), 0.5).trusted for one in sizes]))


def _told(rng: np.random.Generator, control: float, lift: float) -> float:
    treated, held = _sizes(control)
    one, two = rng.binomial(treated, BASE + lift, RUNS), rng.binomial(held, BASE, RUNS)
    found = [
        compare_rates((int(hit), treated), (int(miss), held), one_look()).interval.excludes_zero
        for hit, miss in zip(one, two, strict=True)
    ]
    return float(np.mean(found))


def _by_day(rng: np.random.Generator, people: int) -> np.ndarray:
    """How many convert on each day, each person at most once."""
    each = np.full(DAYS, BASE / DAYS)
    return rng.multinomial(people, [*each, 1 - BASE])[:DAYS]


def _sizes(control: float) -> tuple[int, int]:
    held = round(PEOPLE * control)
    return PEOPLE - held, held


def _cdnow() -> dict[str, object]:
    """The published parameters and the held-out total; beside them everything else that was measured there."""
    from benchmarks.cdnow import measure as cdnow

    try:
        figures = cdnow()
    except FileNotFoundError as missing:
        return {"cdnow": {"left out": str(missing)}}
    known = {name: figures[name] for name in CDNOW}
    return {"cdnow": known, "cdnow_more": {name: figure for name, figure in figures.items() if name not in CDNOW}}
