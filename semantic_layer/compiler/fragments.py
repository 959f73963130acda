"""Reads the SQL fragments of definitions into trees. Fragments come from definition files only, never from a question."""

from __future__ import annotations

import sqlglot
from sqlglot import exp


def parse_fragment(sql: str) -> exp.Expression:
    """The tree of one SQL expression; `:as_of` becomes a placeholder. Raises `sqlglot.errors.ParseError`."""
    return sqlglot.parse_one(sql, dialect="duckdb")
