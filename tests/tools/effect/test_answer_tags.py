"""Tags of what customers did with messages, counted from the data and from what came back to campaigns of ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from pyroaring import BitMap

from semantic_layer.layer import SemanticLayer
from semantic_layer.model.lookup import ModelIndex
from semantic_layer.policy.types import User
from semantic_layer.query.predicate import And, Compare, Did, Not
from semantic_layer.query.time import Span
from tools.effect.answer_tags import AnsweringChannel, AnswersCampaigns, CampaignFatigue, answer_models
from tools.effect.outcomes import Outcomes
from tools.effect.responses import Response, ResponseKind, ResponsesInMemory, Standing
from tools.models.book import ModelBook
from tools.models.kept import ModelsOfMemory
from tools.models.tags import with_scores
from tools.models.types import Task, TooLittleDataError

ADMIN = User(name="a", roles=("admin",))
DATA = "retail"


@pytest.fixture(scope="module")
def layer(assistant) -> SemanticLayer:
    return assistant.resources.layer


def held(trained, value: str) -> BitMap:
    at = [band.value for band in trained.card.bands].index(value)
    return BitMap(trained.scores.keys[trained.scores.band == at].tolist())


def heard(*told: tuple[int, ResponseKind, str]) -> ResponsesInMemory:
    found = ResponsesInMemory()
    at = datetime(2026, 10, 1, tzinfo=UTC)
    found.add(
        [
            Response(
                id=f"{place}", data_set=DATA, kind=kind, at=at, source="webhook", standing=Standing.COUNTS,
                campaign="c", key=key, channel=channel,
            )
            for place, (key, kind, channel) in enumerate(told)
        ]
    )  # fmt: skip
    return found


def test_who_answers_and_who_does_not(layer) -> None:
    outcomes = Outcomes(layer, ADMIN)
    year = Span(layer.as_of.replace(year=layer.as_of.year - 1, month=11, day=1), layer.as_of)
    clicked = outcomes.people(Did(entity="message", where=Compare("message.clicked", "=", value=True), time=year))
    arrived = Did(entity="message", where=Compare("message.delivered", "=", value=True), time=year, count=3)
    silent = outcomes.people(
        And((arrived, Not(Did(entity="message", where=Compare("message.clicked", "=", value=True), time=year))))
    )
    extra = next(iter(silent))
    found = AnswersCampaigns(heard((extra, ResponseKind.REPLY, "短信")), DATA).train(Task(layer=layer, user=ADMIN))
    assert held(found, "answers") == clicked | BitMap([extra])
    assert held(found, "silent") == silent - BitMap([extra])
    assert [band.people for band in found.card.bands] == [len(clicked) + 1, len(silent) - 1]
    assert (np.diff(found.scores.keys) > 0).all()
    assert "365" in found.card.answers.zh


def test_who_is_tired(layer) -> None:
    task = Task(layer=layer, user=ADMIN)
    before = CampaignFatigue(ResponsesInMemory(), DATA).train(task)
    open_ = next(iter(held(before, "open")))
    after = CampaignFatigue(heard((open_, ResponseKind.COMPLAINT, "短信")), DATA).train(task)
    assert held(after, "tired") == held(before, "tired") | BitMap([open_])
    assert not held(after, "tired") & held(after, "open")


def test_the_channel_they_answer_on_and_none_where_two_are_alike(layer) -> None:
    task = Task(layer=layer, user=ADMIN)
    before = AnsweringChannel(ResponsesInMemory(), DATA).train(task)
    quiet = list(Outcomes(layer, ADMIN).people() - BitMap(before.scores.keys.tolist()))[:2]
    told = (
        (quiet[0], ResponseKind.CLICK, "邮件"),
        (quiet[1], ResponseKind.CLICK, "邮件"),
        (quiet[1], ResponseKind.CLICK, "电话"),
    )
    after = AnsweringChannel(heard(*told), DATA).train(task)
    assert quiet[0] in held(after, "邮件")
    if quiet[1] not in before.scores.keys:
        assert quiet[1] not in held(after, "邮件") | held(after, "电话")


def test_they_are_published_as_tags_with_version_and_lineage(layer) -> None:
    store = ModelsOfMemory()
    models = answer_models(ResponsesInMemory(), DATA)
    book = ModelBook(store, models, DATA, clock=lambda: datetime(2026, 11, 1, tzinfo=UTC), seconds=lambda: 0.0)
    trained = book.train("campaign_fatigue", layer, ADMIN)
    book.publish("campaign_fatigue", trained.card.version, layer, ADMIN)
    tag = next(tag for tag in with_scores(layer.index.model, store, DATA).tags if tag.name == "campaign_fatigue")
    assert tag.origin.version == 1
    assert "message.opened" in tag.body.made_from
    assert tag.positive == ("tired",)


def test_without_messages_there_is_nothing_to_tell(layer) -> None:
    model = layer.index.model
    bare = replace(model, outreach=replace(model.outreach, history=None))
    other = SemanticLayer(ModelIndex(bare), layer.policy, layer.engine, layer.as_of, layer.segments)
    for one in answer_models(ResponsesInMemory(), DATA):
        with pytest.raises(TooLittleDataError):
            one.train(Task(layer=other, user=ADMIN))
