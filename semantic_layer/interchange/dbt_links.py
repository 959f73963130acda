"""How dbt's models lead to each other: a shared entity name is a way from many rows to one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from semantic_layer.errors import Text
from semantic_layer.interchange.dbt_types import DbtEntity, DbtModel
from semantic_layer.interchange.dbt_values import place_of
from semantic_layer.interchange.losses import Loss

_COLUMN = re.compile(r'[A-Za-z_]\w*|"[^"]+"')


def column_of(expr: str) -> str | None:
    """The column that an expression is, when it is nothing more."""
    text = expr.strip()
    return text.strip('"') if _COLUMN.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class Link:
    """Rows of `source` lead to one row of `target`, which have the `entity` in common. `name` is unique from a source."""

    name: str
    source: DbtModel
    target: DbtModel
    entity: str
    source_column: str
    target_column: str


def links_of(models: Sequence[DbtModel]) -> tuple[tuple[Link, ...], tuple[Loss, ...]]:
    """Every way of one step. A history leads to no other history, because neither has one row for a key."""
    links: list[Link] = []
    losses: list[Loss] = []
    for source in models:
        for entity in source.entities:
            ends = [(target, end) for target in models if (end := _end(source, entity, target)) is not None]
            for target, end in ends:
                start_column, end_column = column_of(entity.expr), column_of(end.expr)
                if start_column is None or end_column is None:
                    losses.append(_not_a_column(source, entity, target))
                    continue
                name = entity.name if len(ends) == 1 else f"{entity.name}_{target.name}"
                links.append(Link(name, source, target, entity.name, start_column, end_column))
    return tuple(links), tuple(losses)


def _end(source: DbtModel, entity: DbtEntity, target: DbtModel) -> DbtEntity | None:
    if target is source:
        return None
    end = target.entity(entity.name)
    if end is None or not end.names_rows or (entity.type == "natural" and end.type == "natural"):
        return None
    return end


def _not_a_column(source: DbtModel, entity: DbtEntity, target: DbtModel) -> Loss:
    return Loss(
        place_of(source.section),
        f"{source.name}.{entity.name} → {target.name}",
        Text(
            "关联的键不是列，而是表达式，未读取。",
            "The key is an expression, not a column, so rows cannot be joined by it.",
        ),
    )
