"""A definition that was chosen becomes a tag in the data set's own definitions: exact, checked first, and undoable."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.answer import Clarification
from assistant.core import Assistant
from assistant.missing.desk import TagDesk
from assistant.missing.port import NewTag
from assistant.missing.publishing import PUBLISHED, PublishedTags, may_define
from semantic_layer.definitions import load_definitions
from semantic_layer.errors import (
    DataError,
    DefinitionError,
    InvalidPlanError,
    NotAllowedError,
    Text,
    UnknownNameError,
)
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.model.types import Tag, Words
from semantic_layer.policy.types import User
from semantic_layer.query.plan import ListPeople
from semantic_layer.query.predicate import And, Compare, Did, HasMetric, Not, Predicate, Ranked
from semantic_layer.query.time import Calendar, Grain, Rolling
from semantic_layer.query.types import Audience
from tools.tags.defining import tag_of

MODEL = Path(__file__).resolve().parents[3] / "semantic_layer" / "examples" / "retail" / "model"
WORDS = Words(label=Text("忠诚客户", "loyal customer"), description=Text("常买且最近买过", "buys often and lately"))
YEAR, LATELY = Rolling(12, Grain.MONTH), Rolling(90, Grain.DAY)
OFTEN = HasMetric(metric="orders", op=">=", value=6, time=YEAR)


@pytest.fixture
def published(tmp_path: Path) -> PublishedTags:
    shutil.copytree(MODEL, tmp_path / "model")
    return PublishedTags(tmp_path / "model", tmp_path / "home", clock=lambda: datetime(2026, 11, 2, 9, tzinfo=UTC))


@pytest.fixture
def owner(published: PublishedTags) -> User:
    _, policy = load_definitions(published.path.parent)
    role = next(role.name for role in policy.roles if role.define)
    return User(name="ana", roles=(role,))


@pytest.fixture
def reader(published: PublishedTags) -> User:
    _, policy = load_definitions(published.path.parent)
    role = next(role.name for role in policy.roles if not role.define)
    return User(name="bo", roles=(role,))


def tag(where: Predicate, assistant: Assistant, name: str = "loyal") -> Tag:
    return tag_of(where, assistant.resources.index, name=name, words=WORDS, owner="会员运营")


@pytest.mark.parametrize(
    "where",
    [
        OFTEN,
        And((OFTEN, Did(entity="order", time=LATELY))),
        And((Did(entity="order"), Not(Did(entity="order", time=LATELY)))),
        Ranked(metric="orders", share=0.2, time=YEAR),
        And((HasMetric(metric="return_rate", op=">=", value=0.1, time=YEAR), Compare("customer.gender", "=", "女"))),
    ],
)
def test_a_published_tag_holds_for_the_people_of_its_definition(
    where: Predicate, assistant: Assistant, published: PublishedTags, owner: User
) -> None:
    found = published.publish(tag(where, assistant), owner)
    model, policy = load_definitions(published.path.parent)
    resources = assistant.resources
    layer = SemanticLayer(ModelIndex(model), policy, resources.layer.engine, resources.as_of, resources.segments)
    count = layer.count(Audience(where=Compare(found.qualified, "=", True)), assistant.user)
    assert count == resources.layer.count(Audience(where=where), assistant.user) > 0


def test_what_the_dialogue_offers_can_be_published(assistant: Assistant, published: PublishedTags, owner: User) -> None:
    reply = assistant.ask("忠诚度高的客户")
    assert isinstance(reply, Clarification)
    step = reply.options[0].plan.steps[0]
    assert isinstance(step, ListPeople)
    assert step.audience.where is not None
    found = published.publish(tag(step.audience.where, assistant), owner, question="忠诚度高的客户")
    assert found.origin.version == 1
    assert found.origin.owner == "会员运营"
    assert found.words.label == WORDS.label
    assert published.events()[0].question == "忠诚度高的客户"


def test_publishing_again_is_the_next_version_and_withdrawing_undoes(
    assistant: Assistant, published: PublishedTags, owner: User
) -> None:
    published.publish(tag(OFTEN, assistant), owner)
    assert published.publish(tag(Did(entity="order", time=LATELY), assistant), owner).origin.version == 2
    published.withdraw("loyal", owner)
    assert not published.path.exists()
    assert [event.what for event in published.events()] == ["withdrawn", "changed", "published"]
    with pytest.raises(UnknownNameError):
        published.withdraw("loyal", owner)


def test_only_who_may_define_publishes(
    assistant: Assistant, published: PublishedTags, owner: User, reader: User
) -> None:
    _, policy = load_definitions(published.path.parent)
    assert may_define(owner, policy)
    assert not may_define(reader, policy)
    assert not may_define(User(name="x", roles=("nobody",)), policy)
    with pytest.raises(NotAllowedError, match="define"):
        published.publish(tag(OFTEN, assistant), reader)
    assert not published.path.exists()


def test_a_fault_changes_nothing(assistant: Assistant, published: PublishedTags, owner: User) -> None:
    published.publish(tag(OFTEN, assistant), owner)
    before = published.path.read_text(encoding="utf-8")
    wrong = tag(HasMetric(metric="no_such_metric", op=">", value=1, time=YEAR), assistant, "wrong")
    with pytest.raises(DefinitionError):
        published.publish(wrong, owner)
    with pytest.raises(InvalidPlanError, match="high_value"):
        published.publish(tag(OFTEN, assistant, "high_value"), owner)
    assert published.path.read_text(encoding="utf-8") == before
    published.path.write_text("tags: [", encoding="utf-8")
    with pytest.raises((DataError, DefinitionError)):
        published.publish(tag(OFTEN, assistant, "other"), owner)
    assert published.path.read_text(encoding="utf-8") == "tags: ["
    assert published.path.name == PUBLISHED


@pytest.mark.parametrize(
    "where",
    [
        Compare("customer.high_value", "=", True),
        Ranked(metric="orders", direction="bottom", share=0.2, time=YEAR),
        And((OFTEN, Ranked(metric="orders", share=0.2, time=YEAR))),
        HasMetric(metric="orders", op=">=", value=1, time=Calendar(Grain.MONTH, -1)),
    ],
)
def test_what_no_tag_can_hold_is_told(where: Predicate, assistant: Assistant) -> None:
    with pytest.raises(InvalidPlanError):
        tag(where, assistant)


def test_what_people_chose_waits_as_a_draft(assistant: Assistant, published: PublishedTags, owner: User) -> None:
    reply = assistant.ask("粘性高的客户", conversation="draft-1")
    assert isinstance(reply, Clarification)
    assistant.ask("第一个", conversation="draft-1")
    desk = TagDesk(assistant.resources, published.path.parent, published.path.parent.parent / "home")
    draft = next(one for one in desk.view(owner).drafts if one.question == "粘性高的客户")
    assert draft.people
    new = NewTag(name="attached", label=Text("高粘性客户", "attached customer"), description=WORDS.description)
    assert desk.publish(draft.item, 0, new, owner) == "customer.attached"
    view = desk.view(owner)
    assert view.published == ("attached",)
    assert (view.events[0].by, view.events[0].what, view.events[0].question) == ("ana", "published", "粘性高的客户")
    with pytest.raises(UnknownNameError):
        desk.publish(draft.item, 7, new, owner)
    desk.withdraw("attached", owner)
    assert desk.view(owner).published == ()
