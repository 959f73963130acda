"""Kinds of questions that end without an answer: unsafe, private, out of scope, not computed yet, or to be said otherwise.

Data in `cues.yml`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, cast

import yaml

from assistant.interpreters.base import Declined, NotUnderstood, RefusalKind
from semantic_layer.errors import Language, Text
from semantic_layer.vocabulary.fold import is_han

_REPHRASE: Final = "rephrase"


@dataclass(frozen=True, slots=True)
class Cue:
    """`kind` is `None` for what is answered when it is said in a way that can be read."""

    kind: RefusalKind | None
    patterns: tuple[re.Pattern[str], ...]
    reason: Text
    suggestions: tuple[Text, ...]

    def find(
        self, text: str, names: Sequence[tuple[int, int]] = (), recurring: Sequence[tuple[int, int]] = ()
    ) -> re.Match[str] | None:
        """The first place where the cue stands; not within a longer name of the model, which means something else, and not
        beginning in one of `recurring`.
        """
        for pattern in self.patterns:
            for match in pattern.finditer(text):
                span = match.span()
                inside = any(n[0] <= span[0] and span[1] <= n[1] and n != span for n in names)
                if not inside and not any(r[0] <= span[0] < r[1] for r in recurring):
                    return match
        return None


def declined(
    text: str,
    language: Language,
    names: Sequence[tuple[int, int]] = (),
    recurring: Sequence[tuple[int, int]] = (),
) -> Declined | NotUnderstood | None:
    """The refusal or the question back that `text` (normalised) calls for, if any. `names` are the places of names of the model in it, `recurring`
    those of times that come again every year.
    """
    for cue in _cues():
        passed = (names, recurring) if cue.kind in (None, RefusalKind.NOT_YET) else ((), ())
        if cue.find(text, *passed) is not None:
            if cue.kind is None:
                return NotUnderstood(unexplained=(), why=cue.reason, language=language)
            return Declined(kind=cue.kind, reason=cue.reason, suggestions=cue.suggestions, language=language)
    return None


@cache
def _cues() -> tuple[Cue, ...]:
    text = resources.files(__package__).joinpath("cues.yml").read_text(encoding="utf-8")
    return tuple(_cue(cast("dict[str, object]", entry)) for entry in yaml.safe_load(text))


def _cue(entry: dict[str, object]) -> Cue:
    words = [_word_pattern(str(word)) for word in cast("list[object]", entry.get("words", []))]
    patterns = [str(pattern) for pattern in cast("list[object]", entry.get("patterns", []))]
    suggestions = cast("dict[str, list[str]]", entry.get("suggestions", {}))
    kind = str(entry["kind"])
    return Cue(
        kind=None if kind == _REPHRASE else RefusalKind(kind),
        patterns=tuple(re.compile(p) for p in (*words, *patterns)),
        reason=_reason(entry),
        suggestions=tuple(Text(zh, en) for zh, en in _pairs(suggestions)),
    )


def _pairs(suggestions: dict[str, list[str]]) -> list[tuple[str, str]]:
    if not suggestions:
        return []
    zh, en = suggestions["zh"], suggestions["en"]
    return [(zh[min(i, len(zh) - 1)], en[min(i, len(en) - 1)]) for i in range(max(len(zh), len(en)))]


def _word_pattern(word: str) -> str:
    escaped = re.escape(word)
    return escaped if is_han(word[0]) else rf"(?<![a-z]){escaped}(?![a-z])"


def _reason(entry: dict[str, object]) -> Text:
    if "reason" in entry:
        return _text(entry["reason"])
    name = _text(entry["name"])
    return Text(zh=f"目前还不能回答{name.zh}这类问题。", en=f"Questions about {name.en} cannot be answered yet.")


def _text(value: object) -> Text:
    texts = cast("dict[str, str]", value)
    return Text(zh=texts["zh"], en=texts["en"])
