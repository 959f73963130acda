"""The sources of a data set that can be worked on: `SourcesPort` over its warehouse, its folder and its drafts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from assistant.stewardship import live_quality, live_reading
from assistant.stewardship.data_house import DataHouse
from assistant.stewardship.live_drafts import LiveDrafts
from assistant.stewardship.port import EVERYTHING, PAGE_ROWS
from assistant.stewardship.sources import (
    BookField,
    DraftChange,
    DraftReply,
    DraftView,
    DriftQuestion,
    Inspection,
    LoadEntry,
    MappingProposal,
    QualityReport,
    QuarantinePage,
    Reading,
    SourceForm,
    SourceRow,
    SourceState,
)
from assistant.stewardship.task_board import TaskBoard
from assistant.stewardship.types import RightsOf, StewardRights, Task, require_manage_data
from semantic_layer.errors import InvalidPlanError, Text
from semantic_layer.ingestion.landing import differences, quarantine
from semantic_layer.ingestion.pipeline import rows_of
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.ingestion.standard.book import BookEntry, book_entries
from semantic_layer.model.types import Sensitivity
from semantic_layer.policy.types import User

_ALL: Final = Text("全部来源", "all sources")
_NEVER: Final = Text("还没有导入过。", "Never loaded.")
_STATES: Final = {"done": SourceState.GOOD, "failed": SourceState.FAILED, "held": SourceState.HELD}
_ORDER: Final = (SourceState.HELD, SourceState.FAILED, SourceState.GONE, SourceState.NEW, SourceState.LOADING)


class LiveSources:
    """A `SourcesPort`. Long work goes to the board of tasks; what people decide is told to `note` for the record. `fixed` says
    why no source can be added, where that is so.
    """

    def __init__(
        self,
        house: DataHouse,
        board: TaskBoard,
        drafts: LiveDrafts,
        *,
        rights: RightsOf,
        now: Callable[[], datetime],
        note: Callable[[User, str], None],
        fixed: Text | None = None,
    ) -> None:
        self._house = house
        self._board = board
        self._drafts = drafts
        self._rights = rights
        self._now = now
        self._note = note
        self._fixed = fixed

    def may_manage(self, user: User) -> bool:
        return self._rights(user).manage_data

    def concerns(self, user: User) -> bool:
        return self._fixed is None or self.may_manage(user)

    # sources

    def sources(self, *, user: User) -> tuple[SourceRow, ...]:
        self._rights(user)
        with self._house.warehouse.reading():  # opened once for all of them
            rows = [self._row(spec, user) for spec in self._house.blueprint().specs]
        rank = {state: at for at, state in enumerate(_ORDER)}
        return tuple(sorted(rows, key=lambda row: (rank.get(row.state, len(rank)), row.name)))

    def keep(self, name: str, file: Path, *, user: User) -> str:
        self._manager(user)
        return live_reading.keep_file(self._house, name, file)

    def inspect(self, reading: Reading, *, user: User) -> Inspection:
        return live_reading.inspected(self._house, reading, self._manager(user))

    def propose(self, found: Inspection, *, user: User) -> tuple[MappingProposal, ...]:
        self._manager(user)
        return live_reading.proposed(self._house, found)

    def save(self, form: SourceForm, *, user: User) -> SourceRow:
        self._manager(user)
        if self._fixed is not None:
            raise InvalidPlanError(self._fixed)
        spec = live_reading.declared(self._house, form, user.name)
        self._note(user, f"source {spec.name} declared")
        return self._row(spec, user)

    def load(self, source: str, *, user: User) -> Task:
        self._manager(user)
        only = () if source == EVERYTHING else (self._house.spec(source).name,)
        label = self._house.spec(source).label if only else _ALL
        self._note(user, f"load of {source if only else 'all sources'} started")
        return self._board.start(
            Text(f"导入「{label.zh}」", f"Load {label.en}"),
            lambda progress, cancel: self._house.load(only, by=user.name, progress=progress, cancel=cancel),
            by=user.name,
            about=source,
        )

    # one source

    def loads(self, source: str, *, user: User) -> tuple[LoadEntry, ...]:
        self._rights(user)
        return live_quality.load_entries(self._house, self._house.spec(source).name)

    def quality(self, source: str, *, user: User) -> QualityReport:
        self._rights(user)
        blueprint = self._house.blueprint()
        return live_quality.quality_of(self._house, blueprint, self._house.spec(source).name, self._now().date())

    def quarantine(self, source: str, *, offset: int = 0, rule: str = "", user: User) -> QuarantinePage:
        rights = self._rights(user)
        name = self._house.spec(source).name
        return live_quality.quarantine_page(self._house, self._house.blueprint(), name, offset, rule, rights)

    def correct(self, source: str, row: str, value: str, *, user: User) -> Text:
        return self._settle(source, row, value, user)

    def dismiss(self, source: str, row: str, *, user: User) -> Text:
        return self._settle(source, row, None, user)

    def drift(self, source: str, *, user: User) -> tuple[DriftQuestion, ...]:
        rights = self._rights(user)
        return live_quality.drift_questions(self._house, self._house.spec(source).name, rights)

    def answer(self, source: str, question: str, answer: str, *, user: User) -> Text:
        self._manager(user)
        chosen, effect = live_quality.effect_of(answer)
        with self._house.warehouse.writing() as connection:
            differences.answer_drift(connection, self._house.spec(source).name, question, chosen, at=self._now())
        self._note(user, f"column {question} of {source}: {answer}")
        return effect

    # the standard and the draft

    def book(self, search: str = "", *, user: User) -> tuple[BookField, ...]:
        self._rights(user)
        blueprint = self._house.blueprint()
        wanted = search.casefold()
        fields = [_book_field(entry) for entry in book_entries(blueprint.standard, blueprint.specs)]
        return tuple(
            one
            for one in fields
            if wanted in f"{one.name} {one.label.zh} {one.label.en} {one.meaning.zh} {one.meaning.en}".casefold()
        )

    def draft(self, *, user: User) -> DraftView | None:
        return self._drafts.view(self._rights(user))

    def start_draft(self, address: str, *, user: User) -> Task:
        self._manager(user)
        return self._drafts.start(address, by=user.name)

    def settle(self, change: DraftChange, *, user: User) -> None:
        self._manager(user)
        self._drafts.settle(change, user.name)

    def ask_draft(self, question: str, *, user: User) -> DraftReply:
        self._rights(user)
        return self._drafts.ask(question, user)

    def adopt_draft(self, *, user: User) -> Text:
        self._manager(user)
        said = self._drafts.adopt(user)
        self._note(user, "draft adopted")
        return said

    def _manager(self, user: User) -> StewardRights:
        rights = self._rights(user)
        require_manage_data(rights)
        return rights

    def _settle(self, source: str, row: str, value: str | None, user: User) -> Text:
        self._manager(user)
        spec = self._house.spec(source)
        with self._house.warehouse.writing() as connection:
            held = live_quality.held_by_name(connection, spec.name, row)
            quarantine.settle(connection, spec, held, correction=value, by=user.name, at=self._now())
            quarantine.reload(connection, spec.name, at=self._now())
        self._note(user, f"{source}: {held.place} {'corrected' if value is not None else 'dismissed'}")
        if value is None:
            return Text("已忽略，原值保留。", "Dismissed; the value stays as it was found.")
        return Text(
            f"已更正为「{value}」，下次发布时生效。", f"Corrected to {value!r}; it counts from the next publication on."
        )

    def _row(self, spec: SourceSpec, user: User) -> SourceRow:
        entries = live_quality.load_entries(self._house, spec.name)
        report = live_quality.quality_of(self._house, self._house.blueprint(), spec.name, self._now().date())
        questions = [
            one
            for one in live_quality.drift_questions(self._house, spec.name, self._rights(user))
            if one.kind != "added"
        ]
        waiting = live_quality.quarantine_page(
            self._house, self._house.blueprint(), spec.name, 0, "", self._rights(user)
        )
        loading = any(task.open and task.about in (spec.name, EVERYTHING) for task in self._board.tasks(user=user))
        last = entries[0] if entries else None
        state = (
            SourceState.LOADING if loading else _STATES.get(last.state, SourceState.FAILED) if last else SourceState.NEW
        )
        return SourceRow(
            name=spec.name,
            label=spec.label,
            kind=spec.kind,
            address=spec.address,
            owner=spec.owner,
            state=state,
            said=last.why if last is not None else _NEVER,
            score=report.score,
            trend=tuple(point.score for point in report.over_time[-PAGE_ROWS:]),
            loaded_at=last.ended_at if last is not None else None,
            rows=self._rows(spec.name),
            quarantined=waiting.total,
            drift=len(questions),
        )

    def _rows(self, source: str) -> int | None:
        with self._house.warehouse.reading() as connection:
            return rows_of(connection, source)


def _book_field(entry: BookEntry) -> BookField:
    field = entry.field
    return BookField(
        name=field.name,
        label=field.words.label,
        meaning=field.words.description,
        type=live_reading.TYPES[field.type],
        format=field.format,
        owner=field.origin.owner,
        values=tuple(str(value.value) for value in field.values),
        examples=field.examples,
        filled_by=tuple(
            Text(f"{one.source_label.zh}：{one.column}", f"{one.source_label.en}: {one.column}")
            for one in entry.filled_by
        ),
        identifies=field.identifier is not None,
        personal=field.sensitivity is not Sensitivity.NONE,
    )
