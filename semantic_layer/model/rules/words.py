"""A word that people say means one thing, or is declared ambiguous."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from semantic_layer.errors import Issue
from semantic_layer.model.nearest import did_you_mean
from semantic_layer.model.sources import Kind, Sources
from semantic_layer.model.types import Dimension, SemanticModel, Tag, Value, Words


def spoken(word: str) -> str:
    """A word as it is compared: one width, one case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", word).casefold().split())


def shared_words(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """No two metrics, tags or dimensions claim the same label or synonym, unless an ambiguity names both."""
    declared = {spoken(item.word): item.meanings for item in model.ambiguities}
    claimed: dict[str, tuple[Kind, str]] = {}
    for kind, name, words in _named(model):
        for position, word in enumerate((words.label.zh, words.label.en, *words.synonyms)):
            key = spoken(word)
            before = claimed.setdefault(key, (kind, name))
            if not key or before == (kind, name):
                continue
            if _declared(before, declared.get(key, ())) and _declared((kind, name), declared.get(key, ())):
                continue
            path = ("label",) if position < 2 else ("synonyms", position - 2)
            message = f"The word {word!r} already means the {before[0]} {before[1]!r}."
            remedy = f"Remove it from one of the two, or list it under ambiguities: with both {before[1]} and {name}."
            yield sources.issue(kind, name, path, message, remedy)


def _named(model: SemanticModel) -> Iterator[tuple[Kind, str, Words]]:
    for metric in model.metrics:
        yield "metric", metric.name, metric.words
    for tag in model.tags:
        yield "tag", tag.qualified, tag.words
    for dimension in model.dimensions:
        yield "dimension", dimension.qualified, dimension.words


def _declared(claim: tuple[Kind, str], meanings: tuple[str, ...]) -> bool:
    kind, name = claim
    return name in meanings or (kind == "tag" and name.rpartition(".")[2] in meanings)


def value_words(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """Inside one field no value stands twice, and no alias means two values; groups hold values that exist."""
    for dimension in model.dimensions:
        yield from _values(dimension, "dimension", dimension.qualified, sources)
        yield from _groups(dimension, sources)
    for tag in model.tags:
        yield from _values(tag, "tag", tag.qualified, sources)


def _values(field: Dimension | Tag, kind: Kind, name: str, sources: Sources) -> Iterator[Issue]:
    claimed: dict[str, Value] = {}
    for position, value in enumerate(field.values):
        for word in (str(value.value), value.label.zh, value.label.en, *value.aliases):
            before = claimed.setdefault(spoken(word), value)
            if before is not value:
                message = f"The word {word!r} means both {before.value!r} and {value.value!r}."
                yield sources.issue(kind, name, ("values", position), message, "Remove it from one of the two values.")
                break


def _groups(dimension: Dimension, sources: Sources) -> Iterator[Issue]:
    known = [value.value for value in dimension.values]
    for position, group in enumerate(dimension.groups):
        for member in group.members:
            if known and member not in known:
                message = f"The group {group.name!r} holds {member!r}, which is not a value of the field."
                remedy = did_you_mean(str(member), map(str, known), allowed="values")
                yield sources.issue("dimension", dimension.qualified, ("groups", position, "members"), message, remedy)
        if group.low is not None and group.high is not None and group.low > group.high:
            message = f"The range of {group.name!r} is empty: {group.low:g} is above {group.high:g}."
            yield sources.issue("dimension", dimension.qualified, ("groups", position), message, "Swap low and high.")


def near_miss_words(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """A word for something that is not defined is not the word for something that is."""
    claimed = {
        spoken(word): name
        for _, name, words in _named(model)
        for word in (words.label.zh, words.label.en, *words.synonyms)
    }
    for miss in model.near_misses:
        for position, word in enumerate(miss.words):
            name = claimed.get(spoken(word))
            if name is not None:
                message = f"{word!r} is listed as not defined, and means {name!r}."
                remedy = "Remove it here, or from the synonyms there."
                yield sources.issue("near_miss", "/".join(miss.words), ("words", position), message, remedy)


def ambiguity_references(model: SemanticModel, sources: Sources) -> Iterator[Issue]:
    """Meanings and offers are names of metrics, tags or dimensions."""
    known = {name for _, name, _ in _named(model)} | {tag.name for tag in model.tags}
    for ambiguity in model.ambiguities:
        for position, meaning in enumerate(ambiguity.meanings):
            if meaning not in known:
                remedy = did_you_mean(meaning, known, allowed="names")
                message = f"{meaning!r} is no metric, tag or dimension."
                yield sources.issue("ambiguity", ambiguity.word, ("meanings", position), message, remedy)
    for miss in model.near_misses:
        for position, offer in enumerate(miss.offer):
            if offer not in known:
                remedy = did_you_mean(offer, known, allowed="names")
                message = f"{offer!r} is no metric, tag or dimension."
                yield sources.issue("near_miss", "/".join(miss.words), ("offer", position), message, remedy)
