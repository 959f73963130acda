"""Where a tag comes from: the metrics it counts, the entities and fields they are read from, and the tables those stand in."""

from __future__ import annotations

from dataclasses import dataclass

from semantic_layer.compiler.uses import Ref, Uses
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class TagLineage:
    """Names, each in the order of the definitions; `inputs` are the metrics that the tag names itself.

    `sources` are the declared sources that fill the tables; empty where the data set does not say.
    """

    tag: str
    inputs: tuple[str, ...]
    metrics: tuple[str, ...]
    fields: tuple[str, ...]
    entities: tuple[str, ...]
    tables: tuple[str, ...]
    sources: tuple[str, ...] = ()


def tag_lineage(tag: Tag, index: ModelIndex, *, filled_by: dict[str, tuple[str, ...]] | None = None) -> TagLineage:
    """Follow a tag down to its tables. `filled_by` gives the sources of each table, where they are known."""
    uses = Uses(index.model)
    first: Ref = ("tag", tag.qualified)
    found: set[Ref] = set()
    waiting = [first]
    while waiting:  # an entity is named by what rests on it; what stands on it besides is not part of the tag
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(uses.by.get(one, ()) if one[0] != "entity" else ())
    model = index.model
    named = {name for kind, name in found if kind == "entity"} | {tag.entity}
    entities = tuple(entity for entity in model.entities if entity.name in named)
    tables = tuple(dict.fromkeys(entity.table for entity in entities))
    direct = {name for kind, name in uses.by.get(first, ()) if kind == "metric"}
    return TagLineage(
        tag=tag.qualified,
        inputs=tuple(m.name for m in model.metrics if m.name in direct),
        metrics=tuple(m.name for m in model.metrics if ("metric", m.name) in found),
        fields=tuple(d.qualified for d in model.dimensions if ("dimension", d.qualified) in found),
        entities=tuple(entity.name for entity in entities),
        tables=tables,
        sources=tuple(dict.fromkeys(one for table in tables for one in (filled_by or {}).get(table, ()))),
    )
