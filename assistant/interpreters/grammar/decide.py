"""Chooses among readings: one clear winner, a question back when a word has two meanings, or what was not understood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.interpreters.base import (
    Ambiguous,
    Declined,
    Note,
    NoteKind,
    NotUnderstood,
    Outcome,
    Reading,
    RefusalKind,
    Understood,
)
from assistant.interpreters.grammar.categories import SOFT
from assistant.interpreters.grammar.defaults import default_notes
from assistant.interpreters.grammar.meanings import Meanings, Sense
from assistant.interpreters.grammar.normalise import Normalised
from assistant.interpreters.grammar.parse import Candidate, Parser
from assistant.interpreters.grammar.words import Mentions, Word
from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Dimension, DimensionKind, NearMiss, Sensitivity
from semantic_layer.vocabulary import Vocabulary
from semantic_layer.vocabulary.terms import EntityTerm, FieldTerm, GroupTerm, MetricTerm, NearMissTerm, ValueTerm

CLOSE = 0.5  # two meanings of one word whose readings differ by less than this are both possible
_MOST = 3

_PRIVATE = Text(
    "联系方式等个人信息默认不显示。需要触达客户时，请先圈出人群，再点“导出”并说明用途。",
    "Contact details are not shown. To reach customers, list the people first, then choose Export and state the purpose.",
)
_KNOWN_WORDS = Text(
    "这些词都认识，但合在一起还看不懂。", "All the words are known, but not what they ask for together."
)
_UNKNOWN_WORDS = Text("这些词在标签、指标和取值里都没有。", "These words are not among the tags, metrics and values.")


class Decider:
    def __init__(self, meanings: Meanings, vocabulary: Vocabulary) -> None:
        self._m = meanings
        self._vocabulary = vocabulary

    # ---- refusals that need the words

    def refused(self, normalised: Normalised, mentions: Mentions, language: Language) -> Declined | None:
        if mentions.time_errors:
            return Declined(kind=RefusalKind.CONTRADICTION, reason=mentions.time_errors[0], language=language)
        if self._asks_contact(mentions):
            example = Text("上海的高价值客户有哪些", "Which high-value customers are in Shanghai")
            return Declined(kind=RefusalKind.PRIVATE, reason=_PRIVATE, suggestions=(example,), language=language)
        return None

    def _asks_contact(self, mentions: Mentions) -> bool:
        """A contact column is named, and nothing that was done with it (sent, opened) is."""
        spans = [
            (match.start, match.end)
            for match in self._vocabulary.find(mentions.text)
            if isinstance(match.entry.term, FieldTerm) and self._is_private(match.entry.term.field)
        ]
        names = [(w.start, w.end) for w in mentions.words if w.sense is not None]
        names += [span for span, _ in self._missing(mentions)]
        outer = [s for s in spans if not any(n[0] <= s[0] and s[1] <= n[1] and n != s for n in names)]
        done = any(w.cat in ("VERB", "METRIC", "SAVE") for w in mentions.words if (w.start, w.end) not in spans)
        plain = any(not any((w.start, w.end) == s and w.cat != "FIELD" for w in mentions.words) for s in outer)
        return bool(outer) and (plain or not done) and not any(w.cat == "DEF" for w in mentions.words)

    def _is_private(self, field: str) -> bool:
        found = self._m.index.field(field)
        if not isinstance(found, Dimension):
            return False
        return found.sensitivity is Sensitivity.CONTACT or (
            found.sensitivity is Sensitivity.PERSONAL and found.kind is DimensionKind.IDENTIFIER
        )

    # ---- the choice

    def decide(
        self,
        normalised: Normalised,
        mentions: Mentions,
        candidates: Sequence[Candidate],
        parser: Parser,
        language: Language,
    ) -> Outcome:
        missing = self._missing(mentions)
        if not candidates or missing:
            return self._not_understood(normalised, mentions, parser, missing, language)
        doubt = self._doubt(candidates)
        if doubt is not None:
            return self._ask(normalised, *doubt, language)
        return Understood(
            reading=self.reading(candidates[0], normalised), language=language, derivation=candidates[0].rules
        )

    def reading(self, candidate: Candidate, normalised: Normalised) -> Reading:
        notes = candidate.notes + tuple(default_notes(self._m, candidate, normalised))
        return Reading(label=Text("", ""), plan=candidate.plan, notes=notes, score=candidate.score)

    def _doubt(self, candidates: Sequence[Candidate]) -> tuple[Word, list[tuple[Word, Candidate]]] | None:
        """A word of the best reading that has another meaning in a reading nearly as good."""
        best = candidates[0]
        for word in best.words:
            rivals = [(word, best)]
            for other in candidates[1:]:
                if _leaves_default(best, other):
                    continue
                same = next((w for w in other.words if (w.start, w.end) == (word.start, word.end)), None)
                known = any(same is not None and same.value == w.value and same.cat == w.cat for w, _ in rivals)
                close = best.score - other.score < CLOSE and other.plan != best.plan
                settled = word.cat == "VERB" or (word.sense is not None and word.sense.assumed)
                if (
                    same is not None
                    and not known
                    and close
                    and not settled
                    and same.sense is not None
                    and word.sense is not None
                    and same.cat != "VERB"
                ):
                    rivals.append((same, other))
            if len(rivals) > 1:
                return word, rivals[:_MOST]
        return None

    def _ask(
        self, normalised: Normalised, word: Word, rivals: Sequence[tuple[Word, Candidate]], language: Language
    ) -> Ambiguous:
        said = normalised.quote(word.start, word.end)
        readings = tuple(
            Reading(
                label=self.name_of(rival.sense) if rival.sense is not None else Text(said, said),
                plan=candidate.plan,
                notes=candidate.notes,
                score=candidate.score,
            )
            for rival, candidate in rivals
        )
        question = Text(
            f"“{said}”有几种意思，您指的是哪一个？", f"{said!r} can mean several things. Which one do you mean?"
        )
        return Ambiguous(about=said, question=question, readings=readings, language=language)

    def name_of(self, sense: Sense) -> Text:
        match sense.term:
            case MetricTerm(name=name):
                return self._m.index.metric(name).words.label
            case FieldTerm(field=field):
                return self._m.index.field(field).words.label
            case ValueTerm(field=field, value=value):
                found = self._m.index.field(field)
                label = next((v.label for v in found.values if v.value == value), Text(str(value), str(value)))
                called = found.words.label
                said = label.en or str(value)
                return Text(f"{called.zh}为{label.zh or value}", f"{called.en or called.zh} is {said}")
            case GroupTerm(field=field, group=group):
                called = self._m.index.field(field).words.label
                members = self._m.group(field, group).words.label
                return Text(f"{called.zh}属于{members.zh}", f"{called.en} in {members.en}")
            case EntityTerm(name=entity):
                return self._m.index.entity(entity).words.label
            case _:
                return Text("", "")

    # ---- what was not understood

    def _missing(self, mentions: Mentions) -> list[tuple[tuple[int, int], NearMiss]]:
        """Words for things that are known not to be defined, unless they are a part of a name that is."""
        found: list[tuple[tuple[int, int], NearMiss]] = []
        matches = self._vocabulary.find(mentions.text)
        for match in matches:
            term = match.entry.term
            if not isinstance(term, NearMissTerm):
                continue
            inside = any(
                m.start <= match.start and match.end <= m.end and not isinstance(m.entry.term, NearMissTerm)
                for m in matches
            )
            if not inside:
                miss = next(n for n in self._m.model.near_misses if n.words[0] == term.word)
                found.append(((match.start, match.end), miss))
        return [f for f in found if not any(o[0] != f[0] and o[0][0] <= f[0][0] and f[0][1] <= o[0][1] for o in found)]

    def _not_understood(
        self,
        normalised: Normalised,
        mentions: Mentions,
        parser: Parser,
        missing: Sequence[tuple[tuple[int, int], NearMiss]],
        language: Language,
    ) -> NotUnderstood:
        nearest = parser.readings(mentions, lenient=True)
        spans = [span for span, _ in missing] or list(_unexplained(mentions, nearest))
        offers = [self._offer(name) for _, miss in missing for name in miss.offer]
        for start, end in () if missing else spans:
            near = self._vocabulary.nearest(mentions.text[start:end], 3)
            offers += [n.entry.label for n in near if not isinstance(n.entry.term, NearMissTerm)]
        why = missing[0][1].why if missing else _UNKNOWN_WORDS if spans else _KNOWN_WORDS
        return NotUnderstood(
            unexplained=tuple(dict.fromkeys(normalised.quote(*span).strip() for span in spans)),
            nearest=tuple(self.reading(c, normalised) for c in _distinct(nearest)[:3]),
            offers=tuple(dict.fromkeys(o for o in offers if o.zh or o.en))[:6],
            why=why,
            language=language,
        )

    def _offer(self, name: str) -> Text:
        index = self._m.index
        return index.metric(name).words.label if index.has_metric(name) else index.field(name).words.label


def _leaves_default(best: Candidate, other: Candidate) -> bool:
    """Does the other reading take a word otherwise that the company has a default meaning for?"""
    taken = {(w.start, w.end): w.value for w in best.words if w.sense is not None and w.sense.assumed}
    return any((w.start, w.end) in taken and taken[w.start, w.end] != w.value for w in other.words)


def _distinct(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The best of those that are read alike and differ only in which of two near names a word stands for."""
    found: dict[tuple[object, ...], Candidate] = {}
    for candidate in candidates:
        found.setdefault((candidate.rules, *((w.start, w.end, w.cat) for w in candidate.words)), candidate)
    return tuple(found.values())


def _unexplained(mentions: Mentions, nearest: Sequence[Candidate]) -> Iterator[tuple[int, int]]:
    """Unknown stretches, and words that even the nearest reading leaves out."""
    spans = list(mentions.unknown)
    if nearest:
        used = [(w.start, w.end) for w in nearest[0].words]
        for word in sorted(mentions.words, key=lambda w: (w.start, -w.end)):
            free = not any(s < word.end and word.start < e for s, e in (*used, *spans))
            if free and word.cat not in SOFT and not _soft_too(mentions, word):
                spans.append((word.start, word.end))
    yield from sorted(set(_joined(mentions.text, spans)))


def _soft_too(mentions: Mentions, word: Word) -> bool:
    return any((w.start, w.end) == (word.start, word.end) and w.cat in SOFT for w in mentions.words)


def _joined(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Stretches of unknown English words that stand side by side are one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and text[merged[-1][1] : start].strip(" -'") == "" and text[start].isascii():
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    yield from merged


__all__ = ["CLOSE", "Decider", "Note", "NoteKind"]
