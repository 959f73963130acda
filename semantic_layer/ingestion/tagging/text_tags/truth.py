"""The labels that people wrote for texts, by the sentences that they wrote them for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from semantic_layer.ingestion.tagging.text_tags.dictionary import spoken
from semantic_layer.model.types import TextBody, TrueText

_ANYTHING: Final = re.compile(r"\\\{[^{}]*\\\}")  # a place in braces, as `re.escape` spells it


class Truths:
    """The labelled sentences of one tag. A text whose every line is labelled has the first label among its lines."""

    def __init__(self, body: TextBody) -> None:
        self._speaker = body.speaker
        self._plain = {one.said.strip(): one for one in body.truth}
        self._open = [(_pattern(one), one) for one in body.truth if "{" in one.said]

    def of(self, text: str) -> str | None:
        """The label, nothing for a text without one, `None` where it is not known."""
        whole = self._line(text)
        if whole is not None:
            return whole.value
        lines = [self._line(line) for line in spoken(text, self._speaker) if line.strip()]
        known = [line for line in lines if line is not None]
        if not lines or len(known) < len(lines):
            return None
        return next((line.value for line in known if line.value), "")

    def sentence(self, line: str) -> str | None:
        """The labelled sentence that a line is, as it was written down."""
        found = self._line(line)
        return None if found is None else found.said

    def among(self, texts: list[str]) -> Iterator[tuple[str, str]]:
        """The texts whose label is known, with it."""
        for text in texts:
            value = self.of(text)
            if value is not None:
                yield text, value

    def _line(self, line: str) -> TrueText | None:
        plain = line.strip()
        if plain in self._plain:
            return self._plain[plain]
        return next((one for pattern, one in self._open if pattern.fullmatch(plain)), None)


def _pattern(one: TrueText) -> re.Pattern[str]:
    return re.compile(_ANYTHING.sub(".+", re.escape(one.said.strip())))
