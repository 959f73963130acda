"""Which stretches around an unknown word may be one misspelt name."""

from __future__ import annotations

from collections.abc import Iterator

from semantic_layer.vocabulary.fold import is_han


def windows(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretch itself; for Chinese also with up to four characters on either side, widest first; for English with the
    words beside it, for a typo may stand in one word of a name.
    """
    if is_han(text[start]):
        for left in range(4, -1, -1):
            for right in range(4, -1, -1):
                begin, stop = start - left, end + right
                if (
                    begin >= 0
                    and stop <= len(text)
                    and 2 <= stop - begin <= 8
                    and all(is_han(c) for c in text[begin:stop])
                ):
                    yield begin, stop
        return
    for before in range(3):
        for after in range(3):
            first, last = _words_left(text, start, before), _words_right(text, end, after)
            if first is not None and last is not None:
                yield first, last


def _words_left(text: str, start: int, count: int) -> int | None:
    for _ in range(count):
        if start < 2 or text[start - 1] not in " -":
            return None
        start -= 1
        while start > 0 and text[start - 1].isascii() and text[start - 1].isalnum():
            start -= 1
    return start


def _words_right(text: str, end: int, count: int) -> int | None:
    for _ in range(count):
        if end >= len(text) - 1 or text[end] not in " -":
            return None
        end += 1
        while end < len(text) and text[end].isascii() and text[end].isalnum():
            end += 1
    return end
