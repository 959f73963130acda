"""Plans of reviewed questions as a reviewer reads them: in words, and as JSON that can be edited."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.answer import Answer
from assistant.channels.gradio.markup import Html, element
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.words import say, say_count
from assistant.memory.types import Proposal
from semantic_layer.errors import Language, UserError
from semantic_layer.query.codec import encode, plan_from_json
from semantic_layer.query.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A plan that people saw: proposed by `votes` of them, or with none answered and disliked."""

    plan: Plan
    votes: int


def seen_plans(proposal: Proposal) -> tuple[Seen, ...]:
    """Those that were proposed, most chosen first, then those that were disliked; left out are those that cannot be read."""
    found: dict[Plan, Seen] = {}
    for packed, votes in _packed(proposal):
        try:
            plan = plan_from_json(packed)
        except UserError:
            continue
        found.setdefault(plan, Seen(plan=plan, votes=votes))
    return tuple(found.values())


def _packed(proposal: Proposal) -> Iterator[tuple[str, int]]:
    yield from ((one.plan, one.count) for one in proposal.candidates)
    yield from ((plan, 0) for plan in proposal.shown)


def unreadable(proposal: Proposal) -> int:
    """How many of the plans that people saw cannot be read any more."""
    return len({packed for packed, _ in _packed(proposal)}) - len(seen_plans(proposal))


def render_votes(seen: Seen, language: Language) -> Html:
    """How many chose it, or that it was found not right."""
    if seen.votes:
        return element("span", say_count(language, "votes", seen.votes), class_="badge")
    return element("span", say(language, "was_disliked"), class_="badge bad")


def in_words(plan: Plan, session: Session) -> str:
    """The plan restated; as JSON where its names are not defined any more."""
    bare = Answer(id="", question="", language=session.language, text="", plan=plan)
    try:
        return session.assistant.restated(bare) or say(session.language, "plan_without_words")
    except UserError:
        return json.dumps(encode(plan), ensure_ascii=False)


def as_json(plan: Plan) -> str:
    """The plan as text for an editor."""
    return json.dumps(encode(plan), ensure_ascii=False, indent=2)
