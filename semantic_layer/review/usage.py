"""Definitions that nothing leads to, and definitions that rest on what should not be used any more."""

from __future__ import annotations

from collections.abc import Iterable

from semantic_layer.compiler.uses import Ref, Uses
from semantic_layer.errors import Text
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.sources import Kind
from semantic_layer.model.types import Origin, SemanticModel, Simple
from semantic_layer.review.findings import Findings, Place, listed

KINDS: dict[Kind, Text] = {
    "entity": Text("实体", "entity"),
    "dimension": Text("维度", "field"),
    "metric": Text("指标", "metric"),
    "tag": Text("标签", "tag"),
    "relationship": Text("关联", "relationship"),
    "ambiguity": Text("歧义词", "ambiguity"),
    "near_miss": Text("相近词", "near miss"),
    "conventions": Text("约定", "conventions"),
}
_LISTS: frozenset[Kind] = frozenset({"ambiguity", "near_miss"})  # speak about a definition, and do not compute with it


def check_unused(model: SemanticModel, uses: Uses, findings: Findings, also_used: Iterable[Ref] = ()) -> None:
    """What no question can reach: hidden metrics without users, fields that no number and no person leads to, and columns.

    `also_used` is what saved segments and the policy name.
    """
    kept = frozenset(also_used)
    for metric in model.metrics:
        ref: Ref = ("metric", metric.name)
        if metric.hidden and ref not in kept and not _computing(uses.users(ref)):
            findings.add(
                "warning",
                Place(kind="metric", name=metric.name, path=("hidden",)),
                Text(
                    f"指标「{metric.name}」是隐藏的，也没有别的定义用到它。",
                    f"The metric {metric.name} is hidden, and no other definition uses it.",
                ),
                Text("请删除，或去掉 hidden。", "Remove it, or remove hidden:."),
            )
    reached = _reached(model)
    for entity in model.entities:
        fields = [one.name for one in model.dimensions if one.entity == entity.name]
        named = kept & {("dimension", f"{entity.name}.{name}") for name in fields}
        if entity.name not in reached and not named:
            names = listed(fields)
            findings.add(
                "warning",
                Place(kind="entity", name=entity.name),
                Text(
                    f"没有指标基于实体「{entity.name}」，也没有关联通向它；它的字段{f'（{names.zh}）' if fields else ''}问不到。",
                    f"No metric is over {entity.name} and no relationship leads to it; "
                    f"nobody can ask for its fields{f' ({names.en})' if fields else ''}.",
                ),
                Text("请补上关联或指标，或删除它。", "Add a relationship or a metric, or remove it."),
            )
        unread = [one.name for one in entity.columns if (entity.name, one.name) not in uses.columns]
        if unread:
            names = listed(unread)
            findings.add(
                "info",
                Place(kind="entity", name=entity.name, path=("columns", unread[0])),
                Text(
                    f"「{entity.name}」的 {len(unread)} 列没有任何定义用到：{names.zh}。",
                    f"Columns of {entity.name} that no definition uses: {names.en}.",
                ),
                Text("请为它写一个字段，或从 columns 删除。", "Give it a field, or remove it from columns:."),
                count=len(unread),
                total=len(entity.columns),
            )


def _computing(users: Iterable[Ref]) -> list[Ref]:
    return [ref for ref in users if ref[0] not in _LISTS]


def _reached(model: SemanticModel) -> frozenset[str]:
    """The entities that a number is over or leads to, and those that lead to a customer."""
    index = ModelIndex(model)
    starts = {one.entity for metric in model.metrics if isinstance(metric.body, Simple) for one in metric.body.measures}
    starts |= {entity.name for entity in model.entities if model.customer_entity in index.reachable(entity.name)}
    return frozenset(reached for start in starts for reached in index.reachable(start))


def check_deprecated(
    model: SemanticModel, uses: Uses, findings: Findings, also_used: Iterable[tuple[Ref, str]] = ()
) -> None:
    """Nothing in use rests on a deprecated definition. `also_used` names what segments use, with the segment."""
    origins = _origins(model)
    by_segment: dict[Ref, list[str]] = {}
    for ref, segment in also_used:
        by_segment.setdefault(ref, []).append(segment)
    for ref, origin in origins.items():
        if not origin.deprecated:
            continue
        users = [user for user in uses.users(ref) if not _is_deprecated(user, origins)]
        words = [f"{KINDS[kind].zh}「{name}」" for kind, name in users]
        words += [f"人群「{name}」" for name in by_segment.get(ref, [])]
        english = [f"the {KINDS[kind].en} {name}" for kind, name in users]
        english += [f"the segment {name!r}" for name in by_segment.get(ref, [])]
        if not words:
            continue
        kind, name = ref
        instead = origin.replaced_by
        findings.add(
            "warning",
            Place(kind=kind, name=name, path=("deprecated",)),
            Text(
                f"{KINDS[kind].zh}「{name}」已停用（{origin.deprecated}），但仍被使用：{listed(words).zh}。",
                f"The {KINDS[kind].en} {name} is deprecated ({origin.deprecated}) and still used by {listed(english).en}.",
            ),
            Text(
                f"请改用「{instead}」。" if instead else "请改用其他定义。",
                f"Use {instead} there instead." if instead else "Use another definition there.",
            ),
            count=len(words),
        )


def _origins(model: SemanticModel) -> dict[Ref, Origin]:
    return {
        **{("entity", one.name): one.origin for one in model.entities},
        **{("dimension", one.qualified): one.origin for one in model.dimensions},
        **{("metric", one.name): one.origin for one in model.metrics},
        **{("tag", one.qualified): one.origin for one in model.tags},
    }


def _is_deprecated(ref: Ref, origins: dict[Ref, Origin]) -> bool:
    """Deprecated itself, or a field of something that is."""
    origin = origins.get(ref)
    if origin is not None and origin.deprecated:
        return True
    owner = origins.get(("entity", ref[1].partition(".")[0])) if ref[0] in ("dimension", "tag") else None
    return owner is not None and bool(owner.deprecated)
