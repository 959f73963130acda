"""Which name in a statement is a stored table and which a CTE, and what each column of a SELECT may come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.policy.allowed import refused
from semantic_layer.policy.catalog import Catalog, CatalogTable


@dataclass(frozen=True, slots=True)
class BaseTable:
    """One use of a stored table: the node in the tree, its entry in the catalog, the name it goes by."""

    node: exp.Table
    entry: CatalogTable
    alias: str


def base_tables(tree: exp.Expr, catalog: Catalog) -> tuple[BaseTable, ...]:
    """Every use of a stored table; raises `NotAllowedError` for a name that is neither modelled nor a CTE in scope."""
    found: list[BaseTable] = []
    _visit(tree, frozenset(), catalog, found)
    return tuple(found)


def _visit(node: exp.Expr, visible: frozenset[str], catalog: Catalog, found: list[BaseTable]) -> None:
    with_ = node.args.get("with_")
    if isinstance(with_, exp.With):
        for cte in with_.expressions:
            name = cte.alias.lower()
            if not name or catalog.table(name) is not None or name in visible:
                raise refused(
                    cte, "WITH 里的名称不能与表或其他 WITH 重名", "a WITH name may not hide another table or WITH"
                )
            _visit(cte.this, visible, catalog, found)
            visible = visible | {name}
    if isinstance(node, exp.Table):
        _table(node, visible, catalog, found)
    for child in node.iter_expressions():
        if child is not with_:
            _visit(child, visible, catalog, found)


def _table(node: exp.Table, visible: frozenset[str], catalog: Catalog, found: list[BaseTable]) -> None:
    if node.name.lower() in visible:
        return
    entry = catalog.table(node.name)
    if entry is None:
        raise NotAllowedError(
            Text(
                zh=f"表「{node.name}」没有在语义模型中定义，不能读取。",
                en=f"The table {node.name!r} is not part of the semantic model and may not be read.",
            ),
            suggestions=tuple(sorted(table.name for table in catalog.tables.values())),
        )
    found.append(BaseTable(node, entry, node.alias or node.name))


def sources(select: exp.Expr) -> tuple[exp.Expr, ...]:
    """The items of a SELECT's FROM and joins."""
    items: list[exp.Expr] = []
    from_ = select.args.get("from_")
    if isinstance(from_, exp.From):
        items.append(from_.this)
    items.extend(join.this for join in select.args.get("joins") or [])
    return tuple(items)


def enclosing_selects(node: exp.Expr) -> tuple[exp.Select, ...]:
    """The SELECTs whose FROM `node` may see, innermost first; a WITH does not see that of the SELECT it stands before."""
    around: list[exp.Select] = []
    current: exp.Expr | None = node.parent
    inside: exp.Expr = node
    while current is not None:
        if isinstance(current, exp.Select) and not isinstance(inside, exp.With):
            around.append(current)
        inside = current
        current = current.parent
    return tuple(around)


def check_columns(tree: exp.Expr, bases: Sequence[BaseTable]) -> None:
    """Refuse a column that a stored table does not have, and a table's own name used as if it were a column."""
    entries = {id(base.node): base.entry for base in bases}
    known = {id(select): _Sources.of(select, entries) for select in tree.find_all(exp.Select)}
    for column in tree.find_all(exp.Column):
        for select in enclosing_selects(column):
            around = known[id(select)]
            if column.table:
                if column.table.lower() not in around.aliases:
                    continue
                entry = around.aliases[column.table.lower()]
                if (
                    entry is not None
                    and not isinstance(column.this, exp.Star)
                    and column.name.lower() not in entry.columns
                ):
                    raise _no_column(column, entry)
                break
            if column.name.lower() in around.columns:
                break
            if around.aliases.get(column.name.lower()) is not None:
                raise refused(column, "不能把整行当作列", "a whole row may not be used as a column")


@dataclass(frozen=True, slots=True)
class _Sources:
    """What the FROM of one SELECT offers: aliases (with the stored table, if it is one) and known column names."""

    aliases: Mapping[str, CatalogTable | None]
    columns: frozenset[str]

    @classmethod
    def of(cls, select: exp.Select, entries: Mapping[int, CatalogTable]) -> _Sources:
        items = sources(select)
        aliases = {item.alias_or_name.lower(): entries.get(id(item)) for item in items}
        named = {name for entry in aliases.values() if entry is not None for name in entry.columns}
        given = {e.alias_or_name.lower() for e in select.expressions}
        inner = {
            name.lower()
            for item in items
            if isinstance(item, exp.Subquery)
            for name in (item.alias_column_names or item.this.named_selects)
        }
        return cls(aliases, frozenset(named | given | inner))


def _no_column(column: exp.Column, entry: CatalogTable) -> NotAllowedError:
    names = tuple(c.name for c in entry.columns.values())
    return NotAllowedError(
        Text(
            zh=f"表「{entry.name}」没有定义列「{column.name}」。可用的列：{'、'.join(names)}。",
            en=f"The table {entry.name!r} has no modelled column {column.name!r}. It has: {', '.join(names)}.",
        ),
        suggestions=names,
    )
