"""The workspace of real data sets: what `workspace.py` asks for, on open assistants. Draws nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from assistant.answer import Answer, Event, Reply, Section
from assistant.channels.live_segments import LiveSegments
from assistant.channels.workspace import (
    CatalogueEntry,
    Completion,
    Dataset,
    DefinitionCard,
    DefinitionKind,
    ExportColumn,
    ExportPart,
    ExportRequest,
    ModelStatus,
    PictureFormat,
    Purpose,
    WordSpan,
)
from assistant.conversation.typing import WordReader, complete
from assistant.core import Assistant
from assistant.memory.port import MemoryPort
from assistant.replies.meanings import CATEGORIES, Defined, definition_card, find, full_name, kind_of, search
from assistant.replies.origins import origins
from assistant.replies.restated import plan_text
from assistant.resources import Asked, Resources
from assistant.take import (
    Wanted,
    audience_of,
    names_people,
    people_columns,
    save_people,
    take_chart,
    take_people,
    take_table,
)
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import InvalidPlanError, Language, NotAllowedError, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Metric, Tag
from semantic_layer.policy.hidden import refuse_hidden
from semantic_layer.policy.rights import rights_of
from semantic_layer.policy.types import User
from semantic_layer.query.plan import Define, Plan
from semantic_layer.query.types import Audience
from tools.chart import render_svg
from tools.export.exporter import Exported
from tools.export.rights import purposes_of
from tools.segments.rights import who_of
from tools.segments.types import Segment

NO_MODEL = Text("没有接入模型", "no model is connected")
SAMPLES = 3
COMPLETIONS = 6


class LiveAssistant:
    """One open data set behind the port that channels know."""

    def __init__(self, assistant: Assistant, title: Text) -> None:
        self._assistant = assistant
        self._title = title
        self._segments = LiveSegments(assistant)
        resources = assistant.resources
        self._known: dict[str, ModelIndex] = {}  # what may be offered, by the digest of somebody's rights
        self._reader = WordReader(resources.vocabulary, resources.index, resources.calendar)

    @property
    def _resources(self) -> Resources:
        return self._assistant.resources

    @property
    def resources(self) -> Resources:
        """The parts behind the port, for those who wire further ports over them."""
        return self._assistant.resources

    def ask_once(self, question: str, user: User) -> Reply:
        """One question outside any conversation."""
        return self._assistant.ask(question, user=user)

    @property
    def title(self) -> Text:
        return self._title

    @property
    def as_of(self) -> date:
        return self._resources.as_of

    @property
    def currency(self) -> str:
        return self._resources.currency

    @property
    def segments(self) -> LiveSegments:
        return self._segments

    def new_conversation(self) -> str:
        return self._resources.new_id()

    @property
    def memory(self) -> MemoryPort:
        return self._resources.memory

    def identifies(self, field: str) -> bool:
        return self._resources.index.names_people(field)

    def model_status(self) -> ModelStatus:
        mode, model = self._resources.reader.mode, self._resources.model
        if model is None:
            return ModelStatus(mode=mode, ready=False, said=NO_MODEL)
        return ModelStatus(mode=mode, ready=model.ready, said=model.said())

    def stream(
        self, text: str, *, user: User, conversation: str, cancel: Cancel, ask_model: bool = False
    ) -> Iterator[Event]:
        return self._assistant.stream(text, user=user, conversation=conversation, cancel=cancel, ask_model=ask_model)

    def run_plan(
        self, plan: Plan, *, user: User, conversation: str, language: Language, cancel: Cancel
    ) -> Iterator[Event]:
        return self._assistant.stream_plan(plan, language=language, user=user, conversation=conversation, cancel=cancel)

    def look_back(self, answer: Answer, *, conversation: str) -> None:
        self._assistant.conversations.look_back(conversation, answer)

    def samples(self, language: Language) -> tuple[str, ...]:
        return tuple(sample.text.in_(language) for sample in self._resources.index.model.samples[:SAMPLES])

    def scope(self, language: Language) -> str:
        model = self._resources.index.model
        metrics = [m.words.label.in_(language) for m in model.metrics[:3]]
        tags = [t.words.label.in_(language) for t in model.tags[:3]]
        if language == "zh":
            return f"可以问{'、'.join(metrics)}等 {len(model.metrics)} 个指标，{'、'.join(tags)}等 {len(model.tags)} 个标签。"
        return f"Ask about {len(model.metrics)} metrics such as {', '.join(metrics)}, and {len(model.tags)} tags such as {', '.join(tags)}."

    def complete(self, text: str, language: Language, *, user: User | None = None) -> tuple[Completion, ...]:
        return tuple(
            Completion(text=found.text, hint=found.hint.in_(language))
            for found in complete(text, language, self._offered(user), COMPLETIONS)
        )

    def _offered(self, user: User | None) -> ModelIndex:
        """The definitions that may be offered to somebody; none to a person without a role."""
        layer, model = self._resources.layer, self._resources.index.model
        try:
            digest = rights_of(user, layer.policy).digest if user is not None else ""
        except NotAllowedError:
            return ModelIndex(replace(model, metrics=(), tags=(), dimensions=()))
        if digest not in self._known:
            self._known[digest] = ModelIndex(
                replace(
                    model,
                    metrics=tuple(one for one in model.metrics if layer.may_use(one.name, user)),
                    tags=tuple(one for one in model.tags if layer.may_use(one.qualified, user)),
                    dimensions=tuple(one for one in model.dimensions if layer.may_use(one.qualified, user)),
                )
            )
        return self._known[digest]

    def understood_spans(self, text: str) -> tuple[WordSpan, ...]:
        return tuple(WordSpan(start, end, known) for start, end, known in self._reader.spans(text))

    def restated(self, answer: Answer) -> str:
        return plan_text(answer.plan, self._resources.index, self._resources.calendar, answer.language)

    def origins(self, answer: Answer) -> tuple[tuple[str, str], ...]:
        return origins(answer, self._resources)

    def names_people(self, answer: Answer) -> bool:
        return names_people(answer, self._resources)

    def save_people(self, answer: Answer, name: str, *, user: User) -> str:
        return save_people(answer, name, self._resources, user).name

    def audience_of(self, answer: Answer) -> Audience | None:
        return audience_of(answer, self._resources)

    def export_columns(self, answer: Answer, part: ExportPart, *, user: User) -> tuple[ExportColumn, ...]:
        if part == "people":
            return self._people_columns(self._people(answer), user)
        columns = answer.table.columns if answer.table is not None else ()
        return tuple(ExportColumn(name=c.name, label=c.label, sensitivity=c.sensitivity) for c in columns)

    def export_answer(self, answer: Answer, part: ExportPart, request: ExportRequest, *, user: User) -> Path:
        wanted = self._wanted(part, request.format, request, user, answer.language)
        if part == "people":
            return take_people(self._people(answer), wanted, answer.plan, self._resources).path
        return take_table(answer.table, answer.plan, wanted, self._resources).path

    def segment_columns(self, name: str, *, user: User) -> tuple[ExportColumn, ...]:
        return self._people_columns(self._segment(name, user).people, user)

    def export_segment(self, name: str, request: ExportRequest, *, user: User) -> Path:
        segment = self._segment(name, user)
        wanted = self._wanted("segment", request.format, request, user, "zh")
        return self._written(take_people(segment.people, wanted, None, self._resources))

    def _segment(self, name: str, user: User) -> Segment:
        return self._resources.segments.named(name, who_of(user, self._resources.layer.policy))

    def export_purposes(self, *, user: User) -> tuple[Purpose, ...]:
        policy = self._resources.layer.policy
        allowed = purposes_of(policy, user)
        return tuple(Purpose(one.name, one.label) for one in policy.purpose_details if one.name in allowed)

    def chart_svg(self, answer: Answer, *, dark: bool) -> str:
        return "" if answer.chart is None else render_svg(answer.chart, dark=dark)

    def chart_file(self, answer: Answer, picture: PictureFormat, *, user: User) -> Path:
        wanted = self._wanted("chart", picture, ExportRequest(format="csv"), user, answer.language)
        return self._written(take_chart(answer, wanted, self._resources))

    def catalogue(
        self,
        search: str,
        kind: DefinitionKind | None,
        category: str | None,
        language: Language,
        *,
        user: User | None = None,
    ) -> tuple[CatalogueEntry, ...]:
        found = self._entries(search, kind, language, self._offered(user))
        return tuple(entry for entry in found if category is None or entry.category == category)

    def _entries(
        self, text: str, kind: DefinitionKind | None, language: Language, index: ModelIndex
    ) -> Iterator[CatalogueEntry]:
        for thing in search(index, text.strip(), kind):
            category = thing.category.value if isinstance(thing, Tag) else ""
            yield CatalogueEntry(
                name=full_name(thing),
                kind="metric" if isinstance(thing, Metric) else "tag" if isinstance(thing, Tag) else "dimension",
                label=thing.words.label.in_(language),
                summary=thing.words.description.in_(language),
                category=category,
                category_label=CATEGORIES[thing.category].in_(language) if isinstance(thing, Tag) else "",
            )

    def definition(self, name: str, language: Language, *, user: User | None = None) -> DefinitionCard:
        thing = find(self._resources.index, name)
        if not self._resources.layer.may_use(full_name(thing), user):
            refuse_hidden([full_name(thing)])
        if user is None:
            return DefinitionCard(section=_in_words(thing, language))
        asked = Asked(text="", language=language, user=user, plan=Plan((Define(name),)))
        label = thing.words.label.in_(language)
        zh = language == "zh"
        match thing:
            case Metric():
                question = f"{label}是多少？" if zh else f"What is {label}?"
            case Tag():
                question = f"各{label}的客户数" if zh else f"Customers by {label}"
            case _:
                question = f"按{label}看客户数" if zh else f"Customers by {label}"
        card = definition_card(thing, asked, self._resources)
        return DefinitionCard(section=card, question=question if self._can_ask(question) else "")

    def _can_ask(self, question: str) -> bool:
        return self._assistant.understands(question)

    def _people(self, answer: Answer) -> Audience:
        audience = audience_of(answer, self._resources)
        if audience is None:
            raise InvalidPlanError(
                Text(
                    "这个回答不是一群人，没有名单可以导出。",
                    "This answer is not about people; there is no list to take away.",
                )
            )
        return audience

    def _people_columns(self, audience: Audience, user: User) -> tuple[ExportColumn, ...]:
        columns = people_columns(audience, user, self._resources)
        return tuple(ExportColumn(name=c.name, label=c.label, sensitivity=c.sensitivity) for c in columns)

    def _wanted(self, stem: str, ending: str, request: ExportRequest, user: User, language: Language) -> Wanted:
        self._resources.exports.mkdir(parents=True, exist_ok=True)
        name = f"{stem}_{self._resources.as_of:%Y%m%d}_{self._resources.new_id()[:6]}.{ending}"
        return Wanted(
            target=self._resources.exports / name,
            user=user,
            purpose=request.purpose,
            columns=request.columns,
            language=language,
            bom=request.bom,
        )

    def _written(self, done: Exported) -> Path:
        return done.path


def _in_words(thing: Defined, language: Language) -> Section:
    """What a name means, for somebody of whom nothing is known: no figure about the data."""
    kind, meaning = (Text("类型", "Kind"), Text("含义", "Meaning"))
    lines = (
        (kind.in_(language), kind_of(thing).in_(language)),
        (meaning.in_(language), thing.words.description.in_(language)),
    )
    return Section(title=thing.words.label.in_(language), lines=tuple(line for line in lines if line[1]))


class LiveWorkspace:
    """All data sets of an installation, each opened when it is first looked at."""

    def __init__(self, datasets: tuple[Dataset, ...], open_dataset: Callable[[str], Assistant]) -> None:
        self._datasets = datasets
        self._open = open_dataset
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._opened: dict[str, LiveAssistant] = {}

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        return self._datasets

    def assistant(self, dataset: str) -> LiveAssistant:
        if dataset in self._opened:
            return self._opened[dataset]
        with self._lock_of(dataset):
            if dataset not in self._opened:
                self._opened[dataset] = self._made(dataset)
            return self._opened[dataset]

    def add(self, dataset: Dataset) -> None:
        """Offer one more data set; one of the same id is kept as it is."""
        with self._guard:
            if dataset.id not in {one.id for one in self._datasets}:
                self._datasets = (*self._datasets, dataset)

    def opened(self) -> tuple[str, ...]:
        """The data sets that are open."""
        return tuple(self._opened)

    def reopen(self, dataset: str) -> None:
        """Open a data set anew when its data or definitions have changed. Who asks meanwhile is answered by what was open;
        when it cannot be opened, that stays. Raises as opening does.
        """
        if dataset not in self._opened:
            return
        with self._lock_of(dataset):
            self._opened[dataset] = self._made(dataset)

    def _made(self, dataset: str) -> LiveAssistant:
        title = next(one.title for one in self._datasets if one.id == dataset)
        return LiveAssistant(self._open(dataset), title)

    def _lock_of(self, dataset: str) -> threading.Lock:
        """Opening one keeps nobody from the others. Raises `KeyError` for one that is not offered."""
        with self._guard:
            if dataset not in {one.id for one in self._datasets}:
                raise KeyError(dataset)
            return self._locks.setdefault(dataset, threading.Lock())
