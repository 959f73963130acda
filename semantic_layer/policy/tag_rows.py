"""Which rows of the records of tags a user may read: those that speak of tags they may see."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.policy.catalog import TagRows
from semantic_layer.policy.hidden import Hidden
from semantic_layer.policy.rights import Rights


def tag_condition(rows: TagRows, rights: Rights, hidden: Hidden, alias: str) -> exp.Expr:
    """A condition that names the tags; one that nothing meets when none may be read. A tag without definition is not named."""
    if rows.of_everybody and rights.partial:
        return exp.false()
    allowed = [
        name
        for name, (qualified, sensitivity) in rows.tags.items()
        if rights.may_see(sensitivity) and not hidden.holds(qualified)
    ]
    if not allowed:
        return exp.false()
    column = exp.column(rows.column, table=alias, quoted=True)
    return exp.In(this=column, expressions=[exp.Literal.string(name) for name in allowed])
