"""Cohort tables, funnels, reasons for a change and histories in words that read back as the same step."""

from __future__ import annotations

from collections.abc import Iterator

from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.plan import Became, Explain, Funnel, Occurrence, Retention
from semantic_layer.query.predicate import Did, Predicate, conjuncts
from semantic_layer.query.time import TimeRange
from semantic_layer.query.types import ByField, ByTime
from semantic_layer.restate.moments import MomentWords
from semantic_layer.restate.pieces import Piece
from semantic_layer.restate.spoken_conditions import ConditionWords, spoken
from semantic_layer.restate.spoken_names import Names, length_words

Said = tuple[str, tuple[Piece, ...]]
_UNSAID_PERIODS = Retention.__dataclass_fields__["periods"].default
_UNSAID_WITHIN = Funnel.__dataclass_fields__["within"].default


class StepWords:
    """Words for these steps in one language."""

    def __init__(
        self, index: ModelIndex, calendar: CompanyCalendar, language: Language, conditions: ConditionWords
    ) -> None:
        self._index = index
        self._calendar = calendar
        self._language: Language = language
        self._names = Names(index, language)
        self._conditions = conditions

    # ---- cohort tables

    def retention(self, step: Retention, number: int) -> Said:
        where = tuple(self._where(step.where, number))
        subject = Piece(kind="subject", text=self._start(step), part=step.start, step=number)
        grouping = ByTime(step.grain)
        group = Piece(kind="group", text=self._grouping(grouping), part=grouping, step=number)
        rest = (group, *self._time(step.time, number))
        return self._row((self._with(where, subject.text, step.start), *(p.text for p in rest))), (
            subject,
            *where,
            *rest,
        )

    def _start(self, step: Retention) -> str:
        table = self._text("留存表", "retention table")
        if step.periods != _UNSAID_PERIODS:
            table = length_words(step.periods, step.grain).in_(self._language) + self._text("留存", " retention")
        if step.start.entity == self._index.model.customer_entity:
            return self._text(f"{self._names.registration()}后的{table}", f"{table} after {self._names.registration()}")
        done = self._conditions.say(Did(entity=step.start.entity, where=step.start.where))
        person = self._person()
        return self._text(f"{done}的{person}的{table}", f"{table} of {person}s who {done}")

    def _with(self, where: tuple[Piece, ...], said: str, start: Occurrence) -> str:
        """With conditions on the people; those who did something are described by it already."""
        if not where:
            return said
        who = self._text("且", " and ").join(p.text for p in where)
        if start.entity != self._index.model.customer_entity:
            return self._text(f"{who}且{said}", f"{said} and {who}")
        return self._text(f"{who}的{self._person()}{said}", f"{said} of {self._person()}s where {who}")

    # ---- funnels

    def funnel(self, step: Funnel, number: int) -> Said:
        steps = tuple(Piece(kind="subject", text=self._act(o), part=o, step=number) for o in step.steps)
        route = self._text("→", " → ").join(p.text for p in steps)
        where = tuple(self._where(step.where, number))
        others = (*self._within(step, number), *self._by((step.by,) if step.by else (), number))
        time = tuple(self._time(step.time, number))
        head = self._text(f"{route}的漏斗", f"funnel {route}")
        who = self._text("且", " and ").join(p.text for p in where)
        people = (self._text(f"{who}的{self._person()}", f"{self._person()}s where {who}"),) if where else ()
        when, more = tuple(p.text for p in time), tuple(p.text for p in others)
        # A time right behind "recently active" would be read as its window.
        row = (head, *people, *more, *when) if self._language == "zh" else (head, *when, *people, *more)
        return self._row(row), (*steps, *where, *others, *time)

    def _act(self, happened: Occurrence) -> str:
        if happened.entity == self._index.model.customer_entity:
            return self._names.registration()
        return self._conditions.say(Did(entity=happened.entity, where=happened.where))

    def _within(self, step: Funnel, number: int) -> Iterator[Piece]:
        if step.within != _UNSAID_WITHIN:
            said = length_words(*step.within).in_(self._language)
            yield Piece(kind="condition", text=self._text(f"{said}内", f"within {said}"), part=None, step=number)

    # ---- reasons

    def explain(self, step: Explain, number: int, compared: str) -> Said:
        metric = Piece(kind="metric", text=self._names.metric(step.metric), part=step.metric, step=number)
        where = tuple(self._where(step.where, number))
        comparison = Piece(kind="comparison", text=compared, part=step.compare_to, step=number)
        before = (*self._time(step.time, number), comparison)
        groups = tuple(self._by(step.by, number))
        said = metric.text
        tail: tuple[str, ...] = ()
        if where:
            who = self._text("且", " and ").join(p.text for p in where)
            people = any(self._conditions.is_about_people(p) for p in conjuncts(step.where))
            said = self._text(f"{who}的{self._person()}的{said}" if people else f"{who}的{said}", said)
            in_english = f"for {self._person()}s where {who}" if people else f"where {who}"
            tail = () if self._language == "zh" else (in_english,)
        head = self._text(f"为什么{said}变化", f"why did {said} change")
        row = (head, *(p.text for p in before), *tail, *(p.text for p in groups))
        return self._row(row), (metric, *where, *before, *groups)

    # ---- histories

    def became(self, step: Became, number: int) -> Said:
        what = Piece(kind="subject", text=self._conditions.say(step.what), part=step.what, step=number)
        if step.key is not None:
            zh = f"{step.key}什么时候{'不再是' if step.lost else '成为'}{what.text}"
            en = f"when did {step.key} {'stop being' if step.lost else 'become'} {what.text}"
            return self._text(zh, en), (what,)
        where, time = tuple(self._where(step.where, number)), tuple(self._time(step.time, number))
        when = time[0].text if time else ""
        others = "且".join(p.text for p in where)
        zh = (
            f"{when}{'不再是' if step.lost else '新成为'}{what.text}的{f'{others}的' if others else ''}{self._person()}"
        )
        other = f" where {' and '.join(p.text for p in where)}" if where else ""
        verb = "stopped being" if step.lost else "newly became"
        en = f"{self._person()}s{other} who {verb} {what.text} {when}".strip()
        return self._text(zh, en), (what, *where, *time)

    # ---- parts

    def _where(self, where: Predicate | None, number: int) -> Iterator[Piece]:
        parts = conjuncts(where)
        windows = any(getattr(part, "time", None) is not None for part in parts)
        for part in parts:
            yield Piece(kind="condition", text=self._conditions.say(part, windows=windows), part=part, step=number)

    def _by(self, fields: tuple[str, ...], number: int) -> Iterator[Piece]:
        for field in fields:
            grouping = ByField(field)
            yield Piece(kind="group", text=self._grouping(grouping), part=grouping, step=number)

    def _grouping(self, grouping: ByField | ByTime) -> str:
        return MomentWords(self._index.model, self._language, self._names.field).grouping(grouping)

    def _time(self, time: TimeRange | None, number: int) -> Iterator[Piece]:
        if time is not None:
            said = spoken(self._calendar.describe(time, self._language))
            yield Piece(kind="time", text=said, part=time, step=number)

    def _person(self) -> str:
        return self._names.entity(self._index.model.customer_entity)

    def _row(self, parts: tuple[str, ...]) -> str:
        return self._text("，", ", ").join(parts)

    def _text(self, zh: str, en: str) -> str:
        return Text(zh, en).in_(self._language)


__all__ = ["StepWords"]
