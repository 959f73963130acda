"""From what was understood of a question to the plans it can mean, each with what speaks for or against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from assistant.interpreters.base import Note, NoteKind
from assistant.interpreters.grammar.finish_kinds import KindsFinisher
from assistant.interpreters.grammar.finish_query import QueryFinisher
from assistant.interpreters.grammar.finish_where import atoms, people_where, windows_spread
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.pieces import Frame
from semantic_layer.errors import Text
from semantic_layer.query.plan import Card, Catalogue, Define, ListPeople, Overlap, Plan, Profile, Step, WhyMember
from semantic_layer.query.predicate import (
    Among,
    Between,
    Compare,
    Contains,
    Did,
    HasMetric,
    IsNull,
    Not,
    Predicate,
    Ranked,
    conjuncts,
)
from semantic_layer.query.types import Audience


@dataclass(frozen=True, slots=True)
class Finished:
    """A plan, how well the frame fits it, and what was filled in."""

    plan: Plan
    score: float = 0.0
    notes: tuple[Note, ...] = ()


# Marks that only some kinds of answer use; a kind that does not use a mark does not explain its word.
_SPECIAL = ("PROFILE", "DIFF", "OVER", "DEF", "WHY", "EXPORT", "SAVE", "REF", "REMOVE", "CHANGE", "WHATABOUT", "NEG")


class Finisher:
    """Turns complete frames into plans. A frame that fits nothing gives none."""

    def __init__(self, meanings: Meanings) -> None:
        self._m = meanings
        self._queries = QueryFinisher(meanings)
        self._kinds = KindsFinisher(meanings, self._queries)

    def plans(self, frame: Frame) -> Iterator[Finished]:
        if self._holds_any(frame):
            yield from self._plans(replace(frame, anyof=()))

    def _plans(self, frame: Frame) -> Iterator[Finished]:
        if frame.has("bare_only") and any(isinstance(c, (Did, HasMetric, Ranked)) for c in atoms(frame.conditions)):
            return  # "only bought shoes" rules all else out, which is more than having bought shoes
        special = [mark for mark in _SPECIAL if mark in frame.marks and mark != "NEG"]
        if frame.keys:
            yield from self._about_one(frame)
        elif frame.has("DEF") and not frame.has("WHY"):
            yield from self._define(frame)
        elif _is_special(frame):
            yield from self._of_kind(frame)
        elif frame.kinds:
            yield from self._catalogue(frame)
        elif frame.has("OVER"):
            yield from self._overlap(frame)
        elif frame.has("DIFF") or (frame.has("VS") and frame.groups):
            yield from self._differ(frame)
        elif frame.has("PROFILE"):
            yield from self._profile(frame)
        elif not special and not frame.groups and not frame.has("NEG"):
            yield from self._numbers_or_people(frame)

    def _holds_any(self, frame: Frame) -> bool:
        """Is there something done, or not done, whose rows have each field that "any" was said of? Not agreed to any is
        agreed to none, which is no row that says no.
        """
        done = [atom for atom in atoms(frame.conditions) if isinstance(atom, Did)]
        if any(isinstance(p, Compare) and p.value is False for did in done for p in conjuncts(did.where)):
            return False
        rows = {did.entity for did in done}
        return all(any(self._m.field_called(entity, said) for entity in rows) for said in frame.anyof)

    def _numbers_or_people(self, frame: Frame) -> Iterator[Finished]:
        asked = _only_named(frame)
        if asked is not None and self._m.index.has_field(asked) and self._m.is_tag(asked):
            yield Finished(Plan((Define(asked),)), 0.5)
            return
        listed = self._kinds.values(frame)
        if listed is not None:
            yield Finished(Plan((listed,)))
            return
        for query, score, notes in self._queries.queries(frame):
            yield Finished(Plan((query,), frame.chart), score, notes)
        found = self._people(frame)
        if found is not None:
            yield found

    def _of_kind(self, frame: Frame) -> Iterator[Finished]:
        """A cohort table, a funnel, or why something changed."""
        step: Step | None
        if frame.has("RETAIN"):
            step = self._kinds.retention(frame)
        elif frame.has("FUNNEL"):
            step = self._kinds.funnel(frame)
        else:
            step = self._kinds.explain(frame) if frame.has("WHY") else None
        if step is not None:
            yield Finished(Plan((step,), frame.chart))

    # ---- people

    def _people(self, frame: Frame) -> Finished | None:
        """A list of people: no metric, no grouping, and conditions that are about people."""
        if frame.metrics or frame.by or frame.heads or frame.compare or frame.amounts or frame.topics or frame.bounds:
            return None
        if (
            frame.has("SHARE", "DIST", "TREND", "RANKW", "QC", "field", "VS", "CUM")
            or frame.period_end is not None
            or frame.chart is not None
        ):
            return None
        if any(entity != self._m.person for entity in frame.entities):
            return None
        if not frame.conditions and not frame.entities:
            return None
        audience = self._audience(frame)
        if audience is None:
            return None
        bounds = [c for c in frame.conditions if isinstance(c, HasMetric)]
        said = frame.entities or (frame.has("QL") and not frame.has("one", "many"))
        if bounds and not said and all(c in bounds or c in frame.implied for c in frame.conditions):
            return None  # a bound on a metric alone may be about people, shops or days
        if frame.has("QW") and not frame.entities:
            return None  # "what is" never asks for people
        score = 0.0 if frame.entities or frame.has("QL") else -0.2
        score -= 1.5 if bounds and not said else 0.0
        parts = conjuncts(audience.where)
        ranked = any(isinstance(c, Ranked) for c in parts) and len(parts) > 1
        return Finished(Plan((ListPeople(audience),)), score, _ranked_note() if ranked else ())

    def _audience(self, frame: Frame) -> Audience | None:
        conditions = list(frame.conditions)
        ranked = self._ranked(frame)
        if ranked is None and (frame.ordering is not None or frame.cut is not None):
            return None
        if ranked is not None:
            conditions.append(ranked)
        spread = _windows(tuple(conditions), frame)
        if spread is None:
            return None
        where = people_where(self._m, spread)
        if where is None and spread:
            return None
        return Audience(where=where, entity=self._m.person)

    def _ranked(self, frame: Frame) -> Ranked | None:
        ordering, cut = frame.ordering, frame.cut
        if ordering is None or ordering.metric is None or self._m.person not in frame.entities:
            return None
        count = cut.count if cut is not None else (10 if frame.has("QL") else 1)
        share = cut.share if cut is not None else None
        direction: Literal["top", "bottom"] = "top" if ordering.descending else "bottom"
        if share is not None:
            return Ranked(metric=ordering.metric, direction=direction, share=share)
        return Ranked(metric=ordering.metric, direction=direction, count=count)

    # ---- kinds of answers about people

    def _profile(self, frame: Frame) -> Iterator[Finished]:
        if frame.metrics or frame.by or frame.heads or frame.groups or frame.compare:
            return
        audience = self._audience(frame)
        if audience is not None:
            yield Finished(Plan((Profile(audience),), frame.chart))

    def _differ(self, frame: Frame) -> Iterator[Finished]:
        audiences = self._audiences(frame)
        if len(audiences) == 2 and audiences[0] != audiences[1]:
            yield Finished(Plan((Profile(audiences[0], audiences[1]),), frame.chart))

    def _overlap(self, frame: Frame) -> Iterator[Finished]:
        audiences = self._audiences(frame)
        if len(audiences) >= 2:
            yield Finished(Plan((Overlap(audiences),), frame.chart))

    def _audiences(self, frame: Frame) -> tuple[Audience, ...]:
        """One for each group of conditions; conditions outside the groups hold for all."""
        if frame.metrics or frame.by or frame.heads or frame.times or frame.cut or frame.ordering or not frame.groups:
            return ()
        found: list[Audience] = []
        for group in frame.groups:
            parts = group + frame.conditions
            where = people_where(self._m, parts)
            if where is None and parts:
                return ()
            found.append(Audience(where=where, entity=self._m.person))
        return tuple(found)

    def _about_one(self, frame: Frame) -> Iterator[Finished]:
        if len(frame.keys) != 1 or frame.metrics or frame.by or frame.heads or frame.times or frame.compare:
            return
        if frame.has("WHY") or frame.conditions:
            yield from self._why_member(frame)
        elif not frame.groups and not frame.named and not frame.amounts and not frame.has("QC", "DEF", "VS"):
            yield Finished(Plan((Card(frame.keys[0]),)))

    def _why_member(self, frame: Frame) -> Iterator[Finished]:
        where = people_where(self._m, tuple(_unnegated(c) for c in frame.conditions))
        if where is not None:
            yield Finished(Plan((WhyMember(frame.keys[0], Audience(where=where, entity=self._m.person)),)))

    # ---- definitions

    def _define(self, frame: Frame) -> Iterator[Finished]:
        names = tuple(dict.fromkeys((*frame.metrics, *frame.heads, *frame.named, *_fields_of(frame.conditions))))
        extra = frame.times or frame.compare or frame.by or frame.cut or frame.ordering or frame.amounts or frame.keys
        if len(names) == 1 and not extra and not frame.has("QC"):
            yield Finished(Plan((Define(names[0]),)))

    def _catalogue(self, frame: Frame) -> Iterator[Finished]:
        extra = (
            frame.times or frame.compare or frame.by or frame.metrics or frame.cut or frame.ordering or frame.amounts
        )
        if extra or frame.keys or len(frame.kinds) > 1:
            return
        if any(entity != self._m.person for entity in frame.entities):
            return
        about = (*frame.topics[:1], *frame.heads, *frame.named)
        if len(about) > 1 or (frame.conditions and not frame.heads):
            return
        topic = about[0] if about else None
        yield Finished(Plan((Catalogue(topic=topic, kind=frame.kinds[0]),)), -1.2 if frame.heads else 0.0)


def _is_special(frame: Frame) -> bool:
    """Is there a word that only such a kind of question explains?"""
    return frame.has("RETAIN", "FUNNEL", "WHY", "CHG") or bool(frame.steps or frame.within or frame.cohort)


def _only_named(frame: Frame) -> str | None:
    """What is churn risk: nothing else is said."""
    plain = replace(frame, heads=(), named=(), marks=frozenset()) == Frame()
    return frame.named[0] if plain and frame.marks <= {"QW", "field"} and frame.has("QW") and frame.named else None


def _windows(conditions: tuple[Predicate, ...], frame: Frame) -> tuple[Predicate, ...] | None:
    """With windows shared, unless the question itself says which are the default."""
    if frame.has("fixed") and not frame.times:
        return conditions
    return windows_spread(conditions, frame.times)


def _unnegated(predicate: Predicate) -> Predicate:
    return predicate.item if isinstance(predicate, Not) else predicate


def _fields_of(conditions: tuple[Predicate, ...]) -> tuple[str, ...]:
    return tuple(c.field for c in conditions if isinstance(c, (Compare, Among, Between, IsNull, Contains)))


def _ranked_note() -> tuple[Note, ...]:
    meaning = Text("先在全部客户中排名，再看其他条件", "ranked among all customers first, then the other conditions")
    return (Note(kind=NoteKind.DEFAULT, words="", meaning=meaning),)
