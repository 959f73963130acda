"""Whether the product can serve right now, and what keeps it from doing so."""

from __future__ import annotations

from dataclasses import dataclass

from semantic_layer.errors import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must work: `name` such as `state` or `data`. `problem` is for everybody's eyes: no path, no address."""

    name: str
    problem: Text | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """All that was looked at."""

    checks: tuple[Check, ...]

    @property
    def ready(self) -> bool:
        return all(check.problem is None for check in self.checks)
