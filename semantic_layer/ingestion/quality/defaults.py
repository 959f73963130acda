"""The rules that follow from the field standard and the declared sources, without anybody writing them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from semantic_layer.errors import Issue, Text
from semantic_layer.ingestion.quality.rules import (
    ROW,
    Agreement,
    Among,
    Body,
    FakeFrequency,
    FakePattern,
    Format,
    Fresh,
    NotNull,
    Range,
    Rule,
    Severity,
    Unique,
    Volume,
)
from semantic_layer.ingestion.sources.types import SourceSpec
from semantic_layer.ingestion.standard.types import FieldStandard, Identifier, StandardField
from semantic_layer.model.load import raise_errors, read_text
from semantic_layer.model.section import Section
from semantic_layer.model.source import parse_yaml
from semantic_layer.model.types import ColumnType

_SHOULD_AGREE = frozenset({"name", "gender", "birthday"})
_DATED_BY_DEED = frozenset({"order", "event", "ticket"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What `defaults.yml` says."""

    fakes: Mapping[str, tuple[str, ...]]
    guard: int
    fresh_days: float
    allowed_disagreement: float


def shipped_defaults() -> Defaults:
    """The file that comes with the product."""
    path = Path(__file__).with_name("defaults.yml")
    parsed = parse_yaml(read_text(path), path.name)
    issues: list[Issue] = list(parsed.issues)
    fakes: dict[str, tuple[str, ...]] = {}
    raise_errors(tuple(issues))
    if parsed.root is None:
        return Defaults(fakes=fakes, guard=FakeFrequency().guard, fresh_days=0, allowed_disagreement=0)
    root = Section(parsed.root, "", issues)
    section = root.section("fakes")
    for name, _ in root.named("fakes"):
        fakes[name] = section.texts(name) if section else ()
    found = Defaults(
        fakes=fakes,
        guard=root.whole("guard", default=FakeFrequency().guard),
        fresh_days=root.number("fresh_days", default=0) or 0,
        allowed_disagreement=root.number("allowed_disagreement", default=0) or 0,
    )
    root.finish()
    raise_errors(tuple(issues))
    return found


def default_rules(standard: FieldStandard, specs: Sequence[SourceSpec], defaults: Defaults) -> Iterator[Rule]:
    """Rules of each field that some source fills, of each source's key, rhythm and volume, and of sources that share a
    member number.
    """
    filled = {mapping.field for spec in specs for mapping in spec.columns}
    for field in standard.fields:
        if field.name in filled:
            yield from _of_field(field, defaults)
    for spec in specs:
        yield from _of_source(spec, defaults)
    yield from _between(standard, specs, defaults)


def _of_field(field: StandardField, defaults: Defaults) -> Iterator[Rule]:
    label = field.words.label
    if field.pattern:
        yield _rule(
            f"{field.name}_format", Format(field.pattern), field.name,
            Text(f"{label.zh}不符合标准格式", f"The {label.en} is not written as the standard says"),
            Text("请在来源系统里更正，或修改标准里的格式", "Mend it in the source system, or change the pattern of the standard"),
        )  # fmt: skip
    if field.values:
        yield _rule(
            f"{field.name}_set", Among(tuple(str(each.value) for each in field.values)), field.name,
            Text(f"{label.zh}不在允许的取值里", f"The {label.en} is not among the values allowed"),
            Text("请在来源系统里更正，或把它加入标准的取值", "Mend it in the source system, or add it to the values of the standard"),
        )  # fmt: skip
    patterns = defaults.fakes.get(field.identifier.value if field.identifier else field.name, ())
    if patterns:
        yield _rule(
            f"{field.name}_fake_pattern", FakePattern(patterns), field.name,
            Text(f"{label.zh}是常见的假值", f"The {label.en} is a well-known fake"),
            Text("请向客户核实后更正；它不会用来识别同一个人", "Ask the customer and mend it; it is not used to tell people apart"),
        )  # fmt: skip
    if field.identifier is not None and field.identifier is not Identifier.DEVICE:
        yield _rule(
            f"{field.name}_fake_frequency", FakeFrequency(defaults.guard), field.name,
            Text(f"同一个{label.zh}出现在太多记录上", f"The same {label.en} stands on too many records"),
            Text("多半是占位用的假值或公用号码；请核实，真实的请改由其他字段识别", "Most likely a placeholder or a shared one; check it, and tell people apart by another field"),
        )  # fmt: skip
    if field.type in {ColumnType.TIMESTAMP, ColumnType.DATE} and field.group in _DATED_BY_DEED:
        yield _rule(
            f"{field.name}_not_in_future", Range(high="now"), field.name,
            Text(f"{label.zh}在未来", f"The {label.en} lies in the future"),
            Text("请检查来源系统的时钟和时区", "Check clock and time zone of the source system"),
        )  # fmt: skip


