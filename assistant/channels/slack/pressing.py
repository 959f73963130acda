"""What buttons and dialogs do besides asking: stop, how, save, export, thumbs. Always under the rights of who pressed."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from assistant.answer import Answer
from assistant.channels.slack import dialogs
from assistant.channels.slack.api import SlackRefusedError
from assistant.channels.slack.asking import Asking, answer_of
from assistant.channels.slack.blocks import Block
from assistant.channels.slack.desk import Desk, conversation_id
from assistant.channels.slack.people import Stranger
from assistant.channels.slack.values import Form, Kept, Person, Place, Press
from assistant.channels.slack.words import fill, say
from assistant.channels.workspace import ExportColumn, ExportPart, ExportRequest, FileFormat, SegmentEntry
from semantic_layer.engines.base import Cancel
from semantic_layer.errors import Language, Text, UserError

LOG: Final = logging.getLogger(__name__)
PARTS: Final[Mapping[str, ExportPart]] = MappingProxyType({"table": "table", "people": "people"})
FORMATS: Final[Mapping[str, FileFormat]] = MappingProxyType({"csv": "csv", "xlsx": "xlsx"})
HELD: Final = ("how", "save", "export", "good", "bad", "stop")


class Pressing:
    """Carries out buttons and dialogs."""

    def __init__(self, desk: Desk, asking: Asking) -> None:
        self._desk = desk
        self._tell = asking.tell

    def press(self, press: Press) -> None:
        """The outermost handler of a button."""
        if press.act == "stop":
            if not self._desk.running.stop(press.value, press.user):
                self._tell(press.place, press.user, fill("only_asker_stops"))
            return
        self._guarded(press.place, press.user, lambda: self._pressed(press))

    def send(self, form: Form) -> None:
        """The outermost handler of a dialog; what went wrong is said in it."""
        nowhere = Place(team=self._desk.us.team, channel="")
        self._guarded(nowhere, form.user, lambda: self._sent(form))

    def waiting(self, form: Form) -> Block:
        """What a dialog shows while it is being carried out."""
        kept = self._desk.kept(form.about)
        language: Language = kept.language if kept else "zh"
        line = say(language, "saving" if form.kind == "save" else "writing")
        return dialogs.told(language, "save" if form.kind == "save" else "export", line)

    def _guarded(self, place: Place, user: str, work: Callable[[], None]) -> None:
        try:
            work()
        except UserError as error:
            self._tell(place, user, error.message, self._language(user))
        except SlackRefusedError as error:
            LOG.warning("Slack did not take what a button gave: %s", error)
        except Exception:  # shown as a number, logged whole
            number = self._desk.new_id()[:8]
            LOG.exception("a button in Slack failed (%s)", number)
            self._tell(place, user, fill("failed", id=number))

    def _language(self, user: str) -> Language:
        found = self._desk.people.find(user)
        return found.language

    def _person(self, place: Place, user: str) -> Person | None:
        """Whoever is not connected is told how to be, and gets nothing."""
        found = self._desk.people.find(user)
        if isinstance(found, Person):
            return found
        if isinstance(found, Stranger) and found.said is not None:
            self._tell(place, user, found.said, found.language)
        return None

    def _pressed(self, press: Press) -> None:
        person = self._person(press.place, press.user)
        if person is None:
            return
        kept = self._desk.kept(press.value)
        if kept is None:
            raise UserError(fill("gone"))
        match press.act:
            case "how":
                self._how(press, kept, person)
            case "save":
                self._desk.api.open_view(press.trigger, dialogs.save(kept.language, kept.id))
            case "export":
                self._offer_export(press, kept, person)
            case "good" | "bad":
                self._thumb(press, kept, person)
            case _:
                raise UserError(fill("gone"))

    def _sent(self, form: Form) -> None:
        person = self._person(Place(team=self._desk.us.team, channel=""), form.user)
        if person is None:
            return
        kept = self._desk.kept(form.about)
        if kept is None:
            raise UserError(fill("gone"))
        if form.kind == "save":
            self._save(form, kept, person)
        elif form.kind == "export":
            self._export(form, kept, person)

    def _how(self, press: Press, kept: Kept, person: Person) -> None:
        view = self._desk.api.open_view(
            press.trigger, dialogs.told(kept.language, "how", say(kept.language, "opening"))
        )
        try:
            made = dialogs.how(self._again(kept, person), self._desk.assistant(kept.data_set))
        except UserError as error:
            made = dialogs.told(kept.language, "how", error.message.in_(kept.language))
        self._desk.api.update_view(view, made)

    def _again(self, kept: Kept, person: Person) -> Answer:
        """The answer computed anew, under the rights that the person has now, and outside of any conversation."""
        if not kept.plan.steps:
            raise UserError(fill("gone"))
        if kept.data_set not in self._desk.allowed(person.account):
            names = ", ".join(self._desk.allowed(person.account)) or "–"
            raise UserError(fill("no_role", name=kept.data_set, allowed=names))
        return answer_of(
            self._desk.assistant(kept.data_set).run_plan(
                kept.plan, user=person.user_in(kept.data_set), conversation="", language=kept.language, cancel=Cancel()
            )
        )

    def _thumb(self, press: Press, kept: Kept, person: Person) -> None:
        answer = Answer(id=kept.answer, question=kept.question, language=kept.language, text="", plan=kept.plan)
        self._desk.assistant(kept.data_set).memory.feedback(
            answer,
            good=press.act == "good",
            user=person.user_in(kept.data_set),
            conversation=conversation_id(kept.conversation, person.account),
            understood_by=kept.read_by,
            follows=kept.follows,
        )
        self._tell(press.place, press.user, fill("thanks"), kept.language)

    def _save(self, form: Form, kept: Kept, person: Person) -> None:
        """A name that cannot be taken comes back in the dialog, with what is wrong."""
        name, language = form.one("name").strip(), kept.language
        try:
            entry = self._saved(name, kept, person)
        except UserError as error:
            fault = error.message.in_(language)
            self._desk.api.update_view(form.view, dialogs.save(language, kept.id, name=name, fault=fault))
            return
        count = "–" if entry.count is None else f"{entry.count:,}"
        self._finish(form, "save", fill("saved", name=entry.name, n=count), language)

    def _saved(self, name: str, kept: Kept, person: Person) -> SegmentEntry:
        assistant = self._desk.assistant(kept.data_set)
        bare = Answer(id=kept.answer, question=kept.question, language=kept.language, text="", plan=kept.plan)
        audience = assistant.audience_of(bare) if kept.plan.steps else None
        if audience is None:
            raise UserError(fill("not_people"))
        return assistant.segments.save(audience, name, user=person.user_in(kept.data_set))

    def _finish(self, form: Form, title: str, said: Text, language: Language) -> None:
        """Say it in the dialog, and directly in case the dialog was closed."""
        with contextlib.suppress(SlackRefusedError):
            self._desk.api.update_view(form.view, dialogs.told(language, title, said.in_(language)))
        self._tell(Place(team=self._desk.us.team, channel=""), form.user, said, language)

    # --- files, in direct messages only

    def _offer_export(self, press: Press, kept: Kept, person: Person) -> None:
        if not press.place.direct or kept.owner != person.account.login:
            raise UserError(fill("export_here"))
        language = kept.language
        view = self._desk.api.open_view(press.trigger, dialogs.told(language, "export", say(language, "opening")))
        try:
            made = dialogs.export(language, kept.id, self._takeable(kept, person))
        except UserError as error:
            made = dialogs.told(language, "export", error.message.in_(language))
        self._desk.api.update_view(view, made)

    def _takeable(self, kept: Kept, person: Person) -> dialogs.Takeable:
        answer, user = self._again(kept, person), person.user_in(kept.data_set)
        assistant = self._desk.assistant(kept.data_set)
        table = assistant.export_columns(answer, "table", user=user) if answer.table is not None else ()
        people: tuple[ExportColumn, ...] = ()
        if assistant.audience_of(answer) is not None:
            people = assistant.export_columns(answer, "people", user=user)
        if not (table or people):
            raise UserError(fill("nothing_to_export"))
        return dialogs.Takeable(table=table, people=people, purposes=assistant.export_purposes(user=user))

    def _export(self, form: Form, kept: Kept, person: Person) -> None:
        language = kept.language
        try:
            file = self._written(form, kept, person)
        except UserError as error:
            fault, again = error.message.in_(language), self._takeable(kept, person)
            self._desk.api.update_view(form.view, dialogs.export(language, kept.id, again, fault=fault))
            return
        said = say(language, "written", name=file.name)
        try:
            self._desk.api.upload(self._desk.api.direct(form.user), str(file), title=file.name)
        except SlackRefusedError as error:
            said = say(language, "not_taken", code=error.code)
        finally:
            file.unlink(missing_ok=True)  # what Slack has is not kept here too
        with contextlib.suppress(SlackRefusedError):
            self._desk.api.update_view(form.view, dialogs.told(language, "export", said))

    def _written(self, form: Form, kept: Kept, person: Person) -> Path:
        if kept.owner != person.account.login:
            raise UserError(fill("export_here"))
        part, made = PARTS.get(form.one("part")), FORMATS.get(form.one("format"))
        if part is None or made is None:
            raise UserError(fill("gone"))
        columns = form.fields.get(f"columns_{part}", ())
        if not columns:
            raise UserError(fill("column_needed"))
        purpose = form.one("purpose")
        request = ExportRequest(format=made, purpose="" if purpose == "-" else purpose, columns=columns)
        answer = self._again(kept, person)
        user = person.user_in(kept.data_set)
        return self._desk.assistant(kept.data_set).export_answer(answer, part, request, user=user)
