"""Text to one statement tree, for definitions, tests and saved SQL. Questions never pass through here."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.errors import NotAllowedError, Text

DIALECT = "duckdb"


def parse_statement(text: str) -> exp.Expr:
    """The tree of the only statement in `text`; raises `NotAllowedError` for none, several, or text that is no SQL."""
    try:
        statements = [tree for tree in sqlglot.parse(text, dialect=DIALECT) if tree is not None]
    except (SqlglotError, RecursionError, ValueError) as error:
        raise NotAllowedError(
            Text(zh="这段文字不是可以识别的查询语句。", en="This text is not a statement that can be read.")
        ) from error
    if len(statements) != 1:
        raise NotAllowedError(
            Text(
                zh=f"一次只能执行一条查询，这里有 {len(statements)} 条。",
                en=f"Exactly one query may run at a time; this has {len(statements)}.",
            )
        )
    return statements[0]
