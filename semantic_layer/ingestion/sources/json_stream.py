"""The items of a list inside of a JSON file, one by one, without the whole file in memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Final

from semantic_layer.errors import DataError, Text
from semantic_layer.ingestion.sources import faults
from semantic_layer.ingestion.sources.encodings import Bytes
from semantic_layer.ingestion.sources.json_values import DECODER, Json, why_broken
from semantic_layer.ingestion.sources.lines import MOST_LINE

_BLOCK: Final = 1_000_000
_DEEP: Final = 3  # objects inside of each other in which a list is looked for
_LIST: Final = Text(zh="列表", en="list")


class ItemStream:
    """Reads a file from its beginning: `find` first, then `items`."""

    def __init__(self, stream: Bytes, encoding: str, part: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._part = part
        self._text = ""
        self._at = 0
        self._is_over = False
        self._count = 0
        self._seen: list[str] = []

    def find(self, path: str) -> Iterator[Json]:
        """The items of the list at `path`, of the first list of objects without one, or the one object that there is.

        Raises:
            DataError: when there is no such list, or the text is not JSON; the items before that were given.
        """
        first = self._peek()
        if first == "[" and not path:
            self._at += 1
            yield from self._items()
        elif first == "{":
            lone: dict[str, Json] = {}
            if self._enter(path, "", lone):
                yield from self._items()
            elif not path:
                yield lone
            else:
                raise faults.no_such(self._part, _LIST, path, self._seen)
        else:
            raise self._broken(Text(zh="开头既不是 [ 也不是 {", en="it begins with neither '[' nor '{'"))

    def _enter(self, path: str, before: str, lone: dict[str, Json]) -> bool:
        """Go into an object up to the list that is looked for. What is passed on the way is kept, as long as it is small."""
        self._at += 1
        while (next_ := self._peek()) != "}":
            if next_ == ",":
                self._at += 1
                continue
            key = str(self._value()) if next_ == '"' else ""
            if next_ != '"' or self._peek() != ":":
                raise self._broken(Text(zh=f"「{self._near()}」处缺少键名", en=f"a key is missing at {self._near()!r}"))
            self._at += 1
            if self._is_list(path, f"{before}{key}"):
                return True
            if self._peek() == "{" and self._leads(path, f"{before}{key}"):
                inner: dict[str, Json] = {}
                if self._enter(path, f"{before}{key}.", inner):
                    return True
                lone[key] = inner
            else:
                lone[key] = self._value()
        self._at += 1
        return False

    def _is_list(self, path: str, name: str) -> bool:
        if self._peek() != "[":
            return False
        self._seen.append(name)
        if path:
            if name == path:
                self._at += 1
            return name == path
        start = self._at
        self._at += 1
        if self._peek() == "{":
            return True
        self._at = start
        return False

    @staticmethod
    def _leads(path: str, name: str) -> bool:
        return path.startswith(f"{name}.") if path else name.count(".") < _DEEP

    def _items(self) -> Iterator[Json]:
        while (next_ := self._peek()) != "]":
            if next_ == "," and self._count:
                self._at += 1
            elif self._count:
                raise self._broken(
                    Text(zh=f"「{self._near()}」处缺少逗号或 ]", en=f"',' or ']' is missing at {self._near()!r}")
                )
            self._count += 1
            yield self._value()

    def _peek(self) -> str:
        """The next character that is no space; raises `DataError` at the end of the file."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in " \t\r\n\ufeff":
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                raise self._broken(Text(zh="文件到一半就结束了", en="the file ends in the middle"))

    def _value(self) -> Json:
        self._peek()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise self._broken(why_broken(error)) from None
            except ValueError as error:
                if len(self._text) - self._at > MOST_LINE or not self._more():
                    raise self._broken(why_broken(error)) from None
            else:
                if end < len(self._text) or not self._more():
                    self._at = end
                    found: Json = value
                    return found

    def _more(self) -> bool:
        """Read on, as much again as is there, so that a large item is not looked through too often."""
        if self._is_over:
            return False
        self._text, self._at = self._text[self._at :], 0
        block = self._stream.read(max(_BLOCK, len(self._text)))
        self._is_over = not block
        try:
            self._text += self._decoder.decode(block, self._is_over)
        except UnicodeDecodeError as error:
            raise self._broken(Text(zh="编码不对", en=error.reason)) from None
        return not self._is_over

    def _near(self) -> str:
        return self._text[self._at : self._at + 20]

    def _broken(self, why: Text) -> DataError:
        return faults.damaged(f"{self._part}:{self._count}" if self._count else self._part, why)
