"""Words that only some plans answer: a number of people, a rank of one, a second question, an object that is said before.

Each check says whether a reading keeps them; a reading that does not is never an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from assistant.interpreters.grammar import categories as cat
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Frame, Values
from assistant.interpreters.grammar.words import Mentions, Word
from semantic_layer.model.types import Aggregation, Metric, Simple, Unit
from semantic_layer.query.plan import Define, Export, ListPeople, Plan, SaveSegment
from semantic_layer.query.predicate import Among, Compare, Did, InSegment, Not, Predicate, conjuncts
from semantic_layer.query.types import ByField, Query
from semantic_layer.query.walk import parts as parts_of

_ASKING = frozenset({"QC", "QW", "QCP", "WHICH"})
_SCOPE = frozenset({cat.VALUE, cat.FIELD, cat.ENTITY, cat.TIME, cat.VERB, "MOMENT"})
_THINGS = re.compile(r"(?:how many|(?:the )?(?:number|count) of|numbers of|# of)$")
_INSIDE = re.compile(r"(?:里面|里|上|内|中)")
_FROM = frozenset({"from", "从", "of all", "among all", "via", "through"})
_KINDS_OF_NUMBER = r"(?:total|sum|average|mean|maximum|minimum|max|min|highest|lowest|largest|smallest)"
_TWO_NUMBERS = re.compile(rf"\b{_KINDS_OF_NUMBER}(?:,| and|, and) (?:the )?{_KINDS_OF_NUMBER}\b")
_DIFFERENT = re.compile(r"\b(?:how many|number of) (?:different|distinct)\b")
_OF = re.compile(r" of (?:(?:all|the|each|every|those|these|different) )*")
_LATER = frozenset({"AFTERZ", "AFTER", "THENW"})


def keeps_words(m: Meanings, mentions: Mentions, frame: Frame, words: Sequence[Word], plan: Plan) -> bool:
    """Does the plan answer all that `words`, which the reading used, ask for?"""
    text, every = mentions.text, mentions.words
    if any(isinstance(step, Define) for step in plan.steps):
        return True
    return (
        _counts_people(m, words, plan)
        and _counts_things(m, text, words)
        and _counts_rows(m, mentions, words, plan)
        and _one_sense(m, every, words)
        and _lists_alike(m, words, plan)
        and not _splits_list(words, plan)
        and _asks_once(text, every, words, plan)
        and _one_best(text, every, words, plan)
        and _which_of(every, words)
        and _lists_all(text, words, plan)
        and _ranks_some(every, words, plan)
        and _places_are_told(m, mentions, frame, words)
        and _objects_kept(m, every, words, plan)
        and _quoted_kept(words, plan)
        and _both_numbers(text, plan)
        and _people_counted(m, text, words, plan)
        and _things_listed(m, text, words, plan)
        and _taken_as_whole(text, words)
        and _people_kept(m, words, plan)
        and _different_counted(m, text, plan)
        and _of_its_own(m, text, words)
        and _not_split_by_one(plan)
    )


def _queries(plan: Plan) -> tuple[Query, ...]:
    return tuple(step for step in plan.steps if isinstance(step, Query))


def _counts_people(m: Meanings, words: Sequence[Word], plan: Plan) -> bool:
    """A number of people, headcount: of people, whatever else is shown."""
    said = any(w.cat == "QCP" or (w.cat == cat.METRIC and w.value == m.people_metric) for w in words)
    queries = _queries(plan)
    shown = [name for query in queries for name in query.metrics]
    return not said or not queries or any(m.index.metric(name).counts == m.person for name in shown)


def _counts_things(m: Meanings, text: str, words: Sequence[Word]) -> bool:
    """How many … is no question for money or a rate: how many sales may be orders."""
    line = sorted(words, key=_start)
    for left, right in pairwise(line):
        counted = left.cat == "QC" and _THINGS.fullmatch(text[left.start : left.end]) is not None
        metric = str(right.value) if counted and right.cat == cat.METRIC else None
        if metric is not None and m.index.metric(metric).unit in (Unit.CURRENCY, Unit.PERCENT):
            return False
    return True


def _counts_rows(m: Meanings, mentions: Mentions, words: Sequence[Word], plan: Plan) -> bool:
    """How many orders there were is told by a number of orders."""
    queries, line = _queries(plan), sorted(words, key=_start)
    for left, right in pairwise(line):
        pair = {left.cat: left, right.cat: right}
        thing = pair.get(cat.ENTITY)
        if not queries or thing is None or "QC" not in pair or thing.value == m.person:
            continue
        if (left.cat == "QC" or mentions.text[right.start].isascii() is False) and _adjoin(mentions, left, right):
            shown = [name for query in queries for name in query.metrics]
            if not any(_is_count_of(m, name, str(thing.value)) for name in shown):
                return False
    return True


def _is_count_of(m: Meanings, metric: str, entity: str) -> bool:
    unit = m.index.metric(metric).unit
    return unit is Unit.COUNT and any(entity in part for part in m.measure_entities(metric))


def _adjoin(mentions: Mentions, left: Word, right: Word) -> bool:
    return not is_comma(mentions.text[left.end : right.start])


def is_comma(text: str) -> bool:
    return any(char in ",，、;；" for char in text)


def _one_sense(m: Meanings, every: Sequence[Word], words: Sequence[Word]) -> bool:
    """Tmall and JD are both the usual channel, or both the other: not one of each, unless a word between them says so."""
    values = sorted((w for w in words if w.cat == cat.VALUE), key=_start)
    for left, right in pairwise(values):
        one, other = _field(left), _field(right)
        if one is None or other is None or one == other or m.is_place(one) or m.is_place(other):
            continue
        said = any(w.cat in (cat.FIELD, cat.VERB) and left.end <= w.start and w.end <= right.start for w in words)
        if not said and (other in _meant(every, left) or one in _meant(every, right)):
            return False
    return True


def _lists_alike(m: Meanings, words: Sequence[Word], plan: Plan) -> bool:
    """Online and in the shops: a value and a kind of thing side by side are no grouping by that thing."""
    line = sorted(words, key=_start)
    return not _queries(plan) or not any(
        left.cat == cat.VALUE and joint.cat == "AND" and right.cat == cat.ENTITY and right.value != m.person
        for left, joint, right in zip(line, line[1:], line[2:], strict=False)
    )


def _splits_list(words: Sequence[Word], plan: Plan) -> bool:
    """High-value and at-risk members: of two kinds in a list one is not a condition and the other a grouping."""
    line = sorted((w for w in words if w.cat != cat.ENTITY), key=_start)
    for query in _queries(plan):
        groups = {group.field for group in query.by if isinstance(group, ByField)}
        where = {p.field for p in conjuncts(query.where) if isinstance(p, (Compare, Among))} - groups
        for left, joint, right in zip(line, line[1:], line[2:], strict=False):
            if joint.cat == "AND" and joint.value == "list":
                sides = {_named(left), _named(right)}
                if sides & groups and sides & where:
                    return True
    return False


def _named(word: Word) -> object:
    return word.value.field if isinstance(word.value, Values) else word.value


def _field(word: Word) -> str | None:
    return word.value.field if isinstance(word.value, Values) else None


def _meant(every: Sequence[Word], word: Word) -> set[str | None]:
    """The fields in which the word is a value."""
    return {_field(w) for w in every if (w.start, w.end) == (word.start, word.end)}


def _asks_once(text: str, every: Sequence[Word], words: Sequence[Word], plan: Plan) -> bool:
    """What … online and what … in the shops: two questions, each with a scope of its own, are not one."""
    asking = sorted((w for w in words if w.cat in _ASKING), key=_start)
    for first, second in pairwise(asking):
        said = (text[first.start : first.end].split()[:1], text[second.start : second.end].split()[:1])
        joined = any(w.cat in ("AND", "COMMA") and first.end <= w.start and w.end <= second.start for w in every)
        if joined and said[0] == said[1]:
            before = [w for w in words if first.end <= w.start and w.end <= second.start and w.cat in _SCOPE]
            after = [w for w in words if second.end <= w.start and w.cat in _SCOPE]
            if _own_scopes(before, after) and any(query.metrics for query in _queries(plan)):
                return False
    return True


def _one_best(text: str, every: Sequence[Word], words: Sequence[Word], plan: Plan) -> bool:
    """The most of one thing and the most of another are two questions."""
    best = sorted((w for w in words if w.cat == "SUP"), key=_start)
    for first, second in pairwise(best):
        joined = any(w.cat in ("AND", "COMMA") and first.end <= w.start and w.end <= second.start for w in every)
        if (joined or is_comma(text[first.end : second.start])) and _queries(plan):
            return False
    return True


def _own_scopes(before: Sequence[Word], after: Sequence[Word]) -> bool:
    """Are there values, things or times that only the one question names, and others that only the other does?"""
    left, right = ({repr(w.value) for w in side if w.cat != cat.ENTITY} for side in (before, after))
    things = {repr(w.value) for w in after if w.cat == cat.ENTITY}
    return bool(left - right) and bool((right - left) | things)


def _which_of(every: Sequence[Word], words: Sequence[Word]) -> bool:
    """What in the shops is no "which shops"."""
    line = sorted(words, key=_start)
    for left, right in pairwise(line):
        asked = left.cat == "WHICH" and right.cat in (cat.FIELD, cat.ENTITY, "GRAINN")
        if asked and any(w.cat == "IN" and left.end <= w.start and w.end <= right.start for w in every):
            return False
    return True


def _lists_all(text: str, words: Sequence[Word], plan: Plan) -> bool:
    """Which day is best, and list the days: the list is not cut to the best."""
    listed = [w for w in words if w.cat == "QL" and w.value == "listed"]
    best = [w for w in words if w.cat == "SUP"]
    apart = any(is_comma(text[min(a.end, b.end) : max(a.start, b.start)]) for a in listed for b in best)
    cut = any(query.limit is not None for query in _queries(plan))
    return not apart or not cut or any(w.cat in (cat.NUMBER, "TOPW") for w in words)


def _ranks_some(every: Sequence[Word], words: Sequence[Word], plan: Plan) -> bool:
    """Where one of the groups stands is not told by that group alone."""
    if not any(w.cat in ("RANKW", "SUP", "ORDERING") for w in words):
        return True
    for query in _queries(plan):
        groups = {group.field for group in query.by if isinstance(group, ByField)}
        single = {p.field for p in conjuncts(query.where) if isinstance(p, Compare) and p.op == "="}
        if query.order and len(query.by) == 1 and groups & _also(every, single, words):
            return False
    return True


def _also(every: Sequence[Word], fields: set[str], words: Sequence[Word]) -> set[str]:
    """The fields and those in which their words are values too: Shanghai is a city and a province."""
    spans = {(w.start, w.end) for w in words if isinstance(w.value, Values) and w.value.field in fields}
    return fields | {w.value.field for w in every if isinstance(w.value, Values) and (w.start, w.end) in spans}


def _places_are_told(m: Meanings, mentions: Mentions, frame: Frame, words: Sequence[Word]) -> bool:
    """In the app, on the website: where something was done, never that something else was done there, nor that people come
    from there.
    """
    implied = {p.field for done in frame.implied for p in _values_in(done)}
    named = any(w.cat == cat.FIELD for w in words)
    for word in words:
        if not isinstance(word.value, Values):
            continue
        where = _is_where(mentions.text, mentions.words, word)
        other = word.sense is not None and word.sense.word is not None and not word.sense.assumed
        if where and word.value.field in implied:
            return False
        if other and not named and not m.is_place(word.value.field):
            return False
    return True


def _is_where(text: str, every: Sequence[Word], word: Word) -> bool:
    if _INSIDE.match(text, word.end):
        return True
    before = (w for w in every if w.cat == "IN" and w.end <= word.start and text[w.start : w.end] not in _FROM)
    return any(_beside(every, w, word) for w in before)


def _beside(every: Sequence[Word], left: Word, right: Word) -> bool:
    """Does nothing but words of no meaning stand between?"""
    return not any(
        left.end <= w.start and w.end <= right.start and w.cat not in ("SOFT", "DE", "TOTAL", "IN") for w in every
    )


def _values_in(predicate: Predicate) -> Iterator[Compare | Among]:
    if isinstance(predicate, Did):
        yield from (p for p in conjuncts(predicate.where) if isinstance(p, (Compare, Among)))


def _objects_kept(m: Meanings, every: Sequence[Word], words: Sequence[Word], plan: Plan) -> bool:
    """Looked at shoes but did not buy: when the verb can take what was looked at, it is not that nothing was bought."""
    if any(w.cat in _LATER for w in every):
        return True
    parts = [p for where in _wheres(plan) for p in conjuncts(where)]
    done = [p.item if isinstance(p, Not) else p for p in parts]
    bare = {p.entity for p in done if isinstance(p, Did) and p.where is None}
    things = {v.field for p in done for v in _values_in(p) if isinstance(p, Did) and v.field.split(".")[0] != p.entity}
    for verb in (w for w in words if w.cat == cat.VERB and w.value in bare):
        others = {w.value for w in every if w.cat == cat.VERB and (w.start, w.end) == (verb.start, verb.end)}
        said = {w.value.field for w in words if isinstance(w.value, Values) and w.end <= verb.start}
        joined = any(w.cat == "AND" and w.end <= verb.start for w in every)
        if joined and any(m.reaches(str(e), f.split(".")[0]) is not None for e in others for f in things & said):
            return False
    return True


def _wheres(plan: Plan) -> Iterator[Predicate | None]:
    for step in plan.steps:
        audience = getattr(step, "audience", step)
        yield getattr(audience, "where", None)


def _start(word: Word) -> int:
    return word.start


# ---- what must not be passed over, whatever the names of a model are


def _quoted_kept(words: Sequence[Word], plan: Plan) -> bool:
    """Words in quotation marks are the name of a segment in the plan, or are read as what stands inside."""
    named = {str(word.value) for word in words if word.cat == cat.QUOTED}
    used = {part.name for part in parts_of(plan) if isinstance(part, InSegment | SaveSegment)}
    return not named or named <= used or any(isinstance(step, Export) for step in plan.steps)


def _both_numbers(text: str, plan: Plan) -> bool:
    """The total and the average of something are two numbers."""
    queries = _queries(plan)
    asked = _TWO_NUMBERS.search(text) is not None
    return not asked or not queries or any(len(query.metrics) > 1 or query.extremes for query in queries)


def _people_counted(m: Meanings, text: str, words: Sequence[Word], plan: Plan) -> bool:
    """How many customers have an account is a number of customers, not of accounts."""
    people = [w for w in words if w.cat == cat.ENTITY and w.value == m.person]
    counted = any(_THINGS.search(text[: w.start].rstrip()) for w in people)
    shown = [name for query in _queries(plan) for name in query.metrics]
    return not (counted and shown) or any(
        name == m.people_metric or m.index.metric(name).counts == m.person for name in shown
    )


def _people_kept(m: Meanings, words: Sequence[Word], plan: Plan) -> bool:
    """Where people are named, no number is meant whose rows have nothing to do with people."""
    named = any(w.cat == cat.ENTITY and w.value == m.person for w in words)
    shown = [name for query in _queries(plan) for name in query.metrics]
    return not (named and shown) or any(m.distance(name, m.person) is not None for name in shown)


def _things_listed(m: Meanings, text: str, words: Sequence[Word], plan: Plan) -> bool:
    """Which orders is no question for people."""
    if not any(isinstance(step, ListPeople) for step in plan.steps):
        return True
    asked = {w.end for w in words if w.cat == "WHICH"}
    things = [w for w in words if w.cat in (cat.ENTITY, cat.VERB) and w.value != m.person]
    return not any(len(text[: w.start].rstrip()) in asked for w in things)


def _taken_as_whole(text: str, words: Sequence[Word]) -> bool:
    """Across all shops is one number for them together."""
    return not any(
        w.cat == "BYPRE" and text[w.start : w.end] == "across" and text[w.end :].startswith(" all ") for w in words
    )


def _different_counted(m: Meanings, text: str, plan: Plan) -> bool:
    """How many different cities is one number, no table of the cities."""
    queries = _queries(plan)
    shown = [m.index.metric(name) for query in queries for name in query.metrics]
    asked = _DIFFERENT.search(text) is not None and bool(shown)
    return not asked or any(metric.counts is not None or _counts_different(metric) for metric in shown)


def _counts_different(metric: Metric) -> bool:
    body = metric.body
    return isinstance(body, Simple) and all(one.agg is Aggregation.COUNT_DISTINCT for one in body.measures)


def _of_its_own(m: Meanings, text: str, words: Sequence[Word]) -> bool:
    """The names of all products are names of products, where names may be of several things."""
    for word in words:
        if word.cat != cat.FIELD or word.sense is None or word.sense.word is None:
            continue
        after = _OF.match(text, word.end)
        holder = next((w for w in words if after and w.cat == cat.ENTITY and w.start == after.end()), None)
        if holder is None or str(word.value).startswith(f"{holder.value}."):
            continue
        meant = m.meanings_of(word.sense.word)
        if any(name.startswith(f"{holder.value}.") for name in meant):
            return False
    return True


def _not_split_by_one(plan: Plan) -> bool:
    """Rows that all have one value are not told apart by it."""
    for query in _queries(plan):
        by = {each.field for each in query.by if isinstance(each, ByField) and each.grain is None and each.part is None}
        if any(isinstance(part, Compare) and part.op == "=" and part.field in by for part in conjuncts(query.where)):
            return False
    return True
