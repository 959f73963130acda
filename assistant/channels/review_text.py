"""The reports of `check` and `diff` as text for a terminal and as data for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from semantic_layer.errors import Language, Text
from semantic_layer.model.types import Unit
from semantic_layer.review.changes import Change
from semantic_layer.review.check import CheckReport
from semantic_layer.review.compare import MetricShift, Pair, SizeShift
from semantic_layer.review.diff import DiffReport
from semantic_layer.review.findings import Finding
from semantic_layer.review.usage import KINDS
from tools import numbers

_SEVERITIES = {"error": Text("错误", "error"), "warning": Text("警告", "warning"), "info": Text("提示", "info")}
_WHATS = {"added": Text("新增", "added"), "removed": Text("删除", "removed"), "changed": Text("修改", "changed")}


def check_as_text(report: CheckReport, language: Language) -> str:
    """One line a finding, the worst first, and a line that sums up."""
    lines = [finding_as_text(finding, language) for finding in report.findings]
    if not lines:
        lines.append("没有问题。" if language == "zh" else "No faults.")
    counts = {name: sum(one.severity == name for one in report.findings) for name in _SEVERITIES}
    size = (report.entities, report.fields, report.metrics, report.tags)
    if language == "zh":
        found = "，".join(f"{counts[name]} 个{text.zh}" for name, text in _SEVERITIES.items())
        held = "已与数据核对" if report.with_data else "没有与数据核对"
        lines.append(f"{found}；{size[0]} 个实体，{size[1]} 个字段，{size[2]} 个指标，{size[3]} 个标签；{held}。")
    else:
        found = ", ".join(f"{text.en}s: {counts[name]}" for name, text in _SEVERITIES.items())
        held = "held against the data" if report.with_data else "not held against data"
        lines.append(f"{found}; entities: {size[0]}, fields: {size[1]}, metrics: {size[2]}, tags: {size[3]}; {held}.")
    return "\n".join(lines)


def finding_as_text(finding: Finding, language: Language) -> str:
    severity = _SEVERITIES[finding.severity].in_(language)
    place = f"{finding.file}:{finding.line}: " if finding.file else ""
    message, remedy = finding.message.in_(language), finding.remedy.in_(language)
    gap = " " if language == "en" or not finding.message.zh else ""
    return f"{place}{severity}: {finding.key}: {message}{gap}{remedy}"


def finding_as_data(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "file": finding.file,
        "line": finding.line,
        "key": finding.key,
        "message": finding.message.in_("en"),
        "message_zh": finding.message.in_("zh"),
        "remedy": finding.remedy.in_("en"),
        "remedy_zh": finding.remedy.in_("zh"),
        "count": finding.count,
        "total": finding.total,
    }


def diff_as_text(report: DiffReport, language: Language) -> str:
    """What changed in words, then each number that differs, old beside new."""
    zh = language == "zh"
    if not report.changes:
        return "定义没有变化。" if zh else "The definitions are the same."
    parts = [_heading(Text("定义的变化", "What changed in the definitions"), language)]
    parts += [line for change in report.changes for line in _change(change, language)]
    parts += [finding_as_text(finding, language) for finding in report.warnings]
    if report.as_of is None:
        parts.append(
            "没有数据，因此不知道数字会怎样变。" if zh else "There is no data, so what it does to numbers is not known."
        )
        return "\n".join(parts)
    parts += _metrics(report, language)
    parts += _sizes(Text("标签的客户数", "Customers of each tag touched"), report.tags, language)
    parts += _sizes(Text("人群的人数", "Size of each saved segment"), report.segments, language)
    if report.questions:
        parts.append(_heading(Text("答案会变的问题", "Questions whose answer changes"), language))
    for one in report.questions:
        parts += [f"  {one.question}", f"    - {one.before}", f"    + {one.after}"]
    return "\n".join(parts)


def _heading(text: Text, language: Language) -> str:
    return f"\n{text.in_(language)}\n{'-' * 40}"


def _change(change: Change, language: Language) -> Iterator[str]:
    kind = KINDS.get(change.kind, Text(change.kind, change.kind.replace("_", " "))).in_(language)
    versions = change.versions
    version = "" if versions is None else f" (v{versions[0]} → v{versions[1]})"
    same = ""
    if change.same_as:
        same = (
            f"，与「{change.same_as}」算法相同" if language == "zh" else f", computed the same way as {change.same_as}"
        )
    elif change.what == "changed" and not change.changes_meaning:
        same = "，含义不变" if language == "zh" else ", same meaning"
    yield f"  {_WHATS[change.what].in_(language)} {kind} {change.name}{version}{same}"
    nothing = "（无）" if language == "zh" else "(nothing)"
    if change.what == "changed":
        for detail in change.details:
            yield f"      {detail.key}: {detail.before or nothing} → {detail.after or nothing}"


def _metrics(report: DiffReport, language: Language) -> Iterator[str]:
    assert report.as_of is not None
    before, after = report.as_of
    until = f"{after}" if before == after else f"{before} → {after}"
    title = Text(f"涉及的指标，最近 12 个月，数据截至 {until}", f"Metrics touched, last 12 months, data as of {until}")
    yield _heading(title, language)
    if not report.metrics:
        yield "  没有。" if language == "zh" else "  None."
    for shift in report.metrics:
        yield _title_of(shift, language)
        yield from _failures(shift.failures, language)
        if shift.differs and shift.months:
            yield from _table(shift.months, shift.unit, language)


def _title_of(shift: MetricShift, language: Language) -> str:
    zh = language == "zh"
    through = ", ".join(name for _, name in shift.through)
    why = f"（经由 {through}）" if zh and through else f" (through {through})" if through else ""
    if not shift.differs:
        return f"  {shift.name}{why}: {'数字不变' if zh else 'the same numbers'}"
    largest = shift.largest
    most = "" if largest is None else f": {'最大变化' if zh else 'largest change'} {_percent(largest)}"
    return f"  {shift.name}{why}{most}"


def _failures(failures: tuple[Text | None, Text | None], language: Language) -> Iterator[str]:
    sides = (
        Text("旧定义下算不出", "cannot be computed by the old definitions"),
        Text("新定义下算不出", "cannot be computed by the new definitions"),
    )
    for failure, side in zip(failures, sides, strict=True):
        if failure is not None:
            yield f"    ! {side.in_(language)}: {failure.in_(language)}"


def _table(months: Sequence[tuple[date | None, Pair]], unit: Unit, language: Language) -> Iterator[str]:
    now = "现在" if language == "zh" else "now"
    head = ("月份", "旧", "新", "变化", "幅度") if language == "zh" else ("month", "old", "new", "change", "relative")
    rows = [head]
    for period, pair in months:
        rows.append(
            (
                period.strftime("%Y-%m") if period else now,
                _cell(pair.before, unit, language),
                _cell(pair.after, unit, language),
                *_difference(pair, unit, language),
            )
        )
    widths = [max(_width(row[at]) for row in rows) for at in range(len(head))]
    for row in rows:
        yield "    " + "  ".join(" " * (widths[at] - _width(text)) + text for at, text in enumerate(row))


def _difference(pair: Pair, unit: Unit, language: Language) -> tuple[str, str]:
    if not pair.change or isinstance(pair.after, str) or isinstance(pair.before, str):
        return "", ""
    return numbers.change(pair.after, pair.before, unit, language), numbers.change_rate(pair.after, pair.before)


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


def _cell(value: float | str | None, unit: Unit, language: Language) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else numbers.cell(value, unit, language)


def _percent(share: float) -> str:
    return f"{share:+.1%}"


def _sizes(title: Text, shifts: Iterable[SizeShift], language: Language) -> Iterator[str]:
    found = list(shifts)
    if not found:
        return
    yield _heading(title, language)
    for shift in found:
        yield f"  {shift.name}: {_pair(shift.size, language)}"
        yield from _failures(shift.failures, language)
        for value, pair in shift.values:
            if pair.differs:
                yield f"    {value}: {_pair(pair, language)}"


def _pair(pair: Pair, language: Language) -> str:
    before, after = (_cell(one, Unit.COUNT, language) for one in (pair.before, pair.after))
    relative = "" if not pair.differs or pair.relative is None else f" ({_percent(pair.relative)})"
    return f"{before} → {after}{relative}"


def diff_as_data(report: DiffReport) -> dict[str, object]:
    return {
        "as_of": [str(day) for day in report.as_of] if report.as_of else None,
        "changes": [
            {
                "kind": one.kind,
                "name": one.name,
                "what": one.what,
                "changes_meaning": one.changes_meaning,
                "versions": list(one.versions) if one.versions else None,
                "same_as": one.same_as or None,
                "details": [{"key": d.key, "before": d.before, "after": d.after} for d in one.details],
            }
            for one in report.changes
        ],
        "warnings": [finding_as_data(one) for one in report.warnings],
        "metrics": [
            {
                "name": one.name,
                "through": [list(ref) for ref in one.through],
                "largest_change": one.largest,
                "months": [
                    {
                        "month": str(period) if period else None,
                        "before": pair.before,
                        "after": pair.after,
                        "change": pair.change,
                    }
                    for period, pair in one.months
                ],
                "failures": _failures_as_data(one.failures),
            }
            for one in report.metrics
        ],
        "tags": [_size_as_data(one) for one in report.tags],
        "segments": [_size_as_data(one) for one in report.segments],
        "questions": [{"question": one.question, "before": one.before, "after": one.after} for one in report.questions],
    }


def _size_as_data(shift: SizeShift) -> dict[str, object]:
    return {
        "name": shift.name,
        "before": shift.size.before,
        "after": shift.size.after,
        "values": [{"value": value, "before": pair.before, "after": pair.after} for value, pair in shift.values],
        "failures": _failures_as_data(shift.failures),
    }


def _failures_as_data(failures: tuple[Text | None, Text | None]) -> list[str | None]:
    return [failure.en if failure else None for failure in failures]
