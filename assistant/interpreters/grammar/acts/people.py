"""Who is meant: what is left of a question, read as people by the rules for questions about people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from assistant.interpreters.base import (
    Ambiguous,
    Context,
    Declined,
    NotUnderstood,
    Outcome,
    Reading,
    Understood,
)
from assistant.interpreters.grammar.acts.cues import Cues
from assistant.interpreters.grammar.acts.said import Said
from assistant.interpreters.grammar.meanings import Meanings
from semantic_layer.errors import Language, Text
from semantic_layer.query.acts import Apart, Cluster, Predict, Recommend, StartCampaign
from semantic_layer.query.plan import Export, ListPeople, Plan, Profile, SaveSegment, Step, WhyMember
from semantic_layer.query.predicate import conjoin, conjuncts
from semantic_layer.query.types import Audience, Query

Asks = Callable[[str], Outcome]
"""Reads a text as a question of its own."""
Build = Callable[[Audience], Step | None]

_NOT_PEOPLE = Text("这里要的是一群人，这些话不是。", "A group of people is needed here, and these words are none.")
_WHO = Text(
    "请说明是给哪些人，例如“上海的高价值客户”。",
    "Say who is meant, for instance “high-value customers in Shanghai”.",
)
_NOBODY_BEFORE = Text(
    "前面还没有一群人，请先问出一份名单，或说明是哪些人。",
    "No people were spoken of before. Ask for a list first, or say who is meant.",
)
_SCORED = Text(
    "模型给出的这些人要先保存成人群，再说给这个人群做什么，例如：给“人群名”发短信。",
    'People found by a model are saved as a segment first. Then name it, for instance: send an SMS to "segment name".',
)


class People:
    """Built once for a data set; pure."""

    def __init__(self, meanings: Meanings, asks: Asks) -> None:
        self._m = meanings
        self.asks = asks

    def about(
        self, said: Said, cues: Cues, context: Context, build: Build, rule: str, *, everybody: bool = True
    ) -> Outcome:
        """The step that is about the people of what is left; what stands in the way when they cannot be read.

        With `everybody`, nobody named means all; otherwise those of the answer before.
        """
        rest = cues.bare(said.rest)
        if not rest and not everybody and (before := self.before(context)) is not None:
            return made(build(before), said, rule)
        if cues.whole("everybody", rest) and (rest or everybody):
            return made(build(Audience(entity=self._m.person)), said, rule)
        if not rest:
            why = _WHO if context.plan is None else _why_nobody(context)
            return NotUnderstood(unexplained=(), why=why, language=said.language)
        referred = self._referred(rest, said, cues, context, build, rule)
        return referred if referred is not None else self._read(rest, said, build, rule)

    def before(self, context: Context) -> Audience | None:
        """The people of the answer before."""
        return None if context.plan is None else people_of(context.plan.steps[-1], self._m)

    def audience(self, text: str, language: Language) -> Audience | None:
        """The people that a text means when it means only one."""
        for wording in self._wordings(text, language):
            outcome = self.asks(wording)
            if isinstance(outcome, Understood):
                found = people_of(outcome.reading.plan.steps[-1], self._m)
                if found is not None:
                    return found
        return None

    def _referred(self, rest: str, said: Said, cues: Cues, context: Context, build: Build, rule: str) -> Outcome | None:
        """These people, and those of them for whom more holds."""
        match = cues.find("reference", rest)
        if match is None or (match.start() > 0 and match.end() < len(rest)):
            return None
        before = self.before(context)
        if before is None:
            return NotUnderstood(unexplained=(), why=_why_nobody(context), language=said.language)
        more = cues.bare(rest[: match.start()] + rest[match.end() :])
        if not more or cues.whole("everybody", more):
            return made(build(before), said, rule)

        def narrowed(audience: Audience) -> Step | None:
            parts = (*conjuncts(before.where), *conjuncts(audience.where))
            return build(replace(before, where=conjoin(tuple(dict.fromkeys(parts)))))

        return self._read(more, said, narrowed, rule)

    def _read(self, rest: str, said: Said, build: Build, rule: str) -> Outcome:
        first: Outcome | None = None
        for wording in self._wordings(said.cased(rest), said.language):
            outcome = self.asks(wording)
            turned = self._turned(outcome, rest, said, build, rule)
            if isinstance(turned, Understood | Ambiguous):
                return turned
            first = first or turned
        assert first is not None
        return first

    def _wordings(self, rest: str, language: Language) -> Iterator[str]:
        nouns = self._m.index.entity(self._m.person).words
        if language == "zh":
            yield from (rest, f"{rest}的{nouns.label.zh}", f"{rest}{nouns.label.zh}")
        else:
            plural = f"{nouns.label.en.lower()}s"
            yield from (rest, f"{rest} {plural}", f"{plural} {rest}", f"{plural} who {rest}")

    def _turned(self, outcome: Outcome, rest: str, said: Said, build: Build, rule: str) -> Outcome:
        match outcome:
            case Declined():
                return outcome
            case Understood(reading=reading):
                turned = self._about(reading, build)
                if turned is None:
                    return NotUnderstood(unexplained=(rest,), why=_NOT_PEOPLE, language=said.language)
                return replace(outcome, reading=turned, language=said.language, derivation=(rule, *outcome.derivation))
            case Ambiguous(readings=readings):
                found = tuple(one for each in readings if (one := self._about(each, build)) is not None)
                if len(found) > 1:
                    return replace(outcome, readings=found, language=said.language)
                return NotUnderstood(unexplained=(rest,), why=_NOT_PEOPLE, language=said.language)
            case NotUnderstood(nearest=nearest):
                found = tuple(one for each in nearest if (one := self._about(each, build)) is not None)
                return replace(outcome, nearest=found, language=said.language)

    def _about(self, reading: Reading, build: Build) -> Reading | None:
        audience = people_of(reading.plan.steps[-1], self._m)
        step = None if audience is None else build(audience)
        return None if step is None else replace(reading, plan=Plan((step,)))


def _why_nobody(context: Context) -> Text:
    step = context.plan.steps[-1] if context.plan is not None else None
    return _SCORED if isinstance(step, Predict | Cluster) else _NOBODY_BEFORE


def people_of(step: Step, m: Meanings) -> Audience | None:
    """The people that a step lists, counts or is about."""
    match step:
        case (
            ListPeople(audience=audience)
            | Profile(audience=audience)
            | SaveSegment(audience=audience)
            | WhyMember(audience=audience)
            | Recommend(audience=audience)
            | StartCampaign(audience=audience)
            | Apart(first=audience)
        ):
            return audience
        case Export(audience=audience):
            return audience
        case Query(metrics=(metric,), by=(), time=None, having=()) if metric == m.people_metric:
            return Audience(where=step.where, entity=m.person)
        case _:
            return None


def made(step: Step | None, said: Said, rule: str) -> Outcome:
    """An understood question of one step."""
    if step is None:
        return NotUnderstood(unexplained=(said.rest,), why=_NOT_PEOPLE, language=said.language)
    reading = Reading(label=Text("", ""), plan=Plan((step,)))
    return Understood(reading=reading, language=said.language, derivation=(rule,))
