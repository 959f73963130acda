"""The seam between words and plans. Both interpreters return one of four outcomes; none of them runs anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Language, Text
from semantic_layer.policy.types import User
from semantic_layer.query.plan import Plan


class NoteKind(StrEnum):
    UNDERSTOOD_AS = "understood_as"  # a typo, homophone or synonym was read as something else
    DEFAULT = "default"  # something that was not said was filled in: the time, the meaning of 活跃
    UNUSED = "unused"  # words that played no part


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something the person should know about how the question was read."""

    kind: NoteKind
    words: str  # as typed
    meaning: Text = Text("", "")  # what it was taken for


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One possible meaning. `label` says what makes it differ from the others."""

    label: Text
    plan: Plan
    notes: tuple[Note, ...] = ()
    score: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """One reading that explains every content word."""

    reading: Reading
    language: Language
    derivation: tuple[str, ...] = ()  # the rules used, outermost first, for the curious and for evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Several readings stand; the person chooses. `about` is the word or phrase in doubt."""

    about: str
    question: Text
    readings: tuple[Reading, ...]
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstood:
    """Words are left that nothing explains. `nearest` are readings without them; `offers` are defined names near them."""

    unexplained: tuple[str, ...]
    nearest: tuple[Reading, ...] = ()
    offers: tuple[Text, ...] = ()
    why: Text = Text("", "")
    language: Language


class RefusalKind(StrEnum):
    OUT_OF_SCOPE = "out_of_scope"  # a poem
    UNSAFE = "unsafe"  # delete all orders
    PRIVATE = "private"  # every phone number
    NOT_YET = "not_yet"  # a kind of question this version does not compute
    EMPTY = "empty"  # nothing was asked
    TOO_LONG = "too_long"
    CONTRADICTION = "contradiction"  # a time that ends before it starts


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The question is understood well enough to know that it must not or cannot be answered."""

    kind: RefusalKind
    reason: Text
    suggestions: tuple[Text, ...] = ()
    language: Language


Outcome = Understood | Ambiguous | NotUnderstood | Declined


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What came before in this conversation, who asks, and what stops a long reading.

    `plan` is what a follow-up edits. Without a user nothing that depends on rights is looked up.
    """

    plan: Plan | None = None
    user: User | None = None
    cancel: Cancel | None = field(default=None, compare=False)


class Interpreter(Protocol):
    """Turns a question into an outcome. Deterministic for the same text, context and vocabulary."""

    name: str

    def interpret(self, text: str, context: Context) -> Outcome: ...
