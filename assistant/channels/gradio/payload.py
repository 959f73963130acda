"""What a browser sent, read with suspicion: names and short texts, never plans, people or permissions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Payload:
    """One action and its fields. Anything missing, too long or of another type reads as empty."""

    fields: Mapping[str, object]

    @classmethod
    def of(cls, data: object) -> Payload:
        return cls({str(key): value for key, value in data.items()} if isinstance(data, Mapping) else {})

    @property
    def act(self) -> str:
        return self.text("act")

    def text(self, name: str) -> str:
        value = self.fields.get(name)
        return value[:LONGEST] if isinstance(value, str) else ""

    def long_text(self, name: str) -> str:
        """A text that may be as long as a request may be: a piece of a file."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """A position; -1 when there is none."""
        value = self.fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 9 else -1

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.fields.get(name)
        if isinstance(value, str):
            return (value,)
        return tuple(v for v in value if isinstance(v, str)) if isinstance(value, (list, tuple)) else ()
