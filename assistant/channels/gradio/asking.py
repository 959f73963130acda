"""What a person can do with questions and answers. Each action changes the session and yields whenever it should be drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from assistant.answer import Answer, Clarification, Event, Finished, Progress, Refusal
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.session import Running, Session, Turn
from assistant.channels.gradio.words import WORDS, say
from semantic_layer.errors import CancelledError, Language, Text, UserError
from semantic_layer.query.plan import ChartKind, ListPeople, Plan
from semantic_layer.query.predicate import InSegment
from semantic_layer.query.types import Audience

Action = Callable[[Session, Payload], Iterator[None]]
T = TypeVar("T")


class GoneError(UserError):
    """The browser named an answer or a piece of one that this session does not have."""

    def __init__(self) -> None:
        super().__init__(WORDS["gone"])


def ask(session: Session, payload: Payload) -> Iterator[None]:
    text = payload.text("text").strip()
    session.page = "ask"
    return run(session, session.begin(Text(text, text), text, session.language))


def again(session: Session, payload: Payload) -> Iterator[None]:
    turn = session.turn(payload.text("turn"))
    if turn is None:
        raise GoneError
    return run(session, turn)


def remove_chip(session: Session, payload: Payload) -> Iterator[None]:
    _, answer = answered(session, payload)
    chip = next((c for c in answer.chips if c.id == payload.text("ref")), None)
    if chip is None or chip.removed is None:
        raise GoneError
    return run_plan(session, chip.removed, did("did_remove", chip.label), answer.language)


def choose_chip(session: Session, payload: Payload) -> Iterator[None]:
    _, answer = answered(session, payload)
    chip = next((c for c in answer.chips if c.id == payload.text("ref")), None)
    option = at(chip.options if chip is not None else (), payload.number("index"))
    return run_plan(session, option.plan, did("did_change", option.label), answer.language)


def choose_option(session: Session, payload: Payload) -> Iterator[None]:
    turn = session.turn(payload.text("turn"))
    if turn is None or not isinstance(turn.reply, Clarification):
        raise GoneError
    reply = turn.reply
    option = at(reply.options, payload.number("index"))
    remember_choice(session, turn, reply, option.plan)
    return run_plan(session, option.plan, did("did_choose", option.label), reply.language)


def remember_choice(session: Session, turn: Turn, reply: Clarification, plan: Plan) -> None:
    """Tell the memory which meaning was chosen. Where that fails it is said, and the answer is given all the same."""
    try:
        session.assistant.memory.chose(
            reply, plan, user=session.user, conversation=session.conversation, follows=bool(turn.after)
        )
    except UserError as error:
        session.notify(error.message.in_(session.language), bad=True)


def open_step(session: Session, payload: Payload) -> Iterator[None]:
    _, answer = answered(session, payload)
    step = at(answer.waterfall, payload.number("index"))
    return run_plan(session, step.plan, did("did_step", step.label), answer.language)


def relax(session: Session, payload: Payload) -> Iterator[None]:
    _, answer = answered(session, payload)
    near = at(answer.relaxations, payload.number("index"))
    return run_plan(session, near.plan, did("did_relax", near.label), answer.language)


def follow_up(session: Session, payload: Payload) -> Iterator[None]:
    _, answer = answered(session, payload)
    following = at(answer.follow_ups, payload.number("index"))
    return run_plan(session, following.plan, did("did_choose", following.label), answer.language)


def change_chart(session: Session, payload: Payload) -> Iterator[None]:
    """Another picture of the same numbers takes the place of the first."""
    turn, answer = answered(session, payload)
    if answer.chart is None or payload.text("ref") not in {k.value for k in (answer.chart.kind, *answer.chart.choices)}:
        raise GoneError
    turn.request = replace(answer.plan, chart=ChartKind(payload.text("ref")))
    turn.language = answer.language
    return run(session, turn)


def open_segment(session: Session, payload: Payload) -> Iterator[None]:
    """A saved segment as a question, so that everything that can be done with an answer can be done with it."""
    name = payload.text("ref")
    session.page = "ask"
    entity = next(
        (s.audience.entity for s in session.assistant.segments.list(user=session.user) if s.name == name), None
    )
    if entity is None:
        raise GoneError
    plan = Plan(steps=(ListPeople(Audience(where=InSegment(name), entity=entity)),))
    return run_plan(session, plan, did("did_segment", name), session.language)


def select(session: Session, payload: Payload) -> Iterator[None]:
    turn = session.turn(payload.text("turn"))
    if turn is None or turn.reply is None:
        raise GoneError
    session.selected = turn.id
    if turn.answer is not None:
        session.assistant.look_back(turn.answer, conversation=session.conversation)
    yield


def stop(session: Session, _: Payload) -> Iterator[None]:
    session.stop()
    yield


def new_conversation(session: Session, _: Payload) -> Iterator[None]:
    session.start_over()
    yield


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "ask": ask,
        "again": again,
        "chip-remove": remove_chip,
        "chip-option": choose_chip,
        "option": choose_option,
        "step": open_step,
        "relax": relax,
        "follow": follow_up,
        "chart-kind": change_chart,
        "segment-open": open_segment,
        "select": select,
        "stop": stop,
        "new": new_conversation,
    }
)


def run_plan(session: Session, plan: Plan, asked: Text, language: Language) -> Iterator[None]:
    return run(session, session.begin(asked, plan, language))


def run(session: Session, turn: Turn) -> Iterator[None]:
    """Work on a turn until it has a reply, is stopped, or another one takes its place."""
    running = session.start(turn)
    yield
    try:
        for event in _events(session, turn, running):
            if running not in (session.running, session.trailing):
                return
            match event:
                case Progress(label=label):
                    turn.stage = label
                case Finished(reply=reply) if session.running is running:
                    session.finish(turn, reply)
                case Finished(reply=reply):
                    turn.reply = reply
            yield
    except CancelledError:
        if session.running is running:
            session.stop()
            yield
    except UserError as error:
        if session.running is running:
            session.finish(turn, refusal(turn, error))
            yield


def _events(session: Session, turn: Turn, running: Running) -> Iterator[Event]:
    assistant = session.assistant
    if isinstance(turn.request, str):
        return assistant.stream(
            turn.request,
            user=session.user,
            conversation=session.conversation,
            cancel=running.cancel,
            ask_model=turn.ask_model,
        )
    return assistant.run_plan(
        turn.request,
        user=session.user,
        conversation=session.conversation,
        language=turn.language,
        cancel=running.cancel,
    )


def refusal(turn: Turn, error: UserError) -> Refusal:
    """An error as a reply, so that it stands where an answer would."""
    return Refusal(
        id=turn.id,
        asked=turn.asked.in_(turn.language),
        language=turn.language,
        kind="error",
        reason=error.message.in_(turn.language),
        suggestions=error.suggestions,
    )


def did(key: str, what: str) -> Text:
    """What was done, as the question of a new turn, in both languages."""
    return Text(say("zh", key, what=what), say("en", key, what=what))


def answered(session: Session, payload: Payload) -> tuple[Turn, Answer]:
    """The turn that the browser named, with its answer."""
    turn = session.turn(payload.text("turn"))
    if turn is None or turn.answer is None:
        raise GoneError
    return turn, turn.answer


def at(items: Sequence[T], position: int) -> T:
    if not 0 <= position < len(items):
        raise GoneError
    return items[position]
