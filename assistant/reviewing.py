"""Opens definitions, data and saved segments for a review. Nothing is written that anybody else reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import assert_never

from assistant.answer import Answer, Clarification, Finished, Refusal, Reply
from assistant.bootstrap import Progress, limits_of, prepare_data, quiet, resources_over, segments_in
from assistant.core import Assistant
from assistant.datasets import CompleteJourneyData, DataSource, FolderData, RetailData, source_of
from assistant.memory.store import FeedbackInMemory
from assistant.observability.audit import sql_audit
from assistant.opening_readers import Around
from assistant.settings import Settings
from semantic_layer.definitions import check_definitions
from semantic_layer.engines.base import Engine
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import DataError, DefinitionError, Issue, Language, Text
from semantic_layer.ingestion.as_found import build_as_found
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.load import Loaded
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import Policy
from semantic_layer.query.types import Audience
from semantic_layer.review.check import CheckReport, check
from semantic_layer.review.compare import Side
from semantic_layer.review.data import Data, WithoutStoredTags
from semantic_layer.review.diff import DiffReport, QuestionShift, diff
from semantic_layer.segments import SegmentsInMemory
from tools.storage import Storage, open_storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """A folder that was read: what it says, its policy, its faults, and the data that belongs to it, if any is known."""

    loaded: Loaded
    policy: Policy
    issues: tuple[Issue, ...]
    source: DataSource | None

    def sound(self) -> Definitions:
        """Itself; raises `DefinitionError` when there are errors."""
        errors = [issue for issue in self.issues if issue.severity == "error"]
        if errors:
            raise DefinitionError(errors)
        return self


def read(where: str, settings: Settings) -> Definitions:
    """The definitions of a data set by its name, or in a folder with `*.yml` or with `model/` and `data/`.

    Raises:
        DataError: when there are none.
        DefinitionError: when a file is not text.
    """
    folder, source = _found(where, settings)
    loaded, policy, issues = check_definitions(folder)
    return Definitions(loaded=loaded, policy=policy, issues=issues, source=source)


def definitions_folder(where: str, settings: Settings) -> Path:
    """The folder that `read` reads; raises `DataError` when there is none."""
    return _found(where, settings)[0]


def _found(where: str, settings: Settings) -> tuple[Path, DataSource | None]:
    examples: tuple[DataSource, ...] = (RetailData(people=settings.people), CompleteJourneyData())
    for source in examples:
        if where == source.id:
            return source.definitions, source
    folder = Path(where).expanduser()
    if not folder.is_dir():
        raise DataError(
            Text(
                f"没有文件夹「{where}」。请给出放定义的文件夹，或 retail、completejourney。",
                f"There is no folder {where!r}. Name a folder with definitions, or retail or completejourney.",
            )
        )
    for source in examples:
        if folder.resolve() == source.definitions.resolve():
            return folder, source
    company = folder if (folder / "model").is_dir() else folder.parent if folder.name == "model" else None
    definitions = folder / "model" if (folder / "model").is_dir() else folder
    has_data = company is not None and (company / "data").is_dir()
    return definitions, FolderData(folder=company) if company is not None and has_data else None


@dataclass(frozen=True, slots=True)
class OpenedData:
    """An engine over the data, and how many values by (table, column) do not fit what is declared."""

    engine: Engine
    unreadable: Mapping[tuple[str, str], int]


@contextmanager
def opened(
    source: DataSource, all_definitions: Sequence[Definitions], settings: Settings, progress: Progress
) -> Iterator[OpenedData]:
    """The data of a source: files of a folder as they are, in a place of their own; else the snapshot that is there."""
    with TemporaryDirectory(prefix="qunxiang-review-") as place:
        models = [one.loaded.model for one in all_definitions]
        limits = limits_of(settings, all_definitions[-1].policy)
        if isinstance(source, FolderData):
            built = Path(place) / "as_found.duckdb"
            unreadable = build_as_found(source.folder / "data", built, models)
            engine: Engine = DuckDBEngine(built, limits)
        else:
            snapshot = _snapshot(source, settings, progress)
            unreadable = {}
            stored = DuckDBEngine(snapshot, limits)
            of_these = all(model.version[:12] in snapshot.name for model in models)
            engine = stored if of_these else WithoutStoredTags(stored)
        try:
            yield OpenedData(engine, unreadable)
        finally:
            engine.close()


def _snapshot(source: DataSource, settings: Settings, progress: Progress) -> Path:
    """The newest snapshot of the source, whatever definitions it was made with; made when there is none."""
    there = (settings.home / source.id).glob(f"snapshot_{source.key}_*.duckdb")
    newest = max(there, key=lambda path: path.stat().st_mtime, default=None)
    return newest or prepare_data(settings.model_copy(update={"data": source.id}), progress=progress)


def checked(where: str, data: str, settings: Settings, *, progress: Progress = quiet) -> CheckReport:
    """The report on the definitions at `where`, held against `data`, or against the data that belongs to them.

    Raises:
        UserError: when something cannot be read.
    """
    definitions = read(where, settings)
    source = source_of(data, settings.people) if data else definitions.source
    if source is None or any(issue.severity == "error" for issue in definitions.issues):
        return check(definitions.loaded, definitions.issues, policy=definitions.policy)
    segments = saved_segments(source, settings)
    with opened(source, [definitions], settings, progress) as found:
        index = ModelIndex(definitions.loaded.model)
        held = Data(index, found.engine, unreadable=found.unreadable)
        return check(definitions.loaded, definitions.issues, held, policy=definitions.policy, segments=segments)


def saved_segments(source: DataSource, settings: Settings) -> Mapping[str, Audience]:
    """The saved segments of a data set by name; none when nothing was ever saved."""
    storage = _state(settings)
    if storage is None:
        return {}
    return {segment.name: segment.audience for segment in reversed(segments_in(storage, source).list())}


def _state(settings: Settings) -> Storage | None:
    """The application state, unless opening it would make a new file."""
    address = settings.address_of_state()
    file = address.removeprefix("sqlite:///")
    return None if file != address and not Path(file).exists() else open_storage(address)


def compared(
    old: Definitions,
    new: Definitions,
    data: str,
    settings: Settings,
    *,
    language: Language = "en",
    progress: Progress = quiet,
) -> DiffReport:
    """What changed from `old` to `new`, and what that does to the numbers of `data`, or of the data that belongs to them.

    Raises:
        DefinitionError: when either has errors.
        UserError: when something cannot be read.
    """
    old.sound()
    new.sound()
    source = source_of(data, settings.people) if data else new.source or old.source
    if source is None:
        return diff(old.loaded, new.loaded)
    segments = saved_segments(source, settings)
    with opened(source, [old, new], settings, progress) as found:
        engine = WithoutStoredTags(found.engine)
        sides = (_side(old, engine, segments), _side(new, engine, segments))
        report = diff(old.loaded, new.loaded, sides, segments)
        if not any(change.kind != "sample" for change in report.changes):
            return report
        answers = [_answers(one, engine, source, settings, language) for one in (old, new)]
        return replace(report, questions=_different(answers[0], answers[1]))


def _side(definitions: Definitions, engine: Engine, segments: Mapping[str, Audience]) -> Side:
    index = ModelIndex(definitions.loaded.model)
    return Side(index=index, layer=Data(index, engine).layer(SegmentsInMemory(segments)))


def _answers(
    definitions: Definitions, engine: Engine, source: DataSource, settings: Settings, language: Language
) -> Mapping[str, Reply]:
    """What is answered to each sample question; audited nowhere."""
    index = ModelIndex(definitions.loaded.model)
    segments = segments_in(_state(settings) or open_storage(), source)
    layer = SemanticLayer(index, definitions.policy, engine, Data(index, engine).as_of, segments)
    around = Around(segments=segments, audit=sql_audit(open_storage()), feedback=FeedbackInMemory(), progress=quiet)
    offline = settings.model_copy(
        update={"mode": "offline"}
    )  # what a model makes of a question is no change of definitions
    resources, user = resources_over(layer, around, offline, source)
    assistant = Assistant(resources, user=user)
    questions = [sample.text.in_(language) for sample in index.model.samples]
    return {text: _first(assistant, text) for text in questions}


def _first(assistant: Assistant, text: str) -> Reply:
    """The reply with its number; portraits and follow-ups, which come later, are not waited for."""
    return next(event.reply for event in assistant.stream(text) if isinstance(event, Finished))


def _different(before: Mapping[str, Reply], after: Mapping[str, Reply]) -> tuple[QuestionShift, ...]:
    return tuple(
        QuestionShift(question=question, before=_said(before[question]), after=_said(reply))
        for question, reply in after.items()
        if question in before and _substance(before[question]) != _substance(reply)
    )


def _substance(reply: Reply) -> object:
    """What makes two replies the same: what is said, and the table."""
    return _said(reply), reply.table.rows if isinstance(reply, Answer) and reply.table is not None else None


def _said(reply: Reply) -> str:
    match reply:
        case Answer():
            return reply.text
        case Clarification():
            return reply.question
        case Refusal():
            return reply.reason
        case _:
            assert_never(reply)
