"""A data set whose tables come from declared sources: its warehouse, the versions that people read, and events on their way."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from assistant.opening_readers import now
from assistant.settings import Settings
from assistant.stewardship.data_house import DataHouse
from assistant.stewardship.task_board import Progress
from semantic_layer.definitions import load_definitions
from semantic_layer.engines.base import Cancel
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import DataError, Text, UserError
from semantic_layer.ingestion.blueprint import Blueprint
from semantic_layer.ingestion.landing.intake import EventIntake
from semantic_layer.ingestion.pipeline import Pipeline, Surroundings
from semantic_layer.ingestion.privacy.sealing import EncryptedValues, HashedValues, Sealer
from semantic_layer.ingestion.sources.types import SourceKind
from semantic_layer.ingestion.streaming import Stream
from semantic_layer.ingestion.tagging.book import TagBook
from semantic_layer.ingestion.tagging.refresh import TagRefresh
from semantic_layer.ingestion.tagging.schedule import plan_refresh
from semantic_layer.ingestion.tagging.versions import Versions
from semantic_layer.ingestion.warehouse import Warehouse
from semantic_layer.model.types import SemanticModel
from semantic_layer.policy.types import Limits

WAREHOUSE: Final = "warehouse.duckdb"
_PATIENCE: Final = 30.0  # seconds for a batch of events that is being published


class SourcedData:
    """One for each data set and process: the warehouse is open in one process at a time.

    `definitions` is the folder of the model, `company` the folder with the sources, `home` where data is kept.
    """

    def __init__(self, *, definitions: Path, company: Path, home: Path, settings: Settings) -> None:
        self._definitions = definitions
        self._settings = settings
        self._versions = Versions(home)
        self._listeners: list[Callable[[], None]] = []
        self._opening = threading.Lock()
        self._streaming: tuple[Cancel, threading.Thread] | None = None
        self._streams = ""  # what the stream's tags are made from
        self._intake: EventIntake | None = None
        self.warehouse = Warehouse(home / WAREHOUSE)
        around = Surroundings(now=now, variables=os.environ, secret=_secret(settings), sealer=sealer_of(settings))
        self.house = DataHouse(company, self.warehouse, around, self.model, self.publish, self.failed)

    def model(self) -> SemanticModel:
        """The definitions as they are now. Raises `DefinitionError`."""
        return load_definitions(self._definitions)[0]

    def engine(self, limits: Limits, *, progress: Progress) -> DuckDBEngine:
        """Open what is published; the first time, or after the definitions or the way of sealing changed, it is made before.

        Raises:
            DataError: when a source cannot be read at the first load, or the disk is full.
        """
        with self._opening:
            current = self._versions.current()
            if current is None:
                self.house.load((), by="qunxiang", progress=progress, cancel=Cancel())
            elif current.definition != self._made_from(self.model()):
                self.house.republish(match=False, progress=progress, cancel=Cancel())
        return DuckDBEngine.open_version(self._versions.folder, limits, sealer=self.house.around.sealer)

    def publish(self, pipeline: Pipeline, progress: Progress) -> None:
        """Make what the warehouse holds the version that people read, with all tags.

        Events are taken in until the moment from which on later ones are laid over the new version, so that each is in it.
        """

        def build(path: Path) -> None:
            pipeline.take_events()
            pipeline.publish(path, progress=progress)

        model = pipeline.blueprint.model
        outdated = self._streaming is not None and self._streams != self._made_from(model)
        if outdated:
            self._stop_stream()
        try:
            self._refresh(model).full(progress=progress, build=build)
        finally:
            if outdated:
                self.start_stream()
        for listener in tuple(self._listeners):
            listener()

    def on_published(self, listener: Callable[[], None]) -> None:
        """Tell `listener` after each publication of a load; events are published without."""
        self._listeners.append(listener)

    def failed(self, why: Text) -> None:
        """Note that a load failed, so that answers over the version that stays say so."""
        with suppress(UserError):  # the disk that is full for the data is full for the note
            self._versions.failed(now(), why)

    def tags_due(self) -> bool:
        """Whether a tag is due by the rhythm of its definition."""
        refresh = self._refresh(self.model())
        return bool(plan_refresh(refresh.book.model, now(), refresh.runs(), versions=refresh.book.versions))

    def refresh_tags(self, *, progress: Progress) -> None:
        """Compute all tags anew over the published rows, for the data's today."""
        self._refresh(self.model()).full(progress=progress)

    # --- events

    def intake(self) -> EventIntake:
        """Where events are sent. Raises `DataError` for a data set that declares no source of events."""
        names = [spec.name for spec in self.house.blueprint().specs if spec.kind is SourceKind.EVENTS]
        if not names:
            raise DataError(
                Text(
                    "这个数据集没有声明事件来源，不能接收事件。请在 sources/ 里加一个 kind: events 的来源。",
                    "This data set declares no source of events, so none are taken. Add a source of the kind events in sources/.",
                )
            )
        if self._intake is None:
            self._intake = EventIntake(
                self.warehouse, most_waiting=self._settings.events_waiting, now=now, sources=names
            )
        return self._intake

    def start_stream(self) -> bool:
        """Take events into the published version as they come, in a thread; whether there is a source of events."""
        blueprint = self.house.blueprint()
        if self._streaming is not None or not _has_events(blueprint):
            return self._streaming is not None
        stream = Stream(self.warehouse, self.intake(), blueprint, self._refresh(blueprint.model))
        stop = Cancel()
        thread = threading.Thread(target=stream.run, args=(stop,), name="events", daemon=True)
        thread.start()
        self._streaming, self._streams = (stop, thread), self._made_from(blueprint.model)
        return True

    def close(self) -> None:
        """Let the stream end and the warehouse go."""
        self._stop_stream()
        if self._intake is not None:
            self._intake.close()

    def _stop_stream(self) -> None:
        if self._streaming is not None:
            stop, thread = self._streaming
            stop.press()
            thread.join(timeout=_PATIENCE)
            self._streaming = None

    def _refresh(self, model: SemanticModel) -> TagRefresh:
        sealer = self.house.around.sealer
        return TagRefresh(self._versions, TagBook(model), clock=now, definition=self._made_from(model), sealer=sealer)

    def _made_from(self, model: SemanticModel) -> str:
        """The definitions and the way of sealing: a version that was made from others is made anew."""
        sealer = self.house.around.sealer
        if sealer is None:
            return model.version
        return f"{model.version}+{hashlib.sha256(sealer.seal(WAREHOUSE).encode()).hexdigest()[:12]}"


