"""Finds the words of a question that describe people by something nobody defined: 忠诚度高, 爱退货, "with high return rate"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from assistant.interpreters.grammar.qualities import OPPOSITE, Concept, Idea, concepts, qualities
from semantic_layer.errors import Language
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Words

_NOT_A_QUALITY: Final = (
    "(?!少|大|小|低|久|长|于|过|到|达|出|不高)"  # 多少, 高于 and 达到 ask or bound; they describe nobody
)
_SHORTEST_STEM: Final = 4  # letters of an English verb that a metric's name may begin with
_MOST_METRICS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Letters `start` (inside) to `end` (outside) of the question, and what they speak of: metrics, or ideas of a quality.

    `before` says that the words stand before the noun for people. `high` turns the metrics around when false; the ideas
    have been turned already.
    """

    start: int
    end: int
    said: str
    high: bool = True
    metrics: tuple[str, ...] = ()
    ideas: tuple[Idea, ...] = ()
    before: bool = True


class Phrases:
    """Built once for a model; read only."""

    def __init__(self, index: ModelIndex) -> None:
        model = index.model
        self._labels = {m.name: (m.words.label.zh, m.words.label.en.lower()) for m in model.metrics if not m.hidden}
        named: dict[tuple[str, ...], tuple[str, ...]] = {
            (m.name,): _names(m.words) for m in model.metrics if not m.hidden
        }
        for ambiguity in model.ambiguities:  # a word for several metrics can be high too
            meant = tuple(name for name in ambiguity.meanings if name in self._labels)
            if meant:
                named[meant] = (*named.get(meant, ()), ambiguity.word.lower())
        self._measures: Mapping[tuple[str, ...], tuple[str, ...]] = named
        self._people = _names(index.entity(model.customer_entity).words)

    def find(self, text: str, language: Language) -> Phrase | None:
        """The first such words, the longest of those that begin at one place; `None` when there are none."""
        plain = text.lower()
        if len(plain) != len(text):  # a letter whose small form is longer: places would not fit
            plain = text
        found = list(self._chinese(plain) if language == "zh" else self._english(plain))
        return min(found, key=lambda p: (p.start, p.start - p.end), default=None)

    def _chinese(self, text: str) -> Iterator[Phrase]:
        words = qualities("zh")
        quality = f"(?P<deg>{_any(words.degrees)})?(?P<q>{_any((*words.high, *words.low))}){_NOT_A_QUALITY}"
        for metrics, terms in self._measures.items():
            for found in re.finditer(f"(?:{_any(terms)}){quality}", text):
                yield _of_metrics(found, metrics, high=found["q"] in words.high)
        for concept in concepts():
            for found in re.finditer(f"(?:{_any(concept.zh)}){quality}", text):
                yield _of_concept(found, concept, high=found["q"] in words.high)
        for found in re.finditer(
            f"(?P<o>{_any((*words.often, *words.seldom))})(?P<v>[^\\W\\d_]{{2,6}}?)(?=的|$)", text
        ):
            yield from self._done(found, found["v"], often=found["o"] in words.often)
        people = _any(self._people)
        for concept in concepts():
            for found in re.finditer(f"(?:{_any(concept.zh)})(?=的?(?:{people}))", text):
                yield _of_concept(found, concept, high=True)

    def _english(self, text: str) -> Iterator[Phrase]:
        words = qualities("en")
        people = f"(?:{_any(self._people)})"
        degree = f"(?:(?:{_any(words.degrees)})\\s+)?"
        for metrics, terms in self._measures.items():
            for found in _high_or_low(text, terms):
                yield _of_metrics(found, metrics, high=found["q"] in words.high, before=not found["w"])
        done = f"\\b(?:who|that)\\s+(?P<o>{_any((*words.often, *words.seldom))})\\s+(?P<v>[a-z]+)\\b"
        for found in re.finditer(done, text):
            yield from self._done(found, found["v"], often=found["o"] in words.often, before=False)
        for concept in concepts():
            term = _any(concept.en)
            for found in _high_or_low(text, concept.en):
                yield _of_concept(found, concept, high=found["q"] in words.high, before=not found["w"])
            for found in re.finditer(f"\\b(?:{term})(?=\\s+{people})", text):
                yield _of_concept(found, concept, high=True)
            for found in re.finditer(f"\\b(?:who|that)\\s+are\\s+{degree}(?:{term})\\b", text):
                yield _of_concept(found, concept, high=True, before=False)

    def _done(self, found: re.Match[str], verb: str, *, often: bool, before: bool = True) -> Iterator[Phrase]:
        """People who often do something, when metrics are named after what they do: by their labels, else by other names."""
        by_label = [name for name, labels in self._labels.items() if any(_about(label, verb) for label in labels)]
        by_name = [metrics[0] for metrics, terms in self._measures.items() if any(_about(term, verb) for term in terms)]
        metrics = tuple(by_label or by_name)[:_MOST_METRICS]
        if metrics:
            yield _of_metrics(found, metrics, high=often, before=before)


def _high_or_low(text: str, terms: Iterable[str]) -> Iterator[re.Match[str]]:
    """Such as "with a high return rate" and "whose return rate is high"; `w` is the word that ties it to people, if any."""
    words = qualities("en")
    degree = f"(?:(?:{_any(words.degrees)})\\s+)?"
    quality, term = f"(?P<q>{_any((*words.high, *words.low))})", f"(?:{_any(terms)})s?\\b"
    lead = r"(?<!how )\b(?P<w>(?:with|having|who have|that have)\s+)?(?:an?\s+|the\s+)?"
    yield from re.finditer(f"{lead}{degree}{quality}\\s+{term}", text)
    yield from re.finditer(f"\\b(?P<w>whose\\s+){term}\\s+(?:is|are)\\s+{degree}{quality}\\b", text)


def _of_metrics(found: re.Match[str], metrics: tuple[str, ...], *, high: bool, before: bool = True) -> Phrase:
    return Phrase(start=found.start(), end=found.end(), said=found[0], high=high, metrics=metrics, before=before)


def _of_concept(found: re.Match[str], concept: Concept, *, high: bool, before: bool = True) -> Phrase:
    ideas = concept.ideas if high else tuple(dict.fromkeys(OPPOSITE[idea] for idea in concept.ideas))
    return Phrase(start=found.start(), end=found.end(), said=found[0], high=high, ideas=ideas, before=before)


def _about(term: str, verb: str) -> bool:
    if term.isascii():
        stem = verb[: max(_SHORTEST_STEM, len(verb) - 2)]
        return len(verb) >= _SHORTEST_STEM and any(word.startswith(stem) for word in term.split())
    return verb in term


def _names(words: Words) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.lower() for name in (words.label.zh, words.label.en, *words.synonyms) if name))


def _any(words: Iterable[str]) -> str:
    """A pattern for one of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
