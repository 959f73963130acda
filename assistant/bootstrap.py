"""The only place that wires parts: settings in, an open `Assistant` out."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from assistant.core import Assistant
from assistant.datasets import DataSource, source_of
from assistant.interpreters.base import Context
from assistant.interpreters.grammar.interpreter import GrammarInterpreter
from assistant.observability.audit import AuditStore, sql_audit
from assistant.resources import Resources
from assistant.settings import Settings
from semantic_layer.definitions import load_definitions
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.ingestion.tags import materialise_tags
from semantic_layer.layer import SemanticLayer, latest_day
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import SemanticModel
from semantic_layer.policy.types import Limits, Policy, User
from semantic_layer.vocabulary.vocabulary import Vocabulary
from tools.export.exporter import Exporter
from tools.segments.saved import SavedSegments
from tools.segments.store import SqlSegmentStore
from tools.storage import Storage, open_storage

Progress = Callable[[str, int, int], None]
MOST_VALUES = 20_000  # distinct values of one field that join the vocabulary


def quiet(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def prepare_data(settings: Settings, *, progress: Progress = quiet, anew: bool = False) -> Path:
    """The snapshot of the data set, built when it is missing, when definitions changed, or `anew`."""
    source = source_of(settings.data, settings.people)
    model, _ = load_definitions(source.definitions)
    return _snapshot(source, model, settings, progress, anew=anew)


def open_assistant(settings: Settings, *, progress: Progress = quiet) -> Assistant:
    """Open one data set for asking; raises as `open_resources` does."""
    resources, user = open_resources(settings, progress=progress)
    return Assistant(resources, user=user)


def open_resources(settings: Settings, *, progress: Progress = quiet) -> tuple[Resources, User]:
    """The parts of one data set, and the person at this machine.

    Raises:
        DefinitionError: with every fault of the definitions.
        DataError: when data is missing, damaged, or cannot be written.
    """
    source = source_of(settings.data, settings.people)
    model, policy = load_definitions(source.definitions)
    snapshot = _snapshot(source, model, settings, progress)
    engine = DuckDBEngine(snapshot, limits_of(settings, policy))
    storage = open_storage(settings.address_of_state())
    index = ModelIndex(model)
    segments = segments_in(storage, source)
    layer = SemanticLayer(index, policy, engine, latest_day(index, engine), segments)
    return resources_over(layer, segments, sql_audit(storage), settings, source)


def segments_in(storage: Storage, source: DataSource) -> SavedSegments:
    """The saved segments of a data set."""
    return SavedSegments(SqlSegmentStore(storage), source.id, clock=_now, new_id=_new_id)


def resources_over(
    layer: SemanticLayer, segments: SavedSegments, audit: AuditStore, settings: Settings, source: DataSource
) -> tuple[Resources, User]:
    """The parts around an open layer, and the person at this machine."""
    index = layer.index

    def layer_under(other: Policy) -> SemanticLayer:
        return SemanticLayer(index, other, layer.engine, layer.as_of, segments)

    user = User(name=settings.user, roles=(settings.role,))
    vocabulary = Vocabulary.build(index, _values(layer, user))
    resources = Resources(
        index=index,
        layer=layer,
        calendar=layer.calendar,
        vocabulary=vocabulary,
        interpreter=GrammarInterpreter(vocabulary, index, layer.calendar),
        segments=segments,
        exporter=Exporter(policy=layer.policy, proofs=audit, clock=_now, new_id=_new_id, layer_under=layer_under),
        audit=audit,
        exports=settings.home / "exports",
        now=_now,
        seconds=time.perf_counter,
        new_id=_new_id,
        source=source.id,
        cases=source.definitions.parent / "cases",
    )
    _warm(resources)
    return resources, user


def _warm(resources: Resources) -> None:
    """Read one sample question: tables of characters and sounds load on first use, which nobody should wait for."""
    for sample in resources.index.model.samples[:1]:
        resources.interpreter.interpret(sample.text.zh, Context())
        resources.interpreter.interpret(sample.text.en, Context())


def limits_of(settings: Settings, policy: Policy) -> Limits:
    return Limits(
        seconds=settings.seconds, rows=policy.limits.rows, memory_mb=settings.memory_mb, threads=settings.threads
    )


def _snapshot(
    source: DataSource,
    model: SemanticModel,
    settings: Settings,
    progress: Progress,
    *,
    anew: bool = False,
) -> Path:
    """Build beside, then publish by renaming: nobody ever opens half a snapshot."""
    folder = settings.home / source.id
    target = folder / f"snapshot_{source.key}_{model.version[:12]}.duckdb"
    if target.exists() and not anew:
        return target
    folder.mkdir(parents=True, exist_ok=True)
    building = folder / f".building_{_new_id()}.duckdb"
    try:
        source.build(folder / f"sources_{source.key}", building, model, progress)
        materialise_tags(building, model, progress=progress)
        building.replace(target)
    finally:
        building.unlink(missing_ok=True)
    return target


def _values(layer: SemanticLayer, user: User) -> dict[str, tuple[tuple[str, int], ...]]:
    """Distinct values of the fields that join the vocabulary, most frequent first."""
    wanted = (d for d in layer.index.model.dimensions if d.index_values)
    return {
        d.qualified: tuple(
            (str(value), count)
            for value, count in layer.value_counts(d.qualified, user)[:MOST_VALUES]
            if value is not None
        )
        for d in wanted
    }


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return uuid.uuid4().hex
