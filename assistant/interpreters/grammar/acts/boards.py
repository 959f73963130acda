"""Keeping an answer on a board, and having it sent again and again."""

from __future__ import annotations

from typing import Literal

from assistant.interpreters.base import Context, NotUnderstood, Outcome, Understood
from assistant.interpreters.grammar.acts.cues import Cues
from assistant.interpreters.grammar.acts.people import Asks, made
from assistant.interpreters.grammar.acts.said import Said
from semantic_layer.errors import Text
from semantic_layer.query.plan import Pin, Step

Rhythm = Literal["day", "week", "change"]
_RHYTHMS: tuple[Rhythm, ...] = ("day", "week", "change")
_NOTHING_BEFORE = Text(
    "前面还没有结果，请先问一个完整的问题。", "There is no answer before this one. Please ask a whole question first."
)


class BoardActs:
    """Built once for a data set; pure. `reads` reads any question of its own."""

    def __init__(self, reads: Asks) -> None:
        self._reads = reads

    def read(self, said: Said, cues: Cues, context: Context) -> Outcome | None:
        pinned = cues.find("pin", said.text)
        left = said if pinned is None else said.without(pinned)
        left, every = _rhythm(left, cues, pinned=pinned is not None)
        if pinned is None and every is None:
            return None
        board = "" if pinned is None else said.unquoted(pinned, "text")
        if cues.only(left.text, "only_pin"):
            if context.plan is None:
                return NotUnderstood(unexplained=(), why=_NOTHING_BEFORE, language=said.language)
            return made(Pin(steps=_kept(context.plan.steps), board=board, every=every), said, "acts/pin")
        outcome = self._reads(said.cased(cues.bare(left.rest)))
        if not isinstance(outcome, Understood):
            return outcome
        return made(Pin(steps=outcome.reading.plan.steps, board=board, every=every), said, "acts/pin")


def _kept(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """What is pinned, when what came before was itself a pinning."""
    return tuple(kept for step in steps for kept in (step.steps if isinstance(step, Pin) else (step,)))


def _rhythm(said: Said, cues: Cues, *, pinned: bool) -> tuple[Said, Rhythm | None]:
    """How often it is to be sent: a rhythm beside a word for sending, or beside a board."""
    for every in _RHYTHMS:
        match = cues.find(f"every_{every}", said.text)
        if match is None:
            continue
        left = said.without(match)
        sent = cues.find("sent_to_me", left.text)
        if sent is None and not pinned:
            continue
        while (sent := cues.find("sent_to_me", left.text)) is not None:
            left = left.without(sent)
        return left, every
    return said, None
