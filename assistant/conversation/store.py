"""What was said so far, by conversation. Kept in memory: closing the page ends a conversation, nothing else is lost."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from assistant.answer import Answer, Reply
from semantic_layer.query.plan import Plan

KEPT = 20  # turns of a conversation, the last ones: each holds a whole reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A question and what was replied."""

    asked: str
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Turns, oldest first. `plan` is what a follow-up edits: the plan of the answer last shown."""

    id: str
    turns: tuple[Turn, ...] = ()
    plan: Plan | None = None

    def with_turn(self, turn: Turn) -> Conversation:
        plan = turn.reply.plan if isinstance(turn.reply, Answer) else self.plan
        return replace(self, turns=(*self.turns, turn)[-KEPT:], plan=plan)


class ConversationStore:
    """Conversations by id, safe for several threads; the longest unused are let go beyond `most`."""

    def __init__(self, most: int = 1_000) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Conversation] = OrderedDict()

    def get(self, conversation_id: str) -> Conversation:
        """The conversation, empty when it is new."""
        with self._lock:
            return self._kept.get(conversation_id) or Conversation(id=conversation_id)

    def add(self, conversation_id: str, turn: Turn) -> Conversation:
        with self._lock:
            grown = (self._kept.pop(conversation_id, None) or Conversation(id=conversation_id)).with_turn(turn)
            self._kept[conversation_id] = grown
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return grown

    def look_back(self, conversation_id: str, answer: Answer) -> None:
        """Make an earlier answer the one that follow-ups edit."""
        with self._lock:
            if conversation_id in self._kept:
                self._kept[conversation_id] = replace(self._kept[conversation_id], plan=answer.plan)
