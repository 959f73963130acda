"""The only place that wires parts: settings in, an open `Assistant` out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from assistant.acting import RolesNow, acting_over, destinations_of, scored
from assistant.core import Assistant
from assistant.datasets import DataSource, source_of
from assistant.interpreters.base import Context
from assistant.interpreters.grammar.interpreter import GrammarInterpreter
from assistant.language_model import ModelHost, host_of
from assistant.memory.sql_store import SqlFeedbackStore
from assistant.observability.audit import sql_audit
from assistant.observability.events import Observer
from assistant.observability.observed import ObservedAudit, observer_at
from assistant.opening_readers import Around, new_id, now, readers_over, reviewed_over, wordings_of
from assistant.resources import Resources
from assistant.settings import Settings
from assistant.sourced import SourcedData, SourcedSets
from semantic_layer.definitions import load_definitions
from semantic_layer.engines.base import Cancel
from semantic_layer.engines.duckdb import DuckDBEngine
from semantic_layer.errors import UserError
from semantic_layer.ingestion.tags import materialise_tags
from semantic_layer.layer import SemanticLayer, latest_day
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import SemanticModel
from semantic_layer.policy.types import Limits, Policy, User
from semantic_layer.vocabulary.encoders import Encoder
from semantic_layer.vocabulary.meaning import open_meaning
from semantic_layer.vocabulary.vector import UseEncoder
from semantic_layer.vocabulary.vocabulary import Vocabulary
from tools.destinations.registry import Destinations
from tools.export.exporter import Exporter
from tools.export.rosters import SqlRosters
from tools.segments.membership_store import SqlMembershipStore
from tools.segments.saved import SavedSegments
from tools.segments.store import SqlSegmentStore
from tools.storage import Storage, open_storage

Progress = Callable[[str, int, int], None]
FILES = "files"  # below the home of a data set without sources: what people upload to draft from
MOST_VALUES = 20_000  # distinct values of one field that join the vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all data sets of one process have in common: application state, who watches, and the one model server."""

    storage: Storage
    observer: Observer
    host: ModelHost | None = None
    sets: SourcedSets = field(default_factory=SourcedSets)
    destinations: Destinations = field(default_factory=lambda: Destinations(()))
    roles_now: RolesNow | None = None

    def sourced_of(self, source: DataSource, settings: Settings) -> SourcedData:
        """A data set as its owners work on it. Where no sources fill it, there is a folder for files to draft from."""
        home = settings.home / source.id
        company = source.company(home) or home / FILES
        return self.sets.of(definitions=source.definitions, company=company, home=home, settings=settings)

    def close(self) -> None:
        """Hand on what is still to be told, and let the databases go."""
        self.sets.close()
        self.destinations.close()
        self.observer.close()
        self.storage.dispose()


def share(settings: Settings) -> Shared:
    """What the settings describe. Raises `DataError` when the application database or the collector has no such address, or
    destinations are described wrongly.
    """
    host = None if settings.mode == "offline" else host_of(settings)
    storage = open_storage(settings.address_of_state())
    return Shared(
        storage=storage,
        observer=observer_at(settings.otel_url),
        host=host,
        destinations=destinations_of(settings, storage),
    )


