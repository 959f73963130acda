"""Small results of statements that ran a moment ago. A snapshot never changes, so the same text gives the same rows."""

from __future__ import annotations

import threading
from collections import OrderedDict

from semantic_layer.engines.base import RawResult

_MOST_STATEMENTS = 256
_MOST_ROWS = 2_000
_LONGEST_TEXT = 50_000  # a list of people stands in the text of its statement


class Recent:
    """Results by the text of their statement, for one snapshot; the one unused for longest goes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: OrderedDict[str, RawResult] = OrderedDict()

    def get(self, text: str) -> RawResult | None:
        with self._lock:
            found = self._results.get(text)
            if found is not None:
                self._results.move_to_end(text)
            return found

    def keep(self, text: str, result: RawResult) -> None:
        if len(result.rows) > _MOST_ROWS or len(text) > _LONGEST_TEXT:
            return
        with self._lock:
            self._results[text] = result
            if len(self._results) > _MOST_STATEMENTS:
                self._results.popitem(last=False)
