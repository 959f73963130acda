"""Sealed personal columns: what an engine needs to read them, and what it says when it cannot.

A version names its sealed columns in the table `sealed_columns`. Engines read the tables through views in which each of them
is `open_sealed(column)`, so that masks, policies and exports see the value, and a column that nobody asks for costs nothing.
"""

from __future__ import annotations

from typing import Final, Protocol

import pyarrow as pa

from semantic_layer.errors import DataError, Text

SEALED_TABLE: Final = "sealed_columns"
"""The table of a version with the columns (table_name, column_name) of what is sealed in it."""
OPEN_SEALED: Final = "open_sealed"


class Opener(Protocol):
    """Gives the value again that was sealed, or as much of it as can be had; what is not sealed is given back.

    Raises:
        DataError: when it was sealed with another key.
    """

    def open(self, value: str) -> str: ...


class SealedReader:
    """The function `open_sealed` of one connection, over Arrow arrays of text; each distinct value is opened once an array.

    `opened` counts the values that were asked for. `refusal` is why the last one could not be opened.
    """

    MARK: Final = "a personal value could not be opened"

    def __init__(self, opener: Opener | None) -> None:
        self.opened = 0
        self.refusal: DataError | None = None
        self._opener = opener

    def __call__(self, values: pa.ChunkedArray) -> pa.Array:
        """The values again. Raises `ValueError` with `MARK`, as the driver hands on no more of an error than its text."""
        coded = values.combine_chunks().dictionary_encode()
        try:
            plain = [self._open(str(value)) for value in coded.dictionary.to_pylist()]
        except DataError as error:
            self.refusal = error
            raise ValueError(self.MARK) from error
        return pa.array(plain, pa.string()).take(coded.indices)

    def _open(self, value: str) -> str:
        if self._opener is None:
            raise _without_key()
        self.opened += 1
        return self._opener.open(value)


def _without_key() -> DataError:
    return DataError(
        Text(
            zh="个人信息列是加密保存的，而这里没有设置密钥，所以读不出来；其他列可以照常查询。"
            "请按导入时的设置填写 QUNXIANG_AT_REST 和 QUNXIANG_DATA_KEY（或 QUNXIANG_DATA_KEY_FILE）。",
            en="Personal columns are sealed and no key is set here, so they cannot be read; all other columns can. "
            "Set QUNXIANG_AT_REST and QUNXIANG_DATA_KEY (or QUNXIANG_DATA_KEY_FILE) as they were for the load.",
        )
    )
