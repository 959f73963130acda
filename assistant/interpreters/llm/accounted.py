"""Is everything that a question surely says in the plan that a model made of it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assistant.interpreters.grammar import categories as cat
from assistant.interpreters.grammar import kinds
from assistant.interpreters.grammar.account import keeps_all
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Number, Values
from assistant.interpreters.grammar.words import Word
from assistant.interpreters.names import Gloss
from assistant.interpreters.spans import Found, plain
from semantic_layer.model.types import Conversion, DimensionKind, Tag
from semantic_layer.query.acts import Basket, CampaignState, Measure, ModelCard, Predict
from semantic_layer.query.plan import Catalogue, Define, Funnel, Plan, Retention, WhyMember
from semantic_layer.query.predicate import Compare, Did, HasMetric, IsNull, Moment, Not, Then
from semantic_layer.query.time import (
    Across,
    Against,
    Aligned,
    Beside,
    Calendar,
    Grain,
    Holiday,
    Rolling,
    Span,
    TimeRange,
)
from semantic_layer.query.types import Bound
from semantic_layer.query.walk import parts as parts_of
from semantic_layer.restate.spoken_acts import MODELS

_TIMES: Final = (Span, Rolling, Calendar, Holiday, Beside, Across, Against)
_LOOSE: Final = (cat.ENTITY, cat.VERB)  # said in many ways, and often by the name of a metric
_LESS: Final = frozenset({"!=", "<", "<="})


def lost(found: Found, plan: Plan, glosses: Sequence[Gloss], meanings: Meanings) -> tuple[str, ...]:
    """Words as typed that are names, times, numbers or denials and play no part in the plan."""
    kept = _Kept(plan, tuple(parts_of(plan)), meanings)
    if any(isinstance(step, Define | Catalogue) for step in plan.steps):
        return ()
    said = [
        found.said(w)
        for w in found.words
        if not kept.in_any_sense(w, found.senses)
        and not _renamed(w, found, glosses)
        and not _asks_model(found.said(w), plan)
    ]
    if not any(_denies(part) for part in kept.parts):
        said += [found.said(w) for w in found.denials if not _idle(w, found, glosses) and not _is_ahead(w, found)]
    return tuple(dict.fromkeys(word for word in said if word))


def added(found: Found, plan: Plan) -> bool:
    """Does the plan hold a time though the question says none?"""
    if any(isinstance(word.value, TimeRange) or word.cat in ("COMPARISON", "MOMENT") for word in found.words):
        return False
    lengths = {word.value.value for word in found.words if isinstance(word.value, Number)}
    times = (part for part in parts_of(plan) if isinstance(part, _TIMES))
    return any(not isinstance(time, Rolling) or time.count not in lengths for time in times)


def unexplained(found: Found, glosses: Sequence[Gloss]) -> tuple[str, ...]:
    """Gaps of the question that the model said nothing about."""
    explained = [plain(gloss.said) for gloss in glosses if not _spanned(gloss, found)]
    gaps = (places[0].said for places in found.gaps)
    return tuple(dict.fromkeys(said for said in gaps if not _covered(plain(said), explained)))


def _covered(said: str, explained: Sequence[str]) -> bool:
    return any(said in other or (other in said and 2 * len(other) >= len(said)) for other in explained if other)


def _is_ahead(word: Word, found: Found) -> bool:
    """The first sign of 未来, the time to come, denies nothing."""
    return found.normalised.text.startswith("未来", word.start)


def _asks_model(said: str, plan: Plan) -> bool:
    """Is it what a model is asked for, though it is a name of something known as well (likely to churn)?"""
    labels = (MODELS[step.target] for step in plan.steps if isinstance(step, Predict | ModelCard))
    return any(label.zh in said or label.en in said.casefold() for label in labels)


# ---- what glosses account for


def _spanned(gloss: Gloss, found: Found) -> list[str]:
    """The sure words that the words of a gloss hold. Whoever passes over a piece with names in it explains nothing."""
    said = plain(gloss.said)
    return [text for word in found.words if (text := plain(found.said(word))) and text in said]


def _renamed(word: Word, found: Found, glosses: Sequence[Gloss]) -> bool:
    """Is the word, and no other sure word with it, taken for some other name?"""
    text = plain(found.said(word))
    return any(gloss.named and set(_spanned(gloss, found)) == {text} for gloss in glosses)


def _idle(word: Word, found: Found, glosses: Sequence[Gloss]) -> bool:
    """Does it deny what is part of a gloss (好久没动静), or what is passed over (not sure)?"""
    text, mark = found.said(word).casefold(), " " if found.said(word).isascii() else ""
    apart = [gloss for gloss in glosses if not _spanned(gloss, found)]
    if any(f"{mark}{text}{mark}" in f"{mark}{gloss.said.casefold()}{mark}" for gloss in apart):
        return True
    passed = [plain(gloss.said) for gloss in apart if not gloss.named]
    return any(0 <= gap.start - word.end <= 1 and plain(gap.said) in passed for gap, *_ in found.gaps)


# ---- what the plan holds


def _denies(part: object) -> bool:
    match part:
        case Not() | IsNull() | Then(happened=False) | Compare(value=False) | WhyMember():
            return True
        case Compare(op=op) | HasMetric(op=op) | Did(op=op) | Moment(op=op) | Bound(op=op):
            return op in _LESS
        case _:
            return False


@dataclass(frozen=True, slots=True)
class _Kept:
    plan: Plan
    parts: tuple[object, ...]
    meanings: Meanings

    def in_any_sense(self, word: Word, senses: Sequence[Word]) -> bool:
        """Is the word in the plan, in one of its meanings or by the words that it is made of?"""
        same = [s for s in senses if (s.start, s.end) == (word.start, word.end)]
        if any(self._holds(s) for s in (word, *same)):
            return True
        inside = [s for s in senses if word.start <= s.start and s.end <= word.end and s not in (word, *same)]
        inside = [s for s in inside if s.cat not in _LOOSE]
        return bool(inside) and all(self._holds(s) for s in inside)

    def _holds(self, word: Word) -> bool:
        if self._names_campaign(word):
            return True
        match word.cat:
            case cat.NUMBER:
                return isinstance(word.value, Number) and self._has_number(word.value)
            case cat.TIME:
                return self._has_time(word.value)
            case "COMPARISON":
                return word.value in self.parts or any(isinstance(part, Against | Aligned) for part in self.parts)
            case cat.FIELD:
                return str(word.value) in set(self._fields()) or self._is_loose(word)
            case cat.QUOTED | cat.KEY:
                return word.value in self.parts
            case cat.METRIC if self._follows_people(str(word.value)):
                return True
            case cat.VALUE if isinstance(word.value, Values) and set(map(str, word.value.values)) <= self._texts():
                return True  # in whatever field
            case _:
                return keeps_all(self.meanings, (word,), self.plan)

    def _names_campaign(self, word: Word) -> bool:
        """When it was and of what kind it was say which campaign is meant; its name in the plan stands for both."""
        history = self.meanings.model.outreach.history
        if history is None or not any(isinstance(step, Measure | CampaignState) for step in self.plan.steps):
            return False
        of_kind = isinstance(word.value, Values) and word.value.field.split(".")[0] == history.campaign
        return word.cat == cat.TIME or of_kind or (word.cat == cat.ENTITY and word.value == history.campaign)

    def _texts(self) -> set[str]:
        return {part for part in self.parts if isinstance(part, str)}

    def _is_loose(self, word: Word) -> bool:
        """Registered, ordered: times are said by what happens then. A tag that is declared to mean other things too."""
        field = self.meanings.index.field(str(word.value))
        if isinstance(field, Tag):
            return word.sense is not None and word.sense.word is not None
        return field.kind is DimensionKind.TIME

    def _has_number(self, number: Number) -> bool:
        wanted = {number.value, number.value * 100} if number.percent else {number.value}
        numbers = (part for part in self.parts if isinstance(part, int | float) and not isinstance(part, bool))
        return any(float(part) in wanted for part in numbers)

    def _has_time(self, time: object) -> bool:
        """The time itself, or the same length as how long something may take."""
        if time in self.parts:
            return True
        lengths = [(p.count, p.unit) for p in self.parts if isinstance(p, Then)]
        lengths += [p.within for p in self.parts if isinstance(p, Funnel)]
        if isinstance(time, Calendar):  # the last order was 90 days ago: none in the last 90 days
            ago = time.unit is Grain.DAY and time.offset < -1
            return ago and Rolling(-time.offset, Grain.DAY) in self.parts
        return isinstance(time, Rolling) and (time.count, time.unit) in lengths

    def _fields(self) -> Iterator[str]:
        """Fields that are named anywhere, with or without the way to them, or that a metric is made of."""
        for part in self.parts:
            if isinstance(part, str):
                yield part.rpartition(">")[2]
                if self.meanings.index.has_metric(part):
                    yield from kinds.fields_inside(self.meanings, part)

    def _follows_people(self, metric: str) -> bool:
        """A rate of conversion may be asked for as a cohort table or a funnel; buyers say whose baskets are meant."""
        counted = self.meanings.index.metric(metric).counts == self.meanings.person
        if counted and any(isinstance(step, Basket) for step in self.plan.steps):
            return True
        body = self.meanings.index.metric(metric).body
        return isinstance(body, Conversion) and any(isinstance(part, Retention | Funnel) for part in self.parts)
