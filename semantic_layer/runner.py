"""Compile, authorise, run: the one way from a statement to rows under a user's rights. It knows no questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from semantic_layer.compiler.context import CompileContext, Compiled
from semantic_layer.compiler.text import readable
from semantic_layer.engines.base import Cancel, Engine
from semantic_layer.errors import Text
from semantic_layer.model.deprecated import deprecation_notes
from semantic_layer.policy.authorise import AuthorisedSql, authorise
from semantic_layer.policy.catalog import Catalog
from semantic_layer.policy.rights import Rights, rights_of
from semantic_layer.policy.small_groups import least_people, withheld_note, withhold_small_groups
from semantic_layer.policy.types import Policy, User
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
class Done:
    """A statement that has run."""

    compiled: Compiled
    rows: tuple[tuple[Cell, ...], ...]
    compile_ms: float
    run_ms: float


class Runner:
    """Runs compiled statements over one data set, for users under one policy. `clock` counts seconds."""

    def __init__(self, context: CompileContext, policy: Policy, engine: Engine, clock: Callable[[], float]) -> None:
        self.context = context
        self.policy = policy
        self.engine = engine
        self._clock = clock
        self._catalog = Catalog.from_model(context.index.model)

    def run(self, compiling: Callable[[], Compiled], user: User, cancel: Cancel | None) -> Done:
        begun = self._clock()
        compiled = compiling()
        allowed = self.allowed(compiled, user)
        ready = self._clock()
        raw = self.engine.run(allowed, cancel=cancel)
        done = self._clock()
        return Done(compiled, raw.rows, (ready - begun) * 1000, (done - ready) * 1000)

    def allowed(self, compiled: Compiled, user: User) -> AuthorisedSql:
        return authorise(
            compiled.tree,
            user,
            self._catalog,
            self.policy,
            names=compiled.uses,
            uses=compiled.computed,
            listed=compiled.listed,
        )

    def result(self, done: Done, user: User) -> Result:
        compiled = done.compiled
        return Result(
            table=Table(self._marked(compiled.columns, user), done.rows),
            sql=readable(compiled.tree),
            uses=compiled.uses,
            notes=(*compiled.notes, *deprecation_notes(self.context.index, compiled.uses)),
            compile_ms=done.compile_ms,
            run_ms=done.run_ms,
        )

    def least(self, user: User) -> int:
        """The fewest people that this user may see figures of; 0 for no limit."""
        return least_people(rights_of(user, self.policy), self.context.index.model.conventions.minimum_group)

    def may_use(self, name: str, user: User | None) -> bool:
        """Whether a definition can be offered to this person; without one, whether no role of the policy hides it."""
        if user is not None:
            return self._catalog.offers(name, rights_of(user, self.policy))
        alone = (Rights(roles=(role,)) for role in self.policy.roles)
        return not any(self._catalog.hidden_from(rights).holds(name) for rights in alone)

    def usable(self, fields: Sequence[str], user: User) -> tuple[str, ...]:
        """The fields without those that are hidden from this person."""
        hidden = self._catalog.hidden_from(rights_of(user, self.policy))
        return tuple(field for field in fields if not hidden.holds(field))

    def is_people(self, entity: str) -> bool:
        return entity == self.context.index.model.customer_entity

    def _marked(self, columns: tuple[ResultColumn, ...], user: User) -> tuple[ResultColumn, ...]:
        """Columns that this user sees masked say so."""
        rights = rights_of(user, self.policy)
        return tuple(
            column if rights.may_see(column.sensitivity) else replace(column, masked=True) for column in columns
        )


def withheld(result: Result, people: list[int], least: int) -> Result:
    """The result without figures of too few people; `people` counts those behind each row."""
    table, count = withhold_small_groups(result.table, people, least)
    notes = (*result.notes, withheld_note(count, least)) if count else result.notes
    return replace(result, table=table, notes=notes)
