"""Places of parts of the week and of the day in a text, beside its times and beside the names of the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.interpreters.grammar.build_moments import on_weekdays
from assistant.interpreters.grammar.times import MomentFinder, MomentMention, TimeMention
from semantic_layer.model.grain import TimeSpine
from semantic_layer.query.predicate import Predicate
from semantic_layer.query.types import ByTime
from semantic_layer.vocabulary import Vocabulary
from semantic_layer.vocabulary.terms import FieldTerm, GroupTerm, ValueTerm

_TIME_IS = "时间在"
_OWN_NAME = 0.6  # dearer by this much where the model has a name of its own for the same
_OWN_FIELD = 1.6  # as much as the words that such a name makes a grouping of, and a bit more
_DOUBTFUL = 0.5


@dataclass(frozen=True, slots=True)
class Placed:
    """What will be a word of the grammar; `extra` is its price above that of a plain word."""

    start: int
    end: int
    cat: str
    value: Predicate | ByTime
    extra: float = 0.0
    owned: bool = False  # the model has a name for the same


class MomentLinker:
    def __init__(self, vocabulary: Vocabulary, spines: Sequence[TimeSpine]) -> None:
        self._vocabulary = vocabulary
        self._finder = MomentFinder(spines)

    def find(self, text: str, times: Sequence[TimeMention]) -> tuple[list[MomentMention], list[TimeMention]]:
        """The moments of a text and its times, without those that are only a part of one of the other sort."""
        sure = [t for t in times if t.confidence > _DOUBTFUL and t.grain is None]
        moments = [m for m in self._finder.find(text) if not any(_holds(t, m) for t in sure)]
        return moments, [t for t in times if not any(_holds(m, t) and not m.doubtful for m in moments)]

    def place(self, text: str, moments: Sequence[MomentMention]) -> list[Placed]:
        """Where weekdays are said twice, all are names of the model or none is: the two kinds do not go together."""
        placed = [one for each in moments if (one := self._placed(text, each)) is not None]
        days = [one for one in placed if on_weekdays(one.value)]
        owned = len(days) > 1 and any(one.owned for one in days)
        return [one for one in placed if not (owned and one in days)]

    def _placed(self, text: str, found: MomentMention) -> Placed | None:
        inside = [m for m in self._vocabulary.find(text) if found.start <= m.start and m.end <= found.end]
        if found.where is not None:
            valued = [m for m in inside if isinstance(m.entry.term, ValueTerm | GroupTerm)]
            if found.vague and valued:
                return None  # the company says itself what its mornings are
            owned = any((m.start, m.end) == (found.start, found.end) for m in valued)
            extra = (_DOUBTFUL if found.doubtful else 0.0) + (_OWN_NAME if owned else 0.0)
            start = self._with_time_word(text, found.start)
            return Placed(start, found.end, "MOMENT", found.where, extra, owned)
        named = any(isinstance(m.entry.term, FieldTerm) for m in inside)
        if found.group is not None:
            plain = Placed(found.start, found.end, "PERIODS", found.group)
        elif found.asked is not None:
            kind = "ASKEDPART" if found.alone else "PARTN1" if found.single else "PARTN"
            plain = Placed(found.start, found.end, kind, found.asked)
        else:
            return None
        return replace(plain, extra=_OWN_FIELD) if named else plain

    def _with_time_word(self, text: str, start: int) -> int:
        """时间在…: the word adds nothing, unless it is the end of a name (下单时间)."""
        before = start - len(_TIME_IS)
        if not text.endswith(_TIME_IS, 0, start):
            return start
        named = any(m.start < before < m.end for m in self._vocabulary.find(text[:start]))
        return start if named else before


def _holds(one: TimeMention | MomentMention, other: TimeMention | MomentMention) -> bool:
    """Does the one hold the other, and more?"""
    return one.start <= other.start and other.end <= one.end and one.end - one.start > other.end - other.start
