"""Help while a question is being typed: which words are known, and how the last word may go on."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A way to finish the text: `text` is the whole of it."""

    text: str
    hint: Text


def known_spans(text: str, vocabulary: Vocabulary) -> tuple[tuple[int, int, bool], ...]:
    """Stretches of `text` that are names of the data set, leftmost and longest first, without overlaps."""
    found: list[tuple[int, int, bool]] = []
    end = 0
    for match in vocabulary.find(text.casefold()):
        if match.start >= end and match.end <= len(text):
            found.append((match.start, match.end, True))
            end = match.end
    return tuple(found)


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
