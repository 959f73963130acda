"""Is every name, value and time that a reading uses also in its plan? A reading that loses one is never an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from assistant.interpreters.grammar import categories as cat
from assistant.interpreters.grammar import deeds, kinds
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Values
from assistant.interpreters.grammar.words import Word, is_punctuation
from semantic_layer.query.plan import Define, Funnel, Overlap, Plan, Profile, Retention
from semantic_layer.query.predicate import Among, And, Compare, Did, HasMetric, Moment, Ranked, Then
from semantic_layer.query.time import Across, Against, Aligned, Beside, Calendar, Comparison, Holiday, Rolling, Span
from semantic_layer.query.types import Query
from semantic_layer.query.walk import parts as parts_of

_LISTING = frozenset(",;、，；/+&\n")
_SEPARATORS = frozenset({"AND", "OR", "COMMA"})
_THEN = frozenset({"THENW", "AFTERZ", "AFTER"})
_MOMENTS = (Calendar, Holiday, Beside, Rolling, Span, Across, Against, Aligned, Comparison)


def keeps_all(m: Meanings, words: Sequence[Word], plan: Plan) -> bool:
    """Is each value and metric, and at least one time, of the words somewhere in the plan?"""
    parts = tuple(parts_of(plan))
    if any(isinstance(part, Define) for part in parts):
        return True
    used = {getattr(part, "field", None) for part in parts}
    said = {part for part in parts if isinstance(part, str)}
    used |= {field for name in said if m.index.has_metric(name) for field in kinds.fields_inside(m, name)}
    for word in words:
        values = word.value if word.cat in (cat.VALUE, cat.WEAK_VALUE) else None
        if isinstance(values, Values) and values.field not in used and not _value_told(m, values, parts, said):
            return False
        measured = word.cat == cat.METRIC and word.value != m.people_metric and isinstance(word.value, str)
        shown = not measured or kinds.standing_for(m, str(word.value)) & said or _named_otherwise(m, word, parts)
        if not shown and not _counted_apart(m, word, words, said):
            return False
    if any(word.cat == "MOMENT" for word in words) and not any(isinstance(part, Moment) for part in parts):
        return False
    timed = any(word.cat == cat.TIME for word in words)
    return not timed or any(isinstance(part, _MOMENTS) for part in parts)


def _value_told(m: Meanings, values: Values, parts: Sequence[object], said: set[str]) -> bool:
    """The app, where app events are done; returned, of the number of pieces returned."""
    place = deeds.used_in(m, values)
    if place is not None and any(isinstance(part, Did) and part.entity == place for part in parts):
        return True
    return any(m.index.has_metric(name) and deeds.counts_marked(m, name, values) for name in said)


def _counted_apart(m: Meanings, word: Word, words: Sequence[Word], said: set[str]) -> bool:
    """Pieces sent back: the metric of what was sent back stands for both words."""
    marks = [w.value for w in words if isinstance(w.value, Values)]
    return any(deeds.counted_apart(m, str(word.value), m.values_condition(mark)) in said for mark in marks)


def _named_otherwise(m: Meanings, word: Word, parts: Sequence[object]) -> bool:
    """New customers are what a cohort begins with; the date of the last order is when people did something last."""
    name = str(word.value)
    if kinds.counts_registrations(m, name) and any(isinstance(part, Retention) for part in parts):
        return True
    dated = kinds.dated_by(m, name)
    return dated is not None and any(isinstance(p, Did) and (p.entity, p.which) == dated for p in parts)


def keeps_defaults(m: Meanings, words: Sequence[Word], plan: Plan) -> bool:
    """Another meaning of a field's word is only taken where the usual one fits none of the metrics."""
    queries = [step for step in plan.steps if isinstance(step, Query)]
    for word in words:
        if word.cat != cat.FIELD or word.sense is None or word.sense.word is None or word.sense.assumed:
            continue
        usual = m.default_of(word.sense.word)
        entity = usual.split(".")[0] if usual is not None else None
        if entity and any(m.distance(name, entity) is not None for query in queries for name in query.metrics):
            return False
    return True


def keeps_lists(m: Meanings, text: str, words: Sequence[Word], plan: Plan) -> bool:
    """Places that the text lists with "and" or "or" are alternatives: a plan that asks for all at once misread it."""
    demanded = [
        {c.field for c in part.items if isinstance(c, (Compare, Among)) and m.is_place(c.field)}
        for part in parts_of(plan)
        if isinstance(part, And)
    ]
    return not any(pair <= fields_ for pair in _listed_places(m, text, words) for fields_ in demanded)