def _of_source(spec: SourceSpec, defaults: Defaults) -> Iterator[Rule]:
    by_column = {mapping.column: mapping.field for mapping in spec.columns}
    mapped = tuple(by_column[column] for column in spec.key if column in by_column)
    fields = mapped if mapped and len(mapped) == len(spec.key) else (ROW,)
    key = Text("、".join(spec.key), ", ".join(spec.key))
    if spec.key:
        yield Rule(
            name=f"{spec.name}_key_unique", body=Unique(), fields=fields, source=spec.name, severity=Severity.HOLD,
            reason=Text(f"主键 {key.zh} 重复；第一条照常使用", f"The key {key.en} stands twice; the first row is used"),
            fix=Text("请在来源系统里去重，或更正主键的声明", "Remove the copy in the source system, or declare another key"),
        )  # fmt: skip
    for field in mapped:
        yield Rule(
            name=f"{spec.name}_{field}_not_null", body=NotNull(), fields=(field,), source=spec.name, severity=Severity.HOLD,
            reason=Text("主键为空或无法读取", "The key is empty or cannot be read"),
            fix=Text("请在来源系统里补上主键", "Give the row its key in the source system"),
        )  # fmt: skip
    yield Rule(
        name=f"{spec.name}_volume", body=Volume(), source=spec.name, severity=Severity.WARN,
        reason=Text("这次读到的行数与历史相差太大", "The number of rows differs too much from earlier loads"),
        fix=Text("请检查导出是否完整、是否重复", "Check whether the export is whole, and not doubled"),
    )  # fmt: skip
    yield Rule(
        name=f"{spec.name}_fresh", body=Fresh(defaults.fresh_days), source=spec.name, severity=Severity.WARN,
        reason=Text("这个来源很久没有新数据", "The source has had no load for a long time"),
        fix=Text("请检查导出任务和连接", "Check the export job and the connection"),
    )  # fmt: skip


def _between(standard: FieldStandard, specs: Sequence[SourceSpec], defaults: Defaults) -> Iterator[Rule]:
    member = next((field.name for field in standard.fields if field.identifier is Identifier.MEMBER), None)
    having = {spec.name: {mapping.field for mapping in spec.columns} for spec in specs}
    ranked = sorted(
        (spec for spec in specs if member in having[spec.name]), key=lambda spec: (spec.priority, spec.name)
    )
    for better, worse in ((a, b) for at, a in enumerate(ranked) for b in ranked[at + 1 :]):
        for name in sorted(_SHOULD_AGREE & having[better.name] & having[worse.name]):
            field = standard.field(name)
            if field is None or member is None:
                continue
            label = field.words.label
            yield Rule(
                name=f"{worse.name}_{name}_agrees_with_{better.name}",
                body=Agreement(better.name, member), fields=(name,), source=worse.name, severity=Severity.WARN,
                allowed=defaults.allowed_disagreement,
                reason=Text(f"{label.zh}与「{better.label.zh}」里同一会员的不一致", f"The {label.en} differs from that of the same member in {better.label.en}"),
                fix=Text("请核实哪个来源正确；合并时以优先级高的来源为准", "Find out which source is right; the source with the better priority wins"),
            )  # fmt: skip


def _rule(name: str, body: Body, field: str, reason: Text, fix: Text) -> Rule:
    return Rule(name=name, body=body, fields=(field,), severity=Severity.WARN, reason=reason, fix=fix)
