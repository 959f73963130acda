"""Two states of the same definitions side by side: what changed in them, and what that does to numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from semantic_layer.errors import Text
from semantic_layer.model.load import Loaded
from semantic_layer.query.types import Audience
from semantic_layer.review.changes import Change, changes_between
from semantic_layer.review.compare import MetricShift, Side, SizeShift, segment_sizes, touched_metrics, touched_tags
from semantic_layer.review.findings import Finding, Findings, Place, ordered
from semantic_layer.review.usage import KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionShift:
    """A question of the definitions whose answer is another one now."""

    question: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffReport:
    """Everything that differs. `as_of` is the data's today under the old and new definitions; `None` without data."""

    changes: tuple[Change, ...]
    warnings: tuple[Finding, ...]
    metrics: tuple[MetricShift, ...] = ()
    tags: tuple[SizeShift, ...] = ()
    segments: tuple[SizeShift, ...] = ()
    questions: tuple[QuestionShift, ...] = ()
    as_of: tuple[date, date] | None = None


def diff(
    old: Loaded,
    new: Loaded,
    sides: tuple[Side, Side] | None = None,
    segments: Mapping[str, Audience] | None = None,
) -> DiffReport:
    """The report on two folders without errors; with `sides`, also what it does to numbers. Nothing is written."""
    changes = changes_between(old.model, new.model)
    warnings = _warnings(changes, new)
    if sides is None:
        return DiffReport(changes=changes, warnings=warnings)
    before, after = sides
    return DiffReport(
        changes=changes,
        warnings=warnings,
        metrics=touched_metrics(before, after, changes),
        tags=touched_tags(before, after, changes),
        segments=segment_sizes(before, after, segments or {}),
        as_of=(before.as_of, after.as_of),
    )


def _warnings(changes: Sequence[Change], new: Loaded) -> tuple[Finding, ...]:
    findings = Findings("version", new.sources)
    for change in changes:
        if not change.needs_version or change.versions is None:
            continue
        before, after = change.versions
        kind = KINDS[change.kind]
        findings.add(
            "warning",
            Place(kind=change.kind, name=change.name, path=("version",)),
            Text(
                f"{kind.zh}「{change.name}」的含义变了，版本仍是 {after}。",
                f"The meaning of the {kind.en} {change.name} changed and its version is still {after}.",
            ),
            Text(f"请写 version: {before + 1}。", f"Write version: {before + 1}."),
        )
    return ordered(findings.found)
