"""The tools that answer: a question in words, or a plan that an earlier reply offered."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.answer import Answer, Event, Finished, Progress, Reply
from assistant.channels.mcp.given import PlanGiven, Question
from assistant.channels.mcp.results import ReplyTold
from assistant.channels.mcp.scene import Open, Scene
from assistant.channels.mcp.told import told
from assistant.channels.mcp.withheld import about_single_people, refuse_here
from semantic_layer.errors import Language
from semantic_layer.query.codec import Json, decode_plan
from semantic_layer.query.plan import Plan


def ask(given: Question, scene: Scene) -> ReplyTold:
    """The reply to a question. Asked for in the other language, the answer is worded in it."""
    place = scene.open(given.data_set)
    inner, outer = conversation_of(given.conversation, scene)
    reply = last(
        place.port.stream(
            given.question, user=place.user, conversation=inner, cancel=scene.cancel, ask_model=given.ask_model
        ),
        scene,
    )
    wanted = given.language
    if wanted and isinstance(reply, Answer) and reply.language != wanted and not about_single_people(reply, place.port):
        reply = run(reply.plan, place, scene, conversation=inner, language=wanted)
    return told(reply, place, outer, wanted)


def run_plan(given: PlanGiven, scene: Scene) -> ReplyTold:
    """The reply to a plan."""
    place = scene.open(given.data_set)
    inner, outer = conversation_of(given.conversation, scene)
    plan = readable_plan(given.plan)
    return told(run(plan, place, scene, conversation=inner, language=given.language or scene.language), place, outer)


def readable_plan(data: Json) -> Plan:
    """A plan from JSON data that only reads; raises `InvalidPlanError` or `NotAllowedError`."""
    plan = decode_plan(data)
    refuse_here(plan)
    return plan


def run(plan: Plan, place: Open, scene: Scene, *, conversation: str, language: Language) -> Reply:
    """The last reply to a plan, with everything that completes it."""
    events = place.port.run_plan(
        plan, user=place.user, conversation=conversation, language=language, cancel=scene.cancel
    )
    return last(events, scene)


def last(events: Iterator[Event], scene: Scene) -> Reply:
    """The last reply, telling the steps on the way; raises `CancelledError` when stopped."""
    reply: Reply | None = None
    for event in events:
        match event:
            case Progress(label=label):
                scene.report(label)
            case Finished(reply=found):
                reply = found
    if reply is None:
        raise AssertionError("a stream ended without a reply")
    return reply


def first(events: Iterator[Event], scene: Scene) -> Reply:
    """The first reply, which has the numbers already; what would complete it is not computed."""
    for event in events:
        match event:
            case Progress(label=label):
                scene.report(label)
            case Finished(reply=found):
                return found
    raise AssertionError("a stream ended without a reply")


def conversation_of(given: str, scene: Scene) -> tuple[str, str]:
    """The id that the product keeps, which is the caller's own whatever they send, and the one that they know it by."""
    outer = given or scene.new_id()
    return f"mcp:{scene.account.login}:{outer}", outer
