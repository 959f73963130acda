"""What a review finds: what is wrong, where it is written, how much of the data it touches, and what would mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from semantic_layer.errors import Issue, Text
from semantic_layer.model.sources import Kind, Sources

Severity = Literal["error", "warning", "info"]
_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding. `rule` names the check that made it. Of `total` things, `count` are touched; `None` is not counted.

    An error makes numbers wrong or questions fail; a warning probably does; an info is worth knowing.
    """

    rule: str
    severity: Severity
    file: str
    line: int
    key: str
    message: Text
    remedy: Text
    count: int | None = None
    total: int | None = None

    @property
    def share(self) -> float | None:
        """The part of `total` that is touched, 0 to 1."""
        return self.count / self.total if self.count is not None and self.total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A definition and the way down to the key that a finding is about."""

    kind: Kind
    name: str
    path: tuple[str | int, ...] = ()


class Findings:
    """Collects the findings of one check; knows where every definition stands."""

    def __init__(self, rule: str, sources: Sources) -> None:
        self._rule = rule
        self._sources = sources
        self.found: list[Finding] = []

    def add(
        self,
        severity: Severity,
        at: Place,
        message: Text,
        remedy: Text,
        *,
        count: int | None = None,
        total: int | None = None,
    ) -> None:
        place = self._sources.issue(at.kind, at.name, at.path, message.en, remedy.en)
        self.found.append(
            Finding(
                rule=self._rule,
                severity=severity,
                file=place.file,
                line=place.line,
                key=place.key or at.name,
                message=message,
                remedy=remedy,
                count=count,
                total=total,
            )
        )


def of_issue(issue: Issue) -> Finding:
    """A fault that was found while the files were read."""
    return Finding(
        rule="definitions",
        severity=issue.severity,
        file=issue.file,
        line=issue.line,
        key=issue.key,
        message=Text("", issue.message),
        remedy=Text("", issue.remedy),
    )


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first, then as they stand in the files."""
    return tuple(sorted(findings, key=lambda one: (_ORDER[one.severity], one.file, one.line, one.key, one.rule)))


def listed(names: Iterable[str], *, most: int = 12) -> Text:
    """Names one after the other in both languages; more than `most` are cut."""
    everything = tuple(names)
    shown, more = everything[:most], len(everything) > most
    return Text("、".join(shown) + ("等" if more else ""), ", ".join(shown) + (", …" if more else ""))


def share_in_words(count: int, total: int) -> str:
    """`3.2%`, with enough digits that something is never shown as nothing, nor a part as all."""
    if not total:
        return "0%"
    share = 100 * count / total
    for digits in (1, 2, 3, 4):
        text = f"{share:.{digits}f}"
        if 0 < float(text) < 100 or count in (0, total):
            return f"{text.rstrip('0').rstrip('.')}%"
    return "<0.0001%" if share < 50 else ">99.9999%"
