"""Where a reply is shown, and to whom: before all what all may see, the rest to the asker alone."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from assistant.answer import Answer, Clarification, Reply
from assistant.channels.slack import blocks as kit
from assistant.channels.slack.api import SlackRefusedError
from assistant.channels.slack.blocks import Block, Message
from assistant.channels.slack.desk import Desk
from assistant.channels.slack.messages import Frame, compose, notice, sent_privately, with_tail
from assistant.channels.slack.sharing import may_be_shared
from assistant.channels.slack.values import Job, Kept, Person, Place, Seat
from assistant.channels.slack.words import WORDS, say
from semantic_layer.errors import Language, Text, UserError
from semantic_layer.query.plan import Plan

LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with all that decides about its answer. `request` is what is asked: words, or a plan that was offered."""

    job: Job
    person: Person
    data_set: str
    conversation: str
    language: Language
    question: str
    request: str | Plan
    follows: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The message that the answer will replace. `moved` says that the place asked for could not be used."""

    place: Place
    message: str
    moved: bool = False


class Shower:
    """Puts replies into Slack."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def say(self, standing: Standing, message: Message) -> None:
        self._desk.api.update(standing.place.channel, standing.message, message)

    def fault(self, standing: Standing, person: Person, error: UserError, language: Language) -> None:
        """What is wrong, for the asker only."""
        message = notice(error.message.in_(language))
        if standing.place.direct:
            self.say(standing, message)
            return
        self._desk.api.whisper(standing.place.channel, person.slack, message, thread=standing.place.thread)
        self.say(standing, self._note(person, WORDS["why_error"], language))

    def show(self, asked: Asked, standing: Standing, reply: Reply) -> None:
        frame = self._frame(asked, reply)
        if standing.place.direct:
            tail = (kit.context(say(asked.language, "not_there")),) if standing.moved else ()
            self._put(asked, standing.place, standing.message, reply, with_tail(replace(frame, direct=True), *tail))
            self._files(asked, standing.place, reply, direct=True)
            return
        roles = asked.person.user_in(asked.data_set).roles
        readers = self._desk.rooms.readers(standing.place.channel, asked.data_set, asked.person)
        verdict = may_be_shared(reply, roles, readers)
        if verdict.why is not None:
            self._privately(asked, reply, frame)
        if verdict.shown is None:
            self.say(standing, self._note(asked.person, verdict.why or Text("", ""), reply.language))
            return
        note = () if verdict.why is None else (self._line("list_note", asked.person, verdict.why, reply.language),)
        self._put(asked, standing.place, standing.message, verdict.shown, with_tail(frame, *note))
        self._files(asked, standing.place, verdict.shown, direct=False)

    def _privately(self, asked: Asked, reply: Reply, frame: Frame) -> None:
        """The whole reply in the direct message, in a thread of its own that goes on with the same conversation."""
        direct = Place(team=self._desk.us.team, channel=self._desk.api.direct(asked.person.slack))
        quoted = say(reply.language, "from_channel", question=kit.cut(asked.question, 500))
        message = replace(frame, kept=self._desk.new_id(), direct=True, quoted=quoted)
        thread = replace(direct, thread=self._put(asked, direct, "", reply, message))
        self._desk.store.put_seat(thread, Seat(asked.data_set, asked.conversation))
        self._files(asked, direct, reply, direct=True)

    def _note(self, person: Person, why: Text, language: Language) -> Message:
        line = self._line("private_note", person, why, language)
        return Message(text=kit.fallback(say(language, "private_note").rstrip()), blocks=(line,))

    def _line(self, key: str, person: Person, why: Text, language: Language) -> Block:
        return sent_privately(language, key, person.slack, why.in_(language))

    def _frame(self, asked: Asked, reply: Reply) -> Frame:
        assistant = self._desk.assistant(asked.data_set)
        people = isinstance(reply, Answer) and bool(reply.plan.steps) and assistant.audience_of(reply) is not None
        unseen = asked.job.quoted or bool(asked.job.offer)
        return Frame(
            kept=self._desk.new_id(),
            as_of=assistant.as_of,
            currency=assistant.currency,
            direct=False,
            base_url=self._desk.base_url,
            quoted=say(reply.language, "asked", question=kit.cut(asked.question, 500)) if unseen else "",
            about_people=people,
        )

    def _put(self, asked: Asked, place: Place, stamp: str, reply: Reply, frame: Frame) -> str:
        """Keep what stands behind the buttons, then show the message; its time stamp."""
        message, offers = compose(reply, frame)
        self._desk.store.keep(
            Kept(
                id=frame.kept,
                at=self._desk.clock(),
                owner=asked.person.account.login,
                data_set=asked.data_set,
                conversation=asked.conversation,
                language=reply.language,
                question=asked.question,
                answer=reply.id,
                read_by=reply.read_by if isinstance(reply, Answer) else "",
                follows=asked.follows,
                plan=reply.plan if isinstance(reply, Answer) else Plan(()),
                offers=offers,
                asks_back=isinstance(reply, Clarification),
            )
        )
        if stamp:
            self._desk.api.update(place.channel, stamp, message)
        else:
            stamp = self._desk.api.post(place.channel, message, thread=place.thread)
        return stamp

    def _files(self, asked: Asked, place: Place, answer: Reply, *, direct: bool) -> None:
        """The picture, described by its finding; and in a direct message the files that the answer wrote."""
        if not isinstance(answer, Answer):
            return
        if answer.chart is not None and answer.chart.spec:
            finding = " · ".join(part for part in (answer.chart.title, answer.chart.subtitle) if part)
            with contextlib.suppress(UserError):
                user = asked.person.user_in(asked.data_set)
                file = self._desk.assistant(asked.data_set).chart_file(answer, "png", user=user)
                self._send(place, file=str(file), title=answer.chart.title or asked.question, described=finding)
        for file in answer.files if direct else ():
            self._send(place, file=str(file), title=file.name)

    def _send(self, place: Place, *, file: str, title: str, described: str = "") -> None:
        """A picture that cannot be shown must not lose the answer. What Slack has is not kept here too."""
        try:
            self._desk.api.upload(
                place.channel, file, title=kit.cut(title, 200), described=described[:1000], thread=place.thread
            )
        except SlackRefusedError as error:
            LOG.warning("Slack did not take a file: %s", error)
        finally:
            Path(file).unlink(missing_ok=True)
