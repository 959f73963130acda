"""Help while a question is being typed: which words are known, and how the last word may go on."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.interpreters.grammar.categories import TIME
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.mentions import Linker
from assistant.interpreters.grammar.normalise import normalise
from assistant.interpreters.grammar.times import TimeFinder
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import Language, Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.vocabulary.vocabulary import Vocabulary

KINDS = {
    "metric": Text("指标", "metric"),
    "tag": Text("标签", "tag"),
    "dimension": Text("维度", "dimension"),
}
SHORTEST = 1
LONGEST_TAIL = 24
LONGEST_READ = 500
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A way to finish the text: `text` is the whole of it."""

    text: str
    hint: Text


class WordReader:
    """Tells the words of a question that are names of the data set, or times, from words that nothing explains."""

    def __init__(self, vocabulary: Vocabulary, index: ModelIndex, calendar: CompanyCalendar) -> None:
        self._linker = Linker(vocabulary, Meanings(index), TimeFinder(calendar))
        self._names = [name.casefold() for language in LANGUAGES for name, _ in _names(index, language)]

    def spans(self, text: str) -> tuple[tuple[int, int, bool], ...]:
        """Start, end and whether anything explains it, leftmost first; words of the grammar itself are left out."""
        if len(text) > LONGEST_READ:
            return ()
        normalised = normalise(text)
        mentions = self._linker.link(normalised)
        named = [w for w in mentions.words if w.sense is not None or w.cat == TIME]
        found: list[tuple[int, int, bool]] = []
        end = 0
        for word in sorted(named, key=lambda w: (w.start, -w.end)):
            if word.start >= end:
                found.append((*normalised.span(word.start, word.end), True))
                end = word.end
        for start, stop in mentions.unknown:
            if (
                stop < len(normalised.text)
                or normalised.original[-1:].isspace()
                or self._finished(normalised.text[start:stop])
            ):
                found.append((*normalised.span(start, stop), False))
        return tuple(sorted(found))

    def _finished(self, last: str) -> bool:
        """Whether the last word, still under the cursor, can be called unknown: no name begins with it."""
        if last[-1].isascii():
            return False  # letters come one at a time
        return len(last) > 1 and not any(name.startswith(last) for name in self._names)


def complete(text: str, language: Language, index: ModelIndex, most: int) -> tuple[Known, ...]:
    """The names that begin with the end of `text`, longest overlap first."""
    folded = text.casefold()
    if not folded.strip():
        return ()
    found: dict[str, tuple[int, Known]] = {}
    for label, hint in _names(index, language):
        overlap = _overlap(folded, label.casefold())
        if overlap >= SHORTEST and overlap < len(label):
            whole = text[: len(text) - overlap] + label
            found.setdefault(whole, (overlap, Known(text=whole, hint=hint)))
    ranked = sorted(found.values(), key=lambda pair: (-pair[0], len(pair[1].text)))
    return tuple(known for _, known in ranked[:most])


def _names(index: ModelIndex, language: Language) -> list[tuple[str, Text]]:
    model = index.model
    names = [(m.words.label.in_(language), KINDS["metric"]) for m in model.metrics]
    names += [(t.words.label.in_(language), KINDS["tag"]) for t in model.tags]
    names += [(d.words.label.in_(language), KINDS["dimension"]) for d in model.dimensions]
    for d in model.dimensions:
        names += [(v.label.in_(language), d.words.label) for v in d.values]
    return names


def _overlap(text: str, name: str) -> int:
    """How many characters at the end of `text` begin `name`; English words begin at a word."""
    for length in range(min(len(text), len(name), LONGEST_TAIL), 0, -1):
        tail = text[-length:]
        before = text[-length - 1 : -length]
        if name.startswith(tail) and not (tail[0].isascii() and before.isascii() and before.isalnum()):
            return length
    return 0
