"""Follows masked values out of the tables: what a WITH or a subquery passes on is masked still, under whatever name."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from semantic_layer.policy.scope import enclosing_selects, sources


class PassedOn:
    """Which outputs of the queries inside one statement are masks.

    `masked` holds, by the id of a node that stands for a stored table, the lower-case names of its masked columns.
    """

    def __init__(self, tree: exp.Expr, masked: Mapping[int, frozenset[str]]) -> None:
        self._masked = masked
        self._steps = [cte for with_ in tree.find_all(exp.With) for cte in with_.expressions]
        self._known: dict[int, frozenset[str]] = {}

    def is_mask(self, column: exp.Column) -> bool:
        """Whether a column is a mask that an inner query passed on; those of stored tables themselves are not meant."""
        name, table = column.name.lower(), column.table.lower()
        for select in enclosing_selects(column):
            items = [item for item in sources(select) if table in ("", item.alias_or_name.lower())]
            if any(name in self._of(item) for item in items):
                return not any(name in self._masked.get(id(item), frozenset()) for item in items)
            if table and items:
                return False
        return False

    def outputs(self, query: exp.Expr) -> frozenset[str]:
        """The lower-case names of the outputs of a query that are masks."""
        known = self._known.get(id(query))
        if known is None:
            self._known[id(query)] = frozenset()  # a step never reads itself
            known = self._known[id(query)] = self._outputs(query)
        return known

    def _outputs(self, query: exp.Expr) -> frozenset[str]:
        if isinstance(query, (exp.Union, exp.Intersect, exp.Except)):
            left, right = self.outputs(query.this), self.outputs(query.expression)
            return left | _renamed(right, _names(query.expression), _names(query.this))
        if isinstance(query, exp.Subquery):
            return self.outputs(query.this)
        if not isinstance(query, exp.Select):
            return frozenset()
        found: set[str] = set()
        for output in query.expressions:
            if output.is_star:
                table = output.table.lower() if isinstance(output, exp.Column) else ""
                for item in sources(query):
                    if table in ("", item.alias_or_name.lower()):
                        found |= self._of(item)
            elif any(self._gives(column) for column in output.find_all(exp.Column)):
                found.add(output.alias_or_name.lower())
        return frozenset(found)

    def _gives(self, column: exp.Column) -> bool:
        """Whether the value of a mask is passed on; that something is there, or how many there are, is no mask."""
        if isinstance(column.parent, (exp.Count, exp.Is)):
            return False
        if self.is_mask(column):
            return True
        nearest = enclosing_selects(column)[:1]
        return any(
            column.name.lower() in self._masked.get(id(item), frozenset())
            and column.table.lower() in ("", item.alias_or_name.lower())
            for select in nearest
            for item in sources(select)
        )

    def _of(self, item: exp.Expr) -> frozenset[str]:
        """The masks among the columns of one thing that is read from."""
        if id(item) in self._masked:
            return self._masked[id(item)]
        given: list[frozenset[str]] = []
        if isinstance(item, exp.Subquery):
            given = [_renamed(self.outputs(item.this), _names(item.this), item.alias_column_names)]
        elif isinstance(item, exp.Lateral):
            given = [self.outputs(item.this)]
        elif isinstance(item, exp.Table):
            named = [step for step in self._steps if step.alias.lower() == item.name.lower()]
            given = [_renamed(self.outputs(one.this), _names(one.this), one.alias_column_names) for one in named]
        return frozenset[str]().union(*given)


def _names(query: exp.Expr) -> list[str]:
    """The names of the outputs in order; empty when a `*` hides them."""
    names = query.named_selects if isinstance(query, exp.Query) else []
    return [] if "*" in names else list(names)


def _renamed(masks: frozenset[str], old: list[str], new: list[str]) -> frozenset[str]:
    """The same masks under new names, by place; all of the new names when the places are not known."""
    if not masks or not new:
        return masks
    if len(old) < len(new):
        return frozenset(name.lower() for name in new) | masks
    return frozenset(to.lower() for at, to in zip(old, new, strict=False) if at.lower() in masks) | frozenset(
        at.lower() for at in old[len(new) :] if at.lower() in masks
    )
