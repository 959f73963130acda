"""What the page of models needs, as a protocol; the fake beside it is `assistant.modelling.scripted`.

Every method is for one `user` and raises a `UserError` that says what is wrong and what is allowed. Reading methods are called at
every drawing of the page: none may take longer than a page may, and what does is a `Task`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from assistant.stewardship.types import Task
from semantic_layer.errors import Text
from semantic_layer.policy.types import User
from tools.models.drift import Drift
from tools.models.types import Card

ABOUT: Final = "model:"
"""What the task of a model is about: this and its name."""


class State(StrEnum):
    NONE = "none"  # never trained
    FRESH = "fresh"  # on the data and definitions of now
    STALE = "stale"  # on older data or definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A model as the list shows it. `card` is that of its newest version, `None` before the first.

    `drift` is what the last look found, `None` before one. `tag` and `tag_version` say which version stands as a tag of customers;
    both are empty where none does. `every_days` is how often it is trained again, 0 for never.
    """

    name: str
    label: Text
    state: State
    card: Card | None = None
    drift: Drift | None = None
    tag: str = ""
    tag_version: int = 0
    every_days: int = 0

    @property
    def publishable(self) -> bool:
        """Whether its newest version can stand as a tag and does not yet."""
        card = self.card
        return card is not None and card.tag is not None and bool(card.bands) and card.version != self.tag_version


class ModelsPort(Protocol):
    """The models of one data set."""

    def may_see(self, user: User) -> bool:
        """Whether there is anything here for this person; it must cost nothing."""
        ...

    def may_manage(self, user: User) -> bool:
        """Whether they may publish, withdraw and schedule. Training is for everybody who may see models."""
        ...

    def rows(self, *, user: User) -> tuple[ModelRow, ...]:
        """All kinds of model, trained or not, in the order of the definitions."""
        ...

    def train(self, name: str, *, user: User) -> Task:
        """Train a new version in the background. Refused while the same runs."""
        ...

    def check(self, name: str, *, user: User) -> Task:
        """Look in the background how far customers are from those of training. Refused before the first training."""
        ...

    def publish(self, name: str, *, user: User) -> Text:
        """Let the newest version stand as a tag; what happens now."""
        ...

    def withdraw(self, name: str, *, user: User) -> Text:
        """Take the tag back; what happens now."""
        ...

    def schedule(self, name: str, every_days: int, *, user: User) -> Text:
        """Train it again every so many days; 0 ends it."""
        ...
