"""Which syntax may reach the data: an allow-list of node classes, functions, types and arguments.

Whatever is not listed is refused, so a new construct of the parser or of the engine starts out refused. It does not know
tables, users or columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlglot import exp

from semantic_layer.errors import NotAllowedError, Text

_STRUCTURE: frozenset[type[exp.Expr]] = frozenset({
    exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join, exp.Table,
    exp.TableAlias, exp.Where, exp.Group, exp.GroupingSets, exp.Rollup, exp.Cube, exp.Having, exp.Qualify, exp.Order,
    exp.Ordered, exp.Limit, exp.Offset, exp.Distinct, exp.Values, exp.Tuple, exp.Unnest, exp.Lateral, exp.Window,
    exp.WindowSpec, exp.Filter, exp.Column, exp.Identifier, exp.Alias, exp.Star, exp.Literal, exp.Null, exp.Boolean,
    exp.Paren, exp.Var, exp.Interval, exp.DataType, exp.DataTypeParam, exp.WithinGroup, exp.IgnoreNulls,
    exp.RespectNulls, exp.Bracket, exp.Slice,
})  # fmt: skip

_OPERATORS: frozenset[type[exp.Expr]] = frozenset({
    exp.And, exp.Or, exp.Xor, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ,
    exp.NullSafeNEQ, exp.Is, exp.In, exp.Between, exp.Like, exp.ILike, exp.Escape, exp.Add, exp.Sub, exp.Mul, exp.Div,
    exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe, exp.Any, exp.All,
})  # fmt: skip

_FUNCTIONS: frozenset[type[exp.Expr]] = frozenset({
    # rows and groups
    exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Median, exp.PercentileCont, exp.PercentileDisc,
    exp.Quantile, exp.ApproxQuantile, exp.ApproxDistinct, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance,
    exp.VariancePop, exp.Corr, exp.CovarPop, exp.CovarSamp, exp.ArgMax, exp.ArgMin, exp.AnyValue, exp.LogicalAnd,
    exp.LogicalOr, exp.GroupConcat, exp.ArrayAgg, exp.Grouping, exp.GroupingId,
    # windows
    exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead, exp.First,
    exp.Last, exp.FirstValue, exp.LastValue, exp.NthValue,
    # conditions and types
    exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Cast, exp.TryCast, exp.Exists, exp.Greatest, exp.Least,
    exp.IsNan, exp.IsInf, exp.Uuid,
    # numbers
    exp.Abs, exp.Round, exp.Ceil, exp.Floor, exp.Trunc, exp.Sqrt, exp.Cbrt, exp.Ln, exp.Log, exp.Exp, exp.Pow, exp.Sign,
    # text
    exp.Lower, exp.Upper, exp.Substring, exp.Left, exp.Right, exp.Contains, exp.StrPosition, exp.StartsWith,
    exp.EndsWith, exp.Concat, exp.ConcatWs, exp.Replace, exp.Trim, exp.Length, exp.Pad, exp.Reverse, exp.SplitPart,
    exp.RegexpLike, exp.RegexpFullMatch, exp.RegexpReplace, exp.RegexpExtract, exp.MD5, exp.Initcap, exp.Unicode,
    # time
    exp.Date, exp.DateTrunc, exp.TimestampTrunc, exp.DateDiff, exp.TimestampDiff, exp.DateAdd, exp.DateSub,
    exp.TimestampAdd, exp.TimestampSub, exp.DateFromParts, exp.TimestampFromParts, exp.Extract, exp.TimeToStr,
    exp.StrToTime, exp.StrToDate, exp.TsOrDsToDate, exp.TsOrDsAdd, exp.TsOrDsDiff, exp.LastDay, exp.Year, exp.Quarter,
    exp.Month, exp.Week, exp.WeekOfYear, exp.Day, exp.DayOfMonth, exp.DayOfWeek, exp.DayOfWeekIso, exp.DayOfYear,
    exp.Hour, exp.Minute, exp.Second, exp.YearOfWeek, exp.YearOfWeekIso, exp.TimeToUnix, exp.UnixToTime, exp.ToDays,
    exp.Dayname, exp.Monthname, exp.MakeInterval, exp.AtTimeZone,
    # bits: lists of people as one literal
    exp.Getbit, exp.FromBase64,
    # lists
    exp.Array, exp.ArraySize, exp.ArrayContains, exp.ArrayToString, exp.ArrayDistinct, exp.ArraySort, exp.ArrayMax,
    exp.ArrayMin, exp.ArraySum, exp.GenerateSeries, exp.GenerateDateArray,
})  # fmt: skip

# Names that the parser knows no class for. Nothing here reads, writes, waits, asks the session or runs other text.
_NAMED_FUNCTIONS = frozenset({
    "date_part", "datepart", "datesub", "date_sub", "isoyear", "isodow", "weekday", "yearweek", "week", "era",
    "century", "decade", "to_years", "to_months", "to_weeks", "to_hours", "to_minutes", "to_seconds", "epoch_ms",
    "hash", "even", "gcd", "lcm", "list_sort", "list_reverse_sort", "list_distinct", "list_unique", "len",
    "array_length", "list_position", "list_value", "ltrim", "rtrim", "strip_accents", "product", "skewness",
    "kurtosis", "entropy", "mad", "regr_slope", "regr_intercept", "regr_r2", "count_star", "quantile_cont",
    "quantile_disc", "date_diff", "date_trunc", "fdiv", "fmod", "isfinite", "nfc_normalize", "jaccard", "levenshtein",
    "bit_length", "strlen", "ends_with", "suffix", "prefix", "instr", "position", "sum_no_overflow", "fsum", "favg",
    "geometric_mean", "geomean", "weighted_avg", "date", "width_bucket", "add", "subtract", "multiply", "divide",
})  # fmt: skip

_TYPES = frozenset({
    exp.DType.BOOLEAN, exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT, exp.DType.INT128,
    exp.DType.UTINYINT, exp.DType.USMALLINT, exp.DType.UINT, exp.DType.UBIGINT, exp.DType.FLOAT, exp.DType.DOUBLE,
    exp.DType.DECIMAL, exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.CHAR, exp.DType.DATE, exp.DType.TIME,
    exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMPTZ, exp.DType.DATETIME, exp.DType.INTERVAL,
})  # fmt: skip

_SET_OPERATION = frozenset({"with_", "this", "expression", "distinct", "order", "limit", "offset"})

# Arguments that a class may carry; other arguments of these classes are refused when they are set.
_ARGUMENTS: Mapping[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset({
        "with_", "expressions", "distinct", "from_", "joins", "laterals", "where", "group", "having", "qualify",
        "windows", "order", "limit", "offset",
    }),
    exp.Union: _SET_OPERATION,
    exp.Intersect: _SET_OPERATION,
    exp.Except: _SET_OPERATION,
    exp.Subquery: frozenset({"this", "alias", "with_"}),
    exp.Join: frozenset({"this", "on", "side", "kind", "using", "method"}),
    exp.With: frozenset({"expressions"}),
    exp.CTE: frozenset({"this", "alias", "materialized"}),
    exp.Table: frozenset({"this", "alias"}),
    exp.TableAlias: frozenset({"this", "columns"}),
    exp.Column: frozenset({"this", "table"}),
    exp.Star: frozenset(),
    exp.Limit: frozenset({"expression"}),
    exp.Lateral: frozenset({"this", "alias"}),
    exp.Unnest: frozenset({"expressions", "alias", "offset"}),
    exp.Cast: frozenset({"this", "to"}),
    exp.TryCast: frozenset({"this", "to", "safe", "requires_string"}),
    exp.DataType: frozenset({"this", "expressions", "nested"}),
    exp.Distinct: frozenset({"expressions"}),
    exp.AtTimeZone: frozenset({"this", "zone"}),
    exp.Values: frozenset({"expressions", "alias"}),
}  # fmt: skip

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?\Z|\.[0-9]+([eE][+-]?[0-9]+)?\Z")
_WORDS = frozenset({
    "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "SEMI", "ANTI", "ASOF", "LATERAL", "OVER", "ROWS",
    "RANGE", "GROUPS", "UNBOUNDED", "PRECEDING", "FOLLOWING", "BOTH", "LEADING", "TRAILING", "DISTINCT", "ALL",
    "TIES", "GROUP", "CURRENT ROW", "NO OTHERS", "g",
})  # fmt: skip
_PARTS = frozenset({
    "YEAR", "YEARS", "ISOYEAR", "QUARTER", "QUARTERS", "MONTH", "MONTHS", "WEEK", "WEEKS", "DAY", "DAYS",
    "HOUR", "HOURS", "MINUTE", "MINUTES", "SECOND", "SECONDS", "DOW", "ISODOW", "DAYOFWEEK", "DAYOFYEAR", "DOY",
    "EPOCH", "MILLISECOND", "MILLISECONDS", "MICROSECOND", "MICROSECONDS", "YEARWEEK", "CENTURY", "DECADE",
    "ALL", "MONDAY", "SUNDAY",
})  # fmt: skip
_LONGEST_SERIES = 100_000
_LONGEST_PAD = 1_000
_DEEPEST = 500


def check_allowed(tree: exp.Expr) -> None:
    """Raise `NotAllowedError` unless `tree` is one SELECT or set operation made of listed syntax only.

    Identifiers that are not plain names are marked as quoted in place, so that printing cannot change their meaning.
    """
    if not isinstance(tree, (exp.Select, exp.Union, exp.Intersect, exp.Except)):
        raise refused(tree, "只允许查询（SELECT）", "only queries (SELECT) are allowed")
    stack: list[tuple[exp.Expr, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > _DEEPEST:
            raise refused(node, "嵌套太深", "it is nested too deeply")
        _check_node(node)
        stack.extend((child, depth + 1) for child in node.iter_expressions())


def check_expression(tree: exp.Expr) -> None:
    """Raise `NotAllowedError` unless `tree` is a condition over columns: listed syntax, no tables, no groups of rows."""
    for node in tree.walk():
        _check_node(node)
        if isinstance(node, (exp.Query, exp.Table, exp.AggFunc, exp.Window, exp.Star, exp.Unnest, exp.Subquery)):
            raise refused(node, "条件里只能用列", "a condition may only use columns")


def refused(node: exp.Expr, zh: str, en: str) -> NotAllowedError:
    """The error for syntax that is not allowed, naming the construct."""
    name = node.name if isinstance(node, (exp.Anonymous, exp.Table)) else type(node).__name__
    return NotAllowedError(
        Text(zh=f"不允许的语句：{zh}（{name[:60]}）。", en=f"Not an allowed statement: {en} ({name[:60]}).")
    )


def _check_node(node: exp.Expr) -> None:
    kind = type(node)
    if kind is exp.Anonymous:
        if not isinstance(node.this, str) or node.this.lower() not in _NAMED_FUNCTIONS:
            raise refused(node, "函数不在允许的清单里", "the function is not on the list of allowed ones")
    elif kind not in _ALLOWED:
        raise refused(node, "语法不在允许的清单里", "this syntax is not on the list of allowed ones")
    keys = _ARGUMENTS.get(kind)
    for key, value in node.args.items():
        if value is None or value is False or value == []:
            continue
        if keys is not None and key not in keys:
            raise refused(node, f"不允许「{key}」", f"{key!r} is not allowed here")
        if isinstance(value, str) and kind not in _HOLDS_TEXT and value.upper() not in _WORDS and value not in _WORDS:
            raise refused(node, "含有未知的文字", "it holds unknown text")
    rule = _RULES.get(kind)
    if rule is not None:
        rule(node)


def _identifier(node: exp.Expr) -> None:
    name = node.this
    if not isinstance(name, str) or not name or "\0" in name:
        raise refused(node, "名称不合法", "the name is not valid")
    if not _NAME.match(name):
        node.set("quoted", True)


def _literal(node: exp.Expr) -> None:
    text = node.this
    if not isinstance(text, str) or not (node.is_string or _NUMBER.match(text)):
        raise refused(node, "值不合法", "the value is not valid")


def _var(node: exp.Expr) -> None:
    if not isinstance(node.this, str) or node.this.upper() not in _PARTS:
        raise refused(node, "未知的时间单位", "the unit of time is not known")


def _data_type(node: exp.Expr) -> None:
    holder = node.parent
    if node.this is exp.DType.BIT and isinstance(holder, exp.Cast) and isinstance(holder.this, exp.FromBase64):
        return
    if node.this not in _TYPES:
        raise refused(node, "数据类型不在允许的清单里", "the type is not on the list of allowed ones")


def _column(node: exp.Expr) -> None:
    if not isinstance(node.this, (exp.Identifier, exp.Star)):
        raise refused(node, "列名不合法", "the column is not valid")


def _star(node: exp.Expr) -> None:
    holder = node.parent.parent if isinstance(node.parent, exp.Column) else node.parent
    alone = isinstance(holder, exp.Select) or (isinstance(holder, exp.Count) and node.parent is holder)
    if not alone:
        raise refused(node, "「*」只能单独使用", "'*' may only stand alone")


def _select(node: exp.Expr) -> None:
    if not node.expressions:
        raise refused(node, "SELECT 后面没有内容", "SELECT gives nothing")


def _table(node: exp.Expr) -> None:
    if not isinstance(node.this, exp.Identifier):
        raise refused(node, "只能读取已定义的表", "only defined tables may be read")
    alias = node.args.get("alias")
    if isinstance(alias, exp.TableAlias) and alias.args.get("columns"):
        raise refused(node, "表的别名不能改列名", "the alias of a table may not rename its columns")


def _limit(node: exp.Expr) -> None:
    value = node.args.get("expression")
    if not isinstance(value, exp.Literal) or value.is_string or not value.this.isdigit():
        raise refused(node, "行数上限必须是整数", "a limit must be a whole number")


def _pad(node: exp.Expr) -> None:
    length = node.args.get("expression")
    if not isinstance(length, exp.Literal) or not length.this.isdigit() or int(length.this) > _LONGEST_PAD:
        raise refused(node, "补齐长度太长", "the padding is too long")


def _listed(node: exp.Expr) -> None:
    """Bits are read of a literal only, and text is decoded for nothing else."""
    bits = node.this
    literal = bits.this.this if isinstance(bits, exp.Cast) and isinstance(bits.this, exp.FromBase64) else None
    if not (isinstance(literal, exp.Literal) and literal.is_string and bits.to.this is exp.DType.BIT):
        raise refused(node, "名单必须直接写出", "a list must be written out")


def _decoded(node: exp.Expr) -> None:
    if not (isinstance(node.parent, exp.Cast) and isinstance(node.parent.parent, exp.Getbit)):
        raise refused(node, "只有名单可以这样写", "only lists may be written like this")


def _zone(node: exp.Expr) -> None:
    zone = node.args.get("zone")
    if not isinstance(zone, exp.Literal) or not zone.is_string:
        raise refused(node, "时区必须直接写出", "the time zone must be written out")
    try:
        ZoneInfo(zone.this)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise refused(node, f"没有时区「{zone.this}」", f"there is no time zone {zone.this!r}") from error


def _lateral(node: exp.Expr) -> None:
    if not isinstance(node.this, exp.Subquery):
        raise refused(node, "LATERAL 只能接子查询", "LATERAL takes a subquery only")


def _series(node: exp.Expr) -> None:
    start, end = _point(node.args.get("start")), _point(node.args.get("end"))
    if start is None or end is None or not 0 <= end - start <= _LONGEST_SERIES:
        raise refused(node, "序列必须有固定且合理的起止", "a series must have fixed, reasonable ends")
    step = node.args.get("step") or node.args.get("interval")
    if step is not None and not _positive(step):
        raise refused(node, "序列的步长必须为正", "the step of a series must be positive")


def _point(value: object) -> int | None:
    """A whole number, or a date as its day number."""
    while isinstance(value, (exp.Cast, exp.Paren)):
        value = value.this
    if not isinstance(value, exp.Literal):
        return None
    if not value.is_string:
        return int(value.this) if value.this.isdigit() else None
    try:
        return date.fromisoformat(value.this[:10]).toordinal()
    except ValueError:
        return None


def _positive(step: object) -> bool:
    if isinstance(step, exp.Interval):
        unit = step.args.get("unit")
        coarse = isinstance(unit, exp.Var) and unit.this.upper().rstrip("S") in {
            "DAY",
            "WEEK",
            "MONTH",
            "QUARTER",
            "YEAR",
        }
        return coarse and _positive(step.this)
    return isinstance(step, exp.Literal) and step.this.isdigit() and int(step.this) > 0


_ALLOWED = _STRUCTURE | _OPERATORS | _FUNCTIONS
_HOLDS_TEXT = frozenset({exp.Identifier, exp.Literal, exp.Var, exp.Anonymous})
_RULES: Mapping[type[exp.Expr], Callable[[exp.Expr], None]] = {
    exp.Identifier: _identifier,
    exp.Literal: _literal,
    exp.AtTimeZone: _zone,
    exp.Getbit: _listed,
    exp.FromBase64: _decoded,
    exp.Var: _var,
    exp.DataType: _data_type,
    exp.Column: _column,
    exp.Star: _star,
    exp.Select: _select,
    exp.Table: _table,
    exp.Limit: _limit,
    exp.Pad: _pad,
    exp.Lateral: _lateral,
    exp.GenerateSeries: _series,
    exp.GenerateDateArray: _series,
}
