"""The rows that leave: in batches, with what must not be seen hidden. It decides nothing about rights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from semantic_layer.engines.base import Cancel
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import Predicate, conjoin
from semantic_layer.query.types import Audience
from semantic_layer.table import Cell, ResultColumn, Table
from tools.export.files import Rows
from tools.export.rights import must_hide
from tools.layer import PeopleLayer

BATCH: Final = 5_000  # rows between two looks at the stop button
_PAGE: Final = 20_000  # people read by one statement
_HIDDEN: Final = "****"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleRequest:
    """Which people and which of their fields. With `clear_contacts` contact columns are asked for unmasked.

    `contactable` is the condition (a consent) that a person must meet for the contacts to be unmasked.
    """

    audience: Audience
    fields: tuple[str, ...] | None = None
    clear_contacts: bool = False
    contactable: Predicate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Columns as they leave (masked ones say so), the rows in batches, and how many there are."""

    columns: tuple[ResultColumn, ...]
    pages: Rows
    total: int


def of_table(table: Table, hidden: Sequence[bool]) -> Outgoing:
    """The rows of a result, with the columns marked in `hidden` unreadable."""
    pages = (
        [_hide(row, hidden) for row in table.rows[start : start + BATCH]] for start in range(0, len(table.rows), BATCH)
    )
    return Outgoing(columns=_marked(table.columns, hidden), pages=pages, total=len(table))


def of_people(layer: PeopleLayer, wanted: PeopleRequest, user: User, total: int, cancel: Cancel | None) -> Outgoing:
    """The people of an audience, read page by page in the layer's own stable order."""

    def page(offset: int) -> Table:
        found = layer.people(wanted.audience, user, fields=wanted.fields, limit=_PAGE, offset=offset, cancel=cancel)
        return found.table

    first = page(0)
    hidden = [must_hide(column, clear_contacts=wanted.clear_contacts) for column in first.columns]
    contacts = [must_hide(column, clear_contacts=False) for column in first.columns]
    willing = _willing(layer, wanted, user, cancel) if any(contacts) and wanted.clear_contacts else None

    def pages() -> Iterator[Sequence[tuple[Cell, ...]]]:
        table, offset = first, 0
        while table.rows:
            for start in range(0, len(table.rows), BATCH):
                batch = table.rows[start : start + BATCH]
                yield [_hide(row, hidden if willing is None or row[0] in willing else contacts) for row in batch]
            offset += _PAGE
            if len(table.rows) < _PAGE:
                return
            table = page(offset)

    return Outgoing(columns=_marked(first.columns, hidden), pages=pages(), total=total)


def _willing(layer: PeopleLayer, wanted: PeopleRequest, user: User, cancel: Cancel | None) -> frozenset[Cell] | None:
    """The keys of those who may be contacted; `None` when the purpose asks for no consent."""
    if wanted.contactable is None:
        return None
    parts = tuple(where for where in (wanted.audience.where, wanted.contactable) if where is not None)
    audience = replace(wanted.audience, where=conjoin(parts))
    return frozenset(row[0] for row in layer.people(audience, user, fields=(), cancel=cancel).table)


def _hide(row: tuple[Cell, ...], hidden: Sequence[bool]) -> tuple[Cell, ...]:
    return tuple(_HIDDEN if hide and cell is not None else cell for cell, hide in zip(row, hidden, strict=True))


def _marked(columns: Sequence[ResultColumn], hidden: Sequence[bool]) -> tuple[ResultColumn, ...]:
    return tuple(replace(c, masked=c.masked or hide) for c, hide in zip(columns, hidden, strict=True))
