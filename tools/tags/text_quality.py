"""How well the labels of text tags are found, as the load measured it on texts held out in time."""

from __future__ import annotations

from dataclasses import dataclass

from semantic_layer.compiler.context import TEXT_QUALITY
from semantic_layer.compiler.text_tags import compile_text_quality
from semantic_layer.engines.base import Cancel
from semantic_layer.layer import SemanticLayer
from semantic_layer.policy.types import User
from semantic_layer.runner import Runner
from semantic_layer.table import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFigures:
    """One label. Of `held_out` texts with a known label it was found in `given`, rightly in `correct`; true it was in `truly`.

    `low` and `high` bound the precision at 95 %. `precision` is `None` where it was never found, or where nothing is known.
    """

    tag: str
    value: str
    method: str
    held_out: int
    given: int
    correct: int
    truly: int
    precision: float | None
    low: float
    high: float
    recall: float | None
    bar: float
    published: bool


def text_quality(layer: SemanticLayer, user: User, *, cancel: Cancel | None = None) -> tuple[LabelFigures, ...]:
    """The figures of all text tags that the user may see, by tag and label; none where the load wrote none.

    Raises:
        UserError: when the user may not read, or `cancel` was asked for.
    """
    if not any(name == TEXT_QUALITY for name, _ in layer.engine.tables()):
        return ()
    runner = Runner(layer.context, layer.policy, layer.engine, lambda: 0.0)
    return tuple(_figures(row) for row in runner.run(compile_text_quality, user, cancel).rows)


def _figures(row: tuple[Cell, ...]) -> LabelFigures:
    tag, value, method, held_out, given, correct, truly, precision, low, high, recall, bar, published = row
    return LabelFigures(
        tag=str(tag),
        value=str(value),
        method=str(method),
        held_out=_count(held_out),
        given=_count(given),
        correct=_count(correct),
        truly=_count(truly),
        precision=_share(precision),
        low=_share(low) or 0.0,
        high=_share(high) or 0.0,
        recall=_share(recall),
        bar=_share(bar) or 0.0,
        published=published is True,
    )


def _count(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


def _share(cell: Cell) -> float | None:
    return None if cell is None else float(str(cell))