class SourcedSets:
    """All data sets of this process that have sources, each opened once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[Path, SourcedData] = {}

    def of(self, *, definitions: Path, company: Path, home: Path, settings: Settings) -> SourcedData:
        """The one that keeps its data in `home`."""
        with self._lock:
            if home not in self._open:
                self._open[home] = SourcedData(definitions=definitions, company=company, home=home, settings=settings)
            return self._open[home]

    def opened(self) -> Mapping[Path, SourcedData]:
        """Those that were opened, by where they keep their data."""
        with self._lock:
            return dict(self._open)

    def close(self) -> None:
        for one in self.opened().values():
            one.close()


def sealer_of(settings: Settings) -> Sealer | None:
    """How personal columns are sealed; `None` when they stand as they are. Raises `DataError` for a missing or short key."""
    match settings.at_rest:
        case "plain":
            return None
        case "hashed":
            return HashedValues(_key(settings))
        case "encrypted":
            return EncryptedValues(_key(settings))


def _key(settings: Settings) -> str:
    if settings.data_key_file is not None:
        try:
            return settings.data_key_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise DataError(
                Text(
                    f"读不到密钥文件「{settings.data_key_file}」：{error.strerror}。",
                    f"The key file {str(settings.data_key_file)!r} cannot be read: {error.strerror}.",
                )
            ) from error
    return settings.data_key.get_secret_value()


def _secret(settings: Settings) -> str:
    """What digests of deleted rows are made with: the key where one is set, else a word of this installation's folder."""
    return _key(settings) or str(settings.home.resolve())


def _has_events(blueprint: Blueprint) -> bool:
    return any(spec.kind is SourceKind.EVENTS for spec in blueprint.specs)
