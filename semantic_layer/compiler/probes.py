"""Statements that hold a table against its definitions. They give counts only, except for values that are not personal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlglot import exp

from semantic_layer.compiler.fragments import parse_fragment
from semantic_layer.compiler.literals import all_of, any_of, day, number
from semantic_layer.model.grain import Grain
from semantic_layer.model.types import Column, ColumnType, Dimension, Entity, Relationship, Validity

_SQL_TYPES = {
    ColumnType.STRING: exp.DataType.Type.VARCHAR,
    ColumnType.INTEGER: exp.DataType.Type.BIGINT,
    ColumnType.DECIMAL: exp.DataType.Type.DECIMAL,
    ColumnType.FLOAT: exp.DataType.Type.DOUBLE,
    ColumnType.BOOLEAN: exp.DataType.Type.BOOLEAN,
    ColumnType.DATE: exp.DataType.Type.DATE,
    ColumnType.TIMESTAMP: exp.DataType.Type.TIMESTAMP,
}
Probe = exp.Select
"""A statement of this module; whoever runs it need not know what it is made of."""
FINEST = (Grain.MONTH, Grain.DAY, Grain.HOUR, Grain.MINUTE, Grain.SECOND)
"""Grains that `moments` looks for, from coarse to fine."""
PLACEHOLDERS = (date(1900, 1, 1), date(1970, 1, 1))
"""Days that programs write where they know none."""


def key_counts(entity: Entity) -> exp.Select:
    """One row: rows; rows without a key; keys that stand more than once; rows under these.

    In a history a key may stand once for each start, in snapshots once for each day.
    """
    names = [*entity.primary_key]
    names += [entity.validity.start] if entity.validity else []
    names += [entity.partition] if entity.partition else []
    known = all_of([_there(name) for name in entity.primary_key])
    assert known is not None
    keys = exp.Select(expressions=[_as(_rows(), "times")], from_=_from(entity.table))
    keys.set("where", exp.Where(this=known.copy()))
    keys.set("group", exp.Group(expressions=[exp.column(name) for name in names]))
    keys.set("having", exp.Having(this=exp.GT(this=_rows(), expression=number(1))))
    missing = exp.Filter(
        this=_rows(), expression=exp.Where(this=any_of([_missing(name) for name in entity.primary_key]))
    )
    whole = exp.Select(expressions=[_as(_rows(), "rows_all"), _as(missing, "rows_missing")], from_=_from(entity.table))
    repeated = exp.Select(
        expressions=[_as(_rows(), "keys_repeated"), _as(_sum(exp.column("times")), "rows_repeated")],
        from_=exp.From(this=exp.table_("repeated")),
    )
    names_out = ("rows_all", "rows_missing", "keys_repeated", "rows_repeated")
    return _side_by_side({"repeated": keys}, {"whole": whole, "twice": repeated}, names_out)


def link_counts(relation: Relationship, source: Entity, target: Entity) -> exp.Select:
    """One row: rows of the many side; those without a key; those whose key has no row on the one side; those that meet
    several rows there; how many rows these would become; different keys of the many side; its rows with a key.
    """
    ones = exp.Select(
        expressions=[*(exp.column(name) for name in relation.to_columns), _as(_rows(), "times")],
        from_=_from(target.table),
    )
    there = all_of([_there(name) for name in relation.to_columns])
    ones.set("where", exp.Where(this=there))
    ones.set("group", exp.Group(expressions=[exp.column(name) for name in relation.to_columns]))
    many = exp.Select(
        expressions=[_as(exp.column(name), f"key_{at}") for at, name in enumerate(relation.from_columns)],
        from_=_from(source.table),
    )
    on = all_of(
        [
            exp.EQ(this=exp.column(f"key_{at}", table="many"), expression=exp.column(name, table="ones"))
            for at, name in enumerate(relation.to_columns)
        ]
    )
    keyed = all_of([_there(f"key_{at}", "many") for at in range(len(relation.from_columns))])
    assert keyed is not None
    unmet = exp.And(this=keyed.copy(), expression=_missing("times", "ones"))
    several = exp.GT(this=exp.column("times", table="ones"), expression=number(1))
    pair: list[exp.Expr] = [exp.column(f"key_{at}", table="many") for at in range(len(relation.from_columns))]
    key = pair[0] if len(pair) == 1 else exp.Tuple(expressions=pair)
    select = exp.Select(
        expressions=[
            _as(_rows(), "rows_all"),
            _as(_when(exp.Not(this=exp.Paren(this=keyed.copy()))), "rows_without_key"),
            _as(_when(unmet), "rows_orphaned"),
            _as(_when(several.copy()), "rows_multiplied"),
            _as(
                exp.Filter(this=exp.Sum(this=exp.column("times", table="ones")), expression=exp.Where(this=several)),
                "rows_become",
            ),
            _as(
                exp.Filter(
                    this=exp.Count(this=exp.Distinct(expressions=[key])), expression=exp.Where(this=keyed.copy())
                ),
                "keys_many",
            ),
            _as(_when(keyed), "rows_with_key"),
        ],
        from_=exp.From(this=exp.table_("many")),
    )
    select.set("joins", [exp.Join(this=exp.table_("ones"), side="LEFT", on=on)])
    return _with({"ones": ones, "many": many}, select)


def _end_outside(validity: Validity) -> exp.Expr:
    end = exp.column(validity.end)
    if not validity.end_inside:
        return end
    return exp.Paren(this=exp.Add(this=end, expression=exp.Interval(this=number(1), unit=exp.var("DAY"))))


def history_counts(entity: Entity, validity: Validity) -> exp.Select:
    """One row: rows; windows that end before or as they start; windows without a start; then, of the sound windows, those
    that begin before an earlier one of the same key has ended, those that leave a gap after it, and gaps of just a day.
    """
    start, end = exp.column(validity.start), _end_outside(validity)
    backwards = exp.LTE(this=end.copy(), expression=start.copy())
    whole = exp.Select(
        expressions=[
            _as(_rows(), "rows_all"),
            _as(_when(backwards), "backwards"),
            _as(_when(exp.Is(this=start.copy(), expression=exp.Null())), "without_start"),
        ],
        from_=_from(entity.table),
    )
    closes = exp.Coalesce(this=end.copy(), expressions=[day(date(9999, 12, 31))])
    ended = exp.Window(
        this=exp.Max(this=closes),
        partition_by=[exp.column(name) for name in entity.primary_key],
        order=exp.Order(expressions=[exp.Ordered(this=start.copy(), desc=False, nulls_first=True)]),
        spec=exp.WindowSpec(
            kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end=number(1), end_side="PRECEDING"
        ),
    )
    windows = exp.Select(expressions=[_as(start, "opens"), _as(ended, "ended")], from_=_from(entity.table))
    ends_first = exp.LT(this=end.copy(), expression=start.copy())
    sound = exp.Not(this=exp.Paren(this=exp.Coalesce(this=exp.Paren(this=ends_first), expressions=[exp.false()])))
    windows.set("where", exp.Where(this=sound))
    opens, before = exp.column("opens"), exp.column("ended")
    a_day = exp.Interval(this=number(1), unit=exp.var("DAY"))
    meetings = exp.Select(
        expressions=[
            _as(_when(exp.LT(this=opens, expression=before)), "overlapping"),
            _as(_when(exp.GT(this=opens.copy(), expression=before.copy())), "gaps"),
            _as(_when(exp.EQ(this=opens.copy(), expression=exp.Add(this=before.copy(), expression=a_day))), "day_gaps"),
        ],
        from_=exp.From(this=exp.table_("windows")),
    )
    outputs = ("rows_all", "backwards", "without_start", "overlapping", "gaps", "day_gaps")
    return _side_by_side({"windows": windows}, {"whole": whole, "meetings": meetings}, outputs)


def value_counts(dimension: Dimension, entity: Entity, as_of: date, *, most: int) -> exp.Select:
    """The values of a dimension with how many rows have each, most frequent first, at most `most` of them."""
    select = exp.Select(
        expressions=[_as(fragment(dimension.expr, as_of), "value"), _as(_rows(), "row_count")],
        from_=_from(entity.table),
    )
    select.set("group", exp.Group(expressions=[number(1)]))
    order = [
        exp.Ordered(this=exp.column("row_count"), desc=True, nulls_first=False),
        exp.Ordered(this=exp.column("value"), desc=False, nulls_first=False),
    ]
    select.set("order", exp.Order(expressions=order))
    select.set("limit", exp.Limit(expression=number(most)))
    return select


def time_counts(dimension: Dimension, entity: Entity, as_of: date) -> exp.Select:
    """One row: rows; without a time; after `as_of`; before 1900; after 2100; on one of the placeholder days.

    Then, for each grain of `FINEST`, the rows whose time does not stand at the start of such a period.
    """
    moments = exp.Select(expressions=[_as(fragment(dimension.expr, as_of), "moment")], from_=_from(entity.table))
    moment = exp.column("moment")
    on_placeholder = exp.In(
        this=exp.Cast(this=moment.copy(), to=exp.DataType(this=exp.DataType.Type.DATE)),
        expressions=[day(one) for one in PLACEHOLDERS],
    )
    finer = [
        _as(
            _when(
                exp.NEQ(
                    this=exp.Cast(this=moment.copy(), to=exp.DataType(this=exp.DataType.Type.TIMESTAMP)),
                    expression=exp.TimestampTrunc(
                        this=exp.Cast(this=moment.copy(), to=exp.DataType(this=exp.DataType.Type.TIMESTAMP)),
                        unit=exp.var(grain.value.upper()),
                    ),
                )
            ),
            f"inside_{grain.value}",
        )
        for grain in FINEST
    ]
    select = exp.Select(
        expressions=[
            _as(_rows(), "rows_all"),
            _as(_when(_missing("moment")), "without"),
            _as(_when(exp.GTE(this=moment.copy(), expression=day(as_of + timedelta(days=1)))), "after_today"),
            _as(_when(exp.LT(this=moment.copy(), expression=day(date(1900, 1, 1)))), "ancient"),
            _as(_when(exp.GTE(this=moment.copy(), expression=day(date(2101, 1, 1)))), "far_off"),
            _as(_when(on_placeholder), "placeholders"),
            *finer,
        ],
        from_=exp.From(this=exp.table_("moments")),
    )
    return _with({"moments": moments}, select)


def readable_copy(source: str, columns: Sequence[Column], others: Sequence[str] = ()) -> exp.Select:
    """The columns of a source in their declared types; values that do not fit are NULL, and all of `others` are."""
    values = [_as(exp.TryCast(this=exp.column(one.name), to=_type(one.type)), one.name) for one in columns]
    values += [exp.alias_(exp.Null(), exp.to_identifier(name, quoted=True), copy=False) for name in others]
    return exp.Select(expressions=values, from_=_from(source))


def unreadable_counts(source: str, columns: Sequence[Column]) -> exp.Select:
    """One row: for each column, how many values do not fit the declared type."""
    counts = [
        _as(
            _when(
                exp.And(
                    this=_there(one.name),
                    expression=exp.Is(
                        this=exp.TryCast(this=exp.column(one.name), to=_type(one.type)), expression=exp.Null()
                    ),
                )
            ),
            f"unreadable_{at}",
        )
        for at, one in enumerate(columns)
    ]
    return exp.Select(expressions=counts, from_=_from(source))


def fragment(sql: str, as_of: date) -> exp.Expr:
    """A fragment over bare columns as of a day."""

    def bind(node: exp.Expr) -> exp.Expr:
        return day(as_of) if isinstance(node, exp.Placeholder | exp.Parameter) and node.name == "as_of" else node

    return parse_fragment(sql).transform(bind, copy=False)


def _type(kind: ColumnType) -> exp.DataType:
    if kind is ColumnType.DECIMAL:
        sizes = [exp.DataTypeParam(this=number(size)) for size in (18, 4)]
        return exp.DataType(this=_SQL_TYPES[kind], expressions=sizes)
    return exp.DataType(this=_SQL_TYPES[kind])


def _from(table: str) -> exp.From:
    return exp.From(this=exp.table_(table))


def _as(value: exp.Expr, name: str) -> exp.Expr:
    return exp.alias_(value, name, copy=False)


def _rows() -> exp.Count:
    return exp.Count(this=exp.Star(), big_int=True)


def _sum(value: exp.Expr) -> exp.Expr:
    return exp.Coalesce(this=exp.Sum(this=value), expressions=[number(0)])


def _when(condition: exp.Expr) -> exp.Expr:
    return exp.Filter(this=_rows(), expression=exp.Where(this=condition))


def _there(name: str, table: str | None = None) -> exp.Expr:
    return exp.Not(this=_missing(name, table))


def _missing(name: str, table: str | None = None) -> exp.Expr:
    return exp.Is(this=exp.column(name, table=table), expression=exp.Null())


def _with(steps: dict[str, exp.Select], select: exp.Select) -> exp.Select:
    ctes = [exp.CTE(this=step, alias=exp.TableAlias(this=exp.to_identifier(name))) for name, step in steps.items()]
    select.set("with_", exp.With(expressions=ctes))
    return select


def _side_by_side(before: dict[str, exp.Select], single: dict[str, exp.Select], outputs: tuple[str, ...]) -> exp.Select:
    """One row of the `outputs` of steps that have one row each."""
    first, *others = single
    select = exp.Select(expressions=[exp.column(name) for name in outputs], from_=exp.From(this=exp.table_(first)))
    select.set("joins", [exp.Join(this=exp.table_(name), kind="CROSS") for name in others])
    return _with({**before, **single}, select)
