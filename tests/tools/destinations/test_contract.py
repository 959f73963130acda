"""Every destination keeps to the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.destinations.contract import CHECKS
from tests.tools.destinations.subjects import ALL
from tools.destinations.samples import samples


@pytest.mark.parametrize("subject", ALL, ids=lambda one: one.__name__)
@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.__name__)
def test_contract(subject, check, tmp_path: Path) -> None:
    with subject(tmp_path) as one:
        check(one)


@pytest.mark.parametrize("subject", ALL, ids=lambda one: one.__name__)
def test_a_preview_needs_no_campaign(subject, tmp_path: Path) -> None:
    with subject(tmp_path) as one:
        (message,) = samples()
        shown = one.destination.preview([message])
        assert shown
        assert message.address not in shown
        assert one.arrived() == []
