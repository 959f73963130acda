"""The tests of a store's own suite, to be run on another database with that suite's other fixtures."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType


def borrow(suite: ModuleType, *fixtures: str) -> dict[str, Callable[..., None]]:
    """Every test of `suite` that asks for one of `fixtures`, by name; raises when there is none."""
    found = {
        name: test
        for name, test in vars(suite).items()
        if name.startswith("test_") and set(fixtures) & set(inspect.signature(test).parameters)
    }
    if not found:
        raise LookupError(f"no test of {suite.__name__} asks for {fixtures}")
    return found
