"""Which rows of a table a user may see, as a condition tree. Rows that lead to a hidden row are hidden with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.policy.allowed import check_expression
from semantic_layer.policy.catalog import Catalog, CatalogTable, Link, parse_condition
from semantic_layer.policy.rights import Rights
from semantic_layer.policy.types import RolePolicy, RowFilter


def row_condition(table: CatalogTable, rights: Rights, catalog: Catalog, alias: str) -> exp.Expr | None:
    """The condition on rows of `table` known as `alias`; `None` when some role sees all of them.

    Filters of one role must all hold; what several roles may see adds up.
    """
    choices: list[exp.Expr] = []
    for role in rights.reading(table.entities):
        parts = _role_conditions(role, table, catalog, alias)
        if not parts:
            return None
        choices.append(exp.and_(*parts, copy=False))
    return exp.or_(*choices, copy=False) if choices else exp.false()


def _role_conditions(role: RolePolicy, table: CatalogTable, catalog: Catalog, alias: str) -> list[exp.Expr]:
    parts: list[exp.Expr] = []
    for row_filter in role.row_filters:
        target = catalog.of_entity(row_filter.entity)
        if target is None:
            raise _broken(row_filter, "没有这个实体", "there is no such entity")
        for way in catalog.paths(table.name, target.name):
            if way:
                parts.append(_exists(way, alias, [_own_condition(row_filter, target, catalog, _step(len(way)))]))
            else:
                parts.append(_own_condition(row_filter, target, catalog, alias))
    return parts


def _own_condition(row_filter: RowFilter, table: CatalogTable, catalog: Catalog, alias: str) -> exp.Expr:
    try:
        tree = parse_condition(row_filter.where)
        check_expression(tree)
    except NotAllowedError as error:
        raise _broken(row_filter, error.message.zh, error.message.en) from error
    return _parts(tree, row_filter, table, catalog, alias)


def _parts(tree: exp.Expr, row_filter: RowFilter, table: CatalogTable, catalog: Catalog, alias: str) -> exp.Expr:
    """AND and OR are followed; each part below stands alone, in an EXISTS when it speaks about another entity."""
    if isinstance(tree, exp.Paren):
        return exp.paren(_parts(tree.this, row_filter, table, catalog, alias), copy=False)
    if isinstance(tree, (exp.And, exp.Or)):
        sides = [_parts(side, row_filter, table, catalog, alias) for side in (tree.left, tree.right)]
        joined = exp.and_(*sides, copy=False) if isinstance(tree, exp.And) else exp.or_(*sides, copy=False)
        return exp.paren(joined, copy=False)
    return _part(tree, row_filter, table, catalog, alias)


def _part(tree: exp.Expr, row_filter: RowFilter, table: CatalogTable, catalog: Catalog, alias: str) -> exp.Expr:
    reached: dict[str, CatalogTable] = {}
    columns = [tree] if isinstance(tree, exp.Column) else list(tree.find_all(exp.Column))
    for column in columns:
        other = _home(column, row_filter, table, catalog)
        if other.name != table.name:
            reached[other.name] = other
    if len(reached) > 1:
        raise _broken(row_filter, "一个条件只能涉及一个关联实体", "one condition may reach only one other entity")
    if not reached:
        return _bound(tree, row_filter, {table.name: alias}, table, catalog)
    other = next(iter(reached.values()))
    ways = catalog.paths(table.name, other.name)
    if not ways:
        raise _broken(row_filter, f"无法到达「{other.name}」", f"{other.name!r} cannot be reached")
    conditions = []
    for way in ways:
        names = {table.name: alias, other.name: _step(len(way), alias)}
        conditions.append(_exists(way, alias, [_bound(tree.copy(), row_filter, names, table, catalog)], nested=alias))
    return exp.and_(*conditions, copy=False)


def _home(column: exp.Column, row_filter: RowFilter, table: CatalogTable, catalog: Catalog) -> CatalogTable:
    """The table whose column or field is meant: the filter's own unless another entity is named."""
    if not column.table or column.table in table.entities or column.table.lower() == table.name.lower():
        return table
    other = catalog.of_entity(column.table)
    if other is None:
        raise _broken(row_filter, f"没有实体「{column.table}」", f"there is no entity {column.table!r}")
    return other


def _bound(
    tree: exp.Expr, row_filter: RowFilter, names: dict[str, str], own: CatalogTable, catalog: Catalog
) -> exp.Expr:
    """`tree` with every field replaced by its SQL over the aliases in `names` (by table)."""

    def bind(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        home = _home(node, row_filter, own, catalog)
        return _field(node, home, row_filter, catalog, names[home.name])

    return tree.transform(bind)


def _field(column: exp.Column, home: CatalogTable, row_filter: RowFilter, catalog: Catalog, alias: str) -> exp.Expr:
    if column.name.lower() in home.columns:
        return exp.column(home.columns[column.name.lower()].name, table=alias, quoted=True)
    defined = next(
        (catalog.fields[f"{e}.{column.name}"] for e in home.entities if f"{e}.{column.name}" in catalog.fields), None
    )
    if defined is None:
        raise _broken(row_filter, f"没有字段「{column.sql()}」", f"there is no field {column.sql()!r}")
    tree = parse_condition(defined[1])
    check_expression(tree)
    for inner in [tree] if isinstance(tree, exp.Column) else list(tree.find_all(exp.Column)):
        inner.set("table", exp.to_identifier(alias, quoted=True))
    return exp.paren(tree, copy=False)


def _step(number: int, nested: str = "") -> str:
    return f"{nested}_f{number}" if nested else f"_f{number}"


def _exists(way: Sequence[Link], alias: str, conditions: Iterable[exp.Expr], nested: str = "") -> exp.Expr:
    """EXISTS over the chain of tables in `way`, tied to `alias` at its start."""
    select = exp.Select(expressions=[exp.Literal.number(1)])
    where = list(conditions)
    previous = alias
    for number, link in enumerate(way, start=1):
        name = _step(number, nested)
        table = physical(link.target, name)
        ties = [
            exp.EQ(
                this=exp.column(there, table=name, quoted=True),
                expression=exp.column(here, table=previous, quoted=True),
            )
            for here, there in zip(link.source_columns, link.target_columns, strict=True)
        ]
        if number == 1:
            select.set("from_", exp.From(this=table))
            where = [*ties, *where]
        else:
            select.append("joins", exp.Join(this=table, on=exp.and_(*ties, copy=False), kind="INNER"))
        previous = name
    select.set("where", exp.Where(this=exp.and_(*where, copy=False)))
    return exp.Exists(this=select)


def physical(name: str, alias: str) -> exp.Table:
    """The stored table itself: named with its schema, so that no CTE or temporary view can stand in its place."""
    return exp.Table(
        this=exp.to_identifier(name, quoted=True),
        db=exp.to_identifier("main"),
        alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)),
    )


def _broken(row_filter: RowFilter, zh: str, en: str) -> NotAllowedError:
    return NotAllowedError(
        Text(
            zh=f"实体「{row_filter.entity}」的行权限规则无法使用（{zh}），因此不能读取数据。请管理员检查策略。",
            en=f"The row filter on {row_filter.entity!r} cannot be used ({en}), so nothing may be read. Ask an administrator.",
        )
    )
