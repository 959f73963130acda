"""What the command line says of sources, quality and people, in words and as data for machines."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Final

from assistant.stewardship.people import DryRun
from assistant.stewardship.source_checks import Checked
from assistant.stewardship.sources import DriftQuestion, QualityReport, QuarantineRow, SourceRow
from assistant.stewardship.types import Shown
from semantic_layer.errors import Language, Text

NO_SOURCE: Final = Text(
    "没有声明来源。请在 sources/ 里写一个，或在数据页里接入。",
    "No source is declared. Write one in sources/, or connect it on the Data page.",
)
_STATES: Final = {
    "new": Text("未导入", "never loaded"), "good": Text("正常", "good"), "loading": Text("导入中", "loading"),
    "held": Text("等待答复", "held"), "failed": Text("失败", "failed"), "gone": Text("找不到", "gone"),
}  # fmt: skip
_VERDICTS: Final = {"good": Text("好", "good"), "warning": Text("注意", "warning"), "bad": Text("差", "bad")}
_SOURCE: Final = Text(
    "{name}（{label}）：{state}，{rows} 行，得分 {score}，{waiting:,} 行待处理，{drift} 个列变化待答复。{said}",
    "{name} ({label}): {state}, {rows} rows, score {score}, {waiting:,} rows wait, {drift} changes of columns to answer. {said}",
)
_CHECKED: Final = Text("✓ {name}：{parts} 份（文件或表），{columns} 列，用到的列都在。", "✓ {name}: {parts} to read (files or tables), {columns} columns; all that are used are there.")  # fmt: skip
_SENT: Final = Text("✓ {name}：事件由对方发送，不需要读取。", "✓ {name}: events are sent; nothing is fetched.")
_MISSING: Final = Text("✗ {name}：缺少用到的列 {missing}。请在声明里写上新列名（was），或答复列变化。", "✗ {name}: columns that are used are missing: {missing}. Add the new header to the declaration (was), or answer the drift.")  # fmt: skip
_QUALITY: Final = Text("{name}：得分 {score}（{over}）", "{name}: score {score} ({over})")
_RULE: Final = Text("  {verdict}  {rule}  {failed:,}/{checked:,}（{share:.1%}）  {label}", "  {verdict}  {rule}  {failed:,}/{checked:,} ({share:.1%})  {label}")  # fmt: skip
_NEVER: Final = Text("还没有检查过", "never checked")
_HELD: Final = (Text("已扣下", "held"), Text("仅提示", "warning"))


def as_data(value: object, language: Language) -> object:
    """A value of the ports as JSON takes it: texts in one language, values as the person may see them."""
    if isinstance(value, Text):
        return value.in_(language)
    if isinstance(value, Shown):
        return value.text
    if is_dataclass(value):
        return fields_as_data(value, language)
    if isinstance(value, tuple):
        return [as_data(one, language) for one in value]
    return value


def fields_as_data(value: object, language: Language) -> dict[str, object]:
    """The fields of one value of the ports."""
    assert is_dataclass(value)
    return {one.name: as_data(getattr(value, one.name), language) for one in fields(value)}


def source_as_text(row: SourceRow, language: Language) -> str:
    """One source in a line."""
    return (
        _SOURCE.in_(language)
        .format(
            name=row.name,
            label=row.label.in_(language),
            state=_STATES[row.state].in_(language),
            rows="–" if row.rows is None else f"{row.rows:,}",
            score="–" if row.score is None else f"{row.score:g}",
            waiting=row.quarantined,
            drift=row.drift,
            said=row.said.in_(language),
        )
        .strip()
    )


def checked_as_text(one: Checked, language: Language) -> str:
    """What a look at a source found."""
    if one.problem is not None:
        return f"✗ {one.name}: {one.problem.in_(language)}"
    if one.sent:
        return _SENT.in_(language).format(name=one.name)
    if one.missing:
        return _MISSING.in_(language).format(name=one.name, missing=", ".join(one.missing))
    return _CHECKED.in_(language).format(name=one.name, parts=one.parts, columns=one.columns)


def quality_as_text(name: str, report: QualityReport, language: Language) -> str:
    """A score, its way there, and the rules that cost something."""
    if report.score is None:
        return f"{name}: {_NEVER.in_(language)}"
    over = " → ".join(f"{point.score:g}" for point in report.over_time)
    lines = [_QUALITY.in_(language).format(name=name, score=f"{report.score:g}", over=over)]
    for rule in report.rules:
        if rule.failed:
            said = _RULE.in_(language).format(
                verdict=_VERDICTS[rule.verdict].in_(language),
                rule=rule.rule,
                failed=rule.failed,
                checked=rule.checked,
                share=rule.share,
                label=rule.label.in_(language),
            )
            lines.append(f"{said}  {rule.note.in_(language)}".rstrip())
    return "\n".join(lines)


def held_as_text(source: str, row: QuarantineRow, language: Language) -> str:
    """A row that waits: where, what, why, and what would mend it."""
    held = _HELD[0 if row.held else 1].in_(language)
    return (
        f"{row.id}  {source}  {row.place}  {row.field_label.in_(language)} = {row.value.text!r}  [{held}: {row.rule}]\n"
        f"    {row.reason.in_(language)} → {row.remedy.in_(language)}"
    )


def drift_as_text(source: str, one: DriftQuestion, language: Language) -> str:
    """A column that changed, with the answers."""
    lines = [f"{source}  {one.id}: {one.question.in_(language)}"]
    lines += [
        f"    {answer.id}: {answer.label.in_(language)} – {answer.effect.in_(language)}" for answer in one.answers
    ]
    return "\n".join(lines)


def dry_run_as_text(run: DryRun, language: Language) -> str:
    """What a change would do."""
    lines = [run.said.in_(language)]
    for person in run.after:
        number = "–" if person.customer is None else str(person.customer)
        lines.append(f"    {number}  {person.name.text}  ({person.records})")
    lines += [
        f"    {one.kind.in_(language)} {one.name.in_(language)}: {one.change.in_(language)}" for one in run.touched
    ]
    lines += [f"    ! {warning.in_(language)}" for warning in run.warnings]
    return "\n".join(lines)
