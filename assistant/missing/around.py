"""The rest of a question around words for something undefined: read with a stand-in, which a definition then replaces."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

from assistant.interpreters.base import Context, Interpreter, Understood
from assistant.interpreters.grammar.meanings import Meanings
from assistant.missing.phrases import Phrase
from semantic_layer.errors import Language
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import ColumnType, Words
from semantic_layer.query.plan import ListPeople, Plan
from semantic_layer.query.predicate import Compare, HasMetric, Predicate
from semantic_layer.query.types import Audience

_NUMBER: Final = 987_654  # no question asks for it
_MOST: Final = 6  # stand-ins that are tried


@dataclass(frozen=True, slots=True)
class _StandIn:
    wording: str
    where: Predicate


@dataclass(frozen=True, slots=True)
class Around:
    """A plan in which `stand_in` holds the place of what is not defined."""

    plan: Plan
    stand_in: Predicate

    def with_definition(self, where: Predicate) -> Plan:
        return cast("Plan", _replaced(self.plan, self.stand_in, where))


def around(text: str, phrase: Phrase, language: Language, index: ModelIndex, reads: Interpreter) -> Around | None:
    """How the question reads with a defined condition in the place of `phrase`; `None` when it does not."""
    for stand_in in _stand_ins(text, phrase, language, index):
        outcome = reads.interpret(stand_in.wording, Context())
        if not isinstance(outcome, Understood):
            continue
        held = _like(outcome.reading.plan, stand_in.where)
        if held is not None:
            return Around(outcome.reading.plan, held)
    return None


def alone(where: Predicate, index: ModelIndex) -> Plan:
    """Who they are: for a question that asks for nothing else."""
    return Plan((ListPeople(Audience(where=where, entity=index.model.customer_entity)),))


def _stand_ins(text: str, phrase: Phrase, language: Language, index: ModelIndex) -> Iterator[_StandIn]:
    before, after = text[: phrase.start], text[phrase.end :]
    tags = [t for t in index.model.tags if t.type is ColumnType.BOOLEAN and t.entity == index.model.customer_entity]
    for tag in [t for t in tags if not _said(t.words, text)][:_MOST]:
        where = Compare(tag.qualified, "=", True)
        for name in (tag.words.label.in_(language), *_synonyms(tag.words, language)[:2]):
            yield _StandIn(_in_place(before, name, after, language, adjective=phrase.before), where)
    person = index.entity(index.model.customer_entity).words
    count = Meanings(index)
    for entity in count.behaviours:
        metric = count.count_metric(entity)
        if metric is None:
            continue
        bound = HasMetric(metric=metric, op=">=", value=float(_NUMBER))
        label = index.metric(metric).words.label.in_(language)
        yield _StandIn(_bounded(before, label, after, language, person, adjective=phrase.before), bound)


def _in_place(before: str, name: str, after: str, language: Language, *, adjective: bool) -> str:
    if language == "zh":
        return f"{before}{name}{'' if after.startswith('的') else '的'}{after}"
    return f"{before}{name}{after}" if adjective else f"{before}who are {name}{after}"


def _bounded(before: str, label: str, after: str, language: Language, person: Words, *, adjective: bool) -> str:
    if language == "zh":
        return f"{before}{label}不低于{_NUMBER}{'' if after.startswith('的') else '的'}{after}"
    bound = f" with {label} at least {_NUMBER}"
    if not adjective:
        return f"{before.rstrip()}{bound}{after}"
    rest = after.lstrip()
    noun = next((n for n in _synonyms(person, "en") if rest.lower().startswith(n.lower())), "")
    return f"{before}{rest[: len(noun)]}{bound}{rest[len(noun) :]}"


def _synonyms(words: Words, language: Language) -> list[str]:
    """The other names in one language, the longest first."""
    return sorted((n for n in words.synonyms if n.isascii() == (language == "en")), key=len, reverse=True)


def _said(words: Words, text: str) -> bool:
    return any(name in text for name in (words.label.zh, words.label.en, *words.synonyms) if name)


def _like(plan: Plan, where: Predicate) -> Predicate | None:
    """The condition of the plan that a stand-in was read as: the same, but for a time that the grammar filled in."""
    for part in _parts(plan):
        if part == where:
            return where
        if isinstance(where, HasMetric) and isinstance(part, HasMetric) and part.value == where.value:
            return part
    return None


def _parts(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, tuple):
        for item in value:
            yield from _parts(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _parts(getattr(value, field.name))


def _replaced(value: object, old: Predicate, new: Predicate) -> object:
    if value == old:
        return new
    if isinstance(value, tuple):
        return tuple(_replaced(item, old, new) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: _replaced(getattr(value, f.name), old, new) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **changed)
    return value
