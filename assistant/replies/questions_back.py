"""Replies that are no answer: a question back with counts, and an honest no."""

from __future__ import annotations

from assistant.answer import Clarification, Refusal, Timing
from assistant.interpreters.base import Ambiguous, NoteKind, NotUnderstood, Reading, RefusalKind
from assistant.missing.dialogue import define_back
from assistant.replies.build import option
from assistant.resources import Asked, Resources
from semantic_layer.errors import Language, SeveralPathsError, Text
from semantic_layer.query.paths import along

_WITHOUT = Text("不看它的话，您可能想问：", "Without it you may mean:")
_INSTEAD = Text("您想问的是不是：", "Did you mean:")


def ask_back(asked: Asked, outcome: Ambiguous | NotUnderstood, timing: Timing, resources: Resources) -> Clarification:
    """Which of several meanings is meant, or what was not understood; each option with the number it would give.

    Where words describe people by what nobody defined, definitions are offered before anything else.
    """
    if isinstance(outcome, NotUnderstood) and (defined := define_back(asked, timing, resources)) is not None:
        return defined
    readings = outcome.readings if isinstance(outcome, Ambiguous) else outcome.nearest
    options = tuple(option(reading, asked, resources) for reading in readings)
    if isinstance(outcome, Ambiguous):
        return Clarification(
            id=resources.new_id(),
            asked=asked.text,
            language=asked.language,
            question=outcome.question.in_(asked.language),
            options=options,
            timing=timing,
        )
    return Clarification(
        id=resources.new_id(),
        asked=asked.text,
        language=asked.language,
        question=_not_understood(outcome, asked.language),
        options=options,
        unexplained=outcome.unexplained,
        suggestions=tuple(offer.in_(asked.language) for offer in outcome.offers),
        timing=timing,
    )


def ask_which_way(asked: Asked, error: SeveralPathsError, timing: Timing, resources: Resources) -> Clarification:
    """Which of several relationships is meant, each with the number it would give."""
    named = {one.name: one for one in resources.index.model.relationships}
    readings = [
        Reading(
            plan=along(asked.plan, error.entity, way),
            label=Text(
                zh=" → ".join(named[step].said("zh") for step in way.split(">")),
                en=" → ".join(named[step].said("en") for step in way.split(">")),
            ),
        )
        for way in error.suggestions
    ]
    return Clarification(
        id=resources.new_id(),
        asked=asked.text,
        language=asked.language,
        question=error.message.in_(asked.language),
        options=tuple(option(reading, asked, resources) for reading in readings),
        timing=timing,
    )


def refused(
    asked: Asked,
    kind: RefusalKind | str,
    reason: str,
    suggestions: tuple[str, ...],
    timing: Timing,
    resources: Resources,
) -> Refusal:
    """An honest no."""
    return Refusal(
        id=resources.new_id(),
        asked=asked.text,
        language=asked.language,
        kind=RefusalKind(kind) if kind != "error" else "error",
        reason=reason,
        suggestions=suggestions,
        timing=timing,
    )


def _not_understood(outcome: NotUnderstood, language: Language) -> str:
    words = (
        "、".join(f"「{w}」" for w in outcome.unexplained)
        if language == "zh"
        else ", ".join(f"“{w}”" for w in outcome.unexplained)
    )
    why, offered = outcome.why.in_(language), _offered(outcome).in_(language) if outcome.unexplained else ""
    if language == "zh":
        return f"{f'没有理解{words}。' if words else '没有理解这个问题。'}{why}{offered}"
    head = f"Not understood: {words}." if words else "The question was not understood."
    return " ".join(part for part in (head, why, offered) if part)


def _offered(outcome: NotUnderstood) -> Text:
    """How the options are introduced: as what the words may stand for, or as what is left without them."""
    if not outcome.nearest:
        return Text("", "")
    taken = any(note.kind is NoteKind.UNDERSTOOD_AS for note in outcome.nearest[0].notes)
    return _INSTEAD if taken else _WITHOUT
