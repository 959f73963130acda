"""The one way from a `Query` or an `Audience` to rows: compile, authorise, run. It knows neither words nor screens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from time import perf_counter

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.compiler.audience import (
    compile_audience_count,
    compile_distribution,
    compile_keys,
    compile_people,
    compile_value_counts,
    compile_waterfall,
)
from semantic_layer.compiler.context import TAG_TABLE, CompileContext, Compiled
from semantic_layer.compiler.cut import cut, row_count
from semantic_layer.compiler.latest import compile_latest_day
from semantic_layer.compiler.query import compile_query
from semantic_layer.compiler.text import readable as readable  # noqa: PLC0414  # part of the public face
from semantic_layer.engines.base import Cancel, Engine
from semantic_layer.errors import DataError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import ColumnType, Scalar
from semantic_layer.policy.authorise import AuthorisedSql, authorise
from semantic_layer.policy.catalog import Catalog
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.small_groups import (
    behind,
    least_people,
    refuse_small_audience,
    withheld_note,
    withhold_small_groups,
    without_small,
)
from semantic_layer.policy.types import Policy, RolePolicy, User
from semantic_layer.query.predicate import Predicate, conjuncts
from semantic_layer.query.types import Audience, Order, Query
from semantic_layer.segments import SegmentLookup
from semantic_layer.table import Cell, ResultColumn, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Rows and how they came about. `sql` is the statement for people, before the policy was worked into it."""

    table: Table
    sql: str
    uses: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()
    compile_ms: float = 0.0
    run_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class ValueCount:
    """How many of an audience, and of the base it is held against, have one value; `None` is unknown."""

    value: Scalar | None
    count: int
    base_count: int


@dataclass(frozen=True, slots=True)
class _Done:
    """A statement that has run."""

    compiled: Compiled
    rows: tuple[tuple[Cell, ...], ...]
    compile_ms: float
    run_ms: float


