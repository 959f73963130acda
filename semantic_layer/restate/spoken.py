"""A plan in words, Chinese or English, as pieces that stand for its parts. The words read back as the same plan.

Limits: times far from the present in units without a name, and orders by a grouping, are said but may not read back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.acts import Act
from semantic_layer.query.plan import (
    Became,
    Card,
    Catalogue,
    ChartKind,
    Define,
    Explain,
    Export,
    Funnel,
    ListPeople,
    Overlap,
    Pin,
    Plan,
    Profile,
    Retention,
    SaveSegment,
    Step,
    WhyMember,
)
from semantic_layer.query.predicate import Did, HasMetric, Predicate, Ranked, conjuncts
from semantic_layer.query.time import Against, Aligned, CompareTo, Comparison
from semantic_layer.query.types import Audience, ByField, Grouping, Order, Query
from semantic_layer.restate.moments import MomentWords
from semantic_layer.restate.pieces import Piece, PieceKind
from semantic_layer.restate.spoken_acts import RHYTHMS, ActWords
from semantic_layer.restate.spoken_conditions import ConditionWords, spoken
from semantic_layer.restate.spoken_names import Names
from semantic_layer.restate.spoken_steps import StepWords

_CHARTS = {
    ChartKind.LINE: Text("折线图", "line chart"),
    ChartKind.AREA: Text("面积图", "area chart"),
    ChartKind.BAR: Text("条形图", "horizontal bar chart"),
    ChartKind.COLUMN: Text("柱状图", "bar chart"),
    ChartKind.PIE: Text("饼图", "pie chart"),
    ChartKind.STACKED: Text("堆叠图", "stacked bar chart"),
    ChartKind.SCATTER: Text("散点图", "scatter plot"),
    ChartKind.HEATMAP: Text("热力图", "heat map"),
    ChartKind.VENN: Text("韦恩图", "Venn diagram"),
    ChartKind.NONE: Text("不要图", "no chart"),
}
_COMPARED = {
    Comparison.PERIOD_BEFORE: Text("环比", "compared with the previous period"),
    Comparison.YEAR_BEFORE: Text("同比", "year over year"),
    Comparison.YEAR_BEFORE_WEEKDAY: Text("同比(按星期对齐)", "year over year aligned by weekday"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    text: str
    pieces: tuple[Piece, ...]


def restate(plan: Plan, index: ModelIndex, calendar: CompanyCalendar, language: Language) -> Restatement:
    """The plan in words. `pieces` are in the order in which they are said."""
    writer = _Writer(index, calendar, language)
    texts: list[str] = []
    pieces: list[Piece] = []
    for number, step in enumerate(plan.steps):
        text, found = writer.step(step, number)
        texts.append(text)
        pieces.extend(found)
    if plan.chart is not None and plan.chart in _CHARTS:
        said = _CHARTS[plan.chart].in_(language)
        texts.append(said)
        pieces.append(Piece(kind="chart", text=said, part=plan.chart, step=len(plan.steps) - 1))
    return Restatement(text=writer.comma.join(texts), pieces=tuple(pieces))


class _Writer:
    def __init__(self, index: ModelIndex, calendar: CompanyCalendar, language: Language) -> None:
        self._index = index
        self._calendar = calendar
        self._language: Language = language
        self._names = Names(index, language)
        self._conditions = ConditionWords(index, calendar, language)
        self._steps = StepWords(index, calendar, language, self._conditions)
        self._acts = ActWords(index, calendar, language, self._conditions, self._people)
        self.comma = "，" if language == "zh" else ", "

    def step(self, step: Step, number: int) -> tuple[str, tuple[Piece, ...]]:  # noqa: C901  # one arm for each kind
        if isinstance(step, Act):
            return self._acts.say(step, number)
        match step:
            case Query():
                return self._query(step, number)
            case ListPeople(audience=audience):
                return self._people(audience, number)
            case Profile(audience=audience, base=base):
                return self._profile(audience, base, number)
            case Overlap(audiences=audiences):
                return self._overlap(audiences, number)
            case WhyMember(key=key, audience=audience):
                return self._why(key, audience, number)
            case SaveSegment(name=name, audience=audience):
                said, pieces = self._people(audience, number)
                return self._text(f"把{said}保存成“{name}”", f'save {said} as "{name}"'), pieces
            case Export():
                return self._export(step, number)
            case Card() | Define() | Catalogue():
                return self._about(step, number)
            case Retention() | Funnel() | Explain() | Became():
                return self._special(step, number)
            case Pin():
                return self._pin(step, number)

    def _pin(self, step: Pin, number: int) -> tuple[str, tuple[Piece, ...]]:
        said = [self.step(one, number) for one in step.steps]
        what = self.comma.join(text for text, _ in said)
        board = (
            self._text(f"看板“{step.board}”", f'board "{step.board}"')
            if step.board
            else self._text("我的看板", "my board")
        )
        text = self._text(f"把{what}固定到{board}", f"pin to {board}: {what}")
        if step.every is not None:
            text = self.comma.join((text, RHYTHMS[step.every].in_(self._language)))
        return text, tuple(piece for _, pieces in said for piece in pieces)

    def _special(self, step: Retention | Funnel | Explain | Became, number: int) -> tuple[str, tuple[Piece, ...]]:
        match step:
            case Retention():
                return self._steps.retention(step, number)
            case Funnel():
                return self._steps.funnel(step, number)
            case Explain():
                return self._steps.explain(step, number, self._compared(step.compare_to))
            case Became():
                return self._steps.became(step, number)

    # ---- people

    def _people(self, audience: Audience, number: int) -> tuple[str, tuple[Piece, ...]]:
        pieces = tuple(self._where(audience.where, number))
        subject = Piece(kind="subject", text=self._names.entity(audience.entity), part=audience.entity, step=number)
        return self._described(pieces, subject), (subject, *pieces)

    def _described(self, pieces: tuple[Piece, ...], subject: Piece) -> str:
        if not pieces:
            return self._text(f"全部{subject.text}", f"all {_plural(subject.text)}")
        said = [p.text for p in pieces]
        return self._text(f"{'且'.join(said)}的{subject.text}", f"{_plural(subject.text)} where {' and '.join(said)}")

    def _where(self, where: Predicate | None, number: int) -> Iterator[Piece]:
        parts = conjuncts(where)
        windows = any(_window(part) for part in parts)
        for part in parts:
            yield Piece(kind="condition", text=self._conditions.say(part, windows=windows), part=part, step=number)

    def _profile(self, audience: Audience, base: Audience | None, number: int) -> tuple[str, tuple[Piece, ...]]:
        said, pieces = self._people(audience, number)
        if base is None:
            return self._text(f"{said}的画像", f"profile of {said}"), pieces
        other, more = self._people(base, number)
        text = self._text(f"{said}和{other}有什么不同", f"difference between {said} and {other}")
        return text, (*pieces, *more)

    def _overlap(self, audiences: tuple[Audience, ...], number: int) -> tuple[str, tuple[Piece, ...]]:
        described = [self._people(a, number) for a in audiences]
        pieces = tuple(piece for _, found in described for piece in found)
        said = self._text("和", " and ").join(text for text, _ in described)
        return self._text(f"{said}的重合", f"overlap between {said}"), pieces

    def _why(self, key: str, audience: Audience, number: int) -> tuple[str, tuple[Piece, ...]]:
        pieces = tuple(self._where(audience.where, number))
        said = self._text("且", " and ").join(p.text for p in pieces)
        person = self._names.entity(self._index.model.customer_entity)
        return self._text(f"为什么{person} {key} 不是({said})", f"why is {person} {key} not ({said})"), pieces

    def _export(self, step: Export, number: int) -> tuple[str, tuple[Piece, ...]]:
        if step.audience is not None:
            said, pieces = self._people(step.audience, number)
        elif step.query is not None:
            said, pieces = self._query(step.query, number)
        else:
            said, pieces = "", ()
        return self._text(f"导出{said}", f"export {said}").strip(), pieces

    def _about(self, step: Card | Define | Catalogue, number: int) -> tuple[str, tuple[Piece, ...]]:
        match step:
            case Card(key=key):
                person = self._names.entity(self._index.model.customer_entity)
                text = self._text(f"{person} {key} 的画像", f"profile of {person} {key}")
                return text, (Piece(kind="subject", text=text, part=key, step=number),)
            case Define(name=name):
                known = self._names.metric(name) if self._index.has_metric(name) else self._names.field(name)
                text = self._text(f"什么是{known}", f"definition of {known}")
                return text, (Piece(kind="subject", text=text, part=name, step=number),)
            case Catalogue():
                text = self._catalogue(step)
                return text, (Piece(kind="subject", text=text, part=step.topic, step=number),)

    def _catalogue(self, step: Catalogue) -> str:
        kinds = {
            "tag": Text("标签", "tags"),
            "metric": Text("指标", "metrics"),
            "dimension": Text("维度", "dimensions"),
            "segment": Text("人群", "segments"),
            "campaign": Text("活动", "campaigns"),
            "model": Text("模型", "models"),
            "board": Text("看板", "boards"),
        }
        kind = (
            kinds[step.kind].in_(self._language) if step.kind in kinds else self._text("标签和指标", "tags and metrics")
        )
        topic = self._names.field(step.topic) if step.topic and self._index.has_field(step.topic) else step.topic or ""
        return self._text(
            f"有哪些关于{topic}的{kind}" if topic else f"有哪些{kind}",
            f"which {topic} {kind}" if topic else f"which {kind}",
        )

    # ---- numbers

    def _values(self, query: Query, number: int) -> tuple[str, tuple[Piece, ...]]:
        """Which values there are."""
        pieces = tuple(
            Piece(kind="group", text=self._names.field(group.field), part=group, step=number)
            for group in query.by
            if isinstance(group, ByField)
        )
        said = self._text("、", " and ").join(piece.text for piece in pieces)
        return self._text(f"有哪些{said}", f"which {said} are there"), pieces

    def _query(self, query: Query, number: int) -> tuple[str, tuple[Piece, ...]]:
        if not query.metrics:
            return self._values(query, number)
        conditions = tuple(self._where(query.where, number))
        metrics = tuple(Piece(kind="metric", text=self._names.metric(m), part=m, step=number) for m in query.metrics)
        rest = tuple(self._rest(query, number))
        head = self._text("、", " and ").join(p.text for p in metrics)
        if conditions:
            said = self._text("且", " and ").join(p.text for p in conditions)
            person = self._names.entity(self._index.model.customer_entity)
            people = any(self._conditions.is_about_people(part) for part in conjuncts(query.where))
            subject = self._text(f"{said}的{person}的", f"for {_plural(person)} where {said}: ") if people else ""
            head = (subject or self._text(f"{said}的", f"where {said}: ")) + head
        return self.comma.join([head, *(p.text for p in rest if p.text)]), (*metrics, *conditions, *rest)

    def _rest(self, query: Query, number: int) -> Iterator[Piece]:
        for group in query.by:
            yield Piece(kind="group", text=self._grouping(group), part=group, step=number)
        for bound in query.having:
            said = self._conditions.metric_bound(bound.metric, bound.op, bound.value, bound.high)
            yield Piece(
                kind="condition", text=self._text(f"只保留分组{said}", f"groups with {said}"), part=bound, step=number
            )
        if query.time is not None:
            said = spoken(self._calendar.describe(query.time, self._language))
            yield Piece(kind="time", text=said, part=query.time, step=number)
        for compare in query.compare_to:
            yield Piece(kind="comparison", text=self._compared(compare), part=compare, step=number)
        if query.time is not None and not query.compare_to and not query.by and len(query.metrics) == 1:
            yield Piece(kind="comparison", text=self._text("不对比", "without comparison"), part=None, step=number)
        for order in query.order:
            yield Piece(kind="order", text=self._order(order), part=order, step=number)
        if query.limit is not None:
            yield Piece(
                kind="limit", text=self._text(f"前{query.limit}", f"first {query.limit}"), part=query.limit, step=number
            )
        if query.share:
            yield Piece(kind="share", text=self._text("占比", "share"), part=True, step=number)

    def _grouping(self, group: Grouping) -> str:
        return MomentWords(self._index.model, self._language, self._names.field).grouping(group)

    def _compared(self, compare: CompareTo) -> str:
        if isinstance(compare, Against):
            said = spoken(self._calendar.describe(compare.time, self._language))
            return self._text(f"对比{said}", f"compared with {said}")
        if isinstance(compare, Aligned):
            name = self._calendar.table.label(compare.festival).in_(self._language)
            return self._text(f"同比(按{name}对齐)", f"year over year aligned by {name}")
        return _COMPARED[compare].in_(self._language)

    def _order(self, order: Order) -> str:
        if order.what != "value":
            return self._text(
                "增长最多" if order.descending else "下降最多", "grew most" if order.descending else "fell most"
            )
        known = self._index.has_metric(order.by)
        name = (
            self._names.metric(order.by)
            if known
            else self._names.field(order.by)
            if self._index.has_field(order.by)
            else ""
        )
        return self._text(
            f"{name}{'从高到低' if order.descending else '从低到高'}",
            f"{name} {'from high to low' if order.descending else 'from low to high'}".strip(),
        )

    def _text(self, zh: str, en: str) -> str:
        return zh if self._language == "zh" else en


def _plural(noun: str) -> str:
    return noun if noun.endswith("s") else f"{noun}s"


def _window(predicate: Predicate) -> bool:
    return isinstance(predicate, (Did, HasMetric, Ranked)) and predicate.time is not None


__all__ = ["ByField", "Piece", "PieceKind", "Restatement", "restate"]
