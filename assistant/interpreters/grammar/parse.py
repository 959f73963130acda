"""Runs the chart over the words of a text and gives the readings of the whole of it, best first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.interpreters.base import Note
from assistant.interpreters.grammar.account import keeps_all, keeps_apart, keeps_defaults, keeps_lists, keeps_order
from assistant.interpreters.grammar.account_words import keeps_words
from assistant.interpreters.grammar.categories import FRAME, SOFT
from assistant.interpreters.grammar.chart import Chart, Grammar, Item
from assistant.interpreters.grammar.finish import Finished, Finisher
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Frame
from assistant.interpreters.grammar.rules import grammar, rule_sets
from assistant.interpreters.grammar.words import Mentions, Word, is_punctuation
from semantic_layer.query.plan import Plan

_UNKNOWN = 8.0  # price of passing over a stretch that no word covers
_DROPPED = 6.0  # price of passing over a word with a meaning, when nothing better is left


@dataclass(frozen=True, slots=True)
class Parsed:
    """A frame for the whole text, with the words it used."""

    frame: Frame
    score: float
    words: tuple[Word, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plan that the whole text can mean."""

    plan: Plan
    score: float
    notes: tuple[Note, ...]
    words: tuple[Word, ...]
    rules: tuple[str, ...]


class Parser:
    def __init__(self, meanings: Meanings) -> None:
        self._m = meanings
        self._grammars: dict[frozenset[int], Grammar] = {}
        self._finisher = Finisher(meanings)

    def readings(self, mentions: Mentions, *, lenient: bool = False) -> tuple[Candidate, ...]:
        """Plans for the text, best first. `lenient` passes over unknown stretches and words that fit nowhere."""
        found: dict[Plan, Candidate] = {}
        for parsed in self.frames(mentions, lenient=lenient):
            for finished in self._finisher.plans(parsed.frame):
                if not self._keeps(mentions, parsed, finished.plan):
                    continue
                candidate = _candidate(parsed, finished)
                known = found.get(candidate.plan)
                if known is None or candidate.score > known.score:
                    found[candidate.plan] = candidate
        return tuple(sorted(found.values(), key=lambda c: -c.score))

    def _keeps(self, mentions: Mentions, parsed: Parsed, plan: Plan) -> bool:
        text, words = mentions.text, parsed.words
        return (
            keeps_all(self._m, words, plan)
            and keeps_lists(self._m, text, words, plan)
            and keeps_apart(text, words, plan)
            and keeps_order(mentions.words, words, plan)
            and keeps_defaults(self._m, words, plan)
            and keeps_words(self._m, mentions, parsed.frame, words, plan)
        )

    def frames(self, mentions: Mentions, *, lenient: bool = False) -> tuple[Parsed, ...]:
        """Frames that cover the whole text, best first."""
        text = mentions.text
        reach = _reach(mentions, lenient=lenient)
        first = reach[0]
        starts = frozenset(position for position, _ in first)
        rules = self._rules(frozenset(w.cat for w in mentions.words))
        chart = Chart(rules, [w.leaf() for w in mentions.words], reach, starts)
        found: list[Parsed] = []
        if chart.exhausted:
            return ()
        for start, price in first:
            for item in chart.items(start, FRAME):
                rest = dict(reach.get(item.end, ())).get(len(text))
                if rest is not None:
                    found.append(_parsed(item, item.score - price - rest))
        return tuple(sorted(found, key=lambda p: -p.score))

    def _rules(self, said: frozenset[str]) -> Grammar:
        chosen = rule_sets(said)
        if chosen not in self._grammars:
            self._grammars[chosen] = grammar(self._m, chosen)
        return self._grammars[chosen]


def _parsed(item: Item, score: float) -> Parsed:
    assert isinstance(item.value, Frame)
    words = tuple(leaf.word for leaf in item.leaves() if isinstance(leaf.word, Word))
    return Parsed(item.value, score, words, tuple(item.derivation()))


def _candidate(parsed: Parsed, finished: Finished) -> Candidate:
    notes = tuple(word.note for word in parsed.words if word.note is not None)
    return Candidate(finished.plan, parsed.score + finished.score, notes + finished.notes, parsed.words, parsed.rules)


def _reach(mentions: Mentions, *, lenient: bool) -> Mapping[int, Sequence[tuple[int, float]]]:
    """From every position, where one may go on reading, and the price of what is passed over."""
    end = len(mentions.text)
    skips = _skips(mentions, lenient=lenient)
    reach: dict[int, list[tuple[int, float]]] = {end: [(end, 0.0)]}
    for place in range(end - 1, -1, -1):
        best = {place: 0.0}
        for after, price in skips[place]:
            for position, more in reach[after]:
                best[position] = min(price + more, best.get(position, price + more))
        reach[place] = sorted(best.items())
    return reach


def _skips(mentions: Mentions, *, lenient: bool) -> dict[int, list[tuple[int, float]]]:
    """What may be passed over at each position: signs, words of little meaning and, to be lenient, anything."""
    text = mentions.text
    skips: dict[int, list[tuple[int, float]]] = {place: [] for place in range(len(text) + 1)}
    for place, char in enumerate(text):
        if is_punctuation(char):
            skips[place].append((place + 1, 0.0))
    for word in mentions.words:
        price = SOFT.get(word.cat, _DROPPED if lenient else None)
        if price is not None:
            skips[word.start].append((word.end, price))
    for start, end in mentions.unknown if lenient else ():
        skips[start].append((end, _UNKNOWN))
    return skips