def quiet(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def prepare_data(settings: Settings, *, progress: Progress = quiet, anew: bool = False) -> Path:
    """The snapshot of the data set, built when it is missing, when definitions changed, or `anew`."""
    source = source_of(settings.data, settings.people)
    model, _ = load_definitions(source.definitions)
    if source.company(settings.home / source.id) is None:
        return _snapshot(source, model, settings, progress, anew=anew)
    sets = SourcedSets()
    home = settings.home / source.id
    source.make_ready(home, progress)
    sourced = sets.of(
        definitions=source.definitions, company=source.company(home) or home, home=home, settings=settings
    )
    if anew:
        sourced.house.load((), by=settings.user, progress=progress, cancel=Cancel())
    engine = sourced.engine(Limits(), progress=progress)
    engine.close()
    return engine.path


def open_assistant(settings: Settings, *, progress: Progress = quiet, shared: Shared | None = None) -> Assistant:
    """Open one data set for asking; raises as `open_resources` does."""
    resources, user = open_resources(settings, progress=progress, shared=shared)
    return Assistant(resources, user=user)


def open_resources(
    settings: Settings, *, progress: Progress = quiet, shared: Shared | None = None, by_meaning: bool = True
) -> tuple[Resources, User]:
    """The parts of one data set, and the person at this machine. Whoever opens several gives them what they share; whoever
    asks no questions saves seconds without `by_meaning`.

    Raises:
        DefinitionError: with every fault of the definitions.
        DataError: when data is missing, damaged, or cannot be written.
    """
    source = source_of(settings.data, settings.people)
    model, policy = load_definitions(source.definitions)
    shared = shared or share(settings)
    engine = _engine(source, model, settings, limits_of(settings, policy), shared, progress)
    index = ModelIndex(scored(model, shared.storage, source.id))
    segments = segments_in(shared.storage, source)
    layer = SemanticLayer(index, policy, engine, latest_day(index, engine), segments)
    around = Around(
        segments=segments,
        audit=ObservedAudit(sql_audit(shared.storage), shared.observer),
        feedback=SqlFeedbackStore(shared.storage),
        rosters=SqlRosters(shared.storage),
        progress=progress,
        host=shared.host,
    )
    resources, user = resources_over(layer, around, settings, source, by_meaning=by_meaning)
    acting = acting_over(
        layer,
        segments,
        shared.storage,
        source.id,
        layer_under=lambda other: SemanticLayer(index, other, engine, layer.as_of, segments),
        destinations=shared.destinations,
        workspace_id=settings.data,
        roles_now=shared.roles_now,
    )
    whole = replace(
        resources,
        living=acting.living,
        models=acting.models,
        campaigns=acting.campaigns,
        effects=acting.effects,
        boards=acting.boards,
    )
    return whole, user


def _engine(
    source: DataSource,
    model: SemanticModel,
    settings: Settings,
    limits: Limits,
    shared: Shared,
    progress: Progress,
) -> DuckDBEngine:
    if source.company(settings.home / source.id) is None:
        return DuckDBEngine(_snapshot(source, model, settings, progress), limits)
    source.make_ready(settings.home / source.id, progress)
    return shared.sourced_of(source, settings).engine(limits, progress=progress)


def segments_in(storage: Storage, source: DataSource) -> SavedSegments:
    """The saved segments of a data set."""
    return SavedSegments(
        SqlSegmentStore(storage), source.id, clock=now, new_id=new_id, lists=SqlMembershipStore(storage, source.id)
    )


def resources_over(
    layer: SemanticLayer, around: Around, settings: Settings, source: DataSource, *, by_meaning: bool = False
) -> tuple[Resources, User]:
    """The parts around an open layer, and the person at this machine. The vocabulary is ranked by letters alone unless
    `by_meaning`.
    """
    index = layer.index

    def layer_under(other: Policy) -> SemanticLayer:
        return SemanticLayer(index, other, layer.engine, layer.as_of, around.segments)

    user = User(name=settings.user, roles=(settings.role,))
    vocabulary = Vocabulary.build(index, _values(layer, user))
    folder = settings.home / source.id / "meaning"
    reviewed = reviewed_over(layer, settings, source)
    ranking = open_meaning(
        index,
        vocabulary,
        folder,
        encoder_of(settings) if by_meaning else None,
        seconds=time.perf_counter,
        extra=wordings_of(reviewed),
        progress=lambda done, of: around.progress("vocabulary", done, of),
    )
    vocabulary = vocabulary.suggesting(ranking)
    grammar = GrammarInterpreter(vocabulary, index, layer.calendar)
    readers = readers_over(layer, grammar, vocabulary, ranking, around, settings, source, reviewed)
    resources = Resources(
        index=index,
        layer=layer,
        calendar=layer.calendar,
        vocabulary=vocabulary,
        interpreter=grammar,
        reader=readers.cascade,
        segments=around.segments,
        exporter=Exporter(
            policy=layer.policy,
            proofs=around.audit,
            clock=now,
            new_id=new_id,
            layer_under=layer_under,
            rosters=around.rosters,
        ),
        audit=around.audit,
        memory=readers.memory,
        exports=settings.home / "exports",
        now=now,
        seconds=time.perf_counter,
        new_id=new_id,
        source=source.id,
        ranking=ranking,
        model=readers.model,
        cases=source.definitions.parent / "cases",
    )
    _warm(resources)
    return resources, user


def encoder_of(settings: Settings) -> Encoder:
    """What turns words into vectors: the built-in encoder, or the endpoint's when the settings name one."""
    if not settings.embedding_name:
        return UseEncoder()
    from assistant.interpreters.agent import EndpointEncoder  # noqa: PLC0415  # seconds to import

    try:
        return EndpointEncoder(settings)
    except UserError:  # `model check` says what is wrong with the endpoint
        return UseEncoder()


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
    building = folder / f".building_{new_id()}.duckdb"
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
