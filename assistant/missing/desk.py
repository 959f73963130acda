"""Drafts of tags out of what people chose, and their publication, over one open data set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from assistant.memory.types import Proposal
from assistant.missing.port import NewTag, TagDraft, TagsView
from assistant.missing.publishing import PublishedTags, may_define
from assistant.replies.restated import predicate_text
from assistant.resources import Resources
from semantic_layer.errors import CancelledError, Text, UnknownNameError, UserError
from semantic_layer.model.types import Words
from semantic_layer.policy.types import User
from semantic_layer.query.codec import plan_from_json
from semantic_layer.query.plan import ListPeople, Plan, Profile
from semantic_layer.query.predicate import Did, HasMetric, Predicate, Ranked
from semantic_layer.query.types import Audience, Query
from semantic_layer.query.walk import parts
from tools.tags.defining import body_of, tag_of

_DRAFT = Text("标签草稿", "draft of a tag")


class TagDesk:
    """A `TagsPort`. `definitions` is the folder of the data set's definitions, `home` belongs to this installation."""

    def __init__(self, resources: Resources, definitions: Path, home: Path) -> None:
        self._resources = resources
        self._published = PublishedTags(definitions, home, clock=resources.now)

    def may_define(self, user: User) -> bool:
        return may_define(user, self._resources.layer.policy)

    def view(self, user: User) -> TagsView:
        """The queue of reviewed questions is where choices wait; whoever may see it sees the drafts."""
        proposals = self._resources.memory.queue(user).proposals
        drafts = tuple(draft for proposal in proposals for draft in self._drafts(proposal, user))
        return TagsView(drafts=drafts, published=self._published.names(), events=self._published.events())

    def publish(self, item: str, number: int, new: NewTag, user: User) -> str:
        """The tag stands in the definitions at once and in answers when the data set is next opened."""
        proposal = self._resources.memory.proposal(item, user)
        drafts = tuple(self._drafts(proposal, user))
        if not 0 <= number < len(drafts):
            raise UnknownNameError(_DRAFT, f"{item} {number}", tuple(str(place) for place in range(len(drafts))))
        draft = drafts[number]
        tag = tag_of(
            draft.where,
            self._resources.index,
            name=new.name,
            words=Words(label=new.label, description=new.description, synonyms=new.synonyms),
            owner=new.owner or user.name,
        )
        return self._published.publish(tag, user, question=draft.question).qualified

    def withdraw(self, name: str, user: User) -> None:
        self._published.withdraw(name, user)

    def _drafts(self, proposal: Proposal, user: User) -> Iterator[TagDraft]:
        index, calendar = self._resources.index, self._resources.calendar
        for candidate in proposal.candidates:
            where = self._definition(candidate.plan)
            if where is not None:
                yield TagDraft(
                    item=proposal.item.id,
                    question=proposal.item.question,
                    where=where,
                    words=Text(*(predicate_text(where, index, calendar, language) for language in ("zh", "en"))),
                    count=candidate.count,
                    people=self._count(where, user),
                )

    def _definition(self, plan: str) -> Predicate | None:
        """The condition of a chosen plan, when it says something of people by what they did and a tag can hold it."""
        try:
            where = _people_of(plan_from_json(plan))
            if where is None or not any(isinstance(part, HasMetric | Ranked | Did) for part in parts(where)):
                return None
            body_of(where, self._resources.index)
        except UserError:
            return None
        return where

    def _count(self, where: Predicate, user: User) -> int | None:
        try:
            return self._resources.layer.count(
                Audience(where=where, entity=self._resources.index.model.customer_entity), user
            )
        except CancelledError:
            raise
        except UserError:
            return None


def _people_of(plan: Plan) -> Predicate | None:
    match plan.steps[0] if plan.steps else None:
        case ListPeople(audience=audience) | Profile(audience=audience):
            return audience.where
        case Query(where=where):
            return where
        case _:
            return None
