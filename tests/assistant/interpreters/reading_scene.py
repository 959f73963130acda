"""What reading by names and models needs, scripted: a ranking that says what it was told, reviewed examples, a clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.interpreters.grammar.interpreter import GrammarInterpreter
from assistant.interpreters.llm.material import Gatherer, Material
from assistant.interpreters.spans import Gaps
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.query.plan import Plan
from semantic_layer.vocabulary import Vocabulary
from semantic_layer.vocabulary.terms import Entry, Near, Source, Term

Ranking = Mapping[str, Sequence[tuple[Term, float]]]


class ScriptedRanks:
    """Ranks what it was told for something said, in that order, and nothing else. Keeps what it was asked."""

    def __init__(self, ranking: Ranking) -> None:
        self._ranking = ranking
        self.asked: list[str] = []

    def ranked(self, said: str, limit: int, *, kinds: Sequence[type[Term]] | None = None) -> tuple[Near, ...]:
        self.asked.append(said)
        found = [pair for pair in self._ranking.get(said, ()) if kinds is None or isinstance(pair[0], tuple(kinds))]
        return tuple(near(term, similarity) for term, similarity in found[:limit])

    def similarity(self, said: str, term: Term) -> float:
        return dict(self._ranking.get(said, ())).get(term, 0.0)

    def rank(self, said: str, term: Term, *, kinds: Sequence[type[Term]] | None = None) -> int | None:
        terms = [n.entry.term for n in self.ranked(said, 1_000, kinds=kinds)]
        return terms.index(term) + 1 if term in terms else None


def near(term: Term, similarity: float) -> Near:
    name = str(term)
    entry = Entry(text=name, key=name, term=term, label=Text(name, name), source=Source.LABEL)
    return Near(entry=entry, similarity=similarity, how="meaning")


@dataclass(frozen=True)
class Reviewed:
    """A reviewed question in the words of both languages."""

    plan: Plan
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    def wordings(self, language: Language | None = None) -> tuple[str, ...]:
        return self.zh if language == "zh" else self.en


class ReviewedNear:
    """These questions are near every question."""

    def __init__(self, *examples: Reviewed) -> None:
        self._examples = examples

    def near(self, text: str, limit: int, language: Language) -> Sequence[Reviewed]:
        return self._examples[:limit]


class Clock:
    """A monotonic clock that goes on by `step` seconds each time it is read, and by what `pass_` says."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 100.0
        self._step = step

    def __call__(self) -> float:
        now, self.now = self.now, self.now + self._step
        return now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


class ReadsOnly:
    """Reads as an interpreter does, and keeps which wordings it was given."""

    def __init__(self, interpreter: GrammarInterpreter) -> None:
        self._interpreter = interpreter
        self.read: list[str] = []

    def understood(self, text: str):
        self.read.append(text)
        return self._interpreter.understood(text)


def gaps_over(index: ModelIndex) -> Gaps:
    model = index.model
    calendar = CompanyCalendar(model.conventions, model.festivals, date(2026, 10, 31))
    return Gaps(Vocabulary.build(index, {}), index, calendar)


def material_of(
    text: str, language: Language, index: ModelIndex, gaps: Gaps, ranking: Ranking, examples: Iterable[Reviewed] = ()
) -> Material:
    gatherer = Gatherer(index, ScriptedRanks(ranking), ReviewedNear(*examples))
    return gatherer.gather(text, gaps.of(text), language)
