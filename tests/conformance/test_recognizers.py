"""The cases of `recognizers_text` are read without failing; how well is a report (`make conformance`), not a bar."""

from __future__ import annotations

import pytest

from tests.conformance.material import folder
from tests.conformance.recognizers_text import SUITES

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(folder("recognizers_text") is None, reason="the material does not lie beside the project"),
]


@pytest.mark.parametrize("suite", SUITES)
def test_general_phrasings_are_read_without_failing(suite: str) -> None:
    score = SUITES[suite]()
    assert score.total > 0
    assert 0 < score.passed <= score.total
    assert score.total == score.passed + len(score.wrong)
