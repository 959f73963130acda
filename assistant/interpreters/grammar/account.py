"""Is every name, value and time that a reading uses also in its plan? A reading that loses one is never an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass

from assistant.interpreters.grammar import categories as cat
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.mentions import Word, is_punctuation
from assistant.interpreters.grammar.pieces import Values
from semantic_layer.query.plan import Define, Plan
from semantic_layer.query.predicate import Among, And, Compare
from semantic_layer.query.time import Across, Against, Calendar, Comparison, Holiday, Rolling, Span

_SEPARATORS = frozenset({"AND", "OR", "COMMA"})
_MOMENTS = (Calendar, Holiday, Rolling, Span, Across, Against, Comparison)


def keeps_all(m: Meanings, words: Sequence[Word], plan: Plan) -> bool:
    """Is each value and metric, and at least one time, of the words somewhere in the plan?"""
    parts = tuple(_parts(plan))
    if any(isinstance(part, Define) for part in parts):
        return True
    used = {part.field for part in parts if isinstance(getattr(part, "field", None), str)}
    said = {part for part in parts if isinstance(part, str)}
    for word in words:
        if isinstance(word.value, Values) and word.cat in (cat.VALUE, cat.WEAK_VALUE) and word.value.field not in used:
            return False
        if word.cat == cat.METRIC and isinstance(word.value, str) and not _measured(m, word.value, said):
            return False
    timed = any(word.cat == cat.TIME for word in words)
    return not timed or any(isinstance(part, _MOMENTS) for part in parts)


def keeps_lists(m: Meanings, text: str, words: Sequence[Word], plan: Plan) -> bool:
    """Places that the text lists with "and" or "or" are alternatives: a plan that asks for all at once misread it."""
    demanded = [
        {c.field for c in part.items if isinstance(c, (Compare, Among)) and m.is_place(c.field)}
       for part in _parts(plan)
        if isinstance(part, And)
    ]
    return not any(pair <= fields_ for pair in _listed_places(m, text, words) for fields_ in demanded)


def _listed_places(m: Meanings, text: str, words: Sequence[Word]) -> Iterator[frozenset[str]]:
    """Pairs of different fields of places whose values stand side by side, with only a word of listing between them."""
    places = sorted((w for w in words if isinstance(w.value, Values) and m.is_place(w.value.field)), key=_start)
    for left, right in zip(places, places[1:], strict=False):
        between = [w for w in words if left.end <= w.start and w.end <= right.start]
        bare = all(
            is_punctuation(text[i]) or any(w.start <= i < w.end for w in between) for i in range(left.end, right.start)
        )
        assert isinstance(left.value, Values) and isinstance(right.value, Values)
        listed = any(w.cat in _SEPARATORS for w in between) and all(w.cat in _SEPARATORS for w in between)
        if bare and listed and left.value.field != right.value.field:
            yield frozenset({left.value.field, right.value.field})


def _start(word: Word) -> int:
    return word.start


def _measured(m: Meanings, metric: str, said: set[str]) -> bool:
    """Is it named in the plan, or does an average stand there for its sum?"""
    return metric in said or m.average_of(metric) in said or metric == m.people_metric


def _parts(value: object) -> Iterator[object]:
    """Everything that a plan holds."""
    yield value
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _parts(getattr(value, field.name))
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _parts(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _parts(item)
