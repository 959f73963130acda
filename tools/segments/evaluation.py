"""Sets of people by condition. Each condition is asked of the data once; what is joined from them is joined as bitmaps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, InvalidPlanError, Text, UnknownNameError
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.nearest import nearest
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import And, Did, InSegment, Not, Or, Predicate, conjuncts
from semantic_layer.query.time import Span
from semantic_layer.query.types import Audience
from tools.segments.lists import as_bitmap

_SEGMENT: Final = Text("人群", "segment")


class KeysLayer(Protocol):
    """What memberships need of the semantic layer, which has this shape."""

    @property
    def index(self) -> ModelIndex: ...

    @property
    def as_of(self) -> date: ...

    def key_array(self, audience: Audience, user: User, *, cancel: Cancel | None = None) -> NDArray[np.int64]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The people of a rule, and for each of its conditions who meets it."""

    keys: BitMap
    parts: tuple[tuple[Predicate, BitMap], ...]


Known = Callable[[str, date | None], "BitMap | Audience | None"]
"""What a segment's name means on a day (`None` is today): its people where they are known, else its rule; `None` for no such."""


class Evaluation:
    """Answers of one moment, for one user. A condition that was asked before is not asked again.

    A condition and its negation split the people, so a negation is what is left of everybody.
    """

    def __init__(self, layer: KeysLayer, user: User, known: Known, cancel: Cancel | None = None) -> None:
        self._layer = layer
        self._user = user
        self._known = known
        self._cancel = cancel
        self._met: dict[tuple[Predicate | None, date | None], BitMap] = {}
        self._inside: list[str] = []
        self.customer = layer.index.model.customer_entity

    def everybody(self, as_of: date | None = None) -> BitMap:
        return self._asked(None, as_of)

    def rule(self, audience: Audience, as_of: date | None = None) -> Found:
        """The people of a rule as of its own day, else `as_of`. Raises `InvalidPlanError` for rows that are no people."""
        if audience.entity != self.customer:
            label = self._layer.index.entity(audience.entity).words.label
            raise InvalidPlanError(
                Text(
                    zh=f"「{label.zh}」不是客户，不能作为持续观察的人群。",
                    en=f"{label.en!r} are no customers, so they cannot be watched as a segment.",
                )
            )
        day = audience.as_of or as_of
        parts = tuple((part, self.meets(part, day)) for part in conjuncts(audience.where))
        keys = BitMap.intersection(*(met for _, met in parts)) if parts else self.everybody(day)
        return Found(keys=keys, parts=parts)

    def meets(self, where: Predicate, as_of: date | None = None) -> BitMap:
        """Everybody for whom a condition holds on a day."""
        match where:
            case And(items=items) if items:
                return BitMap.intersection(*(self.meets(item, as_of) for item in items))
            case Or(items=items) if items:
                return BitMap.union(*(self.meets(item, as_of) for item in items))
            case Not(item=item):
                return self.everybody(as_of) - self.meets(item, as_of)
            case InSegment(name=name):
                return self._segment(name, as_of)
            case _:
                return self._asked(where, as_of)

    def acted(self, entity: str, since: date, until: date) -> BitMap:
        """Everybody with rows of `entity` after one day and up to another; on that day itself when they are the same."""
        first = min(since + timedelta(days=1), until)
        return self._asked(Did(entity=entity, time=Span(first, until)), None)

    def _segment(self, name: str, as_of: date | None) -> BitMap:
        known = self._known(name, as_of)
        if known is None:
            raise UnknownNameError(_SEGMENT, name, nearest(name, ()))
        if isinstance(known, BitMap):
            return known & self.everybody(as_of)
        if name in self._inside:
            raise InvalidPlanError(
                Text(f"人群「{name}」的定义包含了它自己。", f"The definition of the segment {name!r} contains itself.")
            )
        self._inside.append(name)
        try:
            return self.rule(known, as_of).keys
        finally:
            self._inside.pop()

    def _asked(self, where: Predicate | None, as_of: date | None) -> BitMap:
        if as_of == self._layer.as_of:
            as_of = None
        found = self._met.get((where, as_of))
        if found is None:
            if self._cancel is not None and self._cancel.pressed:
                raise CancelledError(Text(zh="已停止。", en="Stopped."))
            audience = Audience(where=where, entity=self.customer, as_of=as_of)
            found = as_bitmap(self._layer.key_array(audience, self._user, cancel=self._cancel))
            self._met[where, as_of] = found
        return found
