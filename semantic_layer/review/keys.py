"""Keys are unique and never missing, and rows of the many side find exactly one row on the one side."""

from __future__ import annotations

from semantic_layer.compiler.probes import key_counts, link_counts
from semantic_layer.errors import Text
from semantic_layer.model.types import Entity, Relationship
from semantic_layer.review.data import Data
from semantic_layer.review.findings import Findings, Place, share_in_words


def check_keys(data: Data, findings: Findings) -> None:
    """The primary key of every entity."""
    for entity in data.index.model.entities:
        marks = (*entity.primary_key, *((entity.validity.start,) if entity.validity else ()))
        if data.has(entity, (*marks, *((entity.partition,) if entity.partition else ()))):
            _key(entity, data.counts(key_counts(entity)), findings)


def _key(entity: Entity, counts: tuple[int, ...], findings: Findings) -> None:
    rows, missing, keys, repeated = counts
    place = Place(kind="entity", name=entity.name, path=("primary_key",))
    key = ", ".join(entity.primary_key)
    if not rows:
        findings.add(
            "warning",
            Place(kind="entity", name=entity.name, path=("source",)),
            Text(f"表「{entity.table}」没有任何行。", f"The table {entity.table!r} holds no rows."),
            Text(
                "请检查载入；基于它的指标都会是 0 或空。", "Look at the load: every number over it will be 0 or empty."
            ),
            count=0,
        )
    if missing:
        findings.add(
            "error",
            place,
            Text(
                f"「{entity.table}」有 {missing:,} 行（{share_in_words(missing, rows)}）没有主键 {key}。",
                f"{missing:,} of {rows:,} rows of {entity.table} ({share_in_words(missing, rows)}) have no {key}.",
            ),
            Text(
                "没有主键的行无法关联，也数不准。请在载入时补上或去掉这些行。",
                "Rows without a key can be neither joined nor counted. Fill it in or leave them out when loading.",
            ),
            count=missing,
            total=rows,
        )
    if keys:
        findings.add(
            "error",
            place,
            Text(
                f"「{entity.table}」的主键 {key} 不唯一：{keys:,} 个键重复，涉及 {repeated:,} 行，多出 {repeated - keys:,} 行。",
                f"The key {key} of {entity.table} is not unique: keys that stand more than once: {keys:,}, on {repeated:,} rows, "
                f"{repeated - keys:,} too many.",
            ),
            _mend_key(entity),
            count=repeated - keys,
            total=rows,
        )


def _mend_key(entity: Entity) -> Text:
    if entity.validity is not None:
        return Text(
            "同一个键在同一时刻只能有一行。请去掉重复的历史行。",
            "A key has one row at any moment. Remove the history rows that stand twice.",
        )
    return Text(
        "计数和求和会偏大。请在载入时去重，或把能区分它们的列加进 primary_key；若是历史表，请写 validity。",
        "Counts and sums come out too large. Keep one row a key when loading, or add the column that tells them apart "
        "to primary_key:; for a history, write validity:.",
    )


def check_relationships(data: Data, findings: Findings) -> None:
    """Both ends of every relationship: how many rows meet none, one or several of the other side."""
    for relation in data.index.model.relationships:
        source, target = data.index.entity(relation.from_entity), data.index.entity(relation.to_entity)
        if data.has(source, relation.from_columns) and data.has(target, relation.to_columns):
            _link(relation, source, target, data.counts(link_counts(relation, source, target)), findings)


def _link(relation: Relationship, source: Entity, target: Entity, counts: tuple[int, ...], findings: Findings) -> None:
    rows, without, orphaned, multiplied, become, keys, keyed = counts
    place = Place(kind="relationship", name=relation.name, path=("from_columns",))
    columns = ", ".join(relation.from_columns)
    if without:
        findings.add(
            "info",
            place,
            Text(
                f"「{source.table}」有 {without:,} 行（{share_in_words(without, rows)}）的 {columns} 为空：合计里有它们，"
                f"按「{target.name}」分组时归入“未知”，按它筛选时不算。",
                f"{without:,} of {rows:,} rows of {source.table} ({share_in_words(without, rows)}) have no {columns}: totals hold them, "
                f"groups by {target.name} show them as unknown, and filters on {target.name} leave them out.",
            ),
            Text("如果本不该为空，请在载入时补上。", "If it should never be empty, fill it in when loading."),
            count=without,
            total=rows,
        )
    if orphaned:
        every = orphaned == keyed
        findings.add(
            "error" if every else "warning",
            place,
            Text(
                f"「{source.table}」有 {orphaned:,} 行（{share_in_words(orphaned, rows)}）的 {columns} 在「{target.table}」里找不到。",
                f"{orphaned:,} of {rows:,} rows of {source.table} ({share_in_words(orphaned, rows)}) name a {columns} "
                f"that {target.table} does not have.",
            ),
            Text(
                "没有一行能关联上，多半是列写错了。" if every else "请补上缺少的行；它们会归入“未知”。",
                "None of them meet: the columns are probably the wrong ones."
                if every
                else f"Add the missing rows of {target.table}; until then these count as unknown.",
            ),
            count=orphaned,
            total=rows,
        )
    if multiplied and target.validity is None and target.partition is None:
        _several(relation, source, target, (rows, multiplied, become, keys, keyed), findings)


def _several(
    relation: Relationship, source: Entity, target: Entity, counts: tuple[int, ...], findings: Findings
) -> None:
    rows, multiplied, become, keys, keyed = counts
    reversed_ends = keys == keyed
    findings.add(
        "error",
        Place(kind="relationship", name=relation.name, path=("to_columns",)),
        Text(
            f"「{target.table}」的 {', '.join(relation.to_columns)} 不唯一：「{source.table}」的 {multiplied:,} 行"
            f"（{share_in_words(multiplied, rows)}）会各对应多行，变成 {become:,} 行，求和与计数都会偏大。",
            f"{', '.join(relation.to_columns)} is not unique in {target.table}: {multiplied:,} of {rows:,} rows of {source.table} "
            f"({share_in_words(multiplied, rows)}) would each meet several and become {become:,}; "
            "sums and counts would be too large.",
        ),
        Text(
            f"方向可能反了：「{source.table}」这边是唯一的。请把 from 和 to 对调。",
            f"The ends are probably the wrong way round: they are unique in {source.table}. Swap from: and to:.",
        )
        if reversed_ends
        else Text(
            f"请让「{target.table}」每个键只有一行；若是历史表，请给「{target.name}」写 validity。",
            f"Keep one row a key in {target.table}; if it is a history, write validity: for {target.name}.",
        ),
        count=multiplied,
        total=rows,
    )
