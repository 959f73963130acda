"""The one gate to the data: turns a statement tree into SQL that this user may run, or refuses. It fails closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.errors import NotAllowedError, Text
from semantic_layer.model.types import Sensitivity
from semantic_layer.policy.allowed import check_allowed, refused
from semantic_layer.policy.catalog import Catalog, CatalogColumn
from semantic_layer.policy.hidden import check_hidden, refuse_hidden
from semantic_layer.policy.masks import masked
from semantic_layer.policy.parse import DIALECT
from semantic_layer.policy.protect import clear_expressions, filtered_table, used_names
from semantic_layer.policy.rights import Rights, rights_of
from semantic_layer.policy.row_filters import row_condition
from semantic_layer.policy.scope import BaseTable, base_tables, check_columns
from semantic_layer.policy.tag_rows import tag_condition
from semantic_layer.policy.types import Policy, User

_SEAL = object()


@dataclass(frozen=True, slots=True)
class AuthorisedSql:
    """SQL text that the policy allows. `masked` names the columns (`table.column`) that it reads masked.

    Only `authorise` can make one; engines run nothing else.
    """

    text: str
    masked: tuple[str, ...] = ()
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("AuthorisedSql is made by authorise() only")


def authorise(
    tree: exp.Expr,
    user: User,
    catalog: Catalog,
    policy: Policy,
    *,
    names: Sequence[str] = (),
    uses: Sequence[str] = (),
    listed: Sequence[tuple[str, str]] = (),
) -> AuthorisedSql:
    """Check `tree` and rewrite it for `user`; raises `NotAllowedError`. `tree` itself is not changed.

    Every stored table becomes a subquery that gives only modelled columns (masked where the user may not see them) of
    the rows the user may see, so nothing around it can reach more. The result has at most `limits.rows + 1` rows.
    `names` are all definitions that the tree was made from: one that is hidden from the user is refused, in whatever place.
    `uses` names the definitions (`entity.field`) behind the tree that no stored column holds. Protected ones are refused,
    except where `listed` says that an output column (name, definition) is their only use: that column is masked.
    """
    rights = rights_of(user, policy)
    unusable = catalog.hidden_from(rights)
    refuse_hidden(name for name in (*names, *uses, *(n for _, n in listed)) if unusable.holds(name))
    hidden = [name for name in uses if not rights.may_see(catalog.guarded.get(name, Sensitivity.NONE))]
    masks = {output: name for output, name in listed if name in hidden}
    _may_use([name for name in hidden if name not in masks.values()])
    try:
        statement = tree.copy()
        check_allowed(statement)
        bases = base_tables(statement, catalog)
        for base in bases:
            _may_read(base, rights, user)
        check_hidden(statement, [(base.alias, unusable.in_table(base.entry.name)) for base in bases])
        check_columns(statement, bases)
        extra, covered = clear_expressions(statement, bases, rights)
        used = used_names(statement)
        for position, base in enumerate(bases):
            condition = row_condition(base.entry, rights, catalog, base.alias)
            if base.entry.tag_rows is not None:
                own = tag_condition(base.entry.tag_rows, rights, unusable, base.alias)
                condition = own if condition is None else exp.and_(condition, own, copy=False)
            left_out = unusable.in_table(base.entry.name)
            base.node.replace(filtered_table(base, rights, condition, extra.get(position, ()), used, left_out))
        _mask_outputs(statement, {output: catalog.definition(name) for output, name in masks.items()})
        _cap(statement, policy.limits.rows + 1)
        text = statement.sql(dialect=DIALECT, copy=False, comments=False)
    except (SqlglotError, RecursionError) as error:
        raise refused(tree, "无法处理这条语句", "this statement cannot be processed") from error
    return AuthorisedSql(text, (*covered, *masks.values()), _SEAL)


def _may_read(base: BaseTable, rights: Rights, user: User) -> None:
    if not rights.may_read(base.entry.entities):
        raise NotAllowedError(
            Text(
                zh=f"用户「{user.name}」的角色不能读取表「{base.entry.name}」。",
                en=f"The roles of user {user.name!r} may not read the table {base.entry.name!r}.",
            )
        )


def _may_use(hidden: Sequence[str]) -> None:
    if hidden:
        raise NotAllowedError(
            Text(
                zh=f"您的角色看不到「{'、'.join(hidden)}」，也不能按它筛选或分组。",
                en=f"Your role may not see {', '.join(hidden)}, nor filter or group by it.",
            )
        )


def _mask_outputs(statement: exp.Expr, masks: Mapping[str, CatalogColumn]) -> None:
    """Mask outermost columns by name; one that is not there, or a result that is no plain SELECT, is refused."""
    if not masks:
        return
    outputs = {one.alias_or_name: one for one in statement.selects} if isinstance(statement, exp.Select) else {}
    if statement.args.get("distinct") or statement.args.get("group") or not masks.keys() <= outputs.keys():
        _may_use(sorted(column.name for column in masks.values()))
    for output, column in masks.items():
        value = outputs[output].unalias()
        hidden = exp.Alias(this=masked(column, value), alias=exp.to_identifier(output, quoted=True))
        outputs[output].replace(hidden)


def _cap(statement: exp.Expr, most: int) -> None:
    """Put a limit on the outermost result, or lower the one it has."""
    limit = statement.args.get("limit")
    asked = int(limit.expression.this) if isinstance(limit, exp.Limit) else most
    statement.set("limit", exp.Limit(expression=exp.Literal.number(min(asked, most))))
