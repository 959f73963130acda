"""Hides protected values: masks them inside each table, and refuses to compute with a mask as if it were the value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.policy.catalog import CatalogColumn
from semantic_layer.policy.masks import masked
from semantic_layer.policy.passed_on import PassedOn
from semantic_layer.policy.rights import Rights
from semantic_layer.policy.row_filters import physical
from semantic_layer.policy.scope import BaseTable, enclosing_selects, sources

Cleared = Mapping[int, Sequence[tuple[str, exp.Expr]]]


def hidden_columns(base: BaseTable, rights: Rights) -> dict[str, CatalogColumn]:
    """The columns of this table that the user may only see masked, by lower-case name."""
    return {n: c for n, c in base.entry.columns.items() if not rights.may_see(c.sensitivity)}


def clear_expressions(tree: exp.Expr, bases: Sequence[BaseTable], rights: Rights) -> tuple[Cleared, tuple[str, ...]]:
    """Move definitions that are harmless in themselves (an age group) into the table, before its columns are masked.

    Returns, by position in `bases`, the extra columns to compute inside, and the masked columns that are still used.
    Raises `NotAllowedError` where a mask would be filtered, grouped, joined or counted as if it were the value.
    """
    masked_in = {id(base.node): frozenset(hidden_columns(base, rights)) for base in bases}
    names = frozenset[str]().union(*masked_in.values())
    extra: dict[int, list[tuple[str, exp.Expr]]] = {}
    used: dict[str, None] = {}
    for column in [c for c in tree.find_all(exp.Column) if c.name.lower() in names]:
        owner = _owner(column, bases)
        if owner is None:
            continue
        position, base = owner
        if column.name.lower() not in hidden_columns(base, rights):
            continue
        whole = _cleared_around(column, base, position, bases)
        if whole is not None:
            if whole.parent is None:
                continue
            name = _keep(_inside(whole, base), extra.setdefault(position, []), position)
            whole.replace(exp.column(name, table=base.alias, quoted=True))
            continue
        _refuse_computing(column)
        used[f"{base.entry.name}.{base.entry.columns[column.name.lower()].name}"] = None
    if names:
        _refuse_passed_on(tree, masked_in, names)
    return extra, tuple(used)


def _keep(tree: exp.Expr, kept: list[tuple[str, exp.Expr]], position: int) -> str:
    """The name under which a table computes `tree`; one name for equal trees, so that grouping by it works."""
    for name, known in kept:
        if known == tree:
            return name
    name = f"_cleared_{position}_{len(kept)}"
    kept.append((name, tree))
    return name


def _owner(column: exp.Column, bases: Sequence[BaseTable]) -> tuple[int, BaseTable] | None:
    """The stored table that `column` comes from, looking outwards; `None` when it comes from a CTE or subquery."""
    for select in enclosing_selects(column):
        items = {id(item) for item in sources(select)}
        local = [(i, base) for i, base in enumerate(bases) if id(base.node) in items]
        for position, base in local:
            named = column.table.lower() == base.alias.lower() if column.table else True
            if named and column.name.lower() in base.entry.columns:
                return position, base
        if column.table and column.table.lower() in {item.alias_or_name.lower() for item in sources(select)}:
            return None
    return None


def _cleared_around(column: exp.Column, base: BaseTable, position: int, bases: Sequence[BaseTable]) -> exp.Expr | None:
    current: exp.Expr | None = column.parent
    best: exp.Expr | None = None
    while current is not None and not isinstance(current, (exp.Query, exp.AggFunc)):
        if any(_same(pattern, current) for pattern in base.entry.cleared):
            owners = [_owner(inner, bases) for inner in current.find_all(exp.Column)]
            if all(owner is not None and owner[0] == position for owner in owners):
                best = current
        current = current.parent
    return best


def _same(pattern: exp.Expr | object, actual: exp.Expr | object) -> bool:
    """Whether `actual` is the defined expression: same tree, any qualifier, `:as_of` standing for any constant."""
    pattern, actual = _bare(pattern), _bare(actual)
    if isinstance(pattern, exp.Placeholder):
        return isinstance(actual, exp.Expr) and actual.find(exp.Column, exp.Query) is None
    if isinstance(pattern, exp.Column) and isinstance(actual, exp.Column):
        return pattern.name.lower() == actual.name.lower()
    if isinstance(pattern, exp.Expr):
        return type(pattern) is type(actual) and isinstance(actual, exp.Expr) and _same_args(pattern, actual)
    if isinstance(pattern, list):
        return (
            isinstance(actual, list)
            and len(pattern) == len(actual)
            and all(_same(one, other) for one, other in zip(pattern, actual, strict=True))
        )
    return (pattern or None) == (actual or None)


def _same_args(pattern: exp.Expr, actual: exp.Expr) -> bool:
    return all(_same(pattern.args.get(key), actual.args.get(key)) for key in {*pattern.args, *actual.args})


def _bare(value: object) -> object:
    while isinstance(value, exp.Paren):
        value = value.this
    return value


def _inside(whole: exp.Expr, base: BaseTable) -> exp.Expr:
    moved = whole.copy()
    for column in [moved] if isinstance(moved, exp.Column) else list(moved.find_all(exp.Column)):
        column.set("table", exp.to_identifier(base.alias, quoted=True))
    return moved


def _refuse_passed_on(tree: exp.Expr, masked_in: Mapping[int, frozenset[str]], names: frozenset[str]) -> None:
    """What an inner query passes on masked is no more to be computed with than the column itself."""
    passed = PassedOn(tree, masked_in)
    queries = list(tree.find_all(exp.Query))
    _refuse_joining(tree, names.union(*(passed.outputs(query) for query in queries)))
    for column in list(tree.find_all(exp.Column)):
        if passed.is_mask(column):
            _refuse_computing(column)


def _refuse_joining(tree: exp.Expr, names: frozenset[str]) -> None:
    """`USING` compares columns without naming whose they are: masks would be matched with masks."""
    for join in tree.find_all(exp.Join):
        for part in join.args.get("using") or []:
            if part.name.lower() in names:
                raise _cannot_compute(part.name)


def _refuse_computing(column: exp.Column) -> None:
    """A masked value may be listed, counted as present, or tested for being there; nothing else would be true."""
    node: exp.Expr = column
    while isinstance(node.parent, (exp.Paren, exp.Alias, exp.AnyValue, exp.Coalesce)):
        node = node.parent
    parent = node.parent
    listed = isinstance(parent, exp.Select) and node.arg_key == "expressions" and not _is_grouped(parent, node)
    present = isinstance(parent, exp.Count) or (isinstance(parent, exp.Is) and isinstance(parent.expression, exp.Null))
    if listed or present:
        return
    raise _cannot_compute(column.name)


def _is_grouped(select: exp.Select, output: exp.Expr) -> bool:
    """Whether a SELECT groups by one of its outputs, by place or by name."""
    group = select.args.get("group")
    if not isinstance(group, exp.Group):
        return False
    place = next(at for at, one in enumerate(select.expressions, start=1) if one is output)
    by_place = any(not key.is_string and key.this == str(place) for key in group.find_all(exp.Literal))
    by_name = any(
        not key.table and key.name.lower() == output.alias_or_name.lower() for key in group.find_all(exp.Column)
    )
    return by_place or by_name or bool(group.args.get("all"))


def _cannot_compute(name: str) -> NotAllowedError:
    return NotAllowedError(
        Text(
            zh=f"您的角色看不到「{name}」的原值，因此不能按它筛选、分组或计算；可以只列出它（会被遮盖）。",
            en=f"Your role may not see {name!r}, so it cannot be filtered, grouped or computed with; "
            "it can be listed, masked.",
        )
    )


def used_names(tree: exp.Expr) -> frozenset[str] | None:
    """Lower-case names of every column that `tree` can mean; `None` when a `*` means all."""
    names: set[str] = set()
    for node in tree.walk():
        if isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
            return None
        if isinstance(node, exp.Column):
            names.add(node.name.lower())
        elif isinstance(node, exp.Join):
            names.update(part.name.lower() for part in node.args.get("using") or [])
    return frozenset(names)


def filtered_table(
    base: BaseTable,
    rights: Rights,
    condition: exp.Expr | None,
    extra: Sequence[tuple[str, exp.Expr]],
    used: frozenset[str] | None,
    left_out: frozenset[str],
) -> exp.Subquery:
    """`(SELECT modelled columns in use, masked where needed FROM main.t WHERE row filter) AS alias`.

    Columns in `left_out` (lower case) are not there at all.
    """
    hidden = hidden_columns(base, rights)
    shown: list[exp.Expr] = []
    for key, column in base.entry.columns.items():
        if key in left_out or (used is not None and key not in used):
            continue
        value: exp.Expr = exp.column(column.name, table=base.alias, quoted=True)
        if key in hidden:
            value = exp.Alias(this=masked(column, value), alias=exp.to_identifier(column.name, quoted=True))
        shown.append(value)
    shown.extend(exp.Alias(this=tree, alias=exp.to_identifier(name, quoted=True)) for name, tree in extra)
    if not shown:  # only rows are counted
        shown.append(exp.Alias(this=exp.Literal.number(1), alias=exp.to_identifier("_row", quoted=True)))
    select = exp.Select(expressions=shown, from_=exp.From(this=physical(base.entry.name, base.alias)))
    if condition is not None:
        select.set("where", exp.Where(this=condition))
    return exp.Subquery(this=select, alias=exp.TableAlias(this=exp.to_identifier(base.alias, quoted=True)))
