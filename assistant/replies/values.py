"""Which values there are: the answer to a question without a metric."""

from __future__ import annotations

from assistant.replies.draft import Draft
from assistant.replies.localise import with_labels
from assistant.resources import Asked, Resources
from semantic_layer.errors import Language
from semantic_layer.query.types import Query
from semantic_layer.table import Table

MOST_ROWS = 10_000
_SAID = 12


def values(query: Query, asked: Asked, resources: Resources) -> Draft:
    """Run a question for values and say how many there are, and the first of them."""
    result = resources.layer.run(query, asked.user, most_rows=MOST_ROWS, cancel=asked.cancel)
    shown = with_labels(result.table, resources.index, asked.language)
    return Draft(
        text=_extremes(shown, asked.language) if query.extremes else _sentence(shown, asked.language),
        plan=asked.plan,
        table=shown,
        uses=result.uses,
        sql=(result.sql,),
        remarks=result.notes,
        compile_ms=result.compile_ms,
        run_ms=result.run_ms,
    )


def _sentence(table: Table, language: Language) -> str:
    known = [row for row in table.rows if any(cell is not None for cell in row)]
    count = table.total_rows if table.total_rows is not None else len(known)
    label = ("×" if language == "zh" else " × ").join(column.label.in_(language) for column in table.columns)
    if not known:
        return f"「{label}」没有任何取值。" if language == "zh" else f"There is no value of {label}."
    said = [" × ".join("–" if cell is None else str(cell) for cell in row) for row in known[:_SAID]]
    if language == "zh":
        more = " 等" if count > len(said) else ""
        return f"「{label}」共有 {count:,} 个取值：{'、'.join(said)}{more}。"
    more = ", …" if count > len(said) else ""
    return f"{label}: {count:,} {'value' if count == 1 else 'values'}: {', '.join(said)}{more}."


def _extremes(table: Table, language: Language) -> str:
    least, greatest = table.rows[0] if table.rows else (None, None)
    label = table.columns[0].label.in_(language)
    if language == "zh":
        return f"「{label}」从 {least} 到 {greatest}。"
    return f"{label}: from {least} to {greatest}."
