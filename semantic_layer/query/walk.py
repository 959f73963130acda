"""Going through everything that a plan holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass


def parts(value: object) -> Iterator[object]:
    """The value itself, then whatever it holds, from left to right and to any depth."""
    yield value
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from parts(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from parts(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from parts(item)
