"""The weekly letter: what happened to segments and what campaigns did, one calm message a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from semantic_layer.errors import Language, Text, UserError
from semantic_layer.policy.types import User

MOST: int = 8  # of a kind in one letter; how many more there are is said


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One thing worth telling, in a sentence or two. `name` is the segment's or the campaign's."""

    name: str
    text: Text


class Stories(Protocol):
    """What happened in a week, most telling first, as this person may know it. Nothing when nothing did."""

    @property
    def title(self) -> Text: ...

    def between(self, first: date, last: date, user: User) -> Sequence[Story]:
        """Both days count. Raises `UserError` when it cannot be told now."""
        ...


@dataclass(frozen=True, slots=True)
class StoriesAsGiven:
    """The fake: tells what it was made with."""

    title: Text
    given: tuple[Story, ...] = ()
    fault: UserError | None = None

    def between(self, first: date, last: date, user: User) -> Sequence[Story]:
        if self.fault is not None:
            raise self.fault
        return self.given


def digest_text(stories: Sequence[Stories], first: date, last: date, user: User, language: Language) -> str:
    """The body of the letter; empty when there is nothing to tell. What could not be found out is said, not left out."""
    parts: list[str] = []
    for one in stories:
        try:
            told = list(one.between(first, last, user))
        except UserError as error:
            parts.append(f"{one.title.in_(language)}\n{error.message.in_(language)}")
            continue
        if not told:
            continue
        lines = [f"· {_line(story, language)}" for story in told[:MOST]]
        more = len(told) - MOST
        if more > 0:
            lines.append(Text(f"· 还有 {more} 条。", f"· and {more} more.").in_(language))
        parts.append("\n".join((one.title.in_(language), *lines)))
    return "\n\n".join(parts)


def _line(story: Story, language: Language) -> str:
    """The sentence, with the name before it unless it says the name itself."""
    said = story.text.in_(language)
    if story.name in said:
        return said
    return f"{story.name}：{said}" if language == "zh" else f"{story.name}: {said}"
