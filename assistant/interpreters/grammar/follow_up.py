"""Turns that change the answer before: which turns they are, and the plan that the change gives.

A turn changes the last plan when a word says so (what about, only, make it) or when it is a fragment that says nothing by
itself. A full question never inherits anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.interpreters.base import (
    Context,
    Note,
    NoteKind,
    NotUnderstood,
    Outcome,
    Reading,
    Understood,
)
from assistant.interpreters.grammar.defaults import default_notes
from assistant.interpreters.grammar.edit import Edit, Editor
from assistant.interpreters.grammar.finish_where import people_where, windows_spread
from assistant.interpreters.grammar.meanings import Meanings
from assistant.interpreters.grammar.normalise import Normalised
from assistant.interpreters.grammar.parse import Candidate, Parsed, Parser
from assistant.interpreters.grammar.pieces import Frame
from assistant.interpreters.grammar.words import Mentions
from semantic_layer.errors import Language, Text
from semantic_layer.query.plan import Export, ListPeople, Plan, Profile, SaveSegment
from semantic_layer.query.predicate import InSegment
from semantic_layer.query.types import Audience

_CHANGING = frozenset({"WHATABOUT", "ONLY", "CHANGE", "REMOVE", "REF", "EXPORT", "SAVE"})
_ADDING = frozenset({"AGAIN"})
_ASKING = frozenset({"QC", "QL", "PROFILE", "DIFF", "OVER", "DEF", "WHY"})
_NOTHING_BEFORE = Text(
    "前面还没有结果，请先问一个完整的问题。", "There is no answer before this one. Please ask a whole question first."
)
_NEEDS_NAME = Text(
    "请给人群起个名字，例如：保存成“上海高价值”。",
    'Please give the segment a name, such as: save as "Shanghai high value".',
)
_CANNOT = Text("这个改动用不到上一个结果上。", "This change does not fit the answer before.")


class FollowUps:
    def __init__(self, meanings: Meanings) -> None:
        self._m = meanings
        self._editor = Editor(meanings)

    def read(
        self, normalised: Normalised, mentions: Mentions, context: Context, parser: Parser, language: Language
    ) -> Outcome | None:
        """The changed plan, an honest no, or `None` when the turn is a question of its own."""
        said = frozenset(w.cat for w in mentions.words)
        frames = parser.frames(mentions)
        own = self._own_action(frames, normalised, language)
        if own is not None:
            return own
        if context.plan is None:
            return self._without_context(frames, language)
        if not self._changes(frames, said, parser, mentions):
            return None
        for parsed in frames:
            plan = self._editor.apply(context.plan, Edit(parsed.frame, adds=bool(said & _ADDING), cats=said))
            if plan is not None:
                return self._understood(plan, parsed, normalised, language)
        if any(self._needs_name(p.frame) for p in frames[:1]):
            return NotUnderstood(unexplained=(), why=_NEEDS_NAME, language=language)
        marked = bool(frames) and bool(frames[0].frame.marks & _CHANGING)
        return NotUnderstood(unexplained=(), why=_CANNOT, language=language) if marked else None

    def _changes(self, frames: Sequence[Parsed], said: frozenset[str], parser: Parser, mentions: Mentions) -> bool:
        if not frames:
            return False
        frame = frames[0].frame
        if frame.marks & _CHANGING and not frame.has("WHY"):
            return True
        if frame.entities or (frame.marks & _ASKING and not _bare_request(frame)):
            return False
        if frame.metrics or _ranks(frame):
            return not _whole(frame)
        return not any(p.plan for p in parser.readings(mentions) if frame.kinds or frame.keys)

    def _without_context(self, frames: Sequence[Parsed], language: Language) -> Outcome | None:
        frame = frames[0].frame if frames else Frame()
        if frame.marks & (_CHANGING - {"ONLY", "WHATABOUT"}) and not frame.has("WHY"):
            return NotUnderstood(unexplained=(), why=_NOTHING_BEFORE, language=language)
        return None

    def _needs_name(self, frame: Frame) -> bool:
        return frame.has("SAVE") and not frame.quoted

    def _own_action(self, frames: Sequence[Parsed], normalised: Normalised, language: Language) -> Outcome | None:
        """Saving or exporting people that the turn itself describes."""
        for parsed in frames:
            frame = parsed.frame
            described = [c for c in frame.conditions if not (frame.has("SAVE") and isinstance(c, InSegment))]
            if (
                not frame.has("SAVE", "EXPORT")
                or frame.has("REF")
                or not described
                or frame.metrics
                or frame.by
                or frame.heads
            ):
                continue
            spread = windows_spread(tuple(described), frame.times)
            where = people_where(self._m, spread) if spread else None
            if where is None:
                continue
            audience = Audience(where=where, entity=self._m.person)
            if frame.has("EXPORT") and not frame.has("SAVE"):
                return self._understood(Plan((Export(audience=audience),)), parsed, normalised, language)
            if len(frame.quoted) == 1:
                return self._understood(Plan((SaveSegment(frame.quoted[0], audience),)), parsed, normalised, language)
        return None

    def _understood(self, plan: Plan, parsed: Parsed, normalised: Normalised, language: Language) -> Understood:
        corrected = tuple(w.note for w in parsed.words if w.note is not None)
        candidate = Candidate(plan, parsed.score, corrected, parsed.words, parsed.rules)
        notes: tuple[Note, ...] = corrected + tuple(
            n for n in default_notes(self._m, candidate, normalised) if n.kind is NoteKind.DEFAULT
        )
        reading = Reading(label=Text("", ""), plan=plan, notes=notes, score=parsed.score)
        return Understood(reading=reading, language=language, derivation=parsed.rules)


def _bare_request(frame: Frame) -> bool:
    """Only "the profile", "how many", "who are they", "why": about the answer before."""
    empty = not (
        frame.metrics or frame.conditions or frame.heads or frame.by or frame.named or frame.groups or frame.kinds
    )
    return empty and frame.has("QC", "QL", "PROFILE", "WHY") and not frame.keys and not frame.quoted


def _ranks(frame: Frame) -> bool:
    """The ten cities with the highest sales: it names the metric and the groups itself."""
    return frame.ordering is not None and frame.ordering.metric is not None and bool(frame.heads or frame.by)


def _whole(frame: Frame) -> bool:
    """A metric with anything beside it is a question of its own; a metric alone changes the one before."""
    return bool(
        frame.conditions or frame.by or frame.heads or frame.times or frame.ordering or frame.cut or frame.amounts
    ) or frame.has("QC", "QW", "QL", "TREND", "SHARE", "DIST")


__all__ = ["FollowUps", "ListPeople", "Profile"]
