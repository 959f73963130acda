"""Tags that tell customers apart: some have them, and some do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from semantic_layer.compiler.uses import Uses
from semantic_layer.errors import Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.types import ColumnType, Entity, Scalar, Tag
from semantic_layer.review.data import SERVICE, Data
from semantic_layer.review.findings import Findings, Place, listed


def check_tags(data: Data, findings: Findings) -> None:
    """The coverage of every tag, and the values that nobody has."""
    computed = [tag for tag, entities in _tables_of(data) if all(data.has_all(entity) for entity in entities)]
    if not computed:
        return
    layer = data.layer()
    for tag in computed:
        counts = counts_of(tag, layer)
        _coverage(tag, counts, findings)
        if tag.type is not ColumnType.BOOLEAN:
            _empty_values(tag, counts, findings)


def _tables_of(data: Data) -> Iterator[tuple[Tag, tuple[Entity, ...]]]:
    """Each tag with the entities that it is computed from."""
    uses = Uses(data.index.model)
    for tag in data.index.model.tags:
        named = {name for kind, name in uses.closure([("tag", tag.qualified)]) if kind == "entity"}
        yield tag, tuple(data.index.entity(name) for name in sorted(named))


def counts_of(tag: Tag, layer: SemanticLayer) -> Mapping[Scalar | None, int]:
    """How many customers have each value of a tag; `None` is unknown."""
    return dict(layer.value_counts(tag.qualified, SERVICE))


def having(counts: Mapping[Scalar | None, int]) -> int:
    """How many have the tag: a value that is known and, for yes-or-no tags, yes."""
    return sum(count for value, count in counts.items() if value is not None and value is not False)


def _coverage(tag: Tag, counts: Mapping[Scalar | None, int], findings: Findings) -> None:
    everybody, some = sum(counts.values()), having(counts)
    place = Place(kind="tag", name=tag.qualified)
    if everybody and not some:
        findings.add(
            "warning",
            place,
            Text(f"标签「{tag.name}」没有任何客户。", f"Nobody has the tag {tag.name}."),
            Text(
                "请检查条件和取值的写法；若不再需要，请删除。",
                "Check its conditions and the values they name, or remove it.",
            ),
            count=0,
            total=everybody,
        )
    elif everybody and some == everybody and len([one for one in counts if one is not None]) == 1:
        findings.add(
            "warning",
            place,
            Text(
                f"全部 {everybody:,} 位客户的标签「{tag.name}」都相同，区分不出人群。",
                f"All {everybody:,} have the same value of the tag {tag.name}; it tells nobody apart.",
            ),
            Text("请检查条件是否过宽。", "Check whether its conditions are too wide."),
            count=everybody,
            total=everybody,
        )


def _empty_values(tag: Tag, counts: Mapping[Scalar | None, int], findings: Findings) -> None:
    absent = [str(value.value) for value in tag.values if not counts.get(value.value)]
    if not absent or not having(counts):
        return
    names = listed(absent)
    findings.add(
        "info",
        Place(kind="tag", name=tag.qualified, path=("levels",)),
        Text(
            f"标签「{tag.name}」有 {len(absent)} 个取值没有任何客户：{names.zh}。",
            f"Values of the tag {tag.name} that nobody has: {names.en}.",
        ),
        Text(
            "请检查前面的条件是否已经包含它们。",
            "See whether an earlier level takes them all; the first that holds wins.",
        ),
        count=len(absent),
        total=len(tag.values),
    )