def keeps_order(every: Sequence[Word], words: Sequence[Word], plan: Plan) -> bool:
    """After two things that people did, "within 7 days" is how long after the first, not the last 7 days; and a word for
    what comes then is never passed over.
    """
    parts = tuple(parts_of(plan))
    done = sum(isinstance(part, Did | HasMetric | Ranked) for part in parts)
    several = done > 1 or any(isinstance(part, Then | Funnel) for part in parts)
    starts = {w.start for w in every if w.cat in ("LEN", "LENW")}
    taken = any(w.cat == cat.TIME and w.start in starts for w in words)
    passed = any(w.cat in _THEN and not any(u.start < w.end and w.start < u.end for u in words) for w in every)
    return not several or not (taken or passed)


def keeps_apart(text: str, words: Sequence[Word], plan: Plan) -> bool:
    """Two metrics with nothing between them are not a list: new customers' average order value is one thing."""
    if any(w.cat == cat.ENTITY and _continues(text, w, words) for w in words):
        return False
    if (_two_groups(words) or _two_kinds(words, plan)) and not any(
        isinstance(part, (Overlap, Profile)) for part in parts_of(plan)
    ):
        return False
    shown = {name for part in parts_of(plan) if isinstance(part, Query) for name in part.metrics}
    metrics = sorted((w for w in words if w.cat == cat.METRIC and w.value in shown), key=_start)
    return all(
        left.value == right.value
        or any(c in _LISTING for c in text[left.end : right.start])
        or any(left.end <= w.start and w.end <= right.start for w in words)
        for left, right in pairwise(metrics)
    )


def _two_groups(words: Sequence[Word]) -> bool:
    """High-value customers and ordinary customers: two groups of people side by side, not people who are both."""
    line = sorted(words, key=_start)
    places = [n for n, w in enumerate(line) if w.cat == cat.ENTITY and line[n + 1 : n + 2] and line[n + 1].cat == "AND"]
    return any(w.cat == cat.ENTITY and w.value == line[n].value for n in places for w in line[n + 2 :])


def _two_kinds(words: Sequence[Word], plan: Plan) -> bool:
    """Words for two kinds of people in a list that the plan takes for people of both kinds."""
    line = sorted((w for w in words if w.cat != cat.ENTITY), key=_start)
    both = [
        {c.field for c in part.items if isinstance(c, (Compare, Among))}
        for part in parts_of(plan)
        if isinstance(part, And)
    ]
    for left, joint, right in zip(line, line[1:], line[2:], strict=False):
        pair = {_named(left), _named(right)}
        if joint.cat == "AND" and joint.value == "list" and len(pair) == 2 and any(pair <= found for found in both):
            return True
    return False


def _named(word: Word) -> object:
    return word.value.field if isinstance(word.value, Values) else word.value


def _continues(text: str, word: Word, words: Sequence[Word]) -> bool:
    """Is a thing the next item of a list of numbers: sales, orders and customers?"""
    before = sorted((w for w in words if w.end <= word.start), key=_start)
    joined = bool(before) and before[-1].cat == "AND"
    head = before[:-1] if joined else before
    noun = bool(head) and (head[-1].cat in (cat.METRIC, cat.ENTITY) or (head[-1].cat == cat.VERB and head[-1].plural))
    if not noun:
        return False
    return joined or any(c in _LISTING for c in text[head[-1].end : word.start])


def _listed_places(m: Meanings, text: str, words: Sequence[Word]) -> Iterator[frozenset[str]]:
    """Pairs of different fields of places whose values stand side by side, with only a word of listing between them."""
    places = sorted((w for w in words if isinstance(w.value, Values) and m.is_place(w.value.field)), key=_start)
    for left, right in pairwise(places):
        between = [w for w in words if left.end <= w.start and w.end <= right.start]
        bare = all(
            is_punctuation(text[i]) or any(w.start <= i < w.end for w in between) for i in range(left.end, right.start)
        )
        assert isinstance(left.value, Values)
        assert isinstance(right.value, Values)
        listed = any(w.cat in _SEPARATORS for w in between) and all(w.cat in _SEPARATORS for w in between)
        if bare and listed and left.value.field != right.value.field:
            yield frozenset({left.value.field, right.value.field})


def fields_of(plan: Plan) -> frozenset[object]:
    """The fields that a plan names anywhere."""
    return frozenset(getattr(part, "field", None) for part in parts_of(plan))


def _start(word: Word) -> int:
    return word.start
