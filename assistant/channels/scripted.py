"""A workspace that needs no data: the fake that ships with the seam. Deterministic, except that it takes a little time."""

# a fake takes what its protocol gives

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from assistant.answer import Answer, Event, Finished, Progress, Reply
from assistant.channels import scripted_answers as answers
from assistant.channels.scripted_memory import ScriptedReviews
from assistant.channels.scripted_segments import ScriptedSegments
from assistant.channels.workspace import (
    AssistantPort,
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
from assistant.interpreters.language import language_of
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, Language, Text, UnknownNameError, UserError
from semantic_layer.model.types import Sensitivity
from semantic_layer.policy.types import User
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.types import Audience
from semantic_layer.table import Table
from tools.chart import ChartSpec

KNOWN: Final = (
    "上海",
    "高价值",
    "客户",
    "流失风险",
    "销售额",
    "上个月",
    "大区",
    "Shanghai",
    "high-value",
    "sales",
    "region",
)
ENTRIES: Final[tuple[tuple[str, DefinitionKind, Text, str, Text], ...]] = (
    (
        "customer.high_value",
        "tag",
        Text("高价值客户", "High-value customers"),
        "lifecycle",
        Text("生命周期", "Lifecycle"),
    ),
    ("customer.churn_risk", "tag", Text("流失风险", "Churn risk"), "lifecycle", Text("生命周期", "Lifecycle")),
    (
        "customer.favourite_category",
        "tag",
        Text("品类偏好", "Favourite category"),
        "preference",
        Text("偏好", "Preference"),
    ),
    ("sales", "metric", Text("销售额", "Sales"), "", Text("", "")),
    ("repurchase_rate", "metric", Text("复购率", "Repurchase rate"), "", Text("", "")),
    ("customer.city", "dimension", Text("城市", "City"), "", Text("", "")),
)


@dataclass(slots=True)
class ScriptedAssistant:
    """Answers by the words in a question: 单价/price asks back, 诗/poem is declined, 慢/slow waits to be stopped.

    With a ready model every reply can be asked of it; a question with 久/long then waits to be stopped.
    """

    title: Text
    folder: Path
    note: Callable[[str], None]
    picture: Callable[[ChartSpec, bool], str]
    segments: ScriptedSegments
    memory: ScriptedReviews
    model: ModelStatus
    as_of: date = answers.AS_OF
    currency: str = "CNY"
    made: int = 0

    def new_conversation(self) -> str:
        self.made += 1
        return f"conversation-{self.made}"

    def identifies(self, field: str) -> bool:
        return field.endswith("member_no")

    def model_status(self) -> ModelStatus:
        return self.model

    def stream(
        self, text: str, *, user: User, conversation: str, cancel: Cancel, ask_model: bool = False
    ) -> Iterator[Event]:
        language = language_of(text)
        if ask_model:
            yield Progress(stage="understanding", label=Text("模型正在读题…", "The model is reading…").in_(language))
            self._wait(30.0 if "久" in text or "long" in text else 0.06, cancel)
        yield from self._work(30.0 if "慢" in text or "slow" in text else 0.06, language, cancel)
        reply = self._reply(text, language)
        if ask_model:
            reply = replace(reply, understood_by=answers.BY_MODEL)
            yield Finished(reply=replace(reply, read_by="model scripted-1") if isinstance(reply, Answer) else reply)
        else:
            yield Finished(reply=replace(reply, can_ask_model=self.model.ready))

    def run_plan(
        self, plan: Plan, *, user: User, conversation: str, language: Language, cancel: Cancel
    ) -> Iterator[Event]:
        yield from self._work(0.06, language, cancel)
        identifier = self._identifier()
        match plan.steps[0]:
            case ListPeople():
                yield Finished(reply=answers.audience(identifier, "", language))
            case _:
                yield Finished(reply=answers.sales(identifier, "", language, plan.chart))

    def look_back(self, answer: Answer, *, conversation: str) -> None:
        self.note(f"look back at {answer.id} in {conversation}")

    def samples(self, language: Language) -> tuple[str, ...]:
        if language == "zh":
            return (
                "上海有流失风险的高价值客户有哪些？",
                "上个月各大区销售额跟去年同期比",
                "最近三个月活跃且单价超过500的女性客户",
            )
        return (
            "Which high-value customers in Shanghai are at churn risk?",
            "Sales by region last month against the same month last year",
            "Female customers with a unit price above 500",
        )

    def scope(self, language: Language) -> str:
        zh = "可以问客户、订单、标签和活动：多少人、是谁、为什么、怎么变化。"
        return Text(zh, "Ask about customers, orders, tags and campaigns: how many, who, why, what changed.").in_(
            language
        )

    def complete(self, text: str, language: Language, *, user: User | None = None) -> tuple[Completion, ...]:
        return tuple(Completion(text=s) for s in self.samples(language) if s.startswith(text) and s != text)

    def understood_spans(self, text: str) -> tuple[WordSpan, ...]:
        found = [(text.find(word), word) for word in KNOWN if word in text]
        return tuple(WordSpan(at, at + len(word), known=True) for at, word in sorted(found))

    def restated(self, answer: Answer) -> str:
        return " · ".join(chip.label for chip in answer.chips) or answers.plan_in_words(answer.plan, answer.language)

    def origins(self, answer: Answer) -> tuple[tuple[str, str], ...]:
        columns = answer.table.columns if answer.table is not None else ()
        return tuple((column.label.in_(answer.language), column.source) for column in columns)

    def names_people(self, answer: Answer) -> bool:
        return self.audience_of(answer) is not None

    def save_people(self, answer: Answer, name: str, *, user: User) -> str:
        audience = self.audience_of(answer)
        assert audience is not None
        return self.segments.save(audience, name, user=user).name

    def audience_of(self, answer: Answer) -> Audience | None:
        step = answer.plan.steps[0]
        return step.audience if isinstance(step, ListPeople) else None

    def export_columns(self, answer: Answer, part: ExportPart, *, user: User) -> tuple[ExportColumn, ...]:
        table = self._part(answer, part)
        return tuple(ExportColumn(name=c.name, label=c.label, sensitivity=c.sensitivity) for c in table.columns)

    def export_answer(self, answer: Answer, part: ExportPart, request: ExportRequest, *, user: User) -> Path:
        table = self._part(answer, part)
        rows = [[str(row[table.index(name)]) for name in request.columns] for row in table]
        return self._write(f"{part}.{request.format}", [list(request.columns), *rows], bom=request.bom)

    def segment_columns(self, name: str, *, user: User) -> tuple[ExportColumn, ...]:
        return (
            ExportColumn(name="customer_key", label=Text("客户编号", "Customer key")),
            ExportColumn(name="phone", label=Text("手机", "Phone"), sensitivity=Sensitivity.CONTACT),
        )

    def export_segment(self, name: str, request: ExportRequest, *, user: User) -> Path:
        return self._write(f"{name}.{request.format}", [list(request.columns)], bom=request.bom)

    def export_purposes(self, *, user: User) -> tuple[Purpose, ...]:
        return (Purpose("win-back SMS", Text("挽回短信", "win-back SMS")),)

    def chart_svg(self, answer: Answer, *, dark: bool) -> str:
        return self.picture(answer.chart, dark) if answer.chart is not None else ""

    def chart_file(self, answer: Answer, picture: PictureFormat, *, user: User) -> Path:
        path = self.folder / f"chart.{picture}"
        path.write_text(self.chart_svg(answer, dark=False), encoding="utf-8")
        return path

    def catalogue(
        self,
        search: str,
        kind: DefinitionKind | None,
        category: str | None,
        language: Language,
        *,
        user: User | None = None,
    ) -> tuple[CatalogueEntry, ...]:
        entries = (
            CatalogueEntry(
                name=name, kind=of, label=label.in_(language), summary=f"{label.zh} {label.en}", category=group,
                category_label=group_label.in_(language),
            )
            for name, of, label, group, group_label in ENTRIES
        )  # fmt: skip
        return tuple(
            entry
            for entry in entries
            if search.casefold() in f"{entry.summary} {entry.name}".casefold()
            and kind in (None, entry.kind)
            and category in (None, entry.category)
        )

    def definition(self, name: str, language: Language, *, user: User | None = None) -> DefinitionCard:
        label = next((label for known, _, label, _, _ in ENTRIES if known == name), None)
        if label is None:
            raise UnknownNameError(Text("定义", "definition"), name)
        question = Text(f"有多少{label.zh}？", f"How many {label.en}?").in_(language)
        return DefinitionCard(section=answers.card(label.in_(language), language), question=question)

    def _reply(self, text: str, language: Language) -> Reply:
        identifier = self._identifier()
        for words, make in (
            (("单价", "price"), answers.clarification),
            (("诗", "poem"), answers.refusal),
            (("120",), answers.nobody),
            (("销售额", "ales"), answers.sales),
        ):
            if any(word in text for word in words):
                return make(identifier, text, language)
        return answers.audience(identifier, text, language)

    def _work(self, seconds: float, language: Language, cancel: Cancel) -> Iterator[Event]:
        yield Progress(stage="understanding", label=Text("理解问题…", "Understanding…").in_(language))
        yield Progress(stage="computing", label=Text("计算…", "Computing…").in_(language))
        self._wait(seconds, cancel)
        yield Progress(stage="drawing", label=Text("画图…", "Drawing…").in_(language))

    def _wait(self, seconds: float, cancel: Cancel) -> None:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if cancel.pressed:
                self.note("cancelled")
                raise CancelledError(Text("已停止。", "Stopped."))
            time.sleep(0.02)

    def _identifier(self) -> str:
        self.made += 1
        return f"answer-{self.made}"

    def _part(self, answer: Answer, part: ExportPart) -> Table:
        table = answer.people if part == "people" else answer.table
        if table is None:
            raise UserError(Text("这个回答没有可导出的内容。", "This answer has nothing to export."))
        return table

    def _write(self, name: str, rows: list[list[str]], *, bom: bool) -> Path:
        path = self.folder / name.replace("/", "_")
        with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return path


class ScriptedWorkspace:
    """Two data sets of ready-made answers: analysts may review the first, which has a model, but not the second.

    `note` hears what a real one would record.
    """

    def __init__(
        self, folder: Path, *, picture: Callable[[ChartSpec, bool], str], note: Callable[[str], None] = lambda _: None
    ) -> None:
        self._assistants: dict[str, AssistantPort] = {
            name: ScriptedAssistant(
                title=title,
                folder=folder,
                note=note,
                picture=picture,
                segments=ScriptedSegments(),
                memory=ScriptedReviews(reviewers=reviewers, note=note),
                model=model,
            )
            for name, title, reviewers, model in (
                ("retail", Text("青禾生活", "Qinghe Living"), ("analyst",), answers.MODEL),
                ("second", Text("第二数据集", "Second data set"), ("data_owner",), answers.NO_MODEL),
            )
        }

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        return tuple(Dataset(name, assistant.title) for name, assistant in self._assistants.items())

    def assistant(self, dataset: str) -> AssistantPort:
        return self._assistants[dataset]
