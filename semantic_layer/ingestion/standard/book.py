"""The field standard book (字段标准手册): one page generated from the definitions of fields and sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from semantic_layer.errors import Language, Text
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.ingestion.standard.steps import all_steps, step_named
from semantic_layer.ingestion.standard.types import FieldStandard, Identifier, StandardField
from semantic_layer.model.types import ColumnType, Sensitivity, Value

_TYPES: Final = {
    ColumnType.STRING: Text("文本", "text"), ColumnType.INTEGER: Text("整数", "whole number"),
    ColumnType.DECIMAL: Text("金额或小数", "decimal number"), ColumnType.FLOAT: Text("小数", "number"),
    ColumnType.BOOLEAN: Text("是/否", "yes or no"), ColumnType.DATE: Text("日期", "date"), ColumnType.TIMESTAMP: Text("时间", "time"),
}  # fmt: skip
_GROUPS: Final = {
    "customer": Text("客户", "Customers"), "order": Text("订单", "Orders"), "order_line": Text("订单明细", "Order lines"),
    "event": Text("行为", "Events"), "ticket": Text("客服工单", "Service tickets"),
}  # fmt: skip
_SENSITIVE: Final = {
    Sensitivity.PERSONAL: Text("个人信息", "personal"), Sensitivity.CONTACT: Text("联系方式", "contact"),
}  # fmt: skip
_IDENTIFIERS: Final = {
    Identifier.MEMBER: Text("会员号", "member number"), Identifier.PHONE: Text("电话", "telephone"),
    Identifier.EMAIL: Text("邮箱", "e-mail"), Identifier.ACCOUNT: Text("账号", "account"),
    Identifier.DEVICE: Text("设备", "device"), Identifier.DOCUMENT: Text("证件", "document"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """A column that fills a field: directly, or found beside another field by one of the steps (`beside`)."""

    source: str
    source_label: Text
    column: str
    steps: tuple[str, ...]
    beside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookEntry:
    """One field with what fills it; nothing fills it when `filled_by` is empty."""

    field: StandardField
    filled_by: tuple[Filling, ...]


def book_entries(standard: FieldStandard, sources: Sequence[SourceSpec]) -> tuple[BookEntry, ...]:
    """The book as data, in the order of the standard. Mappings to fields or steps that do not exist are left out."""
    fillings: dict[str, list[Filling]] = {}
    steps = all_steps()
    for spec in sources:
        for mapping in spec.columns:
            field = standard.field(mapping.field)
            if field is None:
                continue
            written = mapping.steps or field.steps
            one = Filling(source=spec.name, source_label=spec.label, column=mapping.column, steps=written)
            fillings.setdefault(field.name, []).append(one)
            known = [each for each in written if each.partition(":")[0] in steps]
            for name in dict.fromkeys(name for each in known for name in step_named(each, steps)[0].gives):
                beside = Filling(
                    source=spec.name, source_label=spec.label, column=mapping.column, steps=written, beside=field.name
                )
                fillings.setdefault(name, []).append(beside)
    return tuple(BookEntry(field=each, filled_by=tuple(fillings.get(each.name, ()))) for each in standard.fields)


def standard_book(standard: FieldStandard, sources: Sequence[SourceSpec], language: Language) -> str:
    """The book as Markdown: a chapter for each group of fields, what no source fills, and what each step does."""
    say = _Words(language)
    entries = book_entries(standard, sources)
    lines = [f"# {say('字段标准手册', 'Field standard book')}", ""]
    empty = [entry.field for entry in entries if not entry.filled_by]
    lines.append(
        say(
            f"共 {len(entries)} 个字段，其中 {len(empty)} 个还没有来源填充。",
            f"{len(entries)} fields, {len(empty)} of which no source fills yet.",
        )
    )
    for group in dict.fromkeys(entry.field.group for entry in entries):
        title = _GROUPS.get(group, Text(group or "其他", group or "Others"))
        lines += ["", f"## {title.in_(language)}"]
        for entry in entries:
            if entry.field.group == group:
                lines += ["", *_entry(entry, say)]
    lines += ["", f"## {say('清洗步骤', 'Steps of cleaning')}", ""]
    lines += [
        f"| {say('步骤', 'Step')} | {say('作用', 'What it does')} | {say('需要', 'What it needs')} |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{step.name}` | {_cell(step.words.in_(language))} | {_cell(step.needs.in_(language))} |"
        for step in all_steps().values()
    ]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Words:
    language: Language

    def __call__(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en


def _entry(entry: BookEntry, say: _Words) -> list[str]:
    field, language = entry.field, say.language
    words = field.words
    pairs = (
        (say("含义", "Meaning"), words.description.in_(language)),
        (say("类型与格式", "Type and format"), _joined(_TYPES[field.type].in_(language), field.format.in_(language))),
        (say("必须符合", "Must match"), f"`{field.pattern}`" if field.pattern else ""),
        (say("允许取值", "Allowed values"), _values(field.values, language)),
        (say("示例", "Examples"), say("、", ", ").join(f"`{each}`" for each in field.examples)),
        (say("识别身份", "Tells people apart"), _IDENTIFIERS[field.identifier].in_(language) if field.identifier else ""),
        (say("敏感级别", "Sensitivity"), _SENSITIVE[field.sensitivity].in_(language) if field.sensitivity in _SENSITIVE else ""),
        (say("负责人", "Owner"), field.origin.owner or say("未指定", "nobody yet")),
        (say("别名", "Also called"), say("、", ", ").join(words.synonyms)),
    )  # fmt: skip
    lines = [f"### {words.label.in_(language)} `{field.name}`", ""]
    lines += [f"- {name}{say('：', ': ')}{text}" for name, text in pairs if text]
    if not entry.filled_by:
        return [*lines, f"- {say('来源：还没有来源填充这个字段。', 'Filled by: no source fills this field yet.')}"]
    filled = (_filling(each, say) for each in entry.filled_by)
    return [*lines, f"- {say('来源：', 'Filled by: ')}{say('；', '; ').join(filled)}"]


def _filling(each: Filling, say: _Words) -> str:
    source, steps = each.source_label.in_(say.language), " → ".join(each.steps)
    beside = say(f"，由 `{each.beside}` 读出", f", read from `{each.beside}`") if each.beside else ""
    return say(f"{source} 的「{each.column}」{beside}（{steps}）", f"{each.column!r} of {source}{beside} ({steps})")


def _values(values: tuple[Value, ...], language: Language) -> str:
    shown = []
    for each in values:
        label = each.label.in_(language)
        shown.append(f"`{each.value}`" if label == str(each.value) else f"`{each.value}` ({label})")
    return ", ".join(shown)


def _joined(*texts: str) -> str:
    return "; ".join(text for text in texts if text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
