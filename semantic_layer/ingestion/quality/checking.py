"""Checks clean rows against rules: failing rows into quarantine, figures into `work.quality`, a score for each source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import duckdb

from semantic_layer.errors import Text
from semantic_layer.ingestion.names import qualified
from semantic_layer.ingestion.quality.failing import Clock, Finding, find
from semantic_layer.ingestion.quality.rules import ROW, Rule, Severity, Verdict
from semantic_layer.ingestion.quality.tables import FAULTS, begin_faults, ensure_tables, note_faults, stored_time
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.ingestion.warehouse import table_columns, transaction

POINTS: Final = {Severity.HOLD: 20.0, Severity.WARN: 8.0}
"""What a rule costs a source at most."""
FULL_SHARE: Final = 0.1
"""The share of failing rows from which on it costs all of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """What one rule found in one source. `why` says how it was judged; `lost` are points of the score."""

    rule: Rule
    source: str
    checked: int
    failed: int
    verdict: Verdict
    why: Text = Text("", "")  # frozen
    lost: float = 0.0

    @property
    def share(self) -> float:
        """Failed of checked, 0 to 1."""
        return self.failed / self.checked if self.checked else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceQuality:
    """All results of a source, and its score: 100 less what its rules cost, at least 0."""

    source: str
    label: Text
    score: float
    results: tuple[RuleResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """The check after one load."""

    load: int
    at: datetime
    sources: tuple[SourceQuality, ...]

    def source(self, name: str) -> SourceQuality | None:
        return next((each for each in self.sources if each.source == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePoint:
    """The score of a source after one load."""

    load: int
    source: str
    score: float
    at: datetime


def check(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[Rule],
    specs: Sequence[SourceSpec],
    *,
    load: int,
    now: datetime,
    time_zone: str = "Asia/Shanghai",
) -> QualityReport:
    """Check all clean rows of `specs`. Checking again doubles nothing: faults that are mended are settled, those that
    remain keep the day on which they were found. One transaction. `time_zone` is that of the clean times.
    """
    at = Clock(
        stored_time(now), now if now.tzinfo is None else now.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
    )
    with transaction(connection):
        ensure_tables(connection)
        sources = tuple(_check_source(connection, rules, spec, load, at) for spec in specs)
    return QualityReport(load=load, at=at.stored, sources=sources)


def _check_source(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], spec: SourceSpec, load: int, clock: Clock
) -> SourceQuality:
    present = table_columns(connection, "clean", spec.name)
    placed = bool(table_columns(connection, "raw", spec.name))
    own = [rule for rule in rules if rule.source in {"", spec.name} and present and set(rule.fields) <= {*present, ROW}]
    results = []
    for rule in own:
        with _failing(connection, rule, spec, load, clock) as finding:
            if finding is None:
                continue
            _quarantine(connection, rule, spec.name, placed=placed, now=clock.stored)
            results.append(_judged(rule, spec.name, finding))
    _settle_dropped_rules(connection, spec.name, [rule.name for rule in own], clock.stored)
    found = source_quality(spec, tuple(results))
    _write(connection, found, load, clock.stored)
    return found


@contextmanager
def _failing(
    connection: duckdb.DuckDBPyConnection, rule: Rule, spec: SourceSpec, load: int, clock: Clock
) -> Iterator[Finding | None]:
    """The rule's finding, while its failing rows stand in the temporary table `failing`."""
    yield find(connection, rule, spec.name, load=load, clock=clock)
    connection.execute("DROP TABLE IF EXISTS failing")


def _judged(rule: Rule, source: str, finding: Finding) -> RuleResult:
    share = finding.failed / finding.checked if finding.checked else 0.0
    good = share <= rule.allowed
    verdict: Verdict = "good" if good else "bad" if rule.severity is Severity.HOLD else "warning"
    lost = 0.0 if good else POINTS[rule.severity] * min(1.0, share / FULL_SHARE)
    return RuleResult(
        rule=rule,
        source=source,
        checked=finding.checked,
        failed=finding.failed,
        verdict=verdict,
        why=finding.why,
        lost=round(lost, 2),
    )


def source_quality(spec: SourceSpec, results: tuple[RuleResult, ...]) -> SourceQuality:
    """Results with the score that they make."""
    score = max(0.0, 100.0 - sum(each.lost for each in results))
    return SourceQuality(source=spec.name, label=spec.label, score=round(score, 1), results=results)


def _quarantine(connection: duckdb.DuckDBPyConnection, rule: Rule, source: str, *, placed: bool, now: datetime) -> None:
    begin_faults(connection)
    raw = f"LEFT JOIN {qualified('raw', source)} AS r ON r._row = f._row" if placed else ""
    connection.execute(
        f"INSERT INTO {FAULTS} SELECT f._row, {'r._place' if placed else 'NULL'}, f._load, $rule, $field, f.value, "
        f"$reason_zh || f.more_zh, $reason_en || f.more_en, $fix_zh, $fix_en, $held AND f.apart FROM failing AS f {raw}",
        {
            "rule": rule.name,
            "field": rule.field_name,
            "reason_zh": rule.reason.zh,
            "reason_en": rule.reason.en,
            "fix_zh": rule.fix.zh,
            "fix_en": rule.fix.en,
            "held": rule.severity is Severity.HOLD,
        },
    )
    note_faults(connection, source, within="q.rule = $rule", parameters={"rule": rule.name}, at=now)


def _settle_dropped_rules(connection: duckdb.DuckDBPyConnection, source: str, kept: list[str], now: datetime) -> None:
    """What a rule found that was switched off since does not stay in quarantine. Other rooms' lines are not touched."""
    connection.execute(
        "UPDATE work.quarantine AS q SET settled_at = $at WHERE q.source = $source AND q.settled_at IS NULL AND EXISTS "
        "(SELECT 1 FROM work.quality AS w WHERE w.source = $source AND w.rule = q.rule) AND NOT list_contains($kept, q.rule)",
        {"at": now, "source": source, "kept": [*kept, ""]},
    )


def _write(connection: duckdb.DuckDBPyConnection, found: SourceQuality, load: int, now: datetime) -> None:
    for table in ("quality", "scores"):
        connection.execute(f"DELETE FROM work.{table} WHERE load = ? AND source = ?", [load, found.source])
    if found.results:
        connection.executemany(
            "INSERT INTO work.quality VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                [load, each.source, each.rule.name, each.rule.field_name, each.checked, each.failed, each.share, each.verdict, now]
                for each in found.results
            ],
        )  # fmt: skip
    connection.execute("INSERT INTO work.scores VALUES (?, ?, ?, ?)", [load, found.source, found.score, now])


def score_history(connection: duckdb.DuckDBPyConnection) -> tuple[ScorePoint, ...]:
    """All scores, oldest load first."""
    ensure_tables(connection)
    rows = connection.execute('SELECT load, source, score, "at" FROM work.scores ORDER BY load, source').fetchall()
    return tuple(ScorePoint(load=load, source=source, score=score, at=at) for load, source, score, at in rows)


def report_of(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], specs: Sequence[SourceSpec], *, load: int
) -> QualityReport | None:
    """The report of an earlier load, as far as its rules still exist; None when nothing was checked then."""
    ensure_tables(connection)
    rows = connection.execute(
        'SELECT source, rule, checked, failed, verdict, "at" FROM work.quality WHERE load = ? ORDER BY source, rule',
        [load],
    ).fetchall()
    scores = connection.execute('SELECT source, score, "at" FROM work.scores WHERE load = ?', [load]).fetchall()
    if not scores:
        return None
    by_name = {rule.name: rule for rule in rules}
    sources = []
    for source, score, _ in scores:
        label = next((spec.label for spec in specs if spec.name == source), Text(source, source))
        results = tuple(
            _judged(by_name[rule], source, Finding(checked, failed))
            for owner, rule, checked, failed, _, _ in rows
            if owner == source and rule in by_name
        )
        sources.append(SourceQuality(source=source, label=label, score=score, results=results))
    return QualityReport(load=load, at=scores[0][2], sources=tuple(sources))
