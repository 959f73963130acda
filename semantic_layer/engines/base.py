"""The seam to whatever holds the data. An engine runs authorised SQL and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from numpy.typing import NDArray

from semantic_layer.policy.authorise import AuthorisedSql
from semantic_layer.table import Cell


class Cancel:
    """Pressed by the person who waits; engines look at it or are told through `on_press`."""

    def __init__(self) -> None:
        self._pressed = threading.Event()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    @property
    def pressed(self) -> bool:
        return self._pressed.is_set()

    def press(self) -> None:
        """Stop what is running and whatever would start later; a second press does nothing."""
        with self._lock:
            if self._pressed.is_set():
                return
            self._pressed.set()
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()

    @contextmanager
    def on_press(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call `listener` when pressed, for as long as the block lasts; at once when it was pressed before."""
        with self._lock:
            self._listeners.append(listener)
            pressed = self._pressed.is_set()
        try:
            if pressed:
                listener()
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)


@dataclass(frozen=True, slots=True)
class RawResult:
    """Column names and rows as the engine gave them."""

    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...] = field(default=())


class Engine(Protocol):
    """A data store that answers authorised SQL.

    `run` raises `TooLongError`, `CancelledError` or `DataError`, never an exception of the driver.
    """

    @property
    def dialect(self) -> str:
        """The sqlglot dialect that it speaks."""
        ...

    def run(self, sql: AuthorisedSql, *, cancel: Cancel | None = None) -> RawResult: ...

    def columns(self, sql: AuthorisedSql, *, cancel: Cancel | None = None) -> Mapping[str, NDArray[Any]]:
        """The result as one array a column, in order, without a row of it in Python; raises as `run` does.

        Numbers with gaps are floats with NaN, times have NaT, anything else holds `None` where it is unknown.
        """
        ...

    def tables(self) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
        """Every table with its columns as (name, engine type)."""
        ...

    def data_date(self) -> date | None:
        """When the data was built or loaded, if the engine knows."""
        ...

    def close(self) -> None: ...
