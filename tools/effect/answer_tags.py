"""What campaigns taught about single customers, as tags: who answers, who is tired of messages, which channel they answer on.

Each is counted from messages and answers and kept and published as the scores of a model are: with version, lineage and
bands. They say what people did, not what a campaign caused: that is never known of one person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import numpy as np
from pyroaring import BitMap

from semantic_layer.errors import Text
from semantic_layer.layer import SemanticLayer
from semantic_layer.model.outreach import Channel, History
from semantic_layer.model.types import TagCategory, Unit
from semantic_layer.query.predicate import And, Compare, Did, Predicate
from semantic_layer.query.time import Span
from tools.campaigns.keys import keys_of
from tools.effect.outcomes import Outcomes
from tools.effect.responses import ResponseKind, ResponseStore
from tools.models.types import Band, Card, Feature, Figure, Scores, TagForm, Task, TooLittleDataError, Trained

ANSWER_DAYS: Final = 365
TIRED_DAYS: Final = 180
UNANSWERED: Final = 3
"""So many messages that arrived without being opened say that somebody is tired of them, or does not answer."""

_MOST_COUNTED: Final = 5  # more clicks than this on one channel tell no more


@dataclass(frozen=True, slots=True)
class Answers:
    """What is known of messages and answers: those in the data, and those that came back to campaigns of ours."""

    layer: SemanticLayer
    outcomes: Outcomes
    responses: ResponseStore
    data_set: str

    @property
    def history(self) -> History | None:
        return self.layer.index.model.outreach.history

    @property
    def sources(self) -> tuple[str, ...]:
        """The fields that everything here rests on."""
        history = self.history
        fields = (history.delivered, history.opened, history.clicked, history.unsubscribed) if history else ()
        return tuple(field for field in fields if field)

    def messaged(self, mark: str, days: int, times: int = 1, channel: str = "") -> BitMap:
        """Who had so many messages with a mark (delivered, clicked, …: a field of the history) in so many days."""
        history = self.history
        if history is None or not history.message or not mark:
            return BitMap()
        parts: list[Predicate] = [Compare(mark, "=", value=True)]
        if channel and history.channel:
            parts.append(Compare(history.channel, "=", channel))
        where = And(tuple(parts)) if len(parts) > 1 else parts[0]
        return self.outcomes.people(Did(entity=history.message, where=where, time=self._span(days), count=times))

    def redeemed(self, days: int) -> BitMap:
        history = self.history
        if history is None or not history.redeemed:
            return BitMap()
        return self.outcomes.people(Did(entity=history.redeemed, time=self._span(days)))

    def heard(self, kinds: Sequence[ResponseKind], days: int, channel: str | None = None) -> dict[int, int]:
        """How often each person answered a campaign of ours so; on one channel, or on all."""
        found: dict[int, int] = {}
        start = datetime.combine(self.begin(days), time(), tzinfo=UTC)
        for kind in kinds:
            for (on, key), count in self.responses.counts(self.data_set, kind, start).items():
                if channel is None or on == channel:
                    found[key] = found.get(key, 0) + count
        return found

    def begin(self, days: int) -> date:
        return self.layer.as_of - timedelta(days=days - 1)

    def _span(self, days: int) -> Span:
        return Span(self.begin(days), self.layer.as_of)


@dataclass(frozen=True)
class _OverAnswers:
    """What these models are made from: messages in the data, and responses to campaigns of ours."""

    responses: ResponseStore
    data_set: str

    def answers_of(self, task: Task) -> Answers:
        outcomes = Outcomes(task.layer, task.user, cancel=task.cancel)
        return Answers(layer=task.layer, outcomes=outcomes, responses=self.responses, data_set=self.data_set)


class AnswersCampaigns(_OverAnswers):
    """Who clicked, replied to or used the coupon of a campaign in a year, and who got several messages and did not."""

    name = "campaign_answers"
    label = Text("活动反应", "answers to campaigns")
    deciding = "people"

    def train(self, task: Task) -> Trained:
        """Raises `TooLittleDataError` where nobody was sent anything, `NotAllowedError` as any reading does."""
        known = self.answers_of(task)
        history = known.history
        clicked = known.messaged(history.clicked if history else "", ANSWER_DAYS)
        did = clicked | known.redeemed(ANSWER_DAYS)
        did |= BitMap(known.heard((ResponseKind.CLICK, ResponseKind.REPLY, ResponseKind.ORDER), ANSWER_DAYS))
        silent = known.messaged(history.delivered if history else "", ANSWER_DAYS, UNANSWERED) - did
        bands = (
            (Band(value="answers", label=Text("有反应", "answers")), did),
            (Band(value="silent", label=Text("没有反应", "does not answer")), silent),
        )
        answers = Text(
            f"近 {ANSWER_DAYS} 天里点过、回复过活动消息或用过活动券的是“有反应”；收到至少 {UNANSWERED} 条却都没有的是“没有反应”。",
            f"In the last {ANSWER_DAYS} days: those who clicked or replied to a message of a campaign, or used its coupon, "
            f"answer; those who got {UNANSWERED} messages or more and did not, do not.",
        )
        form = TagForm(
            name="campaign_answers",
            label=Text("活动反应", "answers campaigns"),
            synonyms=("对活动有反应", "对券有反应", "responds to campaigns", "responds to coupons"),
            category=TagCategory.BEHAVIOUR,
            positive=("answers",),
        )
        return _trained(known, self, answers, bands, form, ANSWER_DAYS)


class CampaignFatigue(_OverAnswers):
    """Who got several messages in half a year without opening one, or said no to them."""

    name = "campaign_fatigue"
    label = Text("触达疲劳", "tired of messages")
    deciding = "people"

    def train(self, task: Task) -> Trained:
        """Raises as `AnswersCampaigns.train`."""
        known = self.answers_of(task)
        history = known.history
        arrived, opened, clicked, gone = (
            (history.delivered, history.opened, history.clicked, history.unsubscribed) if history else ("",) * 4
        )
        reached = known.messaged(arrived, TIRED_DAYS, UNANSWERED)
        looked = known.messaged(opened, TIRED_DAYS) | known.messaged(clicked, TIRED_DAYS)
        looked |= BitMap(known.heard((ResponseKind.OPEN, ResponseKind.CLICK, ResponseKind.REPLY), TIRED_DAYS))
        said_no = known.messaged(gone, TIRED_DAYS)
        said_no |= BitMap(known.heard((ResponseKind.UNSUBSCRIBE, ResponseKind.COMPLAINT), TIRED_DAYS))
        tired = (reached - looked) | said_no
        bands = (
            (Band(value="tired", label=Text("疲劳", "tired")), tired),
            (Band(value="open", label=Text("不疲劳", "not tired")), looked - tired),
        )
        answers = Text(
            f"近 {TIRED_DAYS} 天里收到至少 {UNANSWERED} 条消息却一条没打开，或者退订、投诉过的是“疲劳”；打开过的是“不疲劳”。",
            f"In the last {TIRED_DAYS} days: those who got {UNANSWERED} messages or more and opened none, and those who "
            "unsubscribed or complained, are tired; those who opened one are not.",
        )
        form = TagForm(
            name="campaign_fatigue",
            label=self.label,
            synonyms=("营销疲劳", "疲劳", "fatigued", "message fatigue"),
            category=TagCategory.BEHAVIOUR,
            positive=("tired",),
        )
        return _trained(known, self, answers, bands, form, TIRED_DAYS)


class AnsweringChannel(_OverAnswers):
    """On which channel a customer clicked most in a year; nobody of whom two channels say the same."""

    name = "answering_channel"
    label = Text("回应渠道", "channel they answer on")
    deciding = "people"

    def train(self, task: Task) -> Trained:
        """Raises as `AnswersCampaigns.train`."""
        known = self.answers_of(task)
        channels = task.layer.index.model.outreach.channels
        clicks = [dict(_clicks(known, channel)) for channel in channels]
        best: dict[int, tuple[int, int]] = {}
        for at, counts in enumerate(clicks):
            for key, count in counts.items():
                most, _ = best.get(key, (0, -1))
                if count >= most:
                    best[key] = (count, at if count > most else -1)
        bands = tuple(
            (Band(value=channel.name, label=channel.label), BitMap(key for key, (_, on) in best.items() if on == at))
            for at, channel in enumerate(channels)
        )
        answers = Text(
            f"近 {ANSWER_DAYS} 天里点击最多的触达渠道；并列的人没有这个标签。",
            f"The channel on which they clicked most in the last {ANSWER_DAYS} days; those with two alike have none.",
        )
        form = TagForm(
            name="answering_channel",
            label=self.label,
            synonyms=("偏好触达渠道", "preferred channel", "channel preference"),
            category=TagCategory.PREFERENCE,
        )
        return _trained(known, self, answers, bands, form, ANSWER_DAYS)


AnswerModel = AnswersCampaigns | CampaignFatigue | AnsweringChannel


def answer_models(responses: ResponseStore, data_set: str) -> tuple[AnswerModel, ...]:
    """All of them, to be kept and published with the other models of the data set."""
    return tuple(kind(responses, data_set) for kind in (AnswersCampaigns, CampaignFatigue, AnsweringChannel))


def _clicks(known: Answers, channel: Channel) -> Iterator[tuple[int, int]]:
    """Clicks of each person on a channel, at most so many."""
    history, counts = known.history, known.heard((ResponseKind.CLICK, ResponseKind.REPLY), ANSWER_DAYS, channel.name)
    for times in range(1, _MOST_COUNTED + 1):
        people = known.messaged(history.clicked if history else "", ANSWER_DAYS, times, channel.name)
        if not people:
            break
        for key in people:
            counts[key] = counts.get(key, 0) + 1
    yield from counts.items()


def _trained(
    known: Answers,
    model: AnswerModel,
    answers: Text,
    bands: Sequence[tuple[Band, BitMap]],
    form: TagForm,
    days: int,
) -> Trained:
    everybody = known.outcomes.people()
    held = [(band, people & everybody) for band, people in bands]
    total = sum(len(people) for _, people in held)
    if not total:
        raise TooLittleDataError(
            model.label,
            Text("至少一个人的发送或回应记录", "a message or an answer of at least one person"),
            Text("一条也没有", "is none"),
        )
    as_of = known.layer.as_of
    source = Feature(
        name="messages", label=Text("消息和回应", "messages and answers"), meaning=answers, sources=known.sources
    )
    card = Card(
        name=model.name,
        label=model.label,
        answers=answers,
        as_of=as_of,
        data_from=known.begin(days),
        data_to=as_of,
        people=total,
        population=Text("收到过活动消息的客户", "customers who were sent messages of campaigns"),
        features=(source,),
        metrics=(Figure(name="people", label=Text("人数", "people"), value=float(total), unit=Unit.COUNT, digits=0),),
        bands=tuple(_counted(band, len(people)) for band, people in held),
        limits=(
            Text(
                "说的是客户做过什么，不是活动带来了什么：单个人因活动改变多少无从得知。",
                "It says what customers did, not what a campaign caused: that is never known of one person.",
            ),
        ),
        tag=form,
    )
    keys = np.concatenate([keys_of(people) for _, people in held])
    marks = np.concatenate([np.full(len(people), at, dtype=np.int16) for at, (_, people) in enumerate(held)])
    order = np.argsort(keys)
    return Trained(card=card, scores=Scores(keys=keys[order], score=np.ones(len(keys)), band=marks[order]))


def _counted(band: Band, people: int) -> Band:
    return Band(value=band.value, label=band.label, aliases=band.aliases, people=people)
