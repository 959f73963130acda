"""The committed figures keep what is promised of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

RESULTS = Path(__file__).resolve().parents[3] / "benchmarks" / "results" / "effect.json"


def test_the_figures_of_known_truths() -> None:
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert 0.03 <= found["aa_false_positive"] <= 0.07
    assert found["ab_power"]["found"] == pytest.approx(found["ab_power"]["stated"], abs=0.03)
    assert found["srm_caught"] >= 0.97
    published = {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}
    for name, value in published.items():
        assert found["cdnow"][name] == pytest.approx(value, rel=1e-3)
    assert abs(found["cdnow"]["holdout_error"]) <= 0.15
