"""What the command line says of who is one customer, and of personal data, in words."""

from __future__ import annotations

from typing import Final

from assistant.stewardship.people import DeletionPlan, IdentityFigures, PairQueue, Why
from semantic_layer.errors import Language, Text
from semantic_layer.ingestion.privacy.finding import By, PersonalColumn
from semantic_layer.model.types import Sensitivity
from tools.export.register import PurposeUse

_FIGURES: Final = Text(
    "{records:,} 条记录归为 {customers:,} 位客户；最大的一位有 {largest:,} 条记录；{waiting:,} 对待确认。",
    "{records:,} records are {customers:,} customers; the largest has {largest:,} records; {waiting:,} pairs wait.",
)
_RULE: Final = Text("  {on}  {name}  {label}：{links:,} 条关联。{meaning}", "  {on}  {name}  {label}: {links:,} links. {meaning}")  # fmt: skip
_ON: Final = {True: Text("开", "on "), False: Text("关", "off")}
_QUEUE: Final = Text("{waiting:,} 对待确认，{decided:,} 对已决定。", "{waiting:,} pairs wait, {decided:,} are decided.")
_RECORD: Final = Text("记录", "record")
_UNDO: Final = Text("（可撤销）", " (can be undone)")
_CLASSES: Final = {
    Sensitivity.NONE: Text("未声明", "not declared"),
    Sensitivity.PERSONAL: Text("个人信息", "personal"),
    Sensitivity.CONTACT: Text("联系方式", "contact"),
}
_BY: Final = {
    By.VALUES: Text("{share:.0%} 的取值是这种写法", "{share:.0%} of the values have the form"),
    By.INSIDE: Text("{share:.0%} 的文本里写有", "it stands within {share:.0%} of the texts"),
    By.NAME: Text("看列名", "by its name"),
    By.DECLARED: Text("看声明", "by its declaration"),
}
_COLUMN: Final = Text(
    "{mark} {table}.{column}：{what}（{found}；{by}），声明为：{declared}",
    "{mark} {table}.{column}: {what} ({found}; {by}); declared: {declared}",
)
_PLAN: Final = Text(
    "客户 {customer}（{name}）会在这些地方被删除：", "Customer {customer} ({name}) would be deleted here:"
)
_ROWS: Final = Text("    {place}：{rows:,} 行{kept}", "    {place}: {rows:,} rows{kept}")
_FILES: Final = Text("{count} 个导出文件里有这位客户，由持有人销毁：", "{count} exported files held this customer; whoever has them destroys them:")  # fmt: skip
_NO_FILES: Final = Text("没有导出文件里有这位客户。", "No exported file held this customer.")
_USE: Final = Text(
    "{name}（{label}）：可声明的角色 {roles}；可带出联系方式的角色 {contact}；渠道 {channel}；须同意 {consent}；导出 {exports:,} 次，{rows:,} 行，最近 {last}",
    "{name} ({label}): roles that may state it: {roles}; that may take contacts out: {contact}; channel: {channel}; consent: {consent}; exported {exports:,} times, {rows:,} rows, last {last}",
)
_UNLISTED: Final = Text("    ! 权限策略里没有这个用途", "    ! this purpose is not in the policy")
_UNSTATED: Final = Text("未声明用途", "no purpose stated")


def figures_as_text(found: IdentityFigures, language: Language) -> str:
    """How records became customers, and the rules."""
    lines = [
        _FIGURES.in_(language).format(
            records=found.records, customers=found.customers, largest=found.largest, waiting=found.waiting
        )
    ]
    lines += ["  " + ", ".join(f"{tier}: {number:,}" for tier, number in found.tiers)] if found.tiers else []
    lines += [
        _RULE.in_(language).format(
            on=_ON[rule.on].in_(language),
            name=rule.name,
            label=rule.label.in_(language),
            links=rule.links,
            meaning=rule.meaning.in_(language),
        )
        for rule in found.rules
    ]
    lines += [f"  {note.in_(language)}" for note in found.notes]
    return "\n".join(lines)


def queue_as_text(found: PairQueue, language: Language) -> str:
    """The pairs with their evidence; fields side by side."""
    lines = [_QUEUE.in_(language).format(waiting=found.waiting, decided=found.decided)]
    for pair in found.pairs:
        lines.append(
            f"{pair.id}\n    {pair.left.in_(language)} ↔ {pair.right.in_(language)}  {pair.probability:.3f}  {pair.evidence.in_(language)}"
        )
        lines += [
            f"      {label.in_(language)}: {left.text or '–'} {'=' if same else '≠' if same is False else ' '} {right.text or '–'}"
            for label, left, right, same in pair.compared
        ]
    return "\n".join(lines)


def why_as_text(found: Why, language: Language) -> str:
    """The records, the links between them, and the ledger."""
    lines = [f"{found.customer}  {found.name.text}"]
    for record in found.records:
        facts = ", ".join(f"{fact.label.in_(language)} {fact.value.text}" for fact in record.facts)
        lines.append(
            f"  {_RECORD.in_(language)} {record.id}  {record.source.in_(language)} {record.row}  {record.tier or ''}  {facts}".rstrip()
        )
    lines += [f"  {link.tier}: {link.evidence.in_(language)}" for link in found.links]
    lines += [
        f"  #{line.entry}  {line.at:%Y-%m-%d %H:%M}  {line.by}  {line.text.in_(language)}{_UNDO.in_(language) if line.undoable else ''}"
        for line in found.ledger
    ]
    return "\n".join(lines)


def column_as_text(found: PersonalColumn, language: Language) -> str:
    """A personal column, and whether it is declared as what it is."""
    return _COLUMN.in_(language).format(
        mark="!" if found.is_open else "✓",
        table=found.table,
        column=found.column,
        what=found.what.in_(language),
        found=_CLASSES[found.sensitivity].in_(language),
        by=_BY[found.by].in_(language).format(share=found.share or 0.0),
        declared=_CLASSES[found.declared].in_(language),
    )


def plan_as_text(plan: DeletionPlan, language: Language) -> str:
    """What a deletion removes where, and whose files are to be destroyed."""
    lines = [_PLAN.in_(language).format(customer=plan.customer, name=plan.name.text)]
    for one in plan.places:
        kept = f"  ({one.kept.in_(language)})" if one.kept.zh else ""
        lines.append(_ROWS.in_(language).format(place=one.place.in_(language), rows=one.rows, kept=kept))
    files = _FILES.in_(language).format(count=len(plan.exports)) if plan.exports else _NO_FILES.in_(language)
    lines.append(files)
    lines += [
        f"    {one.at:%Y-%m-%d %H:%M}  {one.by}  {one.file}  {one.purpose.in_(language)}".rstrip()
        for one in plan.exports
    ]
    return "\n".join([*lines, *(note.in_(language) for note in plan.notes)])


def purpose_as_text(one: PurposeUse, language: Language) -> str:
    """A purpose with who may state it and how often it was."""
    said = _USE.in_(language).format(
        name=one.name or _UNSTATED.in_(language),
        label=one.label.in_(language) or "–",
        roles=", ".join(one.roles) or "–",
        contact=", ".join(one.contact_roles) or "–",
        channel=one.channel or "–",
        consent=one.consent or "–",
        exports=one.exports,
        rows=one.rows,
        last=f"{one.last:%Y-%m-%d %H:%M}" if one.last is not None else "–",
    )
    return said if one.listed or not one.name else f"{said}\n{_UNLISTED.in_(language)}"
