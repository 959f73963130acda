"""Naming the way to an entity in a question that did not say which of several is meant."""

from __future__ import annotations

import dataclasses
from typing import TypeVar, cast

from semantic_layer.query.plan import Plan
from semantic_layer.query.types import Order

T = TypeVar("T")


def along(plan: Plan, entity: str, way: str) -> Plan:
    """The plan with each field of `entity` reached by `way`, relationships joined by `>`; other ways are left alone."""
    return _along(plan, f"{entity}.", way)


def _along(value: T, prefix: str, way: str) -> T:
    if isinstance(value, tuple):
        return cast("T", tuple(_along(item, prefix, way) for item in value))
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    changed: dict[str, object] = {}
    for field in dataclasses.fields(value):
        old = getattr(value, field.name)
        names_field = field.name == "field" or (isinstance(value, Order) and field.name == "by")
        if names_field and isinstance(old, str):
            changed[field.name] = f"{way}>{old}" if old.startswith(prefix) else old
        else:
            changed[field.name] = _along(old, prefix, way)
    return dataclasses.replace(value, **changed)
