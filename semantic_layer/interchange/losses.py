"""What reading another tool's definitions gives: a model, and a list of everything that did not come along."""

from __future__ import annotations

from dataclasses import dataclass

from semantic_layer.errors import Text
from semantic_layer.model.types import SemanticModel


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing of the source that the model does not hold, or holds only by assumption.

    `place` is `file:line`, or `file` where lines mean nothing; `what` is the key or name as the source writes it.
    """

    place: str
    what: str
    why: Text


@dataclass(frozen=True, slots=True)
class Imported:
    """A model made from another tool's definitions; `losses` in the order of the source."""

    model: SemanticModel
    losses: tuple[Loss, ...]
