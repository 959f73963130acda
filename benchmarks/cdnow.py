"""Customer value on CDNOW, whose answers are published: parameters, and 39 weeks that were held out.

`python -m benchmarks.cdnow` prints what `measure` returns. The text comes with the package `lifetimes` (dependency group
`febrl`); nothing of the package itself runs.
"""

from __future__ import annotations

import importlib.util
import json
from datetime import date
from pathlib import Path

import numpy as np

from tools.models.bgnbd import fit_bgnbd, visits_of
from tools.models.gamma_gamma import fit_gamma_gamma
from tools.models.history import History, history_of

CUT, END, WEEKS = date(1997, 9, 30), date(1998, 6, 30), 39
SAMPLE, MASTER = "CDNOW_sample.txt", "CDNOW_master.txt"


def text_of(name: str) -> Path | None:
    """Where the text stands, if it is installed."""
    found = importlib.util.find_spec("lifetimes")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "datasets" / name
    return path if path.is_file() else None


def read(path: Path) -> History:
    """Customer, day and amount of every purchase; several of one day are one."""
    amounts: dict[tuple[int, int], float] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        *_, key, day, _, amount = line.split()
        if key.isdigit():  # the first line of one of the texts names the columns
            at = date(int(day[:4]), int(day[4:6]), int(day[6:])).toordinal()
            amounts[int(key), at] = amounts.get((int(key), at), 0.0) + float(amount)
    keys, days = (np.array(column) for column in zip(*amounts, strict=True))
    return history_of(keys, days, np.ones(len(keys)), np.array(list(amounts.values())))


def measure() -> dict[str, float]:
    """Parameters on the sample with their intervals; how far the held-out total is off, and how much better than keeping each
    customer's rate, on the sample and on the whole.

    Raises `FileNotFoundError` where the text is not installed.
    """
    found: dict[str, float] = {}
    for prefix, name in (("", SAMPLE), ("master_", MASTER)):
        path = text_of(name)
        if path is None:
            raise FileNotFoundError(f"{name}: install the dependency group febrl")
        found |= {f"{prefix}{key}": value for key, value in _measured(read(path)).items()}
    return found


def _measured(whole: History) -> dict[str, float]:
    calibrated, later = whole.within(None, CUT), whole.within(CUT, END)
    visits = visits_of(calibrated, end=CUT.toordinal())
    model = fit_bgnbd(visits)
    expected, naive = model.expected(visits, WEEKS), visits.again / visits.age * WEEKS
    real = np.zeros(len(calibrated.keys))
    np.add.at(real, np.searchsorted(calibrated.keys, later.keys[later.who]), 1)
    count = np.bincount(calibrated.who)
    again = np.bincount(calibrated.who, weights=calibrated.value) - calibrated.value[np.cumsum(count) - count]
    some = (count > 1) & (again > 0)
    amounts = fit_gamma_gamma((count[some] - 1).astype(float), again[some] / (count[some] - 1))

    def root_error(of: np.ndarray) -> float:
        return float(np.sqrt(((of - real) ** 2).mean()))

    names = ("r", "alpha", "a", "b")
    values = (model.r, model.alpha, model.a, model.b)
    return {
        **{name: round(value, 4) for name, value in zip(names, values, strict=True)},
        **{f"{name}_low": round(value, 4) for name, value in zip(names, model.low, strict=True)},
        **{f"{name}_high": round(value, 4) for name, value in zip(names, model.high, strict=True)},
        "customers": len(calibrated.keys),
        "real": float(real.sum()),
        "expected": round(float(expected.sum()), 1),
        "holdout_error": round(float(expected.sum() / real.sum() - 1), 4),
        "naive_error": round(float(naive.sum() / real.sum() - 1), 4),
        "correlation": round(float(np.corrcoef(expected, real)[0, 1]), 4),
        "rmse": round(root_error(expected), 4),
        "naive_rmse": round(root_error(naive), 4),
        "gamma_p": round(amounts.p, 4),
        "gamma_q": round(amounts.q, 4),
        "gamma_gamma": round(amounts.gamma, 4),
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
