"""What a person can do with a list on its way in: give it, match it otherwise, take the report away, save it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from assistant.channels.gradio.asking import Action, GoneError
from assistant.channels.gradio.payload import Payload
from assistant.channels.gradio.segments_state import ImportView, SegmentsView
from assistant.channels.gradio.segments_words import told
from assistant.channels.gradio.session import Session
from assistant.channels.gradio.taking import send
from assistant.living.port import ListGiven, LivingPort
from semantic_layer.errors import UserError
from tools.segments.importing import Report
from tools.segments.listing import Into


def import_actions(
    port: Callable[[Session], LivingPort], view_of: Callable[[Session], SegmentsView]
) -> Mapping[str, Action]:
    """The actions over a list that comes in."""
    here = Importing(port, view_of)
    return {
        "segments-import": here.begin,
        "segments-check": here.check,
        "segments-match": here.match,
        "segments-report": here.report,
        "segments-keep": here.keep,
        "segments-keep-into": here.keep_into,
    }


@dataclass(frozen=True, slots=True)
class Importing:
    """The list stays in the view until it is saved or another one is begun, so that nothing typed is lost."""

    port: Callable[[Session], LivingPort]
    view_of: Callable[[Session], SegmentsView]

    def begin(self, session: Session, _: Payload) -> Iterator[None]:
        self.port(session)
        view = self.view_of(session)
        view.opened, view.importing = "", ImportView()
        yield

    def check(self, session: Session, payload: Payload) -> Iterator[None]:
        importing = self._open(session)
        upload = payload.text("upload")
        if upload:
            name, path = session.uploads.whole(session.account.login, upload)
            importing.given = ListGiven(file=name, content=path.read_bytes())
            session.uploads.forget(session.account.login, upload)
        else:
            importing.given = ListGiven(text=payload.long_text("text"))
        if not upload and not importing.given.text.strip():
            importing.fault = told("import_needed", session.language)
            yield
            return
        known = self.port(session).identifiers(user=session.user)
        yield from self._matched(session, importing, known[0].field if known else "")

    def match(self, session: Session, payload: Payload) -> Iterator[None]:
        importing = self._open(session)
        known = {one.field for one in self.port(session).identifiers(user=session.user)}
        if payload.text("field") not in known or importing.given is None:
            raise GoneError
        yield from self._matched(session, importing, payload.text("field"))

    def _matched(self, session: Session, importing: ImportView, field: str) -> Iterator[None]:
        given = importing.given
        assert given is not None  # whoever asks for it has given one
        importing.busy, importing.fault, importing.field = True, "", field
        yield
        try:
            importing.report = self.port(session).match(given, field, user=session.user)
        except UserError as error:
            importing.report, importing.fault = None, error.message.in_(session.language)
        finally:
            importing.busy = False
        yield

    def report(self, session: Session, _: Payload) -> Iterator[None]:
        send(session, self.port(session).report_file(self._reported(session)[1], session.language))
        yield

    def keep(self, session: Session, payload: Payload) -> Iterator[None]:
        importing, report = self._reported(session)
        importing.name, importing.target = payload.text("name").strip(), ""
        importing.fault = "" if importing.name else told("name_needed", session.language)
        if not importing.fault:
            try:
                made = self.port(session).freeze(importing.name, report.keys, user=session.user)
            except UserError as error:
                importing.fault = error.message.in_(session.language)
            else:
                self._saved(session, told("frozen", session.language, name=made.name))
        yield

    def keep_into(self, session: Session, payload: Payload) -> Iterator[None]:
        importing, report = self._reported(session)
        importing.into, importing.target = payload.text("into"), payload.text("target")
        into = next((one for one in Into if one.value == importing.into), None)
        if into is None:
            raise GoneError
        try:
            changed = self.port(session).save_into(importing.target, report.keys, into, user=session.user)
        except UserError as error:
            importing.fault = error.message.in_(session.language)
        else:
            self._saved(session, told("into_done", session.language, name=changed.name))
        yield

    def _saved(self, session: Session, said: str) -> None:
        self.view_of(session).importing = None
        session.notify(said)

    def _open(self, session: Session) -> ImportView:
        found = self.view_of(session).importing
        if found is None:
            raise GoneError
        return found

    def _reported(self, session: Session) -> tuple[ImportView, Report]:
        importing = self._open(session)
        if importing.report is None:
            raise GoneError
        return importing, importing.report
