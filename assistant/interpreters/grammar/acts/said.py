"""A question while it is being read: what has been understood is blanked out, and the rest keeps its places."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from assistant.interpreters.grammar.normalise import Normalised
from semantic_layer.errors import Language

GONE = "\x00"
_QUOTED = re.compile(r'"([^"]{1,200})"')


@dataclass(frozen=True, slots=True)
class Said:
    """`text` is as long as the normalised question."""

    normalised: Normalised
    language: Language
    text: str

    @classmethod
    def of(cls, normalised: Normalised, language: Language) -> Said:
        return cls(normalised, language, normalised.text)

    def without(self, match: re.Match[str]) -> Said:
        """Without what was matched; what is named `who` stays."""
        kept = match.span("who") if "who" in match.re.groupindex and match["who"] is not None else (-1, -1)
        blank = "".join(
            char if kept[0] <= place < kept[1] else GONE for place, char in enumerate(match[0], start=match.start())
        )
        return replace(self, text=self.text[: match.start()] + blank + self.text[match.end() :])

    def cut(self, start: int, end: int) -> Said:
        return replace(self, text=self.text[:start] + GONE * (end - start) + self.text[end:])

    @property
    def rest(self) -> str:
        """What has not been understood yet."""
        gap = "" if self.language == "zh" else " "
        return re.sub(r"\s+", " ", re.sub(f"{GONE}+", gap, self.text)).strip()

    @property
    def quoted(self) -> tuple[tuple[int, int, str], ...]:
        """Quotations: their places with the signs, and the words as they were typed."""
        return tuple(
            (match.start(), match.end(), self.typed(match.start(1), match.end(1)))
            for match in _QUOTED.finditer(self.text)
        )

    def cased(self, text: str) -> str:
        """A part of the text with its quotations as they were typed."""
        for match in _QUOTED.finditer(self.normalised.text):
            text = text.replace(match[0], f'"{self.typed(match.start(1), match.end(1))}"')
        return text

    def typed(self, start: int, end: int) -> str:
        return self.normalised.quote(start, end).strip()

    def unquoted(self, match: re.Match[str], group: str) -> str:
        """The words of a group as they were typed, without signs around them."""
        return self.typed(*match.span(group)).strip("\"“”「」『』《》' ")
