"""The fake engine: answers from a mapping or a function, and remembers what it was asked. It parses and checks nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from semantic_layer.engines.base import Cancel, RawResult
from semantic_layer.engines.columns import Array, of_rows
from semantic_layer.errors import CancelledError, DataError, Text
from semantic_layer.policy.authorise import AuthorisedSql

Answers = Mapping[str, RawResult] | Callable[[str], RawResult]


class MemoryEngine:
    """Answers authorised SQL by its text. `asked` holds every text in order."""

    dialect: Final = "duckdb"

    def __init__(
        self,
        answers: Answers,
        *,
        tables: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (),
        data_date: date | None = None,
    ) -> None:
        self.asked: list[str] = []
        self.closed = False
        self._answers = answers
        self._tables = tables
        self._data_date = data_date

    def run(self, sql: AuthorisedSql, *, cancel: Cancel | None = None) -> RawResult:
        """The answer kept for this text; raises `DataError` for a text without one."""
        if cancel is not None and cancel.pressed:
            raise CancelledError(Text(zh="已停止。", en="Stopped."))
        self.asked.append(sql.text)
        if callable(self._answers):
            return self._answers(sql.text)
        if sql.text not in self._answers:
            raise DataError(Text(zh=f"没有为此语句准备结果：{sql.text}", en=f"No result is kept for: {sql.text}"))
        return self._answers[sql.text]

    def columns(self, sql: AuthorisedSql, *, cancel: Cancel | None = None) -> dict[str, Array]:
        """The columns of the answer kept for this text."""
        return of_rows(self.run(sql, cancel=cancel))

    def tables(self) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
        return self._tables

    def data_date(self) -> date | None:
        return self._data_date

    def close(self) -> None:
        self.closed = True
