"""The backlog of the data team: words that nobody could explain and questions that were not served, by frequency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from assistant.interpreters.base import RefusalKind
from assistant.memory.types import Feedback, FeedbackKind
from assistant.memory.wordings import question_key
from assistant.observability.audit import Asked
from semantic_layer.errors import Text

Nearest = Callable[[str], tuple[str, ...]]


class GapKind(StrEnum):
    """Why something is missing."""

    WORD = "word"  # nothing explains it
    ASKED_BACK = "asked_back"  # the question was asked back, and no meaning was chosen
    NOT_YET = "not_yet"  # a kind of question that is not computed
    DISLIKED = "disliked"  # thumbs down


KIND_NAMES = {
    GapKind.WORD: Text("不认识的词", "word not known"),
    GapKind.ASKED_BACK: Text("反问后没有选择", "asked back, nothing chosen"),
    GapKind.NOT_YET: Text("还不能回答", "not computed yet"),
    GapKind.DISLIKED: Text("不满意", "not satisfied"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A word or question that was not served: how often, to how many people, and which defined names are near it."""

    kind: GapKind
    text: str
    count: int
    people: int
    last_seen: datetime
    nearest: tuple[str, ...] = ()
    example: str = ""  # the question in which a word last stood


@dataclass(frozen=True, slots=True, kw_only=True)
class GapReport:
    """All gaps since a moment, most frequent first, then those of most people. `asked` counts all questions."""

    since: datetime
    asked: int
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    kind: GapKind
    text: str
    who: str
    at: datetime
    question: str


def gaps(asked: Iterable[Asked], feedback: Iterable[Feedback], since: datetime, nearest: Nearest) -> GapReport:
    """The gaps of one data set, from its audit entries and feedback of any order. `nearest` gives defined names near a text."""
    entries = sorted((one for one in asked if one.at >= since), key=lambda one: (one.at, one.id))
    said = [one for one in feedback if one.at >= since]
    seen = [*_unserved(entries, said), *_disliked(said)]
    by_text: defaultdict[tuple[GapKind, str], list[_Seen]] = defaultdict(list)
    for one in seen:
        by_text[one.kind, question_key(one.text) or one.text].append(one)
    found = [_gap(same, nearest) for same in by_text.values()]
    return GapReport(since=since, asked=len(entries), gaps=tuple(sorted(found, key=_rank)))


def _rank(gap: Gap) -> tuple[int, int, float, int, str]:
    return -gap.count, -gap.people, -gap.last_seen.timestamp(), list(GapKind).index(gap.kind), gap.text


def _gap(same: list[_Seen], nearest: Nearest) -> Gap:
    last = max(same, key=lambda one: one.at)
    return Gap(
        kind=last.kind,
        text=last.text,
        count=len(same),
        people=len({one.who for one in same}),
        last_seen=last.at,
        nearest=nearest(last.text),
        example=last.question,
    )


def _unserved(entries: list[Asked], said: list[Feedback]) -> Iterator[_Seen]:
    chosen = {one.answer for one in said if one.kind is FeedbackKind.CHOICE}
    following = _next_in_conversation(entries)
    for entry in entries:
        for word in dict.fromkeys(entry.unexplained):
            yield _Seen(GapKind.WORD, word, entry.who, entry.at, entry.question)
        if entry.outcome == "clarification" and entry.id not in chosen and not _picked(following.get(entry.id)):
            yield _Seen(GapKind.ASKED_BACK, entry.question, entry.who, entry.at, entry.question)
        if entry.outcome == "refusal" and entry.refused == RefusalKind.NOT_YET:
            yield _Seen(GapKind.NOT_YET, entry.question, entry.who, entry.at, entry.question)


def _picked(after: Asked | None) -> bool:
    """Whether what came next was a press of a button: an answer to no words."""
    return after is not None and after.outcome == "answer" and not after.question


def _next_in_conversation(entries: list[Asked]) -> dict[str, Asked]:
    following: dict[str, Asked] = {}
    last: dict[str, Asked] = {}
    for entry in entries:
        if entry.conversation:
            if entry.conversation in last:
                following[last[entry.conversation].id] = entry
            last[entry.conversation] = entry
    return following


def _disliked(said: list[Feedback]) -> Iterator[_Seen]:
    for one in said:
        if one.good is False and one.question:
            yield _Seen(GapKind.DISLIKED, one.question, one.who, one.at, one.question)
