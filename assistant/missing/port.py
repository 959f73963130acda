"""What a page or a command needs for defining tags: drafts that people chose, publishing one, undoing it; with a fake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from assistant.missing.publishing import Event, may_define
from semantic_layer.errors import Text, UnknownNameError
from semantic_layer.policy.types import Policy, User
from semantic_layer.query.predicate import Predicate


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDraft:
    """A definition that people chose for words nobody defined. `item` is its place in the queue of reviewed questions.

    `words` say the condition; `count` is how many people asked, `people` how many customers it holds for (`None` where
    that may not be told).
    """

    item: str
    question: str
    where: Predicate
    words: Text
    count: int
    people: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTag:
    """What an owner says about a draft before it is published: a name for files, and what people read."""

    name: str
    label: Text
    description: Text
    owner: str = ""
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsView:
    """Drafts by how often they were asked for; what was published, by whom and when, newest first."""

    drafts: tuple[TagDraft, ...] = ()
    published: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()


class TagsPort(Protocol):
    """Every method raises a `UserError` that says what is wrong and what is allowed."""

    def may_define(self, user: User) -> bool: ...

    def view(self, user: User) -> TagsView:
        """Raises `NotAllowedError` for those who neither define nor review."""
        ...

    def publish(self, item: str, number: int, new: NewTag, user: User) -> str:
        """Publish the draft `number` (from 0) of a queue item; returns the qualified name of the tag."""
        ...

    def withdraw(self, name: str, user: User) -> None: ...


class ScriptedTags:
    """The fake: shows what it was given, and notes what it was told in `told`."""

    def __init__(self, policy: Policy, view: TagsView | None = None) -> None:
        self.told: list[tuple[object, ...]] = []
        self._policy = policy
        self._view = view or TagsView()

    def may_define(self, user: User) -> bool:
        return may_define(user, self._policy)

    def view(self, user: User) -> TagsView:
        return self._view

    def publish(self, item: str, number: int, new: NewTag, user: User) -> str:
        own = [draft for draft in self._view.drafts if draft.item == item]
        if number >= len(own):
            raise UnknownNameError(Text("标签草稿", "draft of a tag"), item)
        self.told.append(("publish", item, number, new, user.name))
        return f"customer.{new.name}"

    def withdraw(self, name: str, user: User) -> None:
        self.told.append(("withdraw", name, user.name))
