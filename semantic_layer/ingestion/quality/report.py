"""A quality report in words and as data, after one load and over time; alerts; and when the monthly check is due."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from semantic_layer.errors import Language, Text
from semantic_layer.ingestion.quality.checking import (
    FULL_SHARE,
    POINTS,
    QualityReport,
    RuleResult,
    ScorePoint,
    SourceQuality,
)
from semantic_layer.ingestion.quality.rules import Fresh, Severity, Volume

_FALL: Final = 5.0
_STEEP_FALL: Final = 15.0
HOW_SCORED: Final = Text(
    f"得分 = 100 减去各规则的扣分。一条规则最多扣 {POINTS[Severity.HOLD]:g} 分（不合格的行会扣留）或 {POINTS[Severity.WARN]:g} 分（仅提醒），"
    f"按不合格占比计，占比达到 {FULL_SHARE:.0%} 时扣满。",
    f"Score = 100 less what rules cost. A rule costs at most {POINTS[Severity.HOLD]:g} points (rows are held) or "
    f"{POINTS[Severity.WARN]:g} (a warning), in proportion to the share of failing rows, all of them from {FULL_SHARE:.0%} on.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that a person should look at now."""

    text: Text
    severity: Severity
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRow:
    """One line of the report, for a page: a rule in a source."""

    source: str
    source_label: Text
    rule: str
    field: str
    checked: int
    failed: int
    share: float
    verdict: str
    severity: Severity
    lost: float
    reason: Text
    fix: Text
    why: Text


def report_rows(report: QualityReport) -> tuple[QualityRow, ...]:
    """The report as data, the costliest rule of each source first."""
    return tuple(
        QualityRow(
            source=source.source,
            source_label=source.label,
            rule=each.rule.name,
            field=each.rule.field_name,
            checked=each.checked,
            failed=each.failed,
            share=each.share,
            verdict=each.verdict,
            severity=each.rule.severity,
            lost=each.lost,
            reason=each.rule.reason,
            fix=each.rule.fix,
            why=each.why,
        )
        for source in report.sources
        for each in _costliest_first(source)
    )


def _costliest_first(source: SourceQuality) -> list[RuleResult]:
    return sorted(source.results, key=lambda each: (-each.lost, -each.failed, each.rule.name))


def report_text(report: QualityReport, language: Language) -> str:
    """The report of one load as lines of plain words."""
    head = Text(f"第 {report.load} 次导入后的数据质量（{report.at:%Y-%m-%d %H:%M}）", f"Data quality after load {report.load} ({report.at:%Y-%m-%d %H:%M})")  # fmt: skip
    lines = [head.in_(language), HOW_SCORED.in_(language)]
    for source in report.sources:
        lines.append(_score_line(source).in_(language))
        lines += [f"  - {_result_line(each).in_(language)}" for each in _costliest_first(source) if each.failed]
    return "\n".join(lines)


def _score_line(source: SourceQuality) -> Text:
    failed = sum(1 for each in source.results if each.verdict != "good")
    return Text(
        f"{source.label.zh}：{source.score:g} 分，{len(source.results)} 条规则中 {failed} 条不合格",
        f"{source.label.en}: {source.score:g} points; {failed} of {len(source.results)} rules fail",
    )


def _result_line(each: RuleResult) -> Text:
    rule = each.rule
    rows = Text("", "") if isinstance(rule.body, Fresh | Volume) else Text(
        f"，{each.failed:,} / {each.checked:,} 行（{each.share:.2%}）", f", {each.failed:,} of {each.checked:,} rows ({each.share:.2%})"
    )  # fmt: skip
    why = Text(f"；{each.why.zh}", f"; {each.why.en}") if each.why.en else Text("", "")
    return Text(
        f"{rule.reason.zh}{rows.zh}{why.zh}。扣 {each.lost:g} 分。{rule.fix.zh}",
        f"{rule.reason.en}{rows.en}{why.en}. Costs {each.lost:g} points. {rule.fix.en}",
    )


def over_time_text(points: Sequence[ScorePoint], language: Language) -> str:
    """Scores of each source from load to load as lines of plain words."""
    by_source: dict[str, list[ScorePoint]] = {}
    for point in points:
        by_source.setdefault(point.source, []).append(point)
    if not by_source:
        return Text("还没有检查过数据质量。", "Data quality was not checked yet.").in_(language)
    return "\n".join(
        f"{source}: " + " → ".join(f"{point.score:g} ({point.at:%Y-%m-%d})" for point in found)
        for source, found in by_source.items()
    )


def alerts(report: QualityReport, before: QualityReport | None) -> tuple[Alert, ...]:
    """What got worse since `before`: a score fell, a rule newly fails; and what is urgent whenever it is so: a source is
    stale, or its volume halved or doubled.
    """
    found: list[Alert] = []
    for source in report.sources:
        earlier = before.source(source.source) if before else None
        found += _fallen(source, earlier)
        known = {each.rule.name: each.verdict for each in earlier.results} if earlier else {}
        for each in source.results:
            urgent = isinstance(each.rule.body, Fresh | Volume)
            newly = earlier is not None and known.get(each.rule.name, "good") == "good"
            if each.verdict != "good" and (urgent or newly):
                found.append(_failing(source, each))
    return tuple(sorted(found, key=lambda alert: alert.severity is not Severity.HOLD))


def _fallen(source: SourceQuality, earlier: SourceQuality | None) -> list[Alert]:
    if earlier is None or earlier.score - source.score < _FALL:
        return []
    fall = earlier.score - source.score
    text = Text(
        f"「{source.label.zh}」的质量得分从 {earlier.score:g} 降到 {source.score:g}",
        f"The quality of {source.label.en} fell from {earlier.score:g} to {source.score:g} points",
    )
    severity = Severity.HOLD if fall >= _STEEP_FALL else Severity.WARN
    return [Alert(text=text, severity=severity, source=source.source)]


def _failing(source: SourceQuality, each: RuleResult) -> Alert:
    line = _result_line(each)
    return Alert(
        text=Text(f"「{source.label.zh}」{line.zh}", f"{source.label.en}: {line.en}"),
        severity=each.rule.severity,
        source=source.source,
    )


def due(last_check: date | None, now: datetime, day_of_month: int) -> bool:
    """Whether the monthly check should run: on its day of the month (the last day of a shorter month) or as soon after
    it as somebody asks; at once when there never was one.
    """
    if last_check is None:
        return True
    today = now.date()
    turn = _day_in(today, day_of_month)
    if today < turn:
        turn = _day_in(today.replace(day=1) - timedelta(days=1), day_of_month)
    return last_check < turn


def _day_in(month: date, day_of_month: int) -> date:
    return month.replace(day=min(max(day_of_month, 1), monthrange(month.year, month.month)[1]))