class SemanticLayer:
    """Answers typed questions about one data set as of one day, for users under one policy."""

    def __init__(
        self,
        index: ModelIndex,
        policy: Policy,
        engine: Engine,
        as_of: date,
        segments: SegmentLookup,
        *,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self.index = index
        self.policy = policy
        self.engine = engine
        self.calendar = CompanyCalendar(index.model.conventions, index.model.festivals, as_of)
        self.segments = segments
        self._clock = clock
        self._catalog = Catalog.from_model(index.model)
        self.context = CompileContext(
            index=index, calendar=self.calendar, segments=segments, materialised_tags=_stored_tags(index, engine)
        )

    @property
    def as_of(self) -> date:
        """The data's today."""
        return self.calendar.as_of

    def compile(self, query: Query) -> Compiled:
        """The statement of a query without running it; raises the same errors."""
        return compile_query(query, self.context)

    def statement(self, step: Query | Audience, user: User) -> AuthorisedSql:
        """What would run for a query, or for the number of an audience, without running it; raises the same errors."""
        if isinstance(step, Audience):
            return self._allowed(compile_audience_count(step, self.context), user)
        return self._allowed(compile_query(step, self.context, count_people=self._least(user) > 0), user)

    def run(self, query: Query, user: User, *, most_rows: int | None = None, cancel: Cancel | None = None) -> Result:
        """The answer to a query. Raises a `UserError` that says what is wrong, not allowed or too much.

        Rows beyond `most_rows` are cut off, and the table says how many there are.
        """
        least = self._least(user)

        def compiling() -> Compiled:
            compiled = compile_query(query, self.context, count_people=least > 0)
            return compiled if most_rows is None else cut(compiled, most_rows)

        done = self._run(compiling, user, cancel)
        result = self._shielded(self._result(done, user), query, done.compiled.hidden, least)
        if most_rows is None or len(result.table) <= most_rows:
            return result
        whole = row_count(compile_query(query, self.context))
        counted = self.engine.run(self._allowed(replace(done.compiled, tree=whole), user), cancel=cancel)
        table = replace(result.table, rows=result.table.rows[:most_rows], total_rows=_whole(counted.rows[0][0]))
        return replace(result, table=table)

    def count(self, audience: Audience, user: User, *, cancel: Cancel | None = None) -> int:
        """How many people are in the audience. Raises `NotAllowedError` for too few of them for this user."""
        done = self._run(lambda: compile_audience_count(audience, self.context), user, cancel)
        count = _whole(done.rows[0][0])
        self._refuse_few(count, audience, user)
        return count

    def waterfall(
        self, audience: Audience, user: User, *, cancel: Cancel | None = None
    ) -> tuple[tuple[Predicate | None, int], ...]:
        """People left: first everybody (`None`), then after each of the conditions in turn."""
        done = self._run(lambda: compile_waterfall(audience, self.context), user, cancel)
        steps: tuple[Predicate | None, ...] = (None, *conjuncts(audience.where))
        counts = [_whole(cell) for cell in done.rows[0]]
        for count in counts:
            self._refuse_few(count, audience, user)
        return tuple(zip(steps, counts, strict=True))

    def people(
        self,
        audience: Audience,
        user: User,
        *,
        fields: tuple[str, ...] | None = None,
        order: Sequence[Order] = (),
        limit: int | None = None,
        offset: int = 0,
        cancel: Cancel | None = None,
    ) -> Result:
        """Who is in the audience: the key and `fields` (a telling few when `None`); ordered, so that pages fit together."""
        self._refuse_few_people(audience, user, cancel)
        done = self._run(
            lambda: compile_people(audience, self.context, fields=fields, order=order, limit=limit, offset=offset),
            user,
            cancel,
        )
        return self._result(done, user)

    def keys(self, audience: Audience, user: User, *, cancel: Cancel | None = None) -> tuple[int | str, ...]:
        """The keys of everybody in the audience, in order."""
        self._refuse_few_people(audience, user, cancel)
        done = self._run(lambda: compile_keys(audience, self.context), user, cancel)
        return tuple(cell for (cell,) in done.rows if isinstance(cell, int | str))

    def distribution(
        self,
        audience: Audience,
        fields: Sequence[str],
        user: User,
        *,
        base: Audience | None = None,
        cancel: Cancel | None = None,
    ) -> dict[str, tuple[ValueCount, ...]]:
        """For each field, how many of the audience and of the base (everybody when `None`) have each value.

        Values of too few people for this user are left out.
        """
        if not fields:
            return {}
        if base is None and audience.as_of is None and audience.where is not None:
            rows = self._beside_everybody(audience, fields, user, cancel)
        else:
            rows = self._run(lambda: compile_distribution(audience, fields, self.context, base=base), user, cancel).rows
        found: dict[str, list[ValueCount]] = {field: [] for field in fields}
        for field, value, count, base_count in rows:
            typed = _typed(value, self.index.field(str(field)).type)
            found[str(field)].append(ValueCount(typed, _whole(count), _whole(base_count)))
        least = self._least(user) if self._is_people(audience.entity) else 0
        return {
            field: without_small(counts, [behind((one.count, one.base_count)) for one in counts], least)
            for field, counts in found.items()
        }

    def _beside_everybody(
        self, audience: Audience, fields: Sequence[str], user: User, cancel: Cancel | None
    ) -> tuple[tuple[Cell, ...], ...]:
        """Two statements instead of one: what everybody is like does not depend on the question, so it seldom runs."""
        everybody = replace(audience, where=None)
        basis = self._run(lambda: compile_distribution(everybody, fields, self.context), user, cancel)
        own = self._run(lambda: compile_distribution(audience, fields, self.context, base=audience), user, cancel)
        counts = {(field, value): count for field, value, count, _ in own.rows}
        return tuple((field, value, counts.get((field, value), 0), count) for field, value, count, _ in basis.rows)

    def value_counts(
        self, field: str, user: User, *, cancel: Cancel | None = None
    ) -> tuple[tuple[Scalar | None, int], ...]:
        """The values of a field and how many rows have each, most frequent first; those of too few people are left out."""
        done = self._run(lambda: compile_value_counts(field, self.context), user, cancel)
        counts = [(_scalar(value), _whole(count)) for value, count in done.rows]
        least = self._least(user) if self._is_people(self.index.field(field).entity) else 0
        return without_small(counts, [count for _, count in counts], least)

    def _run(self, compiling: Callable[[], Compiled], user: User, cancel: Cancel | None) -> _Done:
        begun = self._clock()
        compiled = compiling()
        allowed = self._allowed(compiled, user)
        ready = self._clock()
        raw = self.engine.run(allowed, cancel=cancel)
        done = self._clock()
        return _Done(compiled, raw.rows, (ready - begun) * 1000, (done - ready) * 1000)

    def _allowed(self, compiled: Compiled, user: User) -> AuthorisedSql:
        return authorise(
            compiled.tree, user, self._catalog, self.policy, uses=compiled.computed, listed=compiled.listed
        )

    def _result(self, done: _Done, user: User) -> Result:
        compiled = done.compiled
        return Result(
            table=Table(self._marked(compiled.columns, user), done.rows),
            sql=readable(compiled.tree),
            uses=compiled.uses,
            notes=compiled.notes,
            compile_ms=done.compile_ms,
            run_ms=done.run_ms,
        )

    def _shielded(self, result: Result, query: Query, hidden: int, least: int) -> Result:
        """The result without its hidden counts of people, and without figures of too few of them."""
        if not hidden:
            return result
        width = len(result.table.columns)
        counted = [
            place
            for place, column in enumerate(result.table.columns)
            if column.role in ("metric", "previous") and self._is_people(self.index.metric(column.source).counts or "")
        ]
        people = [
            behind([cell for cell in (*row[width:], *(row[place] for place in counted)) if isinstance(cell, int)])
            for row in result.table.rows
        ]
        table = replace(result.table, rows=tuple(row[:width] for row in result.table.rows))
        if not query.by:
            for count in people:
                refuse_small_audience(count, least)
        shown, withheld = withhold_small_groups(table, people, least)
        notes = (*result.notes, withheld_note(withheld, least)) if withheld else result.notes
        return replace(result, table=shown, notes=notes)

    def _least(self, user: User) -> int:
        return least_people(rights_of(user, self.policy), self.index.model.conventions.minimum_group)

    def _is_people(self, entity: str) -> bool:
        return entity == self.index.model.customer_entity

    def _refuse_few(self, count: int, audience: Audience, user: User) -> None:
        if self._is_people(audience.entity):
            refuse_small_audience(count, self._least(user))

    def _refuse_few_people(self, audience: Audience, user: User, cancel: Cancel | None) -> None:
        """One statement more, for those users only who may not see few people."""
        if self._least(user) and self._is_people(audience.entity):
            self.count(audience, user, cancel=cancel)

    def _marked(self, columns: tuple[ResultColumn, ...], user: User) -> tuple[ResultColumn, ...]:
        """Columns that this user sees masked say so."""
        rights = rights_of(user, self.policy)
        return tuple(
            column if rights.may_see(column.sensitivity) else replace(column, masked=True) for column in columns
        )


def latest_day(index: ModelIndex, engine: Engine) -> date:
    """The data's today: the day set in the conventions, else the last day of their time dimension, else of the load."""
    conventions = index.model.conventions
    if conventions.as_of is not None:
        return date.fromisoformat(conventions.as_of)
    if conventions.as_of_from is not None:
        reader = User(name="semantic layer", roles=("reader",))
        policy = Policy(roles=(RolePolicy(name="reader"),))
        tree = compile_latest_day(index, conventions.as_of_from)
        rows = engine.run(authorise(tree, reader, Catalog.from_model(index.model), policy)).rows
        found = rows[0][0] if rows else None
        if isinstance(found, date):
            return found.date() if isinstance(found, datetime) else found
    loaded = engine.data_date()
    if loaded is None:
        raise DataError(
            Text(
                zh="数据里没有任何日期，无法确定“今天”。请在定义的 conventions 中设置 as_of。",
                en="The data holds no date, so its today is unknown. Set `as_of` in the conventions.",
            )
        )
    return loaded


def _stored_tags(index: ModelIndex, engine: Engine) -> frozenset[str]:
    columns = next((columns for name, columns in engine.tables() if name == TAG_TABLE), ())
    defined = {tag.name for tag in index.model.tags if tag.entity == index.model.customer_entity}
    return frozenset(name for name, _ in columns if name in defined)


def _whole(cell: Cell) -> int:
    if not isinstance(cell, int):
        raise TypeError(f"a count came back as {cell!r}")
    return cell


def _scalar(cell: Cell) -> Scalar | None:
    if cell is None or isinstance(cell, str | int | float | bool):
        return cell
    return cell.isoformat() if isinstance(cell, date) else float(cell)


def _typed(value: Cell, kind: ColumnType) -> Scalar | None:
    """A value that came back as text, in the type of its field."""
    if value is None:
        return None
    text = str(value)
    match kind:
        case ColumnType.BOOLEAN:
            return text == "true"
        case ColumnType.INTEGER:
            return int(text)
        case ColumnType.DECIMAL | ColumnType.FLOAT:
            return float(text)
        case _:
            return text
