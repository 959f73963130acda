"""Which past campaign is meant: its name, a part of it, or words in either language for its time, its kind and its channel."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from assistant.interpreters.grammar.normalise import normalise
from assistant.interpreters.grammar.times import TimeFinder
from semantic_layer.calendar.resolve import DateSpan
from semantic_layer.errors import InvalidPlanError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Scalar
from semantic_layer.query.time import Holiday, TimeRange
from semantic_layer.vocabulary import Vocabulary
from semantic_layer.vocabulary.terms import ValueTerm

_NEWEST: Final = re.compile(
    r"上一?次|最近一次|上一?个(?!月)|(?<![a-z])(?:last|latest|most recent|previous)(?![a-z])(?! (?:year|month|week|quarter))"
)
_SAYS_NOTHING: Final = re.compile(
    r"(?:那|这)(?:个|次|场)|营销|活动|的|了|今年|我们|做|办|搞|怎么样|(?<![a-z])(?:the|our|that|this|campaigns?|promotions?|of|in|from|a|an)(?![a-z])|[\s\"'.,?]"
)
_LETTERS: Final = re.compile(r"[a-z0-9]+|[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Features:
    """What a name or a description holds: days, festivals, values of the definitions, and what is left of its letters."""

    spans: frozenset[DateSpan]
    festivals: frozenset[str]
    values: frozenset[tuple[str, Scalar]]
    letters: str


class CampaignNames:
    """The campaigns that the vocabulary knows, oldest name first. Built once for a data set."""

    def __init__(self, vocabulary: Vocabulary, index: ModelIndex, times: TimeFinder) -> None:
        self._vocabulary = vocabulary
        self._times = times
        history = index.model.outreach.history
        self._field = history.name if history is not None else ""
        self._entity = history.campaign if history is not None else ""

    @cached_property
    def names(self) -> tuple[str, ...]:
        terms = (entry.term for entry in self._vocabulary.entries)
        return tuple(
            sorted({str(term.value) for term in terms if isinstance(term, ValueTerm) and term.field == self._field})
        )

    @cached_property
    def _known(self) -> dict[str, _Features]:
        return {name: self._features(normalise(name).text) for name in self.names}

    def named(self, words: str) -> tuple[str, ...]:
        """The campaigns that the words fit: one when it is clear, several to choose from, or none."""
        text = normalise(words).text
        exact = [name for name in self.names if normalise(name).text == text.strip(' "')]
        if exact:
            return tuple(exact)
        newest = _NEWEST.search(text) is not None
        said = self._features(_NEWEST.sub("", text))
        if said == _Features(frozenset(), frozenset(), frozenset(), ""):
            return ()
        same = [name for name, known in self._known.items() if known == said]
        found = same or [name for name, known in self._known.items() if _fits(said, known)]
        return tuple(found[-1:]) if newest else tuple(found)

    def is_told(self, words: str) -> bool:
        """Without the word campaign: is it one of the names, or a kind or channel of campaigns?"""
        return any(normalise(name).text in words for name in self.names) or bool(self._features(words).values)

    def _features(self, text: str) -> _Features:
        spans: set[DateSpan] = set()
        festivals: set[str] = set()
        rest = text
        for found in sorted(self._times.find(text), key=lambda one: one.start - one.end):
            time = found.time or found.ahead
            if time is None or rest[found.start : found.end] != text[found.start : found.end]:
                continue
            if isinstance(time, Holiday):
                festivals.add(time.name)
            elif (span := self._span(time)) is not None:
                spans.add(span)
            rest = rest[: found.start] + " " * (found.end - found.start) + rest[found.end :]
        values, rest = self._values(rest)
        letters = "".join(_LETTERS.findall(_SAYS_NOTHING.sub(" ", rest)))
        return _Features(frozenset(spans), frozenset(festivals), values, letters)

    def _values(self, text: str) -> tuple[frozenset[tuple[str, Scalar]], str]:
        """Kinds and channels of campaigns, each where it stands longest."""
        values: set[tuple[str, Scalar]] = set()
        rest = text
        matches = [m for m in self._vocabulary.find(text) if isinstance(m.entry.term, ValueTerm)]
        for match in sorted(matches, key=lambda m: m.start - m.end):
            term = match.entry.term
            assert isinstance(term, ValueTerm)
            own = term.field.split(".")[0] == self._entity and term.field != self._field
            if own and rest[match.start : match.end] == text[match.start : match.end]:
                values.add((term.field, term.value))
                rest = rest[: match.start] + " " * (match.end - match.start) + rest[match.end :]
        return frozenset(values), rest

    def _span(self, time: TimeRange) -> DateSpan | None:
        try:
            return self._times.calendar.resolve(time)
        except InvalidPlanError:
            return None


def _fits(said: _Features, known: _Features) -> bool:
    return (
        all(any(_within(one, other) for other in known.spans) for one in said.spans)
        and said.festivals <= known.festivals
        and said.values <= known.values
        and said.letters in known.letters
    )


def _within(said: DateSpan, known: DateSpan) -> bool:
    """A year that is said holds a month that is in the name."""
    return said.start <= known.start and known.end <= said.end
