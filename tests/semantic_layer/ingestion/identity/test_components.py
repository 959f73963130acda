"""Connected components, against sets joined one edge at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer.ingestion.identity.components import components, distinct_pairs, joined


def ints(*values):
    return np.array(values, dtype=np.int64)


def test_a_chain_and_a_lone_node():
    assert components(5, ints(3, 2), ints(2, 1)).tolist() == [0, 1, 1, 1, 4]


@given(
    st.integers(1, 30).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=40))
    )
)
def test_as_when_sets_are_joined_one_by_one(graph):
    size, edges = graph
    sets = [{node} for node in range(size)]
    for one, other in edges:
        union = sets[one] | sets[other]
        for node in union:
            sets[node] = union
    left, right = (ints(*(edge[side] for edge in edges)) for side in (0, 1))
    assert components(size, left, right).tolist() == [min(each) for each in sets]


def test_pairs_and_joins_by_hand():
    assert [each.tolist() for each in distinct_pairs(ints(2, 1, 2), ints(5, 4, 5))] == [[1, 2], [4, 5]]
    value, other = joined(ints(7, 8, 9), ints(1, 2, 3), ints(8, 7, 8), ints(10, 20, 30))
    assert sorted(zip(value.tolist(), other.tolist(), strict=True)) == [(1, 20), (2, 10), (2, 30)]
