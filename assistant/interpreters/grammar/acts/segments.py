"""Saved segments: how they changed and grew, how people moved between them, what is in one and not in another, and which there are."""

from __future__ import annotations

from typing import Literal

from assistant.interpreters.base import Context, NotUnderstood, Outcome
from assistant.interpreters.grammar.acts.amounts import time_in
from assistant.interpreters.grammar.acts.cues import Cues
from assistant.interpreters.grammar.acts.people import People, made, people_of
from assistant.interpreters.grammar.acts.said import Said
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.times import TimeFinder
from semantic_layer.errors import Text
from semantic_layer.query.acts import Apart, SegmentChange, SegmentFlow, SegmentTrend
from semantic_layer.query.plan import Catalogue, ListPeople
from semantic_layer.query.predicate import And, InSegment, Not, Or, Predicate, conjoin, conjuncts
from semantic_layer.query.time import TimeRange
from semantic_layer.query.types import Audience

_TWO = 2
_LISTED = {"segments": "segment", "models": "model", "boards": "board"}
_WHICH = Text(
    "请用引号写出人群的名字，例如“上海挽回人群”最近一周新增了多少人。",
    'Put the name of the segment in quotes, such as: how many joined "Shanghai win-back" last week.',
)


class SegmentActs:
    """Built once for a data set; pure."""

    def __init__(self, meanings: Meanings, people: People, times: TimeFinder) -> None:
        self._m = meanings
        self._people = people
        self._times = times

    def read(self, said: Said, cues: Cues, context: Context) -> Outcome | None:
        return (
            self._listed(said, cues)
            or self._apart(said, cues)
            or self._combined(said, cues)
            or self._minus(said, cues)
            or self._over_time(said, cues, context)
        )

    # ---- which there are

    def _listed(self, said: Said, cues: Cues) -> Outcome | None:
        if cues.find("listing", said.text) is None or not cues.only(said.text, "only_listing"):
            return None
        kinds = [kind for name, kind in _LISTED.items() if cues.find(name, said.text) is not None]
        return made(Catalogue(kind=kinds[0]), said, "acts/catalogue") if len(kinds) == 1 else None

    # ---- over time

    def _over_time(self, said: Said, cues: Cues, context: Context) -> Outcome | None:
        names = tuple(name for _, _, name in said.quoted)
        bare = said
        for start, end, _ in said.quoted:
            bare = bare.cut(start, end)
        if not names:
            reference = cues.find("reference", bare.text)
            name = _segment_before(context, self._m) if reference is not None else None
            if reference is None or name is None:
                return None
            names, bare = (name,), bare.without(reference)
        found = time_in(bare.text, self._times)
        if found is not None:
            bare = bare.cut(found[0], found[1])
        return self._moved(names, found[2] if found else None, bare, cues)

    def _moved(self, names: tuple[str, ...], time: TimeRange | None, bare: Said, cues: Cues) -> Outcome | None:
        text = bare.text
        if len(names) >= _TWO and cues.find("flow", text) is not None and cues.only(text, "only_flow", "flow"):
            return made(SegmentFlow(segments=names, time=time), bare, "acts/flow")
        entered, left = (cues.find(name, text) is not None for name in ("entered", "left"))
        grown = cues.find("size", text) is not None and not entered and not left
        if grown and cues.only(text, "only_trend", "size"):
            return made(SegmentTrend(segments=names, time=time), bare, "acts/trend")
        moved = cues.find("moved", text) is not None
        if len(names) != 1 or not (entered or left or moved):
            return None
        if not cues.only(text, "only_change", "entered", "left", "moved"):
            return None
        side: Literal["entered", "left"] | None = (
            "entered" if entered and not left else "left" if left and not entered else None
        )
        step = SegmentChange(segment=names[0], time=time, side=None if moved else side)
        return made(step, bare, "acts/change")

    # ---- one against another

    def _apart(self, said: Said, cues: Cues) -> Outcome | None:
        match = cues.find("apart", said.text)
        if match is None:
            return None
        one, two = (self._audience(said, match.span(group)) for group in ("one", "two"))
        if one is None or two is None:
            words = tuple(match[group] for group, found in (("one", one), ("two", two)) if found is None)
            return NotUnderstood(unexplained=words, why=_WHICH, language=said.language)
        return made(Apart(first=one, second=two), said, "acts/apart")

    def _minus(self, said: Said, cues: Cues) -> Outcome | None:
        match = cues.find("minus", said.text)
        if match is None:
            return None
        one, two = (self._audience(said, match.span(group)) for group in ("one", "two"))
        if one is None or two is None or two.where is None:
            words = tuple(match[group] for group, found in (("one", one), ("two", two)) if found is None)
            return NotUnderstood(unexplained=words, why=_WHICH, language=said.language)
        where = conjoin((*conjuncts(one.where), Not(two.where)))
        return made(ListPeople(Audience(where=where, entity=self._m.person)), said, "acts/minus")

    def _combined(self, said: Said, cues: Cues) -> Outcome | None:
        names = tuple(name for _, _, name in said.quoted)
        bare = said
        for start, end, _ in said.quoted:
            bare = bare.cut(start, end)
        if len(names) < _TWO or not cues.only(bare.text, "only_sets"):
            return None
        either, both = (cues.find(name, bare.text) is not None for name in ("union", "both"))
        if either == both:
            return None
        parts: tuple[Predicate, ...] = tuple(InSegment(name) for name in names)
        where = Or(parts) if either else And(parts)
        return made(ListPeople(Audience(where=where, entity=self._m.person)), said, "acts/combined")

    def _audience(self, said: Said, span: tuple[int, int]) -> Audience | None:
        """A quoted segment, or people in words."""
        text = said.text[span[0] : span[1]].strip()
        quoted = [one for one in said.quoted if span[0] <= one[0] and one[1] <= span[1]]
        if (
            len(quoted) == 1
            and text.removesuffix("人群").removesuffix(" segment").strip() == said.text[quoted[0][0] : quoted[0][1]]
        ):
            return Audience(where=InSegment(quoted[0][2]), entity=self._m.person)
        return self._people.audience(said.cased(text), said.language)


def _segment_before(context: Context, m: Meanings) -> str | None:
    """The saved segment that the answer before was about, when it is just that."""
    step = context.plan.steps[-1] if context.plan is not None else None
    if isinstance(step, SegmentChange):
        return step.segment
    if isinstance(step, SegmentTrend) and len(step.segments) == 1:
        return step.segments[0]
    audience = None if step is None else people_of(step, m)
    return audience.where.name if audience is not None and isinstance(audience.where, InSegment) else None
