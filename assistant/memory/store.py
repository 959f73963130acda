"""The seam to where feedback and the items of the queue are kept, with its fake."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Protocol

from assistant.memory.types import DecidedMeanwhileError, Feedback, Item
from assistant.memory.wordings import key_hash


class FeedbackStore(Protocol):
    """Keeps what was said and what was decided. When something becomes an item is not its business."""

    def write(self, feedback: Feedback | None, item: Item | None) -> None:
        """Write both or none. Feedback of the same person, kind and answer is replaced.

        An item of revision 1 is new; any other must follow the stored one. Raises `DecidedMeanwhileError` when it does
        not or when its question has an item already, and `DataError` when nothing can be written.
        """
        ...

    def feedback(
        self, data_set: str, *, since: datetime | None = None, question: str | None = None
    ) -> tuple[Feedback, ...]:
        """What was said, newest first; `question` leaves what is about the same question, however worded."""
        ...

    def items(self, data_set: str) -> tuple[Item, ...]:
        """All items, oldest first."""
        ...

    def item_of(self, data_set: str, question: str) -> Item | None:
        """The item of a question, however worded."""
        ...


class FeedbackInMemory:
    """The fake: keeps everything as long as the process lives."""

    def __init__(self) -> None:
        self._feedback: dict[tuple[str, str, str, str], Feedback] = {}
        self._items: dict[str, Item] = {}
        self._lock = threading.Lock()

    def write(self, feedback: Feedback | None, item: Item | None) -> None:
        with self._lock:
            if item is not None:
                self._put(item)
            if feedback is not None:
                key = (feedback.data_set, feedback.answer, feedback.who, feedback.kind.value)
                self._feedback[key] = feedback

    def _put(self, item: Item) -> None:
        stored = self._items.get(item.id)
        same = [one for one in self._items.values() if _key(one) == _key(item) and one.id != item.id]
        if same or (stored.revision if stored else 0) != item.revision - 1:
            raise DecidedMeanwhileError(item.question)
        self._items[item.id] = item

    def feedback(
        self, data_set: str, *, since: datetime | None = None, question: str | None = None
    ) -> tuple[Feedback, ...]:
        wanted = None if question is None else key_hash(question)
        found = (
            one
            for one in list(self._feedback.values())
            if one.data_set == data_set
            and (since is None or one.at >= since)
            and (wanted is None or key_hash(one.question) == wanted)
        )
        return tuple(sorted(found, key=lambda one: (one.at, one.id), reverse=True))

    def items(self, data_set: str) -> tuple[Item, ...]:
        found = (item for item in list(self._items.values()) if item.data_set == data_set)
        return tuple(sorted(found, key=lambda item: (item.opened_at, item.id)))

    def item_of(self, data_set: str, question: str) -> Item | None:
        key = (data_set, key_hash(question))
        return next((item for item in self.items(data_set) if _key(item) == key), None)


def _key(item: Item) -> tuple[str, str]:
    return item.data_set, key_hash(item.question)
