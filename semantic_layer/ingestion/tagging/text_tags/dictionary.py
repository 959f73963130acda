"""Labels texts by words. A word that is denied in its own clause does not count: 不想退货 is no return."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from semantic_layer.ingestion.tagging.text_tags.types import UNLABELLED, Found
from semantic_layer.model.types import TextBody

_CLAUSE: Final = re.compile(r"[，。！？；,.!?;\n]")
_DENIED_ZH: Final = re.compile(r"不是|不|没有|没|无|未|别|非")
_DENIED_EN: Final = re.compile(r"\b(?:not|no|never|without|nor|cannot)\b|n't\b")
_ASKED: Final = re.compile(r"(.)[不没]\1|有没有")  # 有没有 and 能不能 ask; they deny nothing
_REACH_ZH: Final = 4  # letters between a denial and what it denies
_REACH_EN: Final = 4  # words
_SURE: Final = 1.0


class Dictionary:
    """The words of one tag, compiled once; pure."""

    def __init__(self, body: TextBody) -> None:
        self._speaker = body.speaker
        self._labels = [
            (str(label.value.value), _pattern(label.words), _pattern(label.unless)) for label in body.labels
        ]

    def find(self, text: str) -> Found:
        """The first label, in the order of the tag, that a clause says and does not deny."""
        clauses = [clause for line in spoken(text, self._speaker) for clause in _CLAUSE.split(line) if clause.strip()]
        for value, words, unless in self._labels:
            if unless is not None and any(_said(clause, unless) for clause in clauses):
                continue
            if words is not None and any(_said(clause, words) for clause in clauses):
                return Found(value, _SURE)
        return Found(UNLABELLED, _SURE)

    def find_all(self, texts: Sequence[str]) -> list[Found]:
        """One for each text; equal texts are read once."""
        known = {text: self.find(text) for text in dict.fromkeys(texts)}
        return [known[text] for text in texts]


def spoken(text: str, speaker: str) -> list[str]:
    """The lines of one speaker without the name; all lines when no speaker is asked for or none is named."""
    lines = text.split("\n")
    own = [line[len(speaker) :] for line in lines if speaker and line.startswith(speaker)]
    return own or ([] if speaker and any("：" in line[:6] for line in lines) else lines)


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    parts = [
        rf"\b{re.escape(word.lower())}\b" if word.isascii() else re.escape(word)
        for word in sorted(words, key=len, reverse=True)
    ]
    return re.compile("|".join(parts)) if parts else None


def _said(clause: str, words: re.Pattern[str]) -> bool:
    plain = clause.lower()
    return any(not _denied(plain[: found.start()], found[0]) for found in words.finditer(plain))


def _denied(before: str, word: str) -> bool:
    """Whether an odd number of denials stands close before the word; two take each other back."""
    if word.isascii():
        near = " ".join(before.split()[-_REACH_EN:])
        return len(_DENIED_EN.findall(near)) % 2 == 1
    return len(_DENIED_ZH.findall(_ASKED.sub("", before)[-_REACH_ZH:])) % 2 == 1


__all__ = ["Dictionary", "spoken"]
