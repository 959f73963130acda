"""Where models are kept: the seam, what is kept beside a card, and the fake."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from tools.models.types import Card, Scores, Trained


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Scores of one version of a model that stand as a tag of customers, under the name of the tag."""

    data_set: str
    tag: str
    model: str
    version: int
    horizon: int
    published_at: datetime
    published_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often a model is trained again: every so many days; `trained_at` is when it was last."""

    data_set: str
    model: str
    horizon: int
    every_days: int
    set_by: str
    trained_at: datetime | None = None


class ModelStore(Protocol):
    """Keeps cards, scores, which scores stand as tags, and rhythms. Rules about who may are not its business.

    All raise `DataError` when nothing can be read or written.
    """

    def save(self, data_set: str, trained: Trained) -> Trained:
        """Keep a model under the next version of its name, which the card that comes back carries."""
        ...

    def cards(self, data_set: str, name: str = "") -> tuple[Card, ...]:
        """Cards of one model, or of all, newest first."""
        ...

    def scores(self, data_set: str, name: str, version: int) -> Scores | None: ...

    def publish(self, published: Published) -> None:
        """Let the tag be these scores, in place of any before."""
        ...

    def withdraw(self, data_set: str, tag: str) -> None: ...

    def published(self, data_set: str) -> tuple[Published, ...]: ...

    def set_rhythm(self, rhythm: Rhythm) -> None:
        """In place of any before for the same model and horizon; `every_days` of 0 ends it."""
        ...

    def rhythms(self, data_set: str) -> tuple[Rhythm, ...]: ...

    def forget(self, data_set: str, key: int) -> int:
        """Take a customer out of all scores; how many models held one."""
        ...

    def prune(self, data_set: str, name: str, keep: int) -> None:
        """Let go of the scores of all but the newest `keep` versions, and of those that stand as a tag. Cards stay."""
        ...


class ModelsOfMemory:
    """The fake: keeps models as long as the process lives."""

    def __init__(self) -> None:
        self._cards: list[tuple[str, Card]] = []
        self._scores: dict[tuple[str, str, int], Scores] = {}
        self._published: dict[tuple[str, str], Published] = {}
        self._rhythms: dict[tuple[str, str, int], Rhythm] = {}
        self._lock = threading.Lock()

    def save(self, data_set: str, trained: Trained) -> Trained:
        with self._lock:
            name = trained.card.name
            version = 1 + max((c.version for of, c in self._cards if of == data_set and c.name == name), default=0)
            kept = Trained(card=replace(trained.card, version=version), scores=trained.scores)
            self._cards.append((data_set, kept.card))
            self._scores[data_set, name, version] = trained.scores
            return kept

    def cards(self, data_set: str, name: str = "") -> tuple[Card, ...]:
        return tuple(card for of, card in reversed(self._cards) if of == data_set and name in ("", card.name))

    def scores(self, data_set: str, name: str, version: int) -> Scores | None:
        return self._scores.get((data_set, name, version))

    def publish(self, published: Published) -> None:
        self._published[published.data_set, published.tag] = published

    def withdraw(self, data_set: str, tag: str) -> None:
        self._published.pop((data_set, tag), None)

    def published(self, data_set: str) -> tuple[Published, ...]:
        return tuple(one for (of, _), one in sorted(self._published.items()) if of == data_set)

    def set_rhythm(self, rhythm: Rhythm) -> None:
        place = (rhythm.data_set, rhythm.model, rhythm.horizon)
        if rhythm.every_days:
            self._rhythms[place] = rhythm
        else:
            self._rhythms.pop(place, None)

    def rhythms(self, data_set: str) -> tuple[Rhythm, ...]:
        return tuple(one for (of, *_), one in sorted(self._rhythms.items()) if of == data_set)

    def forget(self, data_set: str, key: int) -> int:
        with self._lock:
            holding = [at for at, s in self._scores.items() if at[0] == data_set and s.place(key) is not None]
            for at in holding:
                self._scores[at] = self._scores[at].without(key)
            return len(holding)

    def prune(self, data_set: str, name: str, keep: int) -> None:
        with self._lock:
            standing = {one.version for one in self.published(data_set) if one.model == name}
            versions = sorted((at[2] for at in self._scores if at[:2] == (data_set, name)), reverse=True)
            for version in versions[keep:]:
                if version not in standing:
                    del self._scores[data_set, name, version]
