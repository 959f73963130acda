"""One question from the moment it was taken on until its answer stands where it may stand."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from assistant.answer import Answer, Clarification, Event, Finished, Option, Progress, Reply
from assistant.channels.slack.api import SlackRefusedError
from assistant.channels.slack.desk import Desk, conversation_id
from assistant.channels.slack.messages import notice, working
from assistant.channels.slack.people import Stranger
from assistant.channels.slack.showing import Asked, Shower, Standing
from assistant.channels.slack.values import Job, Kept, Person, Place
from assistant.channels.slack.words import fill, say
from assistant.interpreters.language import language_of
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import CancelledError, Language, NotAllowedError, Text, UserError
from semantic_layer.query.plan import Plan

LOG: Final = logging.getLogger(__name__)
UPDATE_EVERY: Final = timedelta(seconds=1)


@dataclass(slots=True)
class Clockwork:
    """When work began and when its message was last changed."""

    began: datetime
    changed: datetime


class Asking:
    """Answers jobs, each in its own thread of work."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._shower = Shower(desk)

    def run(self, job: Job, cancel: Cancel) -> None:
        """The outermost handler: whatever happens, the person hears of it and the job is over."""
        finished = True
        try:
            self._answer(job, cancel)
        except SlackRefusedError as error:
            LOG.warning("Slack did not take the answer to %s: %s", job.key, error)
            self.tell(job.place, job.user, fill("not_taken", code=error.code))
        except Exception:  # shown as a number, logged whole
            number = self._desk.new_id()[:8]
            LOG.exception("answering in Slack failed (%s)", number)
            self.tell(job.place, job.user, fill("failed", id=number))
        finally:
            finished = not self._desk.running.closing
            self._desk.running.end(job.key)
        if finished:
            self._desk.store.done(job.key)

    def tell(self, place: Place, user: str, said: Text, language: Language = "zh") -> None:
        """A few words for one person only: in the channel if they can be said there, else directly."""
        message = notice(said.in_(language))
        with contextlib.suppress(SlackRefusedError):
            if place.channel and not place.direct:
                try:
                    self._desk.api.whisper(place.channel, user, message, thread=place.thread)
                except SlackRefusedError:
                    self._desk.api.post(self._desk.api.direct(user), message)
            else:
                self._desk.api.post(place.channel or self._desk.api.direct(user), message, thread=place.thread)

    def _answer(self, job: Job, cancel: Cancel) -> None:
        person = self._desk.people.find(job.user)
        if isinstance(person, Stranger):
            if person.said is not None:
                language = language_of(job.text) if job.text else person.language
                self.tell(job.place, job.user, person.said, language)
            return
        behind = self._desk.kept(job.offer.partition(":")[0]) if job.offer else None
        language = behind.language if behind else language_of(job.text) if job.text else person.language
        others = behind is not None and behind.owner != person.account.login
        standing = self._begin(job, language, private=others)
        asked: Asked | None = None
        try:
            asked = self._asked(job, person, behind, standing, language)
            reply = self._work(asked, standing, cancel)
        except CancelledError:
            if not self._desk.running.closing:
                self._shower.say(standing, notice(say(language, "stopped")))
        except UserError as error:
            self._shower.fault(standing, person, error, language)
        else:
            self._shower.show(asked, standing, reply)

    def _begin(self, job: Job, language: Language, *, private: bool) -> Standing:
        """A message that says that work goes on: where it was asked, or directly if it must be `private` or cannot be there."""
        if job.message:
            channel, _, stamp = job.message.partition(":")
            place = replace(job.place, channel=channel)
            return Standing(place=self._rooted(place, stamp), message=stamp)
        message = working(language, say(language, "starting"), job.key)
        place, moved = job.place, False
        if private or not place.channel:
            place = replace(place, channel=self._desk.api.direct(job.user), thread="")
        try:
            stamp = self._desk.api.post(place.channel, message, thread=place.thread)
        except SlackRefusedError:
            place, moved = replace(place, channel=self._desk.api.direct(job.user), thread=""), True
            stamp = self._desk.api.post(place.channel, message)
        self._desk.store.posted(job.key, f"{place.channel}:{stamp}")
        return Standing(place=self._rooted(place, stamp), message=stamp, moved=moved)

    def _rooted(self, place: Place, stamp: str) -> Place:
        """In a channel every answer begins a thread or stands in one."""
        return place if place.direct or place.thread else replace(place, thread=stamp)

    def _asked(self, job: Job, person: Person, behind: Kept | None, standing: Standing, language: Language) -> Asked:
        if job.offer:
            return self._offered(job, person, behind, language)
        data_set = self._desk.data_set(standing.place, person.account)
        return Asked(
            job=job,
            person=person,
            data_set=data_set,
            conversation=self._desk.conversation(standing.place),
            language=language,
            question=job.text,
            request=job.text,
            follows=job.follows,
        )

    def _offered(self, job: Job, person: Person, behind: Kept | None, language: Language) -> Asked:
        """The plan behind a button, under the rights of whoever pressed it."""
        number = job.offer.rpartition(":")[2]
        if behind is None or not number.isdecimal() or int(number) >= len(behind.offers):
            raise UserError(fill("gone"))
        offer = behind.offers[int(number)]
        asked = Asked(
            job=job,
            person=person,
            data_set=behind.data_set,
            conversation=behind.conversation,
            language=language,
            question=offer.label,
            request=offer.plan,
            follows=True,
        )
        if behind.asks_back and behind.owner == person.account.login:
            self._chose(asked, behind, offer.plan)
        return asked

    def _chose(self, asked: Asked, behind: Kept, plan: Plan) -> None:
        """Remember which meaning was chosen; an answer never waits for memory to be written."""
        clarification = Clarification(
            id=behind.answer,
            asked=behind.question,
            language=behind.language,
            question="",
            options=tuple(Option(label=one.label, count="", plan=one.plan) for one in behind.offers),
        )
        with contextlib.suppress(UserError):
            self._desk.assistant(asked.data_set).memory.chose(
                clarification,
                plan,
                user=asked.person.user_in(asked.data_set),
                conversation=conversation_id(asked.conversation, asked.person.account),
                follows=behind.follows,
            )

    def _work(self, asked: Asked, standing: Standing, cancel: Cancel) -> Reply:
        reply: Reply | None = None
        now = self._desk.clock()
        times = Clockwork(began=now, changed=now)
        try:
            for event in self._events(asked, cancel):
                if isinstance(event, Finished):
                    reply = event.reply
                else:
                    self._progress(event, asked, standing, times)
        except CancelledError:
            if reply is None:
                raise
        if reply is None:
            raise AssertionError("a stream ended without a reply")
        return reply

    def _events(self, asked: Asked, cancel: Cancel) -> Iterator[Event]:
        if cancel.pressed:
            raise CancelledError(fill("stopped"))
        self._require_role(asked)
        assistant, user = self._desk.assistant(asked.data_set), asked.person.user_in(asked.data_set)
        conversation = conversation_id(asked.conversation, asked.person.account)
        if isinstance(asked.request, Plan):
            return assistant.run_plan(
                asked.request, user=user, conversation=conversation, language=asked.language, cancel=cancel
            )
        return assistant.stream(asked.request, user=user, conversation=conversation, cancel=cancel)

    def _require_role(self, asked: Asked) -> None:
        allowed = self._desk.allowed(asked.person.account)
        if asked.data_set not in allowed:
            names = ", ".join(allowed) or "–"
            raise NotAllowedError(fill("no_role", name=asked.data_set, allowed=names), suggestions=allowed)

    def _progress(self, event: Progress, asked: Asked, standing: Standing, times: Clockwork) -> None:
        """Say what is being done, at most once a second."""
        now = self._desk.clock()
        if now - times.changed < UPDATE_EVERY:
            return
        times.changed = now
        seconds = say(asked.language, "took", n=f"{(now - times.began).total_seconds():.0f}")
        with contextlib.suppress(SlackRefusedError):
            said = f"{event.label} {seconds}"
            self._shower.say(standing, working(asked.language, said, asked.job.key))


def answer_of(events: Iterator[Event]) -> Answer:
    """The answer that a plan gives; raises what is wrong when there is none."""
    reply: Reply | None = None
    for event in events:
        if isinstance(event, Finished):
            reply = event.reply
    if isinstance(reply, Answer):
        return reply
    said = "" if reply is None else reply.question if isinstance(reply, Clarification) else reply.reason
    raise UserError(Text(said, said))
