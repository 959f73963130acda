"""The question back about something that is not defined: the gap is named first, then definitions with their counts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from assistant.answer import Clarification, Option, Timing
from assistant.interpreters.names import Names
from assistant.missing.around import Around, alone, around
from assistant.missing.ideas import Ideas
from assistant.missing.phrases import Phrase, Phrases
from assistant.replies.restated import predicate_text
from assistant.resources import Asked, Resources
from semantic_layer.errors import CancelledError, Text, UserError
from semantic_layer.model.types import Tag
from semantic_layer.policy.rights import rights_of
from semantic_layer.query.predicate import Among, And, Compare, Or, Predicate
from semantic_layer.query.types import Audience
from semantic_layer.vocabulary.terms import FieldTerm, Term, ValueTerm

MOST: Final = 4  # definitions that are offered
_COMPOSED: Final = 3  # of them made from metrics, so that a tag that is there has a place
_NEAR: Final = 0.4  # similarity from which a defined tag may be what was meant


def define_back(asked: Asked, timing: Timing, resources: Resources) -> Clarification | None:
    """Definitions for the words of a question that nothing defines; `None` when it holds no such words.

    At least two definitions are offered, or the question is asked back in the usual way.
    """
    phrase = Phrases(resources.index).find(asked.text, asked.language)
    if phrase is None:
        return None
    rest = around(asked.text, phrase, asked.language, resources.index, resources.interpreter)
    if rest is None and not _says_nothing_else(asked.text, phrase, resources):
        return None
    people = _People(asked, resources)
    found = _definitions(phrase, people)
    if len(found) < 2:  # one definition is no choice
        return None
    return Clarification(
        id=resources.new_id(),
        asked=asked.text,
        language=asked.language,
        question=_question(phrase, found, people).in_(asked.language),
        options=tuple(_option(where, found[0], rest, people) for where in found),
        unexplained=(phrase.said,),
        timing=timing,
    )


@dataclass(frozen=True, slots=True)
class _People:
    """Counts conditions for the person who asks, each once."""

    asked: Asked
    resources: Resources
    _known: dict[Predicate | None, int] = field(default_factory=dict)

    def count(self, where: Predicate | None) -> int:
        if where not in self._known:
            audience = Audience(where=where, entity=self.resources.index.model.customer_entity)
            self._known[where] = self.resources.layer.count(audience, self.asked.user, cancel=self.asked.cancel)
        return self._known[where]

    def told(self, where: Predicate) -> int | None:
        """The count, where it may be told."""
        try:
            return self.count(where)
        except CancelledError:
            raise
        except UserError:
            return None


def _says_nothing_else(text: str, phrase: Phrase, resources: Resources) -> bool:
    """Whether only the noun for people is left besides the phrase."""
    rest = f"{text[: phrase.start]} {text[phrase.end :]}".lower()
    words = resources.index.entity(resources.index.model.customer_entity).words
    for name in sorted((words.label.zh, words.label.en, *words.synonyms), key=len, reverse=True):
        rest = rest.replace(name.lower(), " ")
    return not re.sub(r"[\W_的]", "", rest)


def _definitions(phrase: Phrase, people: _People) -> tuple[Predicate, ...]:
    """Made from metrics first, then tags that are near in meaning; no two that mean the same people."""
    index = people.resources.index
    near = _near_tags(phrase, people) if phrase.ideas else ()
    composed = Ideas(index, people.count).of(phrase)
    room = _COMPOSED if near else MOST
    found: list[Predicate] = []
    for where in (*composed[:room], *near):
        if people.told(where) and not any(_same_people(where, other, people) for other in found):
            found.append(where)
    return tuple(found)[:MOST]


def _same_people(one: Predicate, other: Predicate, people: _People) -> bool:
    """Whether two definitions hold for the same people: as many, and as many for both."""
    return people.told(one) == people.told(other) == people.told(And((one, other)))


def _near_tags(phrase: Phrase, people: _People) -> tuple[Predicate, ...]:
    ranking = people.resources.ranking
    if ranking is None or not phrase.high:
        return ()
    terms = Names(people.resources.index, ranking).conditions(phrase.said, MOST, least=_NEAR)
    usable = (_of_term(term, people) for term in terms)
    return tuple(where for where in usable if where is not None)


def _of_term(term: Term, people: _People) -> Predicate | None:
    """The tag, or the level of a tag, as a condition; nothing for other fields, and none that this person may not use."""
    if not isinstance(term, FieldTerm | ValueTerm):
        return None
    tag = people.resources.index.field(term.field)
    if not isinstance(tag, Tag) or not people.resources.layer.may_use(tag.qualified, people.asked.user):
        return None
    if isinstance(term, ValueTerm):
        return Compare(tag.qualified, "=", term.value)
    if len(tag.positive) == 1:
        return Compare(tag.qualified, "=", tag.positive[0])
    return Among(tag.qualified, tag.positive) if tag.positive else None


def _option(where: Predicate, first: Predicate, rest: Around | None, people: _People) -> Option:
    resources, language = people.resources, people.asked.language
    plan = rest.with_definition(where) if rest is not None else alone(where, resources.index)
    number, both = people.count(where), people.told(And((first, where)))
    count = Text(f"{number:,} 人", f"{number:,} {'person' if number == 1 else 'people'}")
    if where != first and both is not None:
        differ = people.count(first) + number - 2 * both
        count = Text(f"{count.zh}，与第 1 种相差 {differ:,} 人", f"{count.en}, {differ:,} differ from the first")
    label = predicate_text(where, resources.index, resources.calendar, language)
    return Option(label=label, count=count.in_(language), plan=plan)


def _question(phrase: Phrase, found: tuple[Predicate, ...], people: _People) -> Text:
    said = phrase.said.strip()
    either, each = people.told(Or(found)), people.told(And(found))
    apart = Text("", "")
    if either is not None:
        same = each or 0  # conditions that exclude each other are nobody's
        apart = Text(
            f"至少符合一种的有 {either:,} 人，{len(found)} 种都符合的有 {same:,} 人，其余 {either - same:,} 人因定义而异。",
            f" At least one of them holds for {either:,} people, all {len(found)} for {same:,}: {either - same:,} depend on the definition.",
        )
    after = Text("", "")
    if rights_of(people.asked.user, people.resources.layer.policy).may_define:
        after = Text(
            "选定后可以在标签目录里发布成标签。", " What you choose can be published as a tag in the catalogue."
        )
    return Text(
        f"还没有「{said}」的定义。可以用已有的数据这样定义，请选一种：{apart.zh}{after.zh}",
        f"“{said}” is not defined. It can be defined from the data that is there; choose one.{apart.en}{after.en}",
    )
