"""Checks a question against the definitions before anything is compiled."""

from __future__ import annotations

from collections.abc import Sequence

from semantic_layer.compiler.context import CompileContext
from semantic_layer.query.types import Audience, Query


def check_query(query: Query, context: CompileContext) -> None:
    """Raises a `UserError` for the first fault of a query."""


def check_audience(audience: Audience, context: CompileContext) -> None:
    """Raises a `UserError` for the first fault of an audience."""


def check_fields(fields: Sequence[str], entity: str, context: CompileContext) -> None:
    """Raises a `UserError` for a field that is unknown or not reached from `entity`."""
