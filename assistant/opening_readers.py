"""Who reads the questions of one open data set: the reviewed questions, the rules, and the language model of the settings."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from assistant.datasets import DataSource
from assistant.interpreters.cascade import Cascade
from assistant.interpreters.grammar.interpreter import GrammarInterpreter
from assistant.interpreters.llm.lookup_tools import LookUps
from assistant.interpreters.names import Names
from assistant.interpreters.proposals import Proposer
from assistant.interpreters.spans import Gaps
from assistant.language_model import LanguageModel, ModelHost, Over, host_of
from assistant.memory.checking import LayerCheck, everything
from assistant.memory.folders import ReviewedFolders
from assistant.memory.memory import Memory, Parts, names_near
from assistant.memory.reviewed import ReviewedStore
from assistant.memory.store import FeedbackStore
from assistant.observability.audit import AuditStore
from assistant.replies.restated import plan_text
from assistant.settings import Settings
from semantic_layer.errors import Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.query.plan import Plan
from semantic_layer.query.types import Query
from semantic_layer.vocabulary.mixed import MixedRanking
from semantic_layer.vocabulary.terms import MetricTerm, Term
from semantic_layer.vocabulary.vocabulary import Vocabulary
from tools.export.rosters import RostersInMemory, RosterStore
from tools.segments.saved import SavedSegments

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands around a layer: where people's work and words are kept."""

    segments: SavedSegments
    audit: AuditStore
    feedback: FeedbackStore
    progress: Progress
    rosters: RosterStore = field(default_factory=RostersInMemory)
    host: ModelHost | None = None  # shared with other data sets; one of its own when there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    cascade: Cascade
    memory: Memory
    model: LanguageModel | None


def reviewed_over(layer: SemanticLayer, settings: Settings, source: DataSource) -> ReviewedStore:
    """The reviewed questions of a data set, each used only while its plan holds."""
    folders = ReviewedFolders.of(source.definitions, settings.home, source.id)
    return ReviewedStore(folders, LayerCheck(layer, layer.index, everything(layer.policy)))


def wordings_of(reviewed: ReviewedStore) -> dict[Term, tuple[str, ...]]:
    """Reviewed questions as further texts of the metrics that their plans ask for."""
    texts: dict[Term, tuple[str, ...]] = {}
    for pair in reviewed.usable():
        for step in pair.plan.steps:
            for name in step.metrics if isinstance(step, Query) else ():
                texts[MetricTerm(name)] = (*texts.get(MetricTerm(name), ()), *pair.wordings())
    return texts


def readers_over(  # the one place where they meet
    layer: SemanticLayer,
    grammar: GrammarInterpreter,
    vocabulary: Vocabulary,
    ranking: MixedRanking,
    around: Around,
    settings: Settings,
    source: DataSource,
    reviewed: ReviewedStore,
) -> Readers:
    """All who may read a question, in the order in which they are asked."""
    index = layer.index
    memory = Memory(
        Parts(
            data_set=source.id,
            policy=layer.policy,
            reviewed=reviewed,
            store=around.feedback,
            audit=around.audit,
            interpreter=grammar,
            said=lambda plan, language: plan_text(plan, index, layer.calendar, language),
            near=names_near(index, ranking),
            clock=now,
            new_id=new_id,
        )
    )
    names, gaps = Names(index, ranking), Gaps(vocabulary, index, layer.calendar)

    def fault(plan: Plan) -> Text | None:
        found = reviewed.check.fault(plan)
        return None if found is None else found.reason

    model = None
    if settings.mode != "offline" and (settings.model_url or settings.model_file):
        over = Over(
            index=index,
            gaps=gaps,
            ranks=ranking,
            names=names,
            reads=grammar,
            examples=reviewed,
            faults=fault,
            look_ups=LookUps(index, names, layer.count),
            seconds=time.perf_counter,
        )
        host = around.host or host_of(settings)
        model = LanguageModel(settings, over, host.open_model, host.served)
        model.prepare()
    return Readers(
        cascade=Cascade(
            grammar,
            reviewed=reviewed,
            proposer=Proposer(grammar, names),
            gaps=gaps,
            model=model,
            mode=settings.mode,
        ),
        memory=memory,
        model=model,
    )


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return uuid.uuid4().hex
