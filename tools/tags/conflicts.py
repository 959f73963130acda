"""Definitions that disagree: two that share a word, and two that mean almost the same people, with how many people differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, Text, UserError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import AttributeBody, ColumnType, Scalar
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Compare, Predicate
from semantic_layer.query.types import Audience
from semantic_layer.vocabulary.fold import fold
from tools.layer import PeopleLayer
from tools.tags.difference import Difference, difference

ALIKE: Final = 0.8  # from this part of people in common two tags may be one
_LEAST: Final = 20  # people of the smaller: among fewer, being alike says little


class Why(StrEnum):
    """Why two definitions were held against each other."""

    WORD = "word"  # one word stands for both
    ALIKE = "alike"  # almost the same people


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A tag, or one value of it, as a condition on people. `owner` answers for the definition."""

    field: str
    value: Scalar
    label: Text
    owner: str

    @property
    def where(self) -> Predicate:
        return Compare(self.field, "=", self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two meanings and how their people differ; `word` is the word they share, empty for those that are only alike."""

    why: Why
    word: str
    one: Meaning
    other: Meaning
    people: Difference

    @property
    def said(self) -> Text:
        """One sentence: who disagrees about what, and how many people that are."""
        counts = self.people.said(self.one.label, self.other.label)
        apart = self.one.owner and self.other.owner and self.one.owner != self.other.owner
        if self.why is Why.WORD:
            by = f"「{self.one.owner}」和「{self.other.owner}」对" if apart else "对"
            by_en = f"{self.one.owner} and {self.other.owner} define" if apart else "Two definitions stand for"
            return Text(
                f"{by}“{self.word}”的定义不同：{self.people.differ:,} 人不一致。{counts.zh}",
                f"{by_en} “{self.word}” differently: {self.people.differ:,} people differ. {counts.en}",
            )
        part = f"{self.people.alike:.0%}"
        return Text(
            f"两个标签几乎是同一批人（重合 {part}）。{counts.zh}",
            f"Two tags are almost the same people ({part} in common). {counts.en}",
        )


def conflicts(
    layer: PeopleLayer, user: User, *, about: str | None = None, cancel: Cancel | None = None
) -> tuple[Conflict, ...]:
    """All conflicts that this person may know of, those with most people in doubt first.

    `about` is the qualified name of a tag, for its own conflicts only. Pairs that may not be counted are left out.
    """
    found = [*_by_word(layer, user, about, cancel), *_alike(layer, user, about, cancel)]
    pairs: dict[frozenset[tuple[str, Scalar]], Conflict] = {}
    for one in found:
        pairs.setdefault(frozenset({(one.one.field, one.one.value), (one.other.field, one.other.value)}), one)
    return tuple(sorted(pairs.values(), key=lambda c: (-c.people.differ, c.word, c.one.field, c.other.field)))


def conflicts_of_word(
    word: str, layer: PeopleLayer, user: User, *, cancel: Cancel | None = None
) -> tuple[Conflict, ...]:
    """How the meanings of one word differ, each against the first; none for a word with one meaning."""
    same = [meanings for said, meanings in _words(layer.index).items() if said == fold(word)]
    found = (_counted(Why.WORD, word, one[0], other, layer, user, cancel) for one in same for other in one[1:])
    return tuple(one for one in found if one is not None)


# ---- by word


def _by_word(layer: PeopleLayer, user: User, about: str | None, cancel: Cancel | None) -> Iterator[Conflict]:
    spelled = {fold(one.word): one.word for one in layer.index.model.ambiguities}
    for word, meanings in _words(layer.index).items():
        for one, other in combinations(meanings, 2):
            if about is None or about in (one.field, other.field):
                found = _counted(Why.WORD, spelled.get(word, word), one, other, layer, user, cancel)
                if found is not None and found.people.differ:
                    yield found


def _words(index: ModelIndex) -> dict[str, tuple[Meaning, ...]]:
    """Words, folded, that more than one condition on people goes by: declared ambiguous ones, and shared names."""
    found: dict[str, list[Meaning]] = {}
    for meaning, names in _named(index):
        for name in names:
            found.setdefault(fold(name), []).append(meaning)
    fields = {meaning.field for meaning, _ in _named(index)}
    for ambiguity in index.model.ambiguities:
        word = fold(ambiguity.word)
        known = {one.field for one in found.get(word, ())}
        for name in ambiguity.meanings:
            field = name if "." in name else f"{index.model.customer_entity}.{name}"
            if field in fields - known:
                found.setdefault(word, []).extend(_meant(index, field, word))
    declared = {fold(ambiguity.word) for ambiguity in index.model.ambiguities}
    distinct = {word: tuple(dict.fromkeys(meanings)) for word, meanings in found.items()}
    return {
        w: m for w, m in distinct.items() if len({one.field for one in m}) > 1 and (w in declared or _names_group(m))
    }


def _names_group(meanings: tuple[Meaning, ...]) -> bool:
    """Whether one of them is a tag by itself: "high" and "low" are levels of many tags, and no name for people."""
    return any(one.value is True for one in meanings)


def _meant(index: ModelIndex, field: str, word: str) -> list[Meaning]:
    """What a word means in a field: the value that it calls, or that the tag holds."""
    own = [(meaning, names) for meaning, names in _named(index) if meaning.field == field]
    called = [meaning for meaning, names in own if word in {fold(name) for name in names}]
    flags = [meaning for meaning, _ in own if meaning.value is True]
    return called or flags


def _named(index: ModelIndex) -> list[tuple[Meaning, tuple[str, ...]]]:
    """Every condition on people that a tag is, with the names it goes by."""
    found = []
    for tag in index.model.tags:
        if tag.entity != index.model.customer_entity:
            continue
        words, owner = tag.words, tag.origin.owner
        if tag.type is ColumnType.BOOLEAN and not tag.values:
            meaning = Meaning(field=tag.qualified, value=True, label=words.label, owner=owner)
            found.append((meaning, (words.label.zh, words.label.en, *words.synonyms)))
        for value in tag.values:
            label = Text(f"{words.label.zh}：{value.label.zh}", f"{words.label.en}: {value.label.en}")
            meaning = Meaning(field=tag.qualified, value=value.value, label=label, owner=owner)
            found.append((meaning, (value.label.zh, value.label.en, *value.aliases)))
    return [(meaning, tuple(name for name in names if len(name) > 1)) for meaning, names in found]


def _counted(
    why: Why, word: str, one: Meaning, other: Meaning, layer: PeopleLayer, user: User, cancel: Cancel | None
) -> Conflict | None:
    """`None` where these people may not be counted by this user."""
    entity = layer.index.model.customer_entity
    first, second = (Audience(where=each.where, entity=entity) for each in (one, other))
    try:
        people = difference(layer, first, second, user, cancel=cancel)
    except CancelledError:
        raise
    except UserError:
        return None
    return Conflict(why=why, word=word, one=one, other=other, people=people)


# ---- by people


def _alike(layer: PeopleLayer, user: User, about: str | None, cancel: Cancel | None) -> Iterator[Conflict]:
    """Tags with almost the same people. Groups of very different size cannot be, so that few pairs are counted.

    What is only read off a customer's row is left out: two tags of it are alike by what the row says, not by definition.
    """
    index = layer.index
    computed = [m for m, _ in _named(index) if not isinstance(index.tag(m.field).body, AttributeBody)]
    sizes = _sizes(computed, layer, user, cancel)
    for one, other in combinations(computed, 2):
        small, large = sorted((sizes.get(one, 0), sizes.get(other, 0)))
        near = small >= _LEAST and small >= ALIKE * large
        if one.field == other.field or not near or (about is not None and about not in (one.field, other.field)):
            continue
        found = _counted(Why.ALIKE, "", one, other, layer, user, cancel)
        if found is not None and found.people.alike >= ALIKE:
            yield found


def _sizes(meanings: list[Meaning], layer: PeopleLayer, user: User, cancel: Cancel | None) -> dict[Meaning, int]:
    """How many people each condition holds for, where this user may know it: one statement."""
    everybody = Audience(entity=layer.index.model.customer_entity)
    fields = tuple(dict.fromkeys(one.field for one in meanings))
    try:
        counts = layer.distribution(everybody, fields, user, cancel=cancel)
    except CancelledError:
        raise
    except UserError:
        return {}
    known = {(field, one.value): one.count for field, found in counts.items() for one in found}
    return {one: known[one.field, one.value] for one in meanings if (one.field, one.value) in known}
