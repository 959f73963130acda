"""Questions about what tags were: since when somebody has had one, who came to have it, how many had it at a time.

The words that ask for it are cut out, and what is left is read as a question of its own; its tag is what is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib import resources
from typing import Final, cast

import yaml

from assistant.interpreters.base import Context, NotUnderstood, Outcome, Reading, Understood
from assistant.interpreters.grammar import categories as cat
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.normalise import Normalised
from assistant.interpreters.grammar.words import Mentions, Word
from semantic_layer.calendar.resolve import CompanyCalendar
from semantic_layer.errors import InvalidPlanError, Language, Text
from semantic_layer.model.types import AttributeBody, Tag
from semantic_layer.query.plan import Became, Card, ListPeople, Plan, Profile, Step, WhyMember
from semantic_layer.query.predicate import Among, Compare, Predicate, conjoin, conjuncts
from semantic_layer.query.time import Span, TimeRange
from semantic_layer.query.types import Audience, Query
from semantic_layer.query.walk import parts

Reads = Callable[[str], Understood | None]
"""Reads a question of its own strictly."""

_WHOM: Final = Text(
    "请说明是哪位客户，例如写上会员号。", "Say which customer is meant, for instance by the member number."
)
_AT_START: Final = re.compile(r"^[\s,，的]+|[\s,，]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cues:
    when: re.Pattern[str]
    lost_when: re.Pattern[str]
    came: re.Pattern[str]
    newly: re.Pattern[str]
    lost: re.Pattern[str]
    as_of: re.Pattern[str]
    end_of: re.Pattern[str]
    person: re.Pattern[str]
    noun: str


class Histories:
    """Built once for a data set; pure."""

    def __init__(self, meanings: Meanings, calendar: CompanyCalendar, reads: Reads) -> None:
        self._m = meanings
        self._calendar = calendar
        self._reads = reads

    def read(self, normalised: Normalised, mentions: Mentions, context: Context, language: Language) -> Outcome | None:
        """The outcome of a question about what tags were; `None` for every other question."""
        said = _Said(normalised.text, mentions, _cues(language), language)
        return self._beginning(said, context) or self._movement(said) or self._then(said)

    def _beginning(self, said: _Said, context: Context) -> Outcome | None:
        lost = said.cues.lost_when.search(said.text) is not None and said.lost_at_a_moment
        cue = said.cues.lost_when if lost else said.cues.when
        if said.cues.when.search(said.text) is None and not lost:
            return None
        key, person = said.key, said.cues.person.search(said.text)
        if key is None and person is None:
            return None
        cut = [(found.start(), found.end()) for found in cue.finditer(said.text)]
        cut += [(key.start, key.end)] if key is not None else []
        cut += [(person.start(), person.end())] if person is not None else []
        found = self._tag_in(said, cut)
        if found is None:
            return None
        what, _ = found
        whose = str(key.value) if key is not None else _key_of(context.plan)
        if whose is None:
            return NotUnderstood(unexplained=(person[0],) if person else (), why=_WHOM, language=said.language)
        return _understood(Became(what=what, key=whose, lost=lost), said.language, "became/beginning")

    def _movement(self, said: _Said) -> Outcome | None:
        time = said.time
        lost = said.cues.lost.search(said.text)
        cue = lost or said.cues.came.search(said.text)
        if cue is None or said.key is not None or (time is None and said.cues.newly.search(said.text) is None):
            return None
        cut = [(cue.start(), cue.end()), *([(time.start, time.end)] if time is not None else [])]
        found = self._tag_in(said, cut)
        if found is None:
            return None
        what, others = found
        when = cast("TimeRange", time.value) if time is not None else None
        step = Became(what=what, where=others, time=when, lost=lost is not None)
        return _understood(step, said.language, "became/movement")

    def _then(self, said: _Said) -> Outcome | None:
        """How many had a tag at the end of a time: the people of that day, by the tag of that day."""
        time = said.time
        if time is None:
            return None
        before, after = said.cues.as_of.search(said.text[: time.start]), said.cues.end_of.match(said.text[time.end :])
        open_start = isinstance(time.value, Span) and time.value.start is None
        if before is None and after is None and not open_start:
            return None
        start = before.start() if before is not None else time.start
        end = time.end + (after.end() if after is not None else 0)
        try:
            day = self._calendar.resolve(cast("TimeRange", time.value)).end
        except InvalidPlanError:
            return None
        for understood in self._rest(said, [(start, end)]):
            step = _on_day(understood.reading.plan, day, self._m)
            if step is not None and any(self._moves(part) for part in parts(step)):
                return _understood(step, said.language, "became/then")
        return None

    def _tag_in(self, said: _Said, cut: Sequence[tuple[int, int]]) -> tuple[Predicate, Predicate | None] | None:
        """The one condition on a tag in what is left, and the other conditions."""
        for understood in self._rest(said, cut):
            conditions = conjuncts(_people_of(understood.reading.plan, self._m))
            tags = [one for one in conditions if self._moves(one)]
            if len(tags) == 1:
                return tags[0], conjoin(tuple(one for one in conditions if one is not tags[0]))
        return None

    def _rest(self, said: _Said, cut: Sequence[tuple[int, int]]) -> Iterator[Understood]:
        rest, place = "", 0
        for start, end in sorted(cut):
            rest += said.text[place:start] + (" " if said.language == "en" else "")
            place = max(place, end)
        rest = _AT_START.sub("", rest + said.text[place:])
        nouns = self._m.index.entity(self._m.person).words
        bare = next((rest[len(n) :] for n in (nouns.label.zh, *nouns.synonyms) if n and rest.startswith(n)), rest)
        for wording in dict.fromkeys((rest, f"{rest.rstrip('?？')}{said.cues.noun}", bare)):
            understood = self._reads(wording)
            if understood is not None:
                yield understood

    def _moves(self, part: object) -> bool:
        """Is it a condition on a tag that may change from day to day?"""
        if not isinstance(part, Compare | Among) or (isinstance(part, Compare) and part.op != "="):
            return False
        field = self._m.index.field(part.field) if self._m.index.has_field(part.field) else None
        return isinstance(field, Tag) and not isinstance(field.body, AttributeBody) and field.entity == self._m.person


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    mentions: Mentions
    cues: _Cues
    language: Language

    @property
    def key(self) -> Word | None:
        return next((word for word in self.mentions.words if word.cat == cat.KEY), None)

    @property
    def time(self) -> Word | None:
        """The longest time that is named, when it is the only one."""
        times = sorted((w for w in self.mentions.words if w.cat == cat.TIME), key=lambda w: w.start - w.end)
        if not times:
            return None
        apart = any(w.end <= times[0].start or w.start >= times[0].end for w in times)
        return None if apart else times[0]

    @property
    def lost_at_a_moment(self) -> bool:
        """Chinese says both in one cue; English needs the word for stopping besides that for when."""
        if self.language == "zh":
            return True
        return self.cues.when.search(self.text) is not None and re.search(r"\b(?:stop|cease)", self.text) is not None


def _understood(step: Step, language: Language, rule: str) -> Understood:
    return Understood(reading=Reading(label=Text("", ""), plan=Plan((step,))), language=language, derivation=(rule,))


def _key_of(plan: Plan | None) -> str | None:
    """The customer that was spoken of last."""
    step = plan.steps[0] if plan is not None and plan.steps else None
    return step.key if isinstance(step, Card | WhyMember | Became) else None


def _people_of(plan: Plan, m: Meanings) -> Predicate | None:
    """The conditions of a plan that counts or lists people, and does nothing else with them."""
    step = plan.steps[0]
    match step:
        case ListPeople(audience=audience) | Profile(audience=audience):
            return audience.where
        case Query(metrics=(metric,), by=(), time=None) if metric == m.people_metric:
            return step.where
        case _:
            return None


def _on_day(plan: Plan, day: date, m: Meanings) -> Step | None:
    step = plan.steps[0]
    match step:
        case ListPeople(audience=audience):
            return ListPeople(replace(audience, as_of=day))
        case Profile(audience=audience, base=base):
            return Profile(replace(audience, as_of=day), None if base is None else replace(base, as_of=day))
        case Query(metrics=(metric,), by=(), time=None, having=()) if metric == m.people_metric:
            return ListPeople(Audience(where=step.where, entity=m.person, as_of=day))
        case _:
            return None


@cache
def _cues(language: Language) -> _Cues:
    text = resources.files(__package__).joinpath("histories.yml").read_text(encoding="utf-8")
    table = cast("dict[str, dict[str, str]]", yaml.safe_load(text))[language]
    patterns = {name: re.compile(pattern) for name, pattern in table.items() if name != "noun"}
    return _Cues(noun=table["noun"], **patterns)
