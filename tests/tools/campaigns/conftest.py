"""The company is built once; every test has a desk of its own over it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tools.campaigns.care import Office, Remembered, company


@pytest.fixture(scope="session")
def care_layer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remembered]:
    with company(tmp_path_factory.mktemp("care")) as layer:
        yield layer


@pytest.fixture
def office(care_layer: Remembered) -> Office:
    return Office(care_layer)
