"""All entries that occur in a text, found in one pass. English matches only at word boundaries, Chinese anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from semantic_layer.vocabulary.fold import fold_with_map, is_word_char

T = TypeVar("T")


@dataclass(slots=True)
class _Node(Generic[T]):
    next: dict[str, _Node[T]] = field(default_factory=dict)
    items: list[T] = field(default_factory=list)


class Trie(Generic[T]):
    """A read-only index from folded keys to items; several items may share a key."""

    def __init__(self, keyed: Iterable[tuple[str, T]]) -> None:
        self._root: _Node[T] = _Node()
        for key, item in keyed:
            if key:
                self._add(key, item)

    def _add(self, key: str, item: T) -> None:
        node = self._root
        for char in key:
            node = node.next.setdefault(char, _Node())
        node.items.append(item)

    def find(self, text: str) -> Iterator[tuple[int, int, tuple[T, ...]]]:
        """`(start, end, items)` for every key that occurs in `text`, shorter ones inside longer ones included."""
        folded, offsets = fold_with_map(text)
        for begin in range(len(folded)):
            if _inside_word(text, offsets[begin]):
                continue
            node: _Node[T] | None = self._root
            for position in range(begin, len(folded)):
                node = node.next.get(folded[position]) if node else None
                if node is None:
                    break
                end = offsets[position] + 1
                if node.items and not _inside_word(text, end):
                    yield offsets[begin], end, tuple(node.items)


def _inside_word(text: str, offset: int) -> bool:
    """Does `offset` stand between two characters of one word, or between a letter run and a digit run of one word?"""
    if offset <= 0 or offset >= len(text):
        return False
    before, after = text[offset - 1], text[offset]
    return is_word_char(before) and is_word_char(after) and before.isdigit() == after.isdigit()
