"""The one way from a question to rows: compile, authorise, run. It knows neither words nor screens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.cells import scalar, typed, whole
from semantic_layer.columns import integer_keys, keyed, of_persons, shown, widened
from semantic_layer.compiler.audience import (
    compile_audience_count,
    compile_distribution,
    compile_keys,
    compile_people,
    compile_value_counts,
    compile_waterfall,
    telling_fields,
)
from semantic_layer.compiler.context import TAG_TABLE, CompileContext, Compiled
from semantic_layer.compiler.cut import cut, row_count
from semantic_layer.compiler.funnel import compile_funnel
from semantic_layer.compiler.latest import compile_latest_day
from semantic_layer.compiler.query import compile_query
from semantic_layer.compiler.retention import compile_retention
from semantic_layer.compiler.text import readable as readable  # noqa: PLC0414  # part of the public face
from semantic_layer.engines.base import Cancel, Engine
from semantic_layer.engines.columns import Columns
from semantic_layer.errors import DataError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Metric, Scalar, Unit
from semantic_layer.policy.authorise import AuthorisedSql, authorise
from semantic_layer.policy.catalog import Catalog
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.small_groups import behind, refuse_small_audience, without_small
from semantic_layer.policy.types import Policy, RolePolicy, User
from semantic_layer.query.plan import Funnel, Retention
from semantic_layer.query.predicate import Predicate, conjuncts
from semantic_layer.query.types import Audience, Order, Query
from semantic_layer.runner import Result as Result  # noqa: PLC0414
from semantic_layer.runner import Runner, withheld
from semantic_layer.segments import SegmentLookup
from semantic_layer.table import Cell


@dataclass(frozen=True, slots=True)
class ValueCount:
    """How many of an audience, and of the base it is held against, have one value; `None` is unknown."""

    value: Scalar | None
    count: int
    base_count: int


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
        self.context = CompileContext(
            index=index, calendar=self.calendar, segments=segments, materialised_tags=_stored_tags(index, engine)
        )
        self._clock = clock
        self._runner = Runner(self.context, policy, engine, clock)
        self._wide = Runner(self.context, widened(policy), engine, clock)

    def with_metrics(self, metrics: Sequence[Metric]) -> SemanticLayer:
        """The same data under the same rights, with `metrics` besides those of the definitions."""
        model = self.index.model
        more = ModelIndex(replace(model, metrics=(*model.metrics, *metrics)))
        return SemanticLayer(more, self.policy, self.engine, self.as_of, self.segments, clock=self._clock)

    def with_segments(self, segments: SegmentLookup) -> SemanticLayer:
        """The same data under the same rights, with other saved segments."""
        return SemanticLayer(self.index, self.policy, self.engine, self.as_of, segments, clock=self._clock)

    @property
    def as_of(self) -> date:
        """The data's today."""
        return self.calendar.as_of

    def may_use(self, name: str, user: User | None) -> bool:
        """Whether a metric (by name) or field (`entity.name`) can be offered to this person: neither hidden from them nor
        read from an entity that they may not read. Without a person: whether no role of the policy hides it.

        Raises `NotAllowedError` for somebody without a known role.
        """
        return self._runner.may_use(name, user)

    def compile(self, query: Query) -> Compiled:
        """The statement of a query without running it; raises the same errors."""
        return compile_query(query, self.context)

    def statement(self, step: Query | Audience, user: User) -> AuthorisedSql:
        """What would run for a query, or for the number of an audience, without running it; raises the same errors."""
        if isinstance(step, Audience):
            return self._runner.allowed(compile_audience_count(step, self._seen(user)), user)
        return self._runner.allowed(
            compile_query(step, self._seen(user), count_people=self._runner.least(user) > 0), user
        )

    def run(self, query: Query, user: User, *, most_rows: int | None = None, cancel: Cancel | None = None) -> Result:
        """The answer to a query. Raises a `UserError` that says what is wrong, not allowed or too much.

        Rows beyond `most_rows` are cut off, and the table says how many there are.
        """
        least = self._runner.least(user)

        def compiling() -> Compiled:
            compiled = compile_query(query, self._seen(user), count_people=least > 0)
            return compiled if most_rows is None else cut(compiled, most_rows)

        done = self._runner.run(compiling, user, cancel)
        result = self._shielded(self._runner.result(done, user), query, done.compiled.hidden, least)
        if most_rows is None or len(result.table) <= most_rows:
            return result
        all_rows = row_count(compile_query(query, self._seen(user)))
        counted = self.engine.run(self._runner.allowed(replace(done.compiled, tree=all_rows), user), cancel=cancel)
        table = replace(result.table, rows=result.table.rows[:most_rows], total_rows=whole(counted.rows[0][0]))
        return replace(result, table=table)

    def count(self, audience: Audience, user: User, *, cancel: Cancel | None = None) -> int:
        """How many people are in the audience. Raises `NotAllowedError` for too few of them for this user."""
        done = self._runner.run(lambda: compile_audience_count(audience, self._seen(user)), user, cancel)
        count = whole(done.rows[0][0])
        self._refuse_few(count, audience, user)
        return count

    def waterfall(
        self, audience: Audience, user: User, *, cancel: Cancel | None = None
    ) -> tuple[tuple[Predicate | None, int], ...]:
        """People left: first everybody (`None`), then after each of the conditions in turn."""
        done = self._runner.run(lambda: compile_waterfall(audience, self._seen(user)), user, cancel)
        steps: tuple[Predicate | None, ...] = (None, *conjuncts(audience.where))
        counts = [whole(cell) for cell in done.rows[0]]
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
        """Who is in the audience: the key and `fields` (a telling few when `None`); ordered, so that pages fit together.

        Fields that are hidden from the user are left out; one that decides who is in, or in which order, is refused.
        """
        self._refuse_few_people(audience, user, cancel)
        wanted = telling_fields(audience, self._seen(user)) if fields is None else fields
        shown = self._runner.usable(wanted, user)
        done = self._runner.run(
            lambda: compile_people(audience, self._seen(user), fields=shown, order=order, limit=limit, offset=offset),
            user,
            cancel,
        )
        return self._runner.result(done, user)

    def keys(self, audience: Audience, user: User, *, cancel: Cancel | None = None) -> tuple[int | str, ...]:
        """The keys of everybody in the audience, in order."""
        self._refuse_few_people(audience, user, cancel)
        done = self._runner.run(lambda: compile_keys(audience, self._seen(user)), user, cancel)
        return tuple(cell for (cell,) in done.rows if isinstance(cell, int | str))

    def key_array(self, audience: Audience, user: User, *, cancel: Cancel | None = None) -> NDArray[np.int64]:
        """The keys of everybody in the audience as an ascending array. Raises `DataError` for keys that are no integers."""
        self._refuse_few_people(audience, user, cancel)
        compiled = compile_keys(audience, self._seen(user))
        compiled.tree.set("order", None)
        return integer_keys(self.engine.columns(self._wide.allowed(compiled, user), cancel=cancel))

    def columns(self, query: Query, user: User, *, cancel: Cancel | None = None) -> Columns:
        """A query as arrays by the names of the columns that `run` would give: for reckoning, not for showing.

        Everything is as in `run` but the row limit, which is high. It may group by "<customer entity>.<key column>" even
        where no such dimension is declared; then rows that lead to no person are left out. Figures of too few people for
        this user are NaN or `None`.
        """
        least = self._runner.least(user)
        compiled = compile_query(query, keyed(self._seen(user)), count_people=least > 0)
        found = self.engine.columns(self._wide.allowed(compiled, user), cancel=cancel)
        counting = [
            column.name
            for column in compiled.columns
            if column.role in ("metric", "previous")
            and self._runner.is_people(self.index.metric(column.source).counts or "")
        ]
        answer = shown(found, compiled, counting, least)
        person = self.index.entity(self.index.model.customer_entity)
        for column in compiled.columns:
            if column.source == f"{person.name}.{person.primary_key[0]}" and column.role == "group":
                answer = of_persons(answer, column.name)
        return answer

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

        Values of too few people for this user are left out, and so are fields that are hidden from them.
        """
        fields = self._runner.usable(fields, user)
        if not fields:
            return {}
        if base is None and audience.as_of is None and audience.where is not None:
            rows = self._beside_everybody(audience, fields, user, cancel)
        else:
            rows = self._runner.run(
                lambda: compile_distribution(audience, fields, self._seen(user), base=base), user, cancel
            ).rows
        found: dict[str, list[ValueCount]] = {field: [] for field in fields}
        for field, value, count, base_count in rows:
            read = typed(value, self.index.field(str(field)).type)
            found[str(field)].append(ValueCount(read, whole(count), whole(base_count)))
        least = self._runner.least(user) if self._runner.is_people(audience.entity) else 0
        return {
            field: without_small(counts, [behind((one.count, one.base_count)) for one in counts], least)
            for field, counts in found.items()
        }

    def _beside_everybody(
        self, audience: Audience, fields: Sequence[str], user: User, cancel: Cancel | None
    ) -> tuple[tuple[Cell, ...], ...]:
        """Two statements instead of one: what everybody is like does not depend on the question, so it seldom runs."""
        everybody = replace(audience, where=None)
        basis = self._runner.run(lambda: compile_distribution(everybody, fields, self._seen(user)), user, cancel)
        own = self._runner.run(
            lambda: compile_distribution(audience, fields, self._seen(user), base=audience), user, cancel
        )
        counts = {(field, value): count for field, value, count, _ in own.rows}
        return tuple((field, value, counts.get((field, value), 0), count) for field, value, count, _ in basis.rows)

    def value_counts(
        self, field: str, user: User, *, cancel: Cancel | None = None
    ) -> tuple[tuple[Scalar | None, int], ...]:
        """The values of a field and how many rows have each, most frequent first; those of too few people are left out."""
        done = self._runner.run(lambda: compile_value_counts(field, self._seen(user)), user, cancel)
        counts = [(scalar(value), whole(count)) for value, count in done.rows]
        least = self._runner.least(user) if self._runner.is_people(self.index.field(field).entity) else 0
        return without_small(counts, [count for _, count in counts], least)

    def retention(self, step: Retention, user: User, *, cancel: Cancel | None = None) -> Result:
        """People by the period of their first start, and how many come back: one row a cohort and period after it.

        Figures of too few people for this user are blank.
        """
        return self._of_people(lambda: compile_retention(step, self._seen(user)), user, cancel)

    def funnel(self, step: Funnel, user: User, *, cancel: Cancel | None = None) -> Result:
        """How many people get how far: one row a step, of each group of people if asked. Too few people are blank."""
        return self._of_people(lambda: compile_funnel(step, self._seen(user)), user, cancel)

    def _of_people(self, compiling: Callable[[], Compiled], user: User, cancel: Cancel | None) -> Result:
        """A result whose whole numbers in the role of a metric all count people."""
        done = self._runner.run(compiling, user, cancel)
        result = self._runner.result(done, user)
        counts = [at for at, column in enumerate(result.table.columns) if column.unit is Unit.COUNT]
        people = [behind([whole(row[at]) for at in counts]) for row in result.table]
        return withheld(result, people, self._runner.least(user))

    def _shielded(self, result: Result, query: Query, hidden: int, least: int) -> Result:
        """The result without its hidden counts of people, and without figures of too few of them."""
        if not hidden:
            return result
        width = len(result.table.columns)
        counted = [
            place
            for place, column in enumerate(result.table.columns)
            if column.role in ("metric", "previous")
            and self._runner.is_people(self.index.metric(column.source).counts or "")
        ]
        people = [
            behind([cell for cell in (*row[width:], *(row[place] for place in counted)) if isinstance(cell, int)])
            for row in result.table.rows
        ]
        table = replace(result.table, rows=tuple(row[:width] for row in result.table.rows))
        if not query.by:
            for count in people:
                refuse_small_audience(count, least)
        return withheld(replace(result, table=table), people, least)

    def _seen(self, user: User) -> CompileContext:
        """The context with the segments that this user may use: any other is as good as not there."""
        rights = rights_of(user, self.policy)
        seen = self.segments.seen_by(user.name, manages=rights.may_manage_segments)
        return self.context if seen is self.segments else replace(self.context, segments=seen)

    def _refuse_few(self, count: int, audience: Audience, user: User) -> None:
        if self._runner.is_people(audience.entity):
            refuse_small_audience(count, self._runner.least(user))

    def _refuse_few_people(self, audience: Audience, user: User, cancel: Cancel | None) -> None:
        """One statement more, for those users only who may not see few people."""
        if self._runner.least(user) and self._runner.is_people(audience.entity):
            self.count(audience, user, cancel=cancel)


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
