"""A result table as HTML: right-aligned numbers, a header that stays, masked cells that look masked."""

from __future__ import annotations

from assistant.channels.gradio.markup import Child, Html, element, join
from assistant.channels.gradio.words import say, say_count
from semantic_layer.errors import Language
from semantic_layer.table import Cell, ResultColumn, Table
from tools.numbers import NOTHING, cell, exact

SHOWN_ROWS = 200
SHORT = 20  # characters that are never broken over two lines
_NUMERIC_ROLES = frozenset({"metric", "previous", "change", "change_rate", "share"})


def whole(number: float) -> str:
    """A count with thousands separators."""
    return f"{number:,.0f}"


def is_numeric(table: Table, position: int) -> bool:
    """Whether a column holds numbers to be read down a line."""
    column = table.columns[position]
    if column.masked:
        return False
    if column.role in _NUMERIC_ROLES:
        return True
    values = [row[position] for row in table.rows[:SHOWN_ROWS] if row[position] is not None]
    return column.unit is not None and all(
        isinstance(value, (int, float)) and not isinstance(value, bool) for value in values
    )


def render_table(table: Table, language: Language, *, caption: str, currency: str, sample: bool = False) -> Html:
    """At most `SHOWN_ROWS` rows and, above them, how many there really are. `sample`: the rows are some of many people."""
    total = table.total_rows if table.total_rows is not None else len(table)
    shown = min(len(table), SHOWN_ROWS)
    if not shown:
        return element("p", say(language, "empty_table"), class_="quiet")
    if sample and shown == total:
        count = say_count(language, "people_count", total)
    elif sample:
        count = say(language, "people_sample", shown=whole(shown), total=whole(total))
    elif shown < total:
        count = say(language, "rows_shown", shown=whole(shown), total=whole(total))
    else:
        count = say_count(language, "rows_all", total, name="total")
    numeric = [is_numeric(table, position) for position in range(len(table.columns))]
    head = element("tr", [_heading(column, i, language, numeric=numeric[i]) for i, column in enumerate(table.columns)])
    body = [
        element(
            "tr",
            [_cell(row[i], column, language, currency, numeric=numeric[i]) for i, column in enumerate(table.columns)],
        )
        for row in table.rows[:shown]
    ]
    return join(
        element("p", count, class_="quiet count"),
        element(
            "div",
            element(
                "table",
                element("caption", caption, class_="unseen"),
                element("thead", head),
                element("tbody", body),
                class_="grid",
            ),
            class_="scroller",
            tabindex="0",
            role="region",
            aria_label=caption,
        ),
    )


def _heading(column: ResultColumn, position: int, language: Language, *, numeric: bool) -> Html:
    label = column.label.in_(language)
    inner: Child = element(
        "button",
        label,
        type="button",
        class_="sorter",
        data_sort=position,
        title=say(language, "sort_by", what=label),
    )
    return element("th", inner, scope="col", class_="number" if numeric else None, aria_sort="none")


def _cell(value: Cell, column: ResultColumn, language: Language, currency: str, *, numeric: bool) -> Html:
    if column.masked:
        return element(
            "td",
            element("span", str(value or "•••"), class_="masked", title=say(language, "masked_hint")),
            class_="text",
        )
    if column.role in ("change", "change_rate") and isinstance(value, (int, float)):
        return element("td", _signed(value, column, language, currency), class_="number", data_value=str(value))
    # A key is a name made of digits, not an amount.
    text = str(value) if column.role == "key" and value is not None else cell(value, column.unit, language, currency)
    plain = str(value) if numeric and value is not None else None
    return element("td", text, class_="number" if numeric else _kind(text), data_value=plain)


def _kind(text: str) -> str:
    if text == NOTHING:
        return "text none"
    return "text short" if len(text) <= SHORT else "text"


def _signed(value: float, column: ResultColumn, language: Language, currency: str) -> str:
    text = exact(value, column.unit, language, currency)
    return f"+{text}" if value > 0 else text
