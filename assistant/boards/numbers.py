"""Where the numbers of tiles come from: the seam, and the one over an open data set."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Protocol

from assistant.answer import Answer, Section
from assistant.boards.port import Content
from assistant.conversation.record import audit_entry
from assistant.replies.build import answer
from assistant.replies.limited import limited_notes
from assistant.replies.restated import plan_text
from assistant.resources import Asked, Resources
from semantic_layer.engines.base import Cancel
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import Language, UserError
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import Policy, User
from semantic_layer.query.plan import Plan
from semantic_layer.table import Table
from tools.boards.paper import without_persons
from tools.boards.pinnable import refuse_persons
from tools.export.proof import Proof


class Numbers(Protocol):
    """One data set that can be asked by plans."""

    def version(self) -> str:
        """The same as long as the data and its definitions are; it must cost nothing."""
        ...

    def reader(self, user: User) -> str:
        """The digest of somebody's rights; raises `NotAllowedError` for somebody without a role here."""
        ...

    def refuse(self, plan: Plan) -> None:
        """Raises `InvalidPlanError` for what lists single persons."""
        ...

    def compute(self, plan: Plan, *, title: str, user: User, language: Language, cancel: Cancel) -> Content:
        """Answer a plan under the rights of `user`. Raises `UserError`."""
        ...

    @property
    def policy(self) -> Policy: ...

    @property
    def definitions(self) -> str:
        """The hash of all definition files."""
        ...

    @property
    def as_of(self) -> date: ...

    @property
    def currency(self) -> str: ...

    @property
    def exports(self) -> Path:
        """Where files for people are written."""
        ...

    def prove(self, proof: Proof) -> None: ...


class LiveNumbers:
    """A `Numbers` over whatever `resources` gives now: a data set is opened anew when its data or definitions change."""

    def __init__(self, resources: Callable[[], Resources]) -> None:
        self._resources = resources

    def version(self) -> str:
        resources = self._resources()
        engine = resources.layer.engine
        base = str(engine.path) if isinstance(engine, DuckDBEngine) else ""
        return f"{resources.index.model.version} {resources.as_of} {base}"

    def reader(self, user: User) -> str:
        return rights_of(user, self.policy).digest

    def refuse(self, plan: Plan) -> None:
        refuse_persons(plan, self._resources().index)

    def compute(self, plan: Plan, *, title: str, user: User, language: Language, cancel: Cancel) -> Content:
        self.refuse(plan)
        resources = self._resources()
        notes = limited_notes(user, resources.layer.policy)
        asked = Asked(text=title, language=language, user=user, plan=plan, notes=notes, cancel=cancel)
        found, rest = answer(asked, resources)
        if rest is not None and not found.waterfall:  # of people, the rest is a sample: no person stands on a board
            found = rest()
        resources.audit.record(audit_entry(asked, found, resources))
        return content_of(found, restated=self._restated(plan, language))

    @property
    def policy(self) -> Policy:
        return self._resources().layer.policy

    @property
    def definitions(self) -> str:
        return self._resources().index.model.version

    @property
    def as_of(self) -> date:
        return self._resources().as_of

    @property
    def currency(self) -> str:
        return self._resources().currency

    @property
    def exports(self) -> Path:
        return self._resources().exports

    def prove(self, proof: Proof) -> None:
        self._resources().audit.write(proof)

    def _restated(self, plan: Plan, language: Language) -> str:
        resources = self._resources()
        with contextlib.suppress(UserError):  # a plan that cannot be said in words can still be drawn
            return plan_text(plan, resources.index, resources.calendar, language)
        return ""


def content_of(found: Answer, *, restated: str = "") -> Content:
    """What of an answer stands on a board: nothing that names a person."""
    sections = tuple(_without_persons(one) for one in found.sections)
    return Content(
        text=found.text,
        as_of=found.as_of or date.min,
        headline=found.headline,
        chart=found.chart,
        table=without_persons(found.table),
        sections=tuple(one for one in sections if one.lines or one.table is not None),
        notes=tuple(dict.fromkeys(note.meaning.in_(found.language) for note in found.notes)),
        restated=restated,
        value=_value(found),
    )


def _without_persons(section: Section) -> Section:
    return replace(section, table=without_persons(section.table), code="")


def _value(found: Answer) -> float | None:
    if found.waterfall:
        return float(found.waterfall[-1].count)
    return single_value(found.table)


def single_value(table: Table | None) -> float | None:
    """The number of a table that is one number."""
    if table is None or len(table) != 1 or any(column.role in ("group", "time") for column in table.columns):
        return None
    metrics = [at for at, column in enumerate(table.columns) if column.role == "metric"]
    if len(metrics) != 1:
        return None
    cell = table.rows[0][metrics[0]]
    return None if cell is None or isinstance(cell, bool | str | date) else float(cell)
