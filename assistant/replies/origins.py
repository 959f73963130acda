"""Where the columns of an answer come from, in words: definitions, then the stored columns behind them."""

from __future__ import annotations

from assistant.answer import Answer
from assistant.resources import Resources
from semantic_layer.compiler.lineage import ColumnLineage, lineage
from semantic_layer.errors import Language, UserError
from semantic_layer.query.types import Query


def origins(answer: Answer, resources: Resources) -> tuple[tuple[str, str], ...]:
    """For each column of a table of numbers: its label, and what it is made from. Nothing for answers of other kinds."""
    step = answer.plan.steps[0] if answer.plan.steps else None
    if not isinstance(step, Query):
        return ()
    try:
        compiled = resources.layer.compile(step)
    except UserError:
        return ()  # the definitions changed since the answer was given
    labels = {column.name: column.label.in_(answer.language) for column in compiled.columns}
    found = lineage(compiled, resources.index)
    return tuple((labels[one.column], _said(one, resources, answer.language)) for one in found)


def _said(one: ColumnLineage, resources: Resources, language: Language) -> str:
    index = resources.index
    names = [
        (index.metric(name) if index.has_metric(name) else index.field(name)).words.label.in_(language)
        for name in one.definitions
    ]
    columns = [table if column == "*" else f"{table}.{column}" for table, column in one.sources]
    said = [" ← ".join(names), ("、" if language == "zh" else ", ").join(dict.fromkeys(columns))]
    if one.filters:
        kept = [f"{table}.{column}" for table, column in one.filters]
        said.append(
            ("筛选：" if language == "zh" else "filtered by ") + ("、" if language == "zh" else ", ").join(kept)
        )
    return " · ".join(part for part in said if part)
