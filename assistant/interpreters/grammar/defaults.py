"""Notes on what was not said and was filled in by a convention: default meanings, levels of a tag, the default period."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.interpreters.base import Note, NoteKind
from assistant.interpreters.grammar.account import fields_of
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.normalise import Normalised
from assistant.interpreters.grammar.parse import Candidate
from assistant.interpreters.grammar.pieces import Values
from assistant.interpreters.grammar.words import Word
from semantic_layer.errors import Text
from semantic_layer.model.types import Dimension, DimensionKind, Tag
from semantic_layer.query.plan import Funnel, ListPeople, Plan, Profile, Retention
from semantic_layer.query.predicate import Among, And, HasMetric, Not, Or, Predicate, Ranked
from semantic_layer.query.types import Query
from semantic_layer.vocabulary.terms import FieldTerm, MetricTerm, ValueTerm


def default_notes(m: Meanings, candidate: Candidate, normalised: Normalised) -> Iterator[Note]:
    predicates = tuple(_flat(candidate.plan))
    fields = fields_of(candidate.plan)
    for word in candidate.words:
        said = normalised.quote(word.start, word.end)
        meaning = _assumed(m, word, fields) or _levels(m, word, predicates)
        if meaning is not None:
            yield Note(kind=NoteKind.DEFAULT, words=said, meaning=meaning)
    step = candidate.plan.steps[-1]
    if isinstance(step, Query) and step.share and step.where is not None:
        yield Note(kind=NoteKind.DEFAULT, words="", meaning=_PART_OF)
    yield from _of_kind(m, candidate)
    if _needs_window(m, candidate.plan, predicates):
        window = m.model.conventions.default_window
        yield Note(
            kind=NoteKind.DEFAULT,
            words="",
            meaning=Text(f"时间默认为最近{_zh(window)}", f"time: the last {window} by default")
            if window
            else Text("没有说时间，按全部时间计算", "no time was said: all time is counted"),
        )


_PART_OF = Text("占比：各组占符合全部条件者的比例", "share: each group's part of all that meet the conditions")


def _of_kind(m: Meanings, candidate: Candidate) -> Iterator[Note]:
    """What a funnel and a cohort table take for granted: the time for all steps, and what coming back is."""
    step = candidate.plan.steps[-1]
    if isinstance(step, Funnel) and not any(word.cat in ("LEN", "LENW") for word in candidate.words):
        count, unit = step.within
        length = f"{count} {unit.value}"
        meaning = Text(f"从第一步起 {_zh(length)}内走完", f"all steps within {count} {unit.value}s of the first")
        yield Note(kind=NoteKind.DEFAULT, words="", meaning=meaning)
    if isinstance(step, Retention):
        label = m.index.entity(step.back.entity).words.label
        meaning = Text(f"回来指有新的{label.zh}", f"coming back means a new {label.en}")
        yield Note(kind=NoteKind.DEFAULT, words="", meaning=meaning)


def _zh(window: str) -> str:
    count, _, unit = window.partition(" ")
    return count + {"day": "天", "week": "周", "month": "个月", "quarter": "个季度", "year": "年"}.get(
        unit.rstrip("s"), unit
    )


def _assumed(m: Meanings, word: Word, fields: frozenset[object]) -> Text | None:
    sense = word.sense
    only = sense is not None and sense.word is not None and isinstance(sense.term, FieldTerm)
    if sense is None or not (sense.assumed or only):
        return None  # of a field that has several meanings, also the only one that fits is told
    match sense.term:
        case MetricTerm(name=name):
            return m.index.metric(name).words.label
        case FieldTerm(field=field) | ValueTerm(field=field):
            if isinstance(word.value, Values) and field not in fields:
                return None  # it only says where something else was done
            found = m.index.field(field)
            geographic = isinstance(found, Dimension) and found.kind is DimensionKind.GEOGRAPHIC
            return None if geographic else found.words.label  # the city and the province of Shanghai are one place
        case _:
            return None


def _levels(m: Meanings, word: Word, predicates: tuple[Predicate, ...]) -> Text | None:
    sense = word.sense
    if sense is None or not isinstance(sense.term, FieldTerm):
        return None
    found = m.index.field(sense.term.field)
    if not isinstance(found, Tag) or not found.values or not found.positive:
        return None
    if not any(isinstance(p, Among) and p.field == found.qualified and p.values == found.positive for p in predicates):
        return None
    labels = [v.label for v in found.values if v.value in found.positive]
    name = found.words.label
    return Text(
        f"{name.zh}：{'、'.join(label.zh for label in labels)}",
        f"{name.en}: {' or '.join(label.en for label in labels)}",
    )


def _needs_window(m: Meanings, plan: Plan, predicates: tuple[Predicate, ...]) -> bool:
    open_metric = any(isinstance(p, (HasMetric, Ranked)) and p.time is None for p in predicates)
    step = plan.steps[-1]
    return open_metric or (
        isinstance(step, Query) and step.time is None and any(n != m.people_metric for n in step.metrics)
    )


def _flat(plan: Plan) -> Iterator[Predicate]:
    for step in plan.steps:
        if isinstance(step, Query):
            yield from _parts(step.where)
        elif isinstance(step, (ListPeople, Profile)):
            yield from _parts(step.audience.where)


def _parts(predicate: Predicate | None) -> Iterator[Predicate]:
    match predicate:
        case None:
            return
        case And(items=items) | Or(items=items):
            for item in items:
                yield from _parts(item)
        case Not(item=item):
            yield from _parts(item)
        case _:
            yield predicate
