"""Business questions written by others, over data made by others, against SQL written by others.

The standard's SQL runs in the same database; none of it is seen by the layer. Questions that the layer does not carry are
listed in `not_carried.yml`; the list and the outcome must agree.
"""

from __future__ import annotations

import pytest

from tests.tpch.data import HERE, generator
from tests.tpch.questions import QUESTIONS
from tests.tpch.run import NUMBERS, Outcome, not_carried, outcomes

NEEDS_DATA = pytest.mark.skipif(generator() is None, reason="tpchgen-cli is not installed")
AT_LEAST = 18


@pytest.fixture(scope="module")
def small() -> dict[int, Outcome]:
    """At a hundredth of the benchmark's unit, which takes a second or two."""
    return {one.number: one for one in outcomes(0.01)}


@pytest.fixture(scope="module")
def large() -> dict[int, Outcome]:
    return {one.number: one for one in outcomes(0.1)}


def test_every_question_has_a_query_or_a_reason() -> None:
    assert set(QUESTIONS) | set(not_carried()) == set(NUMBERS)
    assert {path.stem for path in (HERE / "standard").glob("*.sql")} == {f"q{number:02}" for number in NUMBERS}


@NEEDS_DATA
@pytest.mark.parametrize("number", sorted(QUESTIONS))
def test_gives_what_the_standard_gives(number: int, small: dict[int, Outcome]) -> None:
    _judge(small[number])


@pytest.mark.slow
@NEEDS_DATA
@pytest.mark.parametrize("number", sorted(QUESTIONS))
def test_gives_what_the_standard_gives_on_more_data(number: int, large: dict[int, Outcome]) -> None:
    assert large[number].rows > 0, "a comparison of nothing proves nothing"
    _judge(large[number])


@pytest.mark.slow
@NEEDS_DATA
def test_most_questions_are_carried(large: dict[int, Outcome]) -> None:
    right = [number for number, one in large.items() if not one.wrong]
    print(f"{len(right)} of {len(NUMBERS)} questions of TPC-H are carried")
    assert len(right) >= AT_LEAST


def _judge(one: Outcome) -> None:
    if not one.rows:
        pytest.skip("there is nothing to compare at this scale")
    if one.number in not_carried():
        assert one.wrong, "it is carried now: take it from not_carried.yml"
    else:
        assert not one.wrong
