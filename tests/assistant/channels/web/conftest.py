"""One site with accounts, and one without."""

from __future__ import annotations

import pytest

from tests.assistant.channels.web.sites import Site, no_accounts, site


@pytest.fixture
def closed() -> Site:
    """Accounts are kept: nobody comes in without a sign-in."""
    return site()


@pytest.fixture
def open_() -> Site:
    """A machine without accounts."""
    return site(no_accounts())
