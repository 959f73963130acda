"""SQL of other tools as expressions over the columns of one of our tables, or a refusal that says why not.

A name in such SQL is a field of the source, which stands for its own expression, or a column of a table. Readers whose
files tell the two apart say so by a schema in front of the name: `field.orders.net` and `column.orders.net`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.errors import Text, UserError
from semantic_layer.interchange.drafts import FieldDraft, NotCarriedError, TableDraft
from semantic_layer.policy.allowed import check_expression

FIELD: Final = "field"
COLUMN: Final = "column"
_LONGEST = 20_000  # characters of one expression


@dataclass(frozen=True, slots=True)
class RowExpression:
    """SQL over the columns of one table. `table` is `None` when no column occurs."""

    tree: exp.Expr
    table: TableDraft | None

    @property
    def column(self) -> str:
        """The name of the column, where the expression is nothing else; empty otherwise."""
        return self.tree.name if isinstance(self.tree, exp.Column) else ""

    @property
    def sql(self) -> str:
        return text_of(self.tree)


class ForeignSql:
    """Reads expressions over the tables of one file, which are found by their names in small letters."""

    def __init__(self, tables: Mapping[str, TableDraft]) -> None:
        self._tables = tables

    def table(self, name: str) -> TableDraft:
        found = self._tables.get(name.casefold())
        if found is None:
            raise NotCarriedError(Text(f"没有读到名为「{name}」的表。", f"There is no table {name!r} here."))
        return found

    def parse(self, sql: str, dialect: str) -> exp.Expr:
        """One expression. Sub-queries, windows and whole statements are refused here, as no part of ours holds them."""
        tree = _parsed(sql, dialect)
        if isinstance(tree, exp.Alias):
            tree = tree.this
        if list(tree.find_all(exp.Query)):
            raise NotCarriedError(Text("表达式里有子查询。", "The expression holds a query of its own."))
        if list(tree.find_all(exp.Window)):
            raise NotCarriedError(Text("表达式里有窗口函数。", "The expression holds a window function."))
        return tree.transform(_as_of_today)

    def field(self, table: TableDraft, draft: FieldDraft) -> RowExpression:
        """What a field of a table stands for: an expression over the columns of that table."""
        found = self._rows(self.parse(draft.sql, draft.dialect), table, inside=(draft,))
        if found.table is not None and found.table is not table:
            raise NotCarriedError(
                Text(
                    f"它是另一张表「{found.table.name}」的列。",
                    f"It is a column of another table, {found.table.name!r}.",
                )
            )
        return found

    def rows(self, tree: exp.Expr, own: TableDraft | None) -> RowExpression:
        """A parsed expression over rows; names without a table are those of `own`."""
        return self._rows(tree, own, inside=())

    def _rows(self, tree: exp.Expr, own: TableDraft | None, *, inside: tuple[FieldDraft, ...]) -> RowExpression:
        """`inside` are the fields that are being written out, in which their own names mean columns."""
        if list(tree.find_all(exp.AggFunc)):
            raise NotCarriedError(
                Text("表达式里有聚合函数，不是一行的值。", "The expression aggregates; it is no value of one row.")
            )
        used: dict[str, TableDraft] = {}

        def written_out(node: exp.Expr) -> exp.Expr:
            if not isinstance(node, exp.Column):
                return node
            table = self._table_of(node, own)
            used[table.name] = table
            draft = self._field_of(node, table, inside)
            if draft is None:
                return exp.column(table.column(node.name).name)
            inner = self._rows(self.parse(draft.sql, draft.dialect), table, inside=(*inside, draft))
            if inner.table is not None:
                used[inner.table.name] = inner.table
            return inner.tree if isinstance(inner.tree, exp.Column | exp.Literal) else exp.paren(inner.tree, copy=False)

        found = tree.copy().transform(written_out)
        if len(used) > 1:
            names = sorted(used)
            raise NotCarriedError(
                Text(
                    f"表达式跨多张表（{'、'.join(names)}）。",
                    f"The expression goes over several tables ({', '.join(names)}).",
                )
            )
        table, whole = next(iter(used.values()), own), checked(found.transform(_once_in_brackets).unnest())
        if table is not None:
            _note_numbers(whole, table)
        return RowExpression(whole, table)

    def _table_of(self, node: exp.Column, own: TableDraft | None) -> TableDraft:
        if node.table:
            return self.table(node.table)
        if own is None:
            raise NotCarriedError(
                Text(f"「{node.name}」没有写明属于哪张表。", f"It is not said to which table {node.name!r} belongs.")
            )
        return own

    def _field_of(self, node: exp.Column, table: TableDraft, inside: tuple[FieldDraft, ...]) -> FieldDraft | None:
        """The field behind a name, if it is one."""
        if node.db == COLUMN:
            return None
        draft = table.fields.get(node.name.casefold())
        if draft is None and node.db == FIELD:
            raise NotCarriedError(
                Text(f"「{table.name}」没有字段「{node.name}」。", f"{table.name!r} has no field {node.name!r}.")
            )
        if draft is not None and any(draft is one for one in inside):
            if node.db == FIELD:
                raise NotCarriedError(
                    Text(f"字段「{node.name}」的定义绕回了自己。", f"The field {node.name!r} is defined by itself.")
                )
            return None
        return draft


def _parsed(sql: str, dialect: str) -> exp.Expr:
    if len(sql) > _LONGEST:
        raise NotCarriedError(
            Text(f"表达式超过 {_LONGEST} 个字符。", f"The expression is longer than {_LONGEST} characters.")
        )
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect=dialect) if tree is not None]
    except (SqlglotError, RecursionError, ValueError) as error:
        raise NotCarriedError(
            Text("这段文字不是可以识别的 SQL 表达式。", "This is not an SQL expression that can be read.")
        ) from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Expression) or isinstance(trees[0], exp.Command):
        raise NotCarriedError(Text("应当正好是一个表达式。", "It should be exactly one expression."))
    return trees[0]


def _as_of_today(node: exp.Expr) -> exp.Expr:
    """Today is the day that a question is asked for."""
    return exp.Placeholder(this="as_of") if isinstance(node, exp.CurrentDate) and not node.this else node


def checked(tree: exp.Expr) -> exp.Expr:
    """The expression as our definitions would be read again. Refuses what our own rules refuse, in their words."""
    if isinstance(tree, exp.Column) and text_of(tree) == tree.name:
        return tree
    again = _parsed(text_of(tree), "duckdb")
    try:
        check_expression(again.transform(_with_a_day))
    except UserError as error:
        raise NotCarriedError(error.message) from error
    return again


def _once_in_brackets(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, exp.Paren) and isinstance(node.this, exp.Paren) else node


def _note_numbers(tree: exp.Expr, table: TableDraft) -> None:
    """Columns that are multiplied, divided, or compared with a number are numbers, whatever the source leaves unsaid."""
    for node in tree.find_all(exp.Mul, exp.Div, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE):
        sides = (node.this, node.expression)
        is_sum = isinstance(node, exp.Mul | exp.Div)
        if is_sum or any(isinstance(side, exp.Literal) and not side.is_string for side in sides):
            for side in sides:
                if isinstance(side, exp.Column):
                    table.column(side.name, is_number=True)


def _with_a_day(node: exp.Expr) -> exp.Expr:
    return exp.cast(exp.Literal.string("2000-01-01"), "date") if isinstance(node, exp.Placeholder) else node


def text_of(tree: exp.Expr) -> str:
    """A tree as the SQL of our definitions, where a placeholder is written `:as_of`."""
    shown = tree.transform(_with_colon) if tree.find(exp.Placeholder) else tree
    return shown.sql(dialect="duckdb")


def _with_colon(node: exp.Expr) -> exp.Expr:
    return exp.Var(this=f":{node.name}") if isinstance(node, exp.Placeholder) else node
