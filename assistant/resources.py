"""Everything that a reply is made from, handed around as one frozen value; bootstrap fills it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from assistant.interpreters.base import Interpreter, Note
from assistant.interpreters.cascade import Cascade, Read, nobody_read
from assistant.language_model import LanguageModel
from assistant.memory.memory import Memory
from assistant.observability.audit import AuditStore
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Language
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import User
from semantic_layer.query.plan import Plan
from semantic_layer.vocabulary.mixed import MixedRanking
from semantic_layer.vocabulary.vocabulary import Vocabulary
from tools.boards.room import BoardRoom
from tools.campaigns.desk import CampaignDesk
from tools.effect.effects import Effects
from tools.export.exporter import Exporter
from tools.models.book import ModelBook
from tools.segments.living import LivingSegments
from tools.segments.saved import SavedSegments


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The parts of one open data set. `now` is the wall clock, `seconds` a monotonic one, `new_id` gives fresh ids."""

    index: ModelIndex
    layer: SemanticLayer
    calendar: CompanyCalendar
    vocabulary: Vocabulary
    interpreter: Interpreter  # the rules alone, which read the same text the same way every time
    reader: Cascade  # whoever reads what people ask
    segments: SavedSegments
    exporter: Exporter
    audit: AuditStore
    memory: Memory
    now: Callable[[], datetime]
    seconds: Callable[[], float]
    new_id: Callable[[], str]
    exports: Path = Path("exports")  # where files for people are written
    source: str = ""  # id of the data set
    ranking: MixedRanking | None = None  # of the vocabulary by meaning
    model: LanguageModel | None = None  # what reads questions that the rules cannot, when one is set
    cases: Path | None = None  # where its own evaluation cases stand
    living: LivingSegments | None = None  # what watches the saved segments
    campaigns: CampaignDesk | None = None  # where campaigns are planned, approved and sent
    effects: Effects | None = None  # what campaigns did
    boards: BoardRoom | None = None  # where answers are kept
    models: ModelBook | None = None

    @property
    def as_of(self) -> date:
        return self.calendar.as_of

    @property
    def currency(self) -> str:
        return self.index.model.conventions.currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question on its way to a reply: who asked what, in which language, and the plan it was read as."""

    text: str
    language: Language
    user: User
    plan: Plan
    notes: tuple[Note, ...] = ()
    read: Read = field(default_factory=nobody_read)
    cancel: Cancel | None = None
