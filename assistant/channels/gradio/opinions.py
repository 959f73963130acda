"""What a person can say about an answer: thumbs, comments, corrections, and that the language model shall read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from assistant.answer import Answer, Clarification
from assistant.channels.gradio.asking import Action, GoneError, answered, at, did, run
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.review_state import CorrectDialog
from assistant.channels.gradio.session import Opinion, Session, Turn
from assistant.channels.gradio.words import WORDS
from assistant.memory.types import MODEL
from semantic_layer.errors import UserError
from semantic_layer.query.plan import Plan


@dataclass(frozen=True, slots=True)
class Offered:
    """Another meaning that can be picked as the right one."""

    label: str
    plan: Plan


def feedback(session: Session, payload: Payload) -> Iterator[None]:
    """A thumb counts at once; after a thumb down a comment may follow."""
    turn, answer = answered(session, payload)
    good = payload.text("ref") == "good"
    _tell(session, turn, answer, good=good)
    by_model = good and answer.read_by.startswith(MODEL)
    thanks = "thanks_good_model" if by_model else "thanks_good" if good else "thanks_bad"
    turn.opinion = Opinion(good=good, asking=not good, thanks=thanks)
    yield


def comment(session: Session, payload: Payload) -> Iterator[None]:
    turn, answer = answered(session, payload)
    words = payload.text("comment").strip()
    if not turn.opinion.asking:
        raise GoneError
    try:
        if words:
            _tell(session, turn, answer, good=False, comment=words)
    except UserError as error:
        turn.opinion.fault = error.message.in_(session.language)
    else:
        turn.opinion = Opinion(good=False, thanks="thanks_comment" if words else "thanks_bad")
    yield


def open_correct(session: Session, payload: Payload) -> Iterator[None]:
    turn, _ = answered(session, payload)
    session.dialog = CorrectDialog(turn=turn.id)
    yield


def correct(session: Session, payload: Payload) -> Iterator[None]:
    dialog = session.dialog
    turn = session.turn(dialog.turn) if isinstance(dialog, CorrectDialog) else None
    if not isinstance(dialog, CorrectDialog) or turn is None or turn.answer is None:
        raise GoneError
    try:
        _correct(session, turn, turn.answer, payload)
    except UserError as error:
        session.dialog = replace(dialog, fault=error.message.in_(session.language))
    else:
        session.dialog = None
        turn.opinion = Opinion(good=turn.opinion.good, thanks="thanks_correct")
    yield


def _correct(session: Session, turn: Turn, answer: Answer, payload: Payload) -> None:
    words = payload.text("words").strip()
    position = payload.number("reading")
    picked = at(offered(turn, session), position) if position >= 0 else None
    if not words and picked is None:
        raise UserError(WORDS["correction_needed"])
    session.assistant.memory.correct(
        answer,
        user=session.user,
        words=words,
        plan=picked.plan if picked is not None else None,
        conversation=session.conversation,
        understood_by=answer.read_by,
        follows=bool(turn.after),
    )


def offered(turn: Turn, session: Session) -> tuple[Offered, ...]:
    """Other meanings of a turn's question: those that were asked back, and the answer with one chip changed or left out."""
    answer = turn.answer
    if answer is None:
        return ()
    before = session.turn(turn.after)
    asked_back = before.reply.options if before is not None and isinstance(before.reply, Clarification) else ()
    known: dict[Plan, str] = {}
    if turn.request in {option.plan for option in asked_back}:
        known |= {option.plan: option.label for option in asked_back}
    for chip in answer.chips:
        for choice in chip.options:
            known.setdefault(choice.plan, f"{chip.label} → {choice.label}")
        if chip.removed is not None:
            known.setdefault(chip.removed, did("did_remove", chip.label).in_(answer.language))
    known.pop(answer.plan, None)
    return tuple(Offered(label, plan) for plan, label in known.items())


def ask_model(session: Session, payload: Payload) -> Iterator[None]:
    """The same question once more, read by the language model too, as it was meant when it was asked."""
    turn = session.turn(payload.text("turn"))
    reply = turn.reply if turn is not None else None
    if turn is None or reply is None or not reply.can_ask_model:
        raise GoneError
    before = session.turn(turn.after)
    if before is not None and before.answer is not None:
        session.assistant.look_back(before.answer, conversation=session.conversation)
    again = session.begin(turn.asked, reply.question if isinstance(reply, Answer) else reply.asked, session.language)
    again.after, again.ask_model = turn.after, True
    return run(session, again)


def _tell(session: Session, turn: Turn, answer: Answer, *, good: bool, comment: str = "") -> None:
    session.assistant.memory.feedback(
        answer,
        good=good,
        user=session.user,
        comment=comment,
        conversation=session.conversation,
        understood_by=answer.read_by,
        follows=bool(turn.after),
    )


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "feedback": feedback,
        "comment": comment,
        "correct-open": open_correct,
        "correct": correct,
        "ask-model": ask_model,
    }
)
